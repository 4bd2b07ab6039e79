"""A figure written out with its operands is arithmetic, and its value is the figure's."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ACTIVITIES
from floorwatch.floor.settings import Formula
from floorwatch.metrics import tally as t
from floorwatch.metrics.catalogue import FIGURES, SYMBOLS
from floorwatch.metrics.measures import abandon_ratio, asa_seconds, finished
from floorwatch.metrics.occupancy import at_work_ms, load_occupancy, occupancy
from floorwatch.metrics.operands import RECIPES, Accounts, Filled, fill
from floorwatch.metrics.service_level import FORMULAS, decided, ratio
from tests.arithmetic import shown, value_of

_DAY_MS = 86_400_000
_formulas = st.sampled_from(FORMULAS)


@st.composite
def _tallies(draw: st.DrawFn) -> int:
    """Any queue's counts that can occur: short abandons are abandons, answers in time are answers."""
    n = {name: draw(st.integers(0, 400)) for name in t.FIELDS if not name.endswith("_ms")}
    n["timed"] += n["in_threshold"]
    n["abandoned_in_threshold"] += n["abandoned_short"]
    n["answered"] += n["timed"]
    n["abandoned"] += n["abandoned_in_threshold"]
    n |= {name: draw(st.integers(0, _DAY_MS)) for name in t.FIELDS if name.endswith("_ms")}
    return sum(count * t.unit(name) for name, count in n.items())


_times = st.tuples(*[st.integers(0, _DAY_MS)] * (len(ACTIVITIES) + 1))
"""By activity, and what contacts took beyond the whole agent."""
_sums = st.fixed_dictionaries(
    {
        "scheduled_ms": st.integers(_DAY_MS, 2 * _DAY_MS),
        "neutral_ms": st.integers(0, _DAY_MS),
        "whole": st.sampled_from((1, 3, 60)),
        **dict.fromkeys(
            ("in_ms", "out_ms", "work_ms", "worked_ms", "extra_ms", "wait_ms_max"), st.integers(0, _DAY_MS)
        ),
    }
)
_accounts = st.builds(
    Accounts, since=st.just(0), until=st.just(0), tally=_tallies(), arrival=_tallies(), spent_ms=_times, sums=_sums
)


def _filled(
    figure: str, accounts: Accounts, formula: Formula = "answered_only", *, exits_count: bool = False
) -> Filled:
    found = fill(figure, accounts, formula, exits_count=exits_count)
    assert isinstance(found, Filled)
    return found


@given(accounts=_accounts, formula=_formulas, exits_count=st.booleans())
def test_what_is_printed_is_arithmetic_and_comes_to_the_figure(
    accounts: Accounts, formula: Formula, exits_count: bool
) -> None:
    """Of every figure: the numbers, worked out exactly, are its value; what is shown of it is that value, cut."""
    for figure in RECIPES:
        filled = _filled(figure, accounts, formula, exits_count=exits_count)
        exact = value_of(filled.numbers)
        if exact is None:
            assert (filled.value, filled.shown) == (None, "–")
            continue
        assert filled.value == pytest.approx(float(exact), rel=1e-14)
        decimals = {"ratio": 4, "seconds": 3}.get(FIGURES[figure].unit, 0)
        assert filled.shown == shown(exact, decimals), figure


@given(tally=_tallies(), arrival=_tallies(), exits_count=st.booleans())
def test_every_level_is_the_one_that_is_shown(tally: int, arrival: int, exits_count: bool) -> None:
    """All six formulas, by event and by arrival, hits and decided: operands and figures agree to the last bit."""
    accounts = Accounts(0, 0, tally, arrival)
    for formula in get_args(Formula):
        hits, n = decided(tally, formula, exits_count=exits_count)
        for figure in (f"service_level.{formula}", "service_level"):
            filled = _filled(figure, accounts, formula, exits_count=exits_count)
            assert (filled.value, filled.n) == (ratio(hits, n), n)
        assert _filled("hits", accounts, formula, exits_count=exits_count).value == hits
        assert _filled("decided", accounts, formula, exits_count=exits_count).value == n
        by_arrival = _filled("service_level_by_arrival", accounts, formula, exits_count=exits_count)
        assert by_arrival.value == ratio(*decided(arrival, formula, exits_count=exits_count))


@given(accounts=_accounts)
def test_means_and_ratios_are_those_that_are_shown(accounts: Accounts) -> None:
    """ASA, abandon ratio, AHT and occupancy, each with its sample, as the report computes them."""
    tally, spent = accounts.tally, accounts.spent_ms or ()
    assert _filled("asa", accounts).value == asa_seconds(tally)
    assert _filled("asa", accounts).n == _filled("asa_n", accounts).value == t.read(tally, "timed")
    assert _filled("abandon_ratio", accounts).value == abandon_ratio(tally)
    assert _filled("abandon_ratio", accounts).n == _filled("abandon_ratio_n", accounts).value == finished(tally)
    handled = t.read(tally, "handled")
    assert _filled("aht", accounts).value == ratio(t.read(tally, "handling_ms") / 1000, handled)
    assert _filled("occupancy", accounts).value == occupancy(spent)
    by_load = _filled("occupancy_by_load", accounts)
    assert by_load.value == load_occupancy(spent, accounts.sums["whole"])
    assert (
        _filled("occupancy", accounts).n
        == by_load.n
        == _filled("occupancy_time", accounts).value
        == at_work_ms(spent) / 1000
    )


