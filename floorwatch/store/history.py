"""The history: the sums of every closed interval, kept longer than the journal they were counted from.

One SQLite file beside the journal. Everything in it can be written again: a row replaces the one that was there, so a
batch that is written twice changes nothing. Agents' days are personal: they have a shorter time to live of their own,
and what is deleted is overwritten in the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from floorwatch.metrics import tally as t
from floorwatch.store.history_schema import ADHERENCE, ARRIVAL, FIELDS, FORMAT, SPENT, prepare
from floorwatch.store.rows import Adherence, AgentRow, AlertRow, Batch, CellRow, Definition, GapRow, QueueRow

NAME = "history.db"

_QUEUE_HEAD = (
    *("day", "queue", "start", "definition", "incomplete", "backfilled", "corrected", "unseen"),
    *("wait_ms_max", "busy_ms", "available_ms"),
)
_QUEUE = (*_QUEUE_HEAD, *FIELDS, *(f"arrival_{name}" for name in ARRIVAL))
_AGENT_HEAD = ("day", "agent", "team", "site", "answered", "declined", "busy_ms", "available_ms", *ADHERENCE)
_AGENT = (*_AGENT_HEAD, *SPENT)


class UnusableHistoryError(Exception):
    """The file is none of ours, or of a later version; the text names it and what to do."""


class Site(NamedTuple):
    """What the days and intervals in the history are cut by."""

    name: str
    timezone: str
    day_start_ms: int
    min_sample: int


class History:
    """One file, open for reading and, where `writable`, for writing. `:memory:` keeps one that nobody else sees.

    Raises `sqlite3.Error`, and `UnusableHistoryError` when opened.
    """

    def __init__(self, path: Path | str, *, writable: bool = False) -> None:
        self.path = path
        if writable:
            if isinstance(path, Path):
                path.touch(mode=0o600)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        else:
            self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        try:
            if writable:
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=FULL")
                self._db.execute("PRAGMA secure_delete=ON")  # a name that was to be forgotten is not to be found
                with self._at_once():
                    prepare(self._db)
            found = self._meta("format")
        except sqlite3.DatabaseError as wrong:
            self._db.close()
            raise UnusableHistoryError(f"{path}: {wrong}; move it away, and it is begun anew") from wrong
        if found != FORMAT:
            self._db.close()
            raise UnusableHistoryError(f"{path}: has format {found}, this version reads format {FORMAT}; move it away")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # Writing

    def begin(self, site: Site, at: int, living: Sequence[str] = ()) -> None:
        """A daemon (or a replay) begins to write, at engine time `at`.

        `living` are the ids of the alerts that it knows of; others are over, for under new settings they never began.
        """
        with self._at_once():
            for key, value in zip(Site._fields, site, strict=True):
                self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))
            self._db.execute("INSERT OR IGNORE INTO runs VALUES (?, ?)", (at, at))
            open_ids = {row[0] for row in self._db.execute("SELECT id FROM alerts WHERE resolved_at IS NULL")}
            self._db.executemany(
                "UPDATE alerts SET resolved_at = ?, reason = 'restated' WHERE id = ?",
                [(at, alert) for alert in sorted(open_ids.difference(living))],
            )

    def write(self, batch: Batch, anew_since: int | None = None) -> None:
        """Write rows, all or nothing; on return they are on disk.

        `anew_since`: what was written of intervals from this instant on, maybe on another grid, is replaced by them.
        """
        with self._at_once():
            if anew_since is not None:
                self._db.execute("DELETE FROM cells WHERE start >= ?", (anew_since,))
                self._db.execute("DELETE FROM queues WHERE start >= ?", (anew_since,))
            definitions = {row.definition: self._definition(row.definition) for row in batch.queues}
            for cell in batch.cells:
                self._db.execute("DELETE FROM queues WHERE start = ?", (cell.start,))
            self._insert("cells", ("start", '"end"', "day", "busy_ms", "available_ms", "heard"), batch.cells)
            self._db.executemany("DELETE FROM queues WHERE day = ? AND queue = ? AND start = ?", batch.emptied)
            self._insert("queues", _QUEUE, [_queue_values(row, definitions[row.definition]) for row in batch.queues])
            self._db.executemany("DELETE FROM agents WHERE day = ? AND agent = ?", batch.absent)
            self._insert("agents", _AGENT, [_agent_values(row) for row in batch.agents])
            self._insert("alerts", AlertRow._fields, batch.alerts)
            for gap in batch.gaps:
                self._db.execute("DELETE FROM gaps WHERE source = ?", (gap.source,))
            self._insert("gaps", GapRow._fields, batch.gaps)
            self._db.execute(
                "UPDATE runs SET until = max(until, ?) WHERE since = (SELECT max(since) FROM runs)", (batch.at,)
            )
            self._db.execute("INSERT OR REPLACE INTO meta VALUES ('written_until', ?)", (batch.at,))

    def forget(self, today: str, keep: timedelta, keep_individuals: timedelta) -> None:
        """Delete days that are older than they are to be kept, seen from `today`."""
        before = [(date.fromisoformat(today) - kept).isoformat() for kept in (keep, keep_individuals)]
        with self._at_once():
            for table in ("cells", "queues", "alerts"):
                self._db.execute(f"DELETE FROM {table} WHERE day < ?", before[:1])  # noqa: S608 - a name of ours
            self._db.execute("DELETE FROM agents WHERE day < ?", before[1:])
            first = self._db.execute("SELECT min(start) FROM cells").fetchone()[0]
            if first is not None:
                self._db.execute("DELETE FROM gaps WHERE until < ?", (first,))
                self._db.execute("DELETE FROM runs WHERE until < ?", (first,))

    @contextmanager
    def _at_once(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of ours
        self._db.executemany(sql, rows)

    def _definition(self, definition: Definition) -> int:
        names = ", ".join(Definition._fields)
        marks = ", ".join("?" * len(definition))
        self._db.execute(f"INSERT OR IGNORE INTO definitions ({names}) VALUES ({marks})", definition)  # noqa: S608
        wanted = " AND ".join(f"{name} = ?" for name in Definition._fields)
        found: int = self._db.execute(f"SELECT id FROM definitions WHERE {wanted}", definition).fetchone()[0]  # noqa: S608
        return found

    # Reading

    def _meta(self, key: str) -> object:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return None if row is None else row[0]

    def _written(self, table: str, column: str) -> str:
        """A column that came later, or NULL where an older version wrote the file: a reader adds no columns."""
        known = {row[1] for row in self._db.execute(f"PRAGMA table_info({table})")}
        return column if column in known else f"NULL AS {column}"

    @property
    def written_until(self) -> int:
        """Engine time of the newest batch; 0 before the first."""
        return int(str(self._meta("written_until") or 0))

    @property
    def site(self) -> Site | None:
        """What its days are cut by; None before anything was written."""
        values = [self._meta(key) for key in Site._fields]
        if None in values:
            return None
        name, timezone, day_start_ms, min_sample = map(str, values)
        return Site(name, timezone, int(day_start_ms), int(min_sample))

    def cells(self, first: str, last: str) -> list[CellRow]:
        """The closed intervals of these business days and those between, in order of time."""
        columns = f'start, "end", day, busy_ms, available_ms, {self._written("cells", "heard")}'
        sql = f"SELECT {columns} FROM cells WHERE day BETWEEN ? AND ? ORDER BY start"  # noqa: S608
        rows = self._db.execute(sql, (first, last))
        return [
            CellRow(start, end, day, busy_ms, available_ms, heard in (None, 1))
            for start, end, day, busy_ms, available_ms, heard in rows
        ]

    def queues(self, first: str, last: str) -> Iterator[QueueRow]:
        """What is written of the queues on these days, by queue and in order of time."""
        known = self._db.execute(f"SELECT id, {', '.join(Definition._fields)} FROM definitions")  # noqa: S608
        definitions = {row[0]: _read_definition(row[1:]) for row in known}
        sql = f"SELECT {', '.join(_QUEUE)} FROM queues WHERE day BETWEEN ? AND ? ORDER BY queue, start"  # noqa: S608
        size = len(_QUEUE_HEAD)
        for row in self._db.execute(sql, (first, last)):
            day, queue, start, definition, incomplete, backfilled, corrected, unseen, *ms = row[:size]
            wait_ms_max, busy_ms, available_ms = ms
            yield QueueRow(
                *(day, queue, start, definitions[definition], bool(incomplete), bool(backfilled), corrected, unseen),
                *(wait_ms_max, busy_ms, available_ms),
                *(_tally(FIELDS, row[size : size + len(FIELDS)]), _tally(ARRIVAL, row[size + len(FIELDS) :])),
            )

    def agents(self, first: str, last: str) -> Iterator[AgentRow]:
        """The agents' days, by agent and day."""
        sql = f"SELECT {', '.join(_AGENT)} FROM agents WHERE day BETWEEN ? AND ? ORDER BY agent, day"  # noqa: S608
        size = len(_AGENT_HEAD)
        for row in self._db.execute(sql, (first, last)):
            day, agent, team, site, answered, declined, busy_ms, available_ms, *adherence = row[:size]
            judged = None if adherence[0] is None else Adherence(*adherence)
            yield AgentRow(day, agent, team, site, tuple(row[size:]), answered, declined, busy_ms, available_ms, judged)

    def alerts(self, first: str, last: str) -> list[AlertRow]:
        """The alerts that fired on these days, in order of time."""
        columns = ", ".join((*AlertRow._fields[:-1], self._written("alerts", AlertRow._fields[-1])))
        sql = f"SELECT {columns} FROM alerts WHERE day BETWEEN ? AND ? ORDER BY fired_at, id"  # noqa: S608
        return [AlertRow(*row) for row in self._db.execute(sql, (first, last))]

    def gaps(self, since: int, until: int) -> list[GapRow]:
        """What the sources may have missed in [since, until)."""
        columns = ", ".join(GapRow._fields)
        sql = f"SELECT {columns} FROM gaps WHERE since < ? AND ifnull(until, ?) > ? ORDER BY since, source, kind"  # noqa: S608
        rows = self._db.execute(sql, (until, until, since))
        return [GapRow(source, kind, begun, ended, bool(told)) for source, kind, begun, ended, told in rows]

    def alert_ids(self) -> set[str]:
        """Every alert that is written down."""
        return {row[0] for row in self._db.execute("SELECT id FROM alerts")}

    def runs(self) -> list[tuple[int, int]]:
        """When a daemon wrote this history, in order; a run is known to the minute."""
        return self._db.execute("SELECT since, until FROM runs ORDER BY since").fetchall()


def _queue_values(row: QueueRow, definition: int) -> tuple[object, ...]:
    counts = (t.read(row.tally, name) for name in FIELDS)
    arrival = (t.read(row.arrival, name) for name in ARRIVAL)
    return (*row[:3], definition, *row[4:11], *counts, *arrival)


def _agent_values(row: AgentRow) -> tuple[object, ...]:
    adherence = row.adherence or (None,) * len(ADHERENCE)
    counts = (row.answered, row.declined, row.busy_ms, row.available_ms)
    return (row.day, row.agent, row.team, row.site, *counts, *adherence, *row.spent_ms)


def _read_definition(row: Sequence[object]) -> Definition:
    definition = Definition(*row)  # type: ignore[arg-type]
    return definition._replace(exits_count=bool(definition.exits_count))


def _tally(names: Sequence[str], counts: Sequence[int | None]) -> int:
    """A column that did not exist when the row was written holds nothing of what it counts."""
    return sum((count or 0) * t.unit(name) for name, count in zip(names, counts, strict=True))
