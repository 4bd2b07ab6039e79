"""What so many agents make of the present queue: against the same written out in plain small steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.metrics.service_level import FORMULAS
from floorwatch.metrics.staffing.equilibrium import Load
from floorwatch.metrics.staffing.erlang_a import ErlangA
from floorwatch.metrics.staffing.recovery import Course, Situation, Tally, recovery
from floorwatch.metrics.staffing.targets import (
    best_of_rest,
    best_reachable,
    least_agents,
    needed_of_rest,
    point_of_no_return,
)
from floorwatch.metrics.staffing.transient import EXACT
from tests.metrics.staffing import brute

NOW = Situation(
    waited_s=(31.0, 12.0, 7.0, 2.0),
    busy=3,
    agents=3,
    arrivals=((30.0, 0.06), (60.0, 0.02)),
    aht_s=40.0,
    patience_s=50.0,
    hits=0,
    decided=0,
    formula="short_abandons_excluded",
    threshold_s=20.0,
    short_abandon_s=5.0,
)
BUSY = Situation(
    waited_s=tuple(range(60, 0, -5)),
    busy=20,
    agents=20,
    arrivals=((900.0, 0.12),),
    aht_s=180.0,
    patience_s=240.0,
    hits=80,
    decided=100,
    formula="short_abandons_excluded",
    threshold_s=20.0,
    short_abandon_s=5.0,
)


def recounted(now: Situation, agents: Callable[[float], int]) -> Tally:
    """The same by small steps: each waiting contact, and arrivals every second at the law of that moment."""
    mu, theta, end = 1 / now.aht_s, 1 / (now.patience_s or 1e12), now.remaining_s
    found = Tally()
    for place, waited in enumerate(now.waited_s):
        if waited < now.threshold_s:
            found += _fate(now, agents, now.busy + place, 0.0, waited, 1.0)
    shares = [float(k == now.busy + len(now.waited_s)) for k in range(19)]
    step = 1.0
    for tick in range(int(end / step)):
        at = (tick + 0.5) * step
        rate = next(rate for until, rate in now.arrivals if at < until)
        slope = brute.chain_slope(rate, mu, theta, agents)
        shares = brute.stepped(slope, shares, tick * step, at, 2)
        for present, share in enumerate(shares):
            if share * rate > 1e-7:
                found += _fate(now, agents, present, at, 0.0, share * rate * step)
        shares = brute.stepped(slope, shares, at, (tick + 1) * step, 2)
    return found


def _fate(
    now: Situation, agents: Callable[[float], int], present: int, at: float, waited: float, weight: float
) -> Tally:
    mu, theta = 1 / now.aht_s, 1 / (now.patience_s or 1e12)
    left, remaining = now.threshold_s - waited, now.remaining_s - at
    answered, waiting = brute.fates(mu, theta, agents, present, at, min(left, remaining), 16)
    short = now.short_abandon_s - waited
    gone_short = 0.0
    if short > 0:
        early, still = brute.fates(mu, theta, agents, present, at, min(short, remaining), 4)
        gone_short = 1 - early - still
    past, undecided = (waiting, 0.0) if left <= remaining else (0.0, waiting)
    parts = (answered, gone_short, 1 - answered - waiting, past, undecided)
    return Tally(*(weight * part for part in parts))


@pytest.mark.parametrize(
    ("agents", "from_s"), [(3, 0.0), (5, 0.0), (4, 25.0)], ids=["as now", "two more", "one more, later"]
)
def test_against_small_steps(agents: int, from_s: float) -> None:
    """Hits, misses, abandons and what stays undecided, with agents who come now, or after 25 s: all but 2 in 1,000."""
    found = Course(NOW, agents, from_s, EXACT).tally(NOW.remaining_s)
    exact = recounted(NOW, lambda at: NOW.agents if at < from_s else agents)
    for part in ("answered", "abandoned_short", "abandoned", "past", "undecided"):
        assert getattr(found, part) == pytest.approx(getattr(exact, part), abs=0.008), part


def test_live_accuracy_is_enough() -> None:
    """On watched floors the quick course is off by less than 0.0001 of a service level."""
    for now in (BUSY, replace(BUSY, busy=60, agents=60, arrivals=((1800.0, 0.35),)), replace(BUSY, patience_s=None)):
        for agents in (now.agents - 2, now.agents, now.agents + 5):
            quick, exact = Course(now, agents).recovery(), Course(now, agents, 0.0, EXACT).recovery()
            assert quick.level == pytest.approx(exact.level, abs=1e-4)
            assert quick.looks[-1].waiting == pytest.approx(exact.looks[-1].waiting, rel=2e-3, abs=1e-3)


def test_a_long_period_ends_in_the_equilibrium() -> None:
    """Over a hundred hours from an empty queue the level by arrival is that of Erlang A, by every formula."""
    now = replace(BUSY, waited_s=(), busy=18, arrivals=((360_000.0, 0.12),), hits=0, decided=0)
    queue = ErlangA(Load(0.12 * 1800, 1800.0, 180.0), 20, 240.0)
    for formula in FORMULAS:
        found = recovery(replace(now, formula=formula), 20)
        assert found.level == pytest.approx(queue.service_level(formula, 20.0, 5.0), abs=4e-4), formula


@settings(max_examples=50)
@given(
    waited=st.lists(st.floats(0.0, 90.0), max_size=12),
    busy=st.integers(0, 12),
    agents=st.integers(0, 15),
    from_s=st.sampled_from([0.0, 7.0, 100.0]),
    formula=st.sampled_from(FORMULAS),
    threshold_s=st.sampled_from([0.0, 5.0, 20.0, 200.0]),
)
def test_every_contact_is_counted_once(
    waited: list[float], busy: int, agents: int, from_s: float, formula: str, threshold_s: float
) -> None:
    """Who waits in time and who comes is hit, gone, past T or undecided at the end; levels lie between 0 and 1."""
    now = replace(NOW, waited_s=tuple(sorted(waited, reverse=True)), busy=busy, threshold_s=threshold_s)
    now = replace(now, formula=formula, arrivals=((60.0, 0.1), (150.0, 0.03)))
    course = Course(now, agents, from_s)
    found = course.tally(now.remaining_s)
    in_time = sum(one < threshold_s for one in waited)
    counted = found.answered + found.abandoned + found.past + found.undecided
    assert counted == pytest.approx(in_time + 60 * 0.1 + 90 * 0.03, abs=1e-3)
    assert found.abandoned_short <= found.abandoned + 1e-9
    level = course.recovery().level
    assert level is None or -1e-6 <= level <= 1 + 1e-6


def test_the_backlog_is_gone_sooner_with_more_agents() -> None:
    """Twelve wait: with the present agents they stay, with more they are gone, sooner the more there are."""
    gone = [recovery(BUSY, agents).gone_s for agents in (20, 24, 30, 40)]
    assert gone[0] is None
    assert gone[1] is not None
    assert gone[2] is not None
    assert gone[1] > gone[2] > 0
    assert gone[3] == 0, "twenty free agents take all twelve at once"


def test_nothing_left_of_the_period() -> None:
    """At the end of a period what is decided is what it is."""
    found = recovery(replace(BUSY, arrivals=()), 20)
    assert (found.hits, found.decided, found.level) == (80, 100, 0.8)
    assert recovery(replace(BUSY, arrivals=(), hits=0, decided=0), 20).level is None


def test_to_recover_by_arithmetic() -> None:
    """`terms.md`, "To recover": 92 % of the rest; at best 79.0 %, which cannot be recovered."""
    assert needed_of_rest(0.8, 420, 600, 500) == pytest.approx(0.92)
    assert best_of_rest(690, 900, 100) == pytest.approx(0.79)
    assert needed_of_rest(0.8, 690, 900, 100) == pytest.approx(1.10)
    assert needed_of_rest(0.8, 100, 100, 10) == 0
    assert needed_of_rest(0.8, 10, 10, 0) is None
    assert best_of_rest(0, 0, 0) is None


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_least_number_is_least(formula: str) -> None:
    """With it the target is met at the end, with one agent fewer it is not; acting later needs no fewer."""
    now = replace(BUSY, formula=formula)  # type: ignore[arg-type]
    agents = least_agents(now, 0.8)
    assert agents is not None
    with_it, without = (recovery(now, number).level for number in (agents, agents - 1))
    assert with_it is not None
    assert without is not None
    assert with_it >= 0.8 > without
    later = least_agents(now, 0.8, 90.0)
    assert later is not None
    assert later >= agents


def test_what_can_no_longer_be_reached() -> None:
    """Best reachable = everyone who is not past T yet is a hit; under the target nothing helps, and it is too late."""
    lost = replace(BUSY, hits=20)
    in_time = sum(waited < 20 for waited in lost.waited_s)
    best = (20 + in_time + 108) / (100 + in_time + 108)
    assert best_reachable(lost) == pytest.approx(best, abs=1e-4)
    assert best_of_rest(20, 100, in_time + 108) == pytest.approx(best)
    assert (least_agents(lost, 0.8), point_of_no_return(lost, 0.8)) == (None, None)


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize("hits", [60, 80, 95])
def test_after_the_point_of_no_return_nothing_helps(formula: str, hits: int) -> None:
    """Acting just before it still reaches the target, acting some seconds after it does not."""
    now = replace(BUSY, formula=formula, hits=hits)  # type: ignore[arg-type]
    until = point_of_no_return(now, 0.8)
    if until is None:
        assert (best_reachable(now) or 0) < 0.8
        return
    assert 0 <= until < 900
    before, after = best_reachable(now, max(0.0, until - 12)), best_reachable(now, until + 12)
    assert before is not None
    assert after is not None
    assert before >= 0.8 > after


def test_a_target_that_is_met_anyway_has_no_such_point() -> None:
    """It is met without acting: the end of the period."""
    calm = replace(BUSY, waited_s=(), busy=12, arrivals=((900.0, 0.06),))
    assert point_of_no_return(calm, 0.8) == 900.0
