"""A day of intervals with arrivals and agents of their own, followed without a break from an empty floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul

from floorwatch.metrics.staffing.transient import EXACT, Presence, Rates, reach


@dataclass(frozen=True, slots=True)
class IntervalCourse:
    """What an interval holds, expected; means are over time, and over arrivals, which come evenly within it."""

    abandons: float
    completions: float
    """Contacts handled to the end."""
    mean_queue: float
    mean_busy: float
    occupancy: float
    p_wait: float
    """The share of arrivals that find no agent free."""
    queue_at_end: float


def course_of_day(intervals: Sequence[Rates], interval_s: float) -> list[IntervalCourse]:
    """The course of consecutive intervals; nobody is present when the first begins."""
    _, highest = reach(0, [(interval_s, rates) for rates in intervals], EXACT)
    presence = Presence(0, 0, highest, EXACT)
    found = []
    for rates in intervals:
        spent = presence.advance(rates, interval_s)
        numbers = range(highest + 1)
        busy = [float(min(number, rates.agents)) for number in numbers]
        waiting = [float(max(0, number - rates.agents)) for number in numbers]
        mean_queue = sum(map(mul, waiting, spent)) / interval_s
        mean_busy = sum(map(mul, busy, spent)) / interval_s
        found.append(
            IntervalCourse(
                abandons=rates.theta * mean_queue * interval_s,
                completions=rates.mu * mean_busy * interval_s,
                mean_queue=mean_queue,
                mean_busy=mean_busy,
                occupancy=mean_busy / rates.agents,
                p_wait=sum(spent[rates.agents :]) / interval_s,
                queue_at_end=presence.mean(waiting),
            )
        )
    return found
