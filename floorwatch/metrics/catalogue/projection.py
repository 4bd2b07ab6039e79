"""Projection: where the interval and the day will end."""

from __future__ import annotations

from floorwatch.metrics.catalogue.figure import Figure

# A table is read by its rows.
# fmt: off
PROJECTION = (
    Figure("projection", 1, "ratio", "expected (hits so far + to come) / (decided so far + to come)", "projection",
           "预计服务水平",
           "Expected service level at the end of the period: what is decided, who waits, and who is still to come.",
           "期末的预期服务水平：已判定者、排队者与尚未到来者合计。",
           excludes=("lost",), sample="decided"),
    Figure("projection_low", 1, "ratio", "10 % quantile of the level at the end", "projection, low", "预计下限",
           "One time in ten the period ends below this.", "十次中约有一次期末低于此值。",
           excludes=("lost",), sample="decided"),
    Figure("projection_high", 1, "ratio", "90 % quantile of the level at the end", "projection, high", "预计上限",
           "One time in ten the period ends above this.", "十次中约有一次期末高于此值。",
           excludes=("lost",), sample="decided"),
    Figure("best_reachable", 1, "ratio", "(hits + to come) / (decided + to come)", "best still reachable",
           "尚可达到的最好水平",
           "The service level of the period if every contact still open or to come is a hit.",
           "余下联络全部达标时，本期间的服务水平。",
           excludes=("lost",), sample="decided"),
    Figure("no_return", 1, "instant", "last t: agents can still reach the target", "point of no return", "最后时限",
           "By when the agents must be there; afterwards the period can no longer reach its target.",
           "增援坐席须在此前到位；此后本期间无法再达标。"),
)
