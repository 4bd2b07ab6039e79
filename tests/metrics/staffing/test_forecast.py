"""Agents by interval, and the rest of a day re-forecast from what came so far."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.metrics.staffing.forecast import Planned, needs, reforecast
from floorwatch.metrics.staffing.required import Limits

HALF_HOUR = 1_800_000


def day(*contacts: float) -> list[Planned]:
    return [Planned(place * HALF_HOUR, (place + 1) * HALF_HOUR, each) for place, each in enumerate(contacts)]


def test_agents_of_every_interval() -> None:
    """100 contacts of 3 min in half an hour need 14 by Erlang C at 80 % in 20 s, 13 by Erlang A; nobody needs none."""
    intervals = [*day(100.0, 0.0), Planned(2 * HALF_HOUR, 3 * HALF_HOUR, 100.0, aht_s=60.0)]
    patient = needs(intervals, 180.0, None, Limits(target=0.8), 0.3)
    assert [need.agents for need in patient] == [14, 0, 5]
    assert [need.scheduled for need in patient] == [20, 0, 8]
    assert patient[0].level == pytest.approx(0.8884, abs=5e-5)
    assert (patient[1].level, patient[1].occupancy, patient[1].offered) == (None, None, 0.0)
    impatient = needs(intervals, 180.0, 300.0, Limits(target=0.8), 0.3)
    assert (impatient[0].agents, impatient[0].model) == (13, "erlang_a")


def test_a_target_of_everything_needs_no_number() -> None:
    """None, not a large number."""
    (need,) = needs(day(100.0), 180.0, None, Limits(target=1.0))
    assert (need.agents, need.scheduled, need.level) == (None, None, None)


def test_a_busy_morning_raises_the_rest() -> None:
    """1,040 expected, 1,240 came: 89 % of the surplus is believed; the running half-hour keeps what is left of it."""
    found = reforecast(day(500.0, 500.0, 400.0, 300.0), 1240, int(2.1 * HALF_HOUR))
    assert found.expected == pytest.approx(1040)
    assert found.weight == pytest.approx(0.0225 / (0.0225 + 2.8 / 1040))
    assert found.factor == pytest.approx(1 + found.weight * (1240 / 1040 - 1))
    assert [(planned.start, planned.end) for planned in found.rest] == [
        (int(2.1 * HALF_HOUR), 3 * HALF_HOUR),
        (3 * HALF_HOUR, 4 * HALF_HOUR),
    ]
    assert [planned.contacts for planned in found.rest] == pytest.approx([360 * found.factor, 300 * found.factor])


def test_nothing_expected_yet_changes_nothing() -> None:
    """Before the day begins there is no ratio, and the forecast stands."""
    found = reforecast(day(10.0), 3, 0)
    assert (found.ratio, found.weight, found.factor) == (None, 0.0, 1.0)
    assert found.rest == tuple(day(10.0))


@given(st.lists(st.floats(0.0, 500.0), min_size=1, max_size=20), st.integers(0, 2000), st.floats(0.0, 1.0))
def test_the_factor_lies_between_the_forecast_and_the_ratio(contacts: list[float], actual: int, passed: float) -> None:
    """The more has been expected, the nearer to the ratio; no contact is forecast twice."""
    intervals = day(*contacts)
    now = int(passed * intervals[-1].end)
    found = reforecast(intervals, actual, now)
    low, high = sorted((1.0, 1.0 if found.ratio is None else found.ratio))
    assert low - 1e-9 <= found.factor <= high + 1e-9
    rest = sum(planned.contacts for planned in found.rest)
    assert rest == pytest.approx(found.factor * (sum(contacts) - found.expected), abs=1e-6)
