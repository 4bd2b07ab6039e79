"""Days that the history does not hold, counted anew from the journal: the same engine, the same rows, in memory."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from floorwatch.closing import closed_rows
from floorwatch.floor.settings import Settings
from floorwatch.reports.build import calendar_of
from floorwatch.reports.period import Period
from floorwatch.store.history import NAME, History, Site
from floorwatch.store.recover import begun_before, recounted

AFTER_MS = 86_400_000
"""Facts that were told so long after the period are heard as well."""


class Found(NamedTuple):
    """A history in which to look for a period."""

    history: History
    is_rebuilt: bool


def history_of(folder: Path) -> History | None:
    """The history beside a journal; None where there is none. Raises `UnusableHistoryError` and `sqlite3.Error`."""
    path = folder / NAME
    return History(path) if path.exists() else None


def site_of(settings: Settings) -> Site:
    """What the history says of a site."""
    return Site(settings.site, settings.timezone, settings.day_start_ms, settings.min_sample)


def found(folder: Path, history: History | None, period: Period, settings: Settings) -> Found | None:
    """Where the period is known best: in the history, or in what the journal gives when it is replayed.

    None where neither knows anything of it. Raises `DamagedJournalError` and `sqlite3.Error`.
    """
    known_ms = 0 if history is None else _known_ms(history, period)
    calendar = calendar_of(site_of(settings))
    start, end = calendar.day_of(period.first)[0], calendar.day_of(period.last)[1]
    if history is not None and known_ms >= min(end, history.written_until) - start - settings.interval_ms * 2:
        return Found(history, is_rebuilt=False)
    rebuilt = rebuild(folder, settings, start, end)
    if rebuilt is not None and _known_ms(rebuilt, period) > known_ms:
        return Found(rebuilt, is_rebuilt=True)
    if rebuilt is not None:
        rebuilt.close()
    return None if history is None or known_ms == 0 else Found(history, is_rebuilt=False)


def _known_ms(history: History, period: Period) -> int:
    cells = history.cells(period.first.isoformat(), period.last.isoformat())
    return sum(cell.end - cell.start for cell in cells)


def rebuild(folder: Path, settings: Settings, start: int, end: int) -> History | None:
    """A history of what the journal tells of [start, end), and of the two days before; None without a journal."""
    first = begun_before(folder, start)
    if first is None:
        return None
    recovered = recounted(folder, settings, first, end + AFTER_MS)
    engine = recovered.engine
    history = History(":memory:", writable=True)
    history.begin(site_of(settings), engine.books.calendar.closed.since)
    history.write(closed_rows(engine, engine.watch.history, engine.books.sources.values(), individuals=True))
    return history
