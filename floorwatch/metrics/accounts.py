"""The accounts of a queue, for every window that is shown and any part of the grid: what its figures are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import NO_WAIT, QueueLedger
from floorwatch.metrics.operands import Accounts
from floorwatch.metrics.unseen import unseen_of_queue
from floorwatch.metrics.window import SPANS

Occupied = Mapping[tuple[str, int], Sequence[int]]
"""(queue, interval start) to the members' milliseconds by activity; see `occupancy.by_interval`."""


def accounts_now(books: FloorBooks, ledger: QueueLedger, now: int, occupied: Occupied) -> dict[str, Accounts]:
    """By the name of the window: the rolling ones, `day`, and `interval` for the one that is open."""
    unseen, edge = unseen_of_queue(books, ledger), books.tick_s * 1000
    found = {
        name: Accounts(edge - seconds * 1000, edge, ledger.rolling.window(name, books.tick_s), unseen=unseen)
        for name, seconds in SPANS.items()
    }
    day_start = books.calendar.day(now)[0]
    today = list(ledger.recent(day_start))
    tally, arrival = sum(interval.tally for interval in today), sum(interval.arrival for interval in today)
    found["day"] = Accounts(day_start, now, tally, arrival, unseen=unseen)
    interval = ledger.interval_at(now)
    spent = occupied.get((ledger.name, interval.start))
    found["interval"] = Accounts(
        interval.start,
        now,
        interval.tally,
        interval.arrival,
        spent_ms=tuple(spent or ()),
        unseen=unseen,
    )
    return found


def accounts_between(books: FloorBooks, ledger: QueueLedger, since: int, until: int, occupied: Occupied) -> Accounts:
    """Of [since, until), which must lie on the grid, once its waits are settled (see `report.close_books`)."""
    intervals = [interval for interval in ledger.intervals.values() if since <= interval.start < until]
    spent = [ms for (queue, start), ms in occupied.items() if queue == ledger.name and since <= start < until]
    wait_ms_max = max((interval.wait_ms_max for interval in intervals), default=NO_WAIT)
    return Accounts(
        since,
        until,
        sum(interval.tally for interval in intervals),
        sum(interval.arrival for interval in intervals),
        spent_ms=tuple(map(sum, zip(*spent, strict=True))),
        sums={} if wait_ms_max == NO_WAIT else {"wait_ms_max": wait_ms_max},
        unseen=unseen_of_queue(books, ledger),
    )
