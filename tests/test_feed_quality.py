"""How well each source is heard: its figures, and that a switch that is gone is unknown and nothing of it zero."""

from __future__ import annotations

import asyncio

from prometheus_client.parser import text_string_to_metric_families

from floorwatch.clock import ScaledClock
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import SourceClock
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.ingest.feed import Pulse
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.source import InputCounts
from floorwatch.picture import picture
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.public import public_floor
from floorwatch.view import FloorView, SourceView

T0 = 1_772_500_500_000


def _at(after_s: float) -> int:
    return T0 + round(after_s * 1000)


def _state(after_s: float, source: str = "switch", **more: str) -> Event:
    return e.AgentStateChanged(time=_at(after_s), source=source, agent="A17", state="available", **more)  # type: ignore[arg-type]


def _heard(*arriving: tuple[float, Event], engine: Engine | None = None) -> Engine:
    """(received after so many seconds, event)."""
    engine = engine or Engine(Settings(queues={"sales": QueuePolicy()}))
    for received_s, event in arriving:
        engine.advance(_at(received_s))
        engine.apply(event)
    return engine


def _seen(engine: Engine, after_s: float, **more: InputCounts) -> FloorView:
    engine.advance(_at(after_s))
    return picture(engine, more, individuals=False)


def _scraped(view: FloorView) -> dict[tuple[str, tuple[str, ...]], float]:
    families = text_string_to_metric_families(Exposition().render(view).decode())
    return {
        (sample.name, tuple(sorted(sample.labels.values()))): sample.value
        for family in families
        for sample in family.samples
    }


def _only(view: FloorView, name: str = "switch") -> SourceView:
    return next(source for source in view.sources if source.name == name)


def test_delay_rate_and_last_event_are_of_the_last_minute() -> None:
    """Four events a second, 120 ms late, one of them 9 s: a minute later the 9 s are forgotten."""
    up = (0.0, e.SourceUp(time=T0, source="switch"))
    engine = _heard(up, *((i / 4 + 0.12, _state(i / 4)) for i in range(8, 400)))
    late = _heard((100.2, _state(91.2)), engine=engine)
    source = _only(_seen(late, 100.3))
    assert (source.state, source.since, source.last_event_at) == ("up", T0, _at(99.75))
    assert (source.delay_ms, source.delay_ms_max, source.events) == (9_000, 9_000, 393)
    assert source.events_per_s is not None
    assert abs(source.events_per_s - 4) < 0.3
    assert source.late == 0
    for i in range(800):
        _heard((101 + i / 10, _state(101 + i / 10 - 0.05)), engine=engine)
    source = _only(_seen(engine, 181))
    assert (source.delay_ms, source.delay_ms_max) == (50, 50)
    assert source.events_per_s is not None
    assert abs(source.events_per_s - 10) < 0.5


def test_in_a_silence_the_rate_is_a_true_zero_and_the_delay_is_not_known() -> None:
    """A feed that is up and says nothing has told nothing: the last delay stays, the greatest of the minute is none."""
    engine = _heard((0.0, e.SourceUp(time=T0, source="switch")), (1.1, _state(1)))
    source = _only(_seen(engine, 600))
    assert (source.state, source.events_per_s, source.delay_ms, source.delay_ms_max) == ("up", 0.0, 100, None)
    never = _only(_seen(_heard((0.0, e.SourceUp(time=T0, source="switch"))), 2))
    assert (never.last_event_at, never.delay_ms, never.delay_ms_max) == (None, None, None)


def test_what_we_say_of_a_source_is_nothing_heard() -> None:
    """Up, down, gaps and clocks move neither the last event nor the delay."""
    ours = (
        e.SourceDown(time=T0 - 3_600_000, source="switch", reason="not_running"),
        e.SourceUp(time=_at(4), source="switch"),
        e.SourceGap(time=_at(4), source="switch", since=T0 - 3_600_000),
        SourceClock(time=_at(4), source="switch", offset_ms=3_000),
    )
    engine = _heard((1.05, _state(1)), *((4.0, fact) for fact in ours))
    source = _only(_seen(engine, 5))
    assert (source.last_event_at, source.delay_ms_max, source.events) == (_at(1), 50, 1)
    assert (source.gaps, source.down_ms, source.clock_offset_ms) == (1, 3_604_000, 3_000)


def test_troubles_are_counted_for_the_source_that_made_them() -> None:
    """Duplicates, late facts, corrections, anomalies, resynchronisations, invalid input: each by source."""
    offered = e.ContactOffered(time=_at(1), source="a", contact="c1", queue="sales", id="1")
    twice = [
        e.ContactEnded(time=_at(at), source="a", contact="c1", queue="sales", agent="A17", id=str(at)) for at in (9, 10)
    ]
    report = e.FloorReported(
        time=_at(20), source="b", complete=True, waiting=(e.Waiting(contact="x", queue="sales", since=_at(15)),)
    )
    engine = _heard(
        *((1.0, event) for event in (offered, offered)),
        (5.0, e.ContactAnswered(time=_at(5), source="a", contact="c1", queue="sales", agent="A17", id="2")),
        *((11.0, event) for event in twice),
        (20.0, report),
        (2_000.0, e.ContactOffered(time=_at(30), source="b", contact="y", queue="sales")),
    )
    view = _seen(engine, 2_001, a=InputCounts(read=9, invalid={"malformed_json": 3}))  # type: ignore[arg-type]
    a, b = _only(view, "a"), _only(view, "b")
    assert (a.duplicates, b.duplicates, a.late, b.late, a.corrections, b.corrections) == (1, 0, 0, 1, 0, 1)
    assert (a.anomalies, b.anomalies) == (view.input.anomalies, {})
    assert sum(a.anomalies.values()) == 1
    assert (a.resynced, a.invalid) == ({}, {"malformed_json": 3})
    assert sum(b.resynced.values()) >= 1
    scraped = _scraped(view)
    assert scraped["floorwatch_source_duplicate_total", ("a",)] == 1
    assert scraped["floorwatch_source_invalid_total", ("a", "malformed_json")] == 3
    assert scraped["floorwatch_source_corrections_total", ("b",)] == 1


