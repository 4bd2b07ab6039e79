"""Reports as CSV, for machines and spreadsheets: headings and values of the document, whatever the language.

What is not known is an empty cell. A text that a spreadsheet would take for a formula (a queue may be called `=1+1`)
gets an apostrophe in front, as OWASP advises.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from floorwatch.floor.activity import ACTIVITIES
from floorwatch.metrics.catalogue import Language
from floorwatch.reports.sums import FIGURES_OF_A_LINE, Json

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
LINE = ("line", "queue", "day", "start", "time", *FIGURES_OF_A_LINE, "partial")
ALERT = (
    *("rule", "kind", "subject", "severity", "pending_at", "fired_at", "resolved_at", "resolved_by", "seconds"),
    *("value_at_fire", "n_at_fire", "message", "severity_at_fire"),
)
_KEPT = ("scheduled_seconds", "in_seconds", "out_seconds", "neutral_seconds", "extra_seconds", "ratio", "conformance")
AGENT = (
    *("agent", "team", "site", "day", "answered", "declined", "occupancy"),
    *(f"{activity}_seconds" for activity in ACTIVITIES),
    *_KEPT[:5],
    *("adherence", "conformance", "schedules"),
)


def render_lines(report: Json) -> str:
    """Every line of every queue, then of the floor (whose `queue` is empty)."""
    return _written(LINE, _lines(report))


def render_alerts(report: Json, lang: Language) -> str:
    """The alerts that fired."""
    return _written(ALERT, (_alert(alert, lang) for alert in report["alerts"]))


def render_agents(report: Json) -> str:
    """The agents' days, and the whole period of each (whose `day` is empty)."""
    return _written(AGENT, _agents(report))


def _lines(report: Json) -> Iterator[list[object]]:
    of_all = [*report["queues"].items(), *([("", report["floor"])] if "floor" in report else [])]
    for name, lines in of_all:
        for line in lines.get("slots", ()):
            yield ["slot", name, report["period"], line["start"], "", *_values(line)]
        for line in lines["days"]:
            yield ["day", name, line["day"], "", "", *_values(line)]
        for line in lines.get("times", ()):
            yield ["time", name, "", "", line["time"], *_values(line)]
        yield ["total", name, "", "", "", *_values(lines["total"])]


def _values(line: Json) -> Iterator[object]:
    return (line[key] for key in LINE[5:])


def _alert(alert: Json, lang: Language) -> list[object]:
    ((kind, subject),) = alert["labels"].items()
    named = {**alert, "kind": kind, "subject": subject, "message": alert["message"][lang]}
    return [named[key] for key in ALERT]


def _agents(report: Json) -> Iterator[list[object]]:
    for name, agent in report["agents"].items():
        for line in (*agent["days"], agent["total"]):
            kept = line["adherence"] or {}
            yield [
                *(name, agent["team"], agent["site"], line.get("day", "")),
                *(line["answered"], line["declined"], line["occupancy"]),
                *(line["seconds"].get(activity, 0.0) for activity in ACTIVITIES),
                *(kept.get(key) for key in _KEPT),
                " ".join(kept.get("schedules", ())),
            ]


def _written(headings: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return "" if value is None else value
