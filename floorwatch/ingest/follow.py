"""Following a text file that grows, as `tail -F` does: its new lines, through rotation and truncation.

The file is looked at a few times a second: that works on every file system, and a queue log tells whole seconds anyway.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

PIECE_BYTES = 65_536
LINE_BYTES_MAX = 65_537
"""Of a longer line only this much is kept: one byte more than any reader takes, so that it can refuse the line."""


class Line(NamedTuple):
    """A complete line, without its `\n`."""

    text: bytes
    position: str
    """Where reading goes on after it: give it to the next `Follower` of this file."""
    is_old: bool
    """It stands before the position that reading was to go on from."""


class Follower:
    """Reads a file from its beginning, and goes on as it grows.

    `position`: where an earlier follower stopped. Lines before it are read too, and marked as old: a translation may
    need them to know where it stands. A file that was rotated away since is read to its end first, where it still lies
    beside the new one; where it does not, `has_missed` says that lines are missing.
    """

    def __init__(self, path: Path, position: str = "", poll_s: float = 0.25) -> None:
        self._path = path
        self._poll_s = poll_s
        self._mark, _, offset = position.partition(":")
        self._offset = int(offset) if offset.isdigit() else 0
        self.caught_up = asyncio.Event()
        """Set when everything that was there at the start has been read."""
        self.has_missed = False

    async def lines(self) -> AsyncIterator[Line]:
        """Each line as it is written; never ends.

        Waits for a file that is not there or cannot be opened (yet, or between two of a rotation). When another file
        has taken its place, the rest of the old one is read first. A file that has become shorter was emptied and is
        read from its start; what its unfinished last line held is gone. (One emptied and filled beyond the old length
        between two looks cannot be told from one that grew.)
        """
        if self._mark and (before := self._rotated_away()) is not None:
            for line in self._rest_of(before):
                yield line
        tail = _Tail(self._path)
        try:
            await self._until_open(tail)
            while True:
                replaced = tail.was_replaced()  # before the last read: what was written until then must not be missed
                lines = tail.read()
                for text, end in lines:
                    yield self._line(tail, text, end)
                if replaced and not lines:
                    if rest := tail.close():
                        yield Line(rest, "", False)
                    await self._until_open(tail)
                elif lines:
                    await asyncio.sleep(0)
                else:
                    self.caught_up.set()
                    await asyncio.sleep(self._poll_s)
        finally:
            tail.close()

    async def _until_open(self, tail: _Tail) -> None:
        while not tail.open():
            self.caught_up.set()
            await asyncio.sleep(self._poll_s)

    def _line(self, tail: _Tail, text: bytes, end: int) -> Line:
        return Line(text, f"{tail.mark}:{end}", tail.mark == self._mark and end <= self._offset)

    def _rotated_away(self) -> Path | None:
        """The file the position speaks of, when it is no longer the one at the path."""
        if _mark_of(self._path) == self._mark:
            return None
        for path in sorted(self._path.parent.glob(f"{self._path.name}?*")):
            if _mark_of(path) == self._mark:
                return path
        self.has_missed = True
        return None

    def _rest_of(self, path: Path) -> Iterator[Line]:
        tail = _Tail(path)
        if tail.open():
            while lines := tail.read():
                for text, end in lines:
                    yield self._line(tail, text, end)
            if rest := tail.close():
                yield Line(rest, "", False)


def _mark_of(path: Path) -> str:
    tail = _Tail(path)
    if not tail.open():
        return ""
    tail.read()
    tail.close()
    return tail.mark


class _Tail:
    """The file open now, and the part of a line that has been read of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._forget()

    def _forget(self) -> None:
        self._part = b""
        self._read_to = 0
        self.mark = ""
        """Tells this file from others that stood or will stand at its path: a digest of its first line."""

    def open(self) -> bool:
        """Open whatever stands at the path; false when nothing readable does."""
        try:
            self._file = self._path.open("rb", buffering=0)
        except OSError:
            return False
        self._forget()
        return True

    def read(self) -> list[tuple[bytes, int]]:
        """The lines completed by what was written since the last call, up to `PIECE_BYTES` of it, and where each ends.

        Of a line longer than `LINE_BYTES_MAX` only the beginning is kept.
        """
        file = self._file
        assert file is not None
        if os.fstat(file.fileno()).st_size < file.tell():
            file.seek(0)
            self._forget()
        lines: list[tuple[bytes, int]] = []
        while not lines and (piece := file.read(PIECE_BYTES)):
            *ended, rest = piece.split(b"\n")
            for part in ended:
                self._read_to += len(part) + 1
                lines.append(((self._part + part)[:LINE_BYTES_MAX], self._read_to))
                self._part = b""
            self._read_to += len(rest)
            self._part = (self._part + rest)[:LINE_BYTES_MAX]
        if lines and not self.mark:
            self.mark = sha256(lines[0][0]).hexdigest()[:16]
        return lines

    def was_replaced(self) -> bool:
        """Whether another file stands at the path now, and this one will not grow. Nothing there means wait."""
        assert self._file is not None
        try:
            return not os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def close(self) -> bytes:
        """Let go of the file; its last line, if it never got its end."""
        if self._file is not None:
            self._file.close()
            self._file = None
        part, self._part = self._part, b""
        return part
