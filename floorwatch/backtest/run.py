"""Recorded days through the engine, with rules that are tried out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from floorwatch.backtest.firings import Firing, FiringLog
from floorwatch.backtest.judge import Judged, judge
from floorwatch.backtest.periods import Period, periods
from floorwatch.engine import Engine
from floorwatch.floor.events import Event
from floorwatch.floor.settings import Settings
from floorwatch.ingest.source import InputCounts, summed
from floorwatch.metrics import tally as t
from floorwatch.metrics.calendar import Calendar
from floorwatch.replay import Progress, recordings_of, run
from floorwatch.report import close_books


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is replayed, and what is asked of it."""

    inputs: Sequence[Path]
    input_format: str = "auto"
    schedule: Sequence[Event] = ()
    since: int = 0
    """From when on it counts, in ms; what lies before is what the floor remembers."""
    period_ms: int | None = None
    """See `periods.periods`."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Rules, tried on recorded days."""

    settings: Settings
    counts: InputCounts
    start: int
    end: int
    """Times of the first and last event that count; 0 where nothing was accepted."""
    open_ms: int
    """Length of all intervals of the site in which anything was offered."""
    days: int
    """Business days in which anything was."""
    calendar: Calendar
    periods: dict[str, list[Period]]
    firings: Sequence[Firing]
    rules: Sequence[Judged]


def tried(recorded: Recorded, settings: Settings, progress: Progress | None = None) -> Tried:
    """What the rules of these settings would have done. Raises as `replay.recordings_of`."""
    recordings = recordings_of(recorded.inputs, settings, recorded.input_format)
    log = FiringLog(recorded.since)
    engine = run(recordings, settings, schedule=recorded.schedule, progress=progress, heard=log.hear)
    log.close(engine.now)
    if engine.applied:
        close_books(engine, engine.last_at)
    found = periods(engine, recorded.period_ms, recorded.since)
    channels = {name: ledger.channel for name, ledger in engine.books.ledgers.items()}
    open_intervals = _open_intervals(engine, recorded.since)
    calendar = engine.books.calendar
    return Tried(
        settings=settings,
        counts=summed(recording.counts for recording in recordings),
        start=min(max(engine.first_at, recorded.since), engine.last_at),
        end=engine.last_at,
        open_ms=sum(end - start for start, end in open_intervals),
        days=len({calendar.date(start) for start, _ in open_intervals}),
        calendar=calendar,
        periods=found,
        firings=log.firings,
        rules=judge(settings, found, log.firings, channels),
    )


def _open_intervals(engine: Engine, since: int) -> Iterable[tuple[int, int]]:
    """Of the site: those that begin at `since` or later, in which anything was offered in any queue."""
    return sorted(
        {
            (interval.start, interval.end)
            for ledger in engine.books.ledgers.values()
            for interval in ledger.intervals.values()
            if interval.start >= since and t.read(interval.tally, "offered")
        }
    )
