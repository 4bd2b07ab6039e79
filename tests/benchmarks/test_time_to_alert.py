"""The benchmarks of alerts: what counts as a limit that is not kept, and how late a tick is by its log."""

from __future__ import annotations

import json
import time

import pytest

from benchmarks.alerting import Idle, p99
from benchmarks.hanging_outputs import tick_lags_ms
from benchmarks.time_to_alert import PROMETHEUS, missed, table

GOOD = {
    "immediate, MQTT": [2.0] * 20,
    "tick, MQTT": [900.0] * 20,
    PROMETHEUS: [1_100.0] * 20,
}


def test_a_run_within_every_limit_is_clean() -> None:
    """Nothing is missed, and the table has a row for each way with the ratio of the medians."""
    assert missed(GOOD, nothing_p99_ms=1.0) == []
    assert "| immediate, MQTT | 20 | 2.0 ms | 2.0 ms | 2.0 ms | 550 |" in list(table(GOOD))


@pytest.mark.parametrize(
    ("way", "ms", "words"),
    [
        ("immediate, MQTT", [2.0] * 19 + [80.0], "over 50 ms"),
        ("immediate, MQTT", [56.0] * 20, "not 20 times"),
        ("tick, MQTT", [900.0] * 18 + [1_500.0] * 2, "over 1200 ms"),
    ],
)
def test_each_limit_can_be_missed(way: str, ms: list[float], words: str) -> None:
    """A slow tail, a slow median and a slow tick are each named with their way."""
    wrong = missed(GOOD | {way: ms}, nothing_p99_ms=1.0)
    assert any(way in said and words in said for said in wrong)


def test_a_machine_that_is_late_itself_makes_the_run_void() -> None:
    """Whatever was measured: a loop that does nothing was too late."""
    assert missed(GOOD, nothing_p99_ms=20.5) == ["void: a loop that does nothing had a p99 of 20.5 ms"]


def test_the_tail_of_few_values_is_nearly_the_worst() -> None:
    """So that one bad flip in thirty is seen; of one value it is that value."""
    assert p99([1.0] * 29 + [100.0]) == pytest.approx(71.3, abs=1)
    assert p99([7.0]) == 7.0


def test_a_tick_is_as_late_as_the_log_says() -> None:
    """From the tick's instant to the line; lines of other rules and plain text do not count."""
    alert = {"time": "2026-03-02T09:00:05.012Z", "event": "alert", "rule": "tick", "at": 1_772_442_005_000}
    lines = [json.dumps(alert), json.dumps(alert | {"rule": "immediate"}), "plain text", json.dumps({"event": "live"})]
    assert list(tick_lags_ms("\n".join(lines))) == [12.0]


def test_idleness_is_measured_while_it_lasts() -> None:
    """A few turns of the loop, each a little late and none early."""
    with Idle() as idle:
        while len(idle.late_ms) < 3:
            time.sleep(0.01)
    assert min(idle.late_ms) >= 0
