from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import sqrt
from pathlib import Path
from typing import Any

import pytest

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from simulators.flow import agents_of, plan
from simulators.incidents import load_incidents
from simulators.profile import load_profile
from tests.simulators.truth import differences
from tests.simulators.two_sites import FLOOR, START_MS, events_of, floor, incident, of_day, played

NOT_COMPARED = frozenset(("adherence",))
"""A replay reads no schedule here."""
TIMELINES = Path(__file__).parents[2] / "simulators" / "timelines"
TALK_MS = 100_000
STEADY: dict[str, Any] = {
    "handling": {"law": "constant", "value": TALK_MS // 1000},
    "hold": {"ratio": 0},
    "transfer": {"ratio": 0},
    "retry": {"ratio": 0},
}
"""Every contact takes as long, and nobody calls twice."""
MANY = floor(queue={**STEADY, "contacts": 3_000, "timeout": "20s"})
"""So many that they can be counted against chance; most are sent away."""
PERFECT = {"late_ratio": 0, "over_ratio": 0, "extra_ratio": 0, "unreachable_ratio": 0}
"""All agents as they should be."""
EASY = floor(habits=PERFECT)
TEAM = {agent: team for agent, team, _ in agents_of(FLOOR)}


def offered(events: Iterable[Event], queue: str) -> list[int]:
    """When contacts came to the queue."""
    return [event.time for event in events if isinstance(event, e.ContactOffered) and event.queue == queue]  # type: ignore[misc]


def within(events: Iterable[Event], since: float, until: float) -> list[Event]:
    """The events of these hours of the day."""
    return [event for event in events if of_day(since) <= event.time < of_day(until)]  # type: ignore[operator]


def talks(events: Iterable[Event], queue: str) -> list[tuple[int, int]]:
    """(when answered, how long) of the contacts of a queue."""
    answered, found = {}, []
    for event in events:
        if isinstance(event, e.ContactAnswered) and event.queue == queue:
            answered[event.contact] = event.time
        elif isinstance(event, e.ContactEnded) and event.contact in answered:
            since = answered.pop(event.contact)
            found.append((since, event.time - since))  # type: ignore[operator]
    return found  # type: ignore[return-value]


def log_ins(events: Iterable[Event]) -> dict[str, int]:
    """When each agent came, by name."""
    came: dict[str, int] = {}
    for event in events:
        if isinstance(event, e.AgentStateChanged) and event.state == "available":
            came.setdefault(event.agent, event.time)  # type: ignore[arg-type]
    return came


def states(events: Iterable[Event], *wanted: str) -> dict[str, list[tuple[int, str]]]:
    """(when, which) of these states, by agent."""
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for event in events:
        if isinstance(event, e.AgentStateChanged) and event.state in wanted:
            found[event.agent].append((event.time, event.state))  # type: ignore[arg-type]
    return found


# Incidents of the floor, one by one.


def test_a_surge_multiplies_the_contacts_of_its_hours_and_no_others() -> None:
    """x 1.9 in the window, within four standard deviations; outside it, and on other queues, no arrival is another."""
    surge = incident('{kind: surge, at: "09:10", until: "10:40", factor: 1.9, queues: [sales]}')
    usual, surging = events_of(profile=MANY), events_of(surge, profile=MANY)
    expected = 3_000 * 1.5 / 3.75
    count = len(offered(within(surging, 9 + 10 / 60, 10 + 40 / 60), "sales"))
    assert abs(count - 1.9 * expected) < 4 * sqrt(1.9 * expected)
    for since, until in ((0, 9 + 10 / 60), (10 + 40 / 60, 24)):
        assert offered(within(surging, since, until), "sales") == offered(within(usual, since, until), "sales")
    assert set(offered(usual, "sales")) < set(offered(surging, "sales"))
    assert offered(surging, "care") == offered(usual, "care")
    assert within(surging, 0, 9 + 10 / 60) == within(usual, 0, 9 + 10 / 60)


def test_a_surge_below_one_takes_contacts_away() -> None:
    """A holiday's factor leaves so many of the usual contacts, and brings none that were not there."""
    lull = incident('{kind: surge, at: "09:10", until: "10:40", factor: 0.5}')
    usual, calm = events_of(profile=MANY), events_of(lull, profile=MANY)
    before, left = (offered(within(events, 9 + 10 / 60, 10 + 40 / 60), "sales") for events in (usual, calm))
    assert set(left) < set(before)
    assert abs(len(left) - len(before) / 2) < 4 * sqrt(len(before) / 4)


def test_slow_systems_lengthen_what_is_answered_meanwhile() -> None:
    """On a floor where every talk takes as long, each one answered in these hours takes 1.35 times that."""
    slow = incident('{kind: slow_systems, at: "09:30", until: "10:30", queues: [care]}')
    events = events_of(slow, profile=floor(queue=STEADY, habits={"speed_cv": 0}))
    for since, talk_ms in talks(events, "care"):
        is_slow = of_day(9.5) <= since < of_day(10.5)
        assert talk_ms == pytest.approx(1.35 * TALK_MS if is_slow else TALK_MS, abs=1)
    assert {talk_ms for _, talk_ms in talks(events, "sales")} == {TALK_MS}
    assert len(within(events, 9.5, 10.5)) > 100


def test_an_outage_cuts_a_site_off_and_lets_it_come_back() -> None:
    """Contacts in hand end by the system, what rings is declined and waits on, nobody there takes one until the end.

    Nor is anybody there at work meanwhile: not whose break ends either.
    """
    lost, back = 10 + 5 / 60, 10 + 35 / 60
    at_ms = of_day(lost)
    outage = incident('{kind: outage, at: "10:05", until: "10:35", sites: [Munich]}')
    busy = floor(queue={"contacts": 450}, habits=PERFECT)
    for seed in (1, 2, 3):
        usual, events = events_of(profile=busy, seed=seed), events_of(outage, profile=busy, seed=seed)
        assert within(events, 0, lost) == within(usual, 0, lost)
        gone = {agent for agent, team in TEAM.items() if team == "south"}
        at_once = [event for event in events if event.time == at_ms]
        by_system = [event for event in events if isinstance(event, e.ContactEnded) and event.by == "system"]
        assert {event.time for event in by_system} == {at_ms}
        cut = {event.agent for event in by_system}
        assert cut <= gone
        declined = [event for event in at_once if isinstance(event, e.ContactDeclined)]
        waiting = {event.contact for event in within(events, lost, 24) if isinstance(event, e.ContactAlerting)}
        assert all(event.agent in gone and event.contact in waiting for event in declined)
        for event in within(events, lost, back):
            assert not (isinstance(event, e.ContactAlerting | e.ContactAnswered) and event.agent in gone)
        dark = states(at_once, "unreachable")
        assert cut <= dark.keys() | states(at_once, "paused").keys()
        assert dark.keys() <= gone
        ends = states(within(usual, lost, back), "available")
        assert gone & ends.keys()
        assert not gone & states(within(events, lost, back), "available").keys()
        again = states(within(events, back, 24), "available", "paused")  # paused: their break was due meanwhile
        assert all(min(again[agent])[0] == of_day(back) for agent in dark)
        took = {event.agent for event in within(events, back, 24) if isinstance(event, e.ContactAnswered)}
        assert gone <= took


def test_an_outage_of_a_team_leaves_the_other_at_work() -> None:
    """Only the team named is cut off; the other one goes on."""
    events = events_of(incident('{kind: outage, at: "09:30", until: "10:00", teams: [north]}'), profile=EASY)
    took = {event.agent for event in within(events, 9.5, 10) if isinstance(event, e.ContactAnswered)}
    assert {TEAM[agent] for agent in took} == {"south"}


def test_the_sick_do_not_come_and_the_others_do_as_ever() -> None:
    """So many of those whose shift begins then stay away all day, of the team named; who comes, comes as without it."""
    large = floor(queue={"contacts": 20}, agents=150)
    sick = incident('{kind: sick_leave, at: "07:00", until: "09:00", ratio: 0.3, teams: [north]}')
    usual, left = log_ins(events_of(profile=large)), log_ins(events_of(sick, profile=large))
    team = {agent: name for agent, name, _ in agents_of(large)}
    absent = usual.keys() - left.keys()
    assert {team[agent] for agent in absent} == {"north"}
    assert abs(len(absent) - 0.3 * 150) < 4 * sqrt(150 * 0.3 * 0.7)
    assert left == {agent: came for agent, came in usual.items() if agent not in absent}


def test_sick_leave_is_of_those_whose_shift_begins_then() -> None:
    """In hours in which no shift begins, everybody comes."""
    sick = incident('{kind: sick_leave, at: "09:00", until: "12:00", ratio: 1}')
    assert log_ins(events_of(sick)) == log_ins(events_of())


def test_a_late_shift_comes_later_by_half_to_all_of_it() -> None:
    """Everybody of the team logs in 20 to 40 minutes after the shift's begin; the other team as on any day."""
    late = incident('{kind: late_shift, at: "07:00", until: "09:00", by: 40m, teams: [south]}')
    usual, came = log_ins(events_of(profile=EASY)), log_ins(events_of(late, profile=EASY))
    for agent, at in came.items():
        if TEAM[agent] == "south":
            assert of_day(8) + 20 * 60_000 <= at <= of_day(8) + 40 * 60_000
        else:
            assert at == usual[agent]


def test_a_long_pause_keeps_so_many_away_longer_than_the_schedule_has_it() -> None:
    """Seats 2 to 4 go when it begins and they are free, and come back when it ends, not when the schedule has them."""
    pause = incident(
        '{kind: long_pause, at: "09:00", due: "09:15", until: "09:40", agents: 3, skip: 1, teams: [north]}'
    )
    chosen = [agent for agent, team in TEAM.items() if team == "north"][1:4]
    events = events_of(pause, profile=EASY)
    seen = states(within(events, 9, 24), "paused", "available")
    for agent in chosen:
        gone = min(at for at, state in seen[agent] if state == "paused")
        back = min(at for at, state in seen[agent] if state == "available" and at > gone)
        assert of_day(9) <= gone < of_day(9.5)
        assert of_day(9 + 40 / 60) <= back <= of_day(9 + 40 / 60) + 40_000
    scheduled = {stint.agent: list(stint.activities()) for stint in plan(EASY, (pause,))}
    for agent, lines in scheduled.items():
        has_it = ("break", of_day(9) - START_MS, of_day(9.25) - START_MS) in lines
        assert has_it == (agent in chosen)


def test_a_switch_that_restarts_loses_all_its_calls_and_hears_nothing_meanwhile() -> None:
    """All who talk are cut off, all who wait thrown out; then no contact, until it is back and many call again."""
    restart = incident('{kind: switch_restart, at: "10:00", until: "10:10"}')
    crowded = floor(queue={"contacts": 700}, habits=PERFECT)
    usual, events = events_of(profile=crowded), events_of(restart, profile=crowded)
    assert within(events, 0, 10) == within(usual, 0, 10)
    waiting: set[tuple[str, str]] = set()
    talking: set[str] = set()
    for event in within(events, 0, 10):
        if isinstance(event, e.ContactOffered):
            waiting.add((event.contact, event.queue))
        elif isinstance(event, e.ContactAnswered | e.ContactAbandoned | e.ContactExited):
            waiting.discard((event.contact, event.queue))
            talking |= {event.contact} if isinstance(event, e.ContactAnswered) else set()
        elif isinstance(event, e.ContactEnded | e.ContactTransferred):
            talking.discard(event.contact)
    died = [event for event in events if event.time == of_day(10)]
    exits = [event for event in died if isinstance(event, e.ContactExited)]
    thrown = {(event.contact, event.queue) for event in exits if event.reason == "other"}
    cut = {event.contact for event in died if isinstance(event, e.ContactEnded) and event.by == "system"}
    assert thrown == waiting != set()
    assert cut == talking != set()
    meanwhile = [event for event in within(events, 10, 10 + 10 / 60) if event.time != of_day(10)]
    assert not [event for event in meanwhile if hasattr(event, "contact")]
    after = within(events, 10 + 10 / 60, 10 + 25 / 60)
    assert len(offered(after, "sales")) > len(offered(within(usual, 10 + 10 / 60, 10 + 25 / 60), "sales"))
    assert {event.agent for event in after if isinstance(event, e.ContactAnswered)} == set(TEAM)


def test_a_contact_on_its_way_to_another_queue_dies_with_the_switch() -> None:
    """Of contacts that are all sent on, none comes to its second queue while the switch is down."""
    restart = incident('{kind: switch_restart, at: "10:00", until: "10:10"}')
    sent_on = {"contacts": 2_500, "transfer": {"ratio": 1, "to": "care"}, "handling": {"law": "constant", "value": 10}}
    busy = floor(queue=sent_on, agents=20)
    seconds = 0
    for seed in (1, 2, 3):
        events = events_of(restart, profile=busy, seed=seed)
        sent = {event.contact for event in within(events, 0, 10) if isinstance(event, e.ContactTransferred)}
        came = [event for event in events if isinstance(event, e.ContactOffered) and event.contact in sent]
        assert offered(within(events, 10, 10 + 10 / 60), "care") == []
        seconds += len(came) - len(sent)
    assert seconds > 1_000


# The truth of a day with incidents.

OF_THE_FLOOR = {
    "surge": '{kind: surge, at: "09:10", until: "10:10", factor: 2.5}',
    "slow_systems": '{kind: slow_systems, at: "09:10", until: "10:40", factor: 1.6}',
    "outage_of_a_site": '{kind: outage, at: "09:30", until: "10:00", sites: [Munich]}',
    "outage_of_all": '{kind: outage, at: "09:30", until: "10:00", teams: [north, south]}',
    "sick_leave": '{kind: sick_leave, at: "07:00", until: "09:00", ratio: 0.4}',
    "late_shift": '{kind: late_shift, at: "07:00", until: "09:00", by: 45m}',
    "long_pause": '{kind: long_pause, at: "09:00", due: "09:15", until: "09:40", agents: 4, teams: [north, south]}',
    "switch_restart": '{kind: switch_restart, at: "10:00", until: "10:10"}',
}


@pytest.mark.parametrize("typed", OF_THE_FLOOR.values(), ids=OF_THE_FLOOR)
def test_the_truth_of_a_day_with_an_incident_is_what_the_engine_reports(tmp_path: Path, typed: str) -> None:
    """Every figure and every count of the input is the same, to the millisecond, on a floor under load."""
    truth, report = played(tmp_path, incident(typed), profile=floor(queue={"contacts": 420}))
    assert not list(differences(truth, report, without=NOT_COMPARED))
    assert truth["input"] == report["input"]


def test_the_truth_of_the_worst_of_days(tmp_path: Path) -> None:
    """All incidents of the floor at once, and duplicates, late events and nonsense on top: still the same figures."""
    messy = (
        '{kind: duplicates, at: "07:00", until: "14:00", ratio: 0.1}',
        '{kind: late_events, at: "07:00", until: "14:00", ratio: 0.1}',
        '{kind: malformed, at: "07:00", until: "14:00", ratio: 0.1}',
    )
    incidents = [incident(typed) for typed in (*OF_THE_FLOOR.values(), *messy)]
    truth, report = played(tmp_path, *incidents, profile=floor(queue={"contacts": 420}))
    assert not list(differences(truth, report, without=NOT_COMPARED | {"corrected"}))
    assert truth["input"] == report["input"]


def test_the_truth_of_the_bundled_bad_day(tmp_path: Path) -> None:
    """The bundled timeline on the bundled small floor: every figure is true, and the day is bad indeed."""
    small = load_profile("small")
    incidents = load_incidents(TIMELINES / "bad-day.yaml", small).incidents
    truth, report = played(tmp_path, *incidents, profile=small)
    assert not list(differences(truth, report, without=NOT_COMPARED))
    level = truth["queues"]["support"]["service_level"]["short_abandons_excluded"]
    assert level < truth["queues"]["support"]["target"]["ratio"] - 0.1


def test_every_incident_is_labelled_in_the_truth(tmp_path: Path) -> None:
    """Kind, label, from and to as instants, and what was typed, durations in milliseconds: for back-tests."""
    surge = incident('{kind: surge, at: "09:10", until: "10:10", factor: 2.5, queues: [sales], label: TV spot}')
    skew = incident('{kind: clock_skew, at: "09:00", until: "26:30", by: 90s}')
    truth, _ = played(tmp_path, surge, skew)
    assert truth["incidents"] == [
        {
            "kind": "surge",
            "label": "TV spot",
            "from": "2026-03-03T08:10:00.000Z",
            "to": "2026-03-03T09:10:00.000Z",
            "queues": ["sales"],
            "factor": 2.5,
        },
        {
            "kind": "clock_skew",
            "label": "",
            "from": "2026-03-03T08:00:00.000Z",
            "to": "2026-03-04T01:30:00.000Z",
            "by_ms": 90_000,
            "ahead": False,
        },
    ]
