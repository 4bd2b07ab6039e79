"""A floor whose contacts wait too long, with people on call and their links: real engine, driver, journal, server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient

from floorwatch.action_desk import ActionDesk
from floorwatch.alert_desk import AlertDesk
from floorwatch.clock import ScaledClock
from floorwatch.driver import Driver
from floorwatch.engine import Engine
from floorwatch.floor.events import ContactAbandoned, ContactOffered, SourceUp
from floorwatch.floor.oncall import OnCall, Person
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.ingest.inbox import Inbox
from floorwatch.link_desk import LinkDesk
from floorwatch.links import PATH, LinkSigner
from floorwatch.serve.board import Board
from floorwatch.store.journal import Journal, read
from tests.serve.grants import closed
from tests.serve.serving import serving

START_MS = 1_772_614_800_000
WAITED_MS = 200_000
HOUR_MS = 3_600_000
KEY = bytes(range(32))
ADDRESS = "https://floor.example.com"
HTML = {"Accept": "text/html"}
OURS = {"Sec-Fetch-Site": "same-origin"}
PEOPLE = (Person("A17"), Person("B2", language="zh"))
SETTINGS = Settings(
    timezone="Europe/Warsaw", queues={"sales": QueuePolicy(), "vip": QueuePolicy()}, oncall=OnCall(people=PEOPLE)
)


class MovedClock(ScaledClock):
    """One that stands, but for what it is moved."""

    def __init__(self, start_ms: int) -> None:
        super().__init__(start_ms, 0.001)
        self.at_ms = start_ms

    def now_ms(self) -> int:
        return self.at_ms


class LinkFloor:
    """What stands behind the links of one test."""

    def __init__(self, folder: Path, settings: Settings = SETTINGS) -> None:
        self.folder = folder
        self.clock = MovedClock(START_MS + WAITED_MS)
        self.inbox = Inbox(self.clock)
        self.engine = Engine(settings)
        self.alerts = AlertDesk(self.engine, self.inbox, self.clock)
        self.signer = LinkSigner(KEY, ADDRESS, 8 * HOUR_MS)
        actions = ActionDesk(self.engine, self.inbox, self.clock, self.alerts)
        self.links = LinkDesk(self.engine, self.clock, self.alerts, actions, self.signer)
        self.journal = Journal(folder)
        self.driver = Driver(
            self.engine, self.inbox, self.clock, {}, lambda _view: None, journal=self.journal, individuals=True
        )
        self.driver.recall([SourceUp(time=START_MS - 1000, source="pbx")])
        waiting = [ContactOffered(time=START_MS, source="pbx", contact=name, queue=name) for name in ("sales", "vip")]
        self.driver.recall(waiting)
        self.engine.advance(self.clock.now_ms())
        self.began = 0

    def alert(self, queue: str = "sales") -> str:
        """The id of the alert about the long wait there."""
        alerts = self.alerts.alerts(HOUR_MS)
        return next(one.id for one in alerts if one.rule == "longest_wait_high" and one.labels["queue"] == queue)

    def path(self, person: str = "A17", queue: str = "sales", page: str = "1.1.1.1", valid_ms: int = HOUR_MS) -> str:
        """Where the link of a page leads."""
        alert = self.alert(queue)
        address = self.signer.address_for(alert, person, f"{alert}/e{page}/{person}", START_MS + WAITED_MS + valid_ms)
        return address.removeprefix(ADDRESS)

    def token(self, **which: Any) -> str:
        return self.path(**which).removeprefix(PATH)

    def resolve(self, queue: str = "sales") -> None:
        """Its contact leaves, and the alert is over."""
        now = self.clock.now_ms()
        self.driver.recall([ContactAbandoned(time=now, source="pbx", contact=queue, queue=queue)])
        self.clock.at_ms += 10 * 60_000
        self.engine.advance(self.clock.now_ms())

    async def written(self) -> list[bytes]:
        """Everything that the journal was told since the floor is served, byte for byte."""
        assert await self.journal.reached(self.journal.seq)
        return [entry.event for entry in read(self.folder, self.began)]


@asynccontextmanager
async def served(floor: LinkFloor, **options: Any) -> AsyncIterator[TestClient[Any, Any]]:
    """A client of the real application in front of the floor, with tokens asked for everywhere else."""
    floor.journal.start()
    floor.journal.commit()
    floor.began = floor.journal.seq
    driving = asyncio.create_task(floor.driver.run(live=True))
    given = {"access": closed(), "alerts": floor.alerts, "links": floor.links, "individuals": True, **options}
    try:
        async with serving(Board(), **given) as client:
            yield client
    finally:
        driving.cancel()
        await asyncio.gather(driving, return_exceptions=True)
        await floor.journal.close()
