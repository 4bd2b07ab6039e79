"""The lines of a queue_log and of the files it was rotated into, oldest first, from a given time on.

Rotated files lie beside the log (`queue_log.1`, `queue_log.2.gz`, `queue_log-20261122`). Which is older shows in their
first lines, not in their names: the switch's own three ways of rotating, and logrotate, number them differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from floorwatch.ingest.file_lines import DamagedFileError, read_lines
from floorwatch.ingest.queue_log.protocol import LINE_BYTES_MAX, UnusableLineError, parse

READ_BYTES_MAX = 100 << 20
"""So much is read at most, unpacked: half a million contacts, some seconds of work."""
_ROTATED = re.compile(r"[.-][0-9][0-9.\-]*(?:\.gz)?")
_LOOK_LINES = 100
_NEAR_BYTES = 65_536


class LogTooLongError(Exception):
    """More than `READ_BYTES_MAX` would have to be read."""


def lines_since(path: Path, since_ms: int) -> Iterator[bytes]:
    """The lines of the log that now stands at `path`, from at or before `since_ms` on. Raises `OSError`."""
    read = 0
    for part in _parts_since(path, since_ms):
        try:
            for line in _lines_of(part, since_ms):
                read += len(line) + 1
                if read > READ_BYTES_MAX:
                    raise LogTooLongError(f"more than {READ_BYTES_MAX >> 20} MB of {path} would have to be read")
                yield line
        except DamagedFileError:
            continue  # what could be read was; a hole shows as contacts whose lines are missing


def _parts_since(path: Path, since_ms: int) -> list[Path]:
    """The log and its rotated files, oldest first, without those that end before `since_ms`."""
    parts = []
    for candidate in (path, *path.parent.glob(f"{path.name}?*")):
        if candidate == path or _ROTATED.fullmatch(candidate.name.removeprefix(path.name)):
            begins_at = _begins_at(candidate)
            if begins_at is not None:
                parts.append((begins_at, candidate != path, candidate.name, candidate))
    parts.sort()
    later = [begins_at for begins_at, *_ in parts[1:]]
    return [
        part[-1] for part, next_at in zip(parts, [*later, None], strict=True) if next_at is None or next_at > since_ms
    ]


def _begins_at(path: Path) -> int | None:
    """The time of the first line; None for a file that holds none."""
    try:
        for line in islice(read_lines(path, LINE_BYTES_MAX + 1), _LOOK_LINES):
            at = _time_ms(line)
            if at is not None:
                return at
    except DamagedFileError:
        pass
    return None


def _time_ms(line: bytes) -> int | None:
    try:
        return parse(line).time_ms
    except UnusableLineError:
        return None


def _lines_of(path: Path, since_ms: int) -> Iterator[bytes]:
    if path.suffix == ".gz":
        yield from read_lines(path, LINE_BYTES_MAX + 1)
        return
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)
        while high - low > _NEAR_BYTES:
            middle = (low + high) // 2
            file.seek(middle)
            file.readline(LINE_BYTES_MAX)  # the rest of a line
            at = _time_ms(file.readline(LINE_BYTES_MAX))
            if at is not None and at < since_ms:
                low = middle
            else:
                high = middle
        file.seek(low)
        if low:
            file.readline(LINE_BYTES_MAX)
        for line in file:
            yield line.rstrip(b"\r\n")[: LINE_BYTES_MAX + 1]
