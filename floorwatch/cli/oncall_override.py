"""`floorwatch oncall override` and its like: who takes somebody's place, through the API of a running daemon."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import quote
from zoneinfo import ZoneInfo

import typer

from floorwatch.cli.daemon import Json, ask, token_of
from floorwatch.cli.sentences import stop

Url = Annotated[str, typer.Option(metavar="URL", envvar="FLOORWATCH_URL", help="Of the daemon.")]
TokenFile = Annotated[Path | None, typer.Option(metavar="FILE", help="Holds a lead's token; else FLOORWATCH_TOKEN.")]
AsJson = Annotated[bool, typer.Option("--json", help="The answer of the API.")]
URL = "http://localhost:8321"


def override(
    rota: Annotated[str, typer.Argument(metavar="ROTA", help="Whose turn it would be.")],
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Who is on call instead.")],
    why: Annotated[str, typer.Option(help="Others will ask.")],
    duration: Annotated[str | None, typer.Option("--for", metavar="FOR", help="4h, 2d; at most 31d.")] = None,
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="2026-03-03T18:00:00+01:00.")] = None,
    since: Annotated[str | None, typer.Option(metavar="INSTANT", help="2026-03-03T10:00:00+01:00; else now.")] = None,
    url: Url = URL,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """Put somebody in the place of whoever is on call."""
    if (duration is None) == (until is None):
        stop(2, "--for, --until: give one of them")
    wish: Json = {"rota": rota, "person": person, "why": why}
    wish |= {key: said for key, said in (("for", duration), ("until", until), ("since", since)) if said is not None}
    token = token_of(token_file)
    given = ask(url, token, "/api/v1/oncall/overrides", role="lead", method="POST", wish=wish)
    _answer(given, [given], url, token, as_json=as_json)


def overrides(url: Url = URL, token_file: TokenFile = None, as_json: AsJson = False) -> None:
    """List who takes somebody's place, now and to come."""
    token = token_of(token_file)
    known = ask(url, token, "/api/v1/oncall", role="lead")["overrides"]
    _answer({"overrides": known}, known, url, token, as_json=as_json)


def end_override(
    override_id: Annotated[str, typer.Argument(metavar="ID", help="As `floorwatch oncall overrides` lists it.")],
    url: Url = URL,
    token_file: TokenFile = None,
    as_json: AsJson = False,
) -> None:
    """End an override before its time."""
    token, place = token_of(token_file), f"/api/v1/oncall/overrides/{quote(override_id, safe='')}"
    ended = ask(url, token, place, role="lead", method="DELETE")
    _answer(ended, [ended], url, token, as_json=as_json)


def _answer(answer: Json, given: Iterable[Json], url: str, token: str, *, as_json: bool) -> None:
    """As machines read it, or as people do: on the site's clock."""
    if as_json:
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=1))
        return
    zone = ZoneInfo(ask(url, token, "/api/v1/oncall", role="lead")["timezone"])
    lines = [
        f"{one['id']}  {one['rota']}: {one['person']}, {_time(one['since'], zone)} to {_time(one['until'], zone)}, "
        f"by {one['who']}: {one['why']}"
        for one in given
    ]
    typer.echo("\n".join(lines) or "No override is in force.")


def _time(ms: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, zone):%Y-%m-%d %H:%M %Z}"
