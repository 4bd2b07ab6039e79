"""Following a text file that grows, as `tail -F` does: its new lines, through rotation and truncation.

The file is looked at a few times a second: that works on every file system, and a queue log tells whole seconds anyway.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

PIECE_BYTES = 65_536
LINE_BYTES_MAX = 65_537
"""Of a longer line only this much is kept: one byte more than any reader takes, so that it can refuse the line."""


async def follow(path: Path, from_start: bool = True, poll_s: float = 0.25) -> AsyncIterator[bytes]:
    """Each complete line of the file, without its `\n`, as it is written; never ends.

    Waits for a file that is not there or cannot be opened (yet, or between two of a rotation). When another file has
    taken its place, the rest of the old one is read first. A file that has become shorter was emptied and is read from
    its start; what its unfinished last line held is gone. (One emptied and filled beyond the old length between two
    looks cannot be told from one that grew.) `from_start` false skips what the file holds when it is first opened.
    """
    tail = _Tail(path)
    try:
        await _until_open(tail, poll_s)
        if not from_start:
            tail.skip()
        while True:
            replaced = tail.was_replaced()  # before the last read: what was written until then must not be missed
            lines = tail.read()
            for line in lines:
                yield line
            if replaced and not lines:
                if rest := tail.close():
                    yield rest
                await _until_open(tail, poll_s)
            else:
                await asyncio.sleep(0 if lines else poll_s)
    finally:
        tail.close()


async def _until_open(tail: _Tail, poll_s: float) -> None:
    while True:
        if tail.open():
            return
        await asyncio.sleep(poll_s)


class _Tail:
    """The file open now, and the part of a line that has been read of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None
        self._part = b""

    def open(self) -> bool:
        """Open whatever stands at the path; false when nothing readable does."""
        try:
            self._file = self._path.open("rb", buffering=0)
        except OSError:
            return False
        return True

    def skip(self) -> None:
        """Go to the end of what is there."""
        assert self._file is not None
        self._file.seek(0, os.SEEK_END)

    def read(self) -> list[bytes]:
        """The lines completed by what was written since the last call, up to `PIECE_BYTES` of it."""
        file = self._file
        assert file is not None
        if os.fstat(file.fileno()).st_size < file.tell():
            file.seek(0)
            self._part = b""
        lines: list[bytes] = []
        while not lines and (piece := file.read(PIECE_BYTES)):
            first, *others = piece.split(b"\n")
            self._part = (self._part + first)[:LINE_BYTES_MAX]
            if others:
                lines = [self._part, *others[:-1]]
                self._part = others[-1][:LINE_BYTES_MAX]
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
