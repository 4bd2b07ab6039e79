"""Exceptions: what each is called, since when, and in what order they are read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import msgspec
import pytest

from floorwatch.engine import Engine
from floorwatch.floor.events import AgentJoined, AgentLeft, ScheduleLoaded
from floorwatch.floor.internal import OperatorExcused
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.metrics.exceptions import AdherenceException, Kind, exceptions
from floorwatch.metrics.levers import Way, able_by_queue, levers
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.phrases import message
from floorwatch.metrics.sums import Cause
from tests.metrics.attending import AGENT, QUEUE, Told, engine_of, play

DAY = ("work 08:00-10:00", "break 10:00-10:15", "work 10:15-12:00", "training 12:00-13:00", "work 13:00-16:00")
TOLD = Told()


def found(facts: Sequence[str], at: str, *, delay_ms: int = 60_000) -> AdherenceException | None:
    """The exception of one agent at that time."""
    engine = engine_of()
    engine.plan([TOLD.schedule(DAY)])
    play(engine, [TOLD.fact("07:00 available", "A18"), *map(TOLD.fact, facts)], TOLD.ms(at))
    seen = exceptions(engine.books.attendance, engine.books.agents, {QUEUE: 0.2}, engine.now, delay_ms)
    return seen[0] if seen else None


@pytest.mark.parametrize(
    ("facts", "at", "kind", "since"),
    [
        ([], "08:20", "late", "08:00"),
        ([], "08:40", "missing", "08:00"),
        (["07:55 available", "15:00 offline"], "15:10", "early_leave", "15:00"),
        (["07:55 available", "10:30 offline"], "10:40", "logged_out", "10:30"),
        (["07:55 available", "10:00 paused break"], "10:20", "long_break", "10:15"),
        (["07:55 available", "09:00 paused lunch"], "09:10", "unscheduled_break", "09:00"),
        (["07:55 available", "09:00 paused personal"], "09:10", "other_pause", "09:00"),
        (["07:55 available", "09:00 unreachable"], "09:10", "unreachable", "09:00"),
        (["07:55 available"], "10:10", "break_not_taken", "10:00"),
        (["07:55 available", "12:00 paused lunch"], "12:10", "not_there", "12:00"),
        (["07:00 available"], "07:30", "unscheduled_work", "07:00"),
    ],
)
def test_each_exception_has_its_name_and_beginning(facts: list[str], at: str, kind: str, since: str) -> None:
    """Every kind, from the facts that make it."""
    exception = found(facts, at)
    assert exception is not None
    assert (exception.kind, exception.since) == (kind, TOLD.ms(since))
    assert exception.minutes == (TOLD.ms(at) - TOLD.ms(since)) // 60_000
    is_lost = kind in ("late", "missing", "early_leave", "logged_out", "long_break", "unscheduled_break")
    assert (exception.harm > 0) == (is_lost or kind in ("other_pause", "unreachable"))


@pytest.mark.parametrize(
    "facts",
    [
        ["07:55 available"],
        ["07:55 available", "09:00 paused personal", "09:04 available"],
        ["07:55 available", "09:00 down"],
    ],
)
def test_who_keeps_to_the_schedule_is_no_exception(facts: list[str]) -> None:
    """Nor is who was out and is back, nor anybody while the feed is lost."""
    assert found(facts, "09:05") is None


def test_a_contact_that_runs_into_the_break_is_no_exception() -> None:
    """It is neutral, and shown as such, not held against the agent."""
    assert found(["07:55 available", "09:58 rings c1", "09:59 answers c1"], "10:10") is None


def test_the_delay_postpones_the_exception_and_not_the_count() -> None:
    """Under the delay nothing is shown; the time is out all the same."""
    facts = ["07:55 available", "09:00 paused personal"]
    assert found(facts, "09:04", delay_ms=300_000) is None
    shown = found(facts, "09:05", delay_ms=300_000)
    assert shown is not None
    assert shown.minutes == 5


def floor() -> Engine:
    """Three agents: two of a queue at risk, one of another."""
    agents = {
        "A1": AgentProfile(queues=("calm",), skills=("sales",)),
        "A2": AgentProfile(queues=("sales",)),
        "A3": AgentProfile(queues=("sales", "calm")),
        "A4": AgentProfile(queues=("calm",)),
    }
    engine = Engine(Settings(queues={"sales": QueuePolicy(), "calm": QueuePolicy()}, agents=agents))
    lines = [TOLD.schedule(["work 08:00-12:00"], agent=name).activities[0] for name in ("A2", "A3", "A4")]
    engine.plan([ScheduleLoaded(time=0, source="schedule", version="v1", activities=tuple(lines))])
    return engine


def test_exceptions_are_read_by_harm_and_not_by_minutes() -> None:
    """Two minutes away from a queue at risk come before an hour away from one that is fine."""
    engine = floor()
    facts = [("08:00 paused personal", "A4"), ("08:00 available", "A2"), ("08:00 available", "A3")]
    facts += [("08:58 paused personal", "A2"), ("08:57 paused personal", "A3")]
    play(engine, [TOLD.fact(*fact) for fact in facts], TOLD.ms("09:00"))
    seen = exceptions(engine.books.attendance, engine.books.agents, {"sales": 0.1}, engine.now, 60_000)
    assert [(one.agent, one.harm, one.minutes) for one in seen] == [("A3", 1, 3), ("A2", 1, 2), ("A4", 0, 60)]
    nobody = exceptions(engine.books.attendance, engine.books.agents, {}, engine.now, 60_000)
    assert [(one.agent, one.harm) for one in nobody] == [("A4", 0), ("A3", 0), ("A2", 0)]


def test_levers_are_who_could_come_and_is_not_counted() -> None:
    """Out of adherence first; then on a break, in a training, idle in another queue with the skill; nobody at work."""
    engine = floor()
    facts = [("08:00 available", "A1"), ("08:10 paused break", "A2"), ("08:00 available", "A3")]
    play(engine, [TOLD.fact(*fact) for fact in facts], TOLD.ms("08:20"))
    books = engine.books
    members = members_by_queue(books, engine.now)
    able = able_by_queue(books.agents.values(), engine.settings.agents, members)["sales"]
    came = levers("sales", able, members["sales"], books.attendance, {"A2"}, engine.now)
    assert [(lever.agent, lever.way, lever.since) for lever in came] == [
        ("A2", "out_of_adherence", TOLD.ms("08:10")),
        ("A1", "idle_elsewhere", TOLD.ms("08:00")),
    ]
    came = levers("sales", able, members["sales"], books.attendance, (), engine.now)
    assert [(lever.agent, lever.way) for lever in came] == [("A1", "idle_elsewhere"), ("A2", "on_break")]
    assert AGENT not in {lever.agent for lever in came}


def test_who_is_paused_in_one_queue_only_is_a_lever_of_that_queue() -> None:
    """Free in another queue, and on a break in this one: it could come back to it."""
    engine = floor()
    play(engine, [TOLD.fact("08:00 available", "A3"), TOLD.fact("08:00 available", "A2")], TOLD.ms("08:05"))
    engine.apply(msgspec.structs.replace(TOLD.fact("08:10 paused break", "A3"), queue="sales"))
    engine.advance(TOLD.ms("08:20"))
    books = engine.books
    books.settle_agents(engine.now)
    members = members_by_queue(books, engine.now)
    able = able_by_queue(books.agents.values(), engine.settings.agents, members)
    came = levers("sales", able["sales"], members["sales"], books.attendance, (), engine.now)
    assert [(lever.agent, lever.way) for lever in came] == [("A3", "on_break")]
    assert not levers("calm", able["calm"], members["calm"], books.attendance, (), engine.now)


def test_every_exception_and_lever_can_be_said() -> None:
    """Each kind, way and cause has its words in both languages."""
    said = [f"exception.{kind}" for kind in get_args(Kind)] + [f"lever.{way}" for way in get_args(Way)]
    said += [f"neutral.{cause or 'rule'}" for cause in get_args(Cause)]
    assert all(all(message(key).values()) for key in said)


def test_who_left_every_queue_still_belongs_to_those_configured() -> None:
    """Logging out by leaving the queues is lost to them as much as any pause."""
    engine = engine_of()
    engine.plan([TOLD.schedule(DAY)])
    who = {"source": "pbx", "agent": AGENT, "queue": QUEUE}
    facts = [AgentJoined(time=TOLD.ms("08:00"), **who), AgentLeft(time=TOLD.ms("09:00"), **who)]  # type: ignore[arg-type]
    play(engine, facts, TOLD.ms("09:10"))
    (one,) = exceptions(engine.books.attendance, engine.books.agents, {QUEUE: 0.2}, engine.now, 60_000)
    assert (one.kind, one.harm, one.queues) == ("logged_out", 1.0, (QUEUE,))


def test_since_is_when_it_began_to_count() -> None:
    """Extra work begins when the shift ends; who was excused is late from the end of that; a long break keeps its name
    after the minutes made up."""
    extra = found(["07:55 available"], "16:10")
    assert extra is not None
    assert (extra.kind, extra.since) == ("unscheduled_work", TOLD.ms("16:00"))
    assert found(["07:55 available"], "16:00:30") is None
    engine = engine_of()
    engine.plan([TOLD.schedule(DAY)])
    until = TOLD.ms("09:00")
    play(engine, [TOLD.fact("07:00 available", "A18")], TOLD.ms("09:05"))
    engine.apply(
        OperatorExcused(
            time=until, source="operator", excuse="x", since=TOLD.ms("08:00"), until=until, who="l", why="w"
        )
    )
    (one,) = exceptions(engine.books.attendance, engine.books.agents, {}, engine.now, 60_000)
    assert (one.kind, one.since, one.minutes) == ("late", until, 5)
    facts = ["07:55 available", "09:58 rings c1", "09:59 answers c1", "10:02 ends c1", "10:02 paused break"]
    overlong = found(facts, "10:40")
    assert overlong is not None
    assert (overlong.kind, overlong.since) == ("long_break", TOLD.ms("10:17"))
