from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pytest
import yaml

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from simulators.flow import agents_of, floor_day
from simulators.profile import FloorProfile
from tests.simulators.two_sites import HOUR_MS, START_MS, TYPED, events_of, incident

SPLIT = FloorProfile.model_validate(
    {
        **yaml.safe_load(TYPED),
        "shifts": {"morning": {"spans": ["08:00-09:00", "10:00-12:00"]}},
        "habits": {"late_ratio": 0, "log_in_early": "0s", "leave_late": "0s"},
    }
)
"""A floor of two stints, to the millisecond."""


def comings(events: Iterable[Event]) -> dict[str, list[tuple[str, float]]]:
    """Agent to their log-ins and log-outs, with the hour of each."""
    said: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for event in events:
        assert isinstance(event.time, int)
        hour = (event.time - START_MS) / HOUR_MS
        if isinstance(event, e.AgentDescribed):
            said[event.agent].append(("in", hour))
        elif isinstance(event, e.AgentStateChanged) and event.state == "offline":
            said[event.agent].append(("out", hour))
    return said


def test_who_is_cut_off_for_all_of_a_stint_comes_for_the_next() -> None:
    """Nobody logs in after the end of a stint because the phone is back."""
    said = comings(events_of(incident('{kind: outage, at: "07:50", until: "09:30", sites: [Munich]}'), profile=SPLIT))
    for agent, team, _ in agents_of(SPLIT):
        ins = [hour for what, hour in said[agent] if what == "in"]
        assert ins == pytest.approx([10] if team == "south" else [8, 10], abs=0.001)
        assert said[agent][-1][0] == "out"


def test_who_is_still_at_it_when_the_next_stint_begins_stays() -> None:
    """An outage over the gap of a split shift: no log-out in it, and work until the end of the second stint."""
    events = events_of(incident('{kind: outage, at: "08:30", until: "10:30", sites: [Munich]}'), profile=SPLIT)
    said = comings(events)
    later = [event for event in events if event.time > START_MS + 10.5 * HOUR_MS]
    answering = {event.agent for event in later if isinstance(event, e.ContactAnswered)}
    for agent in (agent for agent, team, _ in agents_of(SPLIT) if team == "south"):
        assert [what for what, _ in said[agent]] == ["in", "out"]
        assert said[agent][-1][1] >= 12
        assert agent in answering


def test_an_incident_of_the_night_goes_on_past_midnight_on_every_day() -> None:
    """No contact while the switch is down, on the first night and on the second; before it, there are."""
    night = FloorProfile.model_validate(
        {
            "name": "night",
            "shifts": {"night": {"spans": ["20:00-30:00"]}},
            "queues": {"calls": {"contacts": 1_000, "shape": [[20, 1], [30, 1]]}},
            "teams": {"all": {"agents": 20, "queues": ["calls"], "shifts": ["night"]}},
        }
    )
    restart = incident('{kind: switch_restart, at: "23:30", until: "25:00"}')
    events = floor_day(night, 1, START_MS, days=3, incidents=(restart,))
    came = [(event.time - START_MS) / HOUR_MS for event in events if isinstance(event, e.ContactOffered)]
    for day_hours in (0, 24, 48):
        assert not [hour for hour in came if 23.5 <= hour - day_hours < 25]
        assert len([hour for hour in came if 22 <= hour - day_hours < 23.5]) > 50
