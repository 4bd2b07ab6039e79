"""Erlang C, Erlang A and patience of any law: against generators written out, against each other, at the extremes."""

from __future__ import annotations

from math import exp, isclose, isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.metrics.service_level import FORMULAS
from floorwatch.metrics.staffing.equilibrium import Equilibrium, Load
from floorwatch.metrics.staffing.erlang_a import ErlangA
from floorwatch.metrics.staffing.erlang_c import ErlangC, inverse_erlang_b
from floorwatch.metrics.staffing.general import GeneralPatience
from floorwatch.metrics.staffing.patience_laws import named_law
from tests.metrics.staffing import brute

LAWS = [
    ("deterministic", [60.0]),
    ("exponential", [120.0]),
    ("uniform", [300.0]),
    ("uniform", [20.0, 90.0]),
    ("weibull", [0.5, 120.0]),
    ("weibull", [2.5, 80.0]),
    ("gamma", [0.4, 200.0]),
    ("erlang", [3.0, 40.0]),
    ("lognormal", [4.0, 1.3]),
    ("hyperexp2", [0.2, 30.0, 1200.0]),
    ("exp_with_balk", [0.05, 500.0]),
]


@st.composite
def queues(draw: st.DrawFn) -> tuple[Load, int, float]:
    """Loads from a contact a day to hundreds at once, understaffed and overstaffed."""
    agents = draw(st.integers(1, 150))
    offered = agents * draw(st.floats(0.01, 3.0))
    aht_s = draw(st.floats(20.0, 1200.0))
    return Load(offered * 1800 / aht_s, 1800.0, aht_s), agents, draw(st.floats(5.0, 5000.0))


@pytest.mark.parametrize(("agents", "offered", "patience_s"), [(1, 0.4, 50.0), (3, 2.8, 120.0), (4, 9.0, 60.0)])
def test_the_chain_against_its_generator(agents: int, offered: float, patience_s: float) -> None:
    """Every figure of Erlang A, by elimination on the generator and the race of the line followed in small steps."""
    mu, theta, threshold_s = 1 / 100, 1 / patience_s, 25.0
    queue = ErlangA(Load(offered * 18, 1800.0, 100.0), agents, patience_s)
    highest = 45
    shares = brute.stationary(
        lambda _: offered * mu, lambda k: min(k, agents) * mu + max(0, k - agents) * theta, highest
    )
    waiting = [max(0, k - agents) for k in range(highest + 1)]
    assert queue.p_wait == pytest.approx(sum(shares[agents:]), rel=1e-9)
    assert queue.mean_queue == pytest.approx(brute.mean(waiting, shares), rel=1e-9)
    assert queue.occupancy == pytest.approx(
        brute.mean([min(k, agents) / agents for k in range(highest + 1)], shares), rel=1e-9
    )
    # What becomes of who finds 20 more waiting than agents no longer matters: their share is under 1e-9.
    found = [brute.fates(mu, theta, lambda _: agents, k, 0.0, threshold_s, 200) for k in range(agents + 20)]
    at_threshold = queue.within(threshold_s)
    seen = shares[: agents + 20]
    assert at_threshold.answered == pytest.approx(brute.mean([one for one, _ in found], seen), abs=2e-6)
    assert at_threshold.waiting == pytest.approx(brute.mean([other for _, other in found], seen), abs=2e-6)


@given(queues(), st.floats(0.0, 300.0))
def test_flows_balance(given_queue: tuple[Load, int, float], wait_s: float) -> None:
    """Who leaves the line is who came and is not answered; probabilities add up; waits are means of their parts."""
    load, agents, patience_s = given_queue
    queue = ErlangA(load, agents, patience_s)
    assert queue.mean_wait_all_s is not None
    assert queue.mean_queue is not None
    assert load.arrival_rate * queue.p_abandon == pytest.approx(queue.mean_queue / patience_s, rel=1e-11)
    assert queue.p_free + queue.p_wait == pytest.approx(1, abs=1e-12)
    parts = queue.mean_wait_answered_s * (1 - queue.p_abandon) + (queue.mean_wait_abandoned_s or 0) * queue.p_abandon
    assert queue.mean_wait_all_s == pytest.approx(parts, rel=1e-11)
    found = queue.within(wait_s)
    assert found.answered + found.abandoned + found.waiting == pytest.approx(1, abs=1e-11)
    assert 0 <= found.abandoned <= queue.p_abandon + 1e-12


