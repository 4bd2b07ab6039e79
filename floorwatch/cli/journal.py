"""`floorwatch journal`: is what was kept in order, and what is in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Look into the journal.", no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The journal: `store.path` of the configuration.")]


@app.command("verify")
def verify_journal(folder: Folder) -> None:
    """Check every entry: none missing, none changed, all readable.

    Exit status 1 when something is wrong; each problem is named with its file and entry.
    """
    must_exist(folder)
    from floorwatch.store.verify import verify

    verdict = verify(folder)
    for problem in verdict.problems:
        typer.echo(problem, err=True)
    if verdict.problems:
        raise typer.Exit(1)
    span = f", {verdict.first_seq} to {verdict.last_seq}" if verdict.entries else ""
    typer.echo(f"{folder}: good: {verdict.entries} entries{span}, in {verdict.segments} segments")


@app.command("export")
def export_journal(
    folder: Folder,
    internal: Annotated[
        bool, typer.Option("--internal", help="Also the daemon's own events, and who posted what.")
    ] = False,
) -> None:
    """Write the events as JSON Lines to stdout, each with `received`: when it was applied.

    `floorwatch replay` reads them, and shows what the floor looked like.
    """
    must_exist(folder)
    import sqlite3

    from floorwatch.store.export import exported
    from floorwatch.store.segment import DamagedJournalError

    try:
        for line in exported(folder, internal=internal):
            sys.stdout.buffer.write(line)
    except BrokenPipeError:
        raise typer.Exit(1) from None
    except (sqlite3.Error, DamagedJournalError) as wrong:
        typer.echo(f"{folder}: {wrong}; `floorwatch journal verify` says more", err=True)
        raise typer.Exit(1) from None


def must_exist(folder: Path) -> None:
    """Stop with a sentence where there is no journal."""
    from floorwatch.store.segment import segment_paths

    if not segment_paths(folder):
        typer.echo(f"{folder}: there is no journal here; it is where store.path of the configuration says", err=True)
        raise typer.Exit(2)