def test_the_operands_of_a_level() -> None:
    """In symbols and in numbers, as a supervisor would write it on a whiteboard."""
    tally = 237 * (t.IN_THRESHOLD + t.TIMED) + 9 * t.ABANDONED_IN_THRESHOLD + 63 * t.PAST_THRESHOLD
    accounts = Accounts(0, 0, tally + 6 * t.ABANDONED_SHORT + 4 * t.EXITED_IN_THRESHOLD)
    level = _filled("service_level", accounts, "short_abandons_excluded")
    assert (level.symbols, level.numbers) == ("a / (a + B_T + M − B_S)", "237 / (237 + 9 + 63 − 6)")
    assert (level.shown, level.n) == ("0.7821…", 303)
    counting = _filled("service_level", accounts, "abandons_met", exits_count=True)
    assert counting.symbols == "(a + B_T) / (a + B_T + M + X_T)"
    assert counting.numbers == "(237 + 9) / (237 + 9 + 63 + 4)"
    assert [term.symbol for term in counting.operands] == ["a", "B_T", "M", "X_T"]


def test_seconds_are_written_exactly() -> None:
    """Milliseconds become seconds without a rounding; a cut value says so by its dots."""
    accounts = Accounts(0, 0, 3 * (t.ANSWERED + t.TIMED) + 97_800 * t.WAIT_MS)
    assert (_filled("asa", accounts).numbers, _filled("asa", accounts).shown) == ("97.8 / 3", "32.6")
    accounts = Accounts(0, 0, 3 * t.TIMED + 100_001 * t.WAIT_MS)
    assert (_filled("asa", accounts).numbers, _filled("asa", accounts).shown) == ("100.001 / 3", "33.333…")


@pytest.mark.parametrize(
    ("figure", "word"),
    [("aht", u.WRAP_UP), ("wrap_up", u.WRAP_UP), ("hold", u.HOLD), ("refused", u.REFUSED), ("declined", u.DECLINED)],
)
def test_what_no_feed_can_tell_has_no_operands(figure: str, word: str) -> None:
    """Null is not zero: an unseen part is said, not filled in as 0."""
    assert fill(figure, Accounts(0, 0, unseen=frozenset((word,))), "answered_only", exits_count=False) == "unseen"
    assert isinstance(fill(figure, Accounts(0, 0), "answered_only", exits_count=False), Filled)


@pytest.mark.parametrize("figure", ["occupancy", "service_level_by_arrival", "adherence", "conformance", "wait_max"])
def test_what_a_window_does_not_keep_is_said(figure: str) -> None:
    """Rolling windows hold no agents' time and no arrivals; without a schedule there is no adherence."""
    assert fill(figure, Accounts(0, 0), "answered_only", exits_count=False) == "not_kept"


def test_time_that_no_feed_can_tell_is_not_mistaken_for_time_that_is_not_kept() -> None:
    """An interval keeps its members' time; where that is empty nobody was there, or no feed can tell."""
    assert fill("occupancy", Accounts(0, 0, spent_ms=()), "answered_only", exits_count=False) == "unseen"


def test_adherence_is_in_over_what_counts() -> None:
    """terms.md: 3 h in, 1 h out, 2 h neutral: 75 %."""
    hour = 3_600_000
    sums = {"in_ms": 3 * hour, "out_ms": hour, "neutral_ms": 2 * hour, "scheduled_ms": 6 * hour}
    filled = _filled("adherence", Accounts(0, 0, sums=sums))
    assert (filled.symbols, filled.numbers) == ("in / (scheduled − neutral)", "10800 / (21600 − 7200)")
    assert (filled.value, filled.shown) == (0.75, "0.75")


def test_recipes_are_of_figures_and_their_samples_are_what_is_divided_by() -> None:
    """Each recipe belongs to a figure; a ratio's n is the figure that the catalogue names as its sample."""
    accounts = Accounts(0, 0, sum(t.unit(name) * 7 for name in t.FIELDS), 7, (1_000,) * 11, _SOME_SUMS)
    for figure in RECIPES:
        filled, sample = _filled(figure, accounts), FIGURES[figure].sample
        assert bool(sample) == bool(filled.below)
        if sample and figure != "service_level_by_arrival" and not figure.startswith("service_level."):
            assert filled.n == _filled(sample, accounts).value, figure


_SOME_SUMS = dict.fromkeys(("in_ms", "out_ms", "neutral_ms", "work_ms", "worked_ms", "extra_ms", "wait_ms_max"), 5_000)
_SOME_SUMS |= {"scheduled_ms": 9_000, "whole": 3}


def test_symbols_mean_one_thing() -> None:
    """The one-letter symbols of the operands are those of the page of terms."""
    accounts = Accounts(0, 0, 0, 0, (0,) * 11, _SOME_SUMS)
    for figure in RECIPES:
        for formula in FORMULAS:
            for term in _filled(figure, accounts, formula, exits_count=True).operands:
                assert term.symbol in SYMBOLS or len(term.symbol) > 2 or not term.symbol.isupper()
