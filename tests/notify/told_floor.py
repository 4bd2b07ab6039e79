"""A floor that tells real receivers: configuration, engine, driver and office as the daemon has them, on a queue of
which one waiting contact is an alert, and five are an emergency.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from floorwatch.clock import WallClock
from floorwatch.config import load_config
from floorwatch.config.replies import answered_in
from floorwatch.driver import Driver, Keeper
from floorwatch.engine import Engine
from floorwatch.floor.events import ContactAbandoned, ContactOffered, Event, SourceUp
from floorwatch.ingest.inbox import Inbox
from floorwatch.notify.office import Office
from floorwatch.notify.outbox import Outbox
from floorwatch.output_desk import OutputDesk
from floorwatch.outputs import build_outputs
from floorwatch.store.journal import Journal

RULES = """
rules:
  line: {figure: waiting, at_least: {critical: 1, emergency: 5}, immediate: true}
  no_agents: {enabled: false}
"""
LOOK_S = 0.01


class ToldFloor:
    """The floor, while it runs."""

    def __init__(self, engine: Engine, inbox: Inbox, clock: WallClock, office: Office) -> None:
        self.engine = engine
        self.office = office
        self._inbox = inbox
        self._clock = clock
        self._contacts = 0

    async def hear(self, event: Event) -> None:
        """Something happens, or is said."""
        await self._inbox.put(event)

    async def breach(self, queue: str = "sales") -> str:
        """A contact waits, which is an alert at once; its id."""
        self._contacts += 1
        contact = f"c{self._contacts}"
        await self.hear(ContactOffered(time=self._clock.now_ms(), source="pbx", contact=contact, queue=queue))
        return contact

    async def mend(self, contact: str, queue: str = "sales") -> None:
        """It waits no more: the alert is over with the next tick."""
        await self.hear(ContactAbandoned(time=self._clock.now_ms(), source="pbx", contact=contact, queue=queue))

    def subjects(self) -> set[str]:
        """What the alerts that live are about."""
        return {alert.subject for alert in self.engine.watch.pending_and_firing()}

    def row(self, output: str, place: int = 0) -> Outbox:
        """The outbox row of an output, of its nth place."""
        return [row for row in self.office.rows() if row.output == output][place]

    async def until(self, done: Callable[[], object], within_s: float = 15.0) -> None:
        """Wait until it is so."""
        try:
            async with asyncio.timeout(within_s):
                while not done():  # noqa: ASYNC110 - many things are waited for
                    await asyncio.sleep(LOOK_S)
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s: {self.office.json()}") from None


@asynccontextmanager
async def told_floor(
    folder: Path, outputs: str, *, journalled: bool = False, more: str = ""
) -> AsyncIterator[ToldFloor]:
    """A floor with these outputs (YAML, as under `outputs:`) and what else is configured, until it is told to stop."""
    path = folder / "floorwatch.yaml"
    path.write_text(f"site: {{name: berlin}}\n{RULES}\noutputs:\n{outputs}\n{more}", encoding="utf-8")
    config, clock = load_config(path), WallClock()
    journal = Journal(folder / "journal") if journalled else None
    if journal is not None:
        journal.start()
    engine, inbox = Engine(config.settings()), Inbox(clock)
    address, answered = config.oncall.address, answered_in(config.replies)
    desk = OutputDesk(engine, inbox, clock, _on_disk(journal), address, answered_in=answered)
    office = Office(desk, build_outputs(config, clock))
    keeper: Keeper | None = journal
    driver = Driver(engine, inbox, clock, {}, lambda _view: None, journal=keeper, heed=office.heed)
    floor = ToldFloor(engine, inbox, clock, office)
    tasks = [asyncio.ensure_future(driver.run(live=True)), asyncio.ensure_future(office.run())]
    try:
        await floor.hear(SourceUp(time=clock.now_ms(), source="pbx"))
        yield floor
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        if journal is not None:
            await journal.close()
        for end in ends:
            if not isinstance(end, asyncio.CancelledError):
                raise end  # type: ignore[misc]


def _on_disk(journal: Journal | None) -> Callable[[], asyncio.Future[object]]:
    async def reached() -> object:
        return None if journal is None else await journal.reached(journal.seq)

    return reached  # type: ignore[return-value]
