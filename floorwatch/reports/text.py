"""Reports as tables of text, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import phrase
from floorwatch.reports import shown
from floorwatch.reports.sums import Json


def render_text(report: Json, lang: Language) -> str:
    """The whole report, ending in a newline."""
    queues = [_queue(report, name, lang) for name in report["queues"]]
    parts = [_head(report, lang), _notes(report, lang), _summary(report, lang)]
    parts += [_alerts(report, lang), *queues] if report["kind"] == "day" else [*queues, _alerts(report, lang)]
    if report.get("agents"):
        parts.append(_agents(report, lang))
    parts.append(_foot(report, lang))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(report: Json, lang: Language) -> Iterator[str]:
    yield shown.title(report, lang)
    yield shown.subtitle(report, lang)


def _notes(report: Json, lang: Language) -> Iterator[str]:
    yield phrase("report.notes", lang)
    for note in report["notes"]:
        yield f"  {note['text'][lang]}"
    if not report["notes"]:
        yield f"  {phrase('report.whole', lang)}"


def _summary(report: Json, lang: Language) -> Iterator[str]:
    yield phrase("report.summary", lang)
    rows = [(name, queue["total"]) for name, queue in report["queues"].items()]
    if "floor" in report:
        rows.append((phrase("report.floor", lang), report["floor"]["total"]))
    yield from _lines("queue", rows, lang)


def _queue(report: Json, name: str, lang: Language) -> Iterator[str]:
    queue = report["queues"][name]
    yield f"{name}: {shown.hint(report, name, lang)}"
    first, rows = shown.detail(queue)
    yield from _lines(first, [*shown.busy(rows), (phrase("report.total", lang), queue["total"])], lang)
    if "times" in queue:
        yield phrase("report.by_time", lang)
        yield from _lines("time", shown.busy([(line["time"], line) for line in queue["times"]]), lang)


def _lines(first: str, rows: Sequence[tuple[str, Json]], lang: Language) -> Iterator[str]:
    headings = [first, *(column.heading for column in shown.COLUMNS), "marks"]
    body = [
        [label, *(column.write(line[column.key], lang) for column in shown.COLUMNS), shown.marks(line)]
        for label, line in rows
    ]
    yield from _table([shown.heading(name, lang) for name in headings], body)


def _alerts(report: Json, lang: Language) -> Iterator[str]:
    yield phrase("report.alerts", lang)
    if not report["alerts"]:
        yield f"  {phrase('report.no_alerts', lang)}"
    for alert in report["alerts"]:
        lasted = phrase("report.still_firing", lang)
        if alert["resolved_at"] is not None:
            lasted = shown.duration(alert["seconds"], lang)
        severity = shown.severity(alert, lang)
        yield f"  {shown.fired_at(report, alert)}  {lasted}  {severity}  {alert['message'][lang]}"


def _agents(report: Json, lang: Language) -> Iterator[str]:
    yield phrase("report.agents", lang)
    yield phrase("report.personal", lang, n=len(report["agents"]))
    yield from _table([shown.heading(name, lang) for name in shown.AGENT_COLUMNS], list(shown.agent_rows(report, lang)))


def _foot(report: Json, lang: Language) -> Iterator[str]:
    yield phrase("report.legend", lang)
    yield phrase("report.legend_marks", lang)
    yield shown.made_by(report, lang)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The first column to the left, the others to the right; Chinese characters take two columns."""
    widths = [max(_width(row[place]) for row in (headings, *rows)) for place in range(len(headings))]
    for row in (headings, *rows):
        cells = [" " * (width - _width(cell)) + cell for cell, width in zip(row, widths, strict=True)]
        cells[0] = row[0] + " " * (widths[0] - _width(row[0]))
        yield "  ".join(cells).rstrip()


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
