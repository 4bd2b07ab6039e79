"""Occupancy: busy time over busy and available time. A queue's is its members' time, whatever queue they serve.

By busy time an agent with any contact is busy; by load an agent with one chat of three is busy for a third.
"""

from __future__ import annotations

from collections.abc import Sequence

from floorwatch.floor.activity import ACTIVITIES, AVAILABLE, OCCUPIED
from floorwatch.floor.agent import Agent
from floorwatch.metrics.agent_time import (
    BEYOND,
    BEYOND_UNIT,
    BITS,
    FOR_EVER,
    SUMMED_MAX,
    UNITS,
    Group,
    row_ms,
)
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.capacity import Capacity
from floorwatch.metrics.members import inferred_members
from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.unseen import hides_occupancy, unseen_of_agent

Place = tuple[str, int]
"""(queue, interval start)."""


def occupancy(ms: Sequence[int]) -> float | None:
    """Of milliseconds by activity."""
    return ratio(sum(ms[activity] for activity in OCCUPIED), at_work_ms(ms))


def at_work_ms(ms: Sequence[int]) -> int:
    """What occupancy is a share of: busy and available, of milliseconds by activity."""
    return sum(ms[activity] for activity in OCCUPIED) + ms[AVAILABLE]


def load_occupancy(ms: Sequence[int], whole: int) -> float | None:
    """By load, of milliseconds by activity with what contacts took beyond the whole agent behind them.

    (Σ of what contacts in hand took, wrap-up the whole agent) / (the agent's whole, busy and available). Above 1 where
    agents handle more at once than the configuration says they can.
    """
    busy = sum(ms[activity] for activity in OCCUPIED)
    return ratio(busy * whole + ms[BEYOND], at_work_ms(ms) * whole)


def open_beyond(agent: Agent, capacity: Capacity, since: int, now: int) -> int:
    """What contacts in hand take beyond the whole agent, not before `since`, as `AgentTime.beyond` counts it."""
    if not agent.state.contacts:
        return 0
    beyond = capacity.load(agent.state.contacts) - capacity.whole
    return sum(
        beyond * max(0, until - max(begun, since))
        for activity, begun, until in agent.open_stretches(now)
        if activity in OCCUPIED
    )


def open_ms(agent: Agent, since: int, now: int) -> tuple[int, ...]:
    """Milliseconds by activity, not before `since`, of what the agent is just doing. After `Agent.catch_up`."""
    spent = [0] * len(ACTIVITIES)
    for activity, begun, until in agent.open_stretches(now):
        spent[activity] += max(0, until - max(begun, since))
    return tuple(spent)


class MembersTime:
    """The members' milliseconds by activity, by queue and interval, added up agent by agent; see `by_interval`."""

    def __init__(self, books: FloorBooks, since: int = 0, now: int = 0) -> None:
        self._books = books
        self._since = since
        self._now = now
        self._sums: dict[Place, _Packed] = {}
        self._inferred: dict[int, dict[str, list[str]]] = {}
        """Interval start to the queues of each agent who only answered for them."""
        self._unknown: set[Place] = set()

    def add(self, agent: Agent) -> None:
        """Count what one agent has done. After `Agent.catch_up`."""
        time = self._books.times[agent.name]
        is_unknown = hides_occupancy(unseen_of_agent(self._books, agent))
        for start, joined, row in time.rows(self._since, self._now or FOR_EVER):
            self._count(agent, start, joined, row, is_unknown)
        if self._now:
            row = open_beyond(agent, time.capacity, self._since, self._now) * BEYOND_UNIT
            for activity, begun, until in agent.open_stretches(self._now):
                row += max(0, until - max(begun, self._since)) * UNITS[activity]
            self._count(agent, self._since, agent.state.joined, row, is_unknown)

    def _count(self, agent: Agent, start: int, joined: Group, row: int, is_unknown: bool) -> None:
        queues = agent.configured if joined is None else joined
        if joined is None and not agent.configured:
            queues = tuple(_inferred_queues(self._books, self._inferred, agent.name, start))
        for queue in queues:
            place = (queue, start)
            packed = self._sums.get(place) or self._sums.setdefault(place, _Packed())
            packed.add(row)
            if is_unknown:
                self._unknown.add(place)

    def sums(self) -> dict[Place, list[int]]:
        """What has been counted, but for where the feed cannot tell what a member did."""
        return {place: packed.ms() for place, packed in self._sums.items() if place not in self._unknown}


class _Packed:
    """A sum of rows, as they are as long as their fields do not run over."""

    __slots__ = ("_n", "_rows", "_total")

    def __init__(self) -> None:
        self._total = [0] * (len(ACTIVITIES) + 1)
        self._rows = self._n = 0

    def add(self, row: int) -> None:
        self._rows += row
        self._n += 1
        if self._n == SUMMED_MAX:
            self._total, self._rows, self._n = self.ms(), 0, 0

    def ms(self) -> list[int]:
        """Milliseconds by activity, and at `BEYOND` what contacts took beyond the whole agent."""
        ms = (*row_ms(self._rows), self._rows >> BITS * BEYOND)
        return [a + b for a, b in zip(self._total, ms, strict=True)]


def by_interval(books: FloorBooks, since: int = 0, now: int = 0) -> dict[Place, list[int]]:
    """(queue, interval start) to the members' milliseconds by activity, of intervals that start at or after `since`.

    Behind the activities, at `BEYOND`, stands what contacts took beyond the whole agent; see `load_occupancy`.

    Left out where the feed cannot tell what a member did. With `now`, `since` is the start of one interval, and what
    agents are just doing counts in it up to now, or to its end.
    """
    time = MembersTime(books, since, now)
    for agent in books.agents.values():
        time.add(agent)
    return time.sums()


def of_floor(books: FloorBooks, start: int, end: int) -> list[int] | None:
    """Milliseconds by activity of all agents in one interval, each counted once. None where a feed cannot tell."""
    total = [0] * len(ACTIVITIES)
    for name, time in books.times.items():
        agent = books.agents[name]
        spent = [a + b for a, b in zip(time.spent_ms(start, end), open_ms(agent, start, end), strict=True)]
        if any(spent) and hides_occupancy(unseen_of_agent(books, agent)):
            return None
        total = [a + b for a, b in zip(total, spent, strict=True)]
    return total


def _inferred_queues(
    books: FloorBooks, known: dict[int, dict[str, list[str]]], agent: str, start: int
) -> Sequence[str]:
    by_agent = known.get(start)
    if by_agent is None:
        by_agent, end = known.setdefault(start, {}), books.calendar.interval(start)[1]
        for queue, ledger in books.ledgers.items():
            for name in inferred_members(ledger, start, end):
                by_agent.setdefault(name, []).append(queue)
    return by_agent.get(agent, ())
