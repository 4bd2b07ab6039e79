"""The best level a period can still end with: a bound, not an expectation.

    best = (hits + waiting within T + most that may come) / (decided + waiting within T + most that may come)

with every contact to come, and every one that waits within T, taken to be a hit. The most that may come is a bound that
one period in a thousand exceeds: `UPPER` standard deviations of a Poisson count above the fastest of the rates of the
last 5, 15 and 60 minutes; over a day, of the busiest interval of the last 24 hours. While the best is under the target,
the period is certain to miss it.
"""

from __future__ import annotations

from math import ceil, floor, sqrt
from typing import NamedTuple

from floorwatch.metrics import tally as t
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.service_level import level
from floorwatch.metrics.window import SPANS

UPPER = 3.09
"""0.1 % of a normal law lies above."""
FASTEST = ("5m", "15m", "60m")
DAY_MS = 86_400_000
ROUNDING = 1e-6
"""A miss is to spare when it is more than that; quotients of floats are not exact."""


class Reachable(NamedTuple):
    """What a period has, and the most it can come to."""

    hits: int
    decided: int
    """So far."""
    coming: int
    """The most decisions that may come, all of them hits."""
    until: int
    """When the period ends."""

    @property
    def best(self) -> float | None:
        """None where nothing is decided and nothing can come."""
        n = self.decided + self.coming
        return (self.hits + self.coming) / n if n else None


def period_so_far(ledger: QueueLedger, calendar: Calendar, now: int) -> tuple[int, int, int]:
    """(hits, decided, end) of the queue's period, interval or day, at this instant."""
    if ledger.policy.per == "day":
        start, end = calendar.day(now)
        tally = sum(interval.tally for interval in ledger.recent(start))
    else:
        interval = ledger.interval_at(now)
        tally, end = interval.tally, interval.end
    return *level(tally, ledger.policy), end


def reachable(ledger: QueueLedger, calendar: Calendar, now: int, known_ms: int) -> Reachable:
    """Of the queue's period at a whole second, where the floor is known for the last `known_ms`."""
    hits, decided, end = period_so_far(ledger, calendar, now)
    within = sum(visit.deadline > now for visit in ledger.waiting if visit.timed)
    return Reachable(hits, decided, within + _most(_per_ms(ledger, calendar, now, known_ms) * (end - now)), end)


def misses_to_spare(ledger: QueueLedger, calendar: Calendar, now: int, later: int, known_ms: int, limit: float) -> int:
    """So many misses may come before `later` and leave the best at or above the limit; below 0 when that is not sure.

    Both are whole seconds of the same period. Whatever else comes, or is answered in time, makes the best no worse.
    Those who wait now are left out, for they may give up without being decided.
    """
    hits, decided, end = period_so_far(ledger, calendar, now)
    if ledger.policy.per == "day":
        return -1
    known_later_ms = known_ms + later - now
    per_ms = max(
        t.read(ledger.rolling.left_at(name, now // 1000, later // 1000), "offered")
        / max(1_000, min(SPANS[name] * 1000, known_later_ms))
        for name in FASTEST
    )
    coming = _most(per_ms * (end - later))
    return floor((hits + coming) / limit - decided - coming - ROUNDING) if limit > 0 else decided


def _per_ms(ledger: QueueLedger, calendar: Calendar, now: int, known_ms: int) -> float:
    """The fastest rate at which contacts have come lately."""
    if ledger.policy.per == "day":
        offered = [t.read(interval.tally, "offered") for interval in ledger.recent(now - DAY_MS)]
        return max(offered, default=0) / calendar.interval_ms
    second = now // 1000
    rates = (
        (t.read(ledger.rolling.window(name, second), "offered"), min(SPANS[name] * 1000, known_ms)) for name in FASTEST
    )
    return max(offered / max(1_000, over_ms) for offered, over_ms in rates)


def _most(expected: float) -> int:
    """A count of this expectation is above it one time in a thousand."""
    return ceil(expected + UPPER * sqrt(expected) + 1) if expected > 0 else 0
