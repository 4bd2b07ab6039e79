"""Who came by an action, and when they would have come without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf

import pytest

from floorwatch.alerts.actions import Action
from floorwatch.effects.brought import away, brought, without
from floorwatch.effects.case import Away
from floorwatch.engine import Engine
from floorwatch.floor.events import AgentJoined, AgentStateChanged, Event, ScheduledActivity, ScheduleLoaded
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.metrics.timeline import Stretch

AT = 1_772_530_200_000
MINUTE_MS = 60_000
AGENTS = ("A1", "A2", "A3", "A4")


def state(minute: float, agent: str, state: str, reason: str = "") -> Event:
    at = AT + round(minute * MINUTE_MS)
    told = {"reason": reason} if reason else {}
    return AgentStateChanged(time=at, source="pbx", id=f"{agent}{minute}", agent=agent, state=state, **told)  # type: ignore[arg-type]


def came(engine: Engine, action: Action) -> dict[str, tuple[float, float]]:
    """By agent, in minutes from the action: when they came, and when they would have; 0: not known."""
    did = {name: list(engine.books.timeline(name).since(AT - 3_600_000)) for name in AGENTS}
    found = brought(engine.books, action, did)
    return {
        name: ((one.at - AT) / MINUTE_MS, (one.back_at - AT) / MINUTE_MS if one.back_at else 0)
        for name, one in found.items()
    }


def floor(events: Sequence[Event]) -> Engine:
    """Agents of a queue, who do this; until 20 minutes after the action."""
    engine = Engine(Settings(queues={"sales": QueuePolicy()}))
    joined = [AgentJoined(time=AT - 3_000_000, source="pbx", agent=agent, queue="sales") for agent in AGENTS]
    there = [state(-50 + place / 10, agent, "available") for place, agent in enumerate(AGENTS, 1)]
    last = [state(20, agent, "busy") for agent in AGENTS]
    for event in sorted([*joined, *there, *events, *last], key=lambda event: event.time):
        engine.advance(event.time)  # type: ignore[arg-type]
        engine.apply(event)
    engine.advance(AT + 21 * MINUTE_MS)
    engine.books.settle_agents(engine.now)
    return engine


def action(kind: str = "back_from_training", agents: int = 0, members: tuple[str, ...] = AGENTS) -> Action:
    return Action("a1", "x", "sales", kind, "L1", AT, agents, members=members)


THREE_BACK = (
    state(-30, "A1", "paused", "training"),
    state(2, "A1", "available"),
    state(-20, "A2", "paused", "break"),
    state(1, "A2", "available"),
    state(-25, "A3", "paused", "training"),
    state(-1, "A3", "available"),
    state(-1, "A4", "paused", "no_answer"),
    state(1, "A4", "available"),
)


@pytest.mark.parametrize(
    ("kind", "agents", "who"),
    [
        ("back_from_training", 0, {"A1", "A3"}),
        ("back_from_training", 1, {"A3"}),
        ("back_from_training", 3, {"A1", "A2", "A3"}),
        ("back_from_break", 0, {"A2"}),
        ("pauses_ended", 0, {"A1", "A2", "A3"}),
        ("called_in", 0, set()),
        ("announcement", 2, set()),
    ],
)
def test_those_who_fit_come_first_and_as_many_as_were_said(kind: str, agents: int, who: set[str]) -> None:
    """From two minutes before on; a pause of two minutes for letting it ring ended by itself."""
    assert set(came(floor(THREE_BACK), action(kind, agents))) == who


def test_who_comes_more_than_ten_minutes_later_came_of_their_own_accord() -> None:
    """And so did who was back long before it was said."""
    events = (
        state(-30, "A1", "paused", "training"),
        state(11, "A1", "available"),
        state(-30, "A2", "paused", "training"),
        state(-3, "A2", "available"),
    )
    assert came(floor(events), action(agents=2)) == {}


def test_without_the_action_they_come_when_the_schedule_says() -> None:
    """Back at +12 anyway; who is on no schedule is away as long as such pauses are here, or for all of the span."""
    day = ScheduledActivity(agent="A1", activity="training", start=AT - 40 * MINUTE_MS, end=AT + 12 * MINUTE_MS)
    engine = floor(THREE_BACK)
    engine.apply(ScheduleLoaded(time=engine.now, source="schedule", version="1", activities=(day,)))
    assert came(engine, action()) == {"A1": (2.0, 12.0), "A3": (-1.0, 0)}
    breaks = [
        one
        for n in range(5)
        for one in (state(-48 + 5 * n, "A4", "paused", "break"), state(-45 + 5 * n, "A4", "available"))
    ]
    usual = floor((*breaks, state(-1, "A2", "paused", "break"), state(1, "A2", "available")))
    assert came(usual, action("back_from_break")) == {"A2": (1.0, 2.0)}


def test_time_without_is_cut_where_they_came_and_goes_on_where_they_would_have() -> None:
    """In [2, 20) there, who would have come at 12; not known: not at all."""
    (coming,) = brought(floor(THREE_BACK).books, action(agents=1), {"A1": list(_stretches())}).values()
    spans, at, end = [(AT + 2 * MINUTE_MS, AT + 20 * MINUTE_MS)], AT, AT + 30 * MINUTE_MS
    assert without(spans, coming, at, end) == []
    scheduled = coming._replace(back_at=AT + 12 * MINUTE_MS)
    assert without(spans, scheduled, at, end) == [(AT + 12 * MINUTE_MS, AT + 20 * MINUTE_MS)]
    assert without(spans, None, at, end) == spans


def test_who_goes_after_a_contact_was_due_to_go_while_it_was_in_hand() -> None:
    """Idle at 100 s: at once. After a contact from 200 s to 300 s: at 250 s. At the end of the span: for ever."""
    there = [(AT - 9_000, AT + 100_000), (AT + 160_000, AT + 300_000), (AT + 330_000, AT + 700_000)]
    own = [(AT + 200_000, AT + 300_000, AT)]
    found = list(away(there, own, AT, AT + 900_000))
    assert found == [Away(100.0, 60.0), Away(250.0, 30.0), Away(700.0, inf)]
    assert list(away(there, own, AT, AT + 600_000)) == found[:2]
    in_hand = [(AT + 400_000, AT + 900_000, AT)]  # at the end of the span: nobody goes
    assert list(away([(AT, AT + 900_000)], in_hand, AT, AT + 900_000)) == []
    assert list(away([], own, AT, AT + 900_000)) == [Away(0.0, inf)]


def _stretches() -> Iterator[Stretch]:
    return floor(THREE_BACK).books.timeline("A1").since(AT - 3_600_000)
