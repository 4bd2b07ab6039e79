"""`floorwatch oncall`: who is on call, and who comes after, by what the rotas of a configuration say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from floorwatch.cli.oncall_override import end_override, override, overrides
from floorwatch.cli.oncall_shift import shift
from floorwatch.cli.sentences import instant_of, read_config, stop
from floorwatch.nearest import did_you_mean

if TYPE_CHECKING:
    from floorwatch.config import Config
    from floorwatch.floor.internal import RotaTurn
    from floorwatch.floor.rota import Rota

CHECKED_DAYS = 30
AHEAD_DAYS_MAX = 400
_DAY_MS = 86_400_000

app = typer.Typer(
    help="Who is on call, and who comes after.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ConfigFile = Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")]
At = Annotated[str | None, typer.Option(metavar="INSTANT", help="2026-03-04T10:15; else now.")]
RotaName = Annotated[str | None, typer.Option("--rota", metavar="NAME", help="Only this one.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines; instants in milliseconds.")]
CONFIG = Path("floorwatch.yaml")
AS_CONFIGURED = "\nAs configured, without what was overridden in a running daemon: floorwatch oncall overrides"


@app.command()
def now(config: ConfigFile = CONFIG, at: At = None, rota: RotaName = None, as_json: AsJson = False) -> None:
    """Show who is on call in each rota, and until when.

    As it is configured: what people have overridden in a running daemon, `floorwatch oncall overrides` lists.
    """
    said = read_config(config)
    instant = _instant(said, at)
    current = [(plan, _ahead(plan, instant, 1)[0]) for plan in read_rotas(said, config, instant, rota)]
    if as_json:
        _say_json(instant, [_turn(plan, turn, instant) for plan, turn in current])
        return
    _say_table("since", current, instant)
    typer.echo(AS_CONFIGURED)


@app.command("next")
def next_(
    config: ConfigFile = CONFIG,
    at: At = None,
    rota: RotaName = None,
    turns: Annotated[int, typer.Option(min=1, max=100, help="So many turns of each rota.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Show who comes after those who are on call, and when.

    As it is configured: what people have overridden in a running daemon, `floorwatch oncall overrides` lists.
    """
    said = read_config(config)
    instant = _instant(said, at)
    plans = list(read_rotas(said, config, instant, rota))
    following = [(plan, turn) for plan in plans for turn in _ahead(plan, instant, turns + 1)[1:]]
    if as_json:
        _say_json(instant, [_turn(plan, turn, instant) for plan, turn in following])
        return
    _say_table("from", following, instant)
    typer.echo(AS_CONFIGURED)


@app.command()
def check(config: ConfigFile = CONFIG, at: At = None, rota: RotaName = None, as_json: AsJson = False) -> None:
    """Find when nobody is on call in the next 30 days, and who cannot be reached.

    The exit status is 1 when there is a gap.
    """
    said = read_config(config)
    instant = _instant(said, at)
    from floorwatch.floor.rota import turns

    plans = list(read_rotas(said, config, instant, rota))
    laid_out = {plan: turns(plan, instant, instant + CHECKED_DAYS * _DAY_MS) for plan in plans}
    gaps = [(plan, turn) for plan, found in laid_out.items() for turn in found if not turn.people]
    mute = _unreachable(said, {plan.name: found for plan, found in laid_out.items()})
    if as_json:
        found = {"at": instant, "gaps": [_turn(plan, turn, instant) for plan, turn in gaps], "unreachable": mute}
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        for plan, turn in gaps:
            typer.echo(f"{plan.name}: nobody from {_time(plan, turn.since)} to {_time(plan, turn.until)}")
        for person, why in mute.items():
            typer.echo(f"{person}: {why}")
        verdict = f"{len(gaps)} gap{'s' * (len(gaps) != 1)}" if gaps else "no gap"
        typer.echo(f"{len(plans)} rota{'s' * (len(plans) != 1)}, {CHECKED_DAYS} days: {verdict}")
    if gaps:
        raise typer.Exit(1)


app.command()(override)
app.command()(overrides)
app.command()(end_override)
app.command()(shift)


