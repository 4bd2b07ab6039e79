"""The command line. Everything heavy is imported inside the command that needs it: `--help` answers at once.

Exit status: 0 done, 2 unusable arguments or configuration (the message names the key and the fix), 1 otherwise.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from floorwatch import __version__
from floorwatch.cli import journal
from floorwatch.cli.alerts import app as alert_commands
from floorwatch.cli.backtest import backtest
from floorwatch.cli.calibrate import calibrate
from floorwatch.cli.dashboards import app as dashboard_commands
from floorwatch.cli.doctor import doctor
from floorwatch.cli.explain import explain
from floorwatch.cli.oncall import app as oncall_commands
from floorwatch.cli.oncall import read_rotas
from floorwatch.cli.planned import read_planned
from floorwatch.cli.reconcile import reconcile
from floorwatch.cli.recorded import InputFormat, journal_explained, must_be_readable, progress_bar
from floorwatch.cli.report import report
from floorwatch.cli.rules import rules
from floorwatch.cli.schedule import app as schedule_commands
from floorwatch.cli.schema import schema
from floorwatch.cli.sentences import explained, instant_of, minutes_of_day, pace, read_config, stop
from floorwatch.cli.simulate import simulate
from floorwatch.cli.staffing import staffing
from floorwatch.cli.test_alert import try_output
from floorwatch.cli.test_rules import test_rules
from floorwatch.cli.token import token

app = typer.Typer(
    help="Real-time monitoring and alerting for call floors.",
    no_args_is_help=True,
    add_completion=False,
    # Pretty help and tracebacks cost 100 ms, and the tracebacks print local variables: callers' numbers among them.
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(alert_commands, name="alerts")
app.add_typer(dashboard_commands, name="dashboards")
app.add_typer(journal.app, name="journal")
app.add_typer(oncall_commands, name="oncall")
app.add_typer(schedule_commands, name="schedule")
app.command()(simulate)
app.command()(calibrate)
app.command()(staffing)
app.command()(reconcile)
app.command()(report)
app.command()(explain)
app.command()(doctor)
app.command("test-alert")(try_output)
app.command()(rules)
app.command()(test_rules)
app.command()(backtest)
app.command()(token)
app.command()(schema)


class ReportFormat(StrEnum):
    """How a report is written."""

    json = "json"
    text = "text"


class LogFormat(StrEnum):
    """How a log line is written."""

    auto = "auto"
    json = "json"
    console = "console"


ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")]


def main() -> None:
    """Entry point of the `floorwatch` command."""
    app(prog_name="floorwatch")


@app.callback(invoke_without_command=True)
def _floorwatch(version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False) -> None:
    if version:
        typer.echo(f"floorwatch {__version__}")
        raise typer.Exit


@app.command()
def run(
    config: ConfigFile = Path("floorwatch.yaml"),
    log_format: Annotated[LogFormat, typer.Option(help="Log lines: JSON, or columns for a console.")] = LogFormat.auto,
    clock: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="Live by the clock of a day that `floorwatch simulate` plays, not the wall's."
        ),
    ] = None,
) -> None:
    """Watch the floor live.

    Follows the configured sources, and serves the wallboard, the API and the metrics.
    """
    settings = read_config(config)
    if not settings.sources:
        stop(
            2, f"{config}: sources: nothing to listen to; name one, e.g. sources: {{pbx: {{type: queue_log, path: …}}}}"
        )

    from floorwatch.app import run_daemon
    from floorwatch.links import LinkKeyError
    from floorwatch.logs import configure_logs
    from floorwatch.serve.auth import OpenBindingError

    configure_logs(log_format.value)
    try:
        with explained(port=settings.http.port), journal_explained(settings.store.path):
            raise typer.Exit(run_daemon(settings, clock))
    except (LinkKeyError, OpenBindingError) as wrong:
        stop(2, f"{config}: {wrong}")


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to serve on; 0 takes a free one.")] = 8321,
    speed: Annotated[float, typer.Option(min=0.1, max=3600, help="Seconds of the floor per second.")] = 10.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed shows the same day.")] = 1,
    opens: Annotated[str, typer.Option("--from", metavar="HH:MM", help="When on its first day it begins.")] = "09:17",
) -> None:
    """Show a simulated floor live.

    Nothing to configure: open the address it prints.
    """
    from floorwatch.demo import run_demo
    from floorwatch.logs import configure_logs

    opens_ms = 60_000 * minutes_of_day("--from", opens)
    configure_logs()
    with explained(port=port):
        raise typer.Exit(run_demo(host, port, speed, seed, opens_ms))


@app.command()
def replay(
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT", help="Recorded input, as it is or .gz.")],
    config: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")] = None,
    report: Annotated[Path | None, typer.Option(metavar="OUT", help="Where the JSON goes; else to stdout.")] = None,
    schedule: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Who was to do what: CSV, .xlsx or iCalendar; gives adherence.")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Rules, YAML; instead of those of the configuration.")
    ] = None,
    speed: Annotated[str, typer.Option(metavar="max|N", help="N seconds of the recording per second.")] = "max",
    until: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Only what was told by then: 2026-03-04T10:15.")
    ] = None,
    input_format: Annotated[InputFormat, typer.Option("--format", help="What INPUT is.")] = InputFormat.auto,
    report_format: Annotated[
        ReportFormat, typer.Option("--format-report", help="text: tables for people, on stdout.")
    ] = ReportFormat.json,
) -> None:
    """Report exactly what a recording holds.

    Runs recorded input through the very engine that runs live: event files, the bytes of an Asterisk manager session,
    an Asterisk queue_log, or the journal of a daemon (its folder), which shows again what that daemon showed. The same
    input gives the same bytes of report, whatever the speed.
    """
    factor = pace(speed)
    for path in inputs:
        must_be_readable(path)
    if report is not None:
        _writable(report, inputs)
    said = read_config(config, rules)
    settings = said.settings()
    planned = [] if schedule is None else read_planned(schedule, settings, said.schedule.agent_property)
    last = instant_of("until", until, settings.timezone)

    from floorwatch.ingest.open import UnusableInputError
    from floorwatch.replay import replay as run_replay
    from floorwatch.report import canonical_json

    try:
        with explained(), journal_explained(inputs[0]), progress_bar() as progress:
            figures = run_replay(
                inputs,
                settings,
                schedule=planned,
                input_format=input_format.value,
                speed=factor,
                until=last,
                progress=progress,
            )
    except UnusableInputError as wrong:
        stop(2, str(wrong))
    if report is not None:
        with explained():
            report.write_bytes(canonical_json(figures))
    if report_format is ReportFormat.text:
        from floorwatch.report_text import render_text

        typer.echo(render_text(figures), nl=False)
    elif report is None:
        typer.echo(canonical_json(figures), nl=False)
    if figures["input"]["invalid"].get("truncated_file"):
        stop(1, "an input is damaged and was not read to its end: the report holds what came before")


@app.command()
def check_config(file: Annotated[Path, typer.Argument(metavar="FILE", help="The configuration, YAML.")]) -> None:
    """Check a configuration file.

    Every problem is named with its line and the way out; the exit status is 2 then.
    """
    config = read_config(file)
    from floorwatch.clock import WallClock
    from floorwatch.config.summary import summary
    from floorwatch.serve.auth import Grant, OpenBindingError, refuse_open_binding

    try:
        grants = [Grant(name, token.role, token.hash, token.sources) for name, token in config.http.tokens.items()]
        refuse_open_binding(config.http.host, grants)
    except OpenBindingError as wrong:
        stop(2, f"{file}: {wrong}")
    list(read_rotas(config, file, WallClock().now_ms(), None))
    typer.echo(f"{file}: good\n{summary(config)}")


def _writable(path: Path, inputs: list[Path]) -> None:
    """Found out before the work, not after it."""
    if any(path.exists() and path.samefile(read) for read in inputs):
        stop(2, f"--report: {path} is an input; the report would overwrite it")
    if path.is_dir():
        stop(2, f"--report: {path} is a folder; name a file in it")
    if not path.parent.is_dir():
        stop(2, f"--report: there is no folder {path.parent}")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        stop(2, f"--report: {path} cannot be written: permission denied")
