from __future__ import annotations

from collections import Counter
from dataclasses import replace
from statistics import fmean, pvariance

import pytest

from simulators.chance import Chance
from simulators.customers import arrivals, height, patience_ms
from simulators.old_profile import M_SHAPE, SMALL, Surge, time_of_day_ms

HALF_HOUR_MS = 1_800_000
QUEUE = SMALL.queues[0]


def half_hours(seed: int) -> Counter[int]:
    """Arrivals of one day by half-hour of the day."""
    return Counter(ms // HALF_HOUR_MS for ms in arrivals(SMALL, QUEUE, Chance.of(seed)))


def test_the_day_has_the_shape_of_an_m() -> None:
    """Over 200 days each half-hour's mean is the area under the curve, within five standard errors."""
    days = [half_hours(seed) for seed in range(200)]
    for half_hour in range(16, 36):
        counts = [day[half_hour] for day in days]
        steps = [height(M_SHAPE, half_hour / 2 + (step + 0.5) / 200) for step in range(100)]
        expected = QUEUE.peak_per_hour / 2 * fmean(steps)
        assert fmean(counts) == pytest.approx(expected, abs=5 * (pvariance(counts) / len(days)) ** 0.5)
    total = Counter[int]()
    for day in days:
        total.update(day)
    late_morning, noon, afternoon = total[20] + total[21], total[25] + total[26], total[29] + total[30]
    assert late_morning > afternoon > noon
    assert not total.keys() - range(16, 36)


def test_the_rate_itself_is_uncertain() -> None:
    """Half-hour counts vary across days far more than a Poisson process of known rate would."""
    counts = [half_hours(seed)[20] for seed in range(200)]
    assert pvariance(counts) / fmean(counts) > 2


def test_a_surge_multiplies_arrivals_inside_its_time_only() -> None:
    """Three times the contacts from 14:00 to 15:00, as many as ever before and after."""
    surge = Surge(QUEUE.name, time_of_day_ms(14), time_of_day_ms(15), 3.0)
    steady = replace(SMALL, day_cv=0.0, interval_cv=0.0)
    plain, surged = Counter[int](), Counter[int]()
    for seed in range(30):
        plain.update(ms // 3_600_000 for ms in arrivals(steady, QUEUE, Chance.of(seed)))
        surged.update(ms // 3_600_000 for ms in arrivals(replace(steady, surges=(surge,)), QUEUE, Chance.of(seed)))
    assert surged[14] / plain[14] == pytest.approx(3, rel=0.1)
    assert surged[13] / plain[13] == pytest.approx(1, rel=0.1)
    assert surged[15] / plain[15] == pytest.approx(1, rel=0.1)


def test_patience_is_not_exponential() -> None:
    """Some hang up at once, more right after an announcement than before it, and half wait over three minutes."""
    chance = Chance.of("patience")
    waits = [patience_ms(QUEUE, chance) for _ in range(20_000)]
    hung_up = sum(wait < 10_000 for wait in waits)
    assert hung_up > 2 * sum(10_000 <= wait < 20_000 for wait in waits)
    for announcement in (26_000, 52_000):
        before = sum(announcement - 3_000 <= wait < announcement for wait in waits)
        after = sum(announcement <= wait < announcement + 3_000 for wait in waits)
        assert after > 2 * before
    assert sorted(waits)[len(waits) // 2] > 180_000
