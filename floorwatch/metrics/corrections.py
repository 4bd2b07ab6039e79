"""Corrections: what a late fact changes is posted as a difference, and counted where it was closed or had settled."""

from __future__ import annotations

from collections.abc import Iterable

from floorwatch.floor.visit import WAITING, Visit
from floorwatch.metrics.interval import Interval
from floorwatch.metrics.ledger import Corrected, QueueLedger
from floorwatch.metrics.parts import parts


def correct(before: Iterable[Visit], after: Iterable[Visit]) -> None:
    """A late fact has replaced these visits by those: post what differs, and only that."""
    by_event: dict[tuple[QueueLedger, int], int] = {}
    by_arrival: dict[tuple[QueueLedger, int], int] = {}
    for sign, visits in ((-1, before), (1, after)):
        for visit in visits:
            ledger = visit.ledger
            assert isinstance(ledger, QueueLedger)
            for at, tally, decided in parts(visit):
                by_event[ledger, at] = by_event.get((ledger, at), 0) + sign * tally
                arrival = (ledger, visit.entered_at)
                by_arrival[arrival] = by_arrival.get(arrival, 0) + sign * decided
            if visit.phase != WAITING:
                ledger.settling.ended(visit, sign)
            if visit.agent:
                ledger.count_answer(visit, sign)
                ledger.rouse()  # by its answers an agent belongs to the queue
    for (ledger, at), tally in by_event.items():
        if tally:
            ledger.post(at, tally)
            ledger.rouse()
    for (ledger, at), decided in by_arrival.items():
        ledger.count_arrival(at, decided)


def count_correction(corrected: Corrected, closed_before: int) -> bool:
    """Whether anything was changed that was closed or had settled: one correction, however far it reaches.

    An interval that it leaves with other sums than before counts it as well.
    """
    closed: dict[Interval, int] = {}
    for (ledger, at), tally in corrected.items():
        if at < closed_before:
            interval = ledger.interval_at(at)
            closed[interval] = closed.get(interval, 0) + tally
    for interval, tally in closed.items():
        interval.corrected += bool(tally)
    is_correction = any(corrected.values())
    corrected.clear()
    return is_correction
