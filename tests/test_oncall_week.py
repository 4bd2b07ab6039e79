"""A week of three teams in two time zones, over a clock change: who is told what, and when, equals a recount."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
import yaml

from floorwatch.floor import internal as i
from tests.oncall_recount import DAY_MS, MINUTE_MS
from tests.oncall_week import CONFIG, LEAVES_WITHIN_MS, RUN_OUT_MS, Week, free_at, read, ways_of, week
from tests.oncall_week_events import SINCE, UNTIL
from tests.oncall_week_plans import planned


@pytest.fixture(scope="module", params=[1, 2])
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Week:
    """A week in which outputs take what is owed within a minute."""
    return week(request.param, tmp_path_factory.mktemp("week"))


def test_who_is_told_what_and_when_equals_a_recount(lived: Week) -> None:
    """Everything everybody is to be told in the week, to the second; and who is on call, minute by minute."""
    was = lived.was_told()
    assert was == lived.should_be_told
    assert lived.on_call_asked == 4 * (7 * DAY_MS + RUN_OUT_MS) // MINUTE_MS
    kinds = {kind: sum(one.kind == kind for one in was) for kind in ("call", "taken", "over")}
    assert min(kinds.values()) > 20, kinds
    assert {"e1.2.", "e2.1.", "e3.1."} <= {one.key.split("/")[3][:5] for one in was}, (
        "rounds and climbs that begin anew"
    )
    assert sum(one.person == "silent" for one in was) > 30


def test_everybody_is_reached_by_the_right_way_and_not_at_night(lived: Week) -> None:
    """A call leaves while it is wanted, by the channel whose turn it is, and in quiet hours if it is an emergency."""
    assert lived.should_be_told
    left = {key: sent for sent in lived.sent for key in sent.keys}
    calls = [one for one in lived.was_told() if one.kind == "call"]
    last = {(one.alert, one.person, left[one.key]): one for one in calls if one.key in left}
    n_held = n_lost = 0
    for call in calls:
        climb, _, _, time = map(int, call.key.split("/")[3][1:].split("."))
        recount, person = lived.recounts[call.alert], lived.plan["people"][call.person]
        severity, ends = recount.severities[climb], recount.ends.get(climb, UNTIL + RUN_OUT_MS)
        ways, free = ways_of(person, severity), free_at(person, severity, call.at)
        n_held += free > call.at
        n_lost += not ways
        sent = left.get(call.key)
        if sent is None:
            assert not ways or ends < free + LEAVES_WITHIN_MS, call
            continue
        assert free <= sent.at <= min(ends, free + LEAVES_WITHIN_MS), call
        if last[call.alert, call.person, sent] == call:  # what was not sent before is told with it
            assert sent.output == ways[(time - 1) % len(ways)], call
    assert n_held > 5
    assert n_lost > 0


def test_hand_overs_are_when_the_people_change(lived: Week) -> None:
    """At the second at which others are on call: by a turn, by an override, by its end, and by one that is replaced."""
    end = UNTIL + RUN_OUT_MS
    given = lived.said[i.OperatorOverrode]
    edges = [edge for one in given for edge in (one.time, one.since, one.until)]
    edges += [one.time for one in lived.said[i.OperatorOverrideEnded]]
    ticks = sorted({*range(SINCE, end + 1, MINUTE_MS), *(_tick(edge) for edge in edges if SINCE < edge <= end - 1000)})
    expected = [
        (rota, at, before, after)
        for rota in lived.plan["rotas"]
        for (before, after), at in zip(pairwise(lived.people(rota, tick) for tick in ticks), ticks[1:], strict=True)
        if before and before != after
    ]
    handovers = lived.engine.calling.roster.handovers
    found = [(one.rota, _tick(one.until), one.people, one.next_people) for one in handovers if one.until <= end]
    assert sorted(found) == sorted(expected)
    assert len(found) > 40


def _tick(at: int) -> int:
    """The whole second at which it is seen."""
    return -(-at // 1000) * 1000


def test_a_week_of_long_silences_equals_a_recount(tmp_path: Path) -> None:
    """Where nobody looks for hours, the engine leaps from one thing to the next, and misses nothing."""
    quiet = week(65, tmp_path, poll_ms=DAY_MS)
    assert quiet.was_told() == quiet.should_be_told
    assert len(quiet.was_told()) > 100


@pytest.mark.parametrize("seed", [9])
def test_rotas_and_escalations_made_by_lot_equal_a_recount(seed: int, tmp_path: Path) -> None:
    """Layers, hours, holidays, steps and rounds that nobody has thought of, in four time zones."""
    plan = planned(Random(seed), read(CONFIG))
    lived = week(seed, tmp_path, 60_000, yaml.dump(plan, sort_keys=False))
    assert lived.was_told() == lived.should_be_told
    assert len(lived.was_told()) > 50
