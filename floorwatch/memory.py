"""What the daemon remembers over its own end: the journal, the recovery from it, and the snapshots that shorten it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import structlog

from floorwatch.clock import KeptClock
from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from floorwatch.history import HistoryKeeper, Keeping
from floorwatch.ingest.feed import Heard
from floorwatch.store import snapshot
from floorwatch.store.journal import Journal
from floorwatch.store.recover import recover

SNAPSHOT_EVERY_S = 600.0
FROZEN_RATIO = 1_000
"""Taking a snapshot holds everything up: never for more than one part of the time in so many."""

log = structlog.get_logger("floorwatch.memory")


class Memory(NamedTuple):
    """The engine as it was, and where what it is told from now on is kept."""

    engine: Engine
    journal: Journal
    heard: dict[str, Heard]
    """How far each source was heard before this process."""
    history: HistoryKeeper
    """Whose `run` is to be awaited beside the driver's."""


@asynccontextmanager
async def remembered(
    folder: Path, keep_ms: int, settings: Settings, clock: KeptClock, keeping: Keeping
) -> AsyncIterator[Memory]:
    """Open the journal, bring the engine to where it was, keep snapshots and a history of it, close in good order.

    Raises `JournalInUseError`, `DamagedJournalError`, `OSError` or `sqlite3.Error`.
    """
    journal = Journal(folder, keep_ms)
    try:
        recovered = recover(folder, settings, journal.seq)
        engine = recovered.engine
        log.info("recovered", entries=journal.seq, from_snapshot=recovered.snapshot_seq, applied=recovered.applied)
        clock.not_before(engine.now)
        heard = {name: Heard(mark.last_ms, mark.position) for name, mark in journal.marks.items()}
        history = HistoryKeeper(engine, journal, clock, keeping, recovered.anew_since)
        journal.start()
        snapshots = asyncio.create_task(_keep_snapshots(engine, journal, settings, history))
        try:
            yield Memory(engine, journal, heard, history)
        finally:
            snapshots.cancel()
            await asyncio.gather(snapshots, return_exceptions=True)
            await _take_snapshot(engine, journal, settings, history)
            await history.close()
    finally:
        await journal.close()


async def _keep_snapshots(engine: Engine, journal: Journal, settings: Settings, history: HistoryKeeper) -> None:
    before, pause_s = journal.seq, SNAPSHOT_EVERY_S
    while True:
        await asyncio.sleep(pause_s)
        if journal.seq != before:
            before = journal.seq
            frozen_s = await _take_snapshot(engine, journal, settings, history)
            pause_s = max(SNAPSHOT_EVERY_S, frozen_s * FROZEN_RATIO)


async def _take_snapshot(engine: Engine, journal: Journal, settings: Settings, history: HistoryKeeper) -> float:
    """Write the engine's state, once the entries it is made of are on disk, and what it had marked for the history.

    Returns the seconds for which that froze us.
    """
    monotonic_s = asyncio.get_running_loop().time
    began_s = monotonic_s()
    history.collect()
    seq, state = journal.seq, snapshot.freeze(engine)
    frozen_s = monotonic_s() - began_s
    if await journal.reached(seq) and await history.written():
        try:
            await asyncio.to_thread(snapshot.write, journal.folder, seq, state, snapshot.fingerprint(settings))
        except OSError as wrong:
            log.warning("snapshot_not_written", why=str(wrong))
    return frozen_s
