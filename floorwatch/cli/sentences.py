"""How a command ends that cannot go on: with one sentence, and the exit status that says whose fault it is."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from floorwatch.config import Config


def stop(status: int, message: str) -> NoReturn:
    """Say why, and end."""
    typer.echo(message, err=True)
    raise typer.Exit(status)


def read_config(path: Path | None, rules: Path | None = None) -> Config:
    """The configuration; that of nobody where there is no file. `rules`: with the rules of this file instead."""
    from floorwatch.config import Config, load_config
    from floorwatch.config.file import with_rules
    from floorwatch.config.problems import ConfigError

    try:
        config = Config() if path is None else load_config(path)
        return config if rules is None else with_rules(config, rules)
    except ConfigError as wrong:
        stop(2, str(wrong))


def pace(speed: str) -> float | None:
    """The factor of `--speed`; None is as fast as possible."""
    if speed == "max":
        return None
    try:
        factor = float(speed.removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not 0 < factor < 1e9:
        stop(2, f"--speed: '{speed}' is neither 'max' nor a number above 0, such as 1 or 60")
    return factor


def instant_of(name: str, said: str | None, timezone: str) -> int | None:
    """Milliseconds since the epoch, of what the option `name` says; what has no offset is the site's time."""
    from datetime import datetime
    from zoneinfo import ZoneInfo

    if said is None:
        return None
    try:
        instant = datetime.fromisoformat(said)
    except ValueError:
        stop(2, f"--{name}: '{said}' is no instant; write 2026-03-04T10:15, in the site's time, or with an offset")
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=ZoneInfo(timezone))
    return round(instant.timestamp() * 1000)


def minutes_of_day(option: str, typed: str) -> int:
    """A time of day in minutes since midnight; hours past 24 are those of the night that follows."""
    match = re.fullmatch(r"(\d{1,2}):(\d\d)", typed)
    if match is None or int(match[1]) >= 48 or int(match[2]) >= 60:
        stop(2, f"{option}: '{typed}' is no time of day, such as 10:30")
    return int(match[1]) * 60 + int(match[2])


def why(wrong: OSError) -> str:
    """What the machine says."""
    return (wrong.strerror or str(wrong)).lower()


@contextmanager
def explained(port: int | None = None) -> Iterator[None]:
    """What the machine refuses is said in a sentence; a bug of ours keeps its traceback."""
    try:
        yield
    except OSError as wrong:
        if wrong.errno == errno.EADDRINUSE and port is not None:
            stop(1, f"port {port} is in use: stop what listens there, or choose another port (http.port, or --port)")
        stop(1, f"{wrong.filename}: {why(wrong)}" if wrong.filename else why(wrong))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
