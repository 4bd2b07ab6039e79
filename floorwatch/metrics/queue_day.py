"""A queue's day as its page shows it: every interval's figures, and who waits now. Reads the books, names nobody.

An interval says what a report of the same engine says of it. What is not known is None: an interval that nobody
listened to, one of which no feed was heard at all, the open one while the feed is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any, Literal

from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ABSENT, ACTIVITIES, ALERTING
from floorwatch.floor.visit import Visit
from floorwatch.metrics import tally as t
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.interval import NO_WAIT
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.members_day import MembersMs
from floorwatch.metrics.occupancy import at_work_ms, load_occupancy, occupancy
from floorwatch.metrics.service_level import level, ratio
from floorwatch.metrics.staffing_day import IntervalNeed
from floorwatch.metrics.unseen import unseen_of_queue
from floorwatch.metrics.unsettled import Waits

WAITING_SHOWN = 50
"""So many of those who wait have a line of their own, the longest first."""

PRESENT = tuple(activity for activity in range(len(ACTIVITIES)) if activity not in ABSENT)

State = Literal["over", "open", "later", "lost"]
"""`lost`: no feed of the queue was heard in it, so its figures are not known; nor are those of the open one while the
feed is down."""

_FIGURES = (
    *("offered", "answered", "abandoned", "abandoned_short", "exited"),
    *("level", "level_n", "level_by_arrival", "level_by_arrival_n", "asa_ms", "asa_n", "aht_ms", "handled"),
    *("wait_ms_max", "occupancy", "load_occupancy", "occupancy_of_ms", "present"),
)
UNKNOWN: dict[str, Any] = dict.fromkeys(_FIGURES)
_NEEDS = ("forecast", "expected", "required", "scheduled", "on_schedule")
NO_NEED: dict[str, Any] = dict.fromkeys(_NEEDS)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the intervals of one queue are read from, besides the books."""

    now: int
    members: MembersMs
    members_until: int
    """Up to when that is read."""
    waits: Waits
    needs: Mapping[int, dict[str, Any]]
    """By the start of an interval, as `fitted` makes them."""
    undecided: frozenset[int]
    """Starts of the intervals in which somebody arrived of whom nothing is decided yet."""


def interval_row(books: FloorBooks, ledger: QueueLedger, start: int, end: int, found: Reading) -> dict[str, Any]:
    """One interval of the grid."""
    state = _state(books, ledger, start, end, found.now)
    incomplete, backfilled = (False, False) if state == "later" else books.gap_marks(ledger, start, end)
    downs = [books.sources[name].down_since for name in ledger.sources]
    is_cut = state != "later" and any(down is not None and down < end for down in downs)
    interval = ledger.intervals.get(start)
    is_known = state == "over" or (state == "open" and ledger.unknown_since is None)
    return {
        "start": start,
        "end": end,
        "state": state,
        "incomplete": incomplete or is_cut,
        "backfilled": backfilled,
        "corrected": interval.corrected if interval is not None else 0,
        "provisional": state == "open" or start in found.undecided,
        **(_figures(books, ledger, start, min(end, found.members_until), found) if is_known else UNKNOWN),
        **found.needs.get(start, NO_NEED),
    }


def _state(books: FloorBooks, ledger: QueueLedger, start: int, end: int, now: int) -> State:
    if start > now:
        return "later"
    if end > now:
        return "open"
    sources = [books.sources[name] for name in ledger.sources]
    return "lost" if sources and all(source.is_lost(start, end) for source in sources) else "over"


