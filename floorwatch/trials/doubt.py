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

from floorwatch.metrics.outlook import Question
from floorwatch.metrics.staffing.recovery import Situation

HANDLING_CV = 0.8
"""Spread of handling times over their mean. Only the mean is measured; 0.6 to 1.0 is usual."""
FORECAST_CV = 0.1
"""Spread of what comes over what the re-forecast of a day expects."""
FORGOTTEN = 0.5
"""Of what happened 15 to 30 minutes ago, and twice so of what did before, where nothing has changed: rates drift."""

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Habit:
    """What is known of a rate before anything is counted."""

    changed: tuple[float, ...]
    """Probability that it changed 5, 15, 30 minutes ago."""
    spread: float
    """Of the rate after a change over the one before."""
    count: float
    """So many counted tell as much as one event of a Poisson process."""


ARRIVALS = Habit(changed=(0.25, 0.20, 0.15), spread=0.35, count=1.5)
"""Counts of real floors scatter by more than Poisson's: their rates move within minutes, too."""
HANDLING = Habit(changed=(0.10, 0.10, 0.10), spread=0.25, count=HANDLING_CV**2)


class Law(NamedTuple):
    """A gamma law of a rate: so many events seen in so many seconds. `weight`: its share among several."""

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


def rates(asked: Question, now: Situation, trials: int, chance: Random) -> Iterator[Rates]:
    """Of each trial."""
    found, recent = asked.measured, asked.recent
    if asked.policy.per == "day":
        known = 1 / FORECAST_CV**2
        arriving = [Law(1.0, known, known)]
    else:
        arriving = laws_of([(one.offered, one.over_ms / 1000) for one in recent.stretches], ARRIVALS)
    handled = [(one.handled, one.handling_ms / 1000) for one in recent.stretches]
    if sum(number for number, _ in handled) != found.handled:  # too few in the last hour: those of the day
        handled = [(found.handled, found.handled * now.aht_s)]
    left = Law(1.0, max(1, found.abandons), max(1, found.abandons))
    drawn = (_drawn(arriving, trials, chance), _drawn(laws_of(handled, HANDLING), trials, chance))
    for arrivals, ended, leaving in zip(*drawn, _drawn([left], trials, chance), strict=True):
        steps = now.arrivals
        if asked.policy.per == "day":
            steps = tuple((until, rate * arrivals) for until, rate in steps)
        else:
            steps = tuple((until, arrivals) for until, _ in steps)
        patience_s = None if now.patience_s is None else now.patience_s / leaving
        yield Rates(steps, 1 / ended, patience_s, recent.answer_ms / 1000)


def laws_of(counted: Sequence[tuple[float, float]], habit: Habit) -> list[Law]:
    """What (events, seconds) say of the rate of now, the latest first: one law for each time of a change, and none."""
    told = [(events / habit.count, seconds / habit.count) for events, seconds in counted]
    events, seconds = (sum(column) for column in zip(*told, strict=True))
    vague = 0.5, 0.5 * seconds / (events + 1)  # half an event, as Jeffreys has it, in the time it takes here
    weights = [FORGOTTEN ** max(0, place - 1) for place in range(len(told))]
    lately = [sum(weight * one[part] for weight, one in zip(weights, told, strict=True)) for part in (0, 1)]
    steady = 1 - sum(habit.changed[: len(told) - 1])
    found = [(log(steady) + _evidence(events, seconds, vague), vague[0] + lately[0], vague[1] + lately[1])]
    since = (0.0, 0.0)
    for changed, one in zip(habit.changed, told[:-1], strict=False):
        since = since[0] + one[0], since[1] + one[1]
        before = events - since[0], seconds - since[1]
        shape = 1 / (habit.spread**2 + 1 / (before[0] + 0.5))
        expected = shape, shape * before[1] / (before[0] + 0.5)
        evidence = _evidence(*before, vague) + _evidence(*since, expected)
        found.append((log(changed) + evidence, expected[0] + since[0], expected[1] + since[1]))
    best = max(evidence for evidence, _, _ in found)
    total = sum(exp(evidence - best) for evidence, _, _ in found)
    return [Law(exp(evidence - best) / total, shape, over_s) for evidence, shape, over_s in found]


def _evidence(events: float, seconds: float, prior: tuple[float, float]) -> float:
    """Logarithm of the likelihood of what was counted, over all rates as the prior (shape, seconds) has them."""
    shape, over_s = prior
    if not over_s:
        return 0.0
    return lgamma(shape + events) - lgamma(shape) + shape * log(over_s) - (shape + events) * log(over_s + seconds)


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
