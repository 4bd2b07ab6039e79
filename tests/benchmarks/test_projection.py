"""The projection's benchmark: its arithmetic, and that a fit finds the law the rows were made by."""

from __future__ import annotations

import runpy
from pathlib import Path
from random import Random

import pytest

from benchmarks.projection import Asked, Case, _case, line, table
from benchmarks.projection_fit import Row, fit_weights, outside, written
from floorwatch.metrics.projection.law import SCALE_MS, TERMS, Fit, chance
from floorwatch.metrics.projection.project import Projection
from floorwatch.metrics.projection.state import Period

START, END = 1_772_532_000_000, 1_772_533_800_000


def test_what_lies_outside_the_band_counts_by_parts() -> None:
    """A level whose probability reaches over an edge of the band is outside by the part beyond it."""
    assert outside((0.2, 0.9)) == (0.0, 0.0)
    assert outside((0.05, 0.15)) == pytest.approx((0.5, 0.0))
    assert outside((0.8, 1.0)) == pytest.approx((0.0, 0.5))
    assert outside((0.0, 1.0)) == pytest.approx((0.1, 0.1))
    assert outside((0.95, 0.95)) == (0.0, 1.0)


def test_a_case_holds_the_errors_of_all_four() -> None:
    """16 of 20 so far at the tenth minute before the end, 1 of 5 in the last five; it ends at 20 of 32."""
    said = Projection(0.6, 0.5, 0.7, 20, 11.0, ((0.5, 0.3), (0.625, 0.4), (0.75, 0.3)))
    asked = Asked("q", START, 10, Period(START, END, 16, 20), (1, 5), (100, 200), said)
    case = _case(asked, (20, 32), (104, 212), 20)
    assert case.outcome == 0.625
    assert case.projected == pytest.approx(0.025)
    assert case.so_far == pytest.approx(0.175)
    assert case.last_5_min == pytest.approx((abs(18 / 30 - 0.625), abs(18 / 30 - 0.625)))  # both paces: 1 a minute
    assert case.noise == pytest.approx(abs((16 + 12 / 3) / 32 - 0.625))
    assert case.outside == (0.0, 0.0)


def test_the_table_takes_the_better_blend_and_leaves_certain_levels_out_of_the_band() -> None:
    """Of two paces the one that errs less over all counts; a level of 1 says nothing of the band."""
    some = [
        Case("q", 20, 5, 0.01, 0.04, (0.02, 0.05), 0.0, 0.5, (0.0, 0.0)),
        Case("q", 20, 5, 0.03, 0.04, (0.06, 0.05), 0.0, 1.0, (0.0, 1.0)),
    ]
    found = line(some)
    assert found.last_5_min == pytest.approx(0.04)
    assert found.less == pytest.approx((0.5, 0.5))
    assert found.coverage == 1.0
    assert not found.is_good  # a band that holds all is too wide
    assert [row.count("|") for row in table(some)] == [11] * 5


def test_a_fit_finds_the_law_the_rows_were_made_by() -> None:
    """Rows whose shares follow known weights, a tenth of them spoilt: the median regression is not led astray."""
    chance_of = Random(7)
    true = [chance_of.uniform(-0.6, 0.6) for _ in range(2 * len(TERMS))]
    rows = []
    for number in range(600):
        scale = chance_of.choice((-0.7, 0.0, 0.4))
        evidence = [1.0, *(chance_of.gauss(0, 1) for _ in TERMS[1:])]
        moving = (*evidence, *(term * scale for term in evidence))
        odds = sum(weight * term for weight, term in zip(true, moving, strict=True))
        share = chance(odds) if number % 10 else 1.0
        rows.append(Row(moving, share, 1.0))
    found = fit_weights(rows)
    flat = [found[name][part] for part in (0, 1) for name in TERMS]
    assert max(abs(one - other) for one, other in zip(flat, true, strict=True)) < 0.1


def test_a_written_law_is_read_again(tmp_path: Path) -> None:
    """What `--fit` writes, `--law` and the product read."""
    fit = Fit({name: (place / 10, -place / 100) for place, name in enumerate(TERMS)}, ((5, 2.5, 1.5), (60, 1.2, 1.1)))
    (tmp_path / "law.py").write_text(written(fit, "a test"))
    assert runpy.run_path(str(tmp_path / "law.py"))["FITTED"] == fit
    assert fit.doubt(SCALE_MS)[0] == pytest.approx(2.5 - 1.3 * 0.2789, abs=1e-3)  # a quarter of the way, in logarithms
    assert fit.doubt(1) == (2.5, 1.5)
    assert fit.doubt(10**9) == (1.2, 1.1)
