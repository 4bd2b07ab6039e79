"""A schedule named on the command line: read, and what is refused of it said line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from floorwatch.cli.sentences import explained, stop

if TYPE_CHECKING:
    from floorwatch.floor.events import Event
    from floorwatch.floor.settings import Settings
    from floorwatch.ingest.schedule.document import Refusal

SHOWN_MAX = 20


def refusal_line(path: Path, refusal: Refusal) -> str:
    """`schedule.csv:17: A03: what is wrong; what mends it`."""
    agent = f"{refusal.agent}: " if refusal.agent else ""
    return f"{path}:{refusal.where}: {agent}{refusal.why('en')}; {refusal.fix('en')}"


def read_planned(path: Path, settings: Settings, agent_property: str = "") -> list[Event]:
    """What the document says, as events. Refused lines go to stderr; a document without a good line ends it all."""
    from floorwatch.ingest.schedule.read import read_schedule

    with explained():
        read = read_schedule(path, path.name, settings.timezone, settings.agents, agent_property=agent_property)
    for refusal in read.refused[:SHOWN_MAX]:
        typer.echo(refusal_line(path, refusal), err=True)
    if len(read.refused) > SHOWN_MAX:
        typer.echo(f"{path}: … and {len(read.refused) - SHOWN_MAX} lines more are refused", err=True)
    if not read.activities:
        stop(2, f"{path}: no line of it can be used")
    if read.refused:
        typer.echo(f"{path}: taken without them, {len(read.activities)} in all", err=True)
    return read.events(0)
