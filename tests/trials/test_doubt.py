"""What is taken to be so: rates as their counts leave them open, and changes that are seen when they have come."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from floorwatch.metrics.measured import Recent, Stretch
from floorwatch.trials.advise import advise
from floorwatch.trials.doubt import ARRIVALS, HANDLING, Counted, Habit, Law, gamma_quantile, laws_of, rates
from tests.trials.asking import AHT_S, AT, asked

HOUR = (300.0, 600.0, 900.0, 1800.0)
"""Seconds of its stretches, the latest first."""


def counted(*events: float) -> list[Counted]:
    """The last hour, with so many events in each stretch."""
    ages, ago = [], 0.0
    for over in HOUR:
        ages.append(ago + over / 2)
        ago += over
    return [Counted(*one) for one in zip(events, HOUR, ages, strict=True)]


def mean(laws: list[Law]) -> float:
    """The rate that is expected."""
    return sum(law.weight * law.events / law.over_s for law in laws)


def spread(laws: list[Law]) -> float:
    """Its standard deviation over its mean."""
    square = sum(law.weight * law.events * (law.events + 1) / law.over_s**2 for law in laws)
    return float((square / mean(laws) ** 2 - 1) ** 0.5)


@pytest.mark.parametrize("habit", [ARRIVALS, HANDLING])
def test_weights_are_a_distribution_and_nothing_is_expected_of_a_steady_hour_but_its_rate(habit: Habit) -> None:
    """A steady 0.1 a second is expected to be 0.1, whatever may have changed."""
    laws = laws_of(counted(30, 60, 90, 180), habit)
    assert sum(law.weight for law in laws) == pytest.approx(1)
    assert mean(laws) == pytest.approx(0.1, rel=0.03)
    assert laws[0].weight > 0.5


def test_a_surge_of_minutes_is_seen_at_once_where_it_is_more_than_chance() -> None:
    """Half as many again in the last five minutes: of 400 an hour a moot point, of 4,000 as good as certain."""
    small, large = (laws_of(counted(45 * size, 60 * size, 90 * size, 180 * size), ARRIVALS) for size in (1, 10))
    assert small[0].weight > 0.1
    assert 0.11 < mean(small) < 0.14
    assert large[0].weight < 0.001
    assert large[1].weight > 0.9
    assert mean(large) == pytest.approx(1.5, rel=0.03)


def test_what_is_counted_less_is_known_worse() -> None:
    """Ten contacts tell less than a hundred, those less than a thousand."""
    known = [spread(laws_of(counted(size, 2 * size, 3 * size, 6 * size), ARRIVALS)) for size in (1, 10, 100)]
    assert known == sorted(known, reverse=True)
    assert known[0] > 0.3
    assert known[-1] < 0.12


def test_rates_that_are_drawn_have_the_law_they_are_drawn_from() -> None:
    """The mean of what three hundred trials take, and how far they lie apart."""
    question = asked(rate=0.1)
    assert question.situation is not None
    taken = list(rates(question, question.situation, 300, Random("law")))
    laws = laws_of([Counted(90, 900.0, 450.0)], ARRIVALS)
    come = [one.arrivals[0][1] for one in taken]
    assert sum(come) / 300 == pytest.approx(mean(laws), rel=0.01)
    deviation = (sum((one - mean(laws)) ** 2 for one in come) / 300) ** 0.5
    assert deviation / mean(laws) == pytest.approx(spread(laws), rel=0.1)
    assert sum(one.aht_s for one in taken) / 300 == pytest.approx(AHT_S, rel=0.02)
    assert len({one.aht_s for one in taken}) == 300


@pytest.mark.parametrize(("share", "shape", "exact"), [(0.5, 1, 0.6931), (0.9, 10, 1.4206), (0.05, 4, 0.3416)])
def test_gamma_quantiles(share: float, shape: float, exact: float) -> None:
    """Against printed tables (chi-squared with twice the shape degrees of freedom), within 2 parts in a hundred."""
    assert gamma_quantile(share, shape) == pytest.approx(exact, rel=0.02)


def test_too_few_handled_in_the_last_hour_are_not_what_handling_is_known_by() -> None:
    """Three of the hour say less than the day's two hundred: those hold."""
    question = replace(asked(handled=200), recent=Recent((Stretch(900_000, 45, 3, 3_000_000),), 0))
    assert question.situation is not None
    taken = list(rates(question, question.situation, 100, Random("day")))
    assert sum(one.aht_s for one in taken) / 100 == pytest.approx(AHT_S, rel=0.03)


def test_a_day_comes_as_it_is_forecast() -> None:
    """Of a day the forecast's shape is kept, and only how much of it comes is in doubt."""
    question = asked(rate=0.1, left_s=7200.0)
    assert question.situation is not None
    steps = ((3600.0, 0.01), (7200.0, 0.04))
    day = replace(
        question,
        policy=replace(question.policy, per="day"),
        situation=replace(question.situation, arrivals=steps),
        until=AT + 7_200_000,
    )
    assert day.situation is not None
    taken = list(rates(day, day.situation, 200, Random("forecast")))
    assert all(one.arrivals[1][1] / one.arrivals[0][1] == pytest.approx(4) for one in taken)
    assert sum(one.arrivals[0][1] for one in taken) / 200 == pytest.approx(0.01, rel=0.02)
    assert advise(day).needed is not None
