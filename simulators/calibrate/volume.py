"""How many contacts come when: the shape of the day, and how much days and half-hours differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from math import ceil, sqrt
from statistics import fmean, median, variance

from simulators.calibrate.visits import Day

HALF_HOUR_MS, HOUR_MS = 1_800_000, 3_600_000
DAYS_MIN = 5
"""Fewer days say nothing of how days differ."""

Shape = list[tuple[float, float]]


def ordinary(days: Sequence[Day]) -> list[Day]:
    """Days of at least half the median volume: not the weekends of a floor that works on weekdays."""
    if not days:
        return []
    usual = median(len(day.visits) for day in days)
    return [day for day in days if len(day.visits) >= usual / 2]


def half_hours(day: Day) -> Counter[int]:
    """Arrivals by half-hour of the day."""
    return Counter((visit.arrived_ms - day.start_ms) // HALF_HOUR_MS for visit in day.visits)


def shape(days: Sequence[Day], queue: str | None = None) -> Shape:
    """(hour, height) points at the middle of every quarter of an hour, from the first contact to the minute after the
    last; height 1 is the busiest. All queues: None.

    Smoothed by (1, 2, 1) the oftener the fewer contacts there are: so that a quarter rests on about a hundred.
    """
    hours = sorted(
        (visit.arrived_ms - day.start_ms) / HOUR_MS
        for day in days
        for visit in day.visits
        if queue is None or visit.queue == queue
    )
    counts = Counter(int(hour * 4) for hour in hours)
    since, until = hours[0], hours[-1] + 1 / 60
    first, last = int(since * 4), int(until * 4)
    heights = [float(counts[quarter]) for quarter in range(first, last + 1)]
    heights[0] /= max((first + 1) / 4 - since, 0.05) * 4  # of a quarter that is seen in part
    heights[-1] /= max(until - last / 4, 0.05) * 4 if last > first else 1
    busy = sorted(heights)[len(heights) // 2 :]
    for _ in range(min(6, ceil(100 / fmean(busy)))):
        heights = _smoothed(heights)
    highest = max(heights)
    points = [((first + place) / 4 + 0.125, height / highest) for place, height in enumerate(heights)]
    inside = [point for point in points if since < point[0] < until]
    edges = [(since, points[0][1]), *inside, (until, points[-1][1])]
    return [(round(hour, 3), round(height, 3)) for hour, height in edges]


def _smoothed(heights: Sequence[float]) -> list[float]:
    padded = [heights[0], *heights, heights[-1]]
    return [(before + 2 * at + after) / 4 for before, at, after in zip(padded, padded[1:], padded[2:], strict=False)]


def weekday_means(days: Sequence[Day]) -> dict[int, float]:
    """Weekday (0 is Monday) to the mean of its days' contacts."""
    totals: defaultdict[int, list[int]] = defaultdict(list)
    for day in days:
        totals[day.weekday].append(len(day.visits))
    return {weekday: fmean(counts) for weekday, counts in sorted(totals.items())}


def day_cv(days: Sequence[Day], overdispersion: float) -> float | None:
    """Spread of the day's volume, the weekday's mean and what half-hours add taken away; None for too few days."""
    means = weekday_means(days)
    freedom = len(days) - len(means)
    if len(days) < DAYS_MIN or freedom < 2:
        return None
    spread = sum((len(day.visits) / means[day.weekday] - 1) ** 2 for day in days) / freedom
    return sqrt(max(0.0, spread - (1 + overdispersion) / fmean(means.values())))


def dispersion(counts_by_day: Sequence[Mapping[int, int]]) -> float | None:
    """Variance over mean of half-hour counts given the day's total: 1 if arrivals are Poisson; None for too few days.

    Every day is brought to the mean total first. The median is taken over the busy half-hours (half as many contacts as
    the busiest, or more): one evening on which the floor closed early does not move it.
    """
    if len(counts_by_day) < DAYS_MIN:
        return None
    usual = fmean(sum(counts.values()) for counts in counts_by_day)
    scaled: defaultdict[int, list[float]] = defaultdict(lambda: [0.0] * len(counts_by_day))
    for place, counts in enumerate(counts_by_day):
        for half_hour, count in counts.items():
            scaled[half_hour][place] = count * usual / sum(counts.values())
    means = {half_hour: fmean(own) for half_hour, own in scaled.items()}
    busy = [half_hour for half_hour, mean in means.items() if mean >= max(means.values()) / 2]
    return median(variance(scaled[half_hour]) / means[half_hour] for half_hour in busy)
