"""Lays the counts of the independent recount out as the report does, and lists every difference between the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from floorwatch.floor.settings import Settings
from tests.recount import EVER, FORMULAS, Recount

Figures = dict[str, Any]


def recount(events: list[dict[str, Any]], settings: Settings) -> Recount:
    """The day counted by the auditor, under the same settings as plain values."""
    return Recount(events, asdict(settings))


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def level(counts: dict[str, int], formula: str) -> tuple[float | None, int]:
    """A service level and the n it rests on."""
    hits, misses = (sum(counts.get(letter, 0) for letter in letters) for letters in FORMULAS[formula])
    return ratio(hits, hits + misses), hits + misses


def outcomes(counts: dict[str, int]) -> Figures:
    return {
        "offered": counts.get("offered", 0),
        "answered": counts.get("answered", 0),
        "answered_in_threshold": counts.get("a", 0),
        "abandoned": counts.get("abandoned", 0),
        "abandoned_short": counts.get("s", 0),
    }


def queue_figures(day: Recount, name: str) -> Figures:
    """What the report must say of the queue, except its intervals."""
    visits, total, *_ = day.queue(name)
    waits = [v.at - v.entry for v in visits if v.outcome == "answered" and v.entry is not None]
    all_waits = [v.at - v.entry for v in visits if v.outcome and v.entry is not None]
    talked = [v for v in visits if v.talk_ms is not None]
    exits = [v.reason for v in visits if v.outcome == "exited"]
    refusals = [e["reason"] for e in day.events if e["type"] == "contact.refused" and e["queue"] == name]
    short = total["s"]
    return {
        **outcomes(total),
        "abandoned_in_threshold": total["s"] + total["t"],
        "exited": {reason: exits.count(reason) for reason in set(exits)},
        "refused": {reason: refusals.count(reason) for reason in set(refusals)},
        "unknown_entry": sum(v.entry is None for v in visits),
        "declined": day.declined["queue", name],
        "transferred": sum(v.closed == "transferred" for v in visits),
        "waiting_at_end": total["waiting_at_end"],
        "service_level": {formula: level(total, formula)[0] for formula in FORMULAS},
        "service_level_n": {formula: level(total, formula)[1] for formula in FORMULAS},
        "wait_seconds_total": sum(waits) / 1000,
        "asa_seconds": ratio(sum(waits) / 1000, len(waits)),
        "wait_seconds_max": max(all_waits) / 1000 if all_waits else None,
        "abandon_ratio": ratio(total["abandoned"] - short, total["answered"] + total["abandoned"] + len(exits) - short),
        "talk_seconds": sum(v.talk_ms for v in talked) / 1000,
        "hold_seconds": sum(v.hold_ms for v in talked) / 1000,
    }


def interval_figures(day: Recount, name: str) -> Iterator[tuple[int, Figures]]:
    """(start in ms, figures) of every interval in which anything of the queue happened or might have."""
    _, _, now, arrived, gaps = day.queue(name)
    formula = day.policies[name]["formula"]
    step = day.config["interval_ms"]
    start = day.interval(day.start)
    while start <= day.to:
        yield start, {
            **outcomes(now.get(start, {})),
            "service_level_by_event": level(now.get(start, {}), formula)[0],
            "service_level_by_arrival": level(arrived.get(start, {}), formula)[0],
            "incomplete": any(since < start + step and until >= start for since, until in gaps),
        }
        start = day.interval(start + step)


def agent_figures(day: Recount, name: str) -> Figures:
    """What the report must say of the agent's time."""
    agent = day.agents[name]
    figures: Figures = {"seconds": {}, "paused_seconds": {}, "paused_any_seconds": {}, "paused_by_queue": {}}
    for (figure, *path, last), ms in agent.spent.items():
        place = figures[figure]
        for step in path:
            place = place.setdefault(step, {})
        place[last] = ms / 1000
    return {**figures, "answered": len(agent.visits), "declined": day.declined["agent", name]}


def unequal(path: str, ours: Any, theirs: Any) -> Iterator[str]:
    """Where two figures differ: counts and ratios to 1e-9, names exactly; zero seconds and no entry are one."""
    if isinstance(ours, dict):
        for key in sorted({*ours, *(theirs or {})}):
            yield from unequal(f"{path}.{key}", ours.get(key, 0), (theirs or {}).get(key, 0))
    elif isinstance(ours, int | float) and isinstance(theirs, int | float):
        if abs(ours - theirs) > 1e-9:
            yield f"{path}: recount {ours}, report {theirs}"
    elif ours != theirs:
        yield f"{path}: recount {ours}, report {theirs}"


def differences(day: Recount, report: dict[str, Any]) -> list[str]:
    """Every figure in which a report differs from the recount."""
    found = []
    queues = {v.key[2] for v in day.visits} | {e["queue"] for e in day.events if e["type"] == "contact.refused"}
    for name in sorted(queues):
        theirs = report["queues"].get(name)
        if theirs is None:
            found.append(f"queues.{name}: missing from the report")
            continue
        for figure, ours in queue_figures(day, name).items():
            found += unequal(f"queues.{name}.{figure}", ours, theirs[figure])
        starts = [instant_ms(interval["start"]) for interval in theirs["intervals"]]
        cells = dict(interval_figures(day, name))
        if starts != list(cells):
            found.append(f"queues.{name}.intervals: recount {list(cells)}, report {starts}")
        for start, interval in zip(starts, theirs["intervals"], strict=True):
            for figure, ours in cells.get(start, {}).items():
                found += unequal(f"queues.{name}.intervals[{interval['start']}].{figure}", ours, interval[figure])
    for name in sorted(day.agents):
        for figure, ours in agent_figures(day, name).items():
            found += unequal(f"agents.{name}.{figure}", ours, report["agents"][name][figure])
    return found


def instant_ms(stamp: str) -> int:
    return round(datetime.fromisoformat(stamp).timestamp() * 1000)


__all__ = ["EVER", "Recount", "differences", "recount"]
