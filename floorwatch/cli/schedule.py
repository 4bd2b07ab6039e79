"""`floorwatch schedule`: is a schedule in order, before it is handed in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from floorwatch.cli.planned import refusal_line
from floorwatch.cli.sentences import explained, read_config

if TYPE_CHECKING:
    from floorwatch.ingest.schedule.read import ScheduleRead
    from floorwatch.metrics.calendar import Calendar

app = typer.Typer(
    help="Look into a schedule.", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


@app.callback()
def _schedule() -> None:
    """With a callback the command keeps its name, also while it is the only one."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The schedule: CSV, .xlsx or iCalendar.")],
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="The configuration: the site's time zone, and who there is."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="As JSON, like the answer of `PUT /api/v1/schedule`.")
    ] = False,
) -> None:
    """Check a schedule, line by line.

    Every line that would be refused is named with what is wrong and the way out; the exit status is 1 then.
    """
    said = read_config(config)
    settings = said.settings()
    from floorwatch.ingest.schedule.read import read_schedule
    from floorwatch.metrics.calendar import Calendar

    with explained():
        read = read_schedule(
            file, file.name, settings.timezone, settings.agents, agent_property=said.schedule.agent_property
        )
    calendar = Calendar(settings.timezone, settings.day_start_ms, settings.interval_ms)
    if as_json:
        from floorwatch.ingest.schedule.receiver import summary

        typer.echo(json.dumps(summary(read, calendar), ensure_ascii=False, indent=1))
    else:
        _say(file, read, calendar)
    if read.refused:
        raise typer.Exit(1)


def _say(file: Path, read: ScheduleRead, calendar: Calendar) -> None:
    from floorwatch.ingest.schedule.receiver import days

    for refusal in read.refused:
        typer.echo(refusal_line(file, refusal), err=True)
    verdict = f"refused: {len(read.refused)}" if read.refused else "good"
    if read.activities:
        agents = len({activity.agent for activity in read.activities})
        of = ", ".join(filter(None, (read.format, read.encoding)))
        taken = f"{_counted(len(read.activities), 'line')} of {_counted(agents, 'agent')}"
        typer.echo(f"{file}: {verdict}; {taken} ({of}), version {read.version}")
        typer.echo(f"  replaces the shifts of {', '.join(days(read, calendar))}")
    else:
        typer.echo(f"{file}: {verdict}; no line is good, it would change nothing")
    for note in read.notes:
        typer.echo(f"  note: {note.text('en')}")


def _counted(n: int, thing: str) -> str:
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"
