"""Who should work when, and what people make of it.

The plan is the schedule: shifts with their pauses, staggered so that a team is never away together. What really happens
strays from it as on a real floor: log-ins a little early, some late, some not at all, pauses that begin when the
contact is over and end when the coffee is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from simulators.chance import Chance
from simulators.incidents.model import Incident, LateShift, LongPause, SickLeave
from simulators.profile.model import FloorProfile, Habits, Pause, TeamProfile

_MINUTE_MS = 60_000
_HALF_DAY_MS = 12 * 3_600_000


@dataclass(frozen=True, slots=True)
class Away:
    """Scheduled away in [start_ms, end_ms) of the day. `back_ms`: really back then, where an incident says so."""

    activity: str
    start_ms: int
    end_ms: int
    back_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Stint:
    """One span of an agent's scheduled day: on duty in [start_ms, end_ms), away in between (in order, apart)."""

    agent: str
    team: str
    site: str
    start_ms: int
    end_ms: int
    away: tuple[Away, ...]

    def activities(self) -> Iterator[tuple[str, int, int]]:
        """The schedule's lines: (activity, start, end), without gaps over the stint."""
        worked_to = self.start_ms
        for away in self.away:
            if worked_to < away.start_ms:
                yield "work", worked_to, away.start_ms
            yield away.activity, away.start_ms, away.end_ms
            worked_to = away.end_ms
        if worked_to < self.end_ms:
            yield "work", worked_to, self.end_ms


def agents_of(profile: FloorProfile) -> list[tuple[str, str, TeamProfile]]:
    """(agent, team's name, team) in the order of the teams: A01, A02, …, in as many digits as the last needs."""
    seats = [(name, team) for name, team in profile.teams.items() for _ in range(team.agents)]
    digits = max(2, len(str(profile.agents_from + len(seats) - 1)))
    return [(f"A{n:0{digits}d}", name, team) for n, (name, team) in enumerate(seats, profile.agents_from)]


def plan(profile: FloorProfile, incidents: Sequence[Incident] = ()) -> list[Stint]:
    """Every agent's day as it is scheduled. A long pause that is scheduled (it has a `due`) stands in it."""
    pauses = [incident for incident in incidents if isinstance(incident, LongPause)]
    stints: list[Stint] = []
    seats: dict[str, int] = {}
    for agent, name, team in agents_of(profile):
        seat = seats[name] = seats.get(name, -1) + 1
        shift = profile.shifts[team.shifts[seat % len(team.shifts)]]
        told = [
            Away(pause.activity, pause.at_ms, pause.until_ms if pause.due_ms is None else pause.due_ms, pause.until_ms)
            for pause in pauses
            if name in pause.teams and pause.skip <= seat < pause.skip + pause.agents
        ]
        for start_ms, end_ms in shift.spans:
            usual = (_placed(pause, start_ms, seat) for pause in shift.pauses)
            away = [at for at in usual if start_ms < at.start_ms and at.end_ms < end_ms]
            for at in told:
                away = [other for other in away if other.end_ms <= at.start_ms or other.start_ms >= (at.back_ms or 0)]
                if start_ms <= at.start_ms < end_ms:
                    away.append(replace(at, end_ms=min(at.end_ms, end_ms)))
            away = _apart(sorted(away, key=lambda at: at.start_ms))
            stints.append(Stint(agent, name, team.site, start_ms, end_ms, tuple(away)))
    return stints


def _placed(pause: Pause, start_ms: int, seat: int) -> Away:
    at_ms = pause.at_ms if pause.at_ms is not None else start_ms + (pause.after_ms or 0)
    at_ms += seat % pause.turns * pause.stagger_ms
    return Away(pause.activity, at_ms, at_ms + pause.length_ms)


def _apart(away: list[Away]) -> list[Away]:
    """Without those that would begin before the one before them is over."""
    kept: list[Away] = []
    for at in away:
        if not kept or kept[-1].end_ms <= at.start_ms:
            kept.append(at)
    return kept


@dataclass(frozen=True, slots=True)
class Reality:
    """What an agent makes of a stint: there in [comes_ms, goes_ms), away as in `away` (start, activity, back)."""

    comes_ms: int
    goes_ms: int
    away: tuple[tuple[int, str, int], ...]


def reality(stint: Stint, habits: Habits, incidents: Sequence[Incident], chance: Chance) -> Reality | None:
    """What becomes of a stint; None: the agent does not come. Always as many draws, whatever comes of them.

    Who calls in sick or comes late is drawn apart, so that all others do as they do on a day without it.
    """
    is_absent = chance.happens(habits.absent_ratio)
    is_late, late_ms = chance.happens(habits.late_ratio), int(habits.late.draw(chance))
    comes_ms = stint.start_ms - chance.between(0, habits.log_in_early_ms)
    if is_late:
        comes_ms = stint.start_ms + late_ms
    for number, incident in enumerate(incidents):
        if isinstance(incident, SickLeave | LateShift) and incident.holds(stint.start_ms):
            own = chance.beside(f"{number}/{stint.agent}/{stint.start_ms}")
            meant = own.happens(incident.ratio) and (not incident.teams or stint.team in incident.teams)
            if isinstance(incident, SickLeave):
                is_absent |= meant
            elif meant:
                comes_ms = stint.start_ms + own.between(incident.by_ms // 2, incident.by_ms)
    away = [_really_away(at, habits, chance) for at in stint.away]
    if chance.happens(habits.extra_ratio):
        at_ms = chance.between(stint.start_ms, stint.end_ms)
        away.append((at_ms, "personal", at_ms + int(habits.extra.draw(chance))))
    goes_ms = stint.end_ms + chance.between(0, habits.leave_late_ms)
    return None if is_absent or comes_ms >= goes_ms else Reality(comes_ms, goes_ms, tuple(sorted(away)))


def _really_away(at: Away, habits: Habits, chance: Chance) -> tuple[int, str, int]:
    goes_ms, back_ms = chance.between(0, 2 * _MINUTE_MS), chance.between(-_MINUTE_MS, _MINUTE_MS)
    over_ms = int(habits.over.draw(chance)) if chance.happens(habits.over_ratio) else 0
    if at.back_ms is not None:
        return at.start_ms, at.activity, at.back_ms + chance.between(0, 40_000)
    return at.start_ms + goes_ms, at.activity, max(at.start_ms + goes_ms + _MINUTE_MS, at.end_ms + back_ms + over_ms)


def day_start_ms(date: str, timezone: str) -> int:
    """The instant hour 0 of the local day YYYY-MM-DD is counted from. Raises ValueError for what is no date.

    Twelve hours before noon: that is midnight, but where the clocks change in the night, so that shifts start on time.
    """
    return _hour_0(datetime.strptime(date, "%Y-%m-%d"), timezone)  # noqa: DTZ007 - a date on the site's wall


def day_starts(start_ms: int, days: int, timezone: str) -> Iterator[int]:
    """Hour 0 of each of `days` days, the first of which begins at `start_ms`.

    Each is counted from its own noon, so shifts start on local time also after the clocks have changed.
    """
    noon = datetime.fromtimestamp(start_ms // 1000 + _HALF_DAY_MS // 1000, ZoneInfo(timezone))
    first = datetime(noon.year, noon.month, noon.day)  # noqa: DTZ001
    beside_ms = start_ms - _hour_0(first, timezone)
    return (_hour_0(first + timedelta(days=day), timezone) + beside_ms for day in range(days))


def _hour_0(date: datetime, timezone: str) -> int:
    return int(date.replace(hour=12, tzinfo=ZoneInfo(timezone)).timestamp()) * 1000 - _HALF_DAY_MS
