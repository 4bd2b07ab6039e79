"""Who should work when, and what people make of it.

The plan is the schedule: shifts with two breaks and a lunch, staggered so that a team is never away together. What
really happens strays from it as on a real floor: log-ins a little early, some late, breaks that start when the contact
is over and end when the coffee is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from floorwatch.floor.settings import AgentProfile, Settings
from simulators.chance import Chance
from simulators.old_profile import Absence, FloorProfile, TeamProfile, time_of_day_ms

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS


@dataclass(frozen=True, slots=True)
class Shift:
    """One agent's scheduled day: on duty in [start_ms, end_ms), away in `absences` (in order, apart)."""

    agent: str
    team: TeamProfile
    start_ms: int
    end_ms: int
    absences: tuple[Absence, ...]

    def activities(self) -> Iterator[tuple[str, int, int]]:
        """The schedule's lines: (activity, start, end), without gaps over the shift."""
        worked_to = self.start_ms
        for absence in self.absences:
            if worked_to < absence.start_ms:
                yield "work", worked_to, absence.start_ms
            yield absence.reason, absence.start_ms, absence.end_ms
            worked_to = absence.end_ms
        if worked_to < self.end_ms:
            yield "work", worked_to, self.end_ms


def plan(profile: FloorProfile) -> list[Shift]:
    """Every agent's shift: A01, A02, … in the order of the teams."""
    shifts: list[Shift] = []
    for team in profile.teams:
        for seat in range(team.agents):
            agent = f"A{len(shifts) + 1:02d}"
            start_ms, end_ms = team.shifts[seat % len(team.shifts)]
            told = [absence for absence in profile.absences if absence.agent == agent]
            usual = [
                Absence(agent, reason, at_ms, at_ms + length_ms, at_ms + length_ms)
                for reason, at_ms, length_ms in _usual_absences(start_ms, end_ms, seat)
                if not any(abs(at_ms - absence.start_ms) < 90 * _MINUTE_MS for absence in told)
            ]
            absences = tuple(sorted(told + usual, key=lambda absence: absence.start_ms))
            shifts.append(Shift(agent, team, start_ms, end_ms, absences))
    return shifts


def _usual_absences(start_ms: int, end_ms: int, seat: int) -> Iterator[tuple[str, int, int]]:
    """(reason, start, length): a break in either half of the shift, lunch in its middle, five seats taking turns."""
    if end_ms - start_ms < 6 * _HOUR_MS:
        return
    turn = seat % 5
    yield "break", start_ms + 2 * _HOUR_MS + turn * 15 * _MINUTE_MS, 15 * _MINUTE_MS
    noon_ms = time_of_day_ms(11, 45) if start_ms < time_of_day_ms(12) else 0
    lunch_ms = max(start_ms + 3 * _HOUR_MS + 15 * _MINUTE_MS, noon_ms)
    yield "lunch", lunch_ms + turn * 20 * _MINUTE_MS, 30 * _MINUTE_MS
    yield "break", end_ms - 2 * _HOUR_MS + turn * 15 * _MINUTE_MS, 15 * _MINUTE_MS


def log_in_ms(shift: Shift, chance: Chance) -> int:
    """When the agent really logs in: mostly minutes early, one in thirty much too late."""
    if chance.happens(0.03):
        return shift.start_ms + chance.between(5 * _MINUTE_MS, 15 * _MINUTE_MS)
    return shift.start_ms + chance.between(-6 * _MINUTE_MS, _MINUTE_MS)


def real(absence: Absence, chance: Chance) -> tuple[int, int]:
    """When the agent really wants to go and comes back. Where the profile says when, so it is, give or take seconds."""
    if absence.back_ms != absence.end_ms:
        return absence.start_ms, absence.back_ms + chance.between(0, 40_000)
    goes_ms = absence.start_ms + chance.between(0, 3 * _MINUTE_MS)
    over_ms = chance.between(-_MINUTE_MS, 2 * _MINUTE_MS)
    if chance.happens(0.12):
        over_ms += chance.between(2 * _MINUTE_MS, 8 * _MINUTE_MS)
    return goes_ms, absence.end_ms + over_ms


def day_start_ms(date: str, timezone: str) -> int:
    """The instant hour 0 of the local day YYYY-MM-DD is counted from. Raises ValueError for what is no date.

    Twelve hours before noon: that is midnight, but where the clocks change in the night, so that shifts start on time.
    """
    noon = datetime.strptime(date, "%Y-%m-%d").replace(hour=12, tzinfo=ZoneInfo(timezone))
    return int(noon.timestamp()) * 1000 - time_of_day_ms(12)


def settings_of(profile: FloorProfile) -> Settings:
    """What a monitor of this floor is configured with."""
    return Settings(
        site=profile.name,
        timezone=profile.timezone,
        queues={queue.name: queue.policy for queue in profile.queues},
        agents={shift.agent: AgentProfile(team=shift.team.name, queues=shift.team.queues) for shift in plan(profile)},
    )
