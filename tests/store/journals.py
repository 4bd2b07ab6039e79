"""Journals for tests: written by the real writer thread, read back from disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from floorwatch.floor.events import ContactOffered, Event
from floorwatch.store.journal import Journal

DAY_MS = 86_400_000
START_MS = 20_000 * DAY_MS

encode = msgspec.json.Encoder().encode


def offered(n: int, at: int = START_MS) -> Event:
    return ContactOffered(time=at, source="pbx", contact=f"c{n}", queue="sales", id=str(n))


async def kept(folder: Path, events: Sequence[Event], *, keep_ms: int | None = None) -> None:
    """Open the journal, write these events as if each was applied at its own time, close it."""
    journal = Journal(folder, keep_ms)
    journal.start()
    for event in events:
        assert isinstance(event.time, int)
        journal.append(event.time, encode(event), event.source or "", event.time, position=f"at {event.time}")
        if event.time % DAY_MS == 0:
            assert await journal.reached(journal.seq)  # a group that spans days lies in the segment of the last
    assert await journal.reached(journal.seq)
    await journal.close()
