"""`floorwatch doctor`: is everything around floorwatch as it must be, and what mends what is not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from floorwatch.cli.daemon import token_of
from floorwatch.cli.sentences import read_config

if TYPE_CHECKING:
    from floorwatch.doctor.examine import Examined

_SIGNS = {"ok": "ok", "warning": "WARNING", "failed": "FAILED"}


def doctor(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")] = Path(
        "floorwatch.yaml"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
    no_network: Annotated[bool, typer.Option("--no-network", help="Connect to no other machine.")] = False,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A token of a viewer, to ask the running daemon.")
    ] = None,
) -> None:
    """Check everything around floorwatch.

    Secrets and rights, the store and its room, the clock, sources, outputs, heartbeat, links, who is on call, and the
    daemon where it runs; each line that is not ok says what mends it. Nothing is changed, nobody is told anything, and
    no secret is shown. Run it as the user of the daemon. The exit status is 0 when nothing has failed (warnings do not
    count), 1 when something has, 2 when the configuration cannot be used.
    """
    said = read_config(config)

    from floorwatch.clock import WallClock
    from floorwatch.doctor.examine import examine
    from floorwatch.doctor.finding import Checkup

    checkup = Checkup(said, config, WallClock().now_ms(), not no_network, token_of(token_file))
    found = []
    for one in examine(checkup):
        found.append(one)
        if not as_json:
            typer.echo(_line(one))
    counts = Counter(one.finding.level for one in found)
    if as_json:
        rows = [{"area": one.area, **one.finding._asdict()} for one in found]
        typer.echo(json.dumps({"failed": counts["failed"], "warnings": counts["warning"], "findings": rows}, indent=2))
    else:
        typer.echo(f"\n{counts['failed']} failed, {counts['warning']} warnings, {counts['ok']} ok")
    if counts["failed"]:
        raise typer.Exit(1)


def _line(one: Examined) -> str:
    """`FAILED   sources    sources.pbx: …`, and below it what mends it."""
    finding = one.finding
    line = f"{_SIGNS[finding.level]:<8} {one.area:<10} {finding.subject}: {finding.text}"
    return f"{line}\n{'':<20}-> {finding.fix}" if finding.fix else line
