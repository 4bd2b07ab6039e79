from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from math import exp, log, sqrt
from statistics import fmean
from typing import Any

import pytest

from simulators.chance import Chance
from simulators.flow.arrivals import area, arrivals, factors
from simulators.incidents.model import Surge
from simulators.profile import FloorProfile, QueueProfile
from simulators.profile.model import HOUR_MS
from simulators.theory.student import deviation_of, t_quantile

HALF_HOUR_MS = HOUR_MS // 2
ONE_IN_A_THOUSAND = 0.001
KOLMOGOROV = sqrt(-log(ONE_IN_A_THOUSAND / 2) / 2)
"""The largest distance of an empirical law from the true one exceeds this / sqrt(n) in one case of a thousand."""
M_SHAPED = [[8, 0.3], [9, 0.8], [10.5, 1.0], [13, 0.5], [15, 0.8], [18, 0.2]]


def floor_of(shapes: Sequence[list[list[float]]], contacts: float, **of_the_day: Any) -> FloorProfile:
    """A floor with a queue for each shape; nobody needs to answer here."""
    return FloorProfile.model_validate(
        {
            "name": "arrivals",
            "shifts": {"day": {"spans": ["08:00-18:00"]}},
            "queues": {f"q{n}": {"contacts": contacts, "shape": shape} for n, shape in enumerate(shapes)},
            "teams": {"team": {"agents": 1, "queues": ["q0"], "shifts": ["day"]}},
            **of_the_day,
        }
    )


def day_of(profile: FloorProfile, day: int, surges: Sequence[Surge] = ()) -> list[int]:
    """The arrival times of all queues on one day, milliseconds since midnight, seed 1."""
    by_half_hour = factors(profile, 0, Chance.of(1, day, "volume"))
    return sorted(
        time_ms
        for name, queue in profile.queues.items()
        for time_ms in arrivals(queue, by_half_hour, surges, Chance.of(1, day, "arrivals", name))
    )


def distance(sample: Sequence[float], law: Callable[[float], float]) -> float:
    """Kolmogorov's and Smirnov's: sqrt(n) times the largest difference of the two distribution functions."""
    n = len(sample)
    steps = ((rank, law(value)) for rank, value in enumerate(sorted(sample)))
    return sqrt(n) * max(max(p - rank / n, (rank + 1) / n - p) for rank, p in steps)


def agrees(values: list[float], expected: float) -> bool:
    """Whether the mean of independent values is the expected one, by Student's t at 99.9 %."""
    reach = t_quantile(ONE_IN_A_THOUSAND / 2, len(values) - 1) * deviation_of(values) / sqrt(len(values))
    return abs(fmean(values) - expected) <= reach and reach < expected / 3


def dispersion(profile: FloorProfile, days: int) -> list[float]:
    """Of each day: the mean over half-hours of (count - mean) ** 2 / mean, the mean being the exact one of all days."""
    means: Counter[int] = Counter()
    for queue in profile.queues.values():
        for half_hour in range(96):
            share = area(queue.shape, half_hour / 2, half_hour / 2 + 0.5) / area(queue.shape)
            means[half_hour] += queue.contacts * share  # type: ignore[assignment]
    touched = [half_hour for half_hour, mean in means.items() if mean > 0]
    found = []
    for day in range(days):
        counts = Counter(time_ms // HALF_HOUR_MS for time_ms in day_of(profile, day))
        found.append(sum((counts[at] - means[at]) ** 2 / means[at] for at in touched) / len(touched))
    return found


def test_a_flat_rate_gives_exponential_times_between_arrivals() -> None:
    """The times between 20,000 arrivals follow the exponential law, and each says nothing of the next."""
    mean_ms = 86_400_000 / 4_000
    profile = floor_of([[[0, 1], [24, 1]]], 4_000, day_cv=0, overdispersion=0)
    days = [day_of(profile, day) for day in range(5)]
    gaps = [later - earlier for times in days for earlier, later in pairwise(times)]
    assert len(gaps) > 19_000
    assert distance(gaps, lambda gap_ms: 1 - exp(-(gap_ms + 0.5) / mean_ms)) < KOLMOGOROV  # instants are rounded down
    centred = [gap / mean_ms - 1 for gap in gaps]
    neighbours = sum(one * other for one, other in pairwise(centred))
    assert abs(neighbours) / sqrt(len(gaps)) < 3.3


def test_a_rate_without_chance_of_its_own_gives_poisson_counts() -> None:
    """Without day and half-hour factors the variance of half-hour counts is their mean, on a shape that is not flat."""
    assert agrees(dispersion(floor_of([M_SHAPED], 900, day_cv=0, overdispersion=0), 80), 1.0)


@pytest.mark.parametrize("contacts", [250, 2_500])
def test_counts_of_half_hours_are_as_dispersed_as_the_profile_says(contacts: float) -> None:
    """Given the day, variance over mean of half-hour counts is 1 + overdispersion at any volume."""
    assert agrees(dispersion(floor_of([M_SHAPED], contacts, day_cv=0, overdispersion=1.8), 100), 2.8)


def test_the_half_hour_factor_is_the_floors() -> None:
    """With two queues of different shapes, the counts of the whole floor are dispersed by 1 + overdispersion."""
    profile = floor_of([M_SHAPED, [[6, 1], [22, 1]]], 700, day_cv=0, overdispersion=1.8)
    assert agrees(dispersion(profile, 100), 2.8)


def test_counts_across_days_also_carry_the_days_factor() -> None:
    """Across days, variance over mean is 1 + overdispersion + mean x day_cv ** 2: real floors have 5 to 10."""
    profile = floor_of([[[8, 1], [18, 1]]], 2_000, day_cv=0.19, overdispersion=1.8)
    assert agrees(dispersion(profile, 200), 2.8 + 100 * 0.19**2)


def test_thinning_is_exact_on_a_steep_shape() -> None:
    """Arrivals on a shape with a cliff, a spike and a gap follow the shape's own integral."""
    steep = [[9, 0], [9.4, 1], [9.4, 0.05], [10.2, 0.05], [10.3, 3], [10.4, 0], [11, 0], [11, 0.7], [12.7, 0]]
    profile = floor_of([steep], 4_000, day_cv=0, overdispersion=0)
    curve = profile.queues["q0"].shape
    times = [time_ms for day in range(5) for time_ms in day_of(profile, day)]
    assert len(times) > 19_000
    assert distance(times, lambda time_ms: area(curve, 0, (time_ms + 0.5) / HOUR_MS) / area(curve)) < KOLMOGOROV


def test_thinning_is_exact_in_a_surge() -> None:
    """A surge that begins and ends within half-hours multiplies the rate there, and nowhere else."""
    surge = Surge.model_validate({"kind": "surge", "at": "10:10", "until": "11:20", "factor": 4})
    since, until = 10 + 10 / 60, 11 + 20 / 60
    profile = floor_of([M_SHAPED], 3_000, day_cv=0, overdispersion=0)
    queue: QueueProfile = profile.queues["q0"]

    def expected(hour: float) -> float:
        surging = area(queue.shape, since, min(max(hour, since), until))
        return (area(queue.shape, 0, hour) + 3 * surging) / area(queue.shape)

    days = [day_of(profile, day, [surge]) for day in range(5)]
    assert agrees([float(len(times)) for times in days], 3_000 * expected(24))
    times = [time_ms for day in days for time_ms in day]
    assert distance(times, lambda time_ms: expected((time_ms + 0.5) / HOUR_MS) / expected(24)) < KOLMOGOROV
