"""Service level: hits over decided visits, by six named formulas. Source of each: `terms.md`, "service level".

With a answered in T, A answered, B_S short abandons, B_T abandons in T, M waited past T (a miss at t_q + T, however it
ends) and, where exits count, X_T exits in T, a visit is decided at one instant, and over any window:

    A + B + E  =  a + M + B_T + X_T

so every formula is computed from counts that belong to the window holding the deciding instant.
"""

from __future__ import annotations

from floorwatch.floor.settings import Formula, QueuePolicy
from floorwatch.metrics.tally import DECIDED, read

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
    tally &= DECIDED
    hits = read(tally, "in_threshold")
    if formula == "answered_only":
        return hits, read(tally, "timed")
    n = hits + read(tally, "past_threshold") + read(tally, "abandoned_in_threshold")
    if exits_count:
        n += read(tally, "exited_in_threshold")
    if formula == "short_abandons_excluded":
        n -= read(tally, "abandoned_short")
    elif formula == "abandons_ignored":
        n -= read(tally, "abandoned_in_threshold")
    elif formula == "abandons_met":
        hits += read(tally, "abandoned_in_threshold")
    elif formula == "short_abandons_met":
        hits += read(tally, "abandoned_short")
    return hits, n


def level(tally: int, policy: QueuePolicy) -> tuple[int, int]:
    """(hits, decided) by the queue's own policy."""
    return decided(tally, policy.formula, exits_count=policy.exits_count)


def ratio(numerator: float, denominator: float) -> float | None:
    """The one place where figures are divided: an empty denominator gives None, never 0 and never 1."""
    return numerator / denominator if denominator else None
