"""Erlang C (M/M/n): nobody ever leaves. Source: A. K. Erlang, 1917.

    C = B / (1 - rho (1 - B)),   P(W > t) = C e^(-(n mu - lambda) t),   E[W] = C / (n mu - lambda)

with Erlang B by 1/B_k = 1 + (k/a) / B_{k-1}, which neither overflows into nonsense (infinity is C = 0) nor cancels.
"""

from __future__ import annotations

from math import exp, log

from floorwatch.metrics.staffing.equilibrium import Equilibrium, Load, Within


def inverse_erlang_b(offered: float, agents: int) -> float:
    """1 / B(n, a): the sum of the Poisson weights up to n, over the last."""
    inverse = 1.0
    for busy in range(1, agents + 1):
        inverse = 1.0 + inverse * busy / offered
    return inverse


class ErlangC(Equilibrium):
    """M/M/n. Where the work offered reaches the agents there is no equilibrium: everybody waits, without bound."""

    model = "erlang_c"
    p_abandon = 0.0
    mean_wait_abandoned_s = None

    def __init__(self, load: Load, agents: int) -> None:
        self.load, self.agents = load, agents
        spare = agents - load.offered
        self.is_stable = spare > 0
        self.drain = spare / load.aht_s if self.is_stable else 0.0
        """n mu - lambda, per second: how fast a line shortens."""
        if not self.is_stable:
            self.p_wait, self.mean_wait_all_s, self.mean_wait_answered_s = 1.0, None, None
            return
        rho = load.offered / agents
        self.p_wait = 1 / (inverse_erlang_b(load.offered, agents) * (spare / agents) + rho)
        self.mean_wait_all_s = self.mean_wait_answered_s = self.p_wait / self.drain

    @property
    def mean_wait_if_delayed_s(self) -> float | None:
        """E[W | W > 0]."""
        return 1 / self.drain if self.is_stable else None

    def wait_quantile_s(self, share: float) -> float | None:
        """The wait that this share of contacts does not exceed."""
        late = 1 - share
        if not self.is_stable:
            return None
        return 0.0 if self.p_wait <= late else log(self.p_wait / late) / self.drain

    def within(self, wait_s: float) -> Within:
        """Nobody abandons."""
        waiting = self.p_wait * exp(-self.drain * wait_s)
        return Within(1 - waiting, 0.0, waiting)
