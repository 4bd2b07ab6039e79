"""States are read from the engine's books, and hold nothing of what comes later."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

from benchmarks.projection_days import Days, ends, walk
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.hours import Hours
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.projection.project import Projection, project
from floorwatch.metrics.projection.read import Reader, period
from floorwatch.metrics.projection.state import QueueState
from floorwatch.metrics.projection.usual import UsualDays

T0 = 1_772_524_800_000
"""Tuesday, 2026-03-03, 08:00 UTC."""
HALF_HOUR_MS = 1_800_000
Contact = tuple[int, int, str, int, str]
"""(arrival, end of the wait, outcome, end, agent) in ms since T0."""
Asked = tuple[str, int, float, float]
"""(queue, start of the half-hour, level so far, projection)."""


def _busy_morning(seed: int, hours: int = 3, agents: int = 8) -> list[Contact]:
    """A floor of two queues served in turn by the same agents, overloaded now and then."""
    chance, free_at, at, contacts = Random(seed), [0] * agents, 0, []
    while at < hours * 3_600_000:
        at += int(chance.expovariate(1 / (21_000 if (at // HALF_HOUR_MS) % 2 else 27_000))) // 1000 * 1000 + 1000
        agent = min(range(agents), key=lambda one: (max(free_at[one], at), one))
        answered = max(at + 1000, free_at[agent])
        patience = at + 10_000 + int(chance.expovariate(1 / 240_000)) // 1000 * 1000
        if patience < answered:
            contacts.append((at, patience, "abandoned", patience, ""))
            continue
        free_at[agent] = answered + 5_000 + int(chance.expovariate(1 / 180_000)) // 1000 * 1000
        contacts.append((at, answered, "answered", free_at[agent], f"a{agent}"))
    return contacts


def _table(folder: Path, contacts: list[Contact], day_ms: int = 0) -> Path:
    def said(at: int) -> str:
        return datetime.fromtimestamp((T0 + day_ms + at) / 1000, UTC).isoformat()

    lines = ["contact_id,queue,arrival,outcome,answer_time,end_time,agent"]
    for place, (arrival, left, outcome, end, agent) in enumerate(contacts):
        answer = said(left) if outcome == "answered" else ""
        lines.append(f"c{place},q{place % 2},{said(arrival)},{outcome},{answer},{said(end)},{agent}")
    path = folder / "calls_day.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def _projections(path: Path, until: int) -> dict[tuple[str, int], Projection | None]:
    """By queue and instant, at 15, 10 and 5 minutes before the end of each half-hour."""
    found = {}

    def ask(engine: Engine, instant: int, states: dict[str, QueueState]) -> None:
        if instant <= until:
            span = engine.books.calendar.interval(instant)
            for name, state in states.items():
                found[name, instant] = project(state, period(engine.books.ledgers[name], *span))

    walk(Days((path,), "UTC", 20), (15, 10, 5), ask)
    return found


def test_nothing_of_what_comes_later_is_known(tmp_path: Path) -> None:
    """Whatever happens after an instant, the projection at that instant is the same: to the last bit."""
    contacts = _busy_morning(1)
    for number, instant in enumerate((65 * 60_000, 80 * 60_000, 115 * 60_000)):
        before = _projections(_table(tmp_path, contacts), T0 + instant)
        assert len(before) > 4
        assert all(before.values())
        chance, changed = Random(number), []
        for arrival, left, outcome, end, agent in contacts:
            if arrival > instant:
                if chance.random() < 0.7:  # others come, at other times, and wait for long
                    changed.append((arrival + 7_000, arrival + 90_000, "abandoned", arrival + 90_000, ""))
            elif left > instant:  # who waits now gives up, or goes on waiting
                gone = instant + 1_000 + chance.randrange(300) * 1000
                changed.append((arrival, gone, "abandoned", gone, ""))
            elif end > instant:  # who talks now talks longer
                changed.append((arrival, left, outcome, end + 1_000 + chance.randrange(600) * 1000, agent))
            else:
                changed.append((arrival, left, outcome, end, agent))
        assert changed != contacts
        assert _projections(_table(tmp_path, changed), T0 + instant) == before


def test_a_projection_errs_less_than_the_level_so_far(tmp_path: Path) -> None:
    """End to end, over two mornings of a floor the law was not fitted to: nearer to the end than the level so far."""
    so_far_errs, projection_errs = [], []
    for seed in (3, 4):
        asked: list[Asked] = []

        def ask(engine: Engine, instant: int, states: dict[str, QueueState], kept: list[Asked] = asked) -> None:
            start, end = engine.books.calendar.interval(instant)
            for name, state in states.items():
                so_far = period(engine.books.ledgers[name], start, end)
                projection = project(state, so_far)
                if so_far.decided and projection is not None:
                    kept.append((name, start, so_far.hits / so_far.decided, projection.median))

        finals = ends(walk(Days((_table(tmp_path, _busy_morning(seed, hours=6)),), "UTC", 20), (15, 10, 5), ask))
        for name, start, so_far_level, projected in asked:
            hits, decided = finals[name, start]
            if decided >= 10:
                so_far_errs.append(abs(so_far_level - hits / decided))
                projection_errs.append(abs(projected - hits / decided))
    assert len(so_far_errs) > 100
    assert sum(projection_errs) < 0.95 * sum(so_far_errs)


def _engine(*events: e.Event, to: int, policy: QueuePolicy | None = None) -> Engine:
    engine = Engine(Settings(default_policy=policy or QueuePolicy(threshold_ms=20_000)))
    for event in events:
        engine.advance(event.time)  # type: ignore[arg-type]
        engine.apply(event)
    engine.advance(to + 1)
    engine.books.settle_agents(to)
    return engine


def _states(engine: Engine, at: int) -> dict[str, QueueState]:
    return Reader(engine.books).states(members_by_queue(engine.books, at))


def _offered(contact: str, at: int, queue: str = "q") -> e.ContactOffered:
    return e.ContactOffered(time=at, contact=contact, queue=queue, source="pbx")


def _answered(contact: str, at: int, agent: str, queue: str = "q") -> e.ContactAnswered:
    return e.ContactAnswered(time=at, contact=contact, queue=queue, agent=agent, source="pbx")


def _ended(contact: str, at: int, agent: str, queue: str = "q") -> e.ContactEnded:
    return e.ContactEnded(time=at, contact=contact, queue=queue, agent=agent, source="pbx")


def test_a_lost_feed_has_no_state() -> None:
    """While the source of a queue is down nobody knows who waits: no state, and so no projection."""
    at = T0 + 10_000
    lost = _engine(_offered("c", T0), e.SourceDown(time=at, source="pbx"), to=at + 2_000)
    assert _states(lost, at + 2_000) == {}
    heard = _engine(_offered("c", T0), to=at)
    assert list(_states(heard, at)) == ["q"]


def test_those_past_the_threshold_are_decided_and_wait_no_more() -> None:
    """Of three who wait, the one over 20 s is a miss of the interval already; all three stand in the line."""
    engine = _engine(_offered("a", T0), _offered("b", T0 + 15_000), _offered("c", T0 + 20_000), to=T0 + 25_000)
    found = _states(engine, T0 + 25_000)["q"]
    assert [(one.age_ms, one.ahead) for one in found.waiting] == [(10_000, 1), (5_000, 2)]
    assert found.pool_waiting == 3
    assert found.pool_longest_ms == 25_000
    so_far = period(engine.books.ledgers["q"], *engine.books.calendar.interval(T0 + 25_000))
    assert (so_far.hits, so_far.decided) == (0, 1)


def test_a_wait_over_the_night_is_as_long_as_the_queue_was_open() -> None:
    """Who came a minute before closing has waited 70 s ten seconds after opening, and is in time for another 50 s."""
    open_at = Hours((((32_400_000, 61_200_000),),) * 7)
    closing, opening = T0 + 9 * 3_600_000, T0 + 25 * 3_600_000
    policy = QueuePolicy(threshold_ms=120_000, hours=open_at)
    engine = _engine(_offered("a", closing - 60_000), to=opening + 10_000, policy=policy)
    found = _states(engine, opening + 10_000)["q"]
    assert [one.age_ms for one in found.waiting] == [70_000]
    span = engine.books.calendar.interval(opening + 10_000)
    assert project(found, period(engine.books.ledgers["q"], *span)) is not None


def test_where_no_log_in_is_seen_who_has_just_ended_is_free() -> None:
    """An agent known by contacts alone is taken to be free for two minutes after one, then to be on a break."""
    told = (_offered("a", T0), _answered("a", T0 + 1_000, "anna"), _ended("a", T0 + 60_000, "anna"))
    for later_ms, free in ((100_000, 1), (200_000, 0)):
        assert _states(_engine(*told, to=T0 + later_ms), T0 + later_ms)["q"].pool_free == free


def test_who_is_said_to_be_available_is_free() -> None:
    """A feed that tells activities is believed, however long ago it spoke."""
    told = (
        e.AgentJoined(time=T0, agent="anna", queue="q", source="pbx"),
        e.AgentStateChanged(time=T0, agent="anna", state="available", source="pbx"),
        e.AgentJoined(time=T0, agent="bert", queue="q", source="pbx"),
        e.AgentStateChanged(time=T0, agent="bert", state="paused", reason="lunch", source="pbx"),
        _offered("a", T0 + 1_000),
    )
    assert _states(_engine(*told, to=T0 + 900_000), T0 + 900_000)["q"].pool_free == 1


def test_who_may_have_several_at_once_is_free_for_as_many_as_there_is_room() -> None:
    """An agent with one chat of three is free for two more; one who is paused finishes the chat and takes none."""
    settings = Settings(queues={"q": QueuePolicy(threshold_ms=20_000, concurrency=3)})
    engine, free = Engine(settings), []
    told = (
        e.AgentJoined(time=T0, agent="anna", queue="q", source="pbx"),
        e.AgentStateChanged(time=T0, agent="anna", state="available", source="pbx"),
        _offered("a", T0 + 1_000),
        _answered("a", T0 + 2_000, "anna"),
        e.AgentStateChanged(time=T0 + 3_000, agent="anna", state="paused", reason="lunch", source="pbx"),
    )
    for event in told:
        at = event.time
        assert isinstance(at, int)
        engine.advance(at)
        engine.apply(event)
        engine.advance(at + 500)
        engine.books.settle_agents(at + 500)
        free.append({name: state.pool_free for name, state in _states(engine, at + 500).items()}.get("q"))
    assert free == [3, 3, 3, 2, 0]


def test_another_queue_counts_by_the_agents_it_shares() -> None:
    """Half of the other queue's agents serve this one: half of those who wait there stand in this line."""
    told: list[e.Event] = []
    for place, (agent, queue) in enumerate((("anna", "q"), ("anna", "r"), ("bert", "r"))):
        at, contact = T0 + place * 60_000, f"c{place}"
        told += [_offered(contact, at, queue), _answered(contact, at + 1_000, agent, queue)]
        told += [_ended(contact, at + 30_000, agent, queue)]
    told += [_offered(f"w{place}", T0 + 200_000, "r") for place in range(4)]
    found = _states(_engine(*told, to=T0 + 201_000), T0 + 201_000)
    assert found["q"].pool_waiting == 2
    assert found["r"].pool_waiting == 4
    assert found["q"].pool["5m"].offered == 1 + 0.5 * 6


def test_usual_days_are_those_before_and_of_the_same_kind() -> None:
    """On a Wednesday the days before count, the later the more, and Saturday does not; today never does."""
    day = 86_400_000
    told = [
        event
        for place, back in enumerate((4, 2, 1, 0))  # Saturday, Monday, Tuesday, Wednesday
        for n in range(place + 1)
        for at in [T0 + day - back * day + n * 1000]
        for event in (_offered(f"{place}-{n}", at), _answered(f"{place}-{n}", at + 1_000, "anna"))
    ]
    engine = _engine(*told, to=T0 + day + 7_200_000)
    slots = UsualDays(engine.books.calendar).of(engine.books.ledgers["q"], T0 + day + 7_200_000).slots
    assert len(slots) == 33  # up to the quarter of 08:00
    expected = (3 + 0.85 * 2) / 1.85
    assert abs(slots[32][0] - expected) < 1e-9
    assert abs(slots[32][1] - expected) < 1e-9
