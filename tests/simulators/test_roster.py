from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean

import pytest

from simulators.chance import Chance
from simulators.day import settings_of
from simulators.flow import agents_of, day_start_ms, plan
from simulators.flow.roster import reality
from simulators.incidents.model import LongPause
from simulators.profile import FloorProfile, bundled, load_profile

PROFILES = {name: load_profile(name) for name in bundled() if name != "mega"}
every_profile = pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))


@every_profile
def test_a_schedule_covers_the_shift_without_gap_or_overlap(profile: FloorProfile) -> None:
    """Each line begins where the one before ended, from the start of the stint to its end."""
    for stint in plan(profile):
        lines = list(stint.activities())
        assert lines[0][1] == stint.start_ms
        assert lines[-1][2] == stint.end_ms
        assert all(start < end for _, start, end in lines)
        assert all(one[2] == other[1] for one, other in pairwise(lines))


def test_a_team_is_never_away_together() -> None:
    """At no time is more than half of a team of five or more of the small, the demo and the BPO floor away."""
    for name in ("small", "bpo"):
        stints = plan(PROFILES[name])
        for team, team_profile in PROFILES[name].teams.items():
            if team_profile.agents < 40 and name == "bpo":
                continue
            for minute in range(8 * 60, 20 * 60, 5):
                at_ms = minute * 60_000
                here = [stint for stint in stints if stint.team == team and stint.start_ms <= at_ms < stint.end_ms]
                away = [stint for stint in here if any(away.start_ms <= at_ms < away.end_ms for away in stint.away)]
                assert len(away) <= max(1, len(here) / 2)


def test_a_long_pause_stands_in_the_schedule_as_it_was_planned() -> None:
    """Two are planned away from 10:00 to 10:15 and are back at 10:40; a pause it would run into falls away."""
    pause = LongPause.model_validate(
        {"kind": "long_pause", "at": "10:00", "due": "10:15", "until": "10:40", "agents": 2, "teams": ["support"]}
    )
    changed = [
        (stint.agent, away)
        for stint in plan(PROFILES["small"], [pause])
        for away in stint.away
        if away.back_ms is not None
    ]
    assert [agent for agent, _ in changed] == ["A01", "A02"]
    for _, away in changed:
        assert (away.start_ms, away.end_ms, away.back_ms) == (36_000_000, 36_900_000, 38_400_000)


def test_agents_keep_to_their_shift_as_people_do() -> None:
    """Most log in within six minutes before, some late; one in fifty stays away; nobody leaves before the end."""
    profile = PROFILES["small"]
    chance = Chance.of("people")
    stint = plan(profile)[0]
    days = [reality(stint, profile.habits, (), chance) for _ in range(4000)]
    came = [day for day in days if day is not None]
    assert 1 - len(came) / len(days) == pytest.approx(profile.habits.absent_ratio, abs=0.01)
    early = [day for day in came if day.comes_ms <= stint.start_ms]
    assert len(early) / len(came) == pytest.approx(1 - profile.habits.late_ratio, abs=0.01)
    assert all(day.comes_ms >= stint.start_ms - 360_000 for day in came)
    assert all(stint.end_ms <= day.goes_ms <= stint.end_ms + 120_000 for day in came)
    first = stint.away[0]
    assert fmean(day.away[0][2] for day in came if day.away[0][1] == "break") > first.end_ms


@pytest.mark.parametrize(
    ("date", "eight"),
    [("2026-03-27", 7), ("2026-03-29", 6), ("2026-10-25", 7)],
    ids=["winter", "clocks go forward", "clocks go back"],
)
def test_shifts_start_on_local_time_when_the_clocks_change(date: str, eight: int) -> None:
    """Eight o'clock in Berlin is seven or six in UTC, also on the days the clocks change at night."""
    start = day_start_ms(date, "Europe/Berlin") + 8 * 3_600_000
    assert datetime.fromtimestamp(start / 1000, UTC) == datetime.fromisoformat(f"{date}T{eight:02d}:00:00+00:00")


def test_what_is_no_date_is_refused() -> None:
    """A date that does not exist is an error, not another day."""
    with pytest.raises(ValueError, match="day is out of range"):
        day_start_ms("2026-02-30", "UTC")


def test_settings_name_every_queue_and_agent_of_the_profile() -> None:
    """The small floor has its one queue and its twenty agents, each a member of it."""
    settings = settings_of(PROFILES["small"])
    assert list(settings.queues) == ["support"]
    assert list(settings.agents) == [agent for agent, _, _ in agents_of(PROFILES["small"])]
    assert {agent.queues for agent in settings.agents.values()} == {("support",)}


def test_a_long_pause_ends_in_the_schedule_with_the_stint() -> None:
    """Over the gap of a split shift, or past the end of one, the lines of a schedule still follow each other."""
    pause = LongPause(
        kind="long_pause", at="12:00", until="23:00", agents=100, teams=tuple(PROFILES["property-desk"].teams)
    )
    paused = 0
    for stint in plan(PROFILES["property-desk"], (pause,)):
        lines = list(stint.activities())
        assert lines[-1][2] == stint.end_ms
        assert all(one[2] == other[1] for one, other in pairwise(lines))
        paused += lines[-1][0] == "break"
    assert paused >= 10
