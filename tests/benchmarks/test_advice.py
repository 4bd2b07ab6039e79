"""The judge of the advice: its floors breach, its continuations are those of the floor, and its verdicts can fail."""

from __future__ import annotations

import pytest

from benchmarks.advice import BINS, Judged, judge, report
from benchmarks.breaches import breach_of
from benchmarks.continuations import continuations


def test_a_breach_is_what_the_engine_knew_and_what_is_true() -> None:
    """Seed 0: who waits and works by the engine's books is who does by the events; the rate is near the true one."""
    breach = breach_of(0)
    assert breach is not None
    asked = breach.asked
    assert asked.situation is not None
    assert len(asked.situation.waited_s) == len(breach.truth.waiting)
    assert asked.situation.busy == len(breach.truth.in_hand)
    assert asked.places == len(breach.truth.here)
    counted = sum(one.offered for one in asked.recent.stretches) / 3600
    assert counted == pytest.approx(breach.rate(asked.at), rel=0.3)


def test_more_agents_do_better_on_the_true_floor() -> None:
    """Of forty continuations of seed 0 more end at target with four more agents, and nearly all with twenty."""
    breach = breach_of(0)
    assert breach is not None
    rests = continuations(breach, 40)
    reached = [sum(rest.play(added, 120.0) for rest in rests) for added in (0, 4, 20)]
    assert reached == sorted(reached)
    assert reached[0] < reached[1]
    assert reached[2] >= 34


def test_a_sample_of_breaches_is_advised_well() -> None:
    """Nine small floors: what is advised is reached in most continuations, and chances are near what happens.

    So few tell a blunder from advice; whether it is good is measured on 200 (docs/advice.md).
    """
    judged = [one for one in map(judge, range(0, 36, 4)) if one is not None]
    advised = [one for one in judged if one.is_advised]
    assert len(judged) == 9
    assert advised
    assert sum(one.happened for one in advised) / len(advised) >= 0.7
    for stated, happened in (("stated", "happened"), ("stated_without", "happened_without")):
        told, came = (sum(getattr(one, name) for one in judged) / 9 for name in (stated, happened))
        assert told == pytest.approx(came, abs=0.15)


@pytest.mark.parametrize(
    ("worse", "is_met"),
    [({}, True), ({"happened": 0.7}, False), ({"needed": 30}, False), ({"stated_without": 0.6}, False)],
)
def test_the_report_says_when_a_goal_is_missed(
    worse: dict[str, float], is_met: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reached too rarely, too many agents, or a chance that is not what happens: each fails the check."""
    right = Judged(0, 10.0, "surge", 600.0, 12, 15, 0.88, 0.3, 0.88, 0.3, 15, 0.0, 0.1)
    assert report([right._replace(**worse)] * 5) is is_met  # type: ignore[arg-type]
    assert "with agents to add" in capsys.readouterr().out
    assert BINS[0][0] == 0
