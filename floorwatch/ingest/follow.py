"""Following a text file that grows, as `tail -F` does: its new lines, through rotation and truncation.

The file is looked at a few times a second: that works on every file system, and a queue log tells whole seconds anyway.

A file is known again by what stood before the place that was read to, and by its inode. Its first line would not do: a
header is that of every file. Nor would its name, which rotation changes, nor the inode alone: it is given out again,
and copies have another. The device number is left out, as it may change with every start of the machine.
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

from floorwatch.ingest.tail import Line, Place, Tail, inode_of

SIBLINGS_MAX = 100
"""So many files beside the followed one are looked into at a time. Where there were more, `has_missed` says so."""

_ROTATED = re.compile(r"[-._]\d[-.:\w]*|\.old(\.\w+)?")
"""What rotation puts behind a name: `.1`, `.2.gz`, `-20261122`. Without a number it may be quite another log."""


class Follower:
    """Reads a file from its beginning, and goes on as it grows.

    `position`: where an earlier follower stopped. Lines before it are read too, and marked as old: a translation may
    need them to know where it stands. A file that was rotated away since is read to its end first, and then every file
    that was written and rotated away after it, oldest first, where they still lie beside the new one, packed by gzip
    or not.
    """

    def __init__(self, path: Path, position: str = "", poll_s: float = 0.25) -> None:
        self._path = path
        self.poll_s = poll_s
        """Real seconds between two looks."""
        self._place = Place.of(position) if position else None
        self.caught_up = asyncio.Event()
        """Set when everything that was there at the start has been read."""
        self.has_missed = False
        """Lines are missing, or may be, before the next one: a file that was read from, or one that came after it, is
        gone or cannot be read. May become true at any time; whoever has said so sets it back."""

    async def lines(self) -> AsyncIterator[Line]:
        """Each line as it is written; never ends.

        Waits for a file that is not there or cannot be opened (yet, or between two of a rotation). When another file
        has taken its place, the rest of the old one is read first, and what was rotated away in between. One that was
        emptied, which shows in what it held being gone, is read from its start, after the rest of the copy that was
        made of it.
        """
        chain = await self._from(self._place)  # files in the order of their writing; only the last one grows
        chain[0].read_again()
        try:
            while True:
                tail = chain[0]
                is_last = len(chain) == 1
                # asked before the last read: what was written until then must not be missed
                is_over = not is_last or tail.was_replaced(self._path)
                if is_last and tail.was_emptied():
                    tail.close()
                    chain = await self._from(tail.place)
                    continue
                lines = tail.read()
                for line in lines:
                    yield line
                if lines:
                    await asyncio.sleep(0)
                elif not is_over:
                    self.caught_up.set()
                    await asyncio.sleep(self.poll_s)
                else:
                    if (rest := tail.rest()) is not None:
                        yield rest
                    self.has_missed |= tail.is_broken
                    if is_last:
                        chain += await self._after(tail)
                    chain.pop(0).close()
        finally:
            for tail in chain:
                tail.close()

    async def _from(self, place: Place | None) -> list[Tail]:
        """The file that holds the place, which it has been read to; else the one at the path."""
        beside: list[_Beside] | None = None
        while place is not None and _names(now := self._beside()) != _names(beside):  # again if rotated while we looked
            beside = now
            if (holder := await asyncio.to_thread(self._holder, place, beside)) is not None:
                return [holder]
        self.has_missed |= place is not None
        return await self._after(None)

    def _holder(self, place: Place, beside: list[_Beside]) -> Tail | None:
        """The file with the inode of the place, or a copy of it. Two copies may differ after it, so that is said."""
        paths = [self._path, *(path for path, _ in reversed(beside))]
        inodes = {path: status.st_ino for path, status in beside} | {self._path: inode_of(self._path)}
        paths.sort(key=lambda path: inodes[path] != place.inode)
        copies: list[Tail] = []
        for path in paths[: SIBLINGS_MAX + 1]:
            if (tail := Tail.at(path)) is None:
                continue
            if not tail.holds(place):
                tail.close()
                continue
            if path == self._path:
                tail.earlier = _known(beside)
            else:
                tail.late_looks = 0  # it was rotated long ago
            if tail.inode == place.inode:
                return tail
            copies.append(tail)
        for tail in copies[1:]:
            tail.close()
            self.has_missed = True
        return copies[0] if copies else None

    async def _after(self, tail: Tail | None) -> list[Tail]:
        """The files written after this one, oldest first. The last stands at the path, and is waited for."""
        while True:
            if (last := Tail.at(self._path)) is None:
                self.caught_up.set()
                await asyncio.sleep(self.poll_s)
                continue
            beside = self._beside()
            between = await asyncio.to_thread(self._between, tail, last, beside) if tail is not None else []
            if _names(self._beside()) == _names(beside) and last.is_at(self._path):
                last.earlier = _known(beside)
                return [*between, last]
            for opened in (*between, last):  # rotated while we looked: names have changed hands
                opened.close()

    def _between(self, old: Tail, last: Tail, beside: list[_Beside]) -> list[Tail]:
        """The files that were begun after `old`, and rotated away before `last` was."""
        since_ns = old.changed_ns()
        newer = [
            (path, status)
            for path, status in beside
            if status.st_mtime_ns >= since_ns
            and status.st_ino not in (old.inode, last.inode)
            and (status.st_ino, status.st_mtime_ns) not in old.earlier
            and _ROTATED.fullmatch(path.name.removeprefix(self._path.name))
        ]
        self.has_missed |= len(newer) > SIBLINGS_MAX
        between = []
        for path, status in newer[-SIBLINGS_MAX:]:
            tail = Tail.at(path)
            if tail is not None and (is_text := tail.is_text()) and not tail.ends_at(old.place):
                between.append(tail)
                continue
            if tail is not None:
                tail.close()
            if tail is None or not is_text:
                self.has_missed |= status.st_mtime_ns > since_ns  # else it is the old one, packed: that keeps the time
        return between

    def _beside(self) -> list[_Beside]:
        """The files whose names begin with the followed one's, by the time of their last change, then by name."""
        found = []
        for path in self._path.parent.glob(f"{self._path.name}?*"):
            try:
                status = path.stat()
            except OSError:
                continue
            if stat.S_ISREG(status.st_mode):
                found.append((path, status))
        names = {path.name for path, _ in found}
        # a packed file beside its plain one is not finished
        found = [it for it in found if not (it[0].suffix[1:2].isalpha() and it[0].stem in names)]
        return sorted(found, key=lambda it: (it[1].st_mtime_ns, it[0].name))


_Beside = tuple[Path, os.stat_result]


def _names(beside: list[_Beside] | None) -> set[tuple[str, int]] | None:
    return None if beside is None else {(path.name, status.st_ino) for path, status in beside}


def _known(beside: list[_Beside]) -> frozenset[tuple[int, int]]:
    return frozenset((status.st_ino, status.st_mtime_ns) for _, status in beside)
