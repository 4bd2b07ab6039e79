"""How a condition is read: a figure as it is seen, beside its limits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.lifecycle import Reading
from floorwatch.floor.rules import Aims, Condition, Limit


class Seen(NamedTuple):
    """A figure at one instant. `value` None: unknown, or there is nothing to divide by."""

    value: float | None
    n: int = 0
    """Its sample, where it has one."""
    until: int | None = None
    """When the period ends that it is about."""
    compared: float | None = None
    """What is compared with the limits, where that is not the value: the size of an offset, whichever its sign."""
    is_news: bool = False
    """A breach whatever the value: a clock that was set."""


UNKNOWN = Seen(None)


def read_condition(condition: Condition, seen: Seen, aims: Aims, min_sample: int) -> Reading:
    """One condition of a rule about a queue with these aims."""
    first, figure = condition.levels[0], FIGURES[condition.figure]
    limit = first.limit.value(aims)
    threshold = limit if figure.unit == "ratio" else round(limit)
    sample = condition.min_sample if condition.min_sample is not None else min_sample
    if seen.value is None or (figure.has_sample and seen.n < max(1, sample)):
        return Reading(None, False, False, first.severity, threshold, seen.n, seen.until)
    value = seen.value if seen.compared is None else seen.compared
    severity = first.severity
    for level in condition.levels[1:]:
        if holds(condition, value, level.limit.value(aims), at=True):
            severity = level.severity
    breached = holds(condition, value, limit)
    return Reading(
        seen.value,
        breached or seen.is_news,
        _is_clear(condition, value, condition.clear, aims) if condition.clear is not None else not breached,
        severity,
        threshold,
        seen.n,
        seen.until,
    )


def holds(condition: Condition, value: float, limit: float, *, at: bool = False) -> bool:
    """Whether the value is past the limit; `at`: or at it, as the higher severities count ("from 20 points under")."""
    if condition.compare in ("below", "at_most"):
        return value <= limit if at or condition.compare == "at_most" else value < limit
    return value >= limit if at or condition.compare == "at_least" else value > limit


def _is_clear(condition: Condition, value: float, clear: Limit, aims: Aims) -> bool:
    limit = clear.value(aims)
    if condition.compare in ("below", "at_most"):
        # no ratio passes 1: of a target of 99 %, "2 points above" is all there is
        return value >= (min(1.0, limit) if FIGURES[condition.figure].unit == "ratio" else limit)
    return value < limit or value == 0


def together(readings: Sequence[Reading]) -> Reading:
    """Several conditions, all of which must hold: one that is known not to hold settles it, whatever the others are."""
    first = readings[0]
    if len(readings) == 1:
        return first
    known = [reading for reading in readings if reading.value is not None]
    value = first.value if first.value is not None else next((reading.value for reading in known), None)
    settled = first._replace(value=value, breached=False, cleared=False)
    if any(reading.cleared for reading in known):
        return settled._replace(cleared=True)
    if any(not reading.breached for reading in known):
        return settled
    if len(known) < len(readings):
        return first._replace(value=None, breached=False, cleared=False)
    return first._replace(breached=True, cleared=False)
