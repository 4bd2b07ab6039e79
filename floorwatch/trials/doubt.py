"""What was measured is not what is so: each trial draws its own rates from what the measurement leaves open.

A mean over n contacts whose times scatter by a coefficient of variation c is known within c / sqrt(n); a rate of which
k events were seen, within 1 / sqrt(k). Both are drawn from gamma laws of that spread (the posterior of a Poisson rate,
with the prior of Jeffreys, 1946, which adds half an event). Draws are stratified: of N trials each has one of N equally
likely rates, so that few trials cover the law well.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log, sqrt
from random import Random
from statistics import NormalDist

from floorwatch.metrics.outlook import Measured

OVERDISPERSION = 1.0
"""Variance over mean of counts, less the 1 of a Poisson process: real rates move within a quarter of an hour."""
HANDLING_CV = 0.8
"""Spread of handling times over their mean. Only the mean is measured; 0.6 to 1.0 is usual."""
FORECAST_CV = 0.1
"""Spread of what comes over what the re-forecast of a day expects."""
SIZE = 4096
"""Steps in which a law of times is drawn."""

_NORMAL = NormalDist()
_MIDDLES = [(step + 0.5) / SIZE for step in range(SIZE)]


def _of_mean_1(times: list[float]) -> list[float]:
    mean = sum(times) / len(times)
    return [time / mean for time in times]


_SIGMA = sqrt(log(1 + HANDLING_CV * HANDLING_CV))
PATIENCE = _of_mean_1([-log(1 - share) for share in _MIDDLES])
"""Exponential of mean 1, by equally likely steps: also times between arrivals."""
HANDLING = _of_mean_1([exp(_SIGMA * _NORMAL.inv_cdf(share)) for share in _MIDDLES])
"""Lognormal of mean 1."""
_UNDER_WAY = [time * exp(_SIGMA * _SIGMA) for time in HANDLING]
"""The handling times one meets at an instant: the longer, the likelier (each in proportion to its length)."""


def handling_left(chance: Random) -> float:
    """What is left of a contact met in hand, where contacts take 1 on average: any part of it is as likely."""
    return _UNDER_WAY[int(chance.random() * SIZE)] * chance.random()


def gamma_quantile(share: float, shape: float) -> float:
    """Of a gamma law of mean 1 (Wilson and Hilferty, 1931: off by some parts in a hundred from shape 1 on)."""
    root = 1 - 1 / (9 * shape) + _NORMAL.inv_cdf(share) / (3 * sqrt(shape))
    return max(0.0, root) ** 3


def _drawn(shape: float, trials: int, chance: Random) -> list[float]:
    """Factors of mean 1, one a trial, in no order."""
    factors = [gamma_quantile((trial + 0.5) / trials, shape) for trial in range(trials)]
    chance.shuffle(factors)
    return factors


def doubts(found: Measured, *, is_forecast: bool, trials: int, chance: Random) -> Sequence[tuple[float, float, float]]:
    """(arrivals, handling, patience) of each trial, as factors on what was measured."""
    arrivals = 1 / FORECAST_CV**2 if is_forecast else (found.offered + 0.5) / (1 + OVERDISPERSION)
    handling = max(1, found.handled) / HANDLING_CV**2
    return list(
        zip(
            _drawn(arrivals, trials, chance),
            _drawn(handling, trials, chance),
            _drawn(max(1, found.abandons), trials, chance),
            strict=True,
        )
    )
