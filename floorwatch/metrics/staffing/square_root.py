"""Square-root staffing: agents = offered + beta sqrt(offered), and the delay it leads to when a floor is large.

Sources: S. Halfin and W. Whitt, 1981 (Erlang C); O. Garnett, A. Mandelbaum and M. Reiman, 2002 (Erlang A). These are
approximations, here to be compared with the exact chain: on a floor of 25 they are off by some points.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, isqrt, sqrt

from floorwatch.metrics.staffing.special import normal_above, normal_density, normal_hazard


def square_root_agents(offered: float, beta: float) -> int:
    """The least number of agents not under offered + beta sqrt(offered); exact where the root is whole."""
    load = Fraction(str(offered))
    root = isqrt(floor(load))
    if root * root == load:
        return ceil(load + Fraction(str(beta)) * root)
    return ceil(offered + beta * sqrt(offered))


def beta_of(offered: float, agents: int) -> float:
    """By how many square roots of the load the agents exceed it."""
    return (agents - offered) / sqrt(offered)


def halfin_whitt(beta: float) -> float:
    """P(wait) of Erlang C as the floor grows; 1 without a reserve."""
    if beta <= 0:
        return 1.0
    return 1 / (1 + beta * (1 - normal_above(beta)) / normal_density(beta))


def garnett(beta: float, mu_over_theta: float) -> float:
    """P(wait) of Erlang A as the floor grows; `mu_over_theta` is mean patience over mean handling time."""
    ratio = sqrt(mu_over_theta)
    return 1 / (1 + normal_hazard(beta * ratio) / ratio / normal_hazard(-beta))
