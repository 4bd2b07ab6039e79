"""Counters and the histogram of waits as they are scraped, and how alerts stand."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.metrics import tally as t
from floorwatch.metrics.settled import STANDARD_MS
from floorwatch.picture import picture
from floorwatch.serve.exposition import FAMILIES, Exposition
from floorwatch.serve.exposition_settled import FAMILIES_SETTLED, WAITS
from floorwatch.view import FloorView
from tests.serve.floors import alert, floor
from tests.serve.test_exposition import Series, of, read

START_MS = 1_772_500_020_000
SETTINGS = Settings(queues={"sales": QueuePolicy(threshold_ms=7_000), "desk": QueuePolicy(threshold_ms=12_500)})
BOUNDS = sorted({*STANDARD_MS, 7_000, 12_500, 20_000})


def _seen(*facts: e.Event, until_s: float = 300.0) -> FloorView:
    """The floor after these facts, each told when it happened."""
    engine = Engine(SETTINGS)
    engine.advance(START_MS)
    for fact in facts:
        assert isinstance(fact.time, int)
        engine.advance(fact.time)
        engine.apply(fact)
    engine.advance(START_MS + int(until_s * 1000))
    return picture(engine, {}, individuals=False)


def _series(view: FloorView) -> Series:
    return read(Exposition().render(view))


def _at(second: float) -> int:
    return START_MS + int(second * 1000)


@pytest.fixture(scope="module")
def day() -> FloorView:
    """Three answers (one of 7 s, one 1 ms later than that), an abandon, an exit, a refusal; a queue nobody knew."""
    facts: list[e.Event] = []
    for number, wait_s in enumerate((7.0, 7.001, 31.0)):
        place: dict[str, Any] = {"source": "pbx", "contact": f"c{number}", "queue": "sales"}
        facts.append(e.ContactOffered(time=_at(number), **place))
        facts.append(e.ContactAnswered(time=_at(number + wait_s), agent="A17", **place))
        facts.append(e.ContactEnded(time=_at(number + wait_s + 60), agent="A17", **place))
    for contact, queue, fact in (
        ("c8", "sales", lambda place: e.ContactAbandoned(time=_at(40), **place)),
        ("c9", "walk_in", lambda place: e.ContactExited(time=_at(40), reason="overflow", **place)),
    ):
        place = {"source": "pbx", "contact": contact, "queue": queue}
        facts += [e.ContactOffered(time=_at(36), **place), fact(place)]
    facts.append(e.ContactRefused(time=_at(50), source="pbx", contact="c7", queue="sales", reason="full"))
    return _seen(*sorted(facts, key=lambda fact: fact.time))


def test_counters_say_what_has_settled(day: FloorView) -> None:
    """Each of them, to the millisecond; and until when."""
    series = _series(day)
    for name, value in {
        "offered_total": 4,
        "answered_total": 3,
        "answered_in_threshold_total": 1,
        "past_threshold_total": 2,
        "abandoned_total": 1,
        "abandoned_in_threshold_total": 1,
        "abandoned_short_total": 1,
        "handled_total": 3,
        "service_level_hits_total": 1,
        "service_level_decided_total": 3,
        "answer_wait_seconds_total": 45.001,
        "handling_seconds_total": 180,
    }.items():
        assert of(series, f"floorwatch_{name}", queue="sales") == value, name
    assert of(series, "floorwatch_refused_total", queue="sales", reason="full") == 1
    assert of(series, "floorwatch_exited_total", queue="walk_in", reason="overflow") == 1
    assert of(series, "floorwatch_settled_timestamp_seconds") == (day.at - 31_000 - 1) // 1000


def test_waits_are_counted_up_to_and_with_each_bound(day: FloorView) -> None:
    """A wait of exactly T is within it; `+Inf` and `_count` are all of them, `_sum` is in seconds."""
    series, name = _series(day), "floorwatch_wait_seconds"
    of_sales = {"queue": "sales", "outcome": "answered"}
    up_to = [of(series, f"{name}_bucket", le=str(ms / 1000), **of_sales) for ms in BOUNDS]
    assert up_to == [sum(wait_ms <= ms for wait_ms in (7_000, 7_001, 31_000)) for ms in BOUNDS]
    assert of(series, f"{name}_bucket", le="7.0", **of_sales) == 1
    assert of(series, f"{name}_bucket", le="+Inf", **of_sales) == of(series, f"{name}_count", **of_sales) == 3
    assert of(series, f"{name}_sum", **of_sales) == 45.001
    assert of(series, f"{name}_bucket", le="5.0", queue="sales", outcome="abandoned") == 1
    assert of(series, f"{name}_count", queue="walk_in", outcome="exited") == 1


def test_every_queue_has_every_series_from_the_start() -> None:
    """Before anything has happened, all at 0: each reason, each outcome, the same bounds for all."""
    series = _series(_seen())
    for queue in SETTINGS.queues:
        mine = {name: value for name, value in series.items() if ("queue", queue) in name[1]}
        counters = {key: n for key, n in mine.items() if key[0] not in FAMILIES or FAMILIES[key[0]].kind == "counter"}
        assert set(counters.values()) == {0}
        of_waits = [dict(labels)["le"] for name, labels in counters if name == f"{WAITS}_bucket"]
        assert sorted(of_waits) == sorted([*(str(ms / 1000) for ms in BOUNDS), "+Inf"] * 3)
        reasons = {dict(labels)["reason"] for name, labels in counters if name == "floorwatch_exited_total"}
        assert reasons == t.EXITED.keys()
        assert {dict(labels)["reason"] for name, labels in counters if "refused" in name} == t.REFUSED.keys()


def test_series_go_when_their_queue_goes(day: FloorView) -> None:
    """What a scrape keeps of the one before is not told again."""
    exposition = Exposition()
    exposition.render(day)
    left = msgspec.structs.replace(day, queues=tuple(queue for queue in day.queues if queue.name != "walk_in"))
    assert not [labels for _, labels in read(exposition.render(left)) if ("queue", "walk_in") in labels]


def test_counters_of_a_lost_queue_stay(day: FloorView) -> None:
    """What has settled is known, while everything of now is not."""
    lost = tuple(msgspec.structs.replace(queue, unknown_since=day.at - 1_000) for queue in day.queues)
    series, before = _series(msgspec.structs.replace(day, queues=lost)), _series(day)
    assert of(series, "floorwatch_waiting", queue="sales") is None
    assert {key: value for key, value in series.items() if key[0] in FAMILIES_SETTLED} == {
        key: value for key, value in before.items() if key[0] in FAMILIES_SETTLED
    }


def test_counters_stand_where_a_later_fact_takes_something_back() -> None:
    """A contradiction that is none after all, and a feed that was back before we heard: no counter falls or goes."""
    engine, exposition = Engine(SETTINGS), Exposition()
    place: dict[str, Any] = {"source": "pbx", "contact": "c1", "queue": "sales"}
    ended = {"name": "floorwatch_source_anomalies_total", "source": "pbx", "kind": "ended_again"}
    down = {"name": "floorwatch_source_down_seconds_total", "source": "pbx"}

    def seen(second: float, fact: e.Event | None = None) -> Series:
        engine.advance(_at(second))
        if fact is not None:
            engine.apply(fact)
        return read(exposition.render(picture(engine, {}, individuals=False)))

    seen(1, e.ContactOffered(time=_at(1), **place))
    seen(5, e.ContactAbandoned(time=_at(5), **place))
    assert of(seen(9, e.ContactEnded(time=_at(9), agent="A17", **place)), **ended) == 1
    after = seen(12, e.ContactAnswered(time=_at(3), agent="A17", **place))
    assert engine.anomalies["ended_again"] == 0
    assert of(after, **ended) == of(after, "floorwatch_anomalies_total", kind="ended_again") == 1
    seen(20, e.SourceDown(time=_at(20), source="pbx"))
    assert of(seen(30.5), **down) == 10.5
    assert of(seen(30.6, e.SourceUp(time=_at(30.3), source="pbx")), **down) == 10.5
    seen(40, e.SourceDown(time=_at(40), source="pbx"))
    assert of(seen(41), **down) == 11.3


def test_handling_is_absent_where_nobody_tells_wrap_up(day: FloorView) -> None:
    """A part of it is not known, so it is not: as the mean of it is absent."""
    blind = tuple(msgspec.structs.replace(queue, tells_wrap_up=False) for queue in day.queues)
    series = _series(msgspec.structs.replace(day, queues=blind))
    assert of(series, "floorwatch_handling_seconds_total", queue="sales") is None
    assert of(series, "floorwatch_handled_total", queue="sales") == 3


def test_what_is_older_than_the_lateness_is_counted_and_no_more() -> None:
    """A contact of 31 s ago is in; one of 30 s ago could still be changed by what comes in time."""

    def offered_at(second: float) -> e.Event:
        return e.ContactOffered(time=_at(second), source="pbx", contact=f"c{second}", queue="sales")

    facts = [offered_at(second) for second in (9.0, 9.001, 10.0)]
    for until_s, n in ((39.5, 0), (40.5, 1), (41.5, 3)):
        assert of(_series(_seen(*facts, until_s=until_s)), "floorwatch_offered_total", queue="sales") == n


def test_the_state_of_an_alert_is_its_most_urgent() -> None:
    """Over 0, pending 1, firing 2, acknowledged 3; what still needs somebody hides what somebody has in hand."""
    labels = {"rule": "service_level_low", "severity": "warning", "queue": "sales"}
    for states, value, firing in (
        (("resolved",), 0, 0),
        (("pending", "resolved"), 1, 0),
        (("acknowledged", "resolved"), 3, 1),
        (("acknowledged", "firing"), 2, 1),
    ):
        alerts = tuple(alert("sales", state=state) for state in states)
        series = _series(msgspec.structs.replace(floor(), alerts=alerts))
        assert of(series, "floorwatch_alert_state", **labels) == value
        assert of(series, "floorwatch_alert_firing", **labels) == firing


def test_alerts_that_fired_are_counted_and_every_rule_begins_at_nought() -> None:
    """By rule and severity, as long as the daemon lives; an alert that is over is not forgotten here."""
    offered = [
        e.ContactOffered(time=_at(second), source="pbx", contact=f"c{second}", queue="sales") for second in range(3)
    ]
    before, after = _series(_seen()), _series(_seen(*offered, until_s=600))
    name = "floorwatch_alerts_fired_total"
    quiet = {labels: value for (metric, labels), value in before.items() if metric == name}
    assert len(quiet) == sum(len(rule.conditions[0].levels) for rule in SETTINGS.rules)
    assert set(quiet.values()) == {0}
    fired = {labels: value for (metric, labels), value in after.items() if metric == name and value}
    assert fired
    assert quiet.keys() >= fired.keys()
