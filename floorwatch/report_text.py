"""The report of a replay as tables for people, 100 columns wide. A ratio stands beside its n; "–" is "not known"."""

from __future__ import annotations

import textwrap
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from floorwatch.floor.settings import Settings
from floorwatch.text_table import WIDTH, clock, percent, table

Report = dict[str, Any]

MIN_SAMPLE = Settings().min_sample
"""Decided visits below which a level says nothing yet."""
_ACTIVITIES = "talking on_hold alerting wrap_up available busy paused unreachable offline unknown".split()


def render_text(report: Report) -> str:
    """The tables of a report (the JSON contract of `floorwatch replay`), ending in a newline."""
    local = _Local(report)
    parts = (
        _head(report, local),
        _contacts(report),
        _levels(report),
        _alerts(report, local),
        _activities(report),
        _adherence(report),
        _feeds(report, local),
        _doubts(report),
    )
    sections = ["\n".join(lines) for part in parts if (lines := list(part))]
    return "\n\n".join([*sections, f"digest {report['digest']}"]) + "\n"


class _Local:
    """Instants in the site's time: the report spells only the starts of intervals in it, so their offsets are taken."""

    def __init__(self, report: Report) -> None:
        starts = {interval["start"] for queue in report["queues"].values() for interval in queue["intervals"]}
        self._starts = sorted(map(datetime.fromisoformat, starts))

    def __call__(self, instant: str) -> datetime:
        when = datetime.fromisoformat(instant)
        at = bisect_right(self._starts, when)
        return when.astimezone(self._starts[at - 1].tzinfo) if at else when


def _head(report: Report, local: _Local) -> Iterator[str]:
    if report["from"] is None:
        yield "Nothing was accepted from this input."
    else:
        first, last = local(report["from"]), local(report["to"])
        length = clock((last - first).total_seconds())
        yield f"{first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} ({first:%Z}), {length}"
    figures = {key: report["input"][key] for key in ("read", "applied", "late", "duplicate", "ignored")}
    figures["invalid"] = sum(report["input"]["invalid"].values())
    yield "input: " + ", ".join(f"{name} {count:,}" for name, count in figures.items())


def _contacts(report: Report) -> Iterator[str]:
    if not report["queues"]:
        return
    yield "CONTACTS"
    heads = "offered answered in-time abandoned short exited waiting refused declined".split()
    rows = []
    for name, queue in report["queues"].items():
        counts = [
            queue[key] for key in ("offered", "answered", "answered_in_threshold", "abandoned", "abandoned_short")
        ]
        refused = None if queue["refused"] is None else sum(queue["refused"].values())
        counts += [sum(queue["exited"].values()), queue["waiting_at_end"], refused, queue["declined"]]
        rows.append([name, *("–" if count is None else f"{count:,}" for count in counts)])
    yield from table(["queue", *heads], rows)
    for name, queue in report["queues"].items():
        for word in ("exited", "refused"):
            if any((queue[word] or {}).values()):
                yield f"{name}: {word} by reason: {_counts(queue[word])}"
        if queue["unknown_entry"]:
            yield f"{name}: {queue['unknown_entry']:,} of unknown entry time, in no wait and no service level"


def _levels(report: Report) -> Iterator[str]:
    if not report["queues"]:
        return
    yield "SERVICE LEVEL AND TIMES"
    rows = []
    for name, queue in report["queues"].items():
        target, formula = queue["target"], queue["target"]["formula"]
        level, n = queue["service_level"][formula], queue["service_level_n"][formula]
        verdict = "–" if level is None else "met" if level >= target["ratio"] else "below"
        if level is not None and n < MIN_SAMPLE:
            verdict = "small n"
        goal = f"{percent(target['ratio'], 0)} in {target['threshold_seconds']:g} s"
        times = (clock(queue[key]) for key in ("asa_seconds", "wait_seconds_max", "aht_seconds"))
        rows.append([name, percent(level), f"{n:,}", goal, verdict, *times, percent(queue["abandon_ratio"])])
    yield from table(["queue", "level", "n", "target", "", "ASA", "longest wait", "AHT", "abandoned"], rows)
    formulas = {queue["target"]["formula"] for queue in report["queues"].values()}
    yield f"level by formula: {', '.join(sorted(formulas))}; under {MIN_SAMPLE} decided (n) there is no verdict"
    yield "abandoned: of finished visits, short abandons in neither part; who exited by T is in no level"
    if untold := [name for name, queue in report["queues"].items() if queue["wrap_up_seconds"] is None]:
        text = f"AHT: no feed tells the wrap-up of {', '.join(untold)}; set `wrap_up:` there, `0s` where there is none"
        yield from textwrap.wrap(text, WIDTH, subsequent_indent="    ")


