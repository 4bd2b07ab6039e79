from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
import pytest

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.activity import ACTIVITIES
from floorwatch.floor.events import Event
from floorwatch.replay import in_our_time
from simulators.day import settings_of
from simulators.faults import Told, tell
from tests.simulators.truth import differences
from tests.simulators.two_sites import START_MS, events_of, floor, incident, of_day, played

LOSS = incident('{kind: feed_loss, at: "10:06", until: "10:26"}')
LOST_MS, BACK_MS = of_day(10.1), of_day(10 + 26 / 60)
BEHIND = incident('{kind: clock_skew, at: "06:00", until: "18:00", by: 90s}')
CROWDED = floor(queue={"contacts": 470})
"""Somebody waits nearly always."""


def lost_of(events: Iterable[Event]) -> list[Event]:
    """What happens while the connection is lost."""
    return [event for event in events if LOST_MS <= event.time < BACK_MS]  # type: ignore[operator]


def fact(kind: type[Event], at_ms: int, **attributes: object) -> Event:
    """A fact of the source `switch`."""
    name = "-".join(str(value) for value in attributes.values())
    return kind(time=at_ms, id=f"{kind.__name__}-{at_ms}-{name}", source="switch", **attributes)  # type: ignore[arg-type]


def test_nothing_is_told_while_the_connection_is_lost() -> None:
    """Lost, back, the gap, the floor: only what happens in between is missing, and it all is.

    What is on its way when the connection is lost has come just before, however late it would have been.
    """
    events = events_of(profile=CROWDED)
    late = incident('{kind: late_events, at: "10:05", until: "11:00", ratio: 1, delay: {law: constant, value: 200}}')
    again = incident('{kind: duplicates, at: "10:05", until: "10:30", ratio: 1}')
    told = [one for one in tell(events, (LOSS, late, again), seed=1, start_ms=START_MS) if isinstance(one.what, Event)]
    assert not [one for one in told if LOST_MS < one.received_ms < BACK_MS]
    delayed = [one for one in told if LOST_MS - 60_000 <= one.what.time < LOST_MS]  # type: ignore[operator, union-attr]
    assert {one.received_ms for one in delayed} == {LOST_MS}
    said = [one for one in told if (one.what.id or "").startswith(("source.", "floor."))]  # type: ignore[union-attr]
    assert [type(one.what) for one in said] == [e.SourceDown, e.SourceUp, e.SourceGap, e.FloorReported]
    assert [one.received_ms for one in said] == [LOST_MS, BACK_MS, BACK_MS, BACK_MS]
    assert told.index(said[0]) > max(told.index(one) for one in delayed)
    assert said[2].what.since == LOST_MS  # type: ignore[union-attr]
    missing = {event.id for event in events} - {one.what.id for one in told}  # type: ignore[union-attr]
    assert missing == {event.id for event in lost_of(events)} != set()


def test_two_losses_that_touch_are_one_and_one_that_never_begins_is_none() -> None:
    """Overlapping losses are told as one; one after the last event is not told, one that holds it is to its end."""
    events = events_of(profile=CROWDED)
    last_ms: int = events[-1].time  # type: ignore[assignment]
    following = incident('{kind: feed_loss, at: "10:20", until: "10:40"}')
    after = incident('{kind: feed_loss, at: "20:00", until: "21:00"}')
    told = list(tell(events, (following, LOSS, after), seed=1, start_ms=START_MS))
    outages = [(type(one.what), one.received_ms) for one in told if isinstance(one.what, e.SourceDown | e.SourceUp)]
    assert outages == [(e.SourceDown, LOST_MS), (e.SourceUp, of_day(10 + 40 / 60))]
    through = incident('{kind: feed_loss, at: "12:00", until: "21:00"}')
    told = list(tell(events, (through,), seed=1, start_ms=START_MS))
    assert of_day(12) < last_ms < of_day(21)
    assert [type(one.what) for one in told[-4:]] == [e.SourceDown, e.SourceUp, e.SourceGap, e.FloorReported]
    assert told[-1].received_ms == of_day(21)


def test_the_report_says_exactly_what_the_floor_is_like() -> None:
    """Who waits, talks, belongs where, pauses since when, and is in which state, in the source's own time.

    What happened in the loss is in it, and facts of the very millisecond in which the connection is back, told before.
    """
    at, back = LOST_MS - 60_000, BACK_MS
    happens = [
        fact(e.AgentJoined, at, agent="A01", queue="sales"),
        fact(e.AgentStateChanged, at, agent="A01", state="available"),
        fact(e.AgentJoined, at, agent="A02", queue="sales"),
        fact(e.AgentJoined, at, agent="A02", queue="care"),
        fact(e.AgentStateChanged, at, agent="A02", state="available"),
        fact(e.AgentJoined, at, agent="A03", queue="care"),
        fact(e.AgentStateChanged, at, agent="A03", state="available"),
        fact(e.ContactOffered, at + 1, contact="C1", queue="sales"),
        fact(e.ContactOffered, at + 2, contact="C2", queue="sales"),
        fact(e.ContactOffered, at + 3, contact="C3", queue="care"),
        fact(e.ContactAnswered, LOST_MS + 1, contact="C1", queue="sales", agent="A01"),
        fact(e.ContactAbandoned, LOST_MS + 2, contact="C3", queue="care"),
        fact(e.AgentStateChanged, LOST_MS + 3, agent="A02", state="paused", reason="lunch"),
        fact(e.AgentLeft, LOST_MS + 4, agent="A03", queue="care"),
        fact(e.AgentStateChanged, LOST_MS + 4, agent="A03", state="offline"),
        fact(e.ContactOffered, back, contact="C4", queue="care"),
        fact(e.ContactEnded, back + 1, contact="C1", queue="sales", agent="A01"),
    ]
    told = list(tell(happens, (LOSS, BEHIND), seed=1, start_ms=START_MS))
    report, last = told[-2].what, told[-1].what
    assert isinstance(report, e.FloorReported)
    assert isinstance(last, e.ContactEnded)
    assert isinstance(told[-3].what, e.ContactOffered)
    skew_ms = -90_000
    assert report.time == back + skew_ms
    assert report.complete
    assert report.waiting == (
        e.Waiting(contact="C2", queue="sales", since=at + 2 + skew_ms),
        e.Waiting(contact="C4", queue="care", since=back + skew_ms),
    )
    assert report.talking == (e.Talking(contact="C1", queue="sales", agent="A01", since=LOST_MS + 1 + skew_ms),)
    pausing: dict[str, Any] = {"agent": "A02", "paused": True, "reason": "lunch", "since": LOST_MS + 3 + skew_ms}
    assert report.members == (
        e.Member(agent="A01", queue="sales"),
        e.Member(queue="sales", **pausing),
        e.Member(queue="care", **pausing),
    )
    assert report.states == (
        e.ReportedState(agent="A01", state="available", since=at + skew_ms),
        e.ReportedState(agent="A02", state="paused", reason="lunch", since=LOST_MS + 3 + skew_ms),
        e.ReportedState(agent="A03", state="offline", since=LOST_MS + 4 + skew_ms),
    )


