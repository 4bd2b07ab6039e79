"""Reports as one HTML file: no script, nothing fetched, printed on A4, and safe under a policy that allows just that.

The file carries its own Content-Security-Policy, with the digest of its one style sheet. Whatever people named (queues,
agents, teams, schedules) is escaped where it is written.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
from collections.abc import Iterator, Sequence
from html import escape

from floorwatch.metrics.catalogue import Language
from floorwatch.metrics.phrases import phrase
from floorwatch.reports import chart, shown
from floorwatch.reports.sums import Json

_GROUPS = frozenset(("service_level", "service_level_by_arrival", "asa_seconds", "occupancy"))
"""Columns before which a fine line is drawn."""


Row = tuple[str, Json, float | None, str]
"""(label, line, target of its queue, class of the row)."""


def render_page(report: Json, lang: Language) -> str:
    """The whole file."""
    style = (importlib.resources.files("floorwatch.reports") / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    title = escape(f"{shown.title(report, lang)} – {report['site']}")
    body = "\n".join(_body(report, lang))
    return (
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _body(report: Json, lang: Language) -> Iterator[str]:
    yield f"<h1>{escape(shown.title(report, lang))}</h1>"
    yield f'<p class="sub">{escape(shown.subtitle(report, lang))}</p>'
    yield from _summary(report, lang)
    yield from _notes(report, lang)
    if report["kind"] == "day":
        yield from _alerts(report, lang)
    for name, queue in report["queues"].items():
        heading = f'{escape(name)} <span class="hint">{escape(shown.hint(report, name, lang))}</span>'
        yield from _section(heading, queue, report, shown.target_of(report, name), lang)
    if "floor" in report and len(report["queues"]) > 1:
        said = escape(phrase("report.floor_hint", lang))
        heading = f'{escape(phrase("report.floor", lang))} <span class="hint">{said}</span>'
        yield from _section(heading, report["floor"], report, None, lang)
    if report["kind"] != "day":
        yield from _alerts(report, lang)
    if report.get("agents"):
        yield from _agents(report, lang)
    yield f"<footer><p>{escape(phrase('report.legend', lang))}</p><p>{escape(phrase('report.legend_marks', lang))}</p>"
    yield f"<p>{escape(shown.made_by(report, lang))}</p></footer>"


def _summary(report: Json, lang: Language) -> Iterator[str]:
    rows: list[Row] = [
        (name, queue["total"], shown.target_of(report, name), "") for name, queue in report["queues"].items()
    ]
    if "floor" in report:
        rows.append((phrase("report.floor", lang), report["floor"]["total"], None, "total"))
    yield f"<h2>{escape(phrase('report.summary', lang))}</h2>"
    yield from _lines("queue", rows, report, lang)


def _notes(report: Json, lang: Language) -> Iterator[str]:
    yield f'<h2>{escape(phrase("report.notes", lang))}</h2><ul class="notes">'
    texts = [note["text"][lang] for note in report["notes"]] or [phrase("report.whole", lang)]
    yield from (f"<li>{escape(text)}</li>" for text in texts)
    yield "</ul>"


def _alerts(report: Json, lang: Language) -> Iterator[str]:
    yield f"<h2>{escape(phrase('report.alerts', lang))}</h2>"
    if not report["alerts"]:
        yield f"<p>{escape(phrase('report.no_alerts', lang))}</p>"
        return
    yield from _head([("fired", ""), ("lasted", ""), ("severity", "left"), ("message", "left")], lang)
    for alert in report["alerts"]:
        lasted = phrase("report.still_firing", lang)
        if alert["resolved_at"] is not None:
            lasted = shown.duration(alert["seconds"], lang)
        severity = shown.severity(alert, lang)
        yield (
            f"<tr><td>{escape(shown.fired_at(report, alert))}</td><td>{escape(lasted)}</td>"
            f'<td class="left">{escape(severity)}</td><td class="left">{escape(alert["message"][lang])}</td></tr>'
        )
    yield "</tbody></table>"


def _section(heading: str, lines: Json, report: Json, target: float | None, lang: Language) -> Iterator[str]:
    yield f"<section><h2>{heading}</h2>"
    first, rows = shown.detail(lines)
    inside = shown.busy(rows)
    if not inside:
        yield f"<p>{escape(phrase('report.nothing', lang))}</p></section>"
        return
    if svg := chart.bars(inside, lang):
        yield svg + chart.key(lang)
    by = phrase("report.by_slot", lang, grid_ms=report["grid_seconds"] * 1000) if first == "time" else ""
    yield f"<h3>{escape(by or phrase('report.by_day', lang))}</h3>"
    total = (phrase("report.total", lang), lines["total"], target, "total")
    yield from _lines(first, [*((label, line, target, "") for label, line in inside), total], report, lang)
    if len(inside) < len(rows) and first == "time":
        until = lines["slots"][rows.index(inside[-1]) + 1 :][:1]
        yield f'<p class="hint">{escape(_outside(inside[0][0], until, lines, lang))}</p>'
    if "times" in lines:
        yield f"<h3>{escape(phrase('report.by_time', lang))}</h3>"
        times = shown.busy([(line["time"], line) for line in lines["times"]])
        if svg := chart.bars(times, lang):
            yield svg
        yield from _lines("time", [(label, line, target, "") for label, line in times], report, lang)
    yield "</section>"


def _outside(since: str, following: list[Json], lines: Json, lang: Language) -> str:
    until = following[0]["start"][11:16] if following else lines["slots"][0]["start"][11:16]
    return phrase("report.outside", lang, since=since, until=until)


def _lines(first: str, rows: Sequence[Row], report: Json, lang: Language) -> Iterator[str]:
    headings = [f'<th scope="col">{escape(shown.heading(first, lang))}</th>']
    for column in shown.COLUMNS:
        group = _class("group" if column.key in _GROUPS else "")
        meaning = escape(shown.meaning(column, lang))
        headings.append(f'<th scope="col"{group} title="{meaning}">{escape(shown.heading(column.heading, lang))}</th>')
    headings.append(f'<th scope="col" class="marks">{escape(shown.heading("marks", lang))}</th>')
    yield f"<table><thead><tr>{''.join(headings)}</tr></thead><tbody>"
    for label, line, target, kind in rows:
        cells = [f"<td>{escape(label)}</td>"]
        cells += [_cell(column, line, target, report["min_sample"], lang) for column in shown.COLUMNS]
        cells.append(f'<td class="marks">{escape(shown.marks(line))}</td>')
        yield f"<tr{_class(kind)}>{''.join(cells)}</tr>"
    yield "</tbody></table>"


def _cell(column: shown.Column, line: Json, target: float | None, min_sample: int, lang: Language) -> str:
    text, names = column.write(line[column.key], lang), []
    if column.key in _GROUPS:
        names.append("group")
    if text == shown.NONE:
        names.append("none")
    elif column.key == "service_level" and shown.is_small(line, min_sample):
        names.append("small")
    elif column.key == "service_level" and shown.is_below(line, target, min_sample):
        names.append("below")
    return f"<td{_class(' '.join(names))}>{escape(text)}</td>"


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _agents(report: Json, lang: Language) -> Iterator[str]:
    yield f"<section><h2>{escape(phrase('report.agents', lang))}</h2>"
    yield f'<p class="personal">{escape(phrase("report.personal", lang, n=len(report["agents"])))}</p>'
    yield from _head([(name, "left" if name in ("team", "schedule") else "") for name in shown.AGENT_COLUMNS], lang)
    for row in shown.agent_rows(report, lang):
        cells = (
            f'<td class="left">{escape(cell)}</td>' if name in ("team", "schedule") else f"<td>{escape(cell)}</td>"
            for name, cell in zip(shown.AGENT_COLUMNS, row, strict=True)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></section>"


def _head(columns: Sequence[tuple[str, str]], lang: Language) -> Iterator[str]:
    cells = (f'<th scope="col"{_class(kind)}>{escape(shown.heading(name, lang))}</th>' for name, kind in columns)
    yield f"<table><thead><tr>{''.join(cells)}</tr></thead><tbody>"
