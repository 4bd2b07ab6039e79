"""An intake whose events are kept at once, as the driver and the journal do, for the tests of what stands before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from floorwatch.clock import WallClock
from floorwatch.floor.events import ScheduleLoaded
from floorwatch.floor.settings import AgentProfile, Settings
from floorwatch.ingest.inbox import Arrival, Inbox
from floorwatch.ingest.schedule.intake import ScheduleIntake

CLOCK = WallClock()
SETTINGS = Settings(timezone="Europe/Berlin", agents={"A17": AgentProfile(), "A18": AgentProfile()})
HEADER = "agent,activity,start,end,version\n"


def schedule(version: str = "w10", *, start: str = "08:00", agent: str = "A17", more: str = "") -> bytes:
    return f"{HEADER}{agent},work,2026-03-02T{start},2026-03-02T12:00,{version}\n{more}".encode()


class Taking:
    """The intake, and what has arrived from it."""

    def __init__(self, position: str = "", limit: int = 10_000) -> None:
        self.inbox = Inbox(CLOCK, limit)
        self.intake = ScheduleIntake(SETTINGS, lambda: (), self.inbox, CLOCK, position=position)
        self.arrivals: list[Arrival] = []

    @property
    def versions(self) -> list[str]:
        """The versions put in force, in order."""
        events = [arrival.event for arrival in self.arrivals]
        return [event.version for event in events if isinstance(event, ScheduleLoaded)]

    @property
    def position(self) -> str:
        """What the journal remembers."""
        return next((arrival.position for arrival in reversed(self.arrivals) if arrival.position), "")

    async def keep_for_ever(self) -> None:
        while True:
            for arrival in await self.inbox.take(0.01):
                self.arrivals.append(arrival)
                if arrival.durable is not None:
                    arrival.durable()


@asynccontextmanager
async def taking(position: str = "", limit: int = 10_000, *, keeping: bool = True) -> AsyncIterator[Taking]:
    what = Taking(position, limit)
    task = asyncio.create_task(what.keep_for_ever() if keeping else asyncio.sleep(60))
    try:
        yield what
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
