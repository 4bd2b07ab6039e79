"""What a monitor hears from the FreeSWITCH speaker comes to the simulator's own truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.events import AgentState, Event
from floorwatch.floor.settings import Settings
from floorwatch.ingest.source import Delivery, InputCounts
from floorwatch.report import build_report
from simulators.day import settings_of
from simulators.flow import day_start_ms, floor_day
from simulators.profile import load_profile
from simulators.speaker import instant
from simulators.truth import Tables, truth_report
from simulators.truth.told import FREESWITCH
from tests.simulators.freeswitch_told import heard
from tests.simulators.truth import differences

START = 1_773_741_600_000
APART = frozenset(("from", "adherence", "corrected"))
"""The switch is asked before the first fact; there is no schedule here; and what was held came a little late."""


def day_of(name: str, seed: int) -> tuple[list[Event], Settings, dict[str, Any]]:
    """A simulated day, what its monitor is configured with, and what is true of it as far as FreeSWITCH can tell."""
    profile = load_profile(name)
    tables = Tables(profile, told=FREESWITCH)
    events = list(floor_day(profile, seed, day_start_ms(profile.date, profile.timezone), witness=tables))
    return events, settings_of(profile), truth_report(tables, [])


def report_of(deliveries: Sequence[Delivery], settings: Settings) -> dict[str, Any]:
    """The report of the engine that runs live."""
    engine = Engine(settings)
    for at_ms, event in deliveries:
        engine.advance(at_ms)
        engine.apply(event)
    return build_report(engine, InputCounts())


def as_read(report: dict[str, Any]) -> Any:
    """The report as somebody reads it from its file."""
    return json.loads(json.dumps(report))


@pytest.mark.parametrize(("seed", "is_slow"), [(1, False), (2, True)], ids=["lists come at once", "lists come late"])
def test_a_day_heard_by_our_translation_has_the_figures_of_the_truth(seed: int, is_slow: bool) -> None:
    """Every figure of every queue and agent: ring-all, overflow, transfers, chats, split shifts, lost phones.

    The floor is listed hundreds of times in the middle of what happens, and it changes nothing.
    """
    events, settings, truth = day_of("property-desk", seed)
    listener = heard(events, asks_every=61, is_slow=is_slow)
    report = report_of(listener.deliveries, settings)
    assert listener.looks > 250
    assert not report["input"]["anomalies"]
    assert report["queues"]["repairs"]["exited"]["transferred"], "overflow is told, in other words"
    assert list(differences(as_read(truth), as_read(report), without=APART)) == []


def test_memberships_are_configuration_and_a_new_one_is_found_at_the_next_look() -> None:
    """Who logs out keeps the tiers and has them when it comes back; who leaves a queue and works on loses that one."""

    def says(at_s: int, state: AgentState) -> Event:
        return e.AgentStateChanged(time=START + at_s * 1000, agent="A1", state=state)

    def moves(kind: type[e.AgentJoined | e.AgentLeft], at_s: int, *queues: str) -> list[Event]:
        return [kind(time=START + at_s * 1000, agent="A1", queue=queue) for queue in queues]

    events = [
        *moves(e.AgentJoined, 0, "billing", "sales"),
        says(0, "available"),
        *moves(e.AgentLeft, 60, "billing", "sales"),
        says(60, "offline"),
        *moves(e.AgentJoined, 120, "billing", "sales"),
        says(120, "available"),
        *moves(e.AgentLeft, 180, "sales"),
        says(240, "paused"),
    ]
    deliveries = heard(events, asks_every=1, is_slow=False).deliveries
    reports = [event for _, event in deliveries if isinstance(event, e.FloorReported)]
    members = {instant(report) - START: [member.queue for member in report.members] for report in reports}
    assert members[60_000] == members[120_000] == ["billing", "sales"]
    assert members[240_000] == ["billing"]
