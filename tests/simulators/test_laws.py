from __future__ import annotations

from statistics import fmean, pstdev

import pytest
from pydantic import TypeAdapter, ValidationError

from simulators.chance import Chance
from simulators.laws import Announced, Law, lognormal_of

LAWS = TypeAdapter(Law)
N = 40_000

TYPED = [
    {"law": "exponential", "mean": "3m"},
    {"law": "constant", "value": "45s"},
    {"law": "uniform", "low": 10, "high": 30.5},
    {"law": "lognormal", "median": 100, "sigma": 0.8, "above": 5},
    {"law": "gamma", "shape": 2.24, "mean": 260},
    {"law": "gamma", "shape": 0.5, "mean": 260},
    {"law": "weibull", "shape": 0.7, "scale": 300},
    {"law": "hazard", "from_s": [0, 20, 30, 60], "per_second": [0.004, 0.001, 0.02, 0.003]},
    {
        "law": "mixed",
        "weights": [0.2, 0.8],
        "of": [{"law": "exponential", "mean": 30}, {"law": "exponential", "mean": 1200}],
    },
]


@pytest.mark.parametrize("typed", TYPED, ids=lambda typed: f"{typed['law']}")
def test_a_law_has_the_mean_it_promises(typed: dict[str, object]) -> None:
    """The mean of 40,000 draws lies within five standard errors of the law's own."""
    law = LAWS.validate_python(typed)
    chance = Chance.of("laws", typed["law"])
    drawn = [law.draw(chance) for _ in range(N)]
    assert min(drawn) >= 0
    assert fmean(drawn) == pytest.approx(law.mean_ms, abs=5 * pstdev(drawn) / N**0.5 + 1e-6)


def test_a_measured_hazard_is_the_hazard_drawn() -> None:
    """Of those still there at the start of a stretch, as many give up in it as its rate says."""
    law = LAWS.validate_python({"law": "hazard", "from_s": [0, 20, 30], "per_second": [0.01, 0.05, 0.002]})
    chance = Chance.of("hazard")
    drawn = [law.draw(chance) / 1000 for _ in range(N)]
    for since, until, rate in ((0, 20, 0.01), (20, 30, 0.05), (30, 100, 0.002)):
        there = [at for at in drawn if at >= since]
        exposure = sum(min(at, until) - since for at in there)
        assert sum(at < until for at in there) / exposure == pytest.approx(rate, rel=0.05)


def test_patience_is_not_exponential() -> None:
    """Some hang up at once, more right after an announcement than before it, and half wait over three minutes."""
    law = LAWS.validate_python({"law": "announced", "base": {"law": "lognormal", "median": 300, "sigma": 0.8}})
    assert isinstance(law, Announced)
    chance = Chance.of("patience")
    waits = [law.draw(chance) for _ in range(20_000)]
    hung_up = sum(wait < 10_000 for wait in waits)
    assert hung_up > 2 * sum(10_000 <= wait < 20_000 for wait in waits)
    for announcement in (26_000, 52_000):
        before = sum(announcement - 3_000 <= wait < announcement for wait in waits)
        after = sum(announcement <= wait < announcement + 3_000 for wait in waits)
        assert after > 2 * before
    assert sorted(waits)[len(waits) // 2] > 180_000
    assert fmean(waits) == pytest.approx(law.mean_ms, rel=0.05)


def test_a_lognormal_of_a_mean_and_a_spread() -> None:
    """Mean and coefficient of variation come out as they went in."""
    law, chance = lognormal_of(180_000, 1.2), Chance.of("lognormal")
    drawn = [law.draw(chance) for _ in range(N)]
    assert law.mean_ms == pytest.approx(180_000)
    assert fmean(drawn) == pytest.approx(180_000, rel=0.03)
    assert pstdev(drawn) / fmean(drawn) == pytest.approx(1.2, rel=0.08)


@pytest.mark.parametrize(
    "typed",
    [
        {"law": "exponential"},
        {"law": "exponentiel", "mean": 3},
        {"law": "exponential", "mean": "-3"},
        {"law": "hazard", "from_s": [1, 2], "per_second": [0.1, 0.2]},
        {"law": "mixed", "weights": [1], "of": []},
        {"law": "announced", "at_once": 0.6, "at_announcement": 0.5, "base": {"law": "never"}},
    ],
)
def test_what_is_no_law_is_refused(typed: dict[str, object]) -> None:
    """A missing mean, a typo, a negative time, a table that does not begin at 0 or does not fit, more than all."""
    with pytest.raises(ValidationError):
        LAWS.validate_python(typed)
