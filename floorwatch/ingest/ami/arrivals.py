"""The index beside a recording of manager bytes: what came when, and when the connection was made and lost.

One JSON object a line: `{"t", "off", "n"}` says that n bytes at offset `off` (of the unpacked file) were read at `t`,
seconds since the epoch; `{"t", "ev"}` says `connect`, `drop`, `eof`, `refused` or `stop`. Others are of no use here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from floorwatch.ingest.file_lines import DamagedFileError, read_lines
from floorwatch.ingest.source import InputCounts

LINE_BYTES_MAX = 65_536
_LATEST_S = 253_402_300_799  # the end of the year 9999


class Arrival(msgspec.Struct, frozen=True):
    """One line of the index."""

    t: float
    off: int = 0
    n: int | None = None
    ev: str = ""

    @property
    def at_ms(self) -> int:
        """When, in milliseconds since the epoch, rounded down."""
        return int(self.t * 1_000_000 + 0.5) // 1000

    @property
    def means(self) -> Literal["bytes", "connect", "lost", "nothing"]:
        """What it says. The end of the recording (`stop`) is no fact about the connection."""
        if self.n is not None:
            return "bytes"
        return "connect" if self.ev == "connect" else "lost" if self.ev in ("drop", "eof") else "nothing"


def read_arrivals(path: Path, counts: InputCounts) -> Iterator[Arrival]:
    """The usable lines of an index. Others are counted as `bad_index_line`; offsets and times never go back."""
    decode = msgspec.json.Decoder(Arrival).decode
    t, position = 0.0, 0
    try:
        for line in read_lines(path, LINE_BYTES_MAX):
            try:
                arrival = decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                arrival = Arrival(-1)
            if not t <= arrival.t <= _LATEST_S or (arrival.n is not None and arrival.off + arrival.n < position):
                counts.invalid["bad_index_line"] += 1
                continue
            t = arrival.t
            position = position if arrival.n is None else arrival.off + arrival.n
            yield arrival
    except DamagedFileError:
        counts.invalid["truncated_index"] += 1
