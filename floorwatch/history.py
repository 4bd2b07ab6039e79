"""The keeper of the history: writes closed intervals as they close, and again when a late fact has changed them.

The engine marks what may have changed, the keeper collects it in the event loop and writes it in a thread. What is
written rests on entries that are in the journal already, and a snapshot is only taken of an engine whose marks have
been written: so after whatever end, the recovered engine still marks everything that is not in the history.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import structlog

from floorwatch.alerts.lifecycle import Alert
from floorwatch.clock import Clock
from floorwatch.closing import closed_rows
from floorwatch.engine import Engine
from floorwatch.floor.source import Source
from floorwatch.store import history
from floorwatch.store.history import History, Site, UnusableHistoryError
from floorwatch.store.journal import Journal
from floorwatch.store.rows import Batch

LOOK_S = 2.0
"""Real time between two looks at what has closed or changed."""
SIGN_OF_LIFE_S = 60.0
"""So often it is written that we are there, though nothing has changed."""

log = structlog.get_logger("floorwatch.history")


class Keeping(NamedTuple):
    """For how long things are kept, in milliseconds; `individuals_ms` 0: agents' days are not written at all."""

    keep_ms: int
    individuals_ms: int


class HistoryKeeper:
    """Writes the history of one engine, in the event loop that runs it, beside its journal.

    `anew_since`: without a snapshot, intervals from here on have been counted anew, and replace what was written.
    """

    def __init__(
        self, engine: Engine, journal: Journal, clock: Clock, keeping: Keeping, anew_since: int | None
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._clock = clock
        self._keeping = keeping
        self._anew_since = anew_since
        self._file = _opened(journal.folder / history.NAME)
        self._known = self._file.alert_ids()
        self._told_until = self._file.written_until
        self._alerts = ChangedAlerts()
        self._sources: dict[str, tuple[object, ...]] = {}
        """What was written last of each source."""
        self._pending: tuple[int, Batch] | None = None
        """(newest entry of the journal it rests on, what is to be written)."""
        self._beginning: tuple[Site, int, list[str]] | None = None
        self._has_begun = False
        self._forgotten = ""
        """The day on which old days were deleted last."""
        self._writing = asyncio.Lock()
        self.trouble = ""
        """Why the disk refuses just now; empty when it does not."""

    async def run(self) -> None:
        """Write for ever, until cancelled."""
        loop, due_s = asyncio.get_running_loop(), 0.0
        while True:
            await asyncio.sleep(LOOK_S)
            is_due = loop.time() >= due_s
            if is_due or self._pending or self._engine.books.calendar.closed or self._alerts.any_in(self._engine):
                if is_due:
                    due_s = loop.time() + SIGN_OF_LIFE_S
                await self.write()

    async def close(self) -> None:
        """Write the rest and let go of the file."""
        if not await self.write():
            log.error("history_not_written", why=self.trouble or self._journal.trouble)
        self._file.close()

    async def write(self) -> bool:
        """Collect and write; false when something could not be written, which is then tried again."""
        self.collect()
        return await self.written()

    def collect(self) -> None:
        """Take what the engine has marked. What was taken before and is not on disk yet has to be written first."""
        if self._pending is not None:
            return
        engine = self._engine
        if not self._has_begun:
            self._beginning, self._has_begun = self._begin(), True
        sources = [source for source in engine.books.sources.values() if self._has_changed(source)]
        alerts = [alert for alert in self._alerts.take(engine) if self._is_told(alert)]
        self._known.update(alert.id for alert in alerts)
        batch = closed_rows(engine, alerts, sources, individuals=self._keeping.individuals_ms > 0)
        self._pending = self._journal.seq, batch

    def _begin(self) -> tuple[Site, int, list[str]]:
        settings = self._engine.settings
        living = [alert.id for alert in self._engine.watch.pending_and_firing() if alert.is_live]
        site = Site(settings.site, settings.timezone, settings.day_start_ms, settings.min_sample)
        return site, self._clock.now_ms(), living

    def _has_changed(self, source: Source) -> bool:
        state = (len(source.gaps), tuple(source.backfills), tuple(source.downs), source.down_since)
        is_new, self._sources[source.name] = self._sources.get(source.name) != state, state
        return is_new and any(state)

    def _is_told(self, alert: Alert) -> bool:
        """Not an alert of an earlier process that only its recount under other settings knows: nobody was told it."""
        return alert.id in self._known or (alert.fired_at or 0) > self._told_until

    async def written(self) -> bool:
        """Write what was collected; false when it could not be. Whoever is cancelled meanwhile does not end it."""
        return await asyncio.shield(asyncio.ensure_future(self._written()))

    async def _written(self) -> bool:
        async with self._writing:
            if self._pending is None:
                return True
            seq, batch = self._pending
            if not await self._journal.reached(seq):
                return False
            try:
                await asyncio.to_thread(self._write, batch)
            except (sqlite3.Error, OSError) as wrong:
                if not self.trouble:
                    log.error("history_refused", history=str(self._file.path), why=str(wrong))
                self.trouble = str(wrong)
                return False
            if self.trouble:
                log.info("history_recovered", history=str(self._file.path))
                self.trouble = ""
            self._pending = None
            return True

    def _write(self, batch: Batch) -> None:
        """In a thread."""
        if self._beginning is not None:
            self._file.begin(*self._beginning)
            self._beginning = None
        self._file.write(batch, self._anew_since)
        self._anew_since = None
        today = batch.cells[-1].day if batch.cells else ""
        if today > self._forgotten:
            keep, keep_individuals = (timedelta(milliseconds=ms) for ms in self._keeping)
            self._file.forget(today, keep, keep_individuals)
            self._forgotten = today


class ChangedAlerts:
    """Which alerts have fired, risen or ended since they were taken last."""

    def __init__(self) -> None:
        self._over = 0
        """So many of the engine's alerts, from the first on, are over and were taken."""
        self._taken: dict[str, tuple[object, ...]] = {}

    def any_in(self, engine: Engine) -> bool:
        """Whether there are any."""
        return next(self._changed(engine), None) is not None

    def take(self, engine: Engine) -> list[Alert]:
        """Those there are; they count as taken from now on."""
        changed = list(self._changed(engine))
        for alert in changed:
            self._taken[alert.id] = _state(alert)
        fired = engine.watch.history
        while self._over < len(fired) and fired[self._over].resolved_at is not None:
            self._taken.pop(fired[self._over].id, None)
            self._over += 1
        return changed

    def _changed(self, engine: Engine) -> Iterator[Alert]:
        for alert in engine.watch.history[self._over :]:
            if self._taken.get(alert.id) != _state(alert):
                yield alert


def _state(alert: Alert) -> tuple[object, ...]:
    return alert.severity, alert.resolved_at, alert.reason


def _opened(path: Path) -> History:
    """The history; one that cannot be read is moved aside: what it was counted from is in the journal."""
    try:
        return History(path, writable=True)
    except UnusableHistoryError as wrong:
        aside = path.with_name(f"{path.name}.unusable")
        log.error("history_begun_anew", why=str(wrong), moved_to=str(aside))
        for file in path.parent.glob(f"{path.name}*"):
            if not file.name.startswith(aside.name):
                file.replace(file.with_name(file.name.replace(path.name, aside.name)))
        return History(path, writable=True)
