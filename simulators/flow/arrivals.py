"""When customers call.

Arrivals are a Poisson process whose rate is itself uncertain:

    rate(t) = contacts x shape(t) x weekday x day factor x half-hour factor x surge

The day factor is gamma with the profile's `day_cv`. The half-hour factor, one for the whole floor, is gamma too, with
variance `overdispersion` / (expected contacts of the half-hour): so that counts have, given the day, variance over mean
of 1 + overdispersion at any volume. (Measured of real floors: 2.7 to 2.9; the coefficient of variation of the factor,
.07 at 350 a half-hour and .2 at 45, follows.)

Given the rate, arrivals of each half-hour are drawn by thinning a steady process as fast as its highest rate: exact for
any shape.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil, floor, sqrt

from simulators.chance import Chance
from simulators.incidents.model import Surge
from simulators.profile.model import HOUR_MS, Curve, FloorProfile, QueueProfile


def height(curve: Curve, hour: float) -> float:
    """The curve's value at an hour of the day; 0 outside its points."""
    if not curve[0][0] <= hour < curve[-1][0]:
        return 0.0
    right = bisect_right(curve, hour, key=lambda point: point[0])
    (from_hour, from_height), (to_hour, to_height) = curve[right - 1], curve[right]
    return from_height + (to_height - from_height) * (hour - from_hour) / (to_hour - from_hour)


def area(curve: Curve, since: float = 0.0, until: float = 48.0) -> float:
    """The integral of the curve from hour to hour."""
    total = 0.0
    for (from_hour, from_height), (to_hour, to_height) in pairwise(curve):
        low, high = max(from_hour, since), min(to_hour, until)
        if low < high:
            slope = (to_height - from_height) / (to_hour - from_hour)
            middle = from_height + slope * ((low + high) / 2 - from_hour)
            total += middle * (high - low)
    return total


def half_hours(curve: Curve) -> range:
    """The half-hours of the day the curve touches."""
    return range(floor(curve[0][0] * 2), ceil(curve[-1][0] * 2))


def factors(profile: FloorProfile, weekday: int, chance: Chance) -> dict[int, float]:
    """Of one day: half-hour to the factor on all rates; the weekday, the day's and the half-hour's own together."""
    ordinary = profile.weekdays[weekday]
    day_factor = ordinary * chance.gamma_factor(profile.day_cv)
    expected: dict[int, float] = {}
    for queue in profile.queues.values():
        per_area = queue.contacts / (area(queue.shape) or 1.0)
        for half_hour in half_hours(queue.shape):
            contacts = per_area * area(queue.shape, half_hour / 2, half_hour / 2 + 0.5) * day_factor
            expected[half_hour] = expected.get(half_hour, 0.0) + contacts
    return {
        half_hour: day_factor * chance.gamma_factor(sqrt(profile.overdispersion / contacts)) if contacts > 0 else 0.0
        for half_hour, contacts in sorted(expected.items())
    }


def arrivals(
    queue: QueueProfile, by_half_hour: dict[int, float], surges: Sequence[Surge], chance: Chance
) -> Iterator[int]:
    """Arrival times of one day in order, milliseconds since local midnight. `surges`: those of this queue."""
    curve = queue.shape
    per_hour = queue.contacts / (area(curve) or 1.0)
    for half_hour in half_hours(curve):
        since, until = half_hour / 2, half_hour / 2 + 0.5
        inside = [point[1] for point in curve if since <= point[0] <= until]
        highest = max(height(curve, since), height(curve, until - 1e-9), *inside, 0.0)
        surging = [surge for surge in surges if surge.at_ms < until * HOUR_MS and surge.until_ms > since * HOUR_MS]
        for surge in surging:
            highest *= max(1.0, surge.factor)
        rate = per_hour * by_half_hour[half_hour] * highest
        if not rate:
            continue
        hour = since
        while True:
            hour += chance.exponential(1 / rate)
            if hour >= until:
                break
            relative = height(curve, hour)
            for surge in surging:
                if surge.holds(hour * HOUR_MS):
                    relative *= surge.factor
            if chance.happens(relative / highest):
                yield int(hour * HOUR_MS)
