"""The accounts of a queue, for every window that is shown and any part of the grid: what its figures are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.interval import NO_WAIT
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.operands import Accounts
from floorwatch.metrics.sums import Sums
from floorwatch.metrics.unseen import hides_adherence, unseen_of_queue
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
        sums={"whole": books.capacities.whole},
        unseen=unseen,
    )
    return found


def accounts_between(books: FloorBooks, ledger: QueueLedger, since: int, until: int, occupied: Occupied) -> Accounts:
    """Of the intervals that hold a part of [since, until), once their waits are settled (see `report.close_books`)."""
    begun = books.calendar.interval(since)[0]
    intervals = [interval for interval in ledger.intervals.values() if begun <= interval.start < until]
    spent = [ms for (queue, start), ms in occupied.items() if queue == ledger.name and begun <= start < until]
    wait_ms_max = max((interval.wait_ms_max for interval in intervals), default=NO_WAIT)
    return Accounts(
        since,
        until,
        sum(interval.tally for interval in intervals),
        sum(interval.arrival for interval in intervals),
        spent_ms=tuple(map(sum, zip(*spent, strict=True))),
        sums={"whole": books.capacities.whole} | ({} if wait_ms_max == NO_WAIT else {"wait_ms_max": wait_ms_max}),
        unseen=unseen_of_queue(books, ledger),
    )


def attendance_accounts(books: FloorBooks, since: int, until: int, now: int, agent: str = "") -> Accounts | None:
    """How an agent, or (`agent` empty) everybody, has kept to the schedule on the business days in [since, until).

    Everybody is everybody whose feeds can tell. None while no schedule is known, where it cannot be told, and where the
    two are not the beginnings of days. After `settle_agents`.
    """
    attendance, day = books.attendance, books.calendar.day
    if not attendance.schedule.days or day(since)[0] != since or (until < now and day(until)[0] != until):
        return None
    total = Sums()
    for name in (agent,) if agent else books.agents:
        if hides_adherence(books, books.agents[name]):
            if agent:
                return None
            continue
        for start, sums in attendance.days(name, now).items():
            if since <= start < until:
                total.add(sums)
    return Accounts(since, until, sums=_by_name(total))


def _by_name(sums: Sums) -> dict[str, int]:
    return {
        "scheduled_ms": sums.scheduled_ms,
        "in_ms": sums.in_ms,
        "out_ms": sums.out_ms,
        "neutral_ms": sums.neutral_total_ms,
        "work_ms": sums.work_ms,
        "worked_ms": sums.worked_ms,
        "extra_ms": sums.extra_ms,
    }
