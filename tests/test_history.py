"""What is written of closed intervals is what a replay's report says of them, whenever it is written and read."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from floorwatch.closing import closed_rows
from floorwatch.config import load_config
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.internal import SourceBackfilled
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.history import ChangedAlerts
from floorwatch.ingest.open import open_recording
from floorwatch.ingest.source import Delivery, InputCounts
from floorwatch.report import build_report
from floorwatch.store.history import History
from tests import scenario_day
from tests.as_reported import differences
from tests.scenario_day import read

SMALL = Path(__file__).parent / "reference_days/small"


def _written(settings: Settings, deliveries: list[Delivery], rng: random.Random) -> tuple[Engine, History]:
    """The engine after everything, and a history into which was written at some fifty moments on the way."""
    engine, history, alerts = Engine(settings), History(":memory:", writable=True), ChangedAlerts()
    for applied_at, event in deliveries:
        engine.advance(applied_at)
        engine.apply(event)
        if rng.random() < 50 / len(deliveries):
            history.write(closed_rows(engine, alerts.take(engine), (), individuals=True))
    history.write(closed_rows(engine, alerts.take(engine), engine.books.sources.values(), individuals=True))
    return engine, history


def _differences(engine: Engine, history: History) -> tuple[int, list[object]]:
    closed_before = engine.books.calendar.closed_before
    return differences(build_report(engine, InputCounts()), history, engine.settings, closed_before)


@pytest.mark.parametrize("recording", ["events.jsonl.gz", "events_messy.jsonl.gz"])
def test_a_day_in_the_history_is_the_day_of_the_report(recording: str) -> None:
    """Every interval of every queue, each of its figures, of a day that was written as it went on."""
    settings = load_config(SMALL / "floorwatch.yaml").settings()
    engine, history = _written(settings, list(open_recording(SMALL / recording).deliveries()), random.Random(1))
    compared, wrong = _differences(engine, history)
    assert compared > 40
    assert not wrong


@pytest.mark.parametrize("seed", range(6))
def test_facts_that_come_too_late_are_in_the_history_as_well(tmp_path: Path, seed: int) -> None:
    """Up to forty minutes late, gaps and lost feeds among them, on a grid of its own, over the change of the clocks."""
    facts = scenario_day.delivered(scenario_day.day(), random.Random(seed), 2_400_000)
    end = read("06:00:00.000 source.heartbeat source=pbx")
    facts.append(end | {"received": end["time"]})  # the report ends with the last event
    recording = open_recording(scenario_day.written(facts, tmp_path / "night.jsonl"))
    grid = scenario_day.ODD_GRID if seed % 2 else {}
    settings = replace(scenario_day.SETTINGS, **grid)
    engine, history = _written(settings, list(recording.deliveries()), random.Random(seed))
    compared, wrong = _differences(engine, history)
    assert compared > 30
    assert engine.corrections > 100
    assert not wrong


def _everything(history: History) -> list[object]:
    span = ("0", "9")
    return [*history.cells(*span), *history.queues(*span), *history.agents(*span)]


NINE = 1_792_918_800_000
"""2026-10-25 09:00 UTC."""
MINUTE = 60_000

Told = tuple[float, e.Event]
"""(minutes after nine at which it is told, event)."""


def _at(minutes: float) -> int:
    return NINE + round(minutes * MINUTE)


def _agent(minutes: float, agent: str, state: str) -> e.Event:
    return e.AgentStateChanged(time=_at(minutes), source="pbx", agent=agent, state=state)  # type: ignore[arg-type]


def _answered(minutes: float, contact: str, agent: str, wait: float = 0.1) -> list[e.Event]:
    """A contact that waits so many minutes, is answered at this one, and ends a minute later."""
    of = {"source": "pbx", "contact": contact, "queue": "sales"}
    return [
        e.ContactOffered(time=_at(minutes - wait), **of),
        e.ContactAnswered(time=_at(minutes), agent=agent, **of),
        e.ContactEnded(time=_at(minutes + 1), agent=agent, **of),
    ]


def _in_time(*events: e.Event) -> list[Told]:
    return [((event.time - NINE) / MINUTE, event) for event in events]  # type: ignore[operator]


STORIES: dict[str, list[Told]] = {
    "a contact arrives before an interval ends and is decided after that has closed": _in_time(
        *_answered(1, "c1", "A1"), *_answered(16.8, "c2", "A1", wait=1.9)
    ),
    "that an agent came, and went to lunch, is told an hour late": [
        *_in_time(*_answered(1, "c1", "A1"), e.AgentJoined(time=_at(3), source="pbx", agent="A2", queue="sales")),
        (62, _agent(5, "A2", "available")),
        (64, _agent(35, "A2", "offline")),
    ],
    "a gap is told when its interval has closed long since": [
        *_in_time(*_answered(1, "c1", "A1")),
        (50, e.SourceGap(time=_at(20), since=_at(10), source="pbx")),
    ],
    "a queue is named for the first time by a source that once had a gap": [
        *_in_time(*_answered(1, "c1", "A1"), e.SourceGap(time=_at(12), since=_at(11), source="pbx")),
        (70, e.ContactOffered(time=_at(70), source="pbx", contact="c9", queue="late")),
    ],
    "a gap is filled from the switch's own log": [
        *_in_time(*_answered(1, "c1", "A1")),
        (50, e.SourceGap(time=_at(20), since=_at(10), source="pbx")),
        (80, SourceBackfilled(time=_at(80), source="pbx", since=_at(9), until=_at(21))),
    ],
    "an answer told late makes its agent a member for the hours after it": [
        *_in_time(_agent(0, "A1", "available"), *_answered(40, "c1", "A2"), _agent(94, "A1", "available")),
        *((95.0, event) for event in _answered(5, "c2", "A1")),
    ],
    "an agent's decline is told late": [
        *_in_time(*_answered(1, "c1", "A1")),
        (40, e.ContactDeclined(time=_at(2), source="pbx", contact="c1", queue="sales", agent="A2")),
    ],
    "what was answered is found to have been told late as abandoned": [
        *_in_time(e.ContactOffered(time=_at(1), source="pbx", contact="c1", queue="sales")),
        (50, e.ContactAbandoned(time=_at(1.05), source="pbx", contact="c1", queue="sales")),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_whatever_changes_a_closed_interval_is_written_again(story: str) -> None:
    """Written every half minute; the last event comes hours later, so that all has closed."""
    settings = Settings(queues={"sales": QueuePolicy(threshold_ms=120_000)})
    engine, history = Engine(settings), History(":memory:", writable=True)
    end: Told = (240, e.SourceHeartbeat(time=_at(240), source="pbx"))
    told = [(0.0, e.SourceUp(time=NINE, source="pbx")), *STORIES[story], end]
    for half in range(2 * 240 + 1):
        while told and told[0][0] <= half / 2:
            minutes, event = told.pop(0)
            engine.advance(_at(minutes))
            engine.apply(event)
        engine.advance(_at(half / 2))
        history.write(closed_rows(engine, (), (), individuals=True))
    written = _everything(history)
    engine.books.calendar.closed.restate(NINE, engine.now)
    history.write(closed_rows(engine, (), (), individuals=True))
    assert written == _everything(history), "something was not marked"
    compared, wrong = _differences(engine, history)
    assert compared >= 15
    assert not wrong
