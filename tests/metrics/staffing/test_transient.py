"""The chain while things change: against plain small steps, and against the equilibrium it tends to."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.metrics.staffing.equilibrium import Load
from floorwatch.metrics.staffing.erlang_a import ErlangA
from floorwatch.metrics.staffing.time_varying import course_of_day
from floorwatch.metrics.staffing.transient import EXACT, LIVE, Accuracy, Presence, Rates, reach
from tests.metrics.staffing import brute


@pytest.mark.parametrize(("accuracy", "off"), [(EXACT, 1e-9), (LIVE, 2e-3)])
def test_against_small_steps(accuracy: Accuracy, off: float) -> None:
    """Ten minutes from nine contacts on four agents: the law of the number present, state by state."""
    rates = Rates(0.05, 1 / 100, 1 / 80, 4)
    presence = Presence(9, 0, 30, accuracy)
    spent = presence.advance(rates, 600.0)
    start = [float(k == 9) for k in range(31)]
    slope = brute.chain_slope(rates.arrival, rates.mu, rates.theta, lambda _: rates.agents)
    exact = brute.stepped(slope, start, 0.0, 600.0, 3000)
    assert presence.shares == pytest.approx(exact, abs=off)
    assert sum(presence.shares) == pytest.approx(1, abs=1e-11)
    assert sum(spent) == pytest.approx(600.0, rel=1e-9)


def test_time_spent_is_the_integral_of_the_law() -> None:
    """Time with each number present, from the law at many times (Simpson's rule)."""
    rates = Rates(0.05, 1 / 100, 1 / 80, 4)
    spent = Presence(9, 0, 30, EXACT).advance(rates, 60.0)
    presence, steps, total = Presence(9, 0, 30, EXACT), 120, [0.0] * 31
    for step in range(steps + 1):
        weight = (1 if step in (0, steps) else 4 if step % 2 else 2) * 60.0 / steps / 3
        total = [one + weight * share for one, share in zip(total, presence.shares, strict=True)]
        if step < steps:
            presence.advance(rates, 60.0 / steps)
    assert spent == pytest.approx(total, abs=1e-5)


@given(
    agents=st.integers(1, 60),
    load=st.floats(0.1, 1.6),
    aht_s=st.floats(30.0, 600.0),
    patience_s=st.floats(20.0, 1000.0),
)
def test_it_tends_to_the_equilibrium(agents: int, load: float, aht_s: float, patience_s: float) -> None:
    """After very long, expected waiting is that of Erlang A, whatever the load, and for what is live as well."""
    rates = Rates(agents * load / aht_s, 1 / aht_s, 1 / patience_s, agents)
    long_s = 40 * max(aht_s, patience_s)
    lowest, highest = reach(agents, [(long_s, rates)], LIVE)
    presence = Presence(agents, lowest, highest, LIVE)
    presence.advance(rates, long_s)
    waiting = presence.mean([max(0.0, k - agents) for k in range(lowest, highest + 1)])
    exact = ErlangA(Load(rates.arrival * 1800, 1800.0, aht_s), agents, patience_s).mean_queue
    assert waiting == pytest.approx(exact, rel=2e-3, abs=2e-3)


@settings(max_examples=12)
@given(
    arrivals=st.lists(st.floats(0.0, 0.4), min_size=1, max_size=4),
    agents=st.lists(st.integers(0, 30), min_size=4, max_size=4),
    present=st.integers(0, 60),
    patience_s=st.one_of(st.none(), st.floats(10.0, 1000.0)),
)
def test_contacts_are_neither_made_nor_lost(
    arrivals: list[float], agents: list[int], present: int, patience_s: float | None
) -> None:
    """Present at the end = present before + arrivals - handled - abandoned, while agents come and go, or all leave."""
    mu, theta = 1 / 150, 1 / patience_s if patience_s else 0.0
    pieces = [(200.0, Rates(rate, mu, theta, n)) for rate, n in zip(arrivals, agents, strict=False)]
    lowest, highest = reach(present, pieces, EXACT)
    presence = Presence(present, lowest, highest, EXACT)
    balance = float(present)
    for seconds, rates in pieces:
        spent = presence.advance(rates, seconds)
        left = sum(rates.down(lowest + place) * time_s for place, time_s in enumerate(spent))
        balance += rates.arrival * seconds - left
    assert presence.mean([float(k) for k in range(lowest, highest + 1)]) == pytest.approx(balance, abs=1e-6)


def test_a_day_without_contacts() -> None:
    """Nobody comes: nothing is handled, and nothing divides by it."""
    (course,) = course_of_day([Rates(0.0, 1 / 200, 1 / 100, 3)], 900.0)
    assert (course.abandons, course.completions, course.p_wait, course.queue_at_end) == (0, 0, 0, 0)
