"""One trial: that the heap of free agents is the floor, and what a rest of a period can still become."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import inf
from random import Random

import pytest

from floorwatch.floor.settings import Formula
from floorwatch.metrics.service_level import FORMULAS, ratio
from floorwatch.metrics.staffing.recovery import Situation, recovery
from floorwatch.trials.doubt import Rates
from floorwatch.trials.rest import Rest, rest_of
from tests.trials.asking import AHT_S, asked


def sure(now: Situation) -> Rates:
    """Nothing is in doubt; it rings for two seconds."""
    return Rates(now.arrivals, now.aht_s, now.patience_s, 2.0)


def situation(**said: object) -> Situation:
    """A queue as a test needs it."""
    found = asked(**said).situation  # type: ignore[arg-type]
    assert found is not None
    return found


def by_hand(rest: Rest, added: int, by_s: float) -> tuple[float, float]:
    """(hits, decided), by looking for the next in line whenever somebody is free: slow, and nothing like a heap."""
    now = rest.now
    agents = [*rest.hands, *[by_s] * added]
    line = list(rest.contacts)
    hits, decided = now.hits, now.decided
    while line:
        at, patience, handling = line.pop(0)
        agents.sort()
        start = max(at, agents[0]) + rest.answer_s if agents else inf
        is_answered = start - at <= patience
        if is_answered and agents:
            agents[0] = start + handling
        wait = start - at if is_answered else patience
        decides_at = at + min(wait, now.threshold_s)
        if not (now.threshold_s == wait or wait < now.threshold_s):
            decides_at = at + now.threshold_s
        is_short = not is_answered and patience <= now.short_abandon_s
        if 0 < decides_at < now.remaining_s or (decides_at == 0 == start):
            decided += not is_short
            hits += is_answered and wait <= now.threshold_s
    return hits, decided


@pytest.mark.parametrize("added", [0, 1, 3])
def test_the_heap_is_the_floor(added: int) -> None:
    """Thirty drawn rests come out as they do when the line is worked off by hand, with and without who is added."""
    now = situation(rate=0.07, agents=9, busy=9, waited_s=(70.0, 31.0, 12.0, 4.0), hits=11, decided=18, patience_s=80.0)
    chance = Random("by hand")
    for _ in range(30):
        rest = rest_of(now, sure(now), chance)
        assert rest.play(added, 120.0) == by_hand(rest, added, 120.0)


def test_more_agents_never_lose_a_hit() -> None:
    """Where nobody leaves, every agent more answers everybody at least as early: hits are never fewer."""
    now = situation(rate=0.08, agents=8, busy=8, waited_s=(15.0, 3.0), patience_s=None)
    chance = Random("monotone")
    for _ in range(20):
        rest = rest_of(now, sure(now), chance)
        played = [rest.play(added, 60.0) for added in range(12)]
        assert all(one[0] <= other[0] for one, other in pairwise(played))


def test_on_average_it_is_the_course_of_the_outlook() -> None:
    """With rates that are certain the mean level is that of the time-dependent Erlang A chain, within 2 points.

    Their handling times differ (lognormal here, exponential there), which is what the 2 points are for.
    """
    now = situation(rate=0.06, agents=12, busy=12, waited_s=(14.0, 9.0, 2.0), left_s=1800.0, patience_s=200.0)
    chance, silent = Random("course"), sure(now)._replace(answer_s=0.0)
    played = [rest_of(now, silent, chance).play(0, 0.0) for _ in range(1500)]
    level = ratio(sum(hits for hits, _ in played), sum(decided for _, decided in played))
    expected = recovery(now, 12)
    assert level == pytest.approx(expected.level, abs=0.02)
    assert sum(decided for _, decided in played) / len(played) == pytest.approx(expected.decided, rel=0.03)


@pytest.mark.parametrize("formula", FORMULAS)
def test_until_when_anything_helps_is_when_plenty_stops_helping(formula: Formula) -> None:
    """Plenty of agents just before that instant reach the target, just after it they do not, by every formula."""
    now = situation(rate=0.1, agents=9, busy=9, waited_s=(9.0, 2.0), hits=30, decided=36, patience_s=90.0)
    now = replace(now, formula=formula)
    chance, seen = Random(f"latest {formula}"), 0
    for _ in range(40):
        rest = rest_of(now, sure(now), chance)
        last_s = rest.latest(0.8)
        if last_s is None or last_s >= now.remaining_s:
            continue
        seen += 1
        plenty = len(rest.contacts)
        before = ratio(*rest.play(plenty, last_s - 0.001))
        after = ratio(*rest.play(plenty, last_s + 0.001))
        assert before is not None
        assert after is not None
        assert before >= 0.8 - 1e-9
        if formula != "answered_only":  # it gains by who leaves the line late
            assert after < 0.8
    assert seen >= 5


def test_nobody_there_is_nobody_answered() -> None:
    """Without agents every wait is a miss once it is long enough, and nothing fails."""
    now = situation(agents=0, rate=0.05, patience_s=None)
    rest = rest_of(now, sure(now), Random("none"))
    hits, decided = rest.play(0, 0.0)
    assert hits == 0
    assert decided > 20
    assert rest.play(len(rest.contacts), 0.0)[0] > decided * 0.9


def test_what_is_in_hand_is_finished_first() -> None:
    """Ten agents with a contact in hand each are free after what is left of a handling time, 0.82 of it on average."""
    now = situation(agents=10, busy=10, rate=0.0)
    chance = Random("left")
    hands = [free for _ in range(800) for free in rest_of(now, sure(now), chance).hands]
    assert sum(hands) / len(hands) == pytest.approx(AHT_S * (1 + 0.8**2) / 2, rel=0.04)
