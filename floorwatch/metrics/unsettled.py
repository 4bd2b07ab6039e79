"""Waits that may still be corrected: the ledger learns of one when nothing can change it any more."""

from __future__ import annotations

from floorwatch.floor.visit import WAITING
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.interval import NO_WAIT

Waits = dict[tuple[str, int], int]
"""(queue, start of an interval) to the longest wait that ended in it, of visits that may still be corrected."""


def unsettled_waits(books: FloorBooks) -> Waits:
    """Of contacts that are kept for late facts, in milliseconds."""
    waits: Waits = {}
    interval = books.calendar.interval
    for source in books.sources.values():
        for contact in source.contacts.values():
            for visit in contact.visits:
                if visit.timed and visit.phase != WAITING and visit.reason != "unknown":
                    place = visit.ledger.name, interval(visit.left_at)[0]
                    waits[place] = max(waits.get(place, NO_WAIT), visit.wait_ms)
    return waits
