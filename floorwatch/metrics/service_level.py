"""Service level: hits over decided visits, by six named formulas. Source of each: `terms.md`, "service level".

With a answered in T, A answered, B_S short abandons, B_T abandons in T, M waited past T (a miss at t_q + T, however it
ends) and, where exits count, X_T exits in T, a visit is decided at one instant, and over any window:

    A + B + E  =  a + M + B_T + X_T

so every formula is computed from counts that belong to the window holding the deciding instant.
"""

from __future__ import annotations

from floorwatch.floor.settings import Formula, QueuePolicy
from floorwatch.metrics.tally import deciding

FORMULAS: tuple[Formula, ...] = (
    "short_abandons_excluded",
    "abandons_missed",
    "abandons_ignored",
    "abandons_met",
    "short_abandons_met",
    "answered_only",
)


def decided(tally: int, formula: Formula, *, exits_count: bool) -> tuple[int, int]:
    """(hits, decided) of a tally by a formula."""
    hits, timed, abandoned, short, past, exited = deciding(tally)
    if formula == "answered_only":
        return hits, timed
    n = hits + past + abandoned
    if exits_count:
        n += exited
    if formula == "short_abandons_excluded":
        n -= short
    elif formula == "abandons_ignored":
        n -= abandoned
    elif formula == "abandons_met":
        hits += abandoned
    elif formula == "short_abandons_met":
        hits += short
    return hits, n


def level(tally: int, policy: QueuePolicy) -> tuple[int, int]:
    """(hits, decided) by the queue's own policy."""
    return decided(tally, policy.formula, exits_count=policy.exits_count)


def ratio(numerator: float, denominator: float) -> float | None:
    """The one place where figures are divided: an empty denominator gives None, never 0 and never 1."""
    return numerator / denominator if denominator else None
