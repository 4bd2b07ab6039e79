"""A client and a speaker on one loopback socket, for tests: what the client hears is kept in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from floorwatch.clock import Clock, WallClock
from floorwatch.floor.events import Event
from floorwatch.ingest.feed import NEVER, Heard
from floorwatch.ingest.freeswitch.client import Connection, FreeswitchFeed
from floorwatch.ingest.inbox import Inbox
from simulators.freeswitch import FreeswitchSpeaker

PASSWORD = "a-long-one"
PATIENCE_S = 30.0


class SetClock:
    """Shows what it is set to; nobody waits by it."""

    def __init__(self, now_ms: int) -> None:
        self.ms = now_ms

    def now_ms(self) -> int:
        """The instant it was set to."""
        return self.ms

    def seconds_until(self, instant_ms: int) -> float:
        """No time at all."""
        return 0.0


class Ear:
    """Everything that came out of a feed's inbox."""

    def __init__(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.events: list[Event] = []

    def of(self, kind: type[Event]) -> list[Event]:
        """The events of one type, in order."""
        return [event for event in self.events if type(event) is kind]

    async def until(self, condition: Callable[[], object]) -> None:
        """Take from the inbox until this holds."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self.events += [arrival.event for arrival in await self.inbox.take(0.05)]


@asynccontextmanager
async def listening(
    port: int,
    clock: Clock | None = None,
    *,
    password: str = PASSWORD,
    heard: Heard = NEVER,
    silence_ms: int = 15_000,
    reconcile_ms: int = 300_000,
    room: int = 10_000,
) -> AsyncIterator[Ear]:
    """A feed that runs, and what it hears."""
    clock = clock or WallClock()
    connection = Connection("127.0.0.1", port, password)
    feed = FreeswitchFeed("pbx", connection, clock, heard, silence_ms=silence_ms, reconcile_ms=reconcile_ms)
    inbox = Inbox(clock, room)
    running = asyncio.ensure_future(feed.run(inbox))
    try:
        yield Ear(inbox)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert running.cancelled(), running.exception()


@asynccontextmanager
async def speaking(clock: Clock | None = None, wrap_up_s: int = 0) -> AsyncIterator[tuple[FreeswitchSpeaker, int]]:
    """A speaker that listens, and its port."""
    speaker = FreeswitchSpeaker(clock or WallClock(), password=PASSWORD, wrap_up_s=wrap_up_s)
    port = await speaker.start()
    try:
        yield speaker, port
    finally:
        await speaker.stop()
