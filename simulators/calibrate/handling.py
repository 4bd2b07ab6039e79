"""How long contacts are handled: the law of a queue's talk, and how much the agents differ."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from math import erf, exp, lgamma, log, sqrt
from statistics import fmean, pvariance, variance

from simulators.calibrate.visits import Visit
from simulators.laws import Gamma, Lognormal, Mixed, Uniform

SHORT_MS = 10_000
"""Contacts shorter than this are of another kind: wrong numbers, lines that fall, agents who hang up."""
SHORT_RATIO_MIN = 0.02
VISITS_MIN = 30
"""Fewer visits say nothing of an agent."""

HandlingLaw = Lognormal | Gamma | Mixed


def speeds(visits: Sequence[Visit]) -> tuple[dict[str, float], float]:
    """Agent to how many times as long as usual the agent's contacts take, and the coefficient of variation of that.

    An agent's mean, relative to the means of the queues, scatters by chance too: the agents' own spread is what is left
    (method of moments), and each is drawn towards 1 by as much as chance explains. Agents count by the time they spent:
    so the mean is that of the agents at work, not of the contacts, of which the fast take more.
    """
    handled: defaultdict[str, list[int]] = defaultdict(list)
    for visit in visits:
        handled[visit.queue].append(visit.handled_ms)
    usual = {queue: fmean(lengths) for queue, lengths in handled.items()}
    relative: defaultdict[str, list[float]] = defaultdict(list)
    for visit in visits:
        if visit.agent and usual[visit.queue]:
            relative[visit.agent].append(visit.handled_ms / usual[visit.queue])
    means = {agent: fmean(own) for agent, own in relative.items() if len(own) >= VISITS_MIN}
    if len(means) < 2:
        return {}, 0.0
    spent = {agent: len(relative[agent]) * mean for agent, mean in means.items()}
    middle = sum(spent[agent] * mean for agent, mean in means.items()) / sum(spent.values())
    by_chance = {agent: variance(relative[agent]) / len(relative[agent]) for agent in means}
    apart = sum(spent[agent] * ((mean - middle) ** 2 - by_chance[agent]) for agent, mean in means.items())
    between = max(0.0, apart / sum(spent.values()))
    drawn = {agent: 1 + (mean / middle - 1) * between / (between + by_chance[agent]) for agent, mean in means.items()}
    return drawn, sqrt(between) / middle


def handling_law(lengths_ms: Sequence[float]) -> HandlingLaw:
    """Lognormal or gamma, whichever lies closer (Kolmogorov and Smirnov); the very short ones, if many, apart.

    The mean is the sample's own in either case: it is what the load is made of.
    """
    short = [ms for ms in lengths_ms if ms < SHORT_MS]
    longer = [ms for ms in lengths_ms if ms >= SHORT_MS]
    if len(longer) < 2 or len(short) < SHORT_RATIO_MIN * len(lengths_ms):
        return _closest([max(ms, 500.0) for ms in lengths_ms])
    brief = Uniform(law="uniform", low=0.5, high=_seconds(2 * max(fmean(short), 600.0) - 500))
    weight = round(len(short) / len(lengths_ms), 4)
    return Mixed(law="mixed", weights=(weight, round(1 - weight, 4)), of=(brief, _closest(longer)))


def paced(law: HandlingLaw, factor: float) -> HandlingLaw:
    """The same law, all taking so many times as long; the very short ones stay what they are."""
    if isinstance(law, Mixed):
        brief, longer = law.of
        assert isinstance(longer, Lognormal | Gamma)  # as `handling_law` makes it
        return Mixed(law="mixed", weights=law.weights, of=(brief, paced(longer, factor)))
    if isinstance(law, Gamma):
        return Gamma(law="gamma", shape=law.shape, mean=_seconds(law.mean_ms * factor))
    return Lognormal(law="lognormal", median=_seconds(law.median_ms * factor), sigma=law.sigma)


def _closest(lengths_ms: Sequence[float]) -> Lognormal | Gamma:
    ordered = sorted(lengths_ms)
    lognormal, gamma = _lognormal(ordered), _gamma(ordered)
    apart = _distance(ordered, lambda ms: _normal_cdf(log(ms / lognormal.median_ms) / lognormal.sigma))
    scale = gamma.mean_ms / gamma.shape
    return lognormal if apart <= _distance(ordered, lambda ms: _gamma_cdf(gamma.shape, ms / scale)) else gamma


def _lognormal(lengths_ms: Sequence[float]) -> Lognormal:
    sigma = sqrt(pvariance([log(ms) for ms in lengths_ms])) or 0.01
    median_ms = fmean(lengths_ms) * exp(-sigma * sigma / 2)
    return Lognormal(law="lognormal", median=_seconds(median_ms), sigma=round(sigma, 4))


def _gamma(lengths_ms: Sequence[float]) -> Gamma:
    """Most likely shape by Minka's approximation (2002), within 1.5 %."""
    mean = fmean(lengths_ms)
    s = max(log(mean) - fmean(log(ms) for ms in lengths_ms), 1e-6)
    shape = (3 - s + sqrt((s - 3) ** 2 + 24 * s)) / (12 * s)
    return Gamma(law="gamma", shape=round(shape, 4), mean=_seconds(mean))


def _distance(ordered: Sequence[float], cdf: Callable[[float], float]) -> float:
    n, furthest = len(ordered), 0.0
    for ms in dict.fromkeys(ordered):
        expected = cdf(ms)
        furthest = max(furthest, expected - bisect_left(ordered, ms) / n, bisect_right(ordered, ms) / n - expected)
    return furthest


def _normal_cdf(z: float) -> float:
    return (1 + erf(z / sqrt(2))) / 2


def _gamma_cdf(shape: float, x: float) -> float:
    """The regularised lower incomplete gamma function, by its series: x is at most some dozens here."""
    if x <= 0:
        return 0.0
    if x > shape + 60:
        return 1.0
    term = total = 1 / shape
    n = shape
    while term > total * 1e-12:
        n += 1
        term *= x / n
        total += term
    return min(1.0, total * exp(shape * log(x) - x - lgamma(shape)))


def _seconds(ms: float) -> float:
    return round(ms / 1000, 2)
