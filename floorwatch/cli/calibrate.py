"""`floorwatch calibrate`: a profile of the simulator, fitted to recorded days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from floorwatch.cli.sentences import explained, stop

if TYPE_CHECKING:
    from simulators.calibrate.compare import Compared


def calibrate(
    inputs: Annotated[list[Path], typer.Argument(metavar="FILE", help="Recorded days of one floor.")],
    out: Annotated[Path | None, typer.Option(metavar="PROFILE.yaml", help="Where the profile goes.")] = None,
    name: Annotated[str | None, typer.Option(help="The profile's name; else that of its file.")] = None,
    timezone: Annotated[str, typer.Option(metavar="ZONE", help="Time zone of the floor.")] = "UTC",
    date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day to be like; else one of median volume.")
    ] = None,
) -> None:
    """Fit a profile to recorded days.

    One day gives the volume and who worked when; how long customers are patient, how long contacts and the time after
    them take, and how days differ, come from all. Prints the fit beside the data.
    """
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError):
        stop(2, f"--timezone: there is no '{timezone}'; it is a name such as Europe/Berlin")
    for path in inputs:
        if not path.is_file():
            stop(2, f"{path}: there is no such file")
    if out is not None and not out.parent.is_dir():
        stop(2, f"--out: there is no folder {out.parent}")

    from floorwatch.ingest.open import UnusableInputError
    from simulators.calibrate import NothingToCalibrateError, as_yaml, calibrated, compared, days_from
    from simulators.calibrate.compare import simulated_days
    from simulators.profile import FloorProfile

    named = name or (out or inputs[0]).name.split(".")[0]
    with explained():
        try:
            days = days_from(inputs, timezone)
            wanted = None if date is None else f"{date:%Y-%m-%d}"
            typed, model, factor = calibrated(days, name=named, timezone=timezone, date=wanted)
        except UnusableInputError as wrong:
            stop(2, str(wrong))
        except NothingToCalibrateError as wrong:
            stop(2, f"nothing to calibrate: {wrong}")
        profile = FloorProfile.model_validate(typed)
        typer.echo(f"Like {model.date}, of {len(days)} days; the time to the next contact × {factor:.3f}.")
        made = simulated_days(profile, model)
        for queue in (None, *profile.queues):
            found = compared(profile, model, queue, simulated=made)
            if found is not None:
                typer.echo("\n".join(_lines("whole floor" if queue is None else queue, found)))
        if out is not None:
            heading = f"Fitted by floorwatch calibrate to {model.date}, with the laws of {len(days)} days."
            out.write_text(as_yaml(typed, heading), encoding="utf-8")
            typer.echo(f"written: {out}")


_ROWS = (
    ("offered", "offered", "{:.0f}"),
    ("wait, median s", "wait_s_median", "{:.0f}"),
    ("wait, 75 % s", "wait_s_75", "{:.0f}"),
    ("wait, 90 % s", "wait_s_90", "{:.0f}"),
    ("ASA s", "asa_s", "{:.1f}"),
    ("abandon ratio", "abandon_ratio", "{:.1%}"),
    ("service level 20 s", "service_level", "{:.1%}"),
    ("AHT s", "aht_s", "{:.0f}"),
)


def _lines(title: str, found: Compared) -> Iterator[str]:
    """Real beside simulated, for people."""
    yield f"{title:24}{'real':>12}{'simulated':>12}"
    for label, figure, form in _ROWS:
        real, simulated = (form.format(getattr(one, figure)) for one in (found.real, found.simulated))
        yield f"  {label:22}{real:>12}{simulated:>12}"
    yield (
        f"  distance of waits {found.wait_distance:.3f}, of handling {found.handling_distance:.3f};"
        f" half-hour volume off by {found.volume_error:.1%}"
    )
