"""Recovery: the engine as it was when the process ended, however it ended. A start is a recovery with nothing to do.

The newest valid snapshot, and every entry of the journal after it, applied at the engine time at which it was applied
then: the same code gives the same state, bit for bit. What the engine would have others do meanwhile (alerts) was done,
or was overtaken, so it is muted. Sources are then asked how the floor is now; see the adapters' resynchronisation.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

from floorwatch.engine import Engine
from floorwatch.floor.internal import Journalled
from floorwatch.floor.settings import Settings
from floorwatch.store import snapshot
from floorwatch.store.journal import read
from floorwatch.store.segment import DamagedJournalError, segment_paths

RECOUNTED = timedelta(days=2)
"""Without a valid snapshot (a new version, new settings), so much of the journal before its newest day is applied."""

decode = msgspec.json.Decoder(Journalled).decode


class Recovered(NamedTuple):
    """The engine, ready to go on."""

    engine: Engine
    snapshot_seq: int
    """The entry whose snapshot was gone on from; 0 for none."""
    applied: int
    """Entries applied after it."""


def recover(folder: Path, settings: Settings, seq_max: int) -> Recovered:
    """The engine after the journal's newest entry, `seq_max`.

    Raises `DamagedJournalError` for a journal that cannot be believed, and `sqlite3.Error`.
    """
    start = next(snapshot.valid(folder, settings, seq_max), None)
    if start is not None:
        return _replayed(folder, start.engine, start.seq, None)
    return _replayed(folder, Engine(settings), 0, _recount_from(folder))


def _recount_from(folder: Path) -> Path | None:
    days = segment_paths(folder)
    if not days:
        return None
    newest = days[-1].name[8:16]
    for path in days:
        if _days_between(path.name[8:16], newest) <= RECOUNTED.days:
            return path
    return days[-1]


def _days_between(day: str, later: str) -> int:
    return (date.fromisoformat(later) - date.fromisoformat(day)).days


def _replayed(folder: Path, engine: Engine, seq: int, since: Path | None) -> Recovered:
    applied = 0
    for entry in read(folder, seq, since_segment=since):
        try:
            event = decode(entry.event)
        except msgspec.MsgspecError as wrong:
            raise DamagedJournalError(f"{folder}: entry {entry.seq} is no event: {wrong}") from wrong
        engine.advance(entry.applied_at)  # what it would have us tell was told then
        engine.apply(event)
        applied += 1
    return Recovered(engine, seq, applied)
