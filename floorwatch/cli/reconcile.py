"""`floorwatch reconcile`: our figures beside the switch's own, and every contact in which they differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from floorwatch.config import Config
    from floorwatch.floor.settings import Settings
    from floorwatch.ingest.ami.reconcile import SwitchCounters
    from floorwatch.ingest.source import Recording
    from floorwatch.reconcile.compare import Reconciled


def reconcile(
    inputs: Annotated[
        list[Path] | None, typer.Argument(metavar="[INPUT]", help="What was recorded of one switch.")
    ] = None,
    switch: Annotated[
        Path | None, typer.Option(metavar="STATS.json", help="What the switch answered to QueueStatus.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(metavar="NAME", help="Ask this switch of the configuration now, beside our journal.")
    ] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="The configuration, YAML.")] = None,
    backfill: Annotated[Path | None, typer.Option(metavar="LOG", help="The queue_log that fills gaps.")] = None,
    label: Annotated[str | None, typer.Option(help="Which moment of STATS.json; else the last.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Compare our figures with what an Asterisk counts itself.

    Its counters, the same counted by us by its own rules, and our figures, queue by queue; then, contact by contact,
    why the two differ. Exit status 1 when something stays unexplained.
    """
    known = _config(config)
    settings = known.settings()
    if source is not None and not inputs and switch is None:
        counters, recordings = _live(known, source)
    elif inputs and switch is not None and source is None:
        counters, recordings = _moment(switch, label), _opened(inputs, settings)
    else:
        _stop("give an INPUT with --switch STATS.json, or --config FILE with --source NAME")
    found = _compared(recordings, settings, backfill, counters)
    from floorwatch.reconcile import text as reconcile_text

    if as_json:
        typer.echo(json.dumps(reconcile_text.as_json(found), ensure_ascii=False, indent=1))
    else:
        typer.echo(reconcile_text.as_text(found), nl=False)
    if any(row.unexplained for queue in found for row in queue.rows):
        raise typer.Exit(1)


def _opened(inputs: list[Path], settings: Settings) -> list[Recording]:
    from floorwatch.ingest.open import UnusableInputError, open_recording

    interfaces = {device: name for name, agent in settings.agents.items() for device in agent.interfaces}
    try:
        return [open_recording(path, interfaces=interfaces) for path in inputs]
    except UnusableInputError as wrong:
        _stop(str(wrong))
    except OSError as wrong:
        _stop(f"{wrong.filename}: {(wrong.strerror or str(wrong)).lower()}")


def _live(config: Config, name: str) -> tuple[SwitchCounters, list[Recording]]:
    """What the switch counts now, and what the daemon has journalled of it."""
    import asyncio

    from floorwatch.cli.journal import must_exist
    from floorwatch.clock import WallClock
    from floorwatch.feeds import asterisk_connection
    from floorwatch.ingest.ami.ask import UnansweredError, queue_params
    from floorwatch.ingest.ami.reconcile import UnusableCountersError, switch_counters
    from floorwatch.replay import JournalRecording

    source = config.sources.get(name)
    if source is None or source.type != "asterisk":
        switches = [name for name, source in config.sources.items() if source.type == "asterisk"]
        _stop(f"--source: '{name}' is no asterisk of the configuration; there are: {', '.join(switches) or 'none'}")
    must_exist(config.store.path)
    try:
        params = asyncio.run(queue_params(asterisk_connection(source)))
        counters = switch_counters(WallClock().now_ms(), params, "now", None)
    except (UnansweredError, UnusableCountersError, OSError) as wrong:
        _stop(f"{name}: {wrong}")
    return counters, [JournalRecording(config.store.path, name)]


def _compared(
    recordings: list[Recording], settings: Settings, log: Path | None, counters: SwitchCounters
) -> list[Reconciled]:
    import sqlite3

    from floorwatch.reconcile.compare import reconcile as compare
    from floorwatch.reconcile.watched import watch
    from floorwatch.replay import deliveries
    from floorwatch.store.segment import DamagedJournalError

    try:
        return compare(watch(deliveries(recordings), settings, log, counters.at), counters)
    except OSError as wrong:
        _stop(f"{wrong.filename}: {(wrong.strerror or str(wrong)).lower()}")
    except (sqlite3.Error, DamagedJournalError) as wrong:
        _stop(f"{wrong}; `floorwatch journal verify` says more")


def _moment(path: Path, label: str | None) -> SwitchCounters:
    from floorwatch.ingest.ami.reconcile import UnusableCountersError, read_counters

    try:
        moments = read_counters(path)
    except UnusableCountersError as wrong:
        _stop(str(wrong))
    except OSError as wrong:
        _stop(f"{path}: {(wrong.strerror or str(wrong)).lower()}")
    named = [moment for moment in moments if label in (None, moment.label)]
    if not named:
        _stop(f"--label: {path} has no moment '{label}'; it has: {', '.join(moment.label for moment in moments)}")
    return named[-1]


def _config(path: Path | None) -> Config:
    from floorwatch.config import Config, load_config
    from floorwatch.config.problems import ConfigError

    try:
        return Config() if path is None else load_config(path)
    except ConfigError as wrong:
        _stop(str(wrong))


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(2)
