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
from heapq import merge
from itertools import pairwise
from math import ceil, floor, prod, sqrt

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


def expected(queue: QueueProfile) -> Iterator[tuple[int, float]]:
    """(half-hour, contacts) of an ordinary day, where anybody calls at all."""
    per_area = queue.contacts / (area(queue.shape) or 1.0)
    for half_hour in half_hours(queue.shape):
        if contacts := per_area * area(queue.shape, half_hour / 2, half_hour / 2 + 0.5):
            yield half_hour, contacts


def factors(profile: FloorProfile, weekday: int, chance: Chance) -> dict[int, float]:
    """Of one day: half-hour to the factor on all rates; the weekday, the day's and the half-hour's own together."""
    ordinary = profile.weekdays[weekday]
    day_factor = ordinary * chance.gamma_factor(profile.day_cv)
    of_floor: dict[int, float] = {}
    for queue in profile.queues.values():
        for half_hour in half_hours(queue.shape):
            of_floor.setdefault(half_hour, 0.0)
        for half_hour, contacts in expected(queue):
            of_floor[half_hour] += contacts * day_factor
    return {
        half_hour: day_factor * chance.gamma_factor(sqrt(profile.overdispersion / contacts)) if contacts > 0 else 0.0
        for half_hour, contacts in sorted(of_floor.items())
    }


def arrivals(
    queue: QueueProfile, by_half_hour: dict[int, float], surges: Sequence[Surge], chance: Chance
) -> Iterator[int]:
    """Arrival times of one day in order, milliseconds since local midnight. `surges`: those of this queue.

    A surge adds arrivals to the usual ones, or takes some of them away; all others stay as they are without it.
    """
    usual = _steady(queue, by_half_hour, chance)
    if not surges:
        return usual
    more = chance.beside("surge")
    return merge(_surging(queue, by_half_hour, surges, more), _thinned(usual, surges, more.beside("fewer")))


def _steady(queue: QueueProfile, by_half_hour: dict[int, float], chance: Chance) -> Iterator[int]:
    curve = queue.shape
    for half_hour, highest, rate in _rates(queue, by_half_hour):
        for hour in _poisson(half_hour / 2, half_hour / 2 + 0.5, rate, chance):
            if chance.happens(height(curve, hour) / highest):
                yield int(hour * HOUR_MS)


def _surging(
    queue: QueueProfile, by_half_hour: dict[int, float], surges: Sequence[Surge], chance: Chance
) -> Iterator[int]:
    """What comes on top while the factor is above 1."""
    curve, most = queue.shape, prod(max(1.0, surge.factor) for surge in surges) - 1.0
    for half_hour, highest, rate in _rates(queue, by_half_hour):
        since, until = half_hour / 2, half_hour / 2 + 0.5
        if not most or not any(surge.at_ms < until * HOUR_MS and surge.until_ms > since * HOUR_MS for surge in surges):
            continue
        for hour in _poisson(since, until, rate * most, chance):
            more = max(0.0, _factor(surges, hour * HOUR_MS) - 1.0)
            if chance.happens(height(curve, hour) / highest * more / most):
                yield int(hour * HOUR_MS)


def _thinned(usual: Iterator[int], surges: Sequence[Surge], chance: Chance) -> Iterator[int]:
    """What is left of the usual while the factor is below 1."""
    for time_ms in usual:
        factor = _factor(surges, time_ms)
        if factor >= 1.0 or chance.happens(factor):
            yield time_ms


def _factor(surges: Sequence[Surge], time_ms: float) -> float:
    return prod(surge.factor for surge in surges if surge.holds(time_ms))


def _rates(queue: QueueProfile, by_half_hour: dict[int, float]) -> Iterator[tuple[int, float, float]]:
    """(half-hour, the shape's greatest height in it, arrivals an hour at that height), where anybody calls at all."""
    curve = queue.shape
    per_hour = queue.contacts / (area(curve) or 1.0)
    for half_hour in half_hours(curve):
        since, until = half_hour / 2, half_hour / 2 + 0.5
        inside = [point[1] for point in curve if since <= point[0] <= until]
        highest = max(height(curve, since), height(curve, until - 1e-9), *inside, 0.0)
        rate = per_hour * by_half_hour[half_hour] * highest
        if rate:
            yield half_hour, highest, rate


def _poisson(since: float, until: float, rate: float, chance: Chance) -> Iterator[float]:
    """The instants of a steady process, in hours."""
    hour = since + chance.exponential(1 / rate)
    while hour < until:
        yield hour
        hour += chance.exponential(1 / rate)
