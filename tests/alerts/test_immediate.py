"""Rules that wait for no tick."""

from __future__ import annotations

import pytest

from floorwatch.engine import Engine
from floorwatch.floor.events import ContactAbandoned, ContactOffered, SourceUp
from floorwatch.floor.rules import Condition, Level, Limit, Rule
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
