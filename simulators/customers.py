"""When customers come, and how long they wait.

Arrivals are a Poisson process whose rate is itself uncertain: rate(t) = peak x shape(t) x day factor x half-hour factor
x surge. Given the rate they are drawn by thinning a steady process as fast as the day's highest rate: exact for any
shape.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from simulators.chance import Chance
from simulators.old_profile import Curve, FloorProfile, QueueProfile

_HOUR_MS = 3_600_000


def height(curve: Curve, hour: float) -> float:
    """The curve's value at an hour of the day; 0 outside its points."""
    if not curve[0][0] <= hour < curve[-1][0]:
        return 0.0
    right = bisect_right(curve, hour, key=lambda point: point[0])
    (from_hour, from_height), (to_hour, to_height) = curve[right - 1], curve[right]
    return from_height + (to_height - from_height) * (hour - from_hour) / (to_hour - from_hour)


def arrivals(profile: FloorProfile, queue: QueueProfile, chance: Chance) -> Iterator[int]:
    """Arrival times of one day in order, milliseconds since local midnight."""
    opens_hour, closes_hour = queue.shape[0][0], queue.shape[-1][0]
    day_factor = chance.factor(profile.day_cv)
    half_hours = [chance.factor(profile.interval_cv) for _ in range(int(closes_hour * 2) + 1)]
    surges = [surge for surge in profile.surges if surge.queue == queue.name]

    def relative_rate(hour: float) -> float:
        rate = height(queue.shape, hour) * half_hours[int(hour * 2)]
        for surge in surges:
            if surge.start_ms <= hour * _HOUR_MS < surge.end_ms:
                rate *= surge.factor
        return rate

    highest = max(point[1] for point in queue.shape) * max(half_hours)
    for surge in surges:
        highest *= max(1.0, surge.factor)
    mean_gap_hours = 1 / (queue.peak_per_hour * day_factor * highest)
    hour = opens_hour
    while True:
        hour += chance.exponential(mean_gap_hours)
        if hour >= closes_hour:
            return
        if chance.happens(relative_rate(hour) / highest):
            yield int(hour * _HOUR_MS)


def patience_ms(queue: QueueProfile, chance: Chance) -> int:
    """How long this customer would wait; never exponential: some hang up at once, some when an announcement comes."""
    mood = chance.uniform()
    if mood < 0.04:
        return 1_500 + int(18_500 * chance.uniform() ** 2)
    if mood < 0.16:
        heard = 1 + min(int(chance.exponential(2.0)), 9)
        return heard * queue.announcement_ms + 500 + int(chance.exponential(1_500))
    return max(5_000, int(chance.lognormal(queue.patience_ms_median, 0.8)))
