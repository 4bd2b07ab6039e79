"""The inbox: where every source puts its events and the driver takes them, bounded.

When it is full, `put` waits: a file is read later, a socket's peer is slowed down, nothing is dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque

from floorwatch.floor.events import Event

LIMIT = 10_000
BATCH = 500
"""Events taken at once: a few milliseconds of work, so that the wallboard is served in between."""


class Inbox:
    """A bounded queue of events, in order of arrival."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._events: deque[Event] = deque()
        self._limit = limit
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, event: Event) -> None:
        """Add an event; waits while the inbox is full."""
        while len(self._events) >= self._limit:
            self._room.clear()
            await self._room.wait()
        self._events.append(event)
        self._filled.set()

    async def take(self, timeout_s: float) -> list[Event]:
        """Up to `BATCH` events, as soon as there is one; none when the time runs out first."""
        if not self._events:
            self._filled.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._filled.wait()
            except TimeoutError:
                return []
        batch = [self._events.popleft() for _ in range(min(BATCH, len(self._events)))]
        self._room.set()
        return batch
