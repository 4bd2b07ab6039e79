"""The tables laid out as a report is (`report.md`): the same names, units and nulls, so that the two can be compared.

What only a running engine has is left null: `alerts`, and `corrected` once a fact came late enough to correct anything.
What the protocol cannot tell is null too.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from floorwatch.metrics.catalogue import definitions
from floorwatch.report import canonical_json
from simulators.faults.heard import Heard
from simulators.truth.tables import HIDE_OCCUPANCY, INTERVAL_MS, OCCUPIED, AgentTable, QueueTable, Row, Tables

Json = dict[str, Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FORMULAS = {
    "short_abandons_excluded": ("a", "tm"),
    "abandons_missed": ("a", "stm"),
    "abandons_ignored": ("a", "m"),
    "abandons_met": ("ast", "m"),
    "short_abandons_met": ("as", "tm"),
}
"""Formula to the letters that are hits, and those that are misses. `answered_only` is computed apart."""
_ACTIVITIES = {
    "wrap_up": ("wrap_up",),
    "hold": ("on_hold",),
    "alerting": ("alerting",),
    "busy": ("busy",),
    "unreachable": ("unreachable",),
    "log_in": ("available", "offline"),
    "pause_reasons": (),
}
"""What cannot be told, to the activities of which nobody knows how long they lasted."""


def truth_report(tables: Tables, incidents: list[Json], heard: Heard | None = None) -> Json:
    """The truth of a day that is over, with its labelled incidents.

    `heard`: what was told of it, and lost; None where nobody knows how it will be told.
    """
    report: Json = {
        "definitions": definitions(),
        "from": _rfc3339(tables.from_ms),
        "to": _rfc3339(tables.to_ms),
        "queues": {name: _queue(tables, name, table, heard) for name, table in tables.queues.items()},
        "agents": {name: _agent(tables, name) for name in tables.agents},
        "incidents": incidents,
        "alerts": None,
        "input": None if heard is None else heard.as_input(),
    }
    return report | {"digest": hashlib.sha256(canonical_json(report)).hexdigest()}


def _rfc3339(at_ms: int | None) -> str | None:
    if at_ms is None:
        return None
    return (_EPOCH + timedelta(milliseconds=at_ms)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"


def _seconds(ms: float) -> float:
    return round(ms / 1000, 3)


def _over(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator else None


def _level(row: Row, formula: str, *, exits_count: bool) -> tuple[int, int]:
    """(hits, decided)."""
    if formula == "answered_only":
        return row["a"], row["timed"]
    hits, misses = _FORMULAS[formula]
    hit, missed = sum(row[letter] for letter in hits), sum(row[letter] for letter in misses)
    return hit, hit + missed + (row["x"] if exits_count else 0)


def _queue(tables: Tables, name: str, table: QueueTable, heard: Heard | None) -> Json:
    policy, total, unseen = tables.profile.queues[name].policy, table.total, tables.told.unseen
    levels = {f: _level(total, f, exits_count=policy.exits_count) for f in (*_FORMULAS, "answered_only")}
    exited = dict(table.exited)
    lost = total["abandoned"] - total["abandoned_short"]
    handling_ms = total["talk_ms"] + total["hold_ms"] + total["wrap_up_ms"]
    return {
        "channel": policy.channel,
        "target": {
            "ratio": policy.target,
            "threshold_seconds": _seconds(policy.threshold_ms),
            "short_abandon_seconds": _seconds(policy.short_abandon_ms),
            "formula": policy.formula,
        },
        "concurrency": policy.concurrency,
        "hours": None if policy.hours is None else {"week": policy.hours.by_day(), "holidays": []},
        **_counts(total),
        "abandoned_in_threshold": total["abandoned_in_threshold"],
        "exited": exited,
        "refused": None if "refused" in unseen else dict(table.refused),
        "unknown_entry": 0,
        "declined": total["declined"],
        "transferred": total["transferred"],
        "waiting_at_end": total["waiting_at_end"],
        "service_level": {formula: _over(hits, n) for formula, (hits, n) in levels.items()},
        "service_level_n": {formula: n for formula, (_, n) in levels.items()},
        "wait_seconds_total": _seconds(total["wait_ms"]),
        "asa_seconds": _over(total["wait_ms"] / 1000, total["timed"]),
        "wait_seconds_max": None if table.wait_ms_max is None else _seconds(table.wait_ms_max),
        "abandon_ratio": _over(lost, total["answered"] + lost + sum(exited.values())),
        "talk_seconds": _seconds(total["talk_ms"]),
        "hold_seconds": None if "hold" in unseen else _seconds(total["hold_ms"]),
        "wrap_up_seconds": None if "wrap_up" in unseen else _seconds(total["wrap_up_ms"]),
        "handled": total["handled"],
        "aht_seconds": None if "wrap_up" in unseen else _over(handling_ms / 1000, total["handled"]),
        "intervals": _intervals(tables, name, table, heard or Heard()),
    }


def _counts(row: Row) -> Json:
    return {key: row[key] for key in ("offered", "answered", "abandoned", "abandoned_short", "answered_in_threshold")}


def _intervals(tables: Tables, name: str, table: QueueTable, heard: Heard) -> list[Json]:
    if tables.from_ms is None or tables.to_ms is None:
        return []
    policy, start, intervals = tables.profile.queues[name].policy, tables.grid.start(tables.from_ms), []
    while start <= tables.to_ms:
        event, arrival = table.by_event.get(start, Row()), table.by_arrival.get(start, Row())
        hits, n = _level(event, policy.formula, exits_count=policy.exits_count)
        arrival_hits, arrival_n = _level(arrival, policy.formula, exits_count=policy.exits_count)
        members, longest = table.members_ms.get(start, Row()), table.longest.get(start)
        occupied, end = members["occupied"], tables.grid.start(start + INTERVAL_MS)
        is_hidden = any(tables.unseen_of(agent) & HIDE_OCCUPANCY for agent in table.members.get(start, ()))
        intervals.append(
            {
                "start": tables.grid.local(start).isoformat(timespec="milliseconds"),
                "incomplete": any(since_ms < end and until_ms >= start for since_ms, until_ms in heard.losses),
                "backfilled": False,
                "corrected": 0 if heard.is_clear and not heard.late else None,
                **_counts(event),
                "service_level_by_event": _over(hits, n),
                "service_level_by_event_n": n,
                "service_level_by_arrival": _over(arrival_hits, arrival_n),
                "service_level_by_arrival_n": arrival_n,
                "asa_seconds": _over(event["wait_ms"] / 1000, event["timed"]),
                "wait_seconds_max": None if longest is None else _seconds(longest),
                "occupancy": None if is_hidden else _over(occupied, occupied + members["available"]),
                "load_occupancy": None
                if is_hidden
                else _over(members["load"], (occupied + members["available"]) * tables.whole),
            }
        )
        start = end
    return intervals


def _agent(tables: Tables, name: str) -> Json:
    table, unseen = tables.agents[name], tables.unseen_of(name)
    spent = table.spent_ms
    busy_ms = sum(spent[activity] for activity in OCCUPIED)
    seconds: Json = {activity: _seconds(ms) for activity, ms in spent.items() if ms}
    seconds |= {activity: None for fact in unseen for activity in _ACTIVITIES[fact]}
    has_reasons = "pause_reasons" not in unseen
    paused = {reason: _seconds(ms) for reason, ms in table.paused_ms.items() if ms}
    return {
        "seconds": seconds,
        "paused_seconds": paused if has_reasons else None,
        "paused_any_seconds": paused if has_reasons else None,
        "paused_by_queue": _paused_by_queue(table) if has_reasons else None,
        "answered": table.counts["answered"],
        "declined": table.counts["declined"],
        "occupancy": None if unseen & HIDE_OCCUPANCY else _over(busy_ms, busy_ms + spent["available"]),
        "load_occupancy": None
        if unseen & HIDE_OCCUPANCY
        else _over(table.load_ms, (busy_ms + spent["available"]) * tables.whole),
        "adherence": _adherence(tables, table),
    }


def _paused_by_queue(table: AgentTable) -> Json:
    return {
        queue: {reason: _seconds(ms) for reason, ms in row.items() if ms}
        for queue, row in table.paused_by_queue_ms.items()
        if any(row.values())
    }


def _adherence(tables: Tables, table: AgentTable) -> Json:
    """By the preset `strict`; scheduled seconds count inside [from, to)."""
    from_ms, to_ms = tables.from_ms or 0, tables.to_ms or 0
    planned_ms = work_ms = 0
    for activity, since_ms, until_ms in table.scheduled:
        inside_ms = max(0, min(until_ms, to_ms) - max(since_ms, from_ms))
        planned_ms += inside_ms
        work_ms += inside_ms if activity == "work" else 0
    return {
        "scheduled_seconds": _seconds(planned_ms),
        "in_seconds": _seconds(table.in_ms),
        "out_seconds": _seconds(planned_ms - table.in_ms),
        "neutral_seconds": 0.0,
        "neutral_by_cause": {},
        "extra_seconds": _seconds(table.extra_ms),
        "ratio": _over(table.in_ms, planned_ms),
        "conformance": _over(table.worked_ms, work_ms),
    }
