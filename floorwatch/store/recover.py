"""Recovery: the engine as it was when the process ended, however it ended. A start is a recovery with nothing to do.

The newest valid snapshot, and every entry of the journal after it, applied at the engine time at which it was applied
then: the same code gives the same state, bit for bit. What the engine would have others do meanwhile (alerts) was done,
or was overtaken, so it is muted. Sources are then asked how the floor is now; see the adapters' resynchronisation.
"""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import msgspec

from floorwatch.engine import Engine
from floorwatch.floor.events import Event
from floorwatch.floor.internal import HOLDS, Journalled
from floorwatch.floor.settings import Settings
from floorwatch.floor.source import RETOLD_WITHIN_MS
from floorwatch.store import snapshot
from floorwatch.store.journal import read
from floorwatch.store.segment import DamagedJournalError, Entry, Segment, segment_paths

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
    anew_since: int | None
    """Without a snapshot: from where on everything was counted anew, under the settings of now. In ms."""


def recover(folder: Path, settings: Settings, seq_max: int) -> Recovered:
    """The engine after the journal's newest entry, `seq_max`.

    Raises `DamagedJournalError` for a journal that cannot be believed, and `sqlite3.Error`.
    """
    start = next(snapshot.valid(folder, settings, seq_max), None)
    if start is not None:
        return _replayed(folder, start.engine, start.seq, None)
    anew = recounted(folder, settings, _recount_from(folder))
    anew.engine.begin_counters()  # two days of them, after thirty, would look like two days in one moment
    return anew


def begun_before(folder: Path, instant: int) -> Path | None:
    """The segment to count from, so that two days before this instant are heard as well; None without a journal.

    A segment is called by the day on which its entries came, which is never before they happened.
    """
    segments = segment_paths(folder)
    day = f"{datetime.fromtimestamp(instant / 1000, UTC) - RECOUNTED:%Y%m%d}"
    before = [path for path in segments if path.name[8:16] <= day]
    return before[-1] if before else next(iter(segments), None)


def recounted(folder: Path, settings: Settings, since: Path | None, until: int | None = None) -> Recovered:
    """A new engine to which the journal was applied from this segment on, up to this instant or its end.

    Raises `DamagedJournalError` and `sqlite3.Error`.
    """
    engine = Engine(settings)
    if since is not None:
        engine.books.calendar.closed.since = _whole_since(engine, since)
        engine.plan(decided_before(folder, since))
    return _replayed(folder, engine, 0, since, until)


def decided_before(folder: Path, segment: Path | None) -> list[Event]:
    """What people said before this segment began, in order: a schedule speaks of days to come. And what was learnt.

    None: all of it.
    Raises `DamagedJournalError` and `sqlite3.Error`.
    """
    said: list[tuple[int, Event]] = []
    for path in segment_paths(folder):
        if segment is not None and path >= segment:
            break
        with closing(Segment(path)) as opened:
            if opened.head() is None:
                continue
            for source in HOLDS:
                said += [(entry.seq, _event(folder, entry)) for entry in opened.said_by(source)]
    return [event for _, event in sorted(said, key=itemgetter(0))]


def _whole_since(engine: Engine, segment: Path) -> int:
    """From when on an engine that begins with this segment knows everything: 0 where it is the journal's first.

    Else who waits and who is there at its beginning is not known, so the history begins with the next business day.
    """
    with closing(Segment(segment)) as opened:
        head = opened.head()
    if head is None or head[0] == 1:
        return 0
    known_from = _day_start_ms(segment) + RETOLD_WITHIN_MS
    start, end = engine.books.calendar.day(known_from)
    return start if start == known_from else end


def _day_start_ms(segment: Path) -> int:
    return int(datetime.strptime(segment.name[8:16], "%Y%m%d").replace(tzinfo=UTC).timestamp()) * 1000


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


def _replayed(folder: Path, engine: Engine, seq: int, since: Path | None, until: int | None = None) -> Recovered:
    applied, anew_since = 0, None
    for entry in read(folder, seq, since_segment=since):
        if until is not None and entry.applied_at > until:
            break
        event = _event(folder, entry)
        engine.advance(entry.applied_at)  # what it would have us tell was told then
        engine.apply(event)
        applied += 1
        if seq == 0 and anew_since is None:
            first = engine.books.calendar.interval(entry.applied_at)[0]
            anew_since = max(first, engine.books.calendar.closed.since)
    return Recovered(engine, seq, applied, anew_since)


def _event(folder: Path, entry: Entry) -> Event:
    try:
        event: Event = decode(entry.event)
    except msgspec.MsgspecError as wrong:
        raise DamagedJournalError(f"{folder}: entry {entry.seq} is no event: {wrong}") from wrong
    return event
