"""Rotas of the configuration, and the files of some: each is told to the engine as turns when it says something new.

And every day, so that it is always known for over a month ahead. A file that cannot be read changes nothing: what was
said of the rota stays in force, and is told further from what was read last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import structlog

from floorwatch.clock import Clock
from floorwatch.floor.internal import RotaLoaded
from floorwatch.floor.rota import Rota, horizon, loaded
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.oncall.ical_rota import UnusableRotaError

log = structlog.get_logger("floorwatch.oncall")

NOT_LAID_OUT = "cannot be laid out"
LaidOut = Callable[[int], Rota]
"""What was read, as far as the given instant: a calendar can repeat for ever."""
Stamp = tuple[int, int, int]
"""How a file looks from outside: when it changed, its size, its inode."""


class Planned(NamedTuple):
    """One rota of the configuration."""

    name: str
    timezone: str
    read: Callable[[], LaidOut]
    """Raises `UnusableRotaError`."""
    file: Path | None = None


class RotaWatch:
    """One rota, looked at every `poll_s` real seconds. `said`: what the engine was told of it last."""

    def __init__(
        self, planned: Planned, said: Callable[[str], RotaLoaded | None], inbox: Inbox, clock: Clock, poll_s: float
    ) -> None:
        self._planned = planned
        self._inbox = inbox
        self._clock = clock
        self._poll_s = poll_s
        self._said = said(planned.name)
        self._laid_out: LaidOut | None = None
        self._looked: Stamp | None = None
        """How its file looked last time."""
        self._read: Stamp | None = None
        """How it looked when it was read."""
        self._trouble = ""

    async def begin(self) -> None:
        """Look for the first time; the engine knows again what it knew."""
        await self.look()

    async def run(self) -> None:
        """Look on, until cancelled."""
        while True:
            await asyncio.sleep(self._poll_s)
            await self.look()

    async def look(self) -> None:
        """Look once, and tell what is new."""
        is_new = await self._read_anew()
        since, until = horizon(self._clock.now_ms(), self._planned.timezone)
        if self._laid_out is None or not (is_new or self._said is None or self._said.since != since):
            return
        try:
            event = await asyncio.to_thread(self._loaded, self._laid_out, since, until)
        except UnusableRotaError as wrong:
            self._complain(str(wrong))
            return
        if self._said is not None and _without_time(event) == _without_time(self._said):
            return
        self._said = event
        await self._inbox.put(event)
        log.info("rota", rota=event.rota, turns=len(event.turns), is_new=is_new)

    async def _read_anew(self) -> bool:
        """Whether there is something that was not read before."""
        before, self._looked = self._looked, await asyncio.to_thread(self._stamp)
        is_first = before is None and self._read is None
        if self._planned.file is None:
            if self._laid_out is not None:
                return False
        elif self._looked is None or self._looked == self._read or (self._looked != before and not is_first):
            return False  # gone, known, or maybe being written: it is read when it looks the same twice
        stamp = self._looked
        try:
            laid_out = await asyncio.to_thread(self._planned.read)
            if await asyncio.to_thread(self._stamp) != stamp:
                return False
            await asyncio.to_thread(laid_out, horizon(self._clock.now_ms(), self._planned.timezone)[1])
        except UnusableRotaError as wrong:
            self._read = stamp
            self._complain(str(wrong))
            return False
        self._read, self._laid_out, self._trouble = stamp, laid_out, ""
        return True

    def _stamp(self) -> Stamp | None:
        if self._planned.file is None:
            return None
        try:
            status = self._planned.file.stat()
        except OSError as wrong:
            self._complain(f"{self._planned.file}: cannot be read: {wrong.strerror}")
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _loaded(self, laid_out: LaidOut, since: int, until: int) -> RotaLoaded:
        # Of a rota not known before it is said as of its beginning: before the alerts of what feeds have kept.
        said_at = since if self._said is None else self._clock.now_ms()
        try:
            return loaded(laid_out(until), since, until, said_at)
        except (ValueError, ArithmeticError) as wrong:
            raise UnusableRotaError(f"{NOT_LAID_OUT}: {wrong}") from wrong

    def _complain(self, why: str) -> None:
        """Once: what was said of the rota stays in force."""
        if self._trouble != why:
            self._trouble = why
            log.warning("rota_unreadable", rota=self._planned.name, why=why)


def _without_time(event: RotaLoaded) -> tuple[object, ...]:
    return event.since, event.until, event.turns, event.team, event.site
