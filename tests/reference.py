"""Comparing a report with figures that were computed apart from the engine."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any

ACTIVITY_MAPS = {"seconds", "paused_seconds"}
UNLISTED = {"offline", "unknown"}
"""Activities the reference figures leave out."""


def differences(expected: Any, got: Any, path: str = "") -> Iterator[str]:
    """Every place where the report says something else than expected. Exact; ratios and means to 1e-9."""
    name = path.rsplit("/", 1)[-1]
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            yield f"{path}: expected an object, got {got!r}"
            return
        if name in ACTIVITY_MAPS:
            for key in got.keys() - expected.keys() - UNLISTED:
                yield f"{path}/{key}: expected nothing, got {got[key]!r}"
        for key in expected:
            yield from differences(expected[key], got.get(key), f"{path}/{key}")
    elif isinstance(expected, list):
        by_start = {datetime.fromisoformat(row["start"]): row for row in got}
        for row in expected:
            start = row["start"]
            rest = {key: value for key, value in row.items() if key != "start"}
            yield from differences(rest, by_start.get(datetime.fromisoformat(start)), f"{path}/{start}")
    elif isinstance(expected, float) and isinstance(got, int | float) and not isinstance(got, bool):
        if not math.isclose(expected, got, rel_tol=1e-9, abs_tol=1e-9):
            yield f"{path}: expected {expected!r}, got {got!r}"
    elif expected != got:
        yield f"{path}: expected {expected!r}, got {got!r}"


def closes(report: dict[str, Any]) -> bool:
    """offered = answered + abandoned + exited + waiting, in every queue."""
    return all(
        queue["offered"]
        == queue["answered"] + queue["abandoned"] + sum(queue["exited"].values()) + queue["waiting_at_end"]
        for queue in report["queues"].values()
    )
