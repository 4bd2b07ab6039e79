"""Counters over a whole day: what stands in them at its end, and that nobody need have looked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from floorwatch.config import load_config
from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from floorwatch.ingest.open import open_recording
from floorwatch.metrics import tally as t
from floorwatch.metrics.service_level import level
from floorwatch.metrics.settled import Settled
from floorwatch.picture import picture
from floorwatch.store.snapshot import freeze, thaw

DAY = Path(__file__).parent / "reference_days/small"
LOOK_MS = 300_000

COUNTED = {
    "offered": "offered",
    "answered": "answered",
    "answered_in_threshold": "in_threshold",
    "abandoned": "abandoned",
    "abandoned_in_threshold": "abandoned_in_threshold",
    "abandoned_short": "abandoned_short",
}
"""Figures of the expected results and the fields of a tally."""


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_config(DAY / "floorwatch.yaml").settings()


def _settled(engine: Engine) -> dict[str, Settled]:
    """As it is when everything has settled."""
    engine.advance(engine.now + engine.settings.lateness_ms + 3_000)
    return {queue.name: queue.settled for queue in picture(engine, {}, individuals=False).queues}


def test_at_the_end_of_a_day_counters_are_the_figures_of_the_day(settings: Settings) -> None:
    """Those that were computed apart from the engine; and each threshold's class is the answered in threshold."""
    engine = Engine(settings)
    for at, event in open_recording(DAY / "events.jsonl.gz").deliveries():
        engine.advance(at)
        engine.apply(event)
    expected: dict[str, dict[str, Any]] = json.loads((DAY / "expected.json").read_bytes())["queues"]
    found = _settled(engine)
    assert found.keys() == expected.keys()
    assert engine.corrections == 0
    for name, settled in found.items():
        day, waits = expected[name], settled.waits
        assert {key: t.read(settled.tally, field) for key, field in COUNTED.items()} == {k: day[k] for k in COUNTED}
        assert waits[0].sum_ms / 1000 / day["answered"] == pytest.approx(day["asa_seconds"], abs=1e-9)
        hits, n = level(settled.tally, settings.policy(name))
        assert hits / n == day["service_level"][settings.policy(name).formula]
        bound = settled.bounds_ms.index(settings.policy(name).threshold_ms)
        assert sum(waits[0].counts[: bound + 1]) == day["answered_in_threshold"]
        assert sum(waits[1].counts) == day["abandoned"]


def test_a_day_settles_alike_whoever_looks(settings: Settings) -> None:
    """Every five minutes, or not for hours; the second half put away and taken out again. Late facts on the way."""
    looked_at, alone = Engine(settings), Engine(settings)
    deliveries = list(open_recording(DAY / "events_messy.jsonl.gz").deliveries())
    look_at = 0
    for place, (at, event) in enumerate(deliveries):
        if at >= look_at:
            picture(looked_at, {}, individuals=False)
            look_at = at + LOOK_MS
        if place == len(deliveries) // 2:
            alone = thaw(freeze(alone))
        for engine in (looked_at, alone):
            engine.advance(at)
            engine.apply(event)
    assert _settled(alone) == _settled(looked_at)
    assert alone.corrections == looked_at.corrections
    assert len(deliveries) > 5_000
