"""What a monitor hears from the manager speaker comes to the figures of the events it was fed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.settings import QueuePolicy, Settings
from simulators.day import settings_of
from simulators.flow import day_start_ms, floor_day
from simulators.profile import load_profile
from tests.simulators.ami_story import START, everything
from tests.simulators.ami_told import disagreements, heard, report_of, told


def day_of(name: str, seed: int) -> tuple[list[Event], Settings]:
    """A simulated day and what its monitor is configured with."""
    profile = load_profile(name)
    start_ms = day_start_ms(profile.date, profile.timezone)
    return list(floor_day(profile, seed, start_ms)), settings_of(profile)


def test_a_day_heard_by_our_client_has_the_figures_of_its_events() -> None:
    """Every figure of every queue and agent, to the millisecond, with ring-all, overflow, transfers and chats."""
    events, settings = day_of("property-desk", 2)
    got = heard(told(events))
    assert disagreements(events, got, settings) == []


@pytest.mark.parametrize("wrap_up_ms", [0, 7_000], ids=["no wrap-up", "timed wrap-up"])
def test_everything_that_can_be_told_is_told_exactly(wrap_up_ms: int) -> None:
    """Each reason, each state, and what happens within one millisecond; with a wrap-up that the monitor times."""
    events = everything()
    settings = Settings(default_policy=replace(QueuePolicy(), wrap_up_ms=wrap_up_ms))
    assert disagreements(events, heard(told(events)), settings) == []


def test_a_pause_everywhere_is_one_in_every_queue() -> None:
    """The latest reason counts, queue by queue; a pause in one queue ends alone."""
    paused = report_of(heard(told(everything())), Settings())["agents"]["A1"]["paused_by_queue"]
    assert paused == {
        "sales": {"break": 10.123, "lunch": 29.877, "quality": 10.0},
        "billing": {"break": 10.123, "lunch": 10.333 + 9.999, "coaching": 9.545, "": 7.0},
    }


def outcomes(events: Sequence[Event]) -> set[tuple[str, ...]]:
    """The kinds of facts, with what else tells them apart."""
    found = set()
    for event in events:
        details = (getattr(event, name, None) for name in ("reason", "state", "mode", "by"))
        found.add((type(event).__name__, *(detail for detail in details if detail)))
    return found


def test_the_reasons_arrive_as_they_were_given() -> None:
    """Declines, exits, refusals, transfers and ends are told apart, where the switch has a word for them."""
    got = outcomes([event for _, event in heard(told(everything()))])
    assert {
        ("ContactDeclined", "no_answer"),
        ("ContactDeclined", "rejected"),
        ("ContactDeclined", "busy"),
        ("ContactExited", "timeout"),
        ("ContactExited", "empty"),
        ("ContactExited", "key"),
        ("ContactExited", "withdrawn"),
        ("ContactRefused", "full"),
        ("ContactRefused", "empty"),
        ("ContactTransferred", "blind"),
        ("ContactTransferred", "attended"),
        ("ContactEnded", "agent"),
        ("ContactEnded", "customer"),
        ("AgentStateChanged", "unreachable"),
        ("AgentStateChanged", "busy"),
        ("AgentStateChanged", "lunch", "paused"),
    } <= got


def test_a_transferred_and_an_overflowing_contact_is_one_call() -> None:
    """It keeps its Uniqueid from queue to queue, where the next follows the last within moments."""
    got = [event for _, event in heard(told(everything())) if isinstance(event, e.ContactOffered)]
    at = {event.time - START: event.contact for event in got}  # type: ignore[operator]
    assert at[50_000] == at[60_300]
    assert at[80_003] == at[99_500]
    assert at[540_000] != at[530_000], "two visits at once are two calls"


def test_agents_who_never_join_sit_where_they_are_said_to_belong() -> None:
    """A day of states and answers only: with `seats` the agents' whole day is told, without them what follows."""
    state = {"source": "switch", "agent": "A1"}
    events: list[Event] = [
        e.AgentStateChanged(time=START, state="available", **state),
        e.AgentStateChanged(time=START + 5_000, state="paused", reason="break", **state),
        e.AgentStateChanged(time=START + 9_000, state="available", **state),
        e.ContactOffered(time=START + 10_000, contact="c1", queue="support", source="switch"),
        e.ContactAnswered(time=START + 12_000, contact="c1", queue="support", **state),
        e.ContactEnded(time=START + 20_000, contact="c1", queue="support", by="agent", **state),
        e.AgentStateChanged(time=START + 30_000, state="offline", **state),
    ]
    seated = heard(told(events, {"A1": ["support"]}), "switch")
    joined = [e.AgentJoined(time=START, agent="A1", queue="support", source="switch"), *events]
    assert disagreements(joined, seated, Settings()) == []
    late = [event for _, event in heard(told(events), "switch") if isinstance(event, e.AgentJoined)]
    assert [(event.time, event.queue) for event in late] == [(START + 12_000, "support")]


def test_a_report_of_a_recorded_day_seats_its_members() -> None:
    """A recorded live day begins with `floor.reported`: members and their pauses are there from then on."""
    members = (e.Member(agent="A1", queue="sales", paused=True, reason="lunch"), e.Member(agent="A2", queue="sales"))
    report = e.FloorReported(time=START, complete=True, members=members)
    got = [event for _, event in heard(told([report]))]
    assert [event.agent for event in got if isinstance(event, e.AgentJoined)] == ["A1", "A2"]
    assert [event.reason for event in got if isinstance(event, e.AgentStateChanged)] == ["lunch"]
