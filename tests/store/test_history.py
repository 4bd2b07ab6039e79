"""The history's file: written twice is written once, old days go, names sooner, and a broken file costs no start."""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from pathlib import Path

import pytest

from floorwatch.floor.settings import Settings
from floorwatch.history import _opened
from floorwatch.reports.build import build
from floorwatch.reports.period import period_of
from floorwatch.store.history import NAME, History, Site, UnusableHistoryError
from floorwatch.store.rows import AlertRow, Batch
from tests.reports.floors import HOUR, contact, told, written

DAY = 24 * HOUR
START = 1_793_750_400_000
"""2026-11-04 00:00 UTC."""
SITE = Site("hall", "UTC", 0, 20)
NOTHING = Batch(at=START, cells=[], queues=[], emptied=[], agents=[], absent=[], alerts=[], gaps=[])


def _dump(path: Path) -> list[str]:
    with sqlite3.connect(path) as db:
        lines = [line for line in db.iterdump() if not line.startswith('INSERT INTO "runs"')]
    db.close()
    return lines


def test_rows_that_are_written_twice_are_there_once(tmp_path: Path) -> None:
    """After a crash everything since the last snapshot is written again: nothing but the same comes of it."""
    path = tmp_path / NAME
    engine = told(Settings(), contact(START) + contact(START + 5 * HOUR), START + 10 * HOUR)
    history = History(path, writable=True)
    written(engine, history)
    before = _dump(path)
    engine.books.calendar.closed.restate(START, engine.now)
    written(engine, history)
    assert _dump(path) == before
    assert len(before) > 40
    history.close()


def test_days_are_forgotten_and_agents_sooner(tmp_path: Path) -> None:
    """Five days kept, and agents' for two: what is deleted cannot be read out of the file either."""
    path = tmp_path / NAME
    facts = [fact for n in range(9) for fact in contact(START + n * DAY, agent=f"Ada-{n}")]
    history = History(path, writable=True)
    written(told(Settings(interval_ms=HOUR), facts, START + 9 * DAY), history)
    history.forget("2026-11-12", timedelta(days=5), timedelta(days=2))
    days = {cell.day for cell in history.cells("0", "9")}
    named = {row.agent for row in history.agents("0", "9")}
    assert (min(days), max(days)) == ("2026-11-07", "2026-11-12")
    assert named == {"Ada-6", "Ada-7", "Ada-8"}
    history.close()
    assert b"Ada-3" not in path.read_bytes()
    assert b"Ada-8" in path.read_bytes()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It names agents, as the journal does."""
    History(tmp_path / NAME, writable=True).close()
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b""])
def test_a_file_that_is_none_of_ours_is_moved_aside(tmp_path: Path, content: bytes) -> None:
    """The daemon starts all the same; an empty file is just a new one."""
    path = tmp_path / NAME
    path.write_bytes(content)
    history = _opened(path)
    history.begin(SITE, START)
    assert history.site == SITE
    history.close()
    aside = tmp_path / f"{NAME}.unusable"
    assert aside.read_bytes() == content if content else not aside.exists()


def test_a_later_version_s_file_is_not_read(tmp_path: Path) -> None:
    """The text says what to do."""
    path = tmp_path / NAME
    History(path, writable=True).close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE meta SET value = 99 WHERE key = 'format'")
    db.close()
    with pytest.raises(UnusableHistoryError, match="has format 99, this version reads format 1; move it away"):
        History(path)


def test_a_figure_that_is_counted_only_now_gets_a_column(tmp_path: Path) -> None:
    """An older file is widened when the daemon opens it; what it held stays as it was."""
    path = tmp_path / NAME
    history = History(path, writable=True)
    written(told(Settings(), contact(START), START + 2 * HOUR), history)
    rows = list(history.queues("0", "9"))
    history.close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE queues DROP COLUMN transferred")
    db.close()
    widened = History(path, writable=True)
    assert list(widened.queues("0", "9")) == rows
    widened.close()


def test_an_older_file_is_read_without_the_columns_that_came_later(tmp_path: Path) -> None:
    """A report may read before any daemon of this version has opened the file; then the columns are added."""
    path = tmp_path / NAME
    history = History(path, writable=True)
    written(told(Settings(), contact(START), START + 2 * HOUR), history)
    alert = AlertRow("low/sales/1", "2026-11-04", "low", "queue", "sales", "warning", 1, 2, None, "", 0.5, 20, "e", "z")
    history.write(NOTHING._replace(alerts=[alert]))
    cells, alerts = history.cells("0", "9"), history.alerts("0", "9")
    history.close()
    with sqlite3.connect(path) as db:
        db.execute("ALTER TABLE cells DROP COLUMN heard")
        db.execute("ALTER TABLE alerts DROP COLUMN severity_at_fire")
    db.close()
    older = History(path)
    assert (older.cells("0", "9"), older.alerts("0", "9")) == (cells, alerts)
    older.close()
    widened = History(path, writable=True)
    widened.write(NOTHING._replace(cells=[cells[0]._replace(heard=False)]))
    assert [cell.heard for cell in widened.cells("0", "9")][:2] == [False, True]
    widened.close()


def test_counted_anew_on_another_grid_nothing_counts_twice() -> None:
    """After a change of the interval to 30 minutes the day has half as many intervals, and the contacts it had."""
    facts = [fact for n in range(10) for fact in contact(START + n * HOUR)]
    history = written(told(Settings(), facts, START + 26 * HOUR))
    assert len(history.cells("2026-11-04", "2026-11-04")) == 96
    anew = written(told(Settings(interval_ms=1_800_000), facts, START + 26 * HOUR))
    batch = NOTHING._replace(at=START + 26 * HOUR, cells=anew.cells("0", "9"), queues=list(anew.queues("0", "9")))
    history.write(batch, anew_since=START)
    assert len(history.cells("2026-11-04", "2026-11-04")) == 48
    report = build(history, period_of("day", date(2026, 11, 4)))
    assert report["queues"]["sales"]["total"]["offered"] == 10


def test_alerts_that_new_settings_do_not_know_are_over() -> None:
    """What people were told stays written; what nobody will ever resolve does not stay open."""
    history = History(":memory:", writable=True)
    alert = AlertRow("low/sales/1", "2026-11-04", "low", "queue", "sales", "warning", 1, 2, None, "", 0.5, 20, "e", "z")
    history.begin(SITE, START)
    history.write(NOTHING._replace(alerts=[alert, alert._replace(id="low/tech/1", subject="tech")]))
    history.begin(SITE, START + HOUR, ["low/tech/1"])
    over, living = history.alerts("0", "9")
    assert (over.resolved_at, over.reason) == (START + HOUR, "restated")
    assert (living.resolved_at, living.reason) == (None, "")


def test_a_batch_is_written_whole_or_not_at_all() -> None:
    """A row that cannot be written takes the others of its batch with it."""
    history = written(told(Settings(), contact(START), START + 2 * HOUR))
    cells, rows = history.cells("0", "9"), list(history.queues("0", "9"))
    broken = rows[0]._replace(day=None)  # type: ignore[arg-type]
    with pytest.raises(sqlite3.IntegrityError):
        history.write(NOTHING._replace(cells=[cells[0]._replace(busy_ms=1)], queues=[broken]))
    assert history.cells("0", "9") == cells
    assert list(history.queues("0", "9")) == rows
