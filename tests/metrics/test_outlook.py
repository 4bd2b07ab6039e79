"""The outlook of a queue: what is measured, who counts as there, and what is said when something is missing."""

from __future__ import annotations

import pytest

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings, StaffingPolicy
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.outlook import Question, answer, question
from floorwatch.metrics.staffing.forecast import Planned
from floorwatch.metrics.staffing.recovery import recovery
from floorwatch.metrics.staffing_day import day_answer, day_question
from tests.metrics.attending import Told, play

TOLD = Told()
AGENTS = ("A1", "A2", "A3", "A4")
AHT_MS = 180_000


def floor(**policy: object) -> Engine:
    """One queue of four agents, and another that two of them serve too."""
    agents = {name: AgentProfile(queues=("sales", "other") if name in ("A3", "A4") else ("sales",)) for name in AGENTS}
    return Engine(
        Settings(
            queues={"sales": QueuePolicy(wrap_up_ms=0, **policy), "other": QueuePolicy(wrap_up_ms=0)},  # type: ignore[arg-type]
            agents=agents,
            interval_ms=1_800_000,
            staffing=StaffingPolicy(shrinkage=0.3),
        )
    )


def contact(
    n: int, at: str, wait_s: int, talk_ms: int | None, agent: str = "A1", queue: str = "sales"
) -> list[e.Event]:
    """One contact; without talk it waits on, with a talk of 0 it is abandoned."""
    entered = TOLD.ms(at)
    who = {"source": "pbx", "contact": f"c{n}", "queue": queue}
    events: list[e.Event] = [e.ContactOffered(time=entered, **who)]  # type: ignore[arg-type]
    left = entered + wait_s * 1000
    if talk_ms == 0:
        events.append(e.ContactAbandoned(time=left, **who))  # type: ignore[arg-type]
    elif talk_ms is not None:
        events.append(e.ContactAnswered(time=left, agent=agent, **who))  # type: ignore[arg-type]
        events.append(e.ContactEnded(time=left + talk_ms, agent=agent, **who))  # type: ignore[arg-type]
    return events


def morning() -> list[e.Event]:
    """Twelve contacts from 8:00 on, three minutes each, one agent after the other."""
    facts: list[e.Event] = [TOLD.fact("07:59 available", name) for name in AGENTS]
    for n in range(12):
        facts += contact(n, f"08:{2 * n:02d}", 5, AHT_MS, AGENTS[n % 4])
    return sorted(facts, key=lambda fact: fact.time)  # type: ignore[arg-type, return-value]


def asked(engine: Engine, facts: list[e.Event], at: str, forecast: tuple[Planned, ...] = ()) -> Question:
    """What is known of `sales` at that time."""
    play(engine, sorted(facts, key=lambda fact: fact.time), TOLD.ms(at))  # type: ignore[arg-type, return-value]
    members = members_by_queue(engine.books, engine.now)
    found = members.get("sales")
    return question(engine.books, engine.books.ledgers["sales"], found.agents if found else None, engine.now, forecast)


def test_what_is_measured_says_from_how_much() -> None:
    """Arrivals of the last quarter, handling of the last hour, and no patience from three abandons."""
    abandons = [fact for n in range(3) for fact in contact(50 + n, f"08:1{n}:30", 60, 0)]
    found = asked(floor(), [*morning(), *abandons], "08:29:30").measured
    assert (found.offered, found.over_ms, found.handled, found.aht_ms) == (4, 900_000, 12, AHT_MS)
    assert (found.abandons, found.patience_ms) == (3, None)


def test_patience_is_total_wait_over_abandons_once_there_are_enough() -> None:
    """Ten abandons after a minute and twelve answers after five seconds: 66 s; what may still change is left out."""
    abandons = [fact for n in range(10) for fact in contact(50 + n, f"08:{n:02d}:30", 60, 0)]
    found = asked(floor(), [*morning(), *abandons], "09:00").measured
    assert (found.abandons, found.patience_ms) == (10, (10 * 60_000 + 12 * 5_000) / 10)


def test_who_counts_is_who_can_take_a_contact() -> None:
    """Paused, logged out, on a private call or with another queue's contact: none of them is a place."""
    facts = [*morning(), *contact(90, "08:31", 0, None, queue="other")]
    talk = e.ContactAnswered(time=TOLD.ms("08:31"), source="pbx", contact="c90", queue="other", agent="A3")
    facts += [talk, TOLD.fact("08:31 paused lunch", "A1"), TOLD.fact("08:31 busy", "A2")]
    found = asked(floor(), facts, "08:32")
    assert found.places == 1
    assert found.situation is not None
    assert found.situation.busy == 0
    held = e.ContactAnswered(time=TOLD.ms("08:33"), source="pbx", contact="c91", queue="sales", agent="A4")
    found = asked(floor(), [*facts, *contact(91, "08:32", 0, None), held], "08:34")
    assert (found.places, found.situation.busy if found.situation else None) == (1, 1)


