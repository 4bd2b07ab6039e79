from __future__ import annotations

import math
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.chance import Chance, exp, log


@given(st.floats(min_value=1e-12, max_value=1e12))
def test_log_is_the_natural_logarithm(x: float) -> None:
    """Our logarithm, made of exact operations only, agrees with the library's to the last digits."""
    assert log(x) == pytest.approx(math.log(x), rel=1e-14, abs=1e-15)


@given(st.floats(min_value=-30, max_value=30))
def test_exp_is_the_exponential(x: float) -> None:
    """Our exponential agrees with the library's to the last digits."""
    assert exp(x) == pytest.approx(math.exp(x), rel=1e-13)


def test_draws_have_the_moments_they_promise() -> None:
    """Means and spreads of 20,000 draws lie within five standard errors of the theory."""
    chance = Chance.of(1)
    n = 20_000
    normal = [chance.normal() for _ in range(n)]
    assert fmean(normal) == pytest.approx(0, abs=5 / math.sqrt(n))
    assert pstdev(normal) == pytest.approx(1, abs=5 / math.sqrt(2 * n))
    assert fmean(chance.exponential(40) for _ in range(n)) == pytest.approx(40, abs=5 * 40 / math.sqrt(n))
    factors = [chance.factor(0.2) for _ in range(n)]
    assert fmean(factors) == pytest.approx(1, abs=5 * 0.2 / math.sqrt(n))
    assert pstdev(factors) == pytest.approx(0.2, rel=0.05)
    assert sum(chance.lognormal(90, 0.7) < 90 for _ in range(n)) / n == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(n))


def test_between_reaches_both_ends_and_no_further() -> None:
    """Integers are drawn from a closed range."""
    chance = Chance.of("dice")
    assert {chance.between(1, 6) for _ in range(500)} == {1, 2, 3, 4, 5, 6}


def test_streams_of_other_names_are_other_streams() -> None:
    """A name belongs to the seed: the same names repeat the draws, another name gives others."""
    assert Chance.of(1, "a").uniform() == Chance.of(1, "a").uniform()
    assert Chance.of(1, "a").uniform() != Chance.of(1, "b").uniform()
