from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from simulators.day import PROFILES
from simulators.old_profile import FloorProfile
from simulators.shifts import day_start_ms, plan, settings_of


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_a_schedule_covers_the_shift_without_gap_or_overlap(profile: FloorProfile) -> None:
    """Each line begins where the one before ended, from the start of the shift to its end."""
    for shift in plan(profile):
        lines = list(shift.activities())
        assert lines[0][1] == shift.start_ms
        assert lines[-1][2] == shift.end_ms
        assert all(start < end for _, start, end in lines)
        assert all(one[2] == other[1] for one, other in pairwise(lines))
        assert any(activity == "lunch" for activity, _, _ in lines)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_a_team_is_never_away_together(profile: FloorProfile) -> None:
    """At no quarter of an hour is more than half of a team of five or more on break, at lunch or in training."""
    shifts = plan(profile)
    for team in profile.teams:
        if team.agents < 5 or team.name == "night line":
            continue
        for minute in range(8 * 60, 18 * 60, 5):
            here = [
                shift for shift in shifts if shift.team is team and shift.start_ms <= minute * 60_000 < shift.end_ms
            ]
            away = [
                shift
                for shift in here
                if any(absence.start_ms <= minute * 60_000 < absence.end_ms for absence in shift.absences)
            ]
            assert len(away) <= max(1, len(here) / 2)


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
    assert len(settings.agents) == 20
    assert {agent.queues for agent in settings.agents.values()} == {("support",)}
