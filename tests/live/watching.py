"""The real feed at a real Asterisk, told to a real engine: what was said, and what the floor looks like."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from floorwatch.clock import WallClock
from floorwatch.engine import Engine
from floorwatch.floor.events import Event
from floorwatch.floor.settings import Settings
from floorwatch.ingest.ami.client import AsteriskFeed
from floorwatch.ingest.ami.session import AsteriskConnection
from floorwatch.ingest.feed import NEVER, Heard
from floorwatch.ingest.inbox import Inbox
from tests.ingest.recordings import Day, fold

WITHIN_S = 120
Said = TypeVar("Said", bound=Event)


class Watching:
    """A running feed named `pbx`, its engine, and every event so far."""

    def __init__(self, feed: AsteriskFeed, inbox: Inbox, clock: WallClock) -> None:
        self.feed = feed
        self.engine = Engine(Settings())
        self.events: list[Event] = []
        self._inbox = inbox
        self._clock = clock
        self.task = asyncio.create_task(feed.run(inbox))

    async def until(self, done: Callable[[], object]) -> None:
        """Apply what comes until `done` is true."""
        ends = time.monotonic() + WITHIN_S
        while not done():
            if self.task.done():
                self.task.result()
            assert time.monotonic() < ends, self.events[-30:]
            for arrival in await self._inbox.take(0.05):
                self.engine.advance(arrival.received_ms)
                self.engine.apply(arrival.event)
                self.events.append(arrival.event)
            self.engine.advance(self._clock.now_ms())

    async def said(self, kind: type[Said], after: int = 0, **attributes: object) -> Said:
        """The first event of this type, with these attributes, from this place in `events` on; waited for."""

        def found() -> Said | None:
            for event in self.events[after:]:
                if isinstance(event, kind) and all(getattr(event, key) == value for key, value in attributes.items()):
                    return event
            return None

        await self.until(found)
        event = found()
        assert event is not None
        return event

    def day(self) -> Day:
        """What the events come to."""
        return fold((0, event) for event in self.events)

    def has(self, **counts: int) -> Callable[[], bool]:
        """For `until`: at least so many visits have left in these ways."""

        def done() -> bool:
            stays = self.day().stays
            return all(sum(stay.how == how for stay in stays) >= number for how, number in counts.items())

        return done


@asynccontextmanager
async def watching(
    port: int, heard: Heard = NEVER, interfaces: Mapping[str, str] | None = None, **connection: Any
) -> AsyncIterator[Watching]:
    """Run a feed at this manager port; it is ended whatever happens. The back-off is as short as can be."""
    clock = WallClock()
    inbox = Inbox(clock)
    there: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "user": "floorwatch",
        "secret": "a-secret-of-tests",
    } | connection
    feed = AsteriskFeed("pbx", AsteriskConnection(**there), clock, interfaces or {}, heard, chance=lambda: 0.01)
    watching = Watching(feed, inbox, clock)
    try:
        yield watching
    finally:
        watching.task.cancel()
        await asyncio.wait({watching.task})