def _alerts(report: Report, local: _Local) -> Iterator[str]:
    yield f"ALERTS: {len(report['alerts'])}"
    for alert in report["alerts"]:
        until = f"{local(alert['resolved_at']):%H:%M:%S}" if alert["resolved_at"] else "open"
        first, last = alert["severity_at_fire"], alert["severity"]
        grave = last if first == last else f"{first}, rose to {last}"
        start = f"{local(alert['fired_at']):%Y-%m-%d %H:%M:%S} – {until:<8}  {grave:<9}  "
        yield from textwrap.wrap(start + alert["message"], WIDTH, subsequent_indent=" " * len(start))


def _activities(report: Report) -> Iterator[str]:
    if not report["agents"]:
        return
    yield f"AGENTS: {len(report['agents'])}"
    by_agent = [agent["seconds"] for agent in report["agents"].values()]
    total = sum(seconds for spent in by_agent for seconds in spent.values() if seconds is not None)
    rows, unseen = [], []
    for name in _ACTIVITIES:
        spent = [seconds.get(name, 0) for seconds in by_agent]
        if None in spent:
            unseen.append(name)
        elif any(spent):
            rows.append([name, clock(sum(spent)), percent(sum(spent) / total)])
    yield from table(["activity", "time", "share"], [*rows, *([name, "–", "–"] for name in unseen)])
    if unseen:
        yield "–: a feed cannot tell it; the time is in what the feed shows instead"


def _adherence(report: Report) -> Iterator[str]:
    """Who kept to the schedule; nothing where no schedule is known."""
    kept_by = {name: agent["adherence"] for name, agent in report["agents"].items()}
    judged = {name: kept for name, kept in kept_by.items() if kept["scheduled_seconds"] != 0}
    if not any(kept["scheduled_seconds"] for kept in judged.values()):
        return
    yield f"ADHERENCE: {len(judged)} scheduled"
    keys = ("scheduled_seconds", "in_seconds", "out_seconds", "neutral_seconds")
    rows = [
        [name, percent(kept["ratio"]), percent(kept["conformance"]), *(clock(kept[key]) for key in keys)]
        for name, kept in judged.items()
    ]
    yield from table(["agent", "adherence", "conformance", "scheduled", "in", "out", "neutral"], rows)
    yield "adherence: in / (scheduled − neutral); conformance: on-queue time worked / on-queue time scheduled"


def _feeds(report: Report, local: _Local) -> Iterator[str]:
    for name, source in report["sources"].items():
        if source["unseen"]:
            yield from textwrap.wrap(f"FEED {name}: cannot tell {', '.join(source['unseen'])}", WIDTH)
        if source["down_seconds"] or source["gaps"]:
            yield f"FEED {name}: down {clock(source['down_seconds'])}, gaps: {len(source['gaps'])}"
        for gap in source["gaps"]:
            yield f"    {local(gap['from']):%Y-%m-%d %H:%M:%S} – {local(gap['to']):%H:%M:%S}: events may be missing"
    for name, queue in report["queues"].items():
        torn = [f"{local(interval['start']):%H:%M}" for interval in queue["intervals"] if interval["incomplete"]]
        if torn:
            text = f"{name}: incomplete intervals {len(torn)} of {len(queue['intervals'])}: {', '.join(torn)}"
            yield from textwrap.wrap(text, WIDTH, subsequent_indent="    ")


def _doubts(report: Report) -> Iterator[str]:
    for key, title in (
        ("invalid", "INVALID INPUT, set aside"),
        ("anomalies", "ANOMALIES, applied as far as they make sense"),
    ):
        if report["input"][key]:
            yield from textwrap.wrap(f"{title}: {_counts(report['input'][key])}", WIDTH, subsequent_indent="    ")


def _counts(by_name: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in sorted(by_name.items()) if count)
