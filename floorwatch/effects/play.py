"""Plays some minutes of a queue: these customers meet these seats, and the level of each span is counted.

First come first served: the next in line gets the seat of their queue that has been free longest, so heaps of the
instants at which seats are free are the whole floor, as in `trials.rest`; here seats also come and go, and may serve
several queues. Who is due to go finishes what is in hand first, and stays away for as long. Seconds from the action.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heapreplace
from math import inf
from typing import NamedTuple

from floorwatch.effects.case import Away
from floorwatch.floor.settings import QueuePolicy
from floorwatch.metrics import tally as t
from floorwatch.metrics.service_level import level

Line = list[tuple[float, int]]
"""(when free, which seat), as a heap: the seats of the same queues."""


class Comer(NamedTuple):
    """A customer as one trial has them."""

    at_s: float
    """When they came; below 0 for who waited when the action was taken."""
    patience_s: float
    handling_s: float
    """Of the agent's time: ringing, talk, holds and wrap-up."""
    is_exit: bool = False
    """Who is not answered in time does not hang up: the switch sends them elsewhere."""
    ring_s: float = 0.0
    """Between a seat's being free and the answer."""
    lost_s: float = 0.0
    """Before that: it rang where nobody took it."""
    queue: str = ""


class Seat(NamedTuple):
    """A place for one contact at a time."""

    free_s: float
    """When it is done with what it had in hand at the action; 0: nothing."""
    away: Sequence[Away] = ()
    """In order."""
    queues: frozenset[str] = frozenset(("",))
    """Those whose contacts it takes."""


class Stay(NamedTuple):
    """How one customer fared."""

    at_s: float
    wait_s: float
    how: str
    """`answered`, `abandoned`, `exited`; `waiting`: not over when it was last looked."""
    queue: str = ""


class Counted(NamedTuple):
    """What a span came to."""

    hits: int
    decided: int
    waiting: int
    """At its end."""


def stays(comers: Iterable[Comer], seats: Sequence[Seat], until_s: float) -> Iterator[Stay]:
    """What becomes of customers, in the order in which they came, whichever of their queues."""
    lines: dict[frozenset[str], Line] = {}
    for place, seat in enumerate(seats):
        lines.setdefault(seat.queues, [(inf, len(seats))]).append((seat.free_s, place))
    for line in lines.values():
        heapify(line)
    serving: dict[str, list[Line]] = {}
    gone = [0] * len(seats)
    for at_s, patience_s, handling_s, is_exit, ring_s, lost_s, queue in comers:
        able = serving.get(queue)
        if able is None:
            able = serving[queue] = [line for queues, line in lines.items() if queue in queues] or [[(inf, len(seats))]]
        while True:
            line = able[0] if len(able) == 1 else min(able, key=_free_first)
            free_s, place = line[0]
            start_s = max(free_s, at_s)
            wait_s = start_s - at_s + ring_s + lost_s
            if wait_s > patience_s or start_s > until_s:
                yield Stay(at_s, patience_s, "exited" if is_exit else "abandoned", queue)
                break
            away = seats[place].away
            if gone[place] < len(away) and away[gone[place]].due_s <= start_s:
                due_s, for_s = away[gone[place]]
                gone[place] += 1
                heapreplace(line, (max(free_s, due_s) + for_s, place))
                continue
            heapreplace(line, (start_s + handling_s, place))
            yield Stay(at_s, wait_s, "answered", queue)
            break


def _free_first(line: Line) -> tuple[float, int]:
    return line[0]


def counted(found: Iterable[Stay], ends_s: Sequence[float], policy: QueuePolicy) -> list[Counted]:
    """Of each span (0, end]: visits decided in it, by the queue's formula, and who waits at its end."""
    limit_s, short_s = policy.threshold_ms / 1000, policy.short_abandon_ms / 1000
    tallies, waiting = [0] * len(ends_s), [0] * len(ends_s)
    for at_s, wait_s, how, _ in found:
        over_s = at_s + wait_s
        part, part_at_s = 0, over_s
        if how == "answered":
            part = t.TIMED + (t.IN_THRESHOLD if wait_s <= limit_s else 0)
        elif wait_s <= limit_s and how == "abandoned":
            part = t.ABANDONED_IN_THRESHOLD + (t.ABANDONED_SHORT if wait_s <= short_s else 0)
        elif wait_s <= limit_s and how == "exited":
            part = t.EXITED_IN_THRESHOLD
        missed_s = at_s + limit_s if wait_s > limit_s else inf
        for place, end_s in enumerate(ends_s):
            if part and 0 < part_at_s <= end_s:
                tallies[place] += part
            if 0 < missed_s <= end_s:
                tallies[place] += t.PAST_THRESHOLD
            waiting[place] += at_s <= end_s < over_s
    return [Counted(*level(tally, policy), n) for tally, n in zip(tallies, waiting, strict=True)]
