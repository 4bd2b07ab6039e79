"""What arithmetic alone still allows: no law, no doubt, only how many decisions are to come."""

from __future__ import annotations

from floorwatch.metrics.projection.state import Period
from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.staffing.targets import best_of_rest


def best(period: Period, to_come: float) -> float | None:
    """The level if every decision to come is a hit; None where there is none at all."""
    return best_of_rest(period.hits, period.decided, to_come)


def worst(period: Period, to_come: float) -> float | None:
    """The level if every decision to come is a miss; None where there is none at all."""
    return ratio(period.hits, period.decided + to_come)


def is_certain_miss(period: Period, to_come: float, target: float) -> bool:
    """Whether the target is out of reach, even with hits alone; never where there is nothing to decide."""
    level = best(period, to_come)
    return level is not None and level < target


def is_certain_hit(period: Period, to_come: float, target: float) -> bool:
    """Whether the target is met, even with misses alone."""
    level = worst(period, to_come)
    return level is not None and level >= target
