"""Required agents: the least number that keeps every limit, and how many to schedule for it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.metrics.service_level import FORMULAS
from floorwatch.metrics.staffing.equilibrium import Load
from floorwatch.metrics.staffing.required import (
    Limits,
    least_number,
    queue_of,
    required_agents,
    scheduled_agents,
)


@given(
    offered=st.floats(0.02, 60.0),
    patience_s=st.one_of(st.none(), st.floats(10.0, 2000.0)),
    target=st.floats(0.3, 0.99),
    formula=st.sampled_from(FORMULAS),
    occupancy_max=st.one_of(st.none(), st.floats(0.3, 1.0)),
)
def test_the_least_number_keeps_the_limits_and_none_below_does(
    offered: float, patience_s: float | None, target: float, formula: str, occupancy_max: float | None
) -> None:
    """Found by halving, it is what a search from one agent upwards finds."""
    load = Load(offered * 10, 1800.0, 180.0)
    limits = Limits(target, formula, 20.0, 5.0, occupancy_max=occupancy_max, p_abandon_max=0.4)  # type: ignore[arg-type]
    upwards = next(n for n in range(1, 500) if limits.kept_by(queue_of(load, n, patience_s)))
    assert required_agents(load, patience_s, limits) == upwards


@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 300), st.sampled_from([0.0, 0.2, 1.0, 5.0]))
def test_the_search_finds_the_least(least: int, guess: int, last: int, power: float) -> None:
    """From any guess, whatever the margins look like; None where it lies beyond the last."""

    def margin(number: int) -> float:
        return abs(number - least + 0.5) ** power * (1 if number >= least else -1)

    assert least_number(margin, guess, last) == (least if least <= last else None)


def test_what_no_number_of_agents_reaches() -> None:
    """A target of 1, or a limit of 0, is reached by nobody; without contacts nobody is needed."""
    load = Load(100.0, 1800.0, 180.0)
    assert required_agents(load, 300.0, Limits(target=1.0)) is None
    assert required_agents(load, 300.0, Limits(occupancy_max=0.0)) is None
    assert required_agents(None, 300.0, Limits(target=0.8)) == 0


@pytest.mark.parametrize(
    ("agents", "shrinkage", "scheduled"), [(21, 0.3, 30), (42, 0.3, 60), (13, 0.3, 19), (9, 0.1, 10), (5, 0.0, 5)]
)
def test_shrinkage_in_decimal_arithmetic(agents: int, shrinkage: float, scheduled: int) -> None:
    """21 agents at 30 % are exactly 30: floats say 30.000000000000004, and would round up to 31."""
    assert scheduled_agents(agents, shrinkage) == scheduled


def test_everything_shrunk_away_is_refused() -> None:
    """At 100 % shrinkage nobody would ever be there."""
    with pytest.raises(ValueError, match="under 1"):
        scheduled_agents(5, 1.0)


def test_a_limit_reached_exactly_is_kept() -> None:
    """17 erlangs on 20 agents are 85 %, whatever the last bit of a float says."""
    assert required_agents(Load(170.0, 1800.0, 180.0), None, Limits(occupancy_max=0.85)) == 20
