"""Files that grow: events of the contract, or an Asterisk queue_log. Whoever follows them hears the floor."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from simulators.speakers.queue_log import QueueLog
from simulators.speakers.speaker import Item, UnsaidError, encode

FOUND_WITHIN_S = 1.2
"""A file that is followed is looked for once a second."""

Lines = Callable[[Item], Sequence[bytes]]


class FileSpeaker:
    """Appends to a file what is said: a `simulators.speakers.speaker.Speaker`."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self.where = str(path)
        self._path = path
        self._lines = lines
        self._file = -1

    async def start(self) -> int:
        """Open the file, and go on behind what is in it. A new one is left for a moment to whoever looks for it."""
        is_new = not self._path.exists()
        try:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as wrong:
            raise UnsaidError(f"--to: {self._path}: {(wrong.strerror or str(wrong)).lower()}") from wrong
        if is_new:
            await asyncio.sleep(FOUND_WITHIN_S)
        return 0

    async def attended(self) -> None:
        """Whoever wants to hear it comes by itself, or finds what was said."""

    async def say(self, items: Sequence[Item]) -> int:
        """Write the lines of these at once, as a logger does."""
        lines = [line for item in items for line in self._lines(item)]
        rest = memoryview(b"".join(line + b"\n" for line in lines))
        while rest:
            rest = rest[os.write(self._file, rest) :]
        return len(lines)

    async def stop(self) -> None:
        """Close the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def events_speaker(path: Path) -> FileSpeaker:
    """Events of the contract, one a line."""
    return FileSpeaker(path, lambda item: (item if isinstance(item, bytes) else encode(item),))


def queue_log_speaker(path: Path) -> FileSpeaker:
    """What app_queue would have logged; it writes no nonsense."""
    log = QueueLog()
    return FileSpeaker(path, lambda item: () if isinstance(item, bytes) else log.lines(item))
