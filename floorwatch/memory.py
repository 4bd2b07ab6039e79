"""What the daemon remembers over its own end: the journal, the recovery from it, and the snapshots that shorten it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import structlog

from floorwatch.clock import Clock
from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from floorwatch.ingest.feed import Heard
from floorwatch.store import snapshot
from floorwatch.store.journal import Journal
from floorwatch.store.recover import recover

SNAPSHOT_EVERY_S = 600.0
BACK_MS = 5_000
"""Our clock may be this much behind the journal's newest entry without a word."""

log = structlog.get_logger("floorwatch.memory")


class Memory(NamedTuple):
    """The engine as it was, and where what it is told from now on is kept."""

    engine: Engine
    journal: Journal
    heard: dict[str, Heard]
    """How far each source was heard before this process."""


@asynccontextmanager
async def remembered(folder: Path, keep_ms: int, settings: Settings, clock: Clock) -> AsyncIterator[Memory]:
    """Open the journal, bring the engine to where it was, keep snapshots of it, and close in good order.

    Raises `JournalInUseError`, `DamagedJournalError`, `OSError` or `sqlite3.Error`.
    """
    journal = Journal(folder, keep_ms)
    try:
        recovered = recover(folder, settings, journal.seq)
        engine = recovered.engine
        log.info("recovered", entries=journal.seq, from_snapshot=recovered.snapshot_seq, applied=recovered.applied)
        if engine.now > clock.now_ms() + BACK_MS:
            log.warning("clock_behind_journal", by_ms=engine.now - clock.now_ms())
        heard = {name: Heard(mark.last_ms, mark.position) for name, mark in journal.marks.items()}
        journal.start()
        snapshots = asyncio.create_task(_keep_snapshots(engine, journal, settings))
        try:
            yield Memory(engine, journal, heard)
        finally:
            snapshots.cancel()
            await asyncio.gather(snapshots, return_exceptions=True)
            await _take_snapshot(engine, journal, settings)
    finally:
        await journal.close()


async def _keep_snapshots(engine: Engine, journal: Journal, settings: Settings) -> None:
    before = journal.seq
    while True:
        await asyncio.sleep(SNAPSHOT_EVERY_S)
        if journal.seq != before:
            before = journal.seq
            await _take_snapshot(engine, journal, settings)


async def _take_snapshot(engine: Engine, journal: Journal, settings: Settings) -> None:
    """Write the engine's state beside the journal, once the entries it is made of are on disk."""
    seq, state = journal.seq, snapshot.freeze(engine)
    if await journal.reached(seq):
        try:
            await asyncio.to_thread(snapshot.write, journal.folder, seq, state, snapshot.fingerprint(settings))
        except OSError as wrong:
            log.warning("snapshot_not_written", why=str(wrong))
