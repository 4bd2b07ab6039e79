"""What became of each period of each queue: whether it ended under the queue's target."""

from __future__ import annotations

from dataclasses import dataclass

from floorwatch.engine import Engine
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.service_level import level

DAY = -1
"""A business day, as the length of a period: not all of them have 24 hours."""


@dataclass(frozen=True, slots=True)
class Period:
    """One interval, or several, or a day of one queue, [start, end), counted by event and by the queue's formula."""

    queue: str
    start: int
    end: int
    hits: int
    decided: int
    target: float
    min_sample: int
    """Of fewer decided visits nothing is said."""
    is_incomplete: bool
    """Its feed was lost in it: what it came to is not known."""

    @property
    def is_judged(self) -> bool:
        """Whether anything can be said of it."""
        return not self.is_incomplete and self.decided >= max(1, self.min_sample)

    @property
    def is_missed(self) -> bool:
        """It ended under the queue's target."""
        return self.is_judged and self.hits / self.decided < self.target


def periods(engine: Engine, length_ms: int | None, since: int) -> dict[str, list[Period]]:
    """Of every queue, the first first, those that begin at `since` or later. After `report.close_books`.

    `length_ms`: a multiple of the site's interval, counted from the start of the day, or `DAY`; None: each queue's own,
    interval or day as its `service_level.per` says.
    """
    return {
        name: [one for one in _of(engine, ledger, _length(ledger, length_ms)) if one.start >= since]
        for name, ledger in engine.books.ledgers.items()
    }


def _length(ledger: QueueLedger, length_ms: int | None) -> int:
    if length_ms is not None:
        return length_ms
    return DAY if ledger.policy.per == "day" else ledger.calendar.interval_ms


def _of(engine: Engine, ledger: QueueLedger, length_ms: int) -> list[Period]:
    tallies: dict[tuple[int, int], int] = {}
    for interval in ledger.intervals.values():
        span = _span(ledger, interval.start, length_ms)
        tallies[span] = tallies.get(span, 0) + interval.tally
    policy, found = ledger.policy, []
    for (start, end), tally in sorted(tallies.items()):
        hits, decided = level(tally, policy)
        incomplete, _ = engine.books.gap_marks(ledger, start, end)
        found.append(
            Period(ledger.name, start, end, hits, decided, policy.target, engine.settings.min_sample, incomplete)
        )
    return found


def _span(ledger: QueueLedger, instant: int, length_ms: int) -> tuple[int, int]:
    day_start, day_end = ledger.calendar.day(instant)
    if length_ms == DAY:
        return day_start, day_end
    start = instant - (instant - day_start) % length_ms
    return start, min(start + length_ms, day_end)
