"""Rotas as the configuration has them: written out there, in a file of YAML, or in a calendar."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterator
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from floorwatch.clock import Clock
from floorwatch.config import Config
from floorwatch.config.problems import ConfigError
from floorwatch.config.reading import read_as
from floorwatch.config.rotas import RotaPlan, RotaTyped, contradictions_of_file
from floorwatch.floor.rota import Rota, Span
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.oncall.ical_rota import UnusableRotaError, shifts_of
from floorwatch.ingest.oncall.watch import NOT_LAID_OUT, LaidOut, Planned, RotaWatch
from floorwatch.memory import Memory

BYTES_MAX = 4_194_304
BEGINS_WITHIN_S = 10.0


class Rotas:
    """What tells the engine who is on call when."""

    def __init__(self, config: Config, memory: Memory, inbox: Inbox, clock: Clock) -> None:
        said, poll_s = memory.engine.calling.roster.loaded, config.schedule.poll_ms / 1000
        self._watches = [RotaWatch(one, said, inbox, clock, poll_s) for one in planned(config)]

    async def begin(self) -> None:
        """Say who is on call before anything else is said: an alert may fire with the first event.

        A file on a disk that does not answer keeps nobody from the floor.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEGINS_WITHIN_S):
                for watch in self._watches:
                    await watch.begin()

    def watching(self) -> list[Coroutine[object, object, None]]:
        """To be run; nothing where there are no rotas."""
        return [watch.run() for watch in self._watches]


def planned(config: Config) -> Iterator[Planned]:
    """Every rota of the configuration, not read yet."""
    for name, rota in config.rotas.items():
        timezone = rota.timezone or config.site.timezone
        yield Planned(name, timezone, partial(_read, config, name, rota), rota.file)


def read_rota(config: Config, name: str, until: int) -> Rota:
    """A rota of the configuration as it stands there and in its file now, for what begins before `until`.

    Raises `UnusableRotaError`.
    """
    return _read(config, name, config.rotas[name])(until)


def _read(config: Config, name: str, rota: RotaTyped) -> LaidOut:
    """Raises `UnusableRotaError`, as what it returns does."""
    timezone = config.site.timezone
    if rota.file is None:
        return _always(_plan(rota, name, timezone))
    if rota.is_calendar:
        return partial(_of_calendar, config, name, rota, _text(rota.file))
    try:
        written = read_as(rota.file, RotaPlan, partial(contradictions_of_file, people=config.people))
    except ConfigError as wrong:
        raise UnusableRotaError("; ".join(map(str, wrong.problems))) from wrong
    return _always(_plan(rota.with_file(written), name, timezone))


def _plan(typed: RotaPlan, name: str, timezone: str, shifts: tuple[Span, ...] = ()) -> Rota:
    try:
        return typed.plan(name, timezone, shifts)
    except (ValueError, ArithmeticError) as wrong:
        raise UnusableRotaError(f"{NOT_LAID_OUT}: {wrong}") from wrong


def _always(rota: Rota) -> LaidOut:
    return lambda until: rota


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(BYTES_MAX + 1)
        if len(content) > BYTES_MAX:
            raise UnusableRotaError(f"{path}: is larger than {BYTES_MAX // 1_048_576} MB: leave old events out")
        return content.decode("utf-8-sig")
    except OSError as wrong:
        raise UnusableRotaError(f"{path}: cannot be read: {wrong.strerror}") from wrong
    except UnicodeDecodeError as wrong:
        raise UnusableRotaError(f"{path}: is not UTF-8 text: save it as UTF-8") from wrong


def _of_calendar(config: Config, name: str, rota: RotaTyped, text: str, until: int) -> Rota:
    timezone = rota.timezone or config.site.timezone
    known = {name.casefold(): name for name in config.people}
    addresses = {
        channel.to.casefold(): person
        for person, typed in config.people.items()
        for channel in typed.channels
        if channel.to
    }
    try:
        shifts = shifts_of(text, ZoneInfo(timezone), addresses | known, until)
    except UnusableRotaError as wrong:
        raise UnusableRotaError(f"{rota.file}: {wrong}") from wrong
    return _plan(rota, name, timezone, shifts)
