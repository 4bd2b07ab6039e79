"""Events as the lines of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from floorwatch.floor.events import Event, FloorReported, SourceGap
from simulators.faults.told import Told

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_encode = msgspec.json.Encoder().encode


def line_of(event: Event, received_ms: int | None = None) -> bytes:
    """The event as one line of JSON without its end, times in RFC 3339 (UTC) for people to read.

    `received_ms`: when it arrived, where the file shall say so.
    """
    times: dict[str, Any] = {"time": _instant(event.time)}
    if received_ms is not None:
        times["received"] = _instant(received_ms)
    if isinstance(event, SourceGap):
        times["since"] = _instant(event.since)
    elif isinstance(event, FloorReported):
        for name in ("waiting", "talking", "members", "states"):
            parts = getattr(event, name)
            times[name] = tuple(
                part if part.since is None else replace(part, since=_instant(part.since)) for part in parts
            )
    return _encode(replace(event, **times))


def lines(told: Iterable[Told], *, stamped: bool) -> Iterator[bytes]:
    """What is told as the lines of a file, with their ends; events say when they arrived if `stamped`."""
    for received_ms, what, _ in told:
        line = what if isinstance(what, bytes) else line_of(what, received_ms if stamped else None)
        yield line + b"\n"


def _instant(ms: object) -> datetime:
    assert isinstance(ms, int)  # simulated events carry integer milliseconds
    return _EPOCH + timedelta(milliseconds=ms)
