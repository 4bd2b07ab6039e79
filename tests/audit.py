"""Lays the counts of the independent recount out as the report does, and lists every difference between the two."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from floorwatch.floor.settings import Settings
from tests.recount import FORMULAS, Recount

Figures = dict[str, Any]

TALKED = ("ended", "transferred")
"""How a talk ends whose length is known."""


def recount(events: list[dict[str, Any]], settings: Settings) -> Figures:
    """What the report of these events must say, as far as it is recounted; an interval's `start` in milliseconds."""
    day = Recount(events, asdict(settings))
    queues = {queue for _, _, queue in day.visits} | set(settings.queues)
    queues |= {e["queue"] for e in day.events if e["type"] == "contact.refused"}
    declined = Counter(e["agent"] for e in day.events if e["type"] == "contact.declined")
    return {
        "queues": {name: queue_figures(day, name) for name in sorted(queues)},
        "agents": {
            name: {**agent_figures(day, name), "declined": declined[name]}
            for name in sorted({*day.agents, *settings.agents})
        },
    }


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def level(counts: Mapping[str, int], formula: str) -> tuple[float | None, int]:
    """A service level and the n it rests on."""
    hits, misses = (sum(counts.get(letter, 0) for letter in letters) for letters in FORMULAS[formula])
    return ratio(hits, hits + misses), hits + misses


def outcomes(counts: Mapping[str, int]) -> Figures:
    return {
        "offered": counts.get("offered", 0),
        "answered": counts.get("answered", 0),
        "answered_in_threshold": counts.get("a", 0),
        "abandoned": counts.get("abandoned", 0),
        "abandoned_short": counts.get("s", 0),
    }


def queue_figures(day: Recount, name: str) -> Figures:
    visits, now, arrived, gaps = day.queue(name)
    total: Counter[str] = sum(now.values(), Counter())
    waits = [v.at - v.entry for v in visits if v.outcome == "answered" and v.entry is not None]
    all_waits = [v.at - v.entry for v in visits if v.outcome and v.entry is not None and v.reason != "unknown"]
    exited = Counter(v.reason for v in visits if v.outcome == "exited")
    finished = total["answered"] + total["abandoned"] + exited.total()
    doors = [e for e in day.events if e.get("queue") == name and e["type"] in ("contact.refused", "contact.declined")]
    return {
        **outcomes(total),
        "abandoned_in_threshold": total["s"] + total["t"],
        "exited": dict(exited),
        "refused": dict(Counter(e["reason"] for e in doors if e["type"] == "contact.refused")),
        "unknown_entry": sum(v.entry is None for v in visits),
        "declined": sum(e["type"] == "contact.declined" for e in doors),
        "transferred": sum(v.closed == "transferred" for v in visits),
        "waiting_at_end": total["waiting_at_end"],
        "service_level": {formula: level(total, formula)[0] for formula in FORMULAS},
        "service_level_n": {formula: level(total, formula)[1] for formula in FORMULAS},
        "wait_seconds_total": sum(waits) / 1000,
        "asa_seconds": ratio(sum(waits) / 1000, len(waits)),
        "wait_seconds_max": max(all_waits) / 1000 if all_waits else None,
        "abandon_ratio": ratio(total["abandoned"] - total["s"], finished - total["s"]),
        "talk_seconds": sum(v.talk_ms for v in visits if v.closed in TALKED) / 1000,
        "hold_seconds": sum(v.spent["on_hold"] for v in visits if v.closed in TALKED) / 1000,
        "intervals": list(interval_figures(day, now, arrived, gaps, day.policies[name]["formula"])),
    }


def interval_figures(
    day: Recount,
    now: Mapping[int, Counter[str]],
    arrived: Mapping[int, Counter[str]],
    gaps: list[tuple[int, int]],
    formula: str,
) -> Iterator[Figures]:
    """Every interval from the one holding the first event to the one holding the last."""
    start = day.interval(day.start)
    while start <= day.to:
        following = day.interval(start + day.config["interval_ms"])
        yield {
            "start": start,
            "incomplete": any(since < following and until >= start for since, until in gaps),
            **outcomes(now.get(start, {})),
            "service_level_by_event": level(now.get(start, {}), formula)[0],
            "service_level_by_arrival": level(arrived.get(start, {}), formula)[0],
        }
        start = following


def agent_figures(day: Recount, name: str) -> Figures:
    agent = day.agents.get(name) or SimpleNamespace(spent={}, visits=[])
    figures: Figures = {"seconds": {}, "paused_seconds": {}, "paused_any_seconds": {}, "paused_by_queue": {}}
    for (figure, *path, last), ms in agent.spent.items():
        place = figures[figure]
        for step in path:
            place = place.setdefault(step, {})
        place[last] = ms / 1000
    return {**figures, "answered": len(agent.visits)}


def unequal(path: str, ours: Any, theirs: Any) -> Iterator[str]:
    """Where two figures differ: numbers beyond 1e-9, all else at all; seconds that are 0 may be left out."""
    if isinstance(ours, dict):
        for key in sorted({*ours, *(theirs or {})}):
            yield from unequal(f"{path}.{key}", ours.get(key, 0), (theirs or {}).get(key, 0))
    elif isinstance(ours, int | float) and isinstance(theirs, int | float):
        if abs(ours - theirs) > 1e-9:
            yield f"{path}: recount {ours}, report {theirs}"
    elif ours != theirs:
        yield f"{path}: recount {ours}, report {theirs}"


def differences(ours: Figures, report: Mapping[str, Any]) -> list[str]:
    """Every figure in which a report differs from a recount."""
    found: list[str] = []
    for part in ("queues", "agents"):
        for name, figures in ours[part].items():
            theirs = report[part].get(name)
            if theirs is None:
                found.append(f"{part}.{name}: not in the report")
                continue
            for figure, value in figures.items():
                if figure == "intervals":
                    found += interval_differences(f"{part}.{name}", value, theirs[figure])
                else:
                    found += unequal(f"{part}.{name}.{figure}", value, theirs[figure])
    return found


def interval_differences(path: str, ours: list[Figures], theirs: list[Figures]) -> Iterator[str]:
    """The intervals must be the same ones, in order and without holes, and each must say the same."""
    if len(ours) != len(theirs):
        yield f"{path}.intervals: recount {len(ours)}, report {len(theirs)}"
    for cell, interval in zip(ours, theirs, strict=False):
        stated = {**interval, "start": round(datetime.fromisoformat(interval["start"]).timestamp() * 1000)}
        for figure, value in cell.items():
            yield from unequal(f"{path}.intervals[{interval['start']}].{figure}", value, stated[figure])
