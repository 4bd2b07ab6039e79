"""`floorwatch oncall shift`: the report of one turn of a rota, made anew of the journal."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from floorwatch.cli.explain import Lang
from floorwatch.cli.sentences import explained, instant_of, read_config, stop


def shift(
    rota: Annotated[str, typer.Option(metavar="ROTA", help="Whose turn.")],
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")] = Path(
        "floorwatch.yaml"
    ),
    at: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="The turn that ran then; else the last that is over.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="English or Chinese.")] = Lang.en,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, for machines.")] = False,
) -> None:
    """Report what happened in a turn.

    From the journal, counted anew under the configuration as it is now. Names who was on call: mind who sees it.
    """
    read = read_config(config)
    settings = read.settings()
    instant = instant_of("at", at, settings.timezone)

    import msgspec

    from floorwatch.clock import WallClock
    from floorwatch.shift_rebuilt import rebuild_shift
    from floorwatch.shift_text import shift_text
    from floorwatch.store.segment import DamagedJournalError

    folder = read.store.path
    try:
        with explained():
            report = rebuild_shift(folder, settings, rota, instant, WallClock().now_ms())
    except (sqlite3.Error, DamagedJournalError) as wrong:
        stop(1, f"{folder}: {wrong}; `floorwatch journal verify` says more")
    if report is None:
        stop(1, f"{folder}: nothing is known of a turn of '{rota}' then{_meant(rota, read.rotas)}")
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(report)).decode())
    else:
        typer.echo(shift_text(report, lang.value), nl=False)


def _meant(rota: str, rotas: Collection[str]) -> str:
    """The journal may tell of a rota that is not configured any more; else this is what was meant."""
    if rota in rotas:
        return ""
    nearest = get_close_matches(rota, rotas, 1)
    return f"; did you mean '{nearest[0]}'?" if nearest else f"; configured are: {', '.join(rotas) or 'none'}"
