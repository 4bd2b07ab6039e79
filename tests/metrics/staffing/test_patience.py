"""Patience from waits: worked examples, what censoring does, and a window that forgets."""

from __future__ import annotations

import csv
import gzip
from datetime import datetime
from itertools import islice
from math import log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.metrics.staffing.patience import kaplan_meier


def test_a_worked_example() -> None:
    """Abandons at 10, 20, 20 and 40 s, answers at 10 and 30 s: the product of what stays, by hand."""
    waits = [(10, True), (10, False), (20, True), (20, True), (30, False), (40, True)]
    found = kaplan_meier([(wait * 1000, abandoned) for wait, abandoned in waits])
    assert found.survival == (
        (10_000, pytest.approx(5 / 6)),
        (20_000, pytest.approx(5 / 6 * 2 / 4)),
        (40_000, 0.0),
    )
    assert (found.n, found.abandons, found.longest_wait_ms) == (6, 4, 40_000)
    assert found.median_ms == 20_000
    assert found.mean_ms == pytest.approx(130_000 / 4)
    assert found.restricted_mean_ms == pytest.approx(10_000 + 10_000 * 5 / 6 + 20_000 * 5 / 12)
    assert [found.share_above(wait) for wait in (9_999, 10_000, 39_999)] == pytest.approx([1, 5 / 6, 5 / 12])


@given(st.lists(st.integers(1, 500), min_size=1))
def test_without_answers_it_is_the_plain_distribution(waits: list[int]) -> None:
    """Nobody is censored: the share that waited longer, and the mean of the waits."""
    found = kaplan_meier((wait, True) for wait in waits)
    for wait in waits:
        assert found.share_above(wait) == pytest.approx(sum(one > wait for one in waits) / len(waits))
    assert found.restricted_mean_ms == pytest.approx(sum(waits) / len(waits))
    assert found.mean_ms == pytest.approx(sum(waits) / len(waits))


def test_exponential_patience_is_found_behind_answers() -> None:
    """Patience of 120 s, waits cut at 40 s: three quarters are censored, and the mean is still 120 s."""
    quantiles = [(place + 0.5) / 4000 for place in range(4000)]
    patience = [-120 * log(1 - share) for share in quantiles]
    found = kaplan_meier((round(1000 * min(one, 40.0)), one <= 40.0) for one in patience)
    assert found.mean_ms == pytest.approx(120_000, rel=0.01)
    assert found.share_above(30_000) == pytest.approx(0.7788, abs=1e-3)
    assert found.median_ms is None, "nobody waited as long as half of them would have"


def test_nothing_seen_is_nothing_known() -> None:
    """Null is not zero: no wait, no patience; no abandon, no mean."""
    none = kaplan_meier([])
    assert (none.n, none.median_ms, none.restricted_mean_ms, none.mean_ms) == (0, None, None, None)
    answered = kaplan_meier([(5000, False)])
    assert (answered.mean_ms, answered.restricted_mean_ms, answered.share_above(4000)) == (None, 5000, 1.0)


def test_real_patience(shared: Path) -> None:
    """January at a multi-skill centre, whole seconds above one: within 2 points of its year's hazard table."""
    folder = shared / "data/vanad-2014"
    if not folder.is_dir():
        pytest.skip("the real days are not beside this checkout")
    waits = []
    with gzip.open(folder / "calls_2014-01.csv.gz", "rt", encoding="utf-8") as file:
        for row in islice(csv.DictReader(file), 60_000):
            until = row["answer_time"] if row["outcome"] == "answered" else row["end_time"]
            waited = datetime.fromisoformat(until) - datetime.fromisoformat(row["arrival"])
            if waited.total_seconds() > 1:
                waits.append((round(waited.total_seconds() * 1000), row["outcome"] == "abandoned"))
    found = kaplan_meier(waits)
    share = 1.0
    with (folder / "hazard_patience.csv").open(encoding="utf-8") as file:
        for row in islice(csv.DictReader(file), 30):
            share *= (1 - float(row["hazard_per_s"])) ** (float(row["to_s"]) - float(row["from_s"]))
            assert found.share_above(round(float(row["to_s"]) * 1000)) == pytest.approx(share, abs=0.02), row["to_s"]
