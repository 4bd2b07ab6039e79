"""A segment: what the floor told us on one UTC day, in one SQLite file. A journal is a folder of them.

Every row carries a checksum chained to the row before it, also over the border of two segments, so that a changed, lost
or reordered row is found by `floorwatch journal verify`. Nothing is ever changed in place.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

FORMAT = "1"
_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS segment (format TEXT NOT NULL, first_seq INTEGER NOT NULL, chain INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL, actor TEXT NOT NULL, event BLOB NOT NULL,
    chain INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS sources (
    name TEXT PRIMARY KEY, last_ms INTEGER NOT NULL, position TEXT NOT NULL
) WITHOUT ROWID;
COMMIT;
"""

_ROWS = "SELECT seq, applied_at, actor, CAST(event AS BLOB), chain FROM entries"


class Entry(NamedTuple):
    """One row: the event as JSON of the contract, and the engine time (ms) at which it was applied."""

    seq: int
    applied_at: int
    actor: str
    """On whose word, where that is more than its source."""
    event: bytes
    chain: int


class SourceMark(NamedTuple):
    """How far a source has been heard: when last (ms, our clock), and where it goes on, in its own words."""

    last_ms: int
    position: str


class DamagedJournalError(Exception):
    """The journal cannot be believed from here on; the text names the file, the place and what is wrong."""


def chained(chain: int, seq: int, applied_at: int, actor: str, event: bytes) -> int:
    """The checksum of a row that follows a row with checksum `chain`."""
    return zlib.crc32(event, zlib.crc32(f"{seq} {applied_at} {actor}\n".encode(), chain))


def segment_paths(folder: Path) -> list[Path]:
    """The segments of a journal, oldest first."""
    return sorted(folder.glob("journal-????????.db"))


class Segment:
    """One file, open for writing, or for reading while another process writes. Raises `sqlite3.Error`."""

    def __init__(self, path: Path, *, writable: bool = False) -> None:
        self.path = path
        if writable:
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(_SCHEMA)
            self._file = path.stat().st_ino
        else:
            self._db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)

    @property
    def is_lost(self) -> bool:
        """Whether the file we write is no longer the one at its path: what is written to it, nobody will find."""
        try:
            return self.path.stat().st_ino != self._file
        except OSError:
            return True

    @property
    def is_bare(self) -> bool:
        """Whether the file has no tables yet: it is being made, or its making was cut short."""
        return self._db.execute("SELECT 1 FROM sqlite_master").fetchone() is None

    def begin(self, first_seq: int, chain: int, marks: dict[str, SourceMark]) -> None:
        """Make an empty file a segment that begins with this number, after a row with this checksum."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("INSERT INTO segment VALUES (?, ?, ?)", (FORMAT, first_seq, chain))
        self._mark(marks)
        self._db.execute("COMMIT")

    def write(self, entries: Iterable[Entry], marks: dict[str, SourceMark]) -> None:
        """Add rows and marks; on return they are on disk. All or nothing. `OSError` when the file is gone."""
        if self.is_lost:
            raise FileNotFoundError(f"{self.path} was deleted or replaced while it was written")
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", entries)
            self._mark(marks)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _mark(self, marks: dict[str, SourceMark]) -> None:
        self._db.executemany(
            "INSERT INTO sources VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET last_ms = excluded.last_ms,"
            " position = excluded.position",
            [(name, *mark) for name, mark in marks.items()],
        )

    def head(self) -> tuple[int, int] | None:
        """(number of its first row, checksum before it); None for a file that never became a segment.

        Raises `DamagedJournalError` for the format of another version.
        """
        row = self._db.execute("SELECT format, first_seq, chain FROM segment").fetchone()
        if row is None:
            return None
        if row[0] != FORMAT:
            raise DamagedJournalError(f"{self.path}: has format {row[0]}, this version reads format {FORMAT}")
        return row[1], row[2]

    def last(self) -> Entry | None:
        """Its newest row."""
        row = self._db.execute(f"{_ROWS} ORDER BY seq DESC LIMIT 1").fetchone()
        return None if row is None else Entry(*row)

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """Its rows in order, from the one after this number on."""
        for row in self._db.execute(f"{_ROWS} WHERE seq > ? ORDER BY seq", (after,)):
            yield Entry(*row)

    def said_by(self, source: str) -> Iterator[Entry]:
        """Its rows of one source, in order."""
        wanted = b'"source":' + msgspec.json.encode(source)
        for row in self._db.execute(f"{_ROWS} WHERE instr(CAST(event AS BLOB), ?) ORDER BY seq", (wanted,)):
            yield Entry(*row)

    def chain_at(self, seq: int) -> int:
        """The checksum of this row. Raises `DamagedJournalError` when there is none."""
        row = self._db.execute("SELECT chain FROM entries WHERE seq = ?", (seq,)).fetchone()
        if row is None:
            raise DamagedJournalError(f"{self.path}: entry {seq} is missing")
        chain: int = row[0]
        return chain

    def marks(self) -> dict[str, SourceMark]:
        """How far each source had been heard."""
        rows = self._db.execute("SELECT name, last_ms, position FROM sources")
        return {name: SourceMark(last_ms, position) for name, last_ms, position in rows}

    def ailment(self) -> str:
        """What SQLite finds wrong with the file; empty when nothing."""
        found: str = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        return "" if found == "ok" else found

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
