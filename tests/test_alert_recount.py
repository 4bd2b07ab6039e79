"""Every alert of the default rules, against a recount that shares no code: none missed, none invented."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from floorwatch.alerts.lifecycle import Alert
from floorwatch.config import load_config
from floorwatch.floor.settings import Settings
from floorwatch.replay import recordings_of, run
from tests.alert_recount import Life, alerts
from tests.simulators.test_day import made

INCIDENTS = Path(__file__).parents[1] / "../shared/days/incidents"
QUEUE_RULES = ("service_level_low", "longest_wait_high", "projection_miss", "no_agents")


def fired(day: Path, settings: Settings) -> list[Alert]:
    return run(recordings_of([day], settings), settings).watch.history


def by_queue_and_rule(history: list[Alert]) -> dict[tuple[str, str], list[Life]]:
    found: dict[tuple[str, str], list[Life]] = {}
    for alert in history:
        if alert.rule.name in QUEUE_RULES:
            assert alert.fired_at is not None
            life = Life(alert.fired_at, alert.resolved_at, alert.reason)
            found.setdefault((alert.subject, alert.rule.name), []).append(life)
    return found


def told(day: Path) -> list[dict[str, Any]]:
    with gzip.open(day, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def first_of(history: list[Alert], queues: set[str], hour: int) -> str:
    """HH:MM:SS of the first alert about one of these queues from this hour on."""
    at = (datetime.fromtimestamp((alert.fired_at or 0) / 1000, UTC) for alert in history if alert.subject in queues)
    return min(f"{one:%H:%M:%S}" for one in at if one.hour >= hour)


@pytest.mark.skipif(not INCIDENTS.is_dir(), reason=f"{INCIDENTS}: the reference days are not here")
def test_on_the_day_of_incidents_every_alert_is_one_that_must_be() -> None:
    """The outage is told by 11:03:30, the surge by 14:08:30, slow systems that hurt nobody not at all."""
    settings = load_config(INCIDENTS / "floorwatch.yaml").settings()
    history = fired(INCIDENTS / "events.jsonl.gz", settings)
    expected = alerts(told(INCIDENTS / "events.jsonl.gz"), settings)
    assert by_queue_and_rule(history) == {key: found for key, found in expected.items() if found}
    assert first_of(history, {"q5", "q6"}, 11) <= "11:03:30"
    assert first_of(history, {"q1", "q2"}, 14) <= "14:08:30"
    assert not [alert for alert in history if datetime.fromtimestamp((alert.fired_at or 0) / 1000, UTC).hour == 16]


@pytest.mark.parametrize("seed", [4, 18])
def test_on_other_days_every_alert_is_one_that_must_be(seed: int, tmp_path: Path) -> None:
    """Simulated days, nobody there at times, in the evening because all have left: the same recount, to the second."""
    made(tmp_path, "small", seed)
    settings = load_config(tmp_path / "floorwatch.yaml").settings()
    [events] = tmp_path.glob("events.jsonl*")
    history = fired(events, settings)
    expected = alerts(told(events), settings)
    assert by_queue_and_rule(history) == {key: found for key, found in expected.items() if found}
    assert history
