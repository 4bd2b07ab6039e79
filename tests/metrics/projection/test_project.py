"""A projection is a distribution of the level at the end: what must hold of it on any floor."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.metrics.projection.fitted import FITTED
from floorwatch.metrics.projection.law import TERMS, line_share
from floorwatch.metrics.projection.project import project
from floorwatch.metrics.projection.state import Period, QueueState, Usual, Waiting
from floorwatch.metrics.staffing.targets import best_of_rest
from tests.metrics.projection.states import NOW, any_state, flow, period, state, usual_day


@settings(max_examples=60, deadline=None)
@given(any_state(), st.integers(0, 86_400_000), st.integers(0, 3000), st.floats(0, 1))
def test_bands_are_in_order_and_probabilities_add_up(
    known: QueueState, left_ms: int, decided: int, level: float
) -> None:
    """On any floor and for any time left: low <= median <= high, all within 0 to 1, probabilities of 1 together."""
    asked = Period(NOW + left_ms - 86_400_000, NOW + left_ms, int(level * decided), decided)
    found = project(known, asked)
    if found is None:
        assert decided == 0
        return
    assert 0 <= found.low <= found.median <= found.high <= 1
    assert sum(probability for _, probability in found.levels) == pytest.approx(1)
    assert [one for one, _ in found.levels] == sorted({one for one, _ in found.levels})
    most = _largest(found.to_come)
    best = best_of_rest(asked.hits, asked.decided, most)
    assert best is not None
    assert asked.hits / (asked.decided + most) - 1e-9 <= found.levels[0][0]
    assert found.levels[-1][0] <= best + 1e-9


def _largest(to_come: float) -> float:
    """More decisions than their distribution reaches to: 1.74 standard deviations, and one for rounding."""
    return to_come + 1.74 * sqrt(to_come + 0.04 * to_come * to_come) + 1


@settings(max_examples=30, deadline=None)
@given(any_state(), st.integers(1, 500), st.floats(0, 1))
def test_at_the_end_the_projection_is_the_level(known: QueueState, decided: int, level: float) -> None:
    """When no time is left, what has been decided is all there is."""
    asked = period(0, int(level * decided), decided)
    found = project(known, asked)
    assert found is not None
    assert found.low == found.median == found.high == asked.hits / decided
    assert found.to_come == 0


def test_nothing_decided_and_nothing_expected_is_no_projection() -> None:
    """An empty queue of which nothing is known has no level, and so none at its end."""
    assert project(state(per_minute=0), period(0, 0, 0)) is None


@pytest.mark.parametrize("minutes", [15, 10, 5])
def test_a_line_of_waiting_contacts_lowers_the_projection(minutes: int) -> None:
    """Of two floors with the same past, the one with a long line ends worse."""
    asked = period(minutes, 40, 50)
    calm, full = project(state(free=4), asked), project(state(waiting=20, oldest_ms=19_000), asked)
    assert calm is not None
    assert full is not None
    assert full.median < calm.median - 0.02


def test_free_agents_are_worth_nothing_while_somebody_waits_long() -> None:
    """Agents who look free while a contact has waited for minutes cannot take it."""
    end = NOW + 600_000
    waiting: dict[str, Any] = {"pool_waiting": 6.0, "pool_longest_ms": 120_000}
    assert line_share(state(free=5, **waiting), end) == line_share(state(free=0, **waiting), end)
    assert line_share(state(free=5), end) > line_share(state(free=0), end)


def test_the_band_narrows_towards_the_end() -> None:
    """The less is to come, the surer the end."""
    widths = []
    for minutes in (20, 10, 3, 0.2):
        found = project(state(), period(minutes, 40, 50))
        assert found is not None
        widths.append(found.high - found.low)
    assert widths == sorted(widths, reverse=True)


def test_a_forecast_says_how_many_are_to_come() -> None:
    """Where arrivals are given, they count in the place of what recent times say: few leave the day as it is."""
    asked = Period(NOW - 8 * 3_600_000, NOW + 4 * 3_600_000, 300, 600)
    few, many = project(state(), asked, arrivals=10), project(state(), asked, arrivals=900)
    assert few is not None
    assert many is not None
    assert few.to_come < 11
    assert many.to_come > 800
    assert abs(few.median - 0.5) < 0.02
    assert many.median > 0.6


def test_mail_that_is_due_is_decided_one_by_one() -> None:
    """With a threshold of hours what waits now is what will be decided: what is behind in its line misses."""
    mail = replace(
        state(per_minute=0.2, waiting=0), threshold_ms=14_400_000, pool_waiting=20.0, pool_longest_ms=14_390_000,
        waiting=tuple(Waiting(14_390_000 - 30_000 * place, place) for place in range(20)),
    )  # fmt: skip
    asked = period(10, 20, 20)
    found = project(mail, asked)
    assert found is not None
    assert found.to_come == pytest.approx(20, abs=1)
    assert found.median < 0.65


def test_where_the_day_usually_recovers_the_projection_rises() -> None:
    """Days before were bad in this half-hour's beginning and good in its end: today is expected to follow."""
    day_start = NOW - NOW % 86_400_000
    now_at = (NOW - day_start) // 900_000
    worse = [(30.0, 24.0, 30.0)] * 96
    worse[now_at - 1] = worse[now_at - 2] = (30.0, 3.0, 30.0)
    flat = [(30.0, 24.0, 30.0)] * 96
    found = [
        project(state(level=0.5, usual=Usual(day_start, 900_000, ((usual_day(slots), 1.0, True),))), period(15, 15, 30))
        for slots in (flat, worse)
    ]
    assert found[0] is not None
    assert found[1] is not None
    assert found[1].median > found[0].median


def test_a_small_queue_of_a_new_floor_has_a_projection() -> None:
    """Two contacts decided, no history, one agent: a wide band, not a failure."""
    known = state(per_minute=0.1, usual=Usual(0, 900_000), today=(0.0, 0.0))
    found = project(known, period(10, 1, 2))
    assert found is not None
    assert found.high - found.low > 0.1


def test_the_law_has_a_weight_for_every_term() -> None:
    """The fitted module and the law speak of the same terms."""
    assert tuple(FITTED.weights) == TERMS


def test_the_page_shows_the_weights_that_are_used() -> None:
    """The table of `docs/projection.md` is that of the fitted module."""
    page = (Path(__file__).parents[3] / "docs/projection.md").read_text()
    for name, (a, b) in FITTED.weights.items():
        row = next(row for row in page.splitlines() if row.startswith(f"| `{name}` |"))
        assert row.endswith(f"| {a:.2f} | {b:+.2f} |")


def test_steady_flow_stays() -> None:
    """Nothing waits, some are free, the level is what it always was: the projection is near it."""
    found = project(state(level=0.8, free=1, own={n: flow(2, 0.8, s) for n, s in _SPANS}), period(10, 32, 40))
    assert found is not None
    assert 0.75 < found.median < 0.95


_SPANS = (("5m", 300), ("15m", 900), ("30m", 1800), ("60m", 3600))
