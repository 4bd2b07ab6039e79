"""Agents in a report: personal figures, made only where they are asked for. Ratios are ratios of sums."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from floorwatch.floor.activity import ACTIVITIES
from floorwatch.metrics.service_level import ratio
from floorwatch.reports.sums import Json
from floorwatch.store.rows import Adherence, AgentRow


def build(rows: Iterable[AgentRow]) -> Json:
    """By agent: the whole period, and its days. `rows` by agent and day."""
    return {agent: _agent(list(days)) for agent, days in groupby(rows, key=lambda row: row.agent)}


def _agent(days: list[AgentRow]) -> Json:
    return {
        "team": days[-1].team,
        "site": days[-1].site,
        "total": _figures(days),
        "days": [{"day": row.day, **_figures([row])} for row in days],
    }


def _figures(days: list[AgentRow]) -> Json:
    busy_ms, available_ms = _sum(row.busy_ms for row in days), _sum(row.available_ms for row in days)
    spent = [_sum(row.spent_ms[activity] for row in days) for activity in range(len(ACTIVITIES))]
    at_work_ms = None if busy_ms is None or available_ms is None else busy_ms + available_ms
    return {
        "seconds": {name: _seconds(ms) for name, ms in zip(ACTIVITIES, spent, strict=True) if ms != 0},
        "answered": sum(row.answered for row in days),
        "declined": _sum(row.declined for row in days),
        "occupancy": None if busy_ms is None or at_work_ms is None else ratio(busy_ms, at_work_ms),
        "adherence": _adherence([row.adherence for row in days if row.adherence is not None]),
    }


def _adherence(days: list[Adherence]) -> Json | None:
    """None where no schedule spoke of any of the days."""
    if not days:
        return None
    scheduled, kept, out, neutral, worked, on_queue, extra = (
        sum(values) for values in zip(*(day[:7] for day in days), strict=True)
    )
    return {
        "scheduled_seconds": scheduled / 1000,
        "in_seconds": kept / 1000,
        "out_seconds": out / 1000,
        "neutral_seconds": neutral / 1000,
        "extra_seconds": extra / 1000,
        "ratio": ratio(kept, scheduled - neutral),
        "conformance": ratio(worked, on_queue),
        "schedules": sorted({day.schedule for day in days}),
    }


def _sum(values: Iterable[int | None]) -> int | None:
    """What is not known of one day is not known of all."""
    known = list(values)
    return None if None in known else sum(_known(known))


def _known(values: Iterable[int | None]) -> Iterator[int]:
    return (value for value in values if value is not None)


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
