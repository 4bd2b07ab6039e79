"""`floorwatch backtest`: what rules would have done on recorded days."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from floorwatch.cli.planned import read_planned
from floorwatch.cli.recorded import InputFormat, journal_explained, must_be_readable, progress_bar
from floorwatch.cli.sentences import explained, read_config, stop

if TYPE_CHECKING:
    from floorwatch.backtest.run import Recorded, Tried
    from floorwatch.floor.settings import Settings


class Format(StrEnum):
    """How a back-test is written."""

    text = "text"
    json = "json"


def backtest(
    days: Annotated[list[Path], typer.Argument(metavar="DAY", help="Recorded input, as it is or .gz; or a journal.")],
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rules, YAML; else those of the configuration.")
    ] = None,
    compare: Annotated[
        Path | None, typer.Option(metavar="OLD", help="Rules, YAML: beside these, what fires only now, and what moved.")
    ] = None,
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")] = None,
    period: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="What must not miss its target: 30m, 1h, day; else as configured."),
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="Count from this day on; the days before are remembered.")
    ] = None,
    schedule: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Who was to do what: CSV, .xlsx or iCalendar.")
    ] = None,
    input_format: Annotated[InputFormat, typer.Option("--input", help="What DAY is.")] = InputFormat.auto,
    form: Annotated[Format, typer.Option("--format", help="How it is written.")] = Format.text,
) -> None:
    """Try rules on recorded days.

    Runs them through the very engine that runs live and says what would have fired when, how long before a target was
    missed, which misses nobody was warned of, which alarms were false, and how often somebody would have been called.
    The same input gives the same bytes.
    """
    for path in days:
        must_be_readable(path)
    said = read_config(config, rules)
    settings = said.settings()
    before = None if compare is None else read_config(config, compare).settings()
    planned = [] if schedule is None else read_planned(schedule, settings, said.schedule.agent_property)

    from floorwatch.backtest.document import document
    from floorwatch.backtest.run import Recorded
    from floorwatch.report import canonical_json

    recorded = Recorded(
        days,
        input_format.value,
        planned,
        since=_since(since, settings),
        period_ms=_period_ms(period, settings.interval_ms),
    )
    found = _tried(recorded, settings)
    written = document(found, None if before is None else _tried(recorded, before))
    if form is Format.json:
        typer.echo(canonical_json(written), nl=False)
    else:
        from floorwatch.backtest.text import render_text

        typer.echo(render_text(written), nl=False)
    if found.counts.invalid.get("truncated_file"):
        stop(1, "an input is damaged and was not read to its end: this is what came before")


def _tried(recorded: Recorded, settings: Settings) -> Tried:
    from floorwatch.backtest.run import tried
    from floorwatch.ingest.open import UnusableInputError

    try:
        with explained(), journal_explained(recorded.inputs[0]), progress_bar() as progress:
            return tried(recorded, settings, progress)
    except UnusableInputError as wrong:
        stop(2, str(wrong))


def _since(typed: str | None, settings: Settings) -> int:
    """When that business day begins; 0 where none was named."""
    from floorwatch.metrics.calendar import Calendar

    if typed is None:
        return 0
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        stop(2, f"--since: '{typed}' is no day: write it as 2026-03-01")
    return Calendar(settings.timezone, settings.day_start_ms, settings.interval_ms).day_of(day)[0]


def _period_ms(typed: str | None, interval_ms: int) -> int | None:
    """How long a period is, as `backtest.periods` takes it."""
    from floorwatch.backtest.periods import DAY
    from floorwatch.config.values import duration_ms

    if typed is None:
        return None
    if typed == "day":
        return DAY
    try:
        length_ms = duration_ms(typed)
    except ValueError as wrong:
        stop(2, f"--period: '{typed}' {wrong}, or 'day'")
    if not length_ms or length_ms % interval_ms or 86_400_000 % length_ms:
        minutes = interval_ms // 60_000
        stop(2, f"--period: '{typed}' must be a multiple of the interval, {minutes}m, that divides a day; or 'day'")
    return length_ms
