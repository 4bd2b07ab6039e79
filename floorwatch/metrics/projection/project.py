"""The projection of a period: the service level at its end, as one number and as a band."""

from __future__ import annotations

from dataclasses import dataclass

from floorwatch.metrics.projection.coming import to_come
from floorwatch.metrics.projection.fitted import FITTED
from floorwatch.metrics.projection.law import Fit, chance, log_odds, terms, weighted
from floorwatch.metrics.projection.outcomes import Outcome, outcomes, quantile
from floorwatch.metrics.projection.state import Period, QueueState


@dataclass(frozen=True, slots=True)
class Projection:
    """Where the period ends: as likely above `median` as below it, one time in ten below `low`, one above `high`."""

    median: float
    low: float
    high: float
    decided: int
    """So far: the sample that is certain."""
    to_come: float
    """Expected decisions until the end."""
    levels: tuple[Outcome, ...]
    """Every level at which the period may end, with its probability, lowest first."""

    def below(self, level: float) -> tuple[float, float]:
        """The probabilities to end below the level, and at or below it."""
        less = sum(probability for one, probability in self.levels if one < level)
        return less, less + sum(probability for one, probability in self.levels if one == level)


def project(state: QueueState, period: Period, arrivals: float | None = None, fit: Fit = FITTED) -> Projection | None:
    """The level at the end of the period; None where nothing has been decided nor is expected to be.

    `arrivals`: contacts to come until the end, by a forecast; None: by what recent and usual days say.
    """
    left_ms = period.end - state.now
    odds = weighted(terms(state, period.end), left_ms, fit.weights)
    coming = to_come(state, period.end, chance(odds), arrivals)
    n = coming.waiting + coming.new
    share = (coming.waiting_hits + coming.new * chance(odds)) / n if n else 0.0
    levels = outcomes(period.hits, period.decided, (n, coming.spread), log_odds(share, 0.999), fit.doubt(left_ms))
    if not levels:
        return None
    return Projection(
        median=quantile(levels, 0.5),
        low=quantile(levels, 0.1),
        high=quantile(levels, 0.9),
        decided=period.decided,
        to_come=n,
        levels=tuple(levels),
    )
