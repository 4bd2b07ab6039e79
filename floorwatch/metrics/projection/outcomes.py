"""The levels at which a period may end, each with its probability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from floorwatch.metrics.projection.law import chance

Outcome = tuple[float, float]
"""(level, probability)."""

NORMAL_STEPS = (-1.5932, -0.9674, -0.5895, -0.2822, 0.0, 0.2822, 0.5895, 0.9674, 1.5932)
"""Nine values of the standard normal, each as likely as the others: the middles of nine equal parts."""

COUNT_STEPS = ((-1.7321, 1 / 6), (0.0, 2 / 3), (1.7321, 1 / 6))
"""Three values that have the mean, the variance and the skewness of the standard normal."""

FEW = 10
"""So many contacts and more are counted whole."""

GRAIN = 60
"""More decisions than these are told apart no finer: the law's own doubt is far greater than theirs."""


def outcomes(
    hits: float, decided: float, counts: tuple[float, float], odds: float, doubt: tuple[float, float]
) -> list[Outcome]:
    """The levels, lowest first, of `hits` of `decided` and those to come.

    `counts`: mean and standard deviation of how many are to come. `odds`: the median of the log odds that one is a hit;
    `doubt`: how far they spread to either side of it, down and up, each as half a normal distribution does. Without a
    decision there is no level, and no outcome.
    """
    chances = [chance(odds + doubt[step > 0] * step) for step in NORMAL_STEPS]
    found: dict[float, float] = {}
    for n, weight in _numbers(*counts):
        if not decided + n:
            continue
        grains = min(n, GRAIN)
        size = n / grains if grains else 0.0
        for k, probability in enumerate(_mixed(grains, chances)):
            level = (hits + k * size) / (decided + n)
            found[level] = found.get(level, 0.0) + weight * probability
    total = sum(found.values())
    return sorted((level, probability / total) for level, probability in found.items())


def quantile(levels: Sequence[Outcome], part: float) -> float:
    """The least level that is not passed with this probability."""
    below = 0.0
    for level, probability in levels:
        below += probability
        if below >= part - 1e-9:
            return level
    return levels[-1][0]


def _numbers(mean: float, spread: float) -> Iterator[tuple[int, float]]:
    """How many may come, each with its weight. Of few, parts count: half a contact is one or none, as likely."""
    for step, weight in COUNT_STEPS:
        value = max(0.0, mean + step * spread)
        if value >= FEW:
            yield round(value), weight
            continue
        part = value - int(value)
        yield int(value), weight * (1 - part)
        if part:
            yield int(value) + 1, weight * part


def _mixed(n: int, chances: Sequence[float]) -> list[float]:
    """The distribution of hits of n, each chance as likely as the others."""
    mixed = [0.0] * (n + 1)
    for p in chances:
        if p <= 0.5:
            term, odds, places = (1 - p) ** n, p / (1 - p), range(n + 1)
        else:
            term, odds, places = p**n, (1 - p) / p, range(n, -1, -1)
        for k, place in enumerate(places):
            mixed[place] += term
            term *= (n - k) / (k + 1) * odds
    return [total / len(chances) for total in mixed]
