"""`floorwatch simulate`: a day on demand, written to files, or played to whoever listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import typer

from floorwatch.cli.sentences import explained, minutes_of_day, pace, read_config, stop, why

if TYPE_CHECKING:
    from floorwatch.config import Config
    from simulators.play.days import Day
    from simulators.play.order import Address, Order


class Kind(StrEnum):
    """As whom a day is played."""

    mqtt = "mqtt"
    http = "http"
    ami = "ami"
    freeswitch = "freeswitch"
    queue_log = "queue_log"
    events = "events"


class Shift(StrEnum):
    """To which time a day is moved."""

    now = "now"
    today = "today"
    none = "none"


class DayFormat(StrEnum):
    """What a recorded day can be."""

    auto = "auto"
    events = "events"
    ami = "ami"
    queue_log = "queue_log"
    table = "table"


@dataclass(frozen=True)
class _Wish:
    """How a day shall be played, as it was typed. None and False: not typed."""

    kind: Kind | None
    to: str | None
    listen: str | None
    speed: str | None
    clock: Path | None
    begin: str | None
    until: str | None
    loop: bool
    shift: Shift | None
    source: str | None
    site: str | None
    user: str | None
    secret_file: Path | None

    def typed(self) -> list[str]:
        """The options given beside `--as`."""
        return [
            _OPTION.get(field.name, f"--{field.name.replace('_', '-')}")
            for field in fields(self)
            if field.name != "kind" and getattr(self, field.name) not in (None, False)
        ]


_OPTION = {"begin": "--from"}
_FILES = (Kind.queue_log, Kind.events)
_SWITCHES = (Kind.ami, Kind.freeswitch)
_LISTEN = {Kind.ami: "127.0.0.1:5038", Kind.freeswitch: "127.0.0.1:8021"}
_ONLY = {
    "site": (Kind.mqtt,),
    "user": (Kind.mqtt, Kind.ami),
    "secret_file": (Kind.mqtt, Kind.http, Kind.ami, Kind.freeswitch),
    "source": (Kind.mqtt, Kind.http, Kind.events),
    "to": (Kind.mqtt, Kind.http, Kind.queue_log, Kind.events),
    "listen": _SWITCHES,
}
"""Options that mean something to these only."""
_TO = {
    Kind.mqtt: "the broker's HOST:PORT",
    Kind.http: "the daemon's address, such as http://localhost:8321",
    Kind.queue_log: "the file to write",
    Kind.events: "the file to write",
}


def simulate(
    profile: Annotated[str | None, typer.Argument(metavar="[PROFILE]", help="Which kind of day.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same seed makes the same day.")] = None,
    date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it plays on.")] = None,
    incidents: Annotated[Path | None, typer.Option(metavar="FILE", help="What goes wrong, and when, YAML.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder to write the day into.")] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="DAY", help="Play this recorded day, instead of a profile's.")
    ] = None,
    day_format: Annotated[DayFormat, typer.Option("--format", help="What DAY is.")] = DayFormat.auto,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The configuration of DAY: its time zone and agents.")
    ] = None,
    kind: Annotated[Kind | None, typer.Option("--as", help="Play the day, as such a source.")] = None,
    to: Annotated[str | None, typer.Option(metavar="WHERE", help="Broker, address or file it is said to.")] = None,
    listen: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Where a switch is listened to (ami, freeswitch).")
    ] = None,
    speed: Annotated[str | None, typer.Option(metavar="1|60|max", help="Seconds of the day per second.")] = None,
    clock: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Share this clock with `floorwatch run --clock PATH`.")
    ] = None,
    begin: Annotated[
        str | None, typer.Option("--from", metavar="HH:MM", help="What is before is said at once.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="HH:MM", help="Where the day ends.")] = None,
    loop: Annotated[bool, typer.Option("--loop", help="Begin again at the end.")] = False,
    shift: Annotated[
        Shift | None, typer.Option(help="Move the day: to begin now, to today at its own times, or not at all.")
    ] = None,
    source: Annotated[str | None, typer.Option(metavar="NAME", help="The source it speaks as.")] = None,
    site: Annotated[str | None, typer.Option(metavar="NAME", help="The site in the topic (mqtt).")] = None,
    user: Annotated[str | None, typer.Option(metavar="NAME", help="Who logs in (mqtt), or may (ami).")] = None,
    secret_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The password, or the token (http), in a file.")
    ] = None,
) -> None:
    """Make a day of a call floor.

    With --out it is written to files: events, the configuration that goes with them, what is true of that day. With
    --as it is played to a daemon, over the protocol that such a source speaks. --replay plays what was recorded:
    events, the bytes of a manager session, a queue_log, a table of contacts, a folder that was written, or a journal.
    """
    wish = _Wish(kind, to, listen, speed, clock, begin, until, loop, shift, source, site, user, secret_file)
    if (profile is None) == (replay is None):
        stop(2, "PROFILE: name the kind of day to simulate, or with --replay one that was recorded, and not both")
    if (out is None) == (kind is None):
        stop(2, "--out: say where to write the day to, or with --as how to play it, and not both")
    if replay is None:
        assert profile is not None
        if seed is None:
            stop(2, "--seed: missing; any number from 0, and the same one makes the same day")
        if config is not None or day_format is not DayFormat.auto:
            stop(2, f"{'--config' if config else '--format'}: only for a recorded day (--replay)")
        _simulate(profile, seed, date, incidents, out, wish)
        return
    given = {"--seed": seed, "--date": date, "--incidents": incidents, "--out": out}
    for option, value in given.items():
        if value is not None:
            stop(2, f"{option}: only for a simulated day; {replay} is as it was recorded")
    _play(_recorded(replay, day_format.value, config, source), wish, config)


def _simulate(
    profile: str, seed: int, date: datetime | None, incidents: Path | None, out: Path | None, wish: _Wish
) -> None:
    from floorwatch.config.problems import ConfigError
    from simulators.day import planned
    from simulators.day import simulate as write
    from simulators.profile import UnknownProfileError

    if out is not None and (typed := wish.typed()):
        stop(2, f"{typed[0]}: only where the day is played (--as), not where it is written")
    if out is None:
        _check(wish)
    try:
        floor, happens = planned(profile, None if date is None else f"{date:%Y-%m-%d}", incidents)
    except UnknownProfileError as wrong:
        stop(2, f"PROFILE: {wrong}")
    except ConfigError as wrong:
        stop(2, str(wrong))
    if out is not None:
        with explained():
            write(floor, seed, out, happens)
        return
    with TemporaryDirectory(prefix="floorwatch-day-") as folder, explained():
        write(floor, seed, Path(folder), happens)
        _play(_recorded(Path(folder), "auto", None, wish.source), wish, None)


def _recorded(path: Path, day_format: str, config: Path | None, source: str | None) -> Day:
    """The day at a path, with the configuration that goes with it."""
    from simulators.play.days import Day

    if not path.exists():
        stop(2, f"{path}: no such file or folder")
    settings = read_config(config or _beside(path)).settings()
    interfaces = {device: name for name, agent in settings.agents.items() for device in agent.interfaces}
    return Day(path, ZoneInfo(settings.timezone), day_format, interfaces, source or "")


def _beside(path: Path) -> Path | None:
    """The configuration that was written with a simulated day."""
    found = path / "floorwatch.yaml"
    return found if found.is_file() else None


def _play(day: Day, wish: _Wish, config: Path | None) -> None:
    from floorwatch.ingest.open import UnusableInputError
    from simulators.play.run import play
    from simulators.play.timekeeper import UnusableClockError
    from simulators.speakers.speaker import UnsaidError

    _check(wish)
    order = _order(day, wish, read_config(config or _beside(day.path)))
    try:
        with explained(), _damaged_explained():
            play(order)
    except UnusableInputError as wrong:
        stop(2, str(wrong))
    except (UnusableClockError, UnsaidError) as wrong:
        stop(1, str(wrong))


@contextmanager
def _damaged_explained() -> Iterator[None]:
    import sqlite3

    from floorwatch.store.segment import DamagedJournalError

    try:
        yield
    except (sqlite3.Error, DamagedJournalError) as wrong:
        stop(1, f"{wrong}; `floorwatch journal verify` says more")


# What was typed, and whether it goes together


def _check(wish: _Wish) -> None:
    """Stop where options contradict each other."""
    kind = wish.kind
    assert kind is not None
    for name, kinds in _ONLY.items():
        if getattr(wish, name) is not None and kind not in kinds:
            option = f"--{name.replace('_', '-')}"
            stop(2, f"{option}: means nothing to {kind.value}; it is for {', '.join(kinds)}")
    if kind in _TO and not wish.to:
        stop(2, f"--to: missing; {_TO[kind]}")
    factor, shift = pace(wish.speed or "1"), _shift(wish)
    if wish.clock is None and shift is not Shift.none and factor != 1:
        stop(
            2, "--speed: a daemon on the wall's clock hears at speed 1; give it and this command the same --clock PATH"
        )
    if wish.clock is None and shift is Shift.none and not (kind in _FILES and factor is None):
        stop(2, "--shift: a daemon on the wall's clock hears of now; use 'now' or 'today', or share a --clock PATH")
    if wish.clock is not None and shift is Shift.now:
        stop(2, "--shift: with --clock the time is the day's own; use 'none', or 'today' to play it on today's date")
    if wish.begin is not None and wish.clock is None and shift is Shift.today:
        stop(2, "--from: 'today' begins where today is; use --shift now to begin there, or share a --clock PATH")
    begin, until = _minutes("--from", wish.begin), _minutes("--until", wish.until)
    if begin is not None and until is not None and until <= begin:
        stop(2, f"--until: {wish.until} is not after {wish.begin}; after midnight is 24:00 and later")


def _shift(wish: _Wish) -> Shift:
    if wish.shift is not None:
        return wish.shift
    is_written = wish.kind in _FILES and pace(wish.speed or "1") is None
    return Shift.none if wish.clock is not None or is_written else Shift.now


def _minutes(option: str, typed: str | None) -> int | None:
    return None if typed is None else minutes_of_day(option, typed)


def _order(day: Day, wish: _Wish, config: Config) -> Order:
    from simulators.play.order import Order
    from simulators.play.player import MAX

    assert wish.kind is not None
    return Order(
        day,
        wish.kind.value,
        _address(wish),
        speed=pace(wish.speed or "1") or MAX,
        clock=wish.clock,
        from_min=_minutes("--from", wish.begin),
        until_min=_minutes("--until", wish.until),
        loop=wish.loop,
        shift=_shift(wish).value,
        seats={name: agent.queues for name, agent in config.settings().agents.items() if agent.queues},
    )


def _address(wish: _Wish) -> Address:
    from simulators.play.order import Address

    kind = wish.kind
    common: dict[str, Any] = {"user": wish.user or "", "secret": _secret(wish.secret_file), "source": wish.source or ""}
    if kind in _FILES:
        path = Path(wish.to or "")
        if path.is_dir() or not path.parent.is_dir():
            stop(
                2, f"--to: {path} is a folder; name a file in it" if path.is_dir() else f"--to: no folder {path.parent}"
            )
        return Address(path=path, **common)
    if kind is Kind.http:
        if urlsplit(wish.to or "").scheme not in ("http", "https"):
            stop(2, f"--to: '{wish.to}' is no address; write it as http://localhost:8321")
        return Address(url=wish.to or "", **common)
    if kind is Kind.mqtt:
        host, port = _host_port("--to", (wish.to or "").removeprefix("mqtt://"), 1883)
        return Address(host=host, port=port, site=wish.site or "simulated", **common)
    assert kind is not None
    host, port = _host_port("--listen", wish.listen or _LISTEN[kind], 0)
    return Address(host=host, port=port, **common)


def _host_port(option: str, typed: str, otherwise: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{typed}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or "/" in typed or (port is None and not otherwise):
        stop(2, f"{option}: '{typed}' is not HOST:PORT, such as localhost:{otherwise or 5038}")
    return host, otherwise if port is None else port


def _secret(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as wrong:
        stop(2, f"--secret-file: {path}: {why(wrong)}")
    except UnicodeDecodeError:
        stop(2, f"--secret-file: {path} is not text")
