"""How long customers are patient, measured: a contact that is answered says only that its patience was longer.

Kaplan and Meier, 1958: at every wait at which someone abandons, the share of those still waiting who do. Waits that end
otherwise (answered, sent elsewhere) are censored: at risk up to their end, that instant included.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from floorwatch.metrics.service_level import ratio


@dataclass(frozen=True, slots=True)
class Patience:
    """The patience of `n` waits, `abandons` of which ended in one. None where the waits seen cannot tell."""

    n: int
    abandons: int
    survival: tuple[tuple[int, float], ...]
    """(wait in ms, share of customers more patient than that), at every wait at which someone abandoned."""
    longest_wait_ms: int
    """Beyond it nothing is known."""
    median_ms: int | None
    """The first wait that at most half of the customers are willing to exceed."""
    restricted_mean_ms: float | None
    """Mean patience, waits beyond the longest one seen taken as that one: a lower bound of the mean."""
    mean_ms: float | None
    """Total wait over abandons: the mean of the exponential law under which as many would have abandoned. This is the
    patience of Erlang A; its relative error is 1 / sqrt(abandons)."""

    def share_above(self, wait_ms: int) -> float:
        """P(patience > wait), as far as it was seen."""
        place = bisect_left(self.survival, (wait_ms + 1,))
        return self.survival[place - 1][1] if place else 1.0


def kaplan_meier(waits: Iterable[tuple[int, bool]]) -> Patience:
    """The patience behind waits, (wait in ms, whether it ended in an abandon)."""
    seen = sorted(waits)
    at_risk, share, area, since = len(seen), 1.0, 0.0, 0
    survival: list[tuple[int, float]] = []
    median = None
    for wait_ms, group in groupby(seen, key=lambda one: one[0]):
        ended = [abandoned for _, abandoned in group]
        if left := sum(ended):
            area += share * (wait_ms - since)
            since = wait_ms
            share *= (at_risk - left) / at_risk
            survival.append((wait_ms, share))
            if median is None and share <= _HALF:
                median = wait_ms
        at_risk -= len(ended)
    longest = seen[-1][0] if seen else 0
    abandons = sum(abandoned for _, abandoned in seen)
    return Patience(
        n=len(seen),
        abandons=abandons,
        survival=tuple(survival),
        longest_wait_ms=longest,
        median_ms=median,
        restricted_mean_ms=area + share * (longest - since) if seen else None,
        mean_ms=ratio(sum(wait for wait, _ in seen), abandons),
    )


_HALF = 0.5 + 1e-12
