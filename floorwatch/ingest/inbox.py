"""The inbox: where every source puts its events and the driver takes them, bounded.

When it is full, `put` waits: a file is read later, a socket's peer is slowed down, nothing is dropped. Who cannot wait
uses `offer`, and must say what became of what was refused.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from floorwatch.clock import Clock
from floorwatch.floor.events import Event

LIMIT = 10_000
BATCH = 500
"""Events taken at once: a few milliseconds of work, so that the wallboard is served in between."""


class Arrival(NamedTuple):
    """An event on its way to the engine."""

    event: Event
    received_ms: int
    """When it reached us, on our clock."""
    position: str = ""
    """Where its source goes on after it, for sources that can be asked again: kept with the event."""
    durable: Callable[[], None] | None = None
    """Called in the event loop when this event, and everything before it, is on disk: acknowledge it now."""
    actor: str = ""
    """On whose word, where that is more than its source: the name of a token, never the token."""
    feed: str = ""
    """The feed whose position it is, where that may not be the event's own source: a file can tell of several."""


class Inbox:
    """A bounded queue of events, in order of arrival."""

    def __init__(self, clock: Clock, limit: int = LIMIT) -> None:
        self._clock = clock
        self._arrivals: deque[Arrival] = deque()
        self._limit = limit
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    def __len__(self) -> int:
        return len(self._arrivals)

    async def put(
        self,
        event: Event,
        *,
        position: str = "",
        durable: Callable[[], None] | None = None,
        actor: str = "",
        feed: str = "",
    ) -> None:
        """Add an event that has just been received; waits while the inbox is full."""
        received_ms = self.received_ms(event)
        while len(self._arrivals) >= self._limit:
            self._room.clear()
            await self._room.wait()
        self._add(Arrival(event, received_ms, position, durable, actor, feed))

    def offer(self, event: Event, *, durable: Callable[[], None] | None = None, actor: str = "") -> bool:
        """Add an event if there is room; whether there was."""
        if len(self._arrivals) >= self._limit:
            return False
        self._add(Arrival(event, self.received_ms(event), "", durable, actor))
        return True

    def received_ms(self, event: Event) -> int:
        """When this event reaches us: now."""
        return self._clock.now_ms()

    def oldest_ms(self) -> int | None:
        """When the next to be taken has reached us; None when nothing waits."""
        return self._arrivals[0].received_ms if self._arrivals else None

    def room(self) -> int:
        """How many events could be offered now."""
        return self._limit - len(self._arrivals)

    def _add(self, arrival: Arrival) -> None:
        self._arrivals.append(arrival)
        self._filled.set()

    async def take(self, timeout_s: float) -> list[Arrival]:
        """Up to `BATCH` arrivals, as soon as there is one; none when the time runs out first."""
        if not self._arrivals:
            self._filled.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._filled.wait()
            except TimeoutError:
                return []
        batch = [self._arrivals.popleft() for _ in range(min(BATCH, len(self._arrivals)))]
        self._room.set()
        return batch
