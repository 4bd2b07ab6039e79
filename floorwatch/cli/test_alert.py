"""`floorwatch test-alert`: an output tried out, or all ways to reach a person, without a daemon."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from floorwatch.cli.sentences import explained, read_config, stop, why
from floorwatch.nearest import did_you_mean

if TYPE_CHECKING:
    from floorwatch.clock import Clock
    from floorwatch.config import Config
    from floorwatch.notify.office import Place
    from floorwatch.notify.output import Message

LAMPS_MAX = 10
"""Steps of a test that each take `--each`."""


def try_output(
    output: Annotated[str | None, typer.Argument(metavar="OUTPUT", help="Its name in the configuration.")] = None,
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")] = Path(
        "floorwatch.yaml"
    ),
    person: Annotated[
        str | None, typer.Option(metavar="NAME", help="Somebody on call: all their channels, or those by OUTPUT.")
    ] = None,
    each: Annotated[float, typer.Option(min=0, max=60, help="Seconds that a lamp is lit.")] = 1.0,
) -> None:
    """Try out an output, or every way to reach a person.

    Sends a message that says that it is a test, or lights each lamp, and prints what was sent and what came back. The
    exit status is 1 when it was not taken. Needs no daemon; one that runs shows its lamps again within their `resend`.
    Quiet hours and severities are not heeded.
    """
    said = read_config(config)
    if output is not None:
        _known(output, said.outputs, f"{config}: outputs: there is no output")

    from floorwatch.clock import WallClock

    clock = WallClock()
    if person is not None:
        _known(person, said.people, f"{config}: people: there is no person")
        trials = _trials_of_person(said, person, output, clock.now_ms())
        if not trials:
            by = "" if output is None else f" by {output}"
            stop(2, f"{config}: people.{person}.channels: they have none{by}")
    elif output is not None:
        from floorwatch.notify.trial import trial_message

        trials = [trial_message(output, clock.now_ms())]
    else:
        stop(2, "name the OUTPUT to try, or somebody: --person NAME")
    outcomes = [_try_by(said, trial, clock, each) for trial in trials]
    if not all(outcomes):
        raise typer.Exit(1)


def _known(name: str, known: Collection[str], there_is_no: str) -> None:
    """Ends the command where nothing is called so."""
    if name not in known:
        hint = did_you_mean(name, known, f"there are: {', '.join(known) or 'none'}")
        stop(2, f"{there_is_no} '{name}'; {hint}")


def _trials_of_person(config: Config, name: str, output: str | None, now: int) -> list[Message]:
    """A message for each of their channels, in their order; `output`: only of those by this one."""
    from floorwatch.notify.trial import trial_of_person

    person = config.people[name].person(name, config.site.timezone)
    ways = range(len(person.channels))
    trials = [trial_of_person(person, channel, config.oncall.address(name, channel), now) for channel in ways]
    return [trial for trial in trials if output in (None, trial.output)]


def _try_by(config: Config, message: Message, clock: Clock, each_s: float) -> bool:
    """Try the output that the message is for; whether all went well. One that cannot be built keeps no other back."""
    import asyncio

    from floorwatch.outputs import build_output

    try:
        places = build_output(config, message.output, clock)
    except OSError as wrong:
        where = f"{message.person}, {wrong.filename}" if message.person else wrong.filename
        typer.echo(f"{where}: {why(wrong)}" if wrong.filename else why(wrong), err=True)
        return False
    with explained():
        return asyncio.run(_try_all(places, message, each_s))


async def _try_all(places: list[Place], message: Message, each_s: float) -> bool:
    """Try every place of an output, and say how it went; whether all went well."""
    outcomes = [await _try(place, message, each_s) for place in places]
    return all(outcomes)


async def _try(place: Place, message: Message, each_s: float) -> bool:
    import asyncio

    from floorwatch.notify.output import NotTakenError

    whose = f"{message.person}, " if message.person else ""
    where = f"{whose}{place.output} ({place.kind}, {place.address})"
    within_s = 2 * place.timeout_s + LAMPS_MAX * each_s
    try:
        async with asyncio.timeout(within_s):
            async for line in place.door.test(message, each_s):
                typer.echo(f"{where}: {line}")
    except (NotTakenError, OSError, UnicodeError) as wrong:
        typer.echo(f"{where}: failed: {str(wrong) or f'no answer within {within_s:g} s'}", err=True)
        return False
    finally:
        await place.door.close()
    typer.echo(f"{where}: works")
    return True
