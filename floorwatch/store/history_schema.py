"""The tables of the history, one SQLite file; see `store.history` for who writes and who reads.

A figure of a queue is a column of its own, so that whoever has SQL can read it, and a new figure a new column: older
rows have NULL there, for it was not counted then.
"""

from __future__ import annotations

import sqlite3

from floorwatch.floor.activity import ACTIVITIES
from floorwatch.metrics import tally as t

FORMAT = 1

FIELDS = tuple(t.FIELDS)
"""Of a tally, in its order."""
ARRIVAL = tuple(name for name in FIELDS if t.unit(name) <= t.DECIDED)
"""Those of them that are kept by arrival: what decides the service level."""
SPENT = tuple(f"{activity}_ms" for activity in ACTIVITIES)
ADHERENCE = ("scheduled_ms", "in_ms", "out_ms", "neutral_ms", "worked_ms", "on_queue_ms", "extra_ms", "schedule")

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS definitions (
    id INTEGER PRIMARY KEY, channel TEXT NOT NULL, formula TEXT NOT NULL, target REAL NOT NULL,
    threshold_ms INTEGER NOT NULL, short_abandon_ms INTEGER NOT NULL, exits_count INTEGER NOT NULL,
    versions TEXT NOT NULL,
    UNIQUE (channel, formula, target, threshold_ms, short_abandon_ms, exits_count, versions)
);
CREATE TABLE IF NOT EXISTS cells (
    start INTEGER PRIMARY KEY, "end" INTEGER NOT NULL, day TEXT NOT NULL, busy_ms INTEGER, available_ms INTEGER,
    heard INTEGER
);
CREATE INDEX IF NOT EXISTS cells_by_day ON cells (day);
CREATE TABLE IF NOT EXISTS queues (
    day TEXT NOT NULL, queue TEXT NOT NULL, start INTEGER NOT NULL, definition INTEGER NOT NULL,
    incomplete INTEGER NOT NULL, backfilled INTEGER NOT NULL, corrected INTEGER NOT NULL, unseen TEXT NOT NULL,
    wait_ms_max INTEGER, busy_ms INTEGER, available_ms INTEGER,
    PRIMARY KEY (day, queue, start)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS queues_by_start ON queues (start);
CREATE TABLE IF NOT EXISTS agents (
    day TEXT NOT NULL, agent TEXT NOT NULL, team TEXT NOT NULL, site TEXT NOT NULL, answered INTEGER NOT NULL,
    declined INTEGER, busy_ms INTEGER, available_ms INTEGER, scheduled_ms INTEGER, in_ms INTEGER, out_ms INTEGER,
    neutral_ms INTEGER, worked_ms INTEGER, on_queue_ms INTEGER, extra_ms INTEGER, schedule TEXT,
    PRIMARY KEY (day, agent)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS alerts (
    id TEXT PRIMARY KEY, day TEXT NOT NULL, rule TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
    severity TEXT NOT NULL, pending_at INTEGER NOT NULL, fired_at INTEGER NOT NULL, resolved_at INTEGER,
    reason TEXT NOT NULL, value REAL, n INTEGER NOT NULL, message_en TEXT NOT NULL, message_zh TEXT NOT NULL,
    severity_at_fire TEXT
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alerts_by_day ON alerts (day);
CREATE TABLE IF NOT EXISTS gaps (
    source TEXT NOT NULL, kind TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER, backfilled INTEGER NOT NULL,
    PRIMARY KEY (source, kind, since)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS runs (since INTEGER PRIMARY KEY, until INTEGER NOT NULL);
"""

_COLUMNS = {
    "queues": dict.fromkeys((*FIELDS, *(f"arrival_{name}" for name in ARRIVAL)), "INTEGER"),
    "agents": dict.fromkeys(SPENT, "INTEGER"),
    "cells": {"heard": "INTEGER"},
    "alerts": {"severity_at_fire": "TEXT"},
}
"""Columns that follow what the code counts, or came later, with their types."""


def prepare(db: sqlite3.Connection) -> None:
    """Make an empty file a history, and give an older one the columns of what is counted by now."""
    for statement in _TABLES.split(";"):  # `executescript` would end the transaction
        db.execute(statement)
    for table, columns in _COLUMNS.items():
        known = {row[1] for row in db.execute(f"PRAGMA table_info({table})")}
        for column, kind in columns.items():
            if column not in known:
                db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
    db.execute("INSERT OR IGNORE INTO meta VALUES ('format', ?)", (FORMAT,))
