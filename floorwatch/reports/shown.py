"""How the lines of a report are shown to people, whatever the medium: the columns, and every figure in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from floorwatch.metrics.catalogue import FIGURES, Language
from floorwatch.metrics.phrases import KINDS, PHRASES, clock, phrase
from floorwatch.reports.sums import Json

NONE = "–"
"""Not known, or nothing to divide by."""


def count(value: object, lang: Language) -> str:
    """A number of contacts."""
    return f"{value:,}" if isinstance(value, int) else NONE


def percent(value: object, lang: Language) -> str:
    """A ratio, cut to a tenth of a percent, never rounded up."""
    return KINDS["percent1"](value, lang) if isinstance(value, (int, float)) else NONE


def duration(value: object, lang: Language) -> str:
    """Seconds as a running duration."""
    return clock(round(value * 1000)) if isinstance(value, (int, float)) else NONE


class Column(NamedTuple):
    """A figure of a line: its heading, its key in the document, how it is written, and the figure of the catalogue."""

    heading: str
    key: str
    write: Callable[[object, Language], str]
    figure: str


COLUMNS = (
    Column("offered", "offered", count, "offered"),
    Column("answered", "answered", count, "answered"),
    Column("in_threshold", "answered_in_threshold", count, "answered_in_threshold"),
    Column("abandoned", "abandoned", count, "abandoned"),
    Column("short", "abandoned_short", count, "abandoned_short"),
    Column("exited", "exited", count, "exited"),
    Column("level", "service_level", percent, "service_level"),
    Column("n", "service_level_n", count, "decided"),
    Column("arrival", "service_level_by_arrival", percent, "service_level_by_arrival"),
    Column("n", "service_level_by_arrival_n", count, "decided"),
    Column("asa", "asa_seconds", duration, "asa"),
    Column("longest", "wait_seconds_max", duration, "wait_max"),
    Column("aht", "aht_seconds", duration, "aht"),
    Column("occupancy", "occupancy", percent, "occupancy"),
)


def heading(name: str, lang: Language) -> str:
    """What a column is called."""
    return phrase(f"report.col_{name}", lang)


def meaning(column: Column, lang: Language) -> str:
    """What the figure of a column is called in the catalogue, and its formula."""
    figure = FIGURES[column.figure]
    return f"{figure.name(lang)}: {figure.formula}"


def marks(line: Json) -> str:
    """What is the matter with a line, in signs; see the legend."""
    signs = (
        "!" if line["incomplete"] else "",
        "↺" if line["backfilled"] else "",
        f"±{line['corrected']}" if line["corrected"] else "",
        "◐" if line["partial"] else "",
    )
    return " ".join(filter(None, signs))


def is_below(line: Json, target: float | None, min_sample: int) -> bool:
    """Whether the level is under the target, on a sample that says so."""
    level, n = line["service_level"], line["service_level_n"]
    return target is not None and level is not None and n >= min_sample and level < target


def is_small(line: Json, min_sample: int) -> bool:
    """Whether too little was decided for a verdict."""
    return line["service_level"] is not None and line["service_level_n"] < min_sample


def target_of(report: Json, queue: str) -> float:
    """The target under which the queue was counted last."""
    last = report["queues"][queue]["defined"][-1]["definition"]
    target: float = report["definitions"][last]["target"]
    return target


def hint(report: Json, queue: str, lang: Language) -> str:
    """A queue's policy in a line."""
    last = report["definitions"][report["queues"][queue]["defined"][-1]["definition"]]
    return phrase(
        "report.queue_hint",
        lang,
        channel=_channel(last["channel"], lang),
        target=last["target"],
        threshold_ms=round(last["threshold_seconds"] * 1000),
        short_ms=round(last["short_abandon_seconds"] * 1000),
        formula=FIGURES[f"service_level.{last['formula']}"].name(lang),
    )


def _channel(name: str, lang: Language) -> str:
    """A channel's word; one that only a feed knows is called as it calls it."""
    key = f"report.channel_{name}"
    return phrase(key, lang) if key in PHRASES else name


def title(report: Json, lang: Language) -> str:
    """`Day report 2026-10-25`."""
    return f"{phrase('report.' + report['kind'], lang)} {report['period']}"


def subtitle(report: Json, lang: Language) -> str:
    """Which site, from when to when, and how long that was."""
    return phrase(
        "report.subtitle",
        lang,
        site=report["site"],
        since=minute(report["from"]),
        until=minute(report["to"]),
        zone=report["timezone"],
        hours=report["hours"],
    )


def made_by(report: Json, lang: Language) -> str:
    """Which program made it, and of when its figures are."""
    return phrase("report.made_by", lang, version=report["version"], time=minute(report["known_until"]))


def minute(instant: str) -> str:
    """An instant of the report to the minute, as the clock on the wall shows it."""
    return instant[:16].replace("T", " ")


def fired_at(report: Json, alert: Json) -> str:
    """When an alert fired: to the second; with its date in a report of several days."""
    instant: str = alert["fired_at"]
    return instant[11:19] if report["kind"] == "day" else instant[:19].replace("T", " ")


def severity(alert: Json, lang: Language) -> str:
    """How grave it was when it said what it said, and what it rose to."""
    last, first = alert["severity"], alert["severity_at_fire"]
    said = phrase(f"severity.{last}", lang)
    if first in (None, last):
        return said
    return phrase("report.rose", lang, first=phrase(f"severity.{first}", lang), last=said)


def slot_labels(lines: list[Json]) -> list[str]:
    """`09:30`; in an hour that comes twice with its offset, `02:30+02:00`."""
    starts = [datetime.fromisoformat(line["start"]) for line in lines]
    plain = [f"{start:%H:%M}" for start in starts]
    return [
        label if plain.count(label) == 1 else label + start.isoformat()[-6:]
        for label, start in zip(plain, starts, strict=True)
    ]


def detail(lines: Json) -> tuple[str, list[tuple[str, Json]]]:
    """(heading of the first column, its label and line) of the finest table: parts of the day, or days."""
    if "slots" in lines:
        return "time", list(zip(slot_labels(lines["slots"]), lines["slots"], strict=True))
    return "day", [(line["day"], line) for line in lines["days"]]


def busy(rows: list[tuple[str, Json]]) -> list[tuple[str, Json]]:
    """Without the lines before the first and after the last in which anything happened."""
    places = [place for place, (_, line) in enumerate(rows) if _happened(line)]
    return rows[places[0] : places[-1] + 1] if places else []


def _happened(line: Json) -> bool:
    counts = ("offered", "answered", "abandoned", "exited", "refused", "declined", "service_level_n", "handled")
    return any(line[key] for key in counts) or line["incomplete"] or line["partial"]


AGENT_COLUMNS: tuple[str, ...] = (
    *("agent", "team", "answered", "declined", "occupancy"),
    *("adherence", "conformance", "scheduled", "in", "out", "neutral", "schedule"),
)


def agent_rows(report: Json, lang: Language) -> Iterator[list[str]]:
    """A row of every agent over the whole period; `AGENT_COLUMNS`."""
    for name, agent in report["agents"].items():
        total = agent["total"]
        kept = total["adherence"] or {}
        yield [
            *(name, agent["team"], count(total["answered"], lang), count(total["declined"], lang)),
            *(percent(total["occupancy"], lang), percent(kept.get("ratio"), lang)),
            percent(kept.get("conformance"), lang),
            *(duration(kept.get(f"{key}_seconds"), lang) for key in ("scheduled", "in", "out", "neutral")),
            ", ".join(kept.get("schedules", ())) or NONE,
        ]
