"""Days whose exact figures were computed apart from the engine: every figure must be met, clean and messy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from floorwatch.config import load_config
from floorwatch.floor.events import Event
from floorwatch.floor.settings import Settings
from floorwatch.ingest.schedule.read import read_schedule
from floorwatch.replay import replay
from tests.reference import closes, differences

INSIDE = Path(__file__).parent / "reference_days"
SHARED = Path(__file__).parents[1] / "../shared/days"


def _days() -> list[Path]:
    return sorted(path.parent for root in (INSIDE, SHARED) if root.is_dir() for path in root.glob("*/expected.json"))


def _schedule(day: Path, settings: Settings) -> list[Event]:
    read = read_schedule(day / "schedule.csv", "schedule.csv", settings.timezone, settings.agents)
    assert read.activities
    assert not read.refused
    return read.events(0)


@pytest.mark.parametrize("delivery", ["events.jsonl.gz", "events_messy.jsonl.gz"])
@pytest.mark.parametrize("day", _days(), ids=lambda day: f"{day.parent.name}-{day.name}")
def test_every_figure_of_a_reference_day_is_exact(day: Path, delivery: str) -> None:
    """Queues, intervals, agents' seconds and adherence: what arrived late or twice changes nothing."""
    settings = load_config(day / "floorwatch.yaml").settings()
    report = replay([day / delivery], settings, schedule=_schedule(day, settings))
    expected = json.loads((day / "expected.json").read_text(encoding="utf-8"))
    wrong = [*differences(expected["queues"], report["queues"]), *differences(expected["agents"], report["agents"])]
    assert not wrong, "\n".join(wrong[:20])
    assert closes(report)
    read = expected["input"]["messy_lines"] if "messy" in delivery else expected["input"]["events"]
    assert (report["input"]["read"], report["input"]["applied"]) == (read, expected["input"]["events"])
    assert report["input"]["duplicate"] == read - expected["input"]["events"]
    assert not report["input"]["anomalies"]


@pytest.mark.parametrize("day", _days(), ids=lambda day: f"{day.parent.name}-{day.name}")
def test_messy_delivery_makes_the_same_figures_to_the_byte(day: Path) -> None:
    """The reports differ in what was read, in alerts (they follow what was known) and in corrections: no figure."""
    settings = load_config(day / "floorwatch.yaml").settings()
    schedule = _schedule(day, settings)
    clean = replay([day / "events.jsonl.gz"], settings, schedule=schedule)
    messy = replay([day / "events_messy.jsonl.gz"], settings, schedule=schedule)
    for report in (clean, messy):
        for queue in report["queues"].values():
            for interval in queue["intervals"]:
                del interval["corrected"]
    assert clean["queues"] == messy["queues"]
    assert clean["agents"] == messy["agents"]
