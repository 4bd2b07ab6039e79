"""How good the decisions to come will be: evidence of the present, weighed by a law that was fitted once.

The strongest evidence is where the line of those who wait will stand. It is taken for a diffusion: it has its length,
it drifts by what has come more than gone of late, and it spreads by the chance of arrivals and answers. A contact that
comes at time t is a hit where the line is then shorter than what is answered within the threshold. Agents who are free
are a line below zero: that many contacts may come before anybody waits.

What the diffusion says is one of the terms of a logistic law; the others are levels as they were. Each weight moves
with the time that is left, `a + b * log(time left / 10 min)`: the line says much of the next minutes, the day says
more of the next hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import erf, exp, log, sqrt

from floorwatch.metrics.projection.state import Flow, QueueState

TERMS = ("one", "line", "line_strong", "level_5m", "level_15m", "own_15m", "own_60m", "today", "usual_change")
"""one: always 1. line: the diffusion's share of hits, as log odds; line_strong: its square, with its sign. level: of
the pool, as log odds; own: by how much the queue's is better than the pool's. today: the pool's since the day began,
drawn towards that of usual days. usual_change: by how much the time to come is usually better than the half-hour
before."""

Weights = Mapping[str, tuple[float, float]]
"""Term to (a, b)."""

MINUTE_MS = 60_000
HALF_HOUR_MS = 1_800_000
SCALE_MS = 600_000
LEFT_MS_MIN, LEFT_MS_MAX = 120_000, 14_400_000
"""The time left is taken to lie between these where weights move with it: nothing was fitted beyond."""

IMPATIENT_MS = 8_000
"""Where somebody has waited so long, agents who look free are not: they are on a break, or cannot take this contact."""

DRIFT_GOES_ON = 0.25
"""The part of the last five minutes' drift that goes on."""

SMALL = 25
"""A pool with so many contacts in 15 minutes has its line weighed by half: one agent who comes back ends it."""

LOOKS = (0.3, 0.8)
"""Where in the time left the line is looked at."""

LEVEL_BLIND = 0.8
"""The level of a floor of which nothing is known yet."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted law."""

    weights: Weights
    spreads: tuple[tuple[int, float, float], ...]
    """(minutes left, down, up): how far the log odds spread below and above the law, each as half a normal does."""

    def doubt(self, left_ms: int) -> tuple[float, float]:
        """By how much the log odds may be less, and more, than what the law says of so long a time."""
        left = max(left_ms, 1) / MINUTE_MS
        earlier = [one for one in self.spreads if one[0] <= left] or self.spreads[:1]
        later = [one for one in self.spreads if one[0] > left] or self.spreads[-1:]
        (least, *narrow), (most, *wide) = earlier[-1], later[0]
        part = min(1.0, max(0.0, log(left / least) / log(most / least))) if most > least else 0.0
        down, up = (one + part * (other - one) for one, other in zip(narrow, wide, strict=True))
        return down, up


def log_odds(p: float, most: float = 0.99) -> float:
    """log(p / (1 - p)), with p held between 1 - `most` and `most`."""
    p = min(max(p, 1 - most), most)
    return log(p / (1 - p))


def normal(z: float) -> float:
    """The distribution function of the standard normal."""
    return 0.5 * (1 + erf(z / sqrt(2)))


def weighted(terms: tuple[float, ...], left_ms: int, weights: Weights) -> float:
    """The law: log odds of a hit, the median over what may come."""
    scale = _scale(left_ms)
    return sum(term * (weights[name][0] + scale * weights[name][1]) for name, term in zip(TERMS, terms, strict=True))


def _scale(left_ms: int) -> float:
    return log(min(max(left_ms, LEFT_MS_MIN), LEFT_MS_MAX) / SCALE_MS)


def chance(odds: float) -> float:
    """The inverse of `log_odds`, without its bounds."""
    return 1 / (1 + exp(-min(max(odds, -30.0), 30.0)))


def answers_per_ms(state: QueueState) -> float:
    """How fast the pool answers: the last 15 minutes, the last five counting twice; never quite 0."""
    recent, quarter = state.pool["5m"].answered, state.pool["15m"].answered
    hour = state.pool["60m"].answered / 12
    return (recent + 2 / 3 * quarter + 0.1 * hour + 0.05) / 930_000


def terms(state: QueueState, end: int) -> tuple[float, ...]:
    """The evidence on the decisions between now and `end`, in the order of `TERMS`."""
    blind = _level(
        Flow(hits=state.today[0], decided=state.today[1]), _level(state.usual.level_counts(), LEVEL_BLIND, 20), 50
    )
    pool, own = state.pool, state.own
    hour = _level(pool["60m"], blind, 5)
    half = _level(pool["30m"], hour, 10)
    quarter = _level(pool["15m"], half, 5)
    own_hour = _level(own["60m"], hour, 10)
    line = log_odds(line_share(state, end)) * pool["15m"].offered / (pool["15m"].offered + SMALL)
    return (
        1.0,
        line,
        line * abs(line),
        log_odds(_level(pool["5m"], quarter, 3)),
        log_odds(quarter),
        log_odds(_level(own["15m"], quarter, 5)) - log_odds(quarter),
        log_odds(own_hour) - log_odds(hour),
        log_odds(blind),
        usual_change(state, end, blind),
    )


def line_share(state: QueueState, end: int) -> float:
    """The share of the time left in which the line is so short that who comes then is a hit, by the diffusion."""
    arrivals = max(state.pool["15m"].offered, 1.0) / 900_000
    reach = answers_per_ms(state) * state.threshold_ms
    free = state.pool_free if state.pool_longest_ms <= IMPATIENT_MS else 0
    drift = DRIFT_GOES_ON * (state.pool["5m"].offered - state.pool["5m"].answered) / 300_000
    share = 0.0
    for look in LOOKS:
        t = look * (end - state.now)
        line = state.pool_waiting - free + drift * t
        share += normal((reach - line) / sqrt(2 * arrivals * t + 1)) / len(LOOKS)
    return share


def usual_change(state: QueueState, end: int, blind: float) -> float:
    """By how much the time to come is usually better than the half-hour before, in log odds."""
    ahead = state.usual.over(state.now, end)
    before = state.usual.over(state.now - HALF_HOUR_MS, state.now)
    return log_odds(_level(ahead, blind, 5)) - log_odds(_level(before, blind, 5))


def _level(flow: Flow, otherwise: float, doubt: float) -> float:
    """The level of few contacts, drawn towards another as if `doubt` more had had that."""
    return (flow.hits + doubt * otherwise) / (flow.decided + doubt)
