"""What people decide about days that are over (a schedule, an excuse) is in the history at once, and after any end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from floorwatch.cli import app
from floorwatch.clock import ScaledClock
from floorwatch.closing import closed_rows
from floorwatch.driver import Driver
from floorwatch.floor import events as e
from floorwatch.floor.internal import OperatorExcused, OperatorExcuseWithdrawn
from floorwatch.floor.settings import Settings
from floorwatch.history import HistoryKeeper, Keeping
from floorwatch.ingest.clocks import SourceClocks
from floorwatch.ingest.inbox import Inbox
from floorwatch.memory import _take_snapshot
from floorwatch.store.history import History
from floorwatch.store.journal import Journal
from floorwatch.store.recover import Recovered, recounted, recover
from floorwatch.store.rows import Adherence
from tests.reports.floors import HOUR, MINUTE
from tests.store.journals import DAY_MS, START_MS

SETTINGS = Settings()
DAY = "2024-10-04"
NIGHT = START_MS + DAY_MS + 2 * HOUR + 5 * MINUTE
"""Five past two in the night after `DAY`: nothing closes for ten minutes."""
KEEPING = Keeping(400 * DAY_MS, 400 * DAY_MS)


class Life:
    """A daemon's life over one journal: what drives its engine, and what keeps its history."""

    def __init__(self, recovered: Recovered, journal: Journal) -> None:
        self.engine, self.journal = recovered.engine, journal
        clock = ScaledClock(recovered.engine.now, 1)
        self.keeper = HistoryKeeper(recovered.engine, journal, clock, KEEPING, recovered.anew_since)
        clocks = SourceClocks(sources_max=0)
        self.driver = Driver(self.engine, Inbox(clock), clock, {}, lambda view: None, journal=journal, clocks=clocks)

    async def tell(self, *facts: e.Event) -> None:
        """Apply and journal these facts, and write what they have changed, as the keeper's `run` does."""
        self.driver.recall(facts)
        self.journal.commit()
        if self.engine.books.calendar.closed:
            assert await self.keeper.write()

    def judged(self) -> dict[str, int]:
        """What the board says of `DAY`: neutral milliseconds by scheduled agent."""
        attendance = self.engine.books.attendance
        sums = {agent: attendance.days(agent, self.engine.now).get(START_MS) for agent in attendance.schedule.lines}
        return {agent: of.neutral_total_ms for agent, of in sums.items() if of is not None}


@asynccontextmanager
async def living(folder: Path, *, anew: bool = False, ends_well: bool = True) -> AsyncIterator[Life]:
    """A daemon that begins with what is on disk; one that does not end well writes no history on its way out."""
    journal = Journal(folder)
    recovered = recounted(folder, SETTINGS, None) if anew else recover(folder, SETTINGS, journal.seq)
    life = Life(recovered, journal)
    journal.start()
    try:
        yield life
        assert await journal.reached(journal.seq)
        if ends_well:
            await _take_snapshot(life.engine, journal, SETTINGS, life.keeper)
            await life.keeper.close()
    finally:
        life.keeper._file.close()
        await journal.close()


def the_day() -> list[e.Event]:
    """A1 works from eight, pauses from twelve and leaves at five; all that can close by then is closed."""
    states = [(8, "available", None), (12, "paused", "doctor"), (17, "offline", None)]
    facts: list[e.Event] = [
        e.AgentStateChanged(time=START_MS + hour * HOUR, source="pbx", agent="A1", state=state, reason=reason)  # type: ignore[arg-type]
        for hour, state, reason in states
    ]
    facts += [e.SourceHeartbeat(time=START_MS + n * HOUR + 1, source="pbx") for n in range(27)]
    facts.append(e.SourceHeartbeat(time=NIGHT - MINUTE, source="pbx"))
    return sorted(facts, key=lambda fact: int(str(fact.time)))


def plan(at: int, version: str, *agents: str) -> e.ScheduleLoaded:
    """These agents work from eight to four on `DAY`."""
    start, end = START_MS + 8 * HOUR, START_MS + 16 * HOUR
    lines = (e.ScheduledActivity(agent=agent, activity="work", start=start, end=end) for agent in agents)
    return e.ScheduleLoaded(time=at, source="schedule", version=version, document="plan", activities=tuple(lines))


def excuse(at: int) -> OperatorExcused:
    """A1 was at the doctor's from one to four."""
    since, until = START_MS + 13 * HOUR, START_MS + 16 * HOUR
    return OperatorExcused(
        time=at, source="operator", excuse="x1", agent="A1", since=since, until=until, who="desk", why="doctor"
    )


