"""Who is told what, in the engine: from events to notices, over a snapshot, and back into the log."""

from __future__ import annotations

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor import internal as i
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import Selector
from floorwatch.floor.settings import Settings
from floorwatch.store.snapshot import freeze, thaw
from tests.alerts.told_floor import short

T0 = 1_772_500_000_000
QUEUES = tuple(f"q{place}" for place in range(1, 7))
OUTPUTS = (OutputPolicy("chat"), OutputPolicy("loans", selector=Selector(names=("q1", "q2"))))


def _apply(engine: Engine, *events: e.Event) -> Engine:
    for event in events:
        assert isinstance(event.time, int)
        engine.advance(event.time)
        engine.apply(event)
    return engine


def _deserted() -> Engine:
    """Somebody waits in each of six queues, and nobody is there."""
    waits = [e.ContactOffered(time=T0 + place, source="pbx", contact=q, queue=q) for place, q in enumerate(QUEUES)]
    joins = [e.AgentJoined(time=T0 - 2, source="pbx", agent="A1", queue=queue) for queue in QUEUES]
    left = e.AgentStateChanged(time=T0 - 1, source="pbx", agent="A1", state="offline")
    engine = _apply(Engine(Settings(outputs=OUTPUTS)), e.SourceUp(time=T0 - 3, source="pbx"), *joins, left, *waits)
    engine.advance(T0 + 17_000)
    return engine


def _owed(engine: Engine, output: str = "chat") -> list[str]:
    notice = engine.telling.owed(output, engine.now)
    return [] if notice is None else [short(key) for key in notice.told]


def test_a_deserted_site_is_one_page() -> None:
    """Six queues without an agent, one message; who is told of two queues gets those two."""
    engine = _deserted()
    assert _owed(engine) == [f"no_agents/{queue}:firing:emergency" for queue in QUEUES]
    assert _owed(engine, "loans") == [f"no_agents/{queue}:firing:emergency" for queue in QUEUES[:2]]


def test_what_is_owed_outlives_a_snapshot_and_ends_with_the_event_that_says_it_was_taken() -> None:
    """The thawed engine owes the same notice with the same key; told there, it owes it no more."""
    engine = _deserted()
    again = thaw(freeze(engine))
    notice, same = (one.telling.owed("chat", one.now) for one in (engine, again))
    assert notice is not None
    assert same is not None
    assert (notice.key, notice.told) == (same.key, same.told)
    sent = i.DeliverySent(time=again.now, source="outputs", output="chat", key=same.key, told=same.told)
    _apply(again, sent)
    assert _owed(again) == []
    assert len(_owed(again, "loans")) == 2


def test_a_lost_feed_mutes_what_depends_on_it_and_is_told_itself() -> None:
    """Its queues are unknown: of them nothing is told, but to everybody who is told of one of them, that it is lost."""
    engine = _deserted()
    lost = e.SourceDown(time=engine.now, source="pbx", reason="gone")
    _apply(engine, lost).advance(engine.now + 20_000)
    for output in ("chat", "loans"):
        assert _owed(engine, output) == ["feed_down/pbx:firing:warning"]
        assert all(
            engine.telling.muted(alert, engine.now) for alert in engine.watch.history if alert.rule.scope == "queue"
        )
    back = e.SourceUp(time=engine.now, source="pbx")
    _apply(engine, back).advance(engine.now + 120_000)
    assert "feed_down/pbx:resolved:warning" in _owed(engine)
    assert "no_agents/q1:firing:emergency" in _owed(engine)


def test_people_mute_by_events_and_what_still_fires_is_told_at_the_end() -> None:
    """A silence and its end, a snooze, a hand: each journalled, each at once."""
    engine = _deserted()
    now = engine.now
    silence = i.OperatorSilenced(
        time=now, source="operator", silence="s", since=now, until=now + 60_000, who="Li", why="drill", subjects=("q*",)
    )
    assert _owed(_apply(engine, silence)) == []
    assert engine.telling.next_due("chat", now) == now + 60_000
    assert len(_owed(_apply(engine, i.OperatorSilenceEnded(time=now, source="operator", silence="s", who="Li")))) == 6
    first = engine.watch.history[0]
    _apply(engine, i.OperatorSnoozed(time=now, source="operator", alert=first.id, until=now + 1_000, who="Li"))
    assert len(_owed(engine)) == 5
    _apply(engine, i.OperatorAcknowledged(time=now, source="operator", alert=first.id, who="Li"))
    engine.advance(now + 2_000)
    assert _owed(engine)[-1] == "no_agents/q1:acknowledged:emergency"


def test_a_journal_may_speak_of_outputs_that_are_gone() -> None:
    """What was sent to them, and that they failed, changes nothing and starts no alert."""
    engine = _deserted()
    failed = i.DeliveryFailed(time=engine.now, source="outputs", output="gone", why="refused")
    sent = i.DeliverySent(time=engine.now, source="outputs", output="gone", key="k", told=("a:firing:warning",))
    _apply(engine, failed, sent).advance(engine.now + 60_000)
    assert not [alert for alert in engine.watch.history if alert.rule.name == "output_failing"]


def test_a_feed_that_is_back_mutes_nobody_though_its_alert_is_kept_for_a_minute() -> None:
    """What is wrong on its queues by then is told on that tick, and outputs are woken for it."""
    engine = _deserted()
    lost = e.SourceDown(time=T0 + 17_100, source="pbx")
    _apply(engine, lost).advance(T0 + 40_000)
    assert _owed(engine) == ["feed_down/pbx:firing:warning"]
    muted = engine.telling.version
    _apply(engine, e.SourceUp(time=T0 + 50_000, source="pbx")).advance(T0 + 51_001)
    assert "feed_down" in {alert.rule.name for alert in engine.watch.pending_and_firing()}
    assert engine.telling.version != muted
    assert set(_owed(engine)) >= {f"no_agents/{queue}:firing:emergency" for queue in QUEUES}
