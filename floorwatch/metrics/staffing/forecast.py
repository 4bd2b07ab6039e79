"""A forecast by intervals: how many agents each needs, and what the rest of a day looks like after its first hours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.staffing.equilibrium import Load
from floorwatch.metrics.staffing.required import Limits, queue_of, required_agents, scheduled_agents

DAY_CV = 0.15
"""How much days differ from what their weekday leads one to expect, standard deviation over mean: .11 to .19 by weekday
at a real multi-skill centre over a year."""
DISPERSION = 2.8
"""Variance over mean of half-hour counts when the day's own level is known: 2.7 to 2.9 there."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An interval [start, end) of a queue, ms since the epoch, and the contacts forecast for it."""

    start: int
    end: int
    contacts: float
    aht_s: float | None = None
    """None: as elsewhere on that queue."""


@dataclass(frozen=True, slots=True)
class Need:
    """The agents an interval needs, and what they make of it."""

    planned: Planned
    offered: float
    """Erlangs."""
    agents: int | None
    """On the queue; 0 where no contact is expected, None where no number is enough."""
    scheduled: int | None
    """With shrinkage."""
    level: float | None
    """Service level by the formula of the limits; None where no contact is expected."""
    occupancy: float | None
    model: str


def needs(
    intervals: Iterable[Planned], aht_s: float, patience_s: float | None, limits: Limits, shrinkage: float = 0.0
) -> list[Need]:
    """Required agents of every interval, each in an equilibrium of its own; `aht_s` where an interval has none."""
    return [_need(planned, planned.aht_s or aht_s, patience_s, limits, shrinkage) for planned in intervals]


def _need(planned: Planned, aht_s: float, patience_s: float | None, limits: Limits, shrinkage: float) -> Need:
    model = "erlang_c" if patience_s is None else "erlang_a"
    if not planned.contacts:
        return Need(planned, 0.0, 0, 0, None, None, model)
    load = Load(planned.contacts, (planned.end - planned.start) / 1000, aht_s)
    agents = required_agents(load, patience_s, limits)
    if agents is None:
        return Need(planned, load.offered, None, None, None, None, model)
    queue = queue_of(load, agents, patience_s)
    level = queue.service_level(limits.formula, limits.threshold_s, limits.short_abandon_s)
    return Need(planned, load.offered, agents, scheduled_agents(agents, shrinkage), level, queue.occupancy, model)


@dataclass(frozen=True, slots=True)
class Reforecast:
    """The rest of the day as the day so far suggests it."""

    actual: float
    expected: float
    """Of the forecast, for the time that the actual contacts are of: up to now, or the intervals that were counted."""
    ratio: float | None
    """Actual over expected; None where nothing was expected yet."""
    weight: float
    """How much of the ratio is believed, 0 to 1."""
    factor: float
    """By which the rest of the forecast is multiplied."""
    rest: tuple[Planned, ...]
    """From now on; the running interval with the part that is left of it."""


def reforecast(
    intervals: Sequence[Planned],
    actual: float,
    now: int,
    expected: float | None = None,
    *,
    day_cv: float = DAY_CV,
    dispersion: float = DISPERSION,
) -> Reforecast:
    """Multiply the rest of a day's forecast by actual over expected so far, drawn towards 1 as far as that is chance.

    The day's level has a variance of day_cv^2 around the forecast, and the ratio one of dispersion / expected around
    the level: the best linear estimate of it believes the ratio by day_cv^2 / (day_cv^2 + dispersion / expected).
    With 45 contacts expected by now that is 27 %, with 1,000 it is 89 %.

    `expected` is what was forecast for the intervals that `actual` is of, where these are not all up to now.
    """
    if expected is None:
        expected = sum(planned.contacts * _passed(planned, now) for planned in intervals)
    found = ratio(actual, expected)
    believed = day_cv**2 / (day_cv**2 * expected + dispersion)
    weight = believed * expected
    factor = 1.0 if found is None else 1 + believed * (actual - expected)
    rest = tuple(
        replace(
            planned, start=max(planned.start, now), contacts=planned.contacts * (1 - _passed(planned, now)) * factor
        )
        for planned in intervals
        if planned.end > now
    )
    return Reforecast(actual, expected, found, weight, factor, rest)


def _passed(planned: Planned, now: int) -> float:
    """The share of an interval that lies before now; contacts are taken to come evenly within it."""
    return min(1.0, max(0.0, (now - planned.start) / (planned.end - planned.start)))
