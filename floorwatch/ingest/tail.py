"""One file that is read as it grows: its new lines, the place reached in it, and whether it is still the same file."""

from __future__ import annotations

import os
import re
import zlib
from gzip import BadGzipFile, GzipFile
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import NamedTuple

PIECE_BYTES = 65_536
LINE_BYTES_MAX = 65_537
"""Of a longer line only this much is kept: one byte more than any reader takes, so that it can refuse the line."""

LATE_LOOKS = 20
"""Looks at a file that was rotated away, while the new one is empty: its writer may not have been told of it yet."""

_MARK_BYTES = 256
_GZIP = b"\x1f\x8b"
_BROKEN = (EOFError, zlib.error, BadGzipFile)
_POSITION = re.compile(r"(\d+):([0-9a-f]{16}):(\d+)")


class Line(NamedTuple):
    """A complete line, without its `\n`; or the last one of a file that was rotated away before it got its `\n`."""

    text: bytes
    position: str
    """Where reading goes on after it: give it to the next `Follower` of this file."""
    is_old: bool
    """It stands before the position that reading was to go on from."""


def inode_of(path: Path) -> int:
    """Of whatever stands at the path; 0 when nothing does."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


class Place(NamedTuple):
    """A place in a file: its inode, a digest of the bytes before the place, and how many bytes stand before it."""

    inode: int
    digest: str
    offset: int

    @classmethod
    def of(cls, position: str) -> Place:
        """Of a `Line.position`; of anything else a place that no file holds."""
        match = _POSITION.fullmatch(position)
        return cls(int(match[1]), match[2], int(match[3])) if match else cls(0, "", 0)

    def __str__(self) -> str:
        return f"{self.inode}:{self.digest}:{self.offset}"


class Tail:
    """An open file, plain or packed by gzip, and the part of a line that has been read of it."""

    def __init__(self, file: FileIO) -> None:
        self._file = file
        packed = os.pread(file.fileno(), len(_GZIP), 0) == _GZIP
        self._text: FileIO | GzipFile = GzipFile(fileobj=file) if packed else file
        self.inode = os.fstat(file.fileno()).st_ino
        self.earlier: frozenset[tuple[int, int]] = frozenset()
        """The files that lay beside it when it was opened (inode, last change): none of them came after it."""
        self.late_looks = LATE_LOOKS
        self.is_broken = False
        """Its end cannot be unpacked."""
        self.place = Place(self.inode, "", 0)
        """Behind the last line that was read."""
        self._old_to = 0
        self._start()

    def _start(self) -> None:
        self._part = self._last = b""
        self._read_to = 0

    @classmethod
    def at(cls, path: Path) -> Tail | None:
        """What stands at the path; None when nothing readable does."""
        try:
            return cls(path.open("rb", buffering=0))
        except OSError:
            return None

    def read(self) -> list[Line]:
        """The lines completed by what was written since the last call, up to `PIECE_BYTES` of it.

        Of a line longer than `LINE_BYTES_MAX` only the beginning is kept.
        """
        lines: list[Line] = []
        while not lines and (piece := self._piece(PIECE_BYTES)):
            seen = self._last + piece
            start = len(self._last)
            seen_from = self._read_to - start
            while (end := seen.find(b"\n", start) + 1) > 0:
                text = (self._part + seen[start : end - 1])[:LINE_BYTES_MAX]
                lines.append(self._line(text, seen[max(0, end - _MARK_BYTES) : end], seen_from + end))
                self._part = b""
                start = end
            self._part = (self._part + seen[start:])[:LINE_BYTES_MAX]
            self._last = seen[-_MARK_BYTES:]
            self._read_to += len(piece)
        return lines

    def rest(self) -> Line | None:
        """The last line of a file that grows no more, when it never got its end."""
        part, self._part = self._part, b""
        return self._line(part, self._last, self._read_to) if part else None

    def _line(self, text: bytes, before: bytes, end: int) -> Line:
        self.place = Place(self.inode, _digest(before), end)
        return Line(text, str(self.place), end <= self._old_to)

    def _piece(self, bytes_max: int) -> bytes:
        try:
            return self._text.read(bytes_max) or b""
        except _BROKEN:
            self.is_broken = True
            return b""

    def holds(self, place: Place) -> bool:
        """Whether this is the file of the place, or a copy of it. If so, it has been read up to there."""
        if not place.offset:
            return False
        n = min(_MARK_BYTES, place.offset)
        try:
            self._text.seek(place.offset - n)
        except _BROKEN:
            return False
        before = self._piece(n)
        if len(before) < n or _digest(before) != place.digest:
            return False
        self._start()
        self._last, self._read_to = before, place.offset
        return True

    def ends_at(self, place: Place) -> bool:
        """Whether this is a copy of the file of the place, with nothing behind it. If not, it has not been read."""
        ends = self.holds(place) and not self._piece(1)
        if not ends:
            self._start()
            self._text.seek(0)
        return ends

    def is_text(self) -> bool:
        """Whether lines can be expected of it, and not what another packer than gzip has made of them."""
        piece = self._piece(_MARK_BYTES)
        if not self.is_broken:
            self._text.seek(0)
        return not self.is_broken and piece[:4].isascii() and b"\0" not in piece

    def read_again(self) -> None:
        """Go back to the beginning. What has been read is old from now on."""
        self._old_to = self._read_to
        self._start()
        self._text.seek(0)

    def is_at(self, path: Path) -> bool:
        """Whether it stands at the path; true also when nothing does."""
        return inode_of(path) in (self.inode, 0)

    def was_replaced(self, path: Path) -> bool:
        """Whether another file stands at the path now, and is written to instead of this one."""
        try:
            now = path.stat()
        except OSError:
            return False
        if now.st_ino == self.inode:
            return False
        self.late_looks -= 1
        return now.st_size > 0 or self.late_looks < 0

    def was_emptied(self) -> bool:
        """Whether what was read last is no longer there: the file is shorter, or was filled anew."""
        if self._text is not self._file:
            return False
        return os.pread(self._file.fileno(), len(self._last), self._read_to - len(self._last)) != self._last

    def changed_ns(self) -> int:
        """When it was last written to, as the file system says."""
        return os.fstat(self._file.fileno()).st_mtime_ns

    def close(self) -> None:
        """Let go of the file; may be repeated."""
        self._text.close()
        self._file.close()


def _digest(before: bytes) -> str:
    return sha256(before).hexdigest()[:16]
