"""The keeper beside a journal: what rests on disk, what is written anew after new settings, and a disk that refuses."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import date
from pathlib import Path

from floorwatch.clock import ScaledClock
from floorwatch.floor import events as e
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.history import HistoryKeeper, Keeping
from floorwatch.memory import _take_snapshot
from floorwatch.reports.build import build
from floorwatch.reports.period import named, period_of
from floorwatch.reports.rebuild import found, history_of
from floorwatch.store import snapshot
from floorwatch.store.history import NAME
from floorwatch.store.journal import Journal
from floorwatch.store.recover import Recovered, recounted, recover
from tests.reports.floors import HOUR, contact
from tests.store.journals import DAY_MS, START_MS, encode, kept

EARLIER = Settings()
LATER = Settings(default_policy=QueuePolicy(threshold_ms=5_000, short_abandon_ms=1_000))
KEEPING = Keeping(400 * DAY_MS, 400 * DAY_MS)


async def _journalled(folder: Path, days: int, waits_ms: int = 8_000) -> None:
    """A journal of so many days: a contact every three hours, each of which waits eight seconds."""
    contacts = [contact(START_MS + n * 3 * HOUR, wait_ms=waits_ms) for n in range(days * 8)]
    heartbeats = [e.SourceHeartbeat(time=START_MS + n * HOUR + 1, source="pbx") for n in range(days * 24 + 1)]
    facts = sorted([*heartbeats, *(fact for facts in contacts for fact in facts)], key=lambda fact: int(str(fact.time)))
    await kept(folder, facts)


@asynccontextmanager
async def _keeping(folder: Path, recovered: Recovered) -> AsyncIterator[tuple[HistoryKeeper, Journal]]:
    journal = Journal(folder)
    clock = ScaledClock(recovered.engine.now, 1)
    keeper = HistoryKeeper(recovered.engine, journal, clock, KEEPING, recovered.anew_since)
    journal.start()
    try:
        yield keeper, journal
    finally:
        await keeper.close()
        await journal.close()


def _levels(folder: Path, days: int) -> dict[str, float | None]:
    history = history_of(folder)
    assert history is not None
    with closing(history):
        week = [date(2024, 10, 4 + day) for day in range(days)]
        reports = [build(history, period_of("day", day)) for day in week]
        return {report["period"]: report["queues"]["sales"]["total"]["service_level"] for report in reports}


def _delete_history(folder: Path) -> None:
    for file in folder.glob(f"{NAME}*"):
        file.unlink()


async def test_new_settings_restate_whole_days_and_leave_older_ones_alone(tmp_path: Path) -> None:
    """T becomes 5 s: yesterday and today turn to misses; the day with which the recount begins keeps what it was."""
    await _journalled(tmp_path, 6)
    async with _keeping(tmp_path, recounted(tmp_path, EARLIER, None)) as (keeper, _):
        assert await keeper.write()
    before = _levels(tmp_path, 6)
    assert set(before.values()) == {1.0}
    async with _keeping(tmp_path, recover(tmp_path, LATER, 10**9)) as (keeper, _):
        assert await keeper.write()
    after = _levels(tmp_path, 6)
    changed = [day for day in before if before[day] != after[day]]
    assert len(changed) >= 1
    assert changed == sorted(before)[-len(changed) :], "days lie at the end, none half"
    assert all(after[day] == 0.0 for day in changed)


async def test_a_day_the_history_lacks_is_counted_from_the_journal(tmp_path: Path) -> None:
    """The same engine, the same rows: but for the note that says so, the report is the same as the daemon's."""
    await _journalled(tmp_path, 5)
    async with _keeping(tmp_path, recounted(tmp_path, EARLIER, None)) as (keeper, _):
        assert await keeper.write()
    period, history = named("day", "2024-10-06"), history_of(tmp_path)
    assert history is not None
    with closing(history):
        place = found(tmp_path, history, period, EARLIER)
        assert place is not None
        assert not place.is_rebuilt
        ours = build(history, period, individuals=True)
    _delete_history(tmp_path)
    place = found(tmp_path, None, period, EARLIER)
    assert place is not None
    assert place.is_rebuilt
    theirs = build(place.history, period, individuals=True, rebuilt=True)
    assert theirs["notes"][0]["note"] == "rebuilt"
    assert ours["queues"]["sales"]["total"]["offered"] == 8
    assert {**theirs, "rebuilt": False, "notes": []} == {**ours, "notes": []}
    assert found(tmp_path, None, named("day", "2024-11-20"), EARLIER) is None


async def test_what_the_disk_refuses_is_written_later_and_no_snapshot_runs_ahead(tmp_path: Path) -> None:
    """Somebody locks the file: nothing is lost, and no snapshot is taken of an engine whose marks are not written."""
    await _journalled(tmp_path, 1)
    recovered = recounted(tmp_path, EARLIER, None)
    async with _keeping(tmp_path, recovered) as (keeper, journal):
        keeper._file._db.execute("PRAGMA busy_timeout = 0")
        with closing(sqlite3.connect(tmp_path / NAME, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await _take_snapshot(recovered.engine, journal, EARLIER, keeper)
            assert "locked" in keeper.trouble
            assert not snapshot.snapshot_paths(tmp_path)
            other.execute("COMMIT")
        await _take_snapshot(recovered.engine, journal, EARLIER, keeper)
        assert not keeper.trouble
        assert snapshot.snapshot_paths(tmp_path)
    assert _levels(tmp_path, 1) == {"2024-10-04": 1.0}


async def test_nothing_is_kept_of_agents_where_nothing_may_be(tmp_path: Path) -> None:
    """`individuals_keep: 0s`: queues are kept, and no name is in the file."""
    await _journalled(tmp_path, 1)
    journal, recovered = Journal(tmp_path), recounted(tmp_path, EARLIER, None)
    keeper = HistoryKeeper(recovered.engine, journal, ScaledClock(0, 1), Keeping(400 * DAY_MS, 0), None)
    journal.start()
    assert await keeper.write()
    await keeper.close()
    await journal.close()
    history = history_of(tmp_path)
    assert history is not None
    with closing(history):
        assert list(history.queues("0", "9"))
        assert not list(history.agents("0", "9"))


async def test_what_was_read_from_a_file_days_later_is_found_in_the_journal(tmp_path: Path) -> None:
    """A segment is called by the day on which its entries came; a log of last week lies in today's."""
    journal = Journal(tmp_path)
    journal.start()
    facts = [fact for n in range(4) for fact in contact(START_MS + n * HOUR)]
    for fact in [*facts, e.SourceHeartbeat(time=START_MS + 26 * HOUR, source="pbx")]:
        assert isinstance(fact.time, int)
        journal.append(fact.time, encode(fact), "pbx", START_MS + 9 * DAY_MS)
    assert await journal.reached(journal.seq)
    await journal.close()
    place = found(tmp_path, None, named("day", "2024-10-04"), EARLIER)
    assert place is not None
    assert build(place.history, named("day", "2024-10-04"))["queues"]["sales"]["total"]["offered"] == 4
