"""A history beside the report of a replay: the same intervals, figure by figure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from floorwatch.floor.settings import Settings
from floorwatch.metrics.measures import asa_seconds
from floorwatch.metrics.service_level import level, ratio
from floorwatch.store.history import History
from floorwatch.store.rows import QueueRow


def as_reported(row: QueueRow | None, settings: Settings, queue: str) -> dict[str, Any]:
    """An interval of the report, made of its row; without one nothing happened."""
    policy = settings.policy(queue)
    tally, arrival = (row.tally, row.arrival) if row is not None else (0, 0)
    (hits, n), (arrival_hits, arrival_n) = level(tally, policy), level(arrival, policy)
    figures: dict[str, Any] = {
        "service_level_by_event": ratio(hits, n),
        "service_level_by_event_n": n,
        "service_level_by_arrival": ratio(arrival_hits, arrival_n),
        "service_level_by_arrival_n": arrival_n,
        "asa_seconds": asa_seconds(tally),
        "incomplete": row is not None and row.incomplete,
        "backfilled": row is not None and row.backfilled,
        "corrected": 0 if row is None else row.corrected,
        "wait_seconds_max": None if row is None or row.wait_ms_max is None else round(row.wait_ms_max / 1000, 3),
        "occupancy": None,
    }
    if row is not None and row.busy_ms is not None and row.available_ms is not None:
        figures["occupancy"] = ratio(row.busy_ms, row.busy_ms + row.available_ms)
    return figures


def differences(
    report: dict[str, Any], history: History, settings: Settings, closed_before: int
) -> tuple[int, list[object]]:
    """(intervals of the report compared, what differs in the history), of those that start before this instant."""
    rows = {(row.queue, row.start): row for row in history.queues("0", "9")}
    cells = {cell.start for cell in history.cells("0", "9")}
    compared, wrong = 0, list[object]()
    for name, queue in report["queues"].items():
        for interval in queue["intervals"]:
            start = round(datetime.fromisoformat(interval["start"]).timestamp() * 1000)
            if start >= closed_before:
                continue
            compared += 1
            written = as_reported(rows.get((name, start)), settings, name)
            different = {key: (value, interval[key]) for key, value in written.items() if interval[key] != value}
            if different or start not in cells:
                wrong.append((name, interval["start"], different, start in cells))
    return compared, wrong
