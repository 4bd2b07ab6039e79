"""The number of contacts present while things change: the time-dependent Erlang A chain.

The chain goes up at lambda and down at min(k, n) mu + max(k - n, 0) theta. Its probabilities are carried over a step by
implicit Euler with 1, 2, .. p parts, extrapolated to no step at all (Deuflhard, Hairer and Zugck, 1987). Each part is
one tridiagonal solve in which every term is positive, and stiffness costs nothing: steps are as long as *what changes
slowly* allows, on a floor of hundreds of agents too, where a method of small steps would need thousands. The last two
columns of the extrapolation say how far a step is off, which sets its length.

Contacts in hand when agents leave count as waiting first in the line: only the number present is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil, sqrt
from operator import mul

_SHORTEST_S = 1e-6
"""A step is not made shorter than this."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What drives the chain, per second; `theta` is 0 where nobody leaves."""

    arrival: float
    mu: float
    theta: float
    agents: int

    def down(self, present: int) -> float:
        """How fast contacts leave the floor, answered to the end or not at all."""
        return min(present, self.agents) * self.mu + max(present - self.agents, 0) * self.theta


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well: the share of probability a step may be off, and how far out states are kept, in deviations."""

    step: float
    order: int
    deviations: float


EXACT = Accuracy(1e-8, 8, 11.0)
"""For reference: a step is off by much less than its estimate, which is of an order less. Figures come to 1e-11."""
LIVE = Accuracy(2e-2, 3, 4.0)
"""For a floor that is watched: a service level is off by less than 0.0001 (largest of those measured: 0.00002)."""


class Presence:
    """The law of the number of contacts present, from a known number on. `shares[i]` is P(lowest + i present)."""

    def __init__(self, present: int, lowest: int, highest: int, accuracy: Accuracy) -> None:
        self.lowest = lowest
        self.shares = [0.0] * (highest - lowest + 1)
        self.shares[present - lowest] = 1.0
        self._accuracy = accuracy
        self._step = 1.0
        self._rates: Rates | None = None
        self._solvers: dict[float, _Solver] = {}

    def advance(self, rates: Rates, time_s: float) -> list[float]:
        """Let the time pass; the integral of every share over it, in seconds."""
        if rates != self._rates:
            self._rates, self._solvers = rates, {}
            self._step = min(self._step, 0.5 / rates.mu)
        spent = [0.0] * len(self.shares)
        while time_s > 0:
            parts = max(1, ceil(time_s / self._step - 1e-9))
            step = time_s / parts
            shares, gained, error = self._extrapolated(rates, step)
            limit = self._accuracy.step
            change = 0.85 * (limit / max(error, 1e-30)) ** (1 / self._accuracy.order)
            if error > limit and step > _SHORTEST_S:
                self._step = step * max(change, 0.2)
                continue
            self.shares = shares
            spent = [one + other for one, other in zip(spent, gained, strict=True)]
            time_s = 0.0 if parts == 1 else time_s - step
            if change < 1 or change > 1.3:
                self._step = max(step, self._step if parts == 1 else 0.0) * min(change, 3.0)
        return spent

    def _extrapolated(self, rates: Rates, step: float) -> tuple[list[float], list[float], float]:
        size = len(self.shares)
        shares, spent, off = [0.0] * size, [0.0] * size, [0.0] * size
        for parts, weight, last_change in _weights(self._accuracy.order):
            part = step / parts
            solver = self._solvers.get(part)
            if solver is None:
                if len(self._solvers) > 64:
                    self._solvers.clear()
                solver = self._solvers[part] = _Solver(rates, self.lowest, size, part)
            now = self.shares
            for _ in range(parts):
                now = solver.after(now)
                spent = [total + weight * part * share for total, share in zip(spent, now, strict=True)]
            shares = [total + weight * share for total, share in zip(shares, now, strict=True)]
            off = [total + last_change * share for total, share in zip(off, now, strict=True)]
        return shares, spent, sum(map(abs, off))

    def mean(self, weights: Sequence[float]) -> float:
        """The mean of a figure of the number present."""
        return float(sum(map(mul, weights, self.shares)))


@cache
def _weights(order: int) -> tuple[tuple[int, float, float], ...]:
    """(parts, weight in the result, weight in the result less the one of an order lower): Neville, written out."""

    def weight(parts: int, least: int) -> float:
        product = 1.0
        for other in range(least, order + 1):
            if other != parts:
                product *= parts / (parts - other)
        return product if parts >= least else 0.0

    return tuple((j, weight(j, 1), weight(j, 1) - weight(j, 2)) for j in range(1, order + 1))


class _Solver:
    """One step of implicit Euler: (1 - h A) x' = x, the matrix factored once. No state is left at either end."""

    __slots__ = ("_back", "_forth", "_inverse")

    def __init__(self, rates: Rates, lowest: int, size: int, step: float) -> None:
        up = step * rates.arrival
        self._forth, self._back, self._inverse = [0.0], [0.0], [1 / (1 + up)]
        for place in range(1, size):
            down = step * rates.down(lowest + place)
            forth = up * self._inverse[-1]
            out = up if place < size - 1 else 0.0
            self._forth.append(forth)
            self._back.append(down)
            self._inverse.append(1 / (1 + out + down * (1 - forth)))

    def after(self, shares: Sequence[float]) -> list[float]:
        """The shares one step later."""
        carried, forward = 0.0, []
        for share, forth in zip(shares, self._forth, strict=True):
            carried = share + forth * carried
            forward.append(carried)
        result, carried = [], 0.0
        for value, inverse, back in zip(reversed(forward), reversed(self._inverse), reversed(self._back), strict=True):
            value = (value + carried) * inverse
            result.append(value)
            carried = back * value
        result.reverse()
        return result


def reach(present: int, course: Sequence[tuple[float, Rates]], accuracy: Accuracy) -> tuple[int, int]:
    """The fewest and the most contacts that will be present with any probability that matters.

    Around the course that fluid takes, so many deviations: those of as many independent contacts, and of a line that
    forgets at theta. `course`: seconds, and the rates they pass at.
    """
    level = least = most = float(present)
    widest = 0.0
    time_s = sum(seconds for seconds, _ in course)
    for seconds, rates in course:
        pieces = max(1, ceil(seconds * max(rates.mu, rates.theta) * 4))
        for _ in range(pieces):
            busy = min(level, rates.agents)
            out = busy * rates.mu + (level - busy) * rates.theta
            level = max(0.0, level + seconds / pieces * (rates.arrival - out))
            least, most = min(least, level), max(most, level)
        slow = time_s if rates.theta == 0 else min(time_s, 1 / rates.theta)
        widest = max(widest, rates.arrival * slow)
    lowest = least - accuracy.deviations * sqrt(least + 1)
    highest = most + accuracy.deviations * (sqrt(most + widest) + accuracy.deviations / 3) + 1
    return max(0, int(lowest)), ceil(highest)
