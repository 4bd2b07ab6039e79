"""A file, or a folder of files, that is looked at again and again: what is new in it is taken.

A file is read when it looked the same twice, so one that is being written is left alone; one that is put in place by
renaming is read at the second look. Files that disappear change nothing: what they said stays in force.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NamedTuple

import structlog

from floorwatch.ingest.schedule.intake import ScheduleIntake
from floorwatch.ingest.schedule.read import BYTES_MAX, plain

SUFFIXES = frozenset((".csv", ".txt", ".xlsx", ".ics"))
"""What is looked at in a folder; the format itself is told by content."""
REFUSED_LOGGED_MAX = 20

log = structlog.get_logger("floorwatch.schedule")


class _Stamp(NamedTuple):
    """How a file looks from outside: another stamp, another content."""

    changed_ns: int
    size: int
    inode: int


def _content(path: Path) -> bytes:
    """No more than shows that it is too large."""
    with path.open("rb") as file:
        return file.read(BYTES_MAX + 1)


class ScheduleWatch:
    """Looks at `path` every `poll_s` real seconds."""

    def __init__(self, path: Path, intake: ScheduleIntake, poll_s: float, *, strict: bool = False) -> None:
        self._path = path
        self._intake = intake
        self._poll_s = poll_s
        self._strict = strict
        self._looks: dict[Path, _Stamp] = {}
        """How each file looked last time."""
        self._read: dict[Path, _Stamp] = {}
        """How each file looked when it was read."""
        self._trouble: dict[Path, str] = {}
        """Why a path cannot be read; said once."""

    async def run(self) -> None:
        """Look, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(self._poll_s)

    async def look(self) -> None:
        """Look once, and take what is new and looks as it did last time."""
        for path, stamp in await asyncio.to_thread(self._settled):
            await self._take(path, stamp)

    def _settled(self) -> list[tuple[Path, _Stamp]]:
        """The files that are new and look as they did last time, the one that changed first first."""
        before, self._looks = self._looks, self._look()
        settled = [
            (path, stamp)
            for path, stamp in self._looks.items()
            if before.get(path) == stamp and self._read.get(path) != stamp
        ]
        return sorted(settled, key=lambda found: (found[1].changed_ns, found[0].name))

    def _look(self) -> dict[Path, _Stamp]:
        try:
            paths = [self._path] if not self._path.is_dir() else list(self._path.iterdir())
        except OSError as wrong:
            self._in_trouble(self._path, wrong)
            return {}
        looks: dict[Path, _Stamp] = {}
        for path in paths:
            if path is not self._path and (path.suffix.lower() not in SUFFIXES or path.name.startswith((".", "~$"))):
                continue  # a lock file of a spreadsheet program, or a file under another name until it is whole
            stamp = self._stamp(path)
            if stamp is not None:
                looks[path] = stamp
        return looks

    def _stamp(self, path: Path) -> _Stamp | None:
        try:
            status = path.stat()
        except OSError as wrong:
            if path == self._path:
                self._in_trouble(path, wrong)
            return None
        return _Stamp(status.st_mtime_ns, status.st_size, status.st_ino)

    async def _take(self, path: Path, stamp: _Stamp) -> None:
        try:
            content = await asyncio.to_thread(_content, path)
        except OSError as wrong:
            self._in_trouble(path, wrong)
            return
        if self._stamp(path) != stamp:
            return  # written while it was read: left until it has settled
        taken = await self._intake.take(content, path.name, strict=self._strict, is_watched=True)
        self._trouble.pop(path, None)
        if taken.outcome in ("full", "late"):
            return  # looked at again
        self._read[path] = stamp
        for refusal in taken.read.refused[:REFUSED_LOGGED_MAX]:
            log.warning(
                "schedule_line_refused",
                document=plain(path.name),
                line=str(refusal.where),
                why=refusal.why("en"),
                fix=refusal.fix("en"),
            )

    def _in_trouble(self, path: Path, wrong: OSError) -> None:
        why = wrong.strerror or str(wrong)
        if self._trouble.get(path) != why:
            self._trouble[path] = why
            log.warning("schedule_unreadable", path=plain(str(path)), why=why)
