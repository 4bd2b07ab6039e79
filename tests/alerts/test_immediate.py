"""Rules that wait for no tick."""

from __future__ import annotations

from dataclasses import replace

import pytest

from floorwatch.engine import Engine
from floorwatch.floor.events import ContactAbandoned, ContactOffered, Event, SourceUp
from floorwatch.floor.hours import Hours
from floorwatch.floor.rules import Condition, Level, Limit, Rule, Selector
from floorwatch.floor.settings import QueuePolicy, Settings

NOBODY_WAITS = Rule(
    "nobody_waits", "queue", (Condition("waiting", "at_least", (Level("warning", Limit(1)),)),), immediate=True
)
AT = 1_772_442_000_250


@pytest.mark.parametrize("queue", ["configured", "unheard_of"])
def test_the_very_first_contact_of_a_floor_is_told_at_once(queue: str) -> None:
    """The source comes up and a contact waits within the same second, in a queue that no tick has looked at yet."""
    engine = Engine(Settings(queues={"configured": QueuePolicy()}, rules=(NOBODY_WAITS,)))
    engine.advance(AT)
    engine.apply(SourceUp(time=AT, source="pbx"))
    engine.apply(ContactOffered(time=AT, source="pbx", id="e1", contact="c1", queue=queue))
    (fired,) = engine.advance(AT)
    assert (fired.change, fired.at, fired.alert.subject) == ("fired", AT, queue)


def test_an_immediate_alert_fires_between_ticks_and_is_resolved_on_one() -> None:
    """Each at its very instant: 250 ms past a second, and the tick after the contact has left."""
    engine = Engine(Settings(queues={"q": QueuePolicy()}, rules=(NOBODY_WAITS,)))
    engine.advance(AT)
    engine.apply(SourceUp(time=AT, source="pbx"))
    engine.advance(AT + 3_000)
    engine.apply(ContactOffered(time=AT + 3_000, source="pbx", id="e1", contact="c1", queue="q"))
    (fired,) = engine.advance(AT + 3_100)
    engine.apply(ContactAbandoned(time=AT + 3_100, source="pbx", id="e2", contact="c1", queue="q"))
    (resolved,) = engine.advance(AT + 5_000)
    assert (fired.at, resolved.at) == (AT + 3_000, AT + 3_750)


def _told(engine: Engine, *events: Event) -> list[tuple[str, int, float | None]]:
    """(change, instant, value when it fired) of everything that these events bring about."""
    changes = list[tuple[str, int, float | None]]()
    for event in (*events, None):
        at = AT + 60_000 if event is None else event.time
        assert isinstance(at, int)
        changes += [(one.change, one.at - AT, one.alert.value_at_fire) for one in engine.advance(at)]
        if event is not None:
            engine.apply(event)
    return changes


def _come(after_ms: int, *contacts: str) -> list[Event]:
    return [ContactOffered(time=AT + after_ms, source="pbx", contact=one, queue="q") for one in contacts]


def test_of_many_events_in_one_millisecond_the_first_that_breaks_the_rule_is_told() -> None:
    """Once, however many follow; and the window is that of the last tick, and what came since."""
    many = Rule(
        "many", "queue", (Condition("offered", "at_least", (Level("warning", Limit(3)),), window="5m"),), immediate=True
    )
    engine = Engine(Settings(queues={"q": QueuePolicy()}, rules=(many,)))
    before = _come(-299_000, "a", "b")  # they leave the window on the second tick, 1,750 ms after
    now = [*_come(740, "c"), *_come(1_900, "d", "e", "f")]
    told = _told(engine, SourceUp(time=AT - 300_000, source="pbx"), *before, *now)
    assert told == [("fired", 740, 3), ("resolved", 1_750, 3), ("fired", 1_900, 3)]


def test_of_two_conditions_both_must_hold_at_the_event() -> None:
    """Two wait, and one of them past T: the first contact that makes both true fires it, at its own instant."""
    both = Rule(
        "both",
        "queue",
        (
            Condition("waiting", "at_least", (Level("warning", Limit(2)),)),
            Condition("waiting_past_threshold", "at_least", (Level("warning", Limit(1)),)),
        ),
        immediate=True,
    )
    engine = Engine(Settings(queues={"q": QueuePolicy(threshold_ms=5_000)}, rules=(both,)))
    told = _told(engine, SourceUp(time=AT, source="pbx"), *_come(100, "a"), *_come(5_300, "b"))
    assert told == [("fired", 5_300, 2)]


def test_a_closed_queue_says_nothing_at_once_either() -> None:
    """Contacts come at night: its rules are not looked at, however many."""
    closed_now = Hours((((60_000, 120_000),),) * 7)
    engine = Engine(Settings(queues={"q": QueuePolicy(hours=closed_now)}, rules=(NOBODY_WAITS,)))
    assert _told(engine, SourceUp(time=AT, source="pbx"), *_come(100, "a", "b"), *_come(3_300, "c")) == []


def test_an_event_of_one_queue_reads_no_rule_of_another() -> None:
    """A contact of b is past T between two ticks: an event of a is no reason to say so, the tick is."""
    past = Rule(
        "past",
        "queue",
        (Condition("waiting_past_threshold", "at_least", (Level("warning", Limit(1)),)),),
        immediate=True,
    )
    engine = Engine(Settings(queues={"a": QueuePolicy(), "b": QueuePolicy(threshold_ms=5_000)}, rules=(past,)))
    of_b = ContactOffered(time=AT + 100, source="pbx", contact="x", queue="b")
    of_a = ContactOffered(time=AT + 5_300, source="pbx", contact="y", queue="a")
    told = _told(engine, SourceUp(time=AT, source="pbx"), of_b, of_a)
    assert told[0] == ("fired", 5_750, 1)


def test_an_alert_outlives_the_name_that_its_queue_had_for_it() -> None:
    """A queue that nobody configured takes the channel of its contacts; an alert for calls still ends when they do."""
    calls = replace(NOBODY_WAITS, selector=Selector(channels=("voice",)))
    engine = Engine(Settings(rules=(calls,)))
    chat = ContactOffered(time=AT + 2_000, source="pbx", contact="b", queue="q", channel="chat")
    gone = [ContactAbandoned(time=AT + 9_000, source="pbx", contact=one, queue="q") for one in ("a", "b")]
    told = _told(engine, SourceUp(time=AT, source="pbx"), *_come(100, "a"), chat, *gone)
    assert [change for change, _, _ in told] == ["fired", "resolved"]
