"""Real and simulated days side by side: the figures of a day, and how far two sets of days lie apart."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from statistics import fmean

from simulators.calibrate.closing import as_busy
from simulators.calibrate.visits import Day, Visit, days_of, visits_of
from simulators.calibrate.volume import half_hours
from simulators.flow import floor_day
from simulators.profile import FloorProfile

THRESHOLD_MS, SHORT_MS = 20_000, 5_000
SEEDS = range(101, 121)
"""Not those the fit was closed with."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a day was like; waits of answered contacts in whole seconds, as recordings hold them."""

    offered: float
    wait_s_median: float
    wait_s_75: float
    wait_s_90: float
    asa_s: float
    abandon_ratio: float
    service_level: float
    """Answered in 20 s over answered and abandoned, those abandoned in 5 s left out."""
    aht_s: float
    """Talk and holds."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A real day, and the mean of simulated ones like it."""

    real: Figures
    simulated: Figures
    wait_distance: float
    """Kolmogorov and Smirnov's, of the waits of answered contacts; of all simulated days together."""
    handling_distance: float
    volume_error: float
    """Mean absolute difference of half-hour counts, over their mean."""


def compared(
    profile: FloorProfile, day: Day, queue: str | None = None, *, simulated: Sequence[Day] | None = None
) -> Compared | None:
    """The day, or one queue of it, beside days simulated of its volume; None where nobody was answered."""
    days = simulated_days(profile, day) if simulated is None else simulated
    real, each = _only(day, queue), [_only(one, queue) for one in days]
    own = figures(real.visits)
    others = [found for one in each if (found := figures(one.visits)) is not None]
    if own is None or not others:
        return None
    means = {field.name: fmean(getattr(one, field.name) for one in others) for field in fields(Figures)}
    pooled = [visit for one in each for visit in one.visits]
    return Compared(
        own,
        Figures(**means),
        distance(list(waits_s(real.visits)), list(waits_s(pooled))),
        distance(list(handled_s(real.visits)), list(handled_s(pooled))),
        volume_error(real, each),
    )


def simulated_days(profile: FloorProfile, day: Day, seeds: Iterable[int] = SEEDS) -> list[Day]:
    """The date of this day and the volume the profile has by itself, once for every seed."""
    steady = as_busy(profile)
    made = (days_of(visits_of(floor_day(steady, seed, day.start_ms)), profile.timezone) for seed in seeds)
    return [days[0] for days in made if days]


def figures(visits: Sequence[Visit]) -> Figures | None:
    """The figures of these visits; None where nobody was answered."""
    waits, handled = sorted(waits_s(visits)), list(handled_s(visits))
    if not waits:
        return None
    answered = [visit.wait_ms for visit in visits if visit.outcome == "answered"]
    abandoned = [visit.wait_ms for visit in visits if visit.outcome == "abandoned"]
    counted = len(answered) + sum(wait_ms > SHORT_MS for wait_ms in abandoned)
    median, upper, last = (waits[int(ratio * len(waits))] for ratio in (0.5, 0.75, 0.9))
    return Figures(
        offered=len(visits),
        wait_s_median=median,
        wait_s_75=upper,
        wait_s_90=last,
        asa_s=fmean(answered) / 1000,
        abandon_ratio=len(abandoned) / len(visits),
        service_level=sum(wait_ms <= THRESHOLD_MS for wait_ms in answered) / counted,
        aht_s=fmean(handled),
    )


def waits_s(visits: Iterable[Visit]) -> Iterator[int]:
    """Waits of answered contacts in whole seconds, rounded down."""
    return (visit.wait_ms // 1000 for visit in visits if visit.outcome == "answered")


def handled_s(visits: Iterable[Visit]) -> Iterator[int]:
    """Talks with their holds in whole seconds, rounded down."""
    return (visit.handled_ms // 1000 for visit in visits if visit.outcome == "answered")


def distance(one: Sequence[float], other: Sequence[float]) -> float:
    """Kolmogorov and Smirnov's of two samples: the furthest their distribution functions lie apart."""
    first, second = sorted(one), sorted(other)
    return max(
        abs(bisect_right(first, at) / len(first) - bisect_right(second, at) / len(second)) for at in {*first, *second}
    )


def volume_error(real: Day, days: Sequence[Day]) -> float:
    """Mean absolute difference between a day's half-hour counts and the mean of others', over the day's own mean."""
    own, others = half_hours(real), [half_hours(day) for day in days]
    touched = sorted({*own, *(half_hour for counts in others for half_hour in counts)})
    apart = [abs(own[half_hour] - fmean(counts[half_hour] for counts in others)) for half_hour in touched]
    return sum(apart) / own.total()


def _only(day: Day, queue: str | None) -> Day:
    if queue is None:
        return day
    return Day(day.date, day.start_ms, tuple(visit for visit in day.visits if visit.queue == queue))
