"""`floorwatch report`: a day, a week or a month of the floor, from what the daemon has kept."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorwatch.cli.sentences import explained, read_config, stop

if TYPE_CHECKING:
    from floorwatch.floor.settings import Settings
    from floorwatch.reports.period import Period
    from floorwatch.store.history import History, Site


class Kind(StrEnum):
    """How long a report is."""

    day = "day"
    week = "week"
    month = "month"


class Format(StrEnum):
    """How a report is written."""

    text = "text"
    html = "html"
    csv = "csv"
    json = "json"


class Lang(StrEnum):
    """A language of the catalogue."""

    en = "en"
    zh = "zh"


def report(
    kind: Annotated[Kind, typer.Argument(help="How long it is: business days of the site.")],
    when: Annotated[
        str | None,
        typer.Argument(metavar="[WHEN]", help="2026-10-25, 2026-W43 or 2026-10; else the last that is complete."),
    ] = None,
    store: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="What a daemon keeps: `store.path` of its configuration.")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")] = None,
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.text,
    out: Annotated[Path | None, typer.Option(metavar="PATH", help="Where it goes; else to stdout.")] = None,
    queue: Annotated[str | None, typer.Option(metavar="Q", help="Of this queue alone.")] = None,
    agents: Annotated[bool, typer.Option("--agents", help="With the agents' days: personal figures.")] = False,
    lang: Annotated[Lang, typer.Option(help="English or Chinese.")] = Lang.en,
) -> None:
    """Report a day, a week or a month.

    Every queue by half hours, the day as the ratio of its sums, alerts, and what was not known. Days that the history
    does not hold whole are counted anew from the journal, where --config says how. With --out, CSV comes as several
    files: NAME.csv, NAME.alerts.csv and, with --agents, NAME.agents.csv.
    """
    settings = None if config is None else read_config(config)
    folder = store or (settings.store.path if settings is not None else None)
    if folder is None:
        stop(2, "name the daemon's --config FILE, or its --store FOLDER")
    if out is not None and not out.parent.is_dir():
        stop(2, f"--out: there is no folder {out.parent}")
    with explained():
        document = _document(folder, settings.settings() if settings else None, kind, when, queue, individuals=agents)
        if queue is not None and queue not in document["queues"]:
            stop(2, f"--queue: nothing is known of '{queue}' in {document['period']}")
        _write(document, form, out, lang)
    if agents:
        typer.echo(_personal(document), err=True)


def _document(
    folder: Path, settings: Settings | None, kind: Kind, when: str | None, queue: str | None, *, individuals: bool
) -> dict[str, Any]:
    import sqlite3

    from floorwatch.reports.build import build
    from floorwatch.reports.rebuild import Found, found, history_of, site_of
    from floorwatch.store.history import UnusableHistoryError
    from floorwatch.store.segment import DamagedJournalError

    try:
        history = history_of(folder)
        site = history.site if history is not None else None
        if site is None and settings is not None:
            site = site_of(settings)
        if site is None:
            stop(1, f"{folder}: no history is here; name --config FILE to count from the journal")
        period = _period(kind, when, history, site)
        place = Found(history, False) if history is not None else None
        if settings is not None:
            place = found(folder, history, period, settings)
        document = (
            None
            if place is None
            else build(place.history, period, queue=queue, individuals=individuals, rebuilt=place.is_rebuilt)
        )
    except UnusableHistoryError as wrong:
        stop(1, str(wrong))
    except (sqlite3.Error, DamagedJournalError) as wrong:
        stop(1, f"{folder}: {wrong}; `floorwatch journal verify` says more")
    if document is None or (not document["queues"] and document["known_hours"] == 0):
        hint = "" if settings is not None else "; name --config FILE to count it from the journal"
        stop(1, f"{folder}: nothing is known of {period.label}{hint}")
    return document


def _personal(document: dict[str, Any]) -> str:
    n = len(document["agents"])
    if n == 0:
        return "No personal figures: of agents nothing is kept for these days (store.individuals_keep: for how long)."
    whose = "1 agent" if n == 1 else f"{n} agents"
    return f"This report holds personal figures of {whose}: mind who sees it, and for how long."


def _period(kind: Kind, when: str | None, history: History | None, site: Site) -> Period:
    """What was named; else the last one that was complete when the history was written last."""
    from floorwatch.clock import WallClock
    from floorwatch.reports.build import calendar_of
    from floorwatch.reports.period import UnknownPeriodError, last_complete, named

    if when is not None:
        try:
            return named(kind.value, when)
        except UnknownPeriodError as wrong:
            stop(2, str(wrong))
    now = WallClock().now_ms() if history is None else history.written_until
    return last_complete(kind.value, calendar_of(site).date(now))


def _write(document: dict[str, Any], form: Format, out: Path | None, lang: Lang) -> None:
    from floorwatch.reports import page, table, text

    files: dict[str, str] = {}
    if form is Format.html:
        files[""] = page.render_page(document, lang.value)
    elif form is Format.text:
        files[""] = text.render_text(document, lang.value)
    elif form is Format.json:
        files[""] = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
    else:
        files[""] = table.render_lines(document)
        files[".alerts"] = table.render_alerts(document, lang.value)
        if "agents" in document:
            files[".agents"] = table.render_agents(document)
    if out is None:
        typer.echo(files[""], nl=False)
        return
    for part, content in files.items():
        # Spreadsheets take a CSV file without the mark for one in the encoding of the country.
        encoding = "utf-8-sig" if form is Format.csv else "utf-8"
        with out.with_name(f"{out.stem}{part}{out.suffix}").open("w", encoding=encoding, newline="") as file:
            file.write(content)
