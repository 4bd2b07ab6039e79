"""What was measured is not what is so: each trial draws its rates from what the measurement leaves open.

A floor in trouble is one that has changed: customers began to come in numbers, or systems grew slow, some minutes ago.
So the rates of now are not those of the last hour, and not those of the last five minutes, which are too few to tell.
Both are asked: did the rate change 5, 15 or 30 minutes ago, or not at all? Each answer has a weight, by how well it
explains what was counted (its marginal likelihood), and a gamma law of the rate as it is now: Bayes, with the conjugate
law of a Poisson rate. Handling is the same question: n contacts whose times scatter by a coefficient of variation c
tell as much of the rate at which they end as n / c^2 events of a Poisson process.

Draws are stratified: of N trials each has one of N equally likely rates, so that few trials cover the law well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from floorwatch.metrics.measured import Stretch
from floorwatch.metrics.outlook import Question
from floorwatch.metrics.staffing.recovery import Situation

HANDLING_CV = 0.8
"""Spread of handling times over their mean. Only the mean is measured; 0.6 to 1.0 is usual."""
FORECAST_CV = 0.1
"""Spread of what comes over what the re-forecast of a day expects."""
FORGOTTEN_S = 1500.0
"""What happened so long ago weighs 1/e of what happens now, where nothing has changed since: rates drift."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Habit:
    """What is known of a rate before anything is counted."""

    changed: tuple[float, ...]
    """Probability of a change at each of `CHANGES_MIN`, but the last, where what is known begins."""
    spread: float
    """Of the rate after a change over the one before."""
    count: float
    """So many counted tell as much as one event of a Poisson process."""


ARRIVALS = Habit(changed=(0.25, 0.20, 0.15), spread=0.35, count=1.5)
"""Counts of real floors scatter by more than Poisson's: their rates move within minutes, too."""
HANDLING = Habit(changed=(0.10, 0.10, 0.10), spread=0.25, count=HANDLING_CV**2)


class Counted(NamedTuple):
    """So many events in so many seconds, in the middle so long ago."""

    events: float
    over_s: float
    age_s: float


class Law(NamedTuple):
    """A gamma law of a rate: as if so many events were seen in so many seconds. `weight`: its share among several."""

    weight: float
    events: float
    over_s: float


class Rates(NamedTuple):
    """What one trial takes to be so."""

    arrivals: tuple[tuple[float, float], ...]
    """As in `Situation`."""
    aht_s: float
    patience_s: float | None
    answer_s: float
    """Between an agent's being free and the answer."""


def rates(asked: Question, now: Situation, trials: int, chance: Random) -> Iterator[Rates]:
    """Of each trial."""
    found, answer_s = asked.measured, asked.recent.answer_ms / 1000
    offered, handled = _counted(asked.recent.stretches)
    if sum(one.events for one in handled) != found.handled:  # too few in the last hour: those of the day
        handled = [Counted(found.handled, found.handled * now.aht_s, 0.0)]
    known = 1 / FORECAST_CV**2
    is_forecast = asked.policy.per == "day"
    arriving = [Law(1.0, known, known)] if is_forecast else laws_of(offered, ARRIVALS)
    leaving = [Law(1.0, max(1, found.abandons), max(1, found.abandons))]
    laws = arriving, laws_of(handled, HANDLING), leaving
    for come, ended, left in zip(*(_drawn(one, trials, chance) for one in laws), strict=True):
        arrivals = tuple((until, rate * come if is_forecast else come) for until, rate in now.arrivals)
        yield Rates(arrivals, 1 / ended, None if now.patience_s is None else now.patience_s / left, answer_s)


def _counted(stretches: Sequence[Stretch]) -> tuple[list[Counted], list[Counted]]:
    """(contacts offered in time, contacts handled in time spent on them), the latest first."""
    offered, handled, ago_s = [], [], 0.0
    for one in stretches:
        age_s = ago_s + one.over_ms / 2000
        ago_s += one.over_ms / 1000
        offered.append(Counted(one.offered, one.over_ms / 1000, age_s))
        handled.append(Counted(one.handled, one.handling_ms / 1000, age_s))
    return offered, handled


def laws_of(counted: Sequence[Counted], habit: Habit) -> list[Law]:
    """What was counted, the latest first, says of the rate of now: a law if nothing has changed, and one a change."""
    told = [Counted(one.events / habit.count, one.over_s / habit.count, one.age_s) for one in counted]
    events, over_s = sum(one.events for one in told), sum(one.over_s for one in told)
    vague = 0.5, 0.5 * over_s / (events + 1)  # half an event, as Jeffreys has it, in the time it takes here
    found = [(_steadily(told, vague), log(1 - sum(habit.changed)) + _evidence((events, over_s), vague))]
    since = (0.0, 0.0)
    for changed, one in zip(habit.changed, told[:-1], strict=False):
        since = since[0] + one.events, since[1] + one.over_s
        before = events - since[0], over_s - since[1]
        if before[1] > 0:
            shape = 1 / (habit.spread**2 + 1 / (before[0] + 0.5))
            prior = shape, shape * before[1] / (before[0] + 0.5)
            evidence = log(changed) + _evidence(before, vague) + _evidence(since, prior)
            found.append(((prior[0] + since[0], prior[1] + since[1]), evidence))
    best = max(evidence for _, evidence in found)
    total = sum(exp(evidence - best) for _, evidence in found)
    return [Law(exp(evidence - best) / total, *law) for law, evidence in found]


def _steadily(told: Sequence[Counted], vague: tuple[float, float]) -> tuple[float, float]:
    """(events, seconds) that count now, where nothing has changed but slowly."""
    weights = [exp(-one.age_s / FORGOTTEN_S) for one in told]
    events = sum(weight * one.events for weight, one in zip(weights, told, strict=True))
    return vague[0] + events, vague[1] + sum(weight * one.over_s for weight, one in zip(weights, told, strict=True))


def _evidence(counted: tuple[float, float], prior: tuple[float, float]) -> float:
    """Logarithm of the likelihood of (events, seconds), over all rates as the prior (events, seconds) has them."""
    (events, over_s), (shape, before_s) = counted, prior
    return lgamma(shape + events) - lgamma(shape) + shape * log(before_s) - (shape + events) * log(before_s + over_s)


def gamma_quantile(share: float, shape: float) -> float:
    """Of a gamma law of mean 1 (Wilson and Hilferty, 1931: off by some parts in a hundred from shape 1 on)."""
    root = 1 - 1 / (9 * shape) + _NORMAL.inv_cdf(share) / (3 * sqrt(shape))
    return max(1e-3, root) ** 3


def _drawn(laws: Sequence[Law], trials: int, chance: Random) -> list[float]:
    """Rates, one a trial, in no order."""
    found, below, place = [], 0.0, 0
    for trial in range(trials):
        share = (trial + 0.5) / trials
        while place < len(laws) - 1 and share >= below + laws[place].weight:
            below += laws[place].weight
            place += 1
        law = laws[place]
        inside = min(1 - 0.5 / trials, max(0.5 / trials, (share - below) / law.weight))
        found.append(law.events / law.over_s * gamma_quantile(inside, law.events))
    chance.shuffle(found)
    return found
