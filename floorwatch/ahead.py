"""Keeps the outlook of every queue fresh, beside the event loop: the models take longer than a picture may."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog

from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from floorwatch.ingest.forecast import UnusableForecastError, read_forecast
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.outlook import Outlook, answer, question
from floorwatch.metrics.staffing.forecast import Planned

EVERY_S = 10.0
"""A queue is asked again after so long, or later where there are too many."""
SHARE = 0.25
"""So much of one processor at most."""

log = structlog.get_logger("floorwatch.outlook")


class Forecast:
    """The forecast of a file, read again when the file has changed; the one before stays while it cannot be read."""

    def __init__(self, path: Path | None, settings: Settings) -> None:
        self._path = path
        self._settings = settings
        self._read: tuple[int, int] | None = None
        self.queues: Mapping[str, tuple[Planned, ...]] = {}

    def refresh(self) -> None:
        """Read the file if it is another one than before."""
        if self._path is None:
            return
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp == self._read:
                return
            self._read = stamp
            found = read_forecast(self._path, self._settings.timezone, self._settings.interval_ms)
        except (OSError, UnusableForecastError) as wrong:
            log.warning("forecast_unusable", path=str(self._path), why=str(wrong))
            return
        self.queues = found.queues
        log.info("forecast", path=str(self._path), queues=len(found.queues), refused=found.refused[:20])


class Outlooks:
    """The latest outlook of each queue, by name."""

    def __init__(self, engine: Engine, forecast: Path | None = None) -> None:
        self._engine = engine
        self._forecast = Forecast(forecast, engine.settings)
        self.latest: dict[str, Outlook] = {}

    async def run(self) -> None:
        """Ask one queue after the other, for ever."""
        monotonic_s = asyncio.get_running_loop().time
        while True:
            begun = monotonic_s()
            await asyncio.to_thread(self._forecast.refresh)
            for name in list(self._engine.books.ledgers):
                asked = monotonic_s()
                await self.ask(name)
                await asyncio.sleep((monotonic_s() - asked) * (1 / SHARE - 1))
            await asyncio.sleep(max(0.5, EVERY_S - (monotonic_s() - begun)))

    async def ask(self, queue: str) -> None:
        """The outlook of a queue as it is now."""
        engine = self._engine
        books, now = engine.books, engine.now
        if not now:
            return
        books.settle_agents(now)
        members = members_by_queue(books, now).get(queue)
        day = books.calendar.day(now)
        planned = [one for one in self._forecast.queues.get(queue, ()) if day[0] <= one.start < day[1]]
        asked = question(books, books.ledgers[queue], None if members is None else members.agents, now, planned)
        self.latest[queue] = await asyncio.to_thread(answer, asked)