@given(queues(), st.sampled_from(FORMULAS), st.floats(0.5, 200.0))
def test_more_agents_never_make_it_worse(
    given_queue: tuple[Load, int, float], formula: str, threshold_s: float
) -> None:
    """Service level by every formula, abandons, waits and occupancy: what the search for required agents rests on."""
    load, agents, patience_s = given_queue
    few, more = (ErlangA(load, number, patience_s) for number in (agents, agents + 1))
    short_s = threshold_s / 3
    lower, higher = (queue.service_level(formula, threshold_s, short_s) for queue in (few, more))  # type: ignore[arg-type]
    assert lower is not None
    assert higher is not None
    assert higher >= lower - 1e-12
    assert more.p_abandon <= few.p_abandon + 1e-13
    assert more.occupancy <= few.occupancy + 1e-13
    assert more.mean_wait_answered_s <= few.mean_wait_answered_s * (1 + 1e-12)


@given(queues(), st.floats(0.0, 200.0))
def test_two_ways_to_one_figure(given_queue: tuple[Load, int, float], wait_s: float) -> None:
    """The sum over the chain's states and the integral over the offered wait agree to 1e-10."""
    load, agents, patience_s = given_queue
    one, other = (
        ErlangA(load, agents, patience_s),
        GeneralPatience(load, agents, named_law("exponential", [patience_s])),
    )
    for figure in ("p_wait", "p_abandon", "mean_wait_all_s", "mean_wait_answered_s", "occupancy"):
        assert getattr(one, figure) == pytest.approx(getattr(other, figure), rel=1e-10, abs=1e-13), figure
    here, there = one.within(wait_s), other.within(wait_s)
    assert here.answered == pytest.approx(there.answered, abs=1e-11)
    assert here.waiting == pytest.approx(there.waiting, abs=1e-11)


@pytest.mark.parametrize(("name", "numbers"), LAWS)
@pytest.mark.parametrize(("agents", "offered"), [(3, 1.0), (10, 10.5), (40, 60.0)])
def test_busy_agents_are_what_is_not_lost(name: str, numbers: list[float], agents: int, offered: float) -> None:
    """Mean busy agents by the states of a floor with a free agent, and by what is lost of the work, for every law."""
    queue = GeneralPatience(Load(offered * 10, 1800.0, 180.0), agents, named_law(name, numbers))
    weights = [1.0]
    for busy in range(1, agents):
        weights.append(weights[-1] * offered / busy)
    free = sum(busy * weight for busy, weight in enumerate(weights)) / sum(weights)
    assert queue.p_free * free + queue.p_wait * agents == pytest.approx(offered * (1 - queue.p_abandon), rel=1e-10)
    found = queue.within(20.0)
    assert found.answered + found.waiting + found.abandoned == pytest.approx(1, abs=1e-12)


def test_patience_without_end_is_erlang_c() -> None:
    """Erlang A tends to Erlang C as patience grows, by every figure."""
    load = Load(100.0, 1800.0, 180.0)
    patient, queue = ErlangC(load, 12), ErlangA(load, 12, 1e9)
    assert queue.p_wait == pytest.approx(patient.p_wait, rel=1e-6)
    assert queue.mean_wait_answered_s == pytest.approx(patient.mean_wait_answered_s, rel=1e-5)
    assert queue.within(20.0).answered == pytest.approx(patient.within(20.0).answered, rel=1e-6)


def test_known_answers() -> None:
    """`terms.md`: Erlang C with 12, 13 and 14 agents, Erlang A with 13."""
    load = Load(100.0, 1800.0, 180.0)
    levels = [ErlangC(load, agents).service_level("abandons_missed", 20.0) for agents in (12, 13, 14)]
    assert levels == [pytest.approx(share, abs=5e-5) for share in (0.6402, 0.7956, 0.8884)]
    assert ErlangC(load, 14).occupancy == pytest.approx(0.714, abs=5e-4)
    assert ErlangA(load, 13, 300.0).p_abandon == pytest.approx(0.025, abs=5e-5)


def test_a_real_half_hour() -> None:
    """Charlotte, 13 June 2000, 10:30 (Gans, Koole and Mandelbaum 2003): real 33 s and 1.9 %; Erlang C is far off."""
    load = Load(1364.0, 1800.0, 296.0)
    queue = ErlangA(load, 223, 1800.0)
    assert queue.mean_wait_answered_s == pytest.approx(32.6, abs=0.05)
    assert queue.p_abandon == pytest.approx(0.018, abs=5e-4)
    assert ErlangC(load, 225).mean_wait_answered_s == pytest.approx(400, abs=1)
    assert not ErlangC(load, 223).is_stable


def all_finite(queue: Equilibrium) -> bool:
    found = queue.within(20.0)
    figures = [queue.p_wait, queue.p_abandon, queue.occupancy, found.answered, found.waiting, found.abandoned]
    return all(isfinite(figure) and -1e-12 <= figure <= 1 + 1e-12 for figure in figures)


