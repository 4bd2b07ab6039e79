"""What a picture says of the schedule where nobody is to be named: large teams, and since when it is what it is."""

from __future__ import annotations

from msgspec.structs import replace

from floorwatch.agent_view import AttendanceView
from floorwatch.engine import Engine
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.picture import picture
from tests.metrics.attending import QUEUE, Told, engine_of, play

TOLD = Told()
TEAMS = {"blue": 6, "red": 5, "green": 2}


def floor_of_teams() -> Engine:
    """Three teams who are at work from 8 on, before their schedule is known."""
    names = {f"{team}{number}": team for team, agents in TEAMS.items() for number in range(agents)}
    profiles = {name: AgentProfile(team=team, queues=(QUEUE,)) for name, team in names.items()}
    engine = Engine(Settings(queues={QUEUE: QueuePolicy()}, agents=profiles))
    return play(engine, [TOLD.fact("08:00 available", name) for name in names], TOLD.ms("08:10"))


def scheduled(engine: Engine, at: str, *lines: str) -> None:
    """A schedule comes in at this time, for everybody."""
    engine.advance(TOLD.ms(at))
    parts = [TOLD.schedule(lines, agent=name) for name in engine.books.agents]
    everybody = tuple(line for part in parts for line in part.activities)
    engine.apply(replace(parts[0], version=at, activities=everybody))


def kept(engine: Engine, *, individuals: bool) -> AttendanceView:
    found = picture(engine, {}, individuals=individuals).attendance
    assert found is not None
    return found


def test_teams_are_told_of_where_none_of_them_is_small() -> None:
    """Of the team of five nothing is said either: taken from the whole with the team of six, it would leave two."""
    engine = floor_of_teams()
    scheduled(engine, "08:15", "work 08:00-12:00")
    engine.advance(TOLD.ms("09:00"))
    seen = kept(engine, individuals=False)
    assert {name: team.agents for name, team in seen.teams.items()} == {"blue": 6}
    assert (seen.floor.agents, seen.sites, seen.agents) == (13, {}, {})
    assert kept(engine, individuals=True).teams.keys() == TEAMS.keys()


def test_the_picture_says_when_the_schedule_was_last_changed() -> None:
    """At the instant the last version came; of what was in force from the start nobody knows when."""
    engine = floor_of_teams()
    scheduled(engine, "08:15", "work 08:00-12:00")
    scheduled(engine, "08:40", "work 08:00-11:00", "meeting 11:00-12:00")
    engine.advance(TOLD.ms("09:00"))
    assert kept(engine, individuals=False).changed_at == TOLD.ms("08:40")
    planned = engine_of()
    planned.plan([TOLD.schedule(["work 08:00-12:00"])])
    play(planned, [TOLD.fact("08:00 available")], TOLD.ms("09:00"))
    assert kept(planned, individuals=False).changed_at is None
