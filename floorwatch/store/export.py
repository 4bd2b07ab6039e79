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

    `internal`: also the daemon's own events, which no reader of the contract takes; and `actor`, the name of the token
    an event came with, where it came with one. Raises `DamagedJournalError` and `sqlite3.Error`.
    """
    for entry in read(folder):
        event = decode(entry.event)
        if isinstance(event, InternalEvent) and not internal:
            continue
        line = replace(event, received=entry.applied_at)
        known = {**msgspec.to_builtins(line), "actor": entry.actor} if internal and entry.actor else line
        yield _encode(known) + b"\n"