def rows(folder: Path) -> dict[str, Adherence | None]:
    """What the history holds of `DAY`, by agent."""
    with closing(History(folder / "history.db")) as history:
        return {row.agent: row.adherence for row in history.agents(DAY, DAY)}


def neutral(folder: Path) -> dict[str, int]:
    """Neutral milliseconds by agent that has an adherence in the history."""
    return {agent: kept.neutral_ms for agent, kept in rows(folder).items() if kept is not None}


async def test_yesterday_is_written_anew_as_soon_as_somebody_decides_about_it(tmp_path: Path) -> None:
    """Its schedule, an excuse, the excuse taken back, a schedule without one agent: each without waiting for a close.

    A2 was never heard of: there was no row of the day until a schedule said who was missing.
    """
    async with living(tmp_path) as life:
        await life.tell(*the_day())
        assert rows(tmp_path) == {"A1": None}
        await life.tell(plan(NIGHT, "v1", "A1", "A2"))
        kept = rows(tmp_path)
        assert kept["A1"] == Adherence(*(8 * HOUR, 4 * HOUR, 4 * HOUR, 0, 4 * HOUR, 8 * HOUR, 0), schedule="v1")
        assert kept["A2"] == Adherence(*(8 * HOUR, 0, 8 * HOUR, 0, 0, 8 * HOUR, 0), schedule="v1")
        await life.tell(excuse(NIGHT + MINUTE))
        assert neutral(tmp_path) == life.judged() == {"A1": 3 * HOUR, "A2": 0}
        taken_back = OperatorExcuseWithdrawn(time=NIGHT + 2 * MINUTE, source="operator", excuse="x1", who="desk")
        await life.tell(taken_back)
        assert neutral(tmp_path) == life.judged() == {"A1": 0, "A2": 0}
        await life.tell(plan(NIGHT + 3 * MINUTE, "v2", "A1"))
        kept = rows(tmp_path)
        assert set(kept) == {"A1"}, "of whom nothing is left to say"
        assert kept["A1"] is not None
        assert kept["A1"].schedule == "v2"


async def test_what_was_decided_outlasts_every_end(tmp_path: Path) -> None:
    """Killed before it was written: with a snapshot from before, and without one, it is written by the next life."""
    async with living(tmp_path) as life:
        await life.tell(*the_day())
    async with living(tmp_path, ends_well=False) as life:
        life.driver.recall([plan(NIGHT, "v1", "A1", "A2")])
        life.journal.commit()
    assert rows(tmp_path) == {"A1": None}
    async with living(tmp_path) as life:
        assert await life.keeper.write()
        assert neutral(tmp_path) == {"A1": 0, "A2": 0}
    async with living(tmp_path, ends_well=False) as life:
        life.driver.recall([excuse(NIGHT + MINUTE)])
        life.journal.commit()
    assert neutral(tmp_path) == {"A1": 0, "A2": 0}
    async with living(tmp_path, anew=True) as life:
        assert await life.keeper.write()
        assert neutral(tmp_path) == life.judged() == {"A1": 3 * HOUR, "A2": 0}


async def test_what_is_explained_of_yesterday_is_what_is_reported(tmp_path: Path) -> None:
    """`floorwatch explain adherence` on the journal, and `floorwatch report day --agents`: one figure."""
    store, config = tmp_path / "journal", tmp_path / "floorwatch.yaml"
    config.write_text("site: {timezone: UTC}\nsources: {pbx: {type: events, path: input}}\n", "utf-8")
    async with living(store) as life:
        await life.tell(*the_day(), plan(NIGHT, "v1", "A1"), excuse(NIGHT + MINUTE))

    def said(*arguments: object) -> Any:
        done = CliRunner().invoke(app, [*map(str, arguments), "--config", str(config)])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    [explained] = said("explain", "adherence", store, "--agent", "A1", "--json")["explained"]
    reported = said("report", "day", DAY, "--store", store, "--agents", "--format", "json")
    adherence = reported["agents"]["A1"]["total"]["adherence"]
    assert explained["value"] == adherence["ratio"] == 4 / 5
    assert adherence["neutral_seconds"] == 3 * HOUR / 1000


async def test_nothing_is_written_that_nobody_has_decided(tmp_path: Path) -> None:
    """An excuse that is not in force is taken back, a schedule says nothing: the day is not written again."""
    async with living(tmp_path) as life:
        await life.tell(*the_day())
        unknown = OperatorExcuseWithdrawn(time=NIGHT, source="operator", excuse="none", who="desk")
        life.driver.recall([unknown, plan(NIGHT, "v1")])
        life.journal.commit()
        batch = closed_rows(life.engine, [], [], individuals=True)
        assert not batch.agents
        assert not batch.cells
