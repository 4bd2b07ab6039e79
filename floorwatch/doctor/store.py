"""The folder in which the daemon keeps what happened: its rights, its room, its newest days."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from floorwatch.doctor.finding import Checkup, Finding, Findings, failed, ok, warned
from floorwatch.store.journal import daemon_runs
from floorwatch.store.segment import DamagedJournalError, Segment, segment_paths
from floorwatch.store.snapshot import snapshot_paths

FREE_BYTES_MIN = 500_000_000
GROWTH_DAYS = 7
"""The newest whole days tell how fast it grows."""
SNAPSHOT_LATE_MS = 3_600_000
"""One is taken every ten minutes while something happens, or later where that takes long."""
_DAY_MS = 86_400_000


def check_store(checkup: Checkup) -> Findings:
    """Rights, room for the days that are to be kept, the newest day, the newest snapshot; where reports are filed."""
    reports = checkup.config.shift_reports.folder
    if reports is not None:
        yield _reports(reports)
    folder = checkup.config.store.path
    if not folder.exists():
        yield _not_there("store.path", folder)
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield failed(
            "store.path", f"{folder} cannot be written by this user", "chown it, or run this as the daemon's user"
        )
        return
    if folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        yield warned("store.path", f"{folder} can be entered by others, too", f"chmod 700 {folder}")
    else:
        yield ok("store.path", f"{folder} can be written, by its owner only")
    days = segment_paths(folder)
    yield _room(folder, days, checkup.config.store.keep_ms)
    if days:
        yield _newest(days[-1])
        yield from _snapshot(folder, days[-1])


def _not_there(subject: str, folder: Path) -> Finding:
    above = next(parent for parent in folder.absolute().parents if parent.exists())
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return ok(subject, f"{folder} is not there yet, and can be made")
    return failed(subject, f"{folder} is not there, and cannot be made", f"make it, or let this user write {above}")


def _reports(folder: Path) -> Finding:
    """Where shift reports are filed."""
    subject = "shift_reports.folder"
    if not folder.exists():
        return _not_there(subject, folder)
    if not folder.is_dir():
        return failed(subject, f"{folder} is no folder", "name another")
    if not os.access(folder, os.W_OK | os.X_OK):
        return failed(subject, f"{folder} cannot be written by this user", "chown it, or name another")
    return ok(subject, f"{folder} can be written")


def _room(folder: Path, days: Sequence[Path], keep_ms: int) -> Finding:
    free = shutil.disk_usage(folder).free
    whole = days[:-1][-GROWTH_DAYS:]
    a_day = sum(path.stat().st_size for path in whole) // len(whole) if whole else 0
    wanted = a_day * max(1, keep_ms // _DAY_MS - len(days))
    text = f"{_bytes(free)} free; a day takes {_bytes(a_day)}" if whole else f"{_bytes(free)} free"
    if free < max(FREE_BYTES_MIN, 2 * a_day):
        return failed("free space", text, "make room: without it nothing that happens is kept")
    if free < wanted + FREE_BYTES_MIN:
        return warned("free space", f"{text}, store.keep wants {_bytes(wanted)} more", "make room, or keep fewer days")
    return ok("free space", text)


def _newest(path: Path) -> Finding:
    """Whether the newest day is whole; older ones are for `floorwatch journal verify`."""
    try:
        with closing(Segment(path)) as segment:
            if segment.is_bare and daemon_runs(path.parent):
                return ok("journal", f"{path.name} holds nothing yet")
            if segment.is_bare:
                text = f"{path.name} holds nothing: its making was cut short, or what it held is lost"
                return warned("journal", text, "keep a copy if that day had begun; the next start goes on in it")
            ailment, head, last = segment.ailment(), segment.head(), segment.last()
    except (sqlite3.Error, DamagedJournalError) as wrong:
        ailment, head, last = str(wrong), None, None
    if ailment:
        fix = "`floorwatch journal verify` says more; move the folder away to begin anew"
        return failed("journal", f"{path.name}: {ailment}", fix)
    entry = last.seq if last is not None else head[0] - 1 if head is not None else 0
    return ok("journal", f"{path.name} is whole, up to entry {entry}")


def _snapshot(folder: Path, newest_day: Path) -> Findings:
    """Whether a restart would be quick."""
    found = snapshot_paths(folder)
    files = [path for path in (newest_day, newest_day.with_name(newest_day.name + "-wal")) if path.exists()]
    written_ms = max(path.stat().st_mtime_ns for path in files) // 1_000_000
    late_ms = written_ms - (found[0].stat().st_mtime_ns // 1_000_000 if found else 0)
    if found and late_ms <= SNAPSHOT_LATE_MS:
        yield ok("snapshot", f"{found[0].name}")
    elif found and daemon_runs(folder):
        text = f"the newest is {late_ms // 60_000} min older than the journal: a restart would take longer"
        yield warned("snapshot", text, "the log says why none is written (snapshot_not_written)")


def _bytes(n: int) -> str:
    for size, unit in ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")):
        if n >= size:
            return f"{n / size:.3g} {unit}"
    return f"{n} bytes"
