"""A morning for back-tests whose misses, warnings and false alarms can be counted by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from floorwatch.backtest.run import Recorded
from floorwatch.floor.rules import Condition, Level, Limit, Rule
from floorwatch.floor.settings import Settings

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
HALF_HOUR_MS = 30 * MINUTE_MS


def so_far(name: str = "so_far", below: float = 0.8, hold_ms: int = 0, min_sample: int = 5) -> Rule:
    condition = Condition("service_level", "below", (Level("warning", Limit(below)),), None, "interval", min_sample)
    return Rule(name, "queue", (condition,), hold_ms)


RULE = so_far()


def on_half_hours(*rules: Rule, **other: Any) -> Settings:
    return Settings(interval_ms=HALF_HOUR_MS, rules=rules, **other)


def ms(hour: int, minute: int, second: int = 0, day: int = 2) -> int:
    return int(datetime(2026, 3, day, hour, minute, second, tzinfo=UTC).timestamp()) * 1000


def contacts(waits_s: dict[int, int], queue: str = "sales", start: datetime = NINE) -> Iterator[dict[str, Any]]:
    """One at each of these minutes, answered after so many seconds."""
    for minute, wait_s in waits_s.items():
        at = start + timedelta(minutes=minute)
        facts = {"contact": f"{queue}-{at:%d-%H%M}", "queue": queue, "source": "pbx"}
        yield {"type": "contact.offered", "time": at.isoformat(), **facts}
        answered = at + timedelta(seconds=wait_s)
        yield {"type": "contact.answered", "time": answered.isoformat(), "agent": f"A{minute % 9}", **facts}
        ended = answered + timedelta(seconds=20)
        yield {"type": "contact.ended", "time": ended.isoformat(), "agent": f"A{minute % 9}", **facts}


def morning() -> dict[int, int]:
    """09:00 kept; 09:30 missed, 8 hits and then none; 10:00 kept; 11:00 kept, with two misses at its start."""
    waits_s = dict.fromkeys(range(90), 5) | {30 + minute: 25 for minute in range(8, 30)}
    return waits_s | dict.fromkeys(range(120, 150), 5) | {124: 25, 125: 25}


def recorded(folder: Path, *events: dict[str, Any], name: str = "day.jsonl", **other: Any) -> Recorded:
    path = folder / name
    path.write_text("".join(json.dumps(event) + "\n" for event in sorted(events, key=lambda one: str(one["time"]))))
    return Recorded([path], **other)
