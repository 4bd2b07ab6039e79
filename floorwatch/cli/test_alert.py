"""`floorwatch test-alert`: an output tried out, without a daemon."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from floorwatch.cli.sentences import explained, read_config, stop

if TYPE_CHECKING:
    from floorwatch.notify.office import Place
    from floorwatch.notify.output import Message

LAMPS_MAX = 10
"""Steps of a test that each take `--each`."""


def try_output(
    output: Annotated[str, typer.Argument(metavar="OUTPUT", help="Its name in the configuration.")],
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="The configuration, YAML.")] = Path(
        "floorwatch.yaml"
    ),
    each: Annotated[float, typer.Option(min=0, max=60, help="Seconds that a lamp is lit.")] = 1.0,
) -> None:
    """Try out an output.

    Sends a message that says that it is a test, or lights each lamp, and prints what was sent and what came back. The
    exit status is 1 when it was not taken. Needs no daemon; one that runs shows its lamps again within their `resend`.
    """
    said = read_config(config)
    if output not in said.outputs:
        nearest = get_close_matches(output, said.outputs, 1)
        hint = f"did you mean '{nearest[0]}'?" if nearest else f"there are: {', '.join(said.outputs) or 'none'}"
        stop(2, f"{config}: outputs: there is no output '{output}'; {hint}")

    import asyncio

    from floorwatch.clock import WallClock
    from floorwatch.notify.trial import trial_message
    from floorwatch.outputs import build_output

    clock = WallClock()
    with explained():
        places = build_output(said, output, clock)
        if not asyncio.run(_try_all(places, trial_message(output, clock.now_ms()), each)):
            raise typer.Exit(1)


async def _try_all(places: list[Place], message: Message, each_s: float) -> bool:
    """Try every place of an output, and say how it went; whether all went well."""
    outcomes = [await _try(place, message, each_s) for place in places]
    return all(outcomes)


async def _try(place: Place, message: Message, each_s: float) -> bool:
    import asyncio

    from floorwatch.notify.output import NotTakenError

    where = f"{place.output} ({place.kind}, {place.address})"
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
