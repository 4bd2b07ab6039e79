"""The benchmark of scrapes: what counts as a limit that is not kept, and whose stall is whose."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from benchmarks.scrape import Measured, Stall, missed, queues_for, run, series_of, stalls_within, table

GOOD = Measured(
    queues=267,
    series=50_125,
    packed_ms=[40.0] * 30,
    plain_ms=[30.0] * 30,
    sizes={True: 200_000, False: 3_400_000},
    stalls_ms=[5.0] * 60,
    busy_ms=[4.5] * 60,
    calm_ms=[0.2] * 900,
    idle_ms=[0.1] * 900,
)


def test_a_run_within_every_limit_is_clean() -> None:
    """Nothing is missed, and the table says what was measured."""
    assert missed(GOOD, ours_ms=25.0, theirs_ms=500.0) == []
    rows = list(table(GOOD, 25.0, 500.0))
    assert rows[0].startswith("| 267 queues, 50,125 series")
    assert "| scrape, packed (0.2 MB) | 40.0 ms | 40.0 ms | 40.0 ms |" in rows
    assert rows[-1].endswith("20.0 times as much.")


@pytest.mark.parametrize(
    ("wrong", "theirs_ms", "words"),
    [
        ({"plain_ms": [30.0] * 20 + [180.0] * 5}, 500.0, "at p99, over 100 ms"),
        ({"stalls_ms": [5.0, 21.0]}, 500.0, "was late by 21.0 ms"),
        ({"busy_ms": [5.0, 21.0]}, 500.0, "was busy for 21.0 ms"),
        ({"idle_ms": [0.1, 25.0, 25.0]}, 500.0, "void"),
        ({}, 100.0, "only 4.0 times cheaper"),
    ],
)
def test_each_limit_can_be_missed(wrong: dict[str, Any], theirs_ms: float, words: str) -> None:
    """A slow tail, a loop that is late or busy, a busy machine, and a writer that is not worth its code."""
    assert any(words in said for said in missed(replace(GOOD, **wrong), ours_ms=25.0, theirs_ms=theirs_ms))


def test_a_stall_belongs_to_the_scrape_it_reaches_into() -> None:
    """Whoever was to wake before a scrape and woke in it is late by it; who woke before it began is not."""
    stalls = [Stall(1.0, 0.0, 0.0), Stall(1.99, 0.03, 0.0), Stall(2.5, 0.001, 0.0), Stall(3.2, 0.5, 0.0)]
    assert list(stalls_within(stalls, [(2.0, 3.0), (9.0, 9.1)])) == [stalls[1:3], []]


def test_a_small_run_measures_everything() -> None:
    """The real server, client and idle loop, once; as many series as were asked for."""
    queues = queues_for(2_000)
    assert 2_000 <= series_of(queues) < 2_500
    measured = run(queues, scrapes=2)
    assert (len(measured.packed_ms), len(measured.plain_ms)) == (1, 1)
    assert measured.sizes[True] < measured.sizes[False]
    assert min(*measured.packed_ms, *measured.plain_ms) > 0
    assert len(measured.stalls_ms) == len(measured.busy_ms)
    assert measured.idle_ms
