"""How a condition is read: a figure as it is seen, beside its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.lifecycle import Reading
from floorwatch.floor.rules import Aims, Condition, Severity


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


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition as it is put to one subject: its limits worked out."""

    condition: Condition
    limit: float
    """From where on it holds."""
    graver: tuple[tuple[Severity, float], ...]
    """The higher severities, each with its own limit."""
    clear: float | None
    threshold: float
    """The limit as it is shown: whole milliseconds and counts."""
    sample: int
    """Under so many there is no verdict; 0 where the figure has no sample."""


def asked(condition: Condition, aims: Aims, min_sample: int) -> Asked:
    """The condition, put to a subject with these aims."""
    figure, limit = FIGURES[condition.figure], condition.levels[0].limit.value(aims)
    clear = None if condition.clear is None else condition.clear.value(aims)
    if clear is not None and figure.unit == "ratio" and condition.compare in ("below", "at_most"):
        clear = min(1.0, clear)  # no ratio passes 1: of a target of 99 %, "2 points above" is all there is
    sample = max(1, min_sample if condition.min_sample is None else condition.min_sample)
    return Asked(
        condition,
        limit,
        tuple((level.severity, level.limit.value(aims)) for level in condition.levels[1:]),
        clear,
        limit if figure.unit == "ratio" else round(limit),
        sample if figure.has_sample else 0,
    )


def read_condition(asked: Asked, seen: Seen) -> Reading:
    """What one condition of a rule sees."""
    condition = asked.condition
    severity = condition.levels[0].severity
    if seen.value is None or seen.n < asked.sample:
        return Reading(None, False, False, severity, asked.threshold, seen.n, seen.until, is_known=False)
    value = seen.value if seen.compared is None else seen.compared
    for graver, limit in asked.graver:
        if holds(condition, value, limit, at=True):
            severity = graver
    breached = holds(condition, value, asked.limit)
    is_clear = not breached if asked.clear is None else _is_clear(condition, value, asked.clear)
    return Reading(seen.value, breached or seen.is_news, is_clear, severity, asked.threshold, seen.n, seen.until)


def holds(condition: Condition, value: float, limit: float, *, at: bool = False) -> bool:
    """Whether the value is past the limit; `at`: or at it, as the higher severities count ("from 20 points under")."""
    if condition.compare in ("below", "at_most"):
        return value <= limit if at or condition.compare == "at_most" else value < limit
    return value >= limit if at or condition.compare == "at_least" else value > limit


def _is_clear(condition: Condition, value: float, limit: float) -> bool:
    if condition.compare in ("below", "at_most"):
        return value >= limit
    return value < limit or value == 0


def together(readings: Sequence[Reading]) -> Reading:
    """Several conditions, all of which must hold: one that is known not to hold settles it, whatever the others are."""
    first = readings[0]
    if len(readings) == 1:
        return first
    known = [reading for reading in readings if reading.is_known]
    if all(reading.breached for reading in known):
        is_breach = len(known) == len(readings)
        return first._replace(breached=is_breach, cleared=False, is_known=is_breach)
    return first._replace(breached=False, cleared=any(reading.cleared for reading in known), is_known=True)
