"""The journal as JSON Lines of the event contract."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec.structs import replace

from floorwatch.floor.internal import InternalEvent
from floorwatch.store.journal import read
from floorwatch.store.recover import decode

_encode = msgspec.json.Encoder().encode


def exported(folder: Path, *, internal: bool = False) -> Iterator[bytes]:
    """Each event as a line, with `received`: the engine time at which it was applied.

    `internal`: also the daemon's own events, which no reader of the contract takes. Raises `DamagedJournalError` and
    `sqlite3.Error`.
    """
    for entry in read(folder):
        event = decode(entry.event)
        if internal or not isinstance(event, InternalEvent):
            yield _encode(replace(event, received=entry.applied_at)) + b"\n"
