"""The page of a queue shows what a report of the same engine says of its day, and what is not known as not known."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from floorwatch.config import load_config
from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from floorwatch.ingest.open import open_recording
from floorwatch.ingest.source import Delivery, InputCounts
from floorwatch.queue_day import QueueDays
from floorwatch.report import build_report
from floorwatch.store.snapshot import freeze, thaw
from tests import scenario_day
from tests.scenario_day import read

SMALL = Path(__file__).parent / "reference_days/small"


def _as_reported(row: dict[str, Any]) -> dict[str, Any]:
    """What the report of the interval is to say, of a row of the page."""
    same = ("offered", "answered", "abandoned", "abandoned_short", "incomplete", "backfilled", "corrected")
    longest = row["wait_ms_max"]
    return {
        **{key: row[key] for key in (*same, "occupancy", "load_occupancy")},
        "service_level_by_event": row["level"],
        "service_level_by_event_n": row["level_n"],
        "service_level_by_arrival": row["level_by_arrival"],
        "service_level_by_arrival_n": row["level_by_arrival_n"],
        "asa_seconds": None if row["asa_ms"] is None else pytest.approx(row["asa_ms"] / 1000, rel=1e-12),
        "wait_seconds_max": None if longest is None else round(longest / 1000, 3),
    }


def _differences(engine: Engine, days: QueueDays) -> tuple[int, list[object]]:
    """(intervals compared, where the pages of all queues differ from the report of an engine in the same state)."""
    copy = thaw(freeze(engine))
    shown = {name: days.of(name) for name in engine.books.ledgers}
    report = build_report(copy, InputCounts())
    compared, wrong = 0, list[object]()
    for name, queue in report["queues"].items():
        rows = {row["start"]: row for row in shown[name]["intervals"]}
        for interval in queue["intervals"]:
            start = round(datetime.fromisoformat(interval["start"]).timestamp() * 1000)
            row = rows.get(start)
            # The report ends with the last event, the page with the last tick.
            if row is None or row["state"] == "lost" or row["end"] > engine.last_at:
                continue
            compared += 1
            expected = _as_reported(row)
            different = {key: (value, interval[key]) for key, value in expected.items() if interval[key] != value}
            if different:
                wrong.append((name, interval["start"], different))
    return compared, wrong


def _looked_at(settings: Settings, deliveries: list[Delivery], rng: random.Random, looks: int) -> tuple[int, int]:
    """(intervals compared, corrections) of a day that is looked at now and then, by the same viewer all day."""
    engine = Engine(settings)
    days, compared = QueueDays(engine), 0
    for n, (applied_at, event) in enumerate(deliveries):
        engine.advance(applied_at)
        engine.apply(event)
        if rng.random() < looks / len(deliveries) or n == len(deliveries) - 1:
            more, wrong = _differences(engine, days)
            assert not wrong
            compared += more
    return compared, engine.corrections


@pytest.mark.parametrize("recording", ["events.jsonl.gz", "events_messy.jsonl.gz"])
def test_the_intervals_of_a_page_are_those_of_the_report(recording: str) -> None:
    """Every interval that is over, of every queue, each of its figures, at twelve moments of a day."""
    settings = load_config(SMALL / "floorwatch.yaml").settings()
    deliveries = list(open_recording(SMALL / recording).deliveries())
    compared, _ = _looked_at(settings, deliveries, random.Random(1), 12)
    assert compared > 200


@pytest.mark.parametrize("seed", range(4))
def test_facts_that_come_late_are_on_the_page_as_well(tmp_path: Path, seed: int) -> None:
    """Up to forty minutes late, gaps and lost feeds among them, on a grid of its own, over the change of the clocks."""
    facts = scenario_day.delivered(scenario_day.day(), random.Random(seed), 2_400_000)
    end = read("06:00:00.000 source.heartbeat source=pbx")
    facts.append(end | {"received": end["time"]})
    recording = open_recording(scenario_day.written(facts, tmp_path / "night.jsonl"))
    settings = replace(scenario_day.SETTINGS, **(scenario_day.ODD_GRID if seed % 2 else {}))
    compared, corrections = _looked_at(settings, list(recording.deliveries()), random.Random(seed), 25)
    assert compared > 300
    assert corrections > 100
