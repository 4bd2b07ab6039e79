"""`floorwatch explain`: what a figure means, and of which operands it was made."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorwatch.cli.daemon import ask, token_of
from floorwatch.cli.planned import read_planned
from floorwatch.cli.sentences import explained, instant_of, read_config, stop

if TYPE_CHECKING:
    from floorwatch.floor.events import Event
    from floorwatch.floor.settings import Settings
    from floorwatch.metrics.catalogue import Figure

Json = dict[str, Any]


class Lang(StrEnum):
    """A language of the catalogue."""

    en = "en"
    zh = "zh"


class Window(StrEnum):
    """A window of the present."""

    five = "5m"
    fifteen = "15m"
    thirty = "30m"
    sixty = "60m"
    interval = "interval"
    day = "day"


def _list(wanted: bool) -> None:
    if wanted:
        from floorwatch.figure_names import listed

        typer.echo(listed())
        raise typer.Exit


def explain(
    metric: Annotated[str, typer.Argument(metavar="METRIC", help="The figure: asa, service_level, adherence …")],
    inputs: Annotated[
        list[Path] | None, typer.Argument(metavar="[INPUT]", help="Recorded input, or a journal.")
    ] = None,
    queue: Annotated[str | None, typer.Option(metavar="Q", help="Of one queue; else of each.")] = None,
    agent: Annotated[str | None, typer.Option(metavar="NAME", help="Adherence: of one agent; else of all.")] = None,
    window: Annotated[Window | None, typer.Option(help="Over which window, of a daemon or with --at.")] = None,
    at: Annotated[str | None, typer.Option(metavar="INSTANT", help="As it was shown then: 2026-03-04T10:15.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="INSTANT", help="From this interval on.")] = None,
    until: Annotated[str | None, typer.Option("--to", metavar="INSTANT", help="Up to this interval.")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="The configuration, YAML.")] = None,
    schedule: Annotated[Path | None, typer.Option(metavar="FILE", help="What adherence is held against.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Of a running daemon: http://localhost:8321")] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Holds a viewer's token; else FLOORWATCH_TOKEN.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="English or Chinese.")] = Lang.en,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
    every: Annotated[
        bool, typer.Option("--list", callback=_list, is_eager=True, help="List every figure, and end.")
    ] = False,
) -> None:
    """Explain a figure.

    Its formula with the operands filled in, what it leaves out, its sample, its version and how fresh it is; from a
    running daemon (--url) or from recorded input. With neither, its definition. The whole of an INPUT is explained, or
    a part of it (--from, --to), or what was shown at an instant of it (--at).
    """
    figure = _figure(metric)
    if url is not None:
        if inputs or at or since or until or agent or schedule:
            stop(2, "--url tells of now and of queues; for the past, or an agent, name the daemon's journal as INPUT")
        answer = _asked(url, token_file, {"figure": figure.id, "queue": queue, "window": window and window.value})
    elif inputs:
        settings = read_config(config).settings()
        planned = [] if schedule is None else read_planned(schedule, settings)
        answer = _recalled(figure, inputs, settings, planned, (queue, window, agent), (at, since, until))
    else:
        if queue or agent or window or at or since or until or schedule:
            stop(2, "operands come from an INPUT (with --config FILE) or from a daemon (--url); name one")
        answer = _definition(figure)
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    from floorwatch import explain_text
    from floorwatch.metrics.phrases import phrase

    if url is not None or inputs:
        typer.echo(explain_text.explanation(answer, lang.value), nl=False)
        return
    definition = explain_text.definition(answer["definitions"][figure.id], answer["definitions"], lang.value)
    typer.echo("\n".join((*definition, "", phrase("explain.no_floor", lang.value))))


def _figure(metric: str) -> Figure:
    from floorwatch.explained import UnknownFigureError
    from floorwatch.figure_names import figure_named

    try:
        return figure_named(metric)
    except UnknownFigureError as wrong:
        stop(2, str(wrong))


def _definition(figure: Figure) -> Json:
    from floorwatch.metrics.catalogue import FIGURES, as_json

    ids = [figure.id, figure.sample] if figure.sample else [figure.id]
    return {"figure": figure.id, "definitions": {id_: as_json(FIGURES[id_]) for id_ in ids}, "explained": []}


def _recalled(
    figure: Figure,
    inputs: list[Path],
    settings: Settings,
    planned: list[Event],
    of: tuple[str | None, Window | None, str | None],
    when: tuple[str | None, str | None, str | None],
) -> Json:
    from floorwatch import hindsight
    from floorwatch.explain import answer
    from floorwatch.explain_outlook import AHEAD
    from floorwatch.explained import UnknownAgentError, UnknownQueueError
    from floorwatch.ingest.open import UnusableInputError

    queue, window, agent = of
    named = zip(("at", "from", "to"), when, strict=True)
    at, since, until = (instant_of(name, said, settings.timezone) for name, said in named)
    if at is not None and (since is not None or until is not None):
        stop(2, "--at is an instant, --from and --to are a part of the recording: give one or the other")
    if window is not None and at is None:
        stop(2, "--window: a recording has no present; say --at INSTANT, or --from and --to")
    try:
        with explained():
            past = (
                hindsight.view_of(inputs, settings, since, until, schedule=planned)
                if at is None
                else hindsight.view_at(inputs, settings, at, schedule=planned, outlooks=figure.id in AHEAD)
            )
        return answer(past.view, figure, queue, window and window.value, agent, past.attendance)
    except (UnusableInputError, hindsight.OffGridError, UnknownQueueError, UnknownAgentError) as wrong:
        stop(2, str(wrong))


def _asked(url: str, token_file: Path | None, asked: dict[str, str | None]) -> Json:
    """What the daemon at `url` answers."""
    from urllib.parse import urlencode

    query = urlencode({key: value for key, value in asked.items() if value is not None})
    return ask(url, token_of(token_file), f"/api/v1/explain?{query}", role="viewer")