def test_an_anomaly_undone_by_a_late_fact_is_undone_for_its_source() -> None:
    """An answer nobody had offered is none once the offer has come."""
    first, second = (
        e.ContactAnswered(time=_at(at), source="a", contact="c1", queue="sales", agent=agent)
        for at, agent in ((5, "A17"), (6, "A18"))
    )
    engine = _heard((5.0, first), (6.0, second))
    before = dict(_only(_seen(engine, 7), "a").anomalies)
    assert before == _seen(engine, 7).input.anomalies
    _heard((8.0, e.ContactOffered(time=_at(5.5), source="a", contact="c1", queue="sales")), engine=engine)
    assert _only(_seen(engine, 9), "a").anomalies == _seen(engine, 9).input.anomalies != before


async def _lost_after_silence() -> list[Event]:
    """What a live feed says when its switch is suddenly silent: a heartbeat of 15 s, on a clock 100 times as fast."""
    clock = ScaledClock(T0, 100.0)
    inbox, pulse = Inbox(clock), Pulse("switch", clock, 15_000)
    for said in pulse.heard():
        await inbox.put(said)
    listening = asyncio.create_task(pulse.listen(inbox))
    heard: list[Event] = []
    while not any(isinstance(event, e.SourceDown) for event in heard):
        heard += [arrival.event for arrival in await inbox.take(10)]
    listening.cancel()
    return heard


async def test_a_switch_that_is_gone_is_unknown_and_nothing_of_it_is_zero() -> None:
    """Unknown with the heartbeat, an alert 15 s later, and no figure of it anywhere: not in the view, not in the public
    form, not in what is scraped, while the other switch goes on."""
    [_, down] = await _lost_after_silence()
    assert isinstance(down, e.SourceDown)
    lost_s = (int(down.time) - T0) / 1000  # type: ignore[arg-type]
    assert lost_s >= 15
    engine = Engine(Settings(queues={"sales": QueuePolicy(), "chat": QueuePolicy()}))
    for source, queue in (("switch", "sales"), ("other", "chat")):
        joined = e.AgentJoined(time=T0, source=source, agent=f"A-{source}", queue=queue)
        offered = e.ContactOffered(time=_at(1), source=source, contact="c1", queue=queue)
        _heard((0.0, e.SourceUp(time=T0, source=source)), (0.0, joined), (1.0, offered), engine=engine)
    _heard((lost_s, down), engine=engine)
    view = _seen(engine, lost_s + 1)
    sales, chat = (next(queue for queue in view.queues if queue.name == name) for name in ("sales", "chat"))
    assert (sales.verdict, sales.unknown_since) == ("unknown", down.time)
    assert (sales.waiting, sales.waiting_past_threshold, sales.longest_wait_ms, sales.present) == (None,) * 4
    assert (chat.waiting, chat.unknown_since) == (1, None)
    assert view.activities == {"unknown": 1, "available": 1}
    assert [alert.state for alert in view.alerts if alert.rule == "feed_down"] == ["pending"]

    view = _seen(engine, lost_s + 17)
    [alert] = [alert for alert in view.alerts if alert.rule == "feed_down"]
    assert (alert.state, alert.labels, alert.severity) == ("firing", {"source": "switch"}, "warning")
    gone = _only(view)
    assert (gone.state, gone.since) == ("down", down.time)
    assert (gone.delay_ms, gone.delay_ms_max, gone.events_per_s) == (None, None, None)

    public = public_floor(view, speed=1.0, banner_note=None)
    tile = next(queue for queue in public.queues if queue.name == "sales")
    assert (tile.waiting, tile.present, tile.oldest_since, tile.windows, tile.interval, tile.members) == (
        None, None, None, {}, None, {},
    )  # fmt: skip
    assert "feed_down" in {alert.rule for alert in public.alerts}

    scraped = _scraped(view)
    of_sales = {name for name, labels in scraped if "sales" in labels}
    settled = {name for name in of_sales if name.endswith("_total") or name.startswith("floorwatch_wait_seconds_")}
    assert "floorwatch_offered_total" in settled, "what has settled is known all the same"
    assert of_sales - settled == {
        "floorwatch_queue_known", "floorwatch_queue_target_ratio", "floorwatch_queue_threshold_seconds",
        "floorwatch_queue_open", "floorwatch_queue_last_event_timestamp_seconds", "floorwatch_queue_age_seconds",
    }  # fmt: skip
    assert scraped["floorwatch_queue_known", ("sales",)] == 0
    assert scraped["floorwatch_source_up", ("switch",)] == 0
    assert scraped["floorwatch_alert_firing", ("feed_down", "switch", "warning")] == 1
    assert scraped["floorwatch_waiting", ("chat",)] == 1
    assert ("floorwatch_source_delay_seconds", ("switch",)) not in scraped