@pytest.mark.parametrize(
    ("contacts", "aht_s", "agents", "patience_s"),
    [
        (1e-4, 60.0, 1, 60.0),
        (1.0, 10.0, 400, 60.0),
        (30_000.0, 300.0, 5000, 300.0),
        (30_000.0, 300.0, 4000, 20.0),
        (1800.0, 300.0, 20, 3600.0),
        (89.99, 200.0, 10, 1e7),
        (300.0, 600.0, 100, 0.01),
    ],
)
def test_nothing_overflows(contacts: float, aht_s: float, agents: int, patience_s: float) -> None:
    """A contact a year, five thousand agents, ten times too few of them, saturation, no patience: all finite."""
    load = Load(contacts, 1800.0, aht_s)
    one, other = (
        ErlangA(load, agents, patience_s),
        GeneralPatience(load, agents, named_law("exponential", [patience_s])),
    )
    assert all_finite(one)
    assert all_finite(other)
    assert one.p_abandon == pytest.approx(other.p_abandon, rel=1e-9, abs=1e-13)
    assert one.within(20.0).answered == pytest.approx(other.within(20.0).answered, abs=1e-10)


def test_no_wait_at_all_is_a_free_agent() -> None:
    """At T = 0 hits are the contacts that find an agent free, in every model."""
    load = Load(100.0, 1800.0, 180.0)
    for queue in (
        ErlangC(load, 11),
        ErlangA(load, 11, 60.0),
        GeneralPatience(load, 11, named_law("erlang", [2.0, 60.0])),
    ):
        found = queue.within(0.0)
        assert found.answered == pytest.approx(1 - queue.p_wait, abs=1e-13)
        assert found.abandoned == pytest.approx(0, abs=1e-13)


def test_erlang_c_without_an_equilibrium() -> None:
    """With more work than agents means are null, not numbers; who comes waits, and longer than any T."""
    queue = ErlangC(Load(100.0, 1800.0, 180.0), 10)
    assert (queue.mean_wait_all_s, queue.mean_queue, queue.wait_quantile_s(0.9)) == (None, None, None)
    assert (queue.p_wait, queue.service_level("abandons_missed", 20.0)) == (1.0, 0.0)


def test_erlang_b_of_three_agents() -> None:
    """The textbook's sum: B(3, 2) = (8/6) / (1 + 2 + 2 + 8/6)."""
    assert 1 / inverse_erlang_b(2.0, 3) == pytest.approx((8 / 6) / (5 + 8 / 6), rel=1e-15)


@pytest.mark.parametrize(("name", "numbers"), LAWS)
def test_a_law_is_one_law(name: str, numbers: list[float]) -> None:
    """Its tail, its distribution, its mean and E[min] belong together, by numerical differences."""
    law = named_law(name, numbers)
    for wait_s in (1.0, 17.0, 45.0, 250.0):
        assert law.above(wait_s) + law.below(wait_s) == pytest.approx(1, abs=1e-12)
        slope = (law.least(wait_s + 1e-3) - law.least(wait_s - 1e-3)) / 2e-3
        assert slope == pytest.approx(law.above(wait_s), abs=1e-6)
    assert law.least(0.0) == pytest.approx(0, abs=1e-12)
    assert law.least(1e9) == pytest.approx(law.mean_s, rel=1e-4)


def test_the_stated_mean_decides_how_parameters_are_meant() -> None:
    """Gamma of shape and mean, or of shape and scale; a mean that fits neither is refused."""
    assert named_law("gamma", [2.0, 300.0], 300.0).mean_s == pytest.approx(300)
    assert named_law("gamma", [2.0, 300.0], 600.0).mean_s == pytest.approx(600)
    assert named_law("lognormal", [100.0, 0.5], 100 * exp(0.125)).mean_s == pytest.approx(100 * exp(0.125))
    with pytest.raises(ValueError, match="mean of 600 s, not 10 s"):
        named_law("gamma", [2.0, 300.0], 10.0)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [("weibul", [1.0, 2.0]), ("weibull", [1.0]), ("uniform", [5.0, 5.0]), ("exponential", [0.0]), ("uniform", [-1.0])],
)
def test_laws_that_are_none_are_refused(name: str, numbers: list[float]) -> None:
    """With the parameters that each name takes."""
    with pytest.raises(ValueError, match=r"patience"):
        named_law(name, numbers)


def test_loads_and_patience_above_nothing() -> None:
    """A load of nothing, or patience of nothing, is an error of the caller, not a figure."""
    with pytest.raises(ValueError, match="above 0"):
        Load(0.0, 1800.0, 180.0)
    with pytest.raises(ValueError, match="above 0"):
        ErlangA(Load(1.0, 1800.0, 180.0), 1, 0.0)
    with pytest.raises(ValueError, match="shorter patience"):
        ErlangA(Load(10_000.0, 1800.0, 180.0), 1, 1e9)
    assert isclose(ErlangA(Load(1.0, 1800.0, 180.0), 1, 1e12).p_abandon, 0, abs_tol=1e-9)
