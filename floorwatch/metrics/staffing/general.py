"""M/M/n+G: patience of any law. Source: F. Baccelli and G. Hebuterne, 1981; building blocks of S. Zeltyn and
A. Mandelbaum, "Call centers with impatient customers", 2005.

The wait that is *offered* to a contact has the density v(x) = lambda pi_(n-1) exp(lambda H(x) - n mu x) above 0, where
H(x) = E[min(patience, x)]; everything is an integral of it. The exponent is concave, so its largest value is taken out
and the integral runs only where the rest matters: no load overflows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import exp

from floorwatch.metrics.staffing.equilibrium import Equilibrium, Load, Within
from floorwatch.metrics.staffing.erlang_c import inverse_erlang_b
from floorwatch.metrics.staffing.patience_laws import PatienceLaw
from floorwatch.metrics.staffing.quadrature import integrals

_DEEP = 60.0
"""Where the exponent is so far under its largest value, nothing is left: e^-60 = 1e-26."""


class GeneralPatience(Equilibrium):
    """M/M/n+G."""

    model = "M/M/n+G"

    def __init__(self, load: Load, agents: int, patience: PatienceLaw) -> None:
        self.load, self.agents, self.patience = load, agents, patience
        self._pace = agents / load.aht_s
        peak = self._peak()
        self._top = self._exponent(peak)
        self._low = 0.0 if self._exponent(0.0) > self._top - _DEEP else _crossing(self._deep_at, 0.0, peak)
        beyond = max(peak, 1.0)
        while self._deep_at(beyond) > 0:
            beyond *= 2
        self._high = _crossing(lambda x: -self._deep_at(x), peak, beyond)
        self._kinks = sorted({peak, *(wait for wait in patience.breaks if self._low < wait < self._high)})
        whole, lost, wait, answered_wait = self._integrals(self._moments, self._low, self._high)
        idle = exp(-self._top) * inverse_erlang_b(load.offered, agents - 1)
        self._scale = load.arrival_rate / (idle + load.arrival_rate * whole)
        self.p_free = 1 / (1 + load.arrival_rate * whole / idle) if idle else 0.0
        self.p_wait = self._scale * whole
        self.p_abandon = self._scale * lost
        self.mean_wait_all_s = self._scale * wait
        answered = 1 - self.p_abandon
        self.mean_wait_answered_s = self._scale * answered_wait / answered
        abandoned_wait = self._scale * self._integrals(self._gone, self._low, self._high)[0]
        self.mean_wait_abandoned_s = abandoned_wait / self.p_abandon if self.p_abandon else None

    def _exponent(self, wait_s: float) -> float:
        return self.load.arrival_rate * self.patience.least(wait_s) - self._pace * wait_s

    def _deep_at(self, wait_s: float) -> float:
        return self._exponent(wait_s) - self._top + _DEEP

    def _peak(self) -> float:
        """Where as many stay as the agents can answer; 0 where that is so from the beginning."""
        staying = self._pace / self.load.arrival_rate
        if self.patience.above(0.0) <= staying:
            return 0.0
        beyond = self.load.aht_s
        while self.patience.above(beyond) > staying:
            beyond *= 2
        return _crossing(lambda x: staying - self.patience.above(x), 0.0, beyond)

    def _moments(self, wait_s: float) -> Sequence[float]:
        """v, G v, H v, and x (1 - G) v, each over the scale."""
        v = exp(self._exponent(wait_s) - self._top)
        law = self.patience
        return v, law.below(wait_s) * v, law.least(wait_s) * v, wait_s * law.above(wait_s) * v

    def _gone(self, wait_s: float) -> Sequence[float]:
        """E[patience; patience <= x] v."""
        law = self.patience
        waited = law.least(wait_s) - wait_s * law.above(wait_s)
        return (waited * exp(self._exponent(wait_s) - self._top),)

    def _stays(self, wait_s: float) -> Sequence[float]:
        """v and (1 - G) v."""
        v = exp(self._exponent(wait_s) - self._top)
        return v, self.patience.above(wait_s) * v

    def _integrals(self, functions: Callable[[float], Sequence[float]], low: float, high: float) -> list[float]:
        """From one kink to the next."""
        points = [low, *(kink for kink in self._kinks if low < kink < high), high]
        parts = [integrals(functions, one, other) for one, other in pairwise(points)]
        return [sum(column) for column in zip(*parts, strict=True)]

    def within(self, wait_s: float) -> Within:
        """Up to a wait: the integral of the density, split there."""
        inside = min(max(wait_s, self._low), self._high)
        answered = self._integrals(self._stays, self._low, inside)[1] if inside > self._low else 0.0
        offered_more = self._integrals(self._stays, inside, self._high)[0] if inside < self._high else 0.0
        answered = self.p_free + self._scale * answered
        waiting = self._scale * offered_more * self.patience.above(wait_s)
        return Within(answered, max(0.0, 1 - answered - waiting), waiting)


def _crossing(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that rises from below 0 to above crosses it."""
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return high
