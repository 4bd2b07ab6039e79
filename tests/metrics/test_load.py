"""Several contacts at once: load by what contacts take of an agent, exact in any order of arrival."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.ingest.source import InputCounts
from floorwatch.metrics.capacity import Capacities
from floorwatch.metrics.occupancy import by_interval, load_occupancy
from floorwatch.picture import picture
from floorwatch.report import build_report
from floorwatch.view import QueueView

T0_MS = 1_772_496_000_000  # on the grid
MINUTE_MS, QUARTER_MS = 60_000, 900_000
CHAT = QueuePolicy(channel="chat", concurrency=3, wrap_up_ms=0)
CALLS = QueuePolicy(wrap_up_ms=0)
PAIRS = QueuePolicy(channel="message", concurrency=2, wrap_up_ms=0)
QUEUES = {"chat": CHAT, "calls": CALLS, "pairs": PAIRS}
SITE = Settings(
    queues=QUEUES, agents={"A1": AgentProfile(queues=tuple(QUEUES))}, lateness_ms=2 * QUARTER_MS, min_sample=1
)

Talk = tuple[str, int, int, int]
"""(queue, rings at, answered at, ended at), in seconds after the start."""


def facts_of(talks: list[Talk]) -> list[e.Event]:
    facts: list[e.Event] = [
        e.AgentStateChanged(time=T0_MS, id="in", source="s", agent="A1", state="available"),
    ]
    for n, (queue, rings, answered, ended) in enumerate(talks):
        base = {"source": "s", "contact": f"c{n}", "queue": queue}
        at = [T0_MS + second * 1000 for second in (rings, answered, ended)]
        facts += [
            e.ContactOffered(time=at[0], id=f"{n}o", **base),  # type: ignore[arg-type]
            e.ContactAlerting(time=at[0], id=f"{n}r", agent="A1", **base),  # type: ignore[arg-type]
            e.ContactAnswered(time=at[1], id=f"{n}a", agent="A1", **base),  # type: ignore[arg-type]
            e.ContactEnded(time=at[2], id=f"{n}e", agent="A1", **base),  # type: ignore[arg-type]
        ]
    return sorted(facts, key=lambda fact: fact.time)


def engine_of(facts: list[e.Event], site: Settings = SITE) -> Engine:
    engine = Engine(site)
    for fact in facts:
        engine.advance(max(engine.now, int(fact.time)))  # type: ignore[arg-type]
        engine.apply(fact)
    return engine


def seen(engine: Engine, after_s: float) -> dict[str, QueueView]:
    engine.advance(T0_MS + int(after_s * 1000))
    return {queue.name: queue for queue in picture(engine, {}, individuals=False).queues}


def test_one_chat_of_three_fills_a_third() -> None:
    """Ten minutes with one chat, five of them with two: busy for 10 of 15, a load of 1/3 and then 2/3."""
    engine = engine_of(facts_of([("chat", 0, 0, 600), ("chat", 300, 300, 600), ("chat", 900, 900, 1000)]))
    report = build_report(engine, InputCounts())
    first = report["queues"]["chat"]["intervals"][0]
    assert first["occupancy"] == 600 / 900
    assert first["load_occupancy"] == (300 / 3 + 300 * 2 / 3) / 900
    assert report["agents"]["A1"]["load_occupancy"] == (100 + 200 + 100 / 3) / 1000
    assert report["queues"]["chat"]["talk_seconds"] == 1000.0  # more than the 700 s the agent was busy


def test_with_one_contact_at_a_time_both_occupancies_are_one() -> None:
    """Voice as it always was: a call, ringing, on hold or talked to, is the whole agent, and so is wrap-up."""
    site = replace(SITE, queues={"calls": replace(CALLS, wrap_up_ms=30_000)}, agents={"A1": AgentProfile()})
    facts = facts_of([("calls", 10, 15, 200), ("calls", 260, 262, 800), ("calls", 1000, 1001, 1002)])
    report = build_report(engine_of(facts, site), InputCounts())
    for row in report["queues"]["calls"]["intervals"]:
        assert row["load_occupancy"] == row["occupancy"] is not None


def test_two_calls_at_once_are_two_agents_worth() -> None:
    """Also where nothing but calls is configured: one waits on the line while the other is talked to."""
    site = replace(SITE, queues={"calls": CALLS}, agents={"A1": AgentProfile()})
    engine = engine_of(facts_of([("calls", 0, 0, 900), ("calls", 450, 450, 900), ("calls", 900, 901, 902)]), site)
    row = build_report(engine, InputCounts())["queues"]["calls"]["intervals"][0]
    assert (row["occupancy"], row["load_occupancy"]) == (1.0, 1.5)


def test_what_is_in_hand_just_now_counts_up_to_now() -> None:
    """The open interval, live: five minutes free, then one chat of three for ten, and nothing has ended yet."""
    facts = [fact for fact in facts_of([("chat", 300, 300, 2_000)]) if int(fact.time) <= T0_MS + 300_000]  # type: ignore[arg-type]
    interval = seen(engine_of(facts), 899)["chat"].interval
    assert interval.occupancy == 599 / 899
    assert interval.load_occupancy == 599 / 3 / 899


def test_a_call_beside_chats_is_more_than_one_agent() -> None:
    """Load is what is in hand over what the configuration says an agent can do: above 1, and shown so."""
    engine = engine_of(facts_of([("calls", 0, 0, 900), ("chat", 0, 0, 900), ("chat", 900, 901, 902)]))
    row = build_report(engine, InputCounts())["queues"]["calls"]["intervals"][0]
    assert (row["occupancy"], row["load_occupancy"]) == (1.0, 4 / 3)


def test_an_agents_own_number_takes_the_place_of_the_queues() -> None:
    """Who can only do two chats is full with two; of calls it stays one at a time."""
    capacity = Capacities(replace(SITE, agents={"A1": AgentProfile(concurrency=2)})).of(AgentProfile(concurrency=2))
    assert (capacity.whole, capacity.share("chat"), capacity.share("calls")) == (6, 3, 6)
    site = replace(SITE, agents={"A1": AgentProfile(queues=("chat",), concurrency=2)})
    engine = engine_of(facts_of([("chat", 0, 0, 900), ("chat", 0, 0, 900), ("chat", 900, 901, 902)]), site)
    assert build_report(engine, InputCounts())["queues"]["chat"]["intervals"][0]["load_occupancy"] == 1.0


def test_a_queue_nobody_configured_has_the_concurrency_of_the_defaults() -> None:
    """`defaults: {concurrency: 4}` holds for whatever queue appears."""
    site = Settings(default_policy=QueuePolicy(concurrency=4), agents={"A1": AgentProfile(queues=("new",))})
    engine = engine_of(facts_of([("new", 0, 0, 900), ("new", 900, 901, 902)]), site)
    assert build_report(engine, InputCounts())["queues"]["new"]["intervals"][0]["load_occupancy"] == 0.25


@pytest.mark.parametrize(
    ("talks", "room"),
    [
        ([], {"chat": 3, "calls": 1, "pairs": 2}),
        ([("chat", 0, 0, 900)], {"chat": 2, "calls": 0, "pairs": 1}),
        ([("chat", 0, 30, 900)], {"chat": 2, "calls": 0, "pairs": 1}),  # it rings: in hand all the same
        ([("chat", 0, 0, 900), ("pairs", 0, 0, 900)], {"chat": 0, "calls": 0, "pairs": 0}),
        ([("calls", 0, 0, 900)], {"chat": 0, "calls": 0, "pairs": 0}),
    ],
)
def test_what_agents_could_still_take(talks: list[Talk], room: dict[str, int]) -> None:
    """Free places of every queue, by what is in hand now; and how many agents have any."""
    facts = [fact for fact in facts_of(talks) if int(fact.time) <= T0_MS]  # type: ignore[arg-type]
    queues = seen(engine_of(facts), 10)
    assert {name: queue.room for name, queue in queues.items()} == room
    assert {name: queue.with_room for name, queue in queues.items()} == {n: int(room[n] > 0) for n in room}


def test_nobody_away_or_in_wrap_up_has_room() -> None:
    """A pause for one queue leaves room in the others; wrap-up and an absence leave none."""
    paused = e.AgentStateChanged(
        time=T0_MS + 1000, source="s", agent="A1", state="paused", reason="break", queue="chat"
    )
    engine = engine_of([*facts_of([]), paused])
    assert {name: queue.room for name, queue in seen(engine, 2).items()} == {"chat": 0, "calls": 1, "pairs": 2}
    for n, state in enumerate(("wrap_up", "busy", "paused", "offline")):
        engine.apply(e.AgentStateChanged(time=T0_MS + 3000 + n, source="s", agent="A1", state=state))  # type: ignore[arg-type]
        assert {queue.room for queue in seen(engine, 4 + n).values()} == {0}, state


# Exactness: any overlaps, any order of arrival.

seconds = st.integers(0, 40 * 60)
talk_times = st.tuples(st.sampled_from(tuple(QUEUES)), seconds, st.integers(0, 60), st.integers(1, 1500)).map(
    lambda one: (one[0], one[1], one[1] + one[2], one[1] + one[2] + one[3])
)


def expected_load(talks: list[Talk], until: int) -> dict[int, int]:
    """Interval start to units and seconds of load, of six units to an agent, second by second."""
    units = {"chat": 2, "calls": 6, "pairs": 3}
    load: dict[int, int] = {}
    for queue, rings, _, ended in talks:
        for second in range(rings, min(ended, until)):
            start = T0_MS + second * 1000 // QUARTER_MS * QUARTER_MS
            load[start] = load.get(start, 0) + units[queue]
    return load


@settings(max_examples=40)
@given(st.lists(talk_times, min_size=1, max_size=7), st.randoms(use_true_random=False))
def test_load_is_exact_in_any_order_of_arrival(talks: list[Talk], dice: Random) -> None:
    """Every contact in hand, second by second, in every interval; late facts take back and add the same units."""
    facts = facts_of(talks)
    delayed = sorted(facts, key=lambda fact: int(fact.time) + dice.randrange(25) * MINUTE_MS)  # type: ignore[arg-type]
    until = max(int(fact.time) for fact in facts)  # type: ignore[arg-type]
    expected = expected_load(talks, (until - T0_MS) // 1000)
    for order in (facts, delayed):
        engine = engine_of(order)
        for agent in engine.books.agents.values():
            agent.close(until)
        rows = by_interval(engine.books)
        for (queue, start), ms in rows.items():
            whole = engine.books.capacities.whole
            at_work = sum(ms[:10])
            assert whole == 6
            found = load_occupancy(ms, whole)
            assert (found or 0.0) == pytest.approx(expected.get(start, 0) * 1000 / (6 * at_work or 1), abs=1e-12), queue
            assert ms == rows["chat", start]
