"""The simulator as a live feed: a floor of its own, in step with a clock, into the daemon's inbox."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from floorwatch.clock import Clock
from floorwatch.floor.events import Event
from floorwatch.ingest.source import InputCounts
from simulators.demo import Demo
from simulators.flow import day_start_ms, floor_day
from simulators.speaker import instant, paced

Note = tuple[int, dict[str, str]]
"""(from when it holds, language to text)."""


class Into(Protocol):
    """Where events go: waits while it is full."""

    async def put(self, event: Event, *, position: str = "") -> None:
        """Add an event, and where the source goes on after it."""


class SimulatorFeed:
    """Simulated events, each delivered when the clock reaches its time; those of the past at once.

    `position`: the instant up to which an earlier process has delivered them.
    """

    def __init__(self, events: Iterable[Event], clock: Clock, position: str = "") -> None:
        self._events = events
        self._clock = clock
        self._delivered_ms = int(position or 0)
        self.counts = InputCounts()
        self.caught_up = asyncio.Event()
        """Set when everything of the past has been delivered."""

    async def run(self, inbox: Into) -> None:
        """Deliver until the simulated days are over, which ends the feed but not the daemon."""
        async for _, event in paced(self._coming(), self._clock):
            self.counts.read += 1
            await inbox.put(event, position=str(instant(event)))

    def _coming(self) -> Iterator[Event]:
        for event in self._events:
            if instant(event) > self._clock.now_ms():
                self.caught_up.set()
            if instant(event) > self._delivered_ms:
                yield event
        self.caught_up.set()


def todays_floor(clock: Clock, seed: int = 1) -> Iterable[Event]:
    """The demonstration floor as if it worked today, and every day from now on for a month."""
    demo = Demo(seed)
    today = datetime.fromtimestamp(clock.now_ms() / 1000, ZoneInfo(demo.profile.timezone))
    start_ms = day_start_ms(f"{today:%Y-%m-%d}", demo.profile.timezone)
    return floor_day(demo.profile, seed, start_ms, days=31, incidents=demo.incidents)


def note_at(notes: Sequence[Note], instant_ms: int) -> dict[str, str] | None:
    """The latest note that holds at this instant."""
    held = [text for since, text in notes if since <= instant_ms]
    return held[-1] if held else None
