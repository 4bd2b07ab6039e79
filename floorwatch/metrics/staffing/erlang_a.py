"""Erlang A (M/M/n+M): a waiting contact leaves at rate theta, patience exponential. Source: C. Palm, 1946.

The number of contacts present is a birth-death chain, up at lambda, down at min(k, n) mu + max(k - n, 0) theta, and has
an equilibrium under any load. Its probabilities are products from the most likely state outwards, so nothing overflows;
what becomes of a contact is a sum over the states it can find (`line`). There is no closed form in here to be inexact.
"""

from __future__ import annotations

from itertools import count
from operator import mul

from floorwatch.metrics.staffing.equilibrium import Equilibrium, Load, Within
from floorwatch.metrics.staffing.line import answered_within, waiting_after

_NEGLIGIBLE = 1e-19
_STATES_MAX = 3_000_000
"""Lines of that length are no call floor's, and take seconds."""


class ErlangA(Equilibrium):
    """M/M/n+M."""

    model = "erlang_a"

    def __init__(self, load: Load, agents: int, patience_s: float) -> None:
        if not patience_s > 0:
            raise ValueError("patience must be above 0")
        self.load, self.agents, self.theta = load, agents, 1 / patience_s
        self.pace = agents / load.aht_s
        lowest, shares = shares_present(load, agents, self.theta)
        first = agents - lowest
        free = sum(shares[: max(0, first)])
        self._line = [0.0] * max(0, -first) + shares[max(0, first) :]
        """P(all are busy and j wait), j = 0, 1, .."""
        self.p_wait = sum(self._line)
        self.p_free = free
        theta, pace = self.theta, self.pace
        answered = answered_wait = abandoned = abandoned_wait = 0.0
        spent = left = (
            0.0  # over the places ahead: time until answered, and, as often as one can leave there, until gone
        )
        for ahead, share in enumerate(self._line):
            step = pace + (ahead + 1) * theta
            spent += 1 / step
            left += (ahead + 1) / step
            answered += share * pace / step
            answered_wait += share * pace / step * spent
            abandoned += share * (ahead + 1) * theta / step
            abandoned_wait += share * theta / step * left
        self.p_abandon = abandoned
        self.mean_wait_all_s = answered_wait + abandoned_wait
        self.mean_wait_answered_s = answered_wait / (free + answered)
        self.mean_wait_abandoned_s = abandoned_wait / abandoned if abandoned else None

    def within(self, wait_s: float) -> Within:
        """A sum over the places a contact can find in the line."""
        places = len(self._line)
        answered = sum(map(mul, self._line, answered_within(self.pace, self.theta, wait_s, places)))
        waiting = sum(map(mul, self._line, waiting_after(self.pace, self.theta, wait_s, places)))
        return Within(self.p_free + answered, max(0.0, self.p_wait - answered - waiting), waiting)


def shares_present(load: Load, agents: int, theta: float) -> tuple[int, list[float]]:
    """(lowest, shares): how often lowest, lowest + 1, .. contacts are present, for every number that matters.

    theta = 0 is M/M/n, which has such shares only while the agents exceed the load.
    """
    arrival, mu = load.arrival_rate, 1 / load.aht_s

    def down(present: int) -> float:
        return min(present, agents) * mu + max(present - agents, 0) * theta

    excess = arrival - agents * mu
    mode = int(load.offered) if excess < 0 else agents + int(excess / theta)
    if mode > _STATES_MAX:
        raise ValueError(f"the line would be of {mode - agents:,} contacts: give a shorter patience, or more agents")
    below = [1.0]
    while below[-1] > _NEGLIGIBLE and mode >= len(below):
        below.append(below[-1] * down(mode + 1 - len(below)) / arrival)
    lowest = mode + 1 - len(below)
    weights = below[::-1]
    for present in count(mode + 1):
        weights.append(weights[-1] * arrival / down(present))
        # Where waiting is rare its own first states count, not the largest of all.
        if present > agents and weights[-1] <= _NEGLIGIBLE * weights[max(mode, agents) - lowest]:
            break
    total = sum(weights)
    return lowest, [weight / total for weight in weights]
