"""The least number of agents that keeps every limit one names: required agents, by Erlang C or Erlang A.

More agents never make a figure worse, so each limit holds from some number on and the least is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, isfinite, isqrt

from floorwatch.floor.settings import Formula
from floorwatch.metrics.staffing.equilibrium import Equilibrium, Load
from floorwatch.metrics.staffing.erlang_a import ErlangA
from floorwatch.metrics.staffing.erlang_c import ErlangC

AGENTS_MAX = 1_000_000
"""More than any floor: a limit that this many agents do not keep is one that none keep."""

_EQUAL = 1e-12
"""A limit is kept if a figure reaches it but for the rounding of floats: 17 erlangs on 20 agents are 85 %."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What must be kept; None asks for nothing. With nothing asked, the least number that is stable is enough."""

    target: float | None = None
    """Least service level, by `formula` at `threshold_s` and `short_abandon_s`."""
    formula: Formula = "short_abandons_excluded"
    threshold_s: float = 20.0
    short_abandon_s: float = 0.0
    asa_s_max: float | None = None
    """Mean wait of answered contacts."""
    p_wait_max: float | None = None
    p_abandon_max: float | None = None
    occupancy_max: float | None = None

    def kept_by(self, queue: Equilibrium) -> bool:
        """Whether the queue keeps all of them."""
        if isinstance(queue, ErlangC) and not queue.is_stable:
            return False
        most = (
            (queue.p_wait, self.p_wait_max),
            (queue.p_abandon, self.p_abandon_max),
            (queue.occupancy, self.occupancy_max),
            (queue.mean_wait_answered_s, self.asa_s_max),
        )
        if any(limit is not None and found is not None and found > limit + _EQUAL for found, limit in most):
            return False
        if self.target is None:
            return True
        level = queue.service_level(self.formula, self.threshold_s, self.short_abandon_s)
        return level is not None and level >= self.target - _EQUAL

    @property
    def asks_nothing(self) -> bool:
        """No limit is named."""
        most = (self.target, self.asa_s_max, self.p_wait_max, self.p_abandon_max, self.occupancy_max)
        return all(limit is None for limit in most)

    @property
    def can_be_kept(self) -> bool:
        """Some number of agents keeps them. Whether all wait, or all agents are always busy, is never quite 0 or 1."""
        most = (self.asa_s_max, self.p_wait_max, self.p_abandon_max, self.occupancy_max)
        return (self.target is None or self.target < 1) and all(limit is None or limit > 0 for limit in most)


def queue_of(load: Load, agents: int, patience_s: float | None) -> Equilibrium:
    """Erlang A where patience is known, Erlang C where it is not."""
    if patience_s is None or not isfinite(patience_s):
        return ErlangC(load, agents)
    return ErlangA(load, agents, patience_s)


def required_agents(load: Load | None, patience_s: float | None, limits: Limits) -> int | None:
    """The least number of agents on the queue that keeps the limits; 0 without a load, None where no number does."""
    if load is None:
        return 0
    if not limits.can_be_kept:
        return None

    def margin(agents: int) -> float:
        return 1.0 if limits.kept_by(queue_of(load, agents, patience_s)) else -1.0

    return least_number(margin, ceil(load.offered), AGENTS_MAX)


def least_number(margin: Callable[[int], float], guess: int, last: int) -> int | None:
    """The least number from 1 on whose margin is not negative, margins growing with numbers; None beyond `last`.

    From a guess in growing steps, so that numbers far too small (costly: long lines) are not tried; then between a
    number too small and one that is not, by the straight line through their margins and by halves in turn.
    """
    low, below = 0, -1.0
    high = min(max(guess, 1), last)
    step = 1 + isqrt(high) // 2
    above = margin(high)
    while above < 0:
        if high == last:
            return None
        low, below, high, step = high, above, min(high + step, last), 2 * step
        above = margin(high)
    while low == 0 and high > 1:
        tried = max(1, high - step)
        if (found := margin(tried)) < 0:
            low, below = tried, found
        else:
            high, above, step = tried, found, 2 * step
    is_line = True
    while high - low > 1:
        share = below / (below - above) if is_line else 0.5
        tried = min(max(low + round(share * (high - low)), low + 1), high - 1)
        if (found := margin(tried)) < 0:
            low, below = tried, found
        else:
            high, above = tried, found
        is_line = not is_line
    return high


def scheduled_agents(agents: int, shrinkage: float) -> int:
    """How many to schedule so that `agents` are there when a share of scheduled time is not available for contacts.

    In decimal arithmetic: 21 agents at 30 % are 30, in floats they would be 31. ValueError for a shrinkage of 1.
    """
    if not 0 <= shrinkage < 1:
        raise ValueError("shrinkage must be at least 0 and under 1")
    return ceil(agents / (1 - Fraction(str(shrinkage))))
