"""The journal: everything that ever changed the engine's state, on disk before anybody is told that it was received.

One thread writes. Commits clock themselves: the next begins when the last has ended, with whatever has come meanwhile,
so a slow disk makes larger groups and a fast one shorter waits, with nothing to tune. When the disk refuses, nothing is
dropped: the group is kept and tried again, nobody is acknowledged, `trouble` says why, and the daemon is not ready.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

import structlog

from floorwatch.store.segment import DamagedJournalError, Entry, Segment, SourceMark, chained, segment_paths

RETRY_S = 1.0
LOOK_S = 0.1
"""Who waits for the disk is woken by it, and looks so often whether it refuses."""
BACKLOG_MAX = 20_000
"""Entries not yet on disk above which no more should be appended."""

Durable = Callable[[], None]

log = structlog.get_logger("floorwatch.store")


class JournalInUseError(Exception):
    """Another process writes this journal; the text names the folder."""


class Journal:
    """Appends in the event loop, writes in a thread of its own.

    `append` what happened, then `commit` once for all of it. Raises `OSError`, `sqlite3.Error`, `JournalInUseError` or
    `DamagedJournalError` when it cannot be opened.
    """

    def __init__(self, folder: Path, keep_ms: int | None = None) -> None:
        self.folder = folder
        self._keep_ms = keep_ms
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = _locked(folder)
        self.marks: dict[str, SourceMark]
        """How far each source has been heard."""
        self.seq: int
        """The number of the newest entry appended."""
        self.durable_seq: int
        """The number of the newest entry on disk."""
        self.trouble = ""
        """Why the disk refuses just now; empty when it does not."""
        self._segment: Segment | None = None
        try:
            self.seq, self._chain, self.marks = _end(folder)
        except BaseException:
            self._lock.close()
            raise
        self.durable_seq = self.seq
        self._written_chain, self._written_marks = self._chain, dict(self.marks)
        self._staged: list[Entry] = []
        self._staged_marks: dict[str, SourceMark] = {}
        self._staged_calls: list[Durable] = []
        self._pending: list[Entry] = []
        self._pending_marks: dict[str, SourceMark] = {}
        self._pending_calls: list[Durable] = []
        self._day_ms = self._pending_day_ms = 0
        self._wake = threading.Condition()
        self._closing = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._failed: asyncio.Future[None] | None = None
        self._thread: threading.Thread | None = None
        self._next_written = asyncio.Event()
        """Set when the next group is on disk, for those who wait now."""

    # In the event loop

    def start(self) -> None:
        """Begin to write; called in the event loop in which `durable` callbacks are to be made."""
        self._loop = asyncio.get_running_loop()
        self._failed = self._loop.create_future()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    @property
    def is_full(self) -> bool:
        """Whether the disk lags so far behind that no more should be appended."""
        return self.seq - self.durable_seq >= BACKLOG_MAX

    def append(
        self,
        applied_at: int,
        event: bytes,
        source: str,
        received_ms: int,
        *,
        heard: bool = True,
        position: str = "",
        actor: str = "",
        durable: Durable | None = None,
    ) -> int:
        """Take note of an event; its number. It is written after the next `commit`.

        `heard`: the source was heard with it; not, when we say it of the source ourselves.
        """
        self.seq = seq = self.seq + 1
        self._chain = chain = chained(self._chain, seq, applied_at, actor, event)
        if heard:
            known = self.marks.get(source)
            mark = SourceMark(received_ms, position or (known.position if known else ""))
            self.marks[source] = self._staged_marks[source] = mark
        self._staged.append(Entry(seq, applied_at, actor, event, chain))
        self._day_ms = max(self._day_ms, received_ms)
        if durable is not None:
            self._staged_calls.append(durable)
        return seq

    def commit(self) -> None:
        """Write what has been appended since the last call, all or nothing, when the commit before it has ended."""
        with self._wake:
            self._pending += self._staged
            self._pending_marks |= self._staged_marks
            self._pending_calls += self._staged_calls
            self._pending_day_ms = self._day_ms
            self._wake.notify()
        self._staged, self._staged_marks, self._staged_calls = [], {}, []

    async def watch(self) -> None:
        """Wait for ever; raises what ended the writing: a bug of ours, for a disk that refuses is tried again."""
        assert self._failed is not None
        await self._failed

    async def reached(self, seq: int) -> bool:
        """Wait until this entry is on disk; false when the disk refuses."""
        self.commit()
        while self.durable_seq < seq:
            if self.trouble or self._thread is None or not self._thread.is_alive():
                return False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._next_written.wait()
        return True

    async def close(self) -> None:
        """Write the rest and let go of the files. What the disk refuses for longer is given up, and said."""
        self.commit()
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
        if self._segment is not None:
            self._segment.close()
        self._lock.close()

    # In the thread

    def _work(self) -> None:
        assert self._loop is not None
        try:
            self._write_until_closed()
        except BaseException as wrong:  # noqa: BLE001 - handed to the event loop, where it ends the daemon
            self.trouble = f"{type(wrong).__name__}: {wrong}"
            self._loop.call_soon_threadsafe(self._fail, wrong)

    def _fail(self, wrong: BaseException) -> None:
        if self._failed is not None and not self._failed.done():
            self._failed.set_exception(wrong)

    def _write_until_closed(self) -> None:
        while True:
            with self._wake:
                while not self._pending and not self._closing:
                    self._wake.wait()
                entries, self._pending = self._pending, []
                marks, self._pending_marks = self._pending_marks, {}
                calls, self._pending_calls = self._pending_calls, []
                day_ms = self._pending_day_ms
            if not entries:
                return
            if not self._write(entries, marks, day_ms):
                log.error("journal_lost", entries=len(entries), why=self.trouble)
                return
            assert self._loop is not None
            self._loop.call_soon_threadsafe(self._written, entries[-1].seq, calls)

    def _write(self, entries: list[Entry], marks: dict[str, SourceMark], day_ms: int) -> bool:
        """Write a group, however often it takes; false when it could not be written before the end."""
        while True:
            try:
                self._segment_of(day_ms, entries[0]).write(entries, marks)
            except (sqlite3.Error, OSError) as wrong:
                self._let_go_of_lost()
                if not self.trouble:
                    log.error("journal_refused", folder=str(self.folder), why=str(wrong))
                self.trouble = str(wrong)
                if self._closing:
                    return False
                threading.Event().wait(RETRY_S)
            else:
                if self.trouble:
                    log.info("journal_recovered", folder=str(self.folder))
                    self.trouble = ""
                self._written_chain = entries[-1].chain
                self._written_marks.update(marks)
                return True

    def _let_go_of_lost(self) -> None:
        """A file that somebody has deleted under us takes nothing more; the next try begins another."""
        if self._segment is not None and self._segment.is_lost:
            self._segment.close()
            self._segment = None

    def _segment_of(self, day_ms: int, first: Entry) -> Segment:
        """The segment of this day, opened when the day is new; an older one goes on when our clock was set back."""
        path = self.folder / f"journal-{datetime.fromtimestamp(day_ms / 1000, UTC):%Y%m%d}.db"
        if self._segment is not None and path.name <= self._segment.path.name:
            return self._segment
        path = max([path, *segment_paths(self.folder)[-1:]])
        segment = Segment(path, writable=True)
        if segment.head() is None:
            segment.begin(first.seq, self._written_chain, self._written_marks)
        if self._segment is not None:
            self._segment.close()
        self._segment = segment
        self._forget(path)
        return segment

    def _forget(self, newest: Path) -> None:
        """Delete segments of days longer ago than is to be kept."""
        if self._keep_ms is None:
            return
        newest_day = _day(newest)
        for path in segment_paths(self.folder):
            if (newest_day - _day(path)).days * 86_400_000 > self._keep_ms:
                for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                    file.unlink(missing_ok=True)
                log.info("journal_forgotten", segment=path.name)

    def _written(self, seq: int, calls: list[Durable]) -> None:
        """In the event loop again: say so to whom it concerns."""
        self.durable_seq = seq
        self._next_written.set()
        self._next_written = asyncio.Event()
        assert self._loop is not None
        for call in calls:
            self._loop.call_soon(call)  # one that raises keeps it from nobody else


def read(folder: Path, after: int = 0, *, since_segment: Path | None = None) -> Iterator[Entry]:
    """The entries of a journal in order, from the one after this number on; another process may be writing it.

    `since_segment`: begin with this file, whatever the number. Raises `DamagedJournalError` where rows are missing
    between two segments, and `sqlite3.Error`.
    """
    before: tuple[int, int] | None = None
    """The number and the checksum of the row before."""
    paths = segment_paths(folder)
    for path in paths:
        if since_segment is not None and path < since_segment:
            continue
        with contextlib.closing(Segment(path)) as segment:
            if is_being_made(segment, paths[-1]):
                continue
            head, last = segment.head(), segment.last()
            if head is None or last is None or last.seq <= after:
                continue
            start = head[0] - 1, head[1]
            if before is not None and start != before:
                raise DamagedJournalError(f"{path}: begins with entry {head[0]}, the one before it is {before[0]}")
            seq, chain = start if after <= start[0] else (after, segment.chain_at(after))
            for entry in segment.entries(after):
                seq += 1
                chain = chained(chain, seq, entry.applied_at, entry.actor, entry.event)
                if (entry.seq, entry.chain) != (seq, chain):
                    raise DamagedJournalError(f"{path}: entry {seq} is missing, or was changed after it was written")
                yield entry
            before = seq, chain


def daemon_runs(folder: Path) -> bool:
    """Whether a daemon keeps this folder for itself."""
    try:
        with (folder / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # let go at once, with the file
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def is_being_made(segment: Segment, newest: Path) -> bool:
    """Whether a daemon is about to begin this file: the newest one, without tables yet. Else that is damage."""
    return segment.path == newest and segment.is_bare and daemon_runs(newest.parent)


def _end(folder: Path) -> tuple[int, int, dict[str, SourceMark]]:
    """(number and checksum of the newest entry, how far each source had been heard)."""
    for path in reversed(segment_paths(folder)):
        # Writable: what a crash left half done is put right.
        with contextlib.closing(Segment(path, writable=True)) as segment:
            head, last = segment.head(), segment.last()
            if last is not None:
                return last.seq, last.chain, segment.marks()
            if head is not None:
                return head[0] - 1, head[1], segment.marks()
    return 0, 0, {}


def _day(segment: Path) -> date:
    return datetime.strptime(segment.name[8:16], "%Y%m%d").replace(tzinfo=UTC).date()


def _locked(folder: Path) -> IO[str]:
    """Hold the folder for this process, until the file is closed or the process is gone."""
    lock = (folder / "lock").open("a", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise JournalInUseError(
            f"{folder}: another floorwatch writes this journal; stop it, or set store.path"
        ) from None
    return lock