def _instant(config: Config, at: str | None) -> int:
    from floorwatch.clock import WallClock

    if not config.rotas:
        stop(2, "the configuration has no rotas: docs/oncall.md says how they are written")
    instant = instant_of("at", at, config.site.timezone)
    return WallClock().now_ms() if instant is None else instant


def read_rotas(config: Config, file: Path, instant: int, name: str | None) -> Iterator[Rota]:
    """Those that are asked for, read as far as anybody looks; ends the command where one cannot be.

    `file`: the configuration's, so that the line can be named.
    """
    from floorwatch.config.problems import Problem, dotted
    from floorwatch.config.reading import line_of
    from floorwatch.ingest.oncall.ical_rota import UnusableRotaError
    from floorwatch.rotas import read_rota

    if name is not None and name not in config.rotas:
        hint = did_you_mean(name, config.rotas, f"there are: {', '.join(config.rotas) or 'none'}")
        stop(2, f"--rota: there is no rota '{name}'; {hint}")
    for one in config.rotas if name is None else (name,):
        try:
            yield read_rota(config, one, instant + AHEAD_DAYS_MAX * _DAY_MS)
        except UnusableRotaError as wrong:
            key = ("rotas", one, "file")
            stop(2, str(Problem(str(file), line_of(file, key), dotted(key), str(wrong))))


def _ahead(rota: Rota, instant: int, n: int) -> list[RotaTurn]:
    """The turn that runs, since when it really does, and those that follow, `n` in all where there are so many."""
    from floorwatch.floor.rota import turns

    days = 7
    while True:
        found = turns(rota, instant - days * _DAY_MS, instant + days * _DAY_MS)
        current = next(at for at, turn in enumerate(found) if instant < turn.until)
        # The last one may go on past the days that were looked at, and the first have begun before them.
        if days == AHEAD_DAYS_MAX or (current > 0 and current + n < len(found)):
            return found[current : current + n]
        days = min(days * 4, AHEAD_DAYS_MAX)


def _unreachable(config: Config, known: dict[str, list[RotaTurn]]) -> dict[str, str]:
    """Who is called and cannot be told, or only when it gets worse, and why."""
    from floorwatch.doctor.oncall import outputs_for, told_by

    plan = config.oncall.plan(config.site.timezone)
    on_call = {person for found in known.values() for turn in found for person in turn.people}
    told = {one: told_by(one, known) for one in plan.escalations}
    found = {}
    for person in plan.people:
        calling = [one for one, names in told.items() if person.name in names]
        mute = [one for one in calling if not outputs_for(person, one.severity_min)]
        if not person.channels and (calling or person.name in on_call):
            found[person.name] = "is called, and has no channel: people.NAME.channels"
        elif mute:
            which = ", ".join(f"{one.severity_min} (escalation {one.name})" for one in mute)
            found[person.name] = f"is called, and has no channel for {which}"
    return found


def _turn(rota: Rota, turn: RotaTurn, instant: int) -> dict[str, Any]:
    where = {"rota": rota.name, "team": rota.team, "site": rota.site, "timezone": rota.timezone}
    return where | {
        "people": list(turn.people),
        "since": _known(turn.since, instant),
        "until": _known(turn.until, instant),
    }


def _known(edge: int, instant: int) -> int | None:
    """A turn that goes further than anybody looked has no edge there."""
    return edge if abs(edge - instant) < AHEAD_DAYS_MAX * _DAY_MS else None


def _say_json(instant: int, turns: Iterable[dict[str, Any]]) -> None:
    typer.echo(json.dumps({"at": instant, "turns": list(turns)}, ensure_ascii=False, indent=1))


def _say_table(since: str, rows: Iterable[tuple[Rota, RotaTurn]], instant: int) -> None:
    from floorwatch.text_table import table

    lines = [
        (
            rota.name,
            ", ".join(turn.people) or "nobody",
            _time(rota, _known(turn.since, instant)),
            _time(rota, _known(turn.until, instant)),
        )
        for rota, turn in rows
    ]
    typer.echo("\n".join(table(("rota", "on call", since, "until"), lines)))


def _time(rota: Rota, instant: int | None) -> str:
    """On the clock of the rota, whose name says which it is."""
    if instant is None:
        return "–"
    return f"{datetime.fromtimestamp(instant / 1000, ZoneInfo(rota.timezone)):%a %Y-%m-%d %H:%M %Z}"