def _figures(books: FloorBooks, ledger: QueueLedger, start: int, until: int, found: Reading) -> dict[str, Any]:
    interval, unseen = ledger.intervals.get(start), unseen_of_queue(books, ledger)
    tally, arrival, wait_ms_max = (
        (0, 0, NO_WAIT) if interval is None else (interval.tally, interval.arrival, interval.wait_ms_max)
    )
    hits, n = level(tally, ledger.policy)
    arrival_hits, arrival_n = level(arrival, ledger.policy)
    wait_ms_max = max(wait_ms_max, found.waits.get((ledger.name, start), NO_WAIT))
    handled, timed = t.read(tally, "handled"), t.read(tally, "timed")
    ms = found.members.get(start)
    return {
        "offered": t.read(tally, "offered"),
        "answered": t.read(tally, "answered"),
        "abandoned": t.read(tally, "abandoned"),
        "abandoned_short": t.read(tally, "abandoned_short"),
        "exited": sum(t.exits(tally).values()),
        "level": ratio(hits, n),
        "level_n": n,
        "level_by_arrival": ratio(arrival_hits, arrival_n),
        "level_by_arrival_n": arrival_n,
        "asa_ms": ratio(t.read(tally, "wait_ms"), timed),
        "asa_n": timed,
        "aht_ms": None if u.WRAP_UP in unseen else ratio(t.read(tally, "handling_ms"), handled),
        "handled": handled,
        "wait_ms_max": None if wait_ms_max == NO_WAIT else wait_ms_max,
        "occupancy": None if ms is None else occupancy(ms),
        "load_occupancy": None if ms is None else load_occupancy(ms, books.capacities.whole),
        "occupancy_of_ms": None if ms is None else at_work_ms(ms),
        "present": None if ms is None else ratio(sum(ms[activity] for activity in PRESENT), max(0, until - start)),
    }


def undecided_arrivals(books: FloorBooks, ledger: QueueLedger, now: int) -> frozenset[int]:
    """Starts of the intervals in which those came who wait and are neither a hit nor a miss yet."""
    interval = books.calendar.interval
    return frozenset(interval(visit.entered_at)[0] for visit in ledger.waiting if visit.deadline >= now)


def waiting_lines(books: FloorBooks, ledger: QueueLedger, now: int) -> list[dict[str, Any]]:
    """Who waits, a line each, the longest first: since when, until when it is no miss, whether it rings.

    A page ticks from `counts_from`; where that is None, `wait_ms` holds: the queue is closed. Both are None for one
    whose entry was not seen. Those stand last: how long they wait nobody knows.
    """
    is_open = ledger.clock is None or ledger.clock.change_after(now)[0]
    oldest = nsmallest(WAITING_SHOWN, ledger.waiting, key=lambda visit: (not visit.timed, visit.entered_at))
    return [_line(books, ledger, visit, now, is_open=is_open) for visit in oldest]


def _line(books: FloorBooks, ledger: QueueLedger, visit: Visit, now: int, *, is_open: bool) -> dict[str, Any]:
    wait_ms = max(0, ledger.waited_ms(visit, now)) if visit.timed else None
    ticks = is_open and wait_ms is not None
    return {
        "start": visit.entered_at,
        "counts_from": now - wait_ms if ticks and wait_ms is not None else None,
        "wait_ms": None if ticks else wait_ms,
        "due": visit.deadline,
        "is_alerting": any(_rings(books, ledger.name, name) for name in visit.attached or ()),
    }


def _rings(books: FloorBooks, queue: str, agent: str) -> bool:
    """Whether a contact of this queue rings at an agent who was called to it."""
    return any(mode == ALERTING and of == queue for _, mode, of, _, _ in books.agents[agent].state.contacts)


def fitted(needs: tuple[IntervalNeed, ...], start: int, end: int) -> dict[str, Any]:
    """What a forecast says of [start, end), whatever its own intervals are: contacts in proportion, agents the most."""
    shares = [
        (need, (min(end, need.end) - max(start, need.start)) / (need.end - need.start))
        for need in needs
        if need.start < end and start < need.end
    ]
    if not shares:
        return NO_NEED
    required, scheduled = ([getattr(need, name) for need, _ in shares] for name in ("required", "scheduled"))
    planned = [(need.on_schedule, share * (need.end - need.start)) for need, share in shares]
    return {
        "forecast": sum(need.forecast * share for need, share in shares),
        "expected": sum(need.expected * share for need, share in shares),
        "required": None if None in required else max(required),
        "scheduled": None if None in scheduled else max(scheduled),
        "on_schedule": None
        if any(agents is None for agents, _ in planned)
        else ratio(sum(agents * ms for agents, ms in planned if agents is not None), sum(ms for _, ms in planned)),
    }