def heard_by(told: Iterable[Told], instants_ms: Sequence[int]) -> Iterator[Engine]:
    """The engine at each of these instants, when it has heard everything that has arrived by then."""
    engine, coming = Engine(settings_of(CROWDED)), list(instants_ms)
    arriving = (
        (one.received_ms, msgspec.structs.replace(one.what, received=one.received_ms))
        for one in told
        if isinstance(one.what, Event)
    )
    for applied_at, event in in_our_time(arriving):
        while coming and coming[0] < applied_at:
            engine.advance(coming.pop(0))
            yield engine
        engine.advance(applied_at)
        engine.apply(event)


def waiting_in(engine: Engine) -> dict[str, list[int]]:
    """Since when contacts wait, by queue."""
    return {name: sorted(visit.entered_at for visit in ledger.waiting) for name, ledger in engine.books.ledgers.items()}


def doing(engine: Engine, instant_ms: int) -> dict[str, str]:
    """Each agent's activity."""
    for agent in engine.books.agents.values():
        agent.catch_up()
    return {name: ACTIVITIES[agent.now_doing(instant_ms)[0]] for name, agent in engine.books.agents.items()}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("skew", [(), (BEHIND,)], ids=["", "skewed"])
def test_after_a_loss_the_floor_is_known_again(seed: int, skew: tuple[Any, ...]) -> None:
    """The report brings back who waits since when and what every agent does; and it stays so.

    Only phones that ring, and holds, at the very moment are not in it: such an agent shows as free, or as talking.
    """
    events = events_of(seed=seed, profile=CROWDED)
    told = tell(events, (LOSS, *skew), seed=seed, start_ms=START_MS)
    true = (Told(event.time, event) for event in events)  # type: ignore[arg-type]
    instants_ms = (BACK_MS, BACK_MS + 120_000, BACK_MS + 1_800_000)
    shown = {"alerting": "available", "on_hold": "talking"}
    for instant_ms, knows, hears in zip(
        instants_ms, heard_by(true, instants_ms), heard_by(told, instants_ms), strict=True
    ):
        assert waiting_in(hears) == waiting_in(knows)
        expected, seen = doing(knows, instant_ms), doing(hears, instant_ms)
        if instant_ms == BACK_MS:
            assert [since for queue in waiting_in(knows).values() for since in queue if since > LOST_MS]
            assert "paused" in expected.values()
            assert all(seen[name] in (activity, shown.get(activity)) for name, activity in expected.items())
        else:
            assert seen == expected


@pytest.fixture(scope="module")
def lost_day(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """(truth, report) of the day with the loss."""
    return played(tmp_path_factory.mktemp("loss"), LOSS, profile=CROWDED)


def test_the_truth_marks_what_a_loss_makes_incomplete(lost_day: tuple[dict[str, Any], dict[str, Any]]) -> None:
    """The intervals it touches are incomplete, in the truth as in the report; those apart from it are exact."""
    truth, report = lost_day
    for name, queue in truth["queues"].items():
        pairs = list(zip(queue["intervals"], report["queues"][name]["intervals"], strict=True))
        marked = [true["start"][11:16] for true, _ in pairs if true["incomplete"]]
        assert marked == ["10:00", "10:15"]
        assert not [true for true, said in pairs if true["incomplete"] != said["incomplete"]]
        apart = [differences(true, said) for true, said in pairs if not true["incomplete"]]
        assert not [difference for found in apart for difference in found]
    assert truth["input"] == {**report["input"], "anomalies": None}


def test_contacts_that_come_and_go_in_a_loss_are_all_that_is_missing(
    lost_day: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    """Offered falls short of the truth by exactly those who both came and were gone while nothing was heard."""
    truth, report = lost_day
    unheard = lost_of(events_of(profile=CROWDED))
    over = (e.ContactEnded, e.ContactTransferred, e.ContactAbandoned, e.ContactExited)
    for name, queue in truth["queues"].items():
        came = {event.contact for event in unheard if isinstance(event, e.ContactOffered) and event.queue == name}
        gone = {event.contact for event in unheard if isinstance(event, over) and event.queue == name}
        assert came & gone
        assert report["queues"][name]["offered"] == queue["offered"] - len(came & gone)
