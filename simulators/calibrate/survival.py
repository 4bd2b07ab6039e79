"""Durations of which some are only known to be longer: patience of those who were answered, pauses nobody waited for.

What is estimated is the hazard, the rate at which it ends of those for whom it still goes on: events over the time at
risk. Between the times at which it is read it is exact whatever the law, so that spikes stay spikes.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from simulators.laws import Hazard

EVENTS_MIN = 10
"""A rate is estimated from so many events or more: within a third of the truth in two cases of three."""
SHARE_OF_ALL, SHARE_OF_LEFT = 0.04, 0.25
"""A bin holds the smaller of these shares, of all events and of those to come: narrow at first, fair to the tail."""

ROUNDS = 200


@dataclass(frozen=True, slots=True, order=True)
class Lasting:
    """One duration. `is_over` False: it lasted longer, but nobody saw how long (censored)."""

    ms: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class Survival:
    """Kaplan and Meier's estimate (1958): the ratio that lasts longer than each of `times_ms`."""

    times_ms: tuple[int, ...]
    ratios: tuple[float, ...]

    def at(self, ms: int) -> float:
        """The ratio that lasts longer than this."""
        place = bisect_right(self.times_ms, ms)
        return self.ratios[place - 1] if place else 1.0

    def quantile_ms(self, ratio: float) -> int | None:
        """By when this ratio is over; None where too few were ever seen to end."""
        return next((at for at, left in zip(self.times_ms, self.ratios, strict=True) if left <= 1 - ratio), None)


def kaplan_meier(durations: Sequence[Lasting]) -> Survival:
    """Of equal durations, those that end do so before those that are lost sight of."""
    times: list[int] = []
    ratios: list[float] = []
    at_risk, left = len(durations), 1.0
    ordered = sorted(durations)
    place = 0
    while place < len(ordered):
        ms, over, gone = ordered[place].ms, 0, 0
        while place < len(ordered) and ordered[place].ms == ms:
            over += ordered[place].is_over
            gone += 1
            place += 1
        if over:
            left *= 1 - over / at_risk
            times.append(ms)
            ratios.append(left)
        at_risk -= gone
    return Survival(tuple(times), tuple(ratios))


def hazard(durations: Sequence[Lasting]) -> Hazard | None:
    """The law of these durations: rates over bins that are the narrower the more ends they hold.

    Bins are whole seconds, as most recordings are. None where fewer than `EVENTS_MIN` were seen to end.
    """
    ends = sorted(one.ms for one in durations if one.is_over)
    if len(ends) < EVENTS_MIN:
        return None
    edges, inside = [0], 0
    for ms, following in zip(ends, [*ends[1:], None], strict=True):
        inside += 1
        edge = (ms // 1000 + 1) * 1000
        left = len(ends) - bisect_right(ends, edge - 1)
        wanted = max(EVENTS_MIN, min(SHARE_OF_ALL * len(ends), SHARE_OF_LEFT * (left + inside)))
        if inside >= wanted and left >= wanted and (following is None or following >= edge):
            edges.append(edge)
            inside = 0
    rates = [_rate(durations, since, until) for since, until in zip(edges, [*edges[1:], None], strict=True)]
    return Hazard(law="hazard", from_s=tuple(edge / 1000 for edge in edges), per_second=tuple(rates))


def interval_hazard(seen: Sequence[tuple[int, int]], edges_s: Sequence[float]) -> Hazard | None:
    """The law of durations known to lie in (since, until] milliseconds: Turnbull's self-consistent estimate (1976).

    Between the edges, seconds from 0 upwards, the rate is steady; past the last it stays what it was before. None
    where nothing is known of fewer than `EVENTS_MIN`.
    """
    edges_ms = [edge * 1000 for edge in edges_s]
    cells = len(edges_ms)
    known = Counter(
        (bisect_right(edges_ms, since_ms) - 1, max(bisect_left(edges_ms, until_ms), bisect_right(edges_ms, since_ms)))
        for since_ms, until_ms in seen
    )
    if sum(count for (first, last), count in known.items() if last - first < cells) < EVENTS_MIN:
        return None
    ratios = [1 / cells] * cells
    for _ in range(ROUNDS):
        share = [0.0] * cells
        for (first, last), count in known.items():
            inside = sum(ratios[first:last]) or 1e-12
            for cell in range(first, last):
                share[cell] += count * ratios[cell] / inside
        ratios = [part / len(seen) for part in share]
    rates, left = [], 1.0
    for cell in range(cells - 1):
        after = max(left - ratios[cell], 1e-6)
        rates.append(_figure(log(left / after) * 1000 / (edges_ms[cell + 1] - edges_ms[cell])))
        left = after
    return Hazard(law="hazard", from_s=tuple(edges_s), per_second=(*rates, max(rates[-1], 1e-3)))


def scaled(law: Hazard, durations: Sequence[Lasting], weight: float = 10.0) -> Hazard:
    """The same law, made faster or slower as these durations say: as if `weight` events more had kept to it."""
    expected = sum(_accumulated(law, one.ms) for one in durations)
    over = sum(one.is_over for one in durations)
    factor = (over + weight) / (expected + weight)
    return Hazard(law="hazard", from_s=law.from_s, per_second=tuple(_figure(rate * factor) for rate in law.per_second))


def _rate(durations: Sequence[Lasting], since_ms: int, until_ms: int | None) -> float:
    """Ends per second at risk in [since, until)."""
    ended, at_risk_ms = 0, 0
    for one in durations:
        if one.ms >= since_ms:
            last_ms = one.ms if until_ms is None else min(one.ms, until_ms)
            at_risk_ms += last_ms - since_ms
            ended += one.is_over and (until_ms is None or one.ms < until_ms)
    return _figure(1000 * ended / at_risk_ms) if at_risk_ms else 0.0


def _accumulated(law: Hazard, ms: int) -> float:
    total, seconds = 0.0, ms / 1000
    for since, until, rate in zip(law.from_s, [*law.from_s[1:], float("inf")], law.per_second, strict=True):
        total += rate * max(0.0, min(seconds, until) - since)
    return total


def _figure(rate: float) -> float:
    """Four figures are more than any of this is known to."""
    return float(f"{rate:.4g}")
