"""What a neutral table says, as events of the contract. Pure: rows in, events out, in order of time.

**A table tells of contacts, and nothing else.** Who was logged in, paused or wrapping up does not stand in it: nothing
is said of that; an agent is known by the contacts he or she took. Alerting, holds and declines are not in it either.

**Nobody wrote down who answered**: the contact goes to an agent named `unknown`, for an answer needs one.

**Two contacts of an agent may overlap by a second**, as whole seconds are cut: both are told as they stand.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.order import RANK
from floorwatch.ingest.table.protocol import Row

NOBODY = "unknown"


def facts(row: Row, source: str) -> list[Event]:
    """What happened in one visit."""
    visit: dict[str, Any] = {"contact": row.contact, "queue": row.queue, "source": source}
    told: list[Event] = [
        e.ContactOffered(time=row.arrival, priority=row.priority, channel=row.channel or None, **visit)
    ]
    if row.answered is None:
        assert row.end is not None  # the protocol demands it
        told.append(e.ContactAbandoned(time=row.end, **visit))
        return told
    agent = row.agent or NOBODY
    told.append(e.ContactAnswered(time=row.answered, agent=agent, **visit))
    if row.end is not None and row.is_transferred:
        mode = "attended" if row.is_consulted else "blind"
        told.append(e.ContactTransferred(time=row.end, agent=agent, mode=mode, **visit))
    elif row.end is not None:
        told.append(e.ContactEnded(time=row.end, agent=agent, **visit))
    return told


def in_order(rows: Iterable[Row], source: str) -> Iterator[Event]:
    """The facts of all visits in order of time; those of one instant in the order of the contract. Any order of rows.

    All rows are held in memory, some 300 bytes each; the facts of a visit only while it goes on.
    """
    coming: list[tuple[int, int, int, Event]] = []
    number = 0
    for row in sorted(rows, key=lambda row: row.arrival):
        while coming and coming[0][0] < row.arrival:
            yield heapq.heappop(coming)[-1]
        for fact in facts(row, source):
            number += 1
            at: int = fact.time  # type: ignore[assignment]  # made above, of integers
            heapq.heappush(coming, (at, RANK[type(fact)], number, fact))
    while coming:
        yield heapq.heappop(coming)[-1]