def test_the_answer_is_that_of_the_models() -> None:
    """The same course as asked by hand; agents that suffice, the last moment to act, and agents to schedule."""
    waiting = [fact for n in range(9) for fact in contact(60 + n, f"08:31:0{n}", 0, None)]
    found = asked(floor(), [*morning(), *waiting], "08:31:40")
    assert found.situation is not None
    outlook, course = answer(found), recovery(found.situation, found.places)
    assert outlook.model == "erlang_c"
    assert (outlook.level, outlook.hits, outlook.decided) == (course.level, 0, 9)
    assert outlook.level is not None
    assert outlook.level < 0.8
    assert outlook.rest_needed is not None
    assert (outlook.agents_needed is None) == (outlook.no_return_at is None) == (outlook.rest_needed > 1)
    assert outlook.required is not None
    assert outlook.scheduled is not None
    assert outlook.scheduled > outlook.required
    assert outlook.until == TOLD.ms("09:00")


def test_what_goes_well_needs_nothing_done() -> None:
    """Nobody waits: fewer than the present agents would do, and nothing is lost by the end."""
    outlook = answer(asked(floor(), morning(), "08:29"))
    assert outlook.level == pytest.approx(1.0, abs=0.01)
    assert outlook.no_return_at == outlook.until
    assert outlook.agents_needed is not None
    assert outlook.agents_needed < 4
    assert outlook.backlog_gone_at == TOLD.ms("08:29")


@pytest.mark.parametrize(
    ("facts", "policy", "missing"),
    [
        ([*morning(), TOLD.fact("08:28 down")], {}, "feed"),
        ([TOLD.fact("07:59 available", "A1")], {}, "handling"),
        (morning(), {"per": "day"}, "forecast"),
        ([*morning(), *(fact for n in range(1_010) for fact in contact(100 + n, "08:28:50", 0, None))], {}, "overload"),
    ],
)
def test_what_is_missing_is_said(facts: list[e.Event], policy: dict[str, object], missing: str) -> None:
    """No level is made up where something cannot be measured."""
    outlook = answer(asked(floor(**policy), facts, "08:29"))
    assert (outlook.missing, outlook.level, outlook.agents_needed) == (missing, None, None)


def test_a_day_goes_on_as_its_forecast_drawn_to_what_came() -> None:
    """With a forecast the day has an outlook, of as many contacts as the re-forecast leaves."""
    hours = [
        Planned(TOLD.ms(f"{hour:02d}:00"), TOLD.ms(f"{hour + 1:02d}:00"), 24.0 if hour < 12 else 0.0)
        for hour in range(8, 14)
    ]
    found = asked(floor(per="day"), morning(), "08:30", tuple(hours))
    assert found.situation is not None
    coming = sum(
        rate * (until - since)
        for (since, _), (until, rate) in zip(
            [(0.0, 0.0), *found.situation.arrivals], found.situation.arrivals, strict=False
        )
    )
    assert coming == pytest.approx(84, rel=0.05)
    assert answer(found).level is not None


def test_a_surge_is_told_within_minutes() -> None:
    """Ten contacts in the last five minutes after one in two: the load is that of the five minutes."""
    surge = [fact for n in range(10) for fact in contact(70 + n, f"08:2{4 + n // 2}:{30 * (n % 2):02d}", 0, None)]
    found = asked(floor(), [*morning(), *surge], "08:28:50").measured
    assert (found.offered, found.over_ms) == (10, 300_000)


def test_customers_who_never_waited_have_no_patience_to_measure() -> None:
    """Ten abandons in the second of their arrival: a mean of 0 is no law; Erlang C is said, and nothing breaks."""
    gone = [fact for n in range(10) for fact in contact(50 + n, f"08:{n:02d}:30", 0, 0)]
    answered = contact(1, "07:59:30", 0, AHT_MS)
    found = asked(floor(), [TOLD.fact("07:59 available", "A1"), *answered, *gone], "09:00")
    assert (found.measured.abandons, found.measured.patience_ms) == (10, None)
    assert answer(found).model == "erlang_c"


def test_who_comes_later_is_on_the_schedule_already() -> None:
    """An agent who has left the queue for now, and is scheduled for it at noon, is on the schedule at noon."""
    engine = floor()
    afternoon = [TOLD.schedule(["work 12:00-14:00"], agent=name).activities[0] for name in ("A1", "A2")]
    engine.plan([e.ScheduleLoaded(time=0, source="schedule", version="v1", activities=tuple(afternoon))])
    who = {"source": "pbx", "agent": "A1", "queue": "sales"}
    left = [e.AgentJoined(time=TOLD.ms("08:00"), **who), e.AgentLeft(time=TOLD.ms("08:01"), **who)]  # type: ignore[arg-type]
    play(engine, left, TOLD.ms("09:00"))
    noon = Planned(TOLD.ms("12:00"), TOLD.ms("13:00"), 10.0, 180.0)
    members = members_by_queue(engine.books, engine.now)["sales"].agents
    found = day_answer(day_question(engine.books, engine.books.ledgers["sales"], members, engine.now, [noon]))
    assert found.intervals[0].on_schedule == 2.0
