"""What the members of one queue did, interval by interval: as `occupancy.by_interval`, of many intervals at once.

A page that shows a queue's day asks for all its intervals, and for no other queue.
"""

from __future__ import annotations

from collections.abc import Iterator

from floorwatch.floor.activity import ACTIVITIES, OCCUPIED
from floorwatch.floor.agent import Agent
from floorwatch.metrics.agent_time import BEYOND, BEYOND_UNIT, BITS, SUMMED_MAX, UNITS, Group, row_ms
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.members import inferred_members
from floorwatch.metrics.unseen import hides_occupancy, unseen_of_agent

MembersMs = dict[int, tuple[int, ...]]
"""Start of an interval to the members' milliseconds by activity, and behind them, at `BEYOND`, what contacts took
beyond the whole agent; see `occupancy.load_occupancy`."""


def members_ms(books: FloorBooks, ledger: QueueLedger, since: int, now: int) -> MembersMs:
    """Of the intervals that start in [since, now); what agents are just doing counts up to now.

    Left out where nobody belonged to the queue, and where the feed cannot tell what a member did. After
    `settle_agents`.
    """
    sums: dict[int, list[int]] = {}
    unknown: set[int] = set()
    member = _Membership(books, ledger)
    for agent in books.agents.values():
        rows = [
            *(row for row in books.times[agent.name].rows(since, now) if member.belongs(agent, row[1], row[0])),
            *_just_doing(books, agent, since, now, member),
        ]
        if not rows:
            continue
        is_hidden = hides_occupancy(unseen_of_agent(books, agent))
        for start, _, row in rows:
            sums.setdefault(start, []).append(row)
            if is_hidden:
                unknown.add(start)
    return {start: _added(rows) for start, rows in sorted(sums.items()) if start not in unknown}


class _Membership:
    """Who belonged to one queue when: who had joined it, else who is configured for it, else who answered for it."""

    def __init__(self, books: FloorBooks, ledger: QueueLedger) -> None:
        self._books = books
        self._ledger = ledger
        self._inferred: dict[int, set[str]] = {}

    def belongs(self, agent: Agent, joined: Group, start: int) -> bool:
        """Whether this agent, having joined these queues, belonged to it in the interval that starts here."""
        if joined is not None:
            return self._ledger.name in joined
        if agent.configured:
            return self._ledger.name in agent.configured
        members = self._inferred.get(start)
        if members is None:
            end = self._books.calendar.interval(start)[1]
            members = self._inferred[start] = inferred_members(self._ledger, start, end)
        return agent.name in members


def _just_doing(
    books: FloorBooks, agent: Agent, since: int, now: int, member: _Membership
) -> Iterator[tuple[int, Group, int]]:
    """(interval start, queues joined, row) of what is not accounted yet, as `AgentTime.rows` has what is."""
    state = agent.state
    if state.joined is not None and not member.belongs(agent, state.joined, since):
        return
    capacity = books.times[agent.name].capacity
    beyond = capacity.load(state.contacts) - capacity.whole if state.contacts else 0
    for activity, begun, until in agent.open_stretches(now):
        unit = UNITS[activity] + (beyond * BEYOND_UNIT if activity in OCCUPIED else 0)
        at = max(begun, since)
        while at < until:
            start, end = books.calendar.interval(at)
            end = min(end, until)
            if member.belongs(agent, state.joined, start):
                yield start, state.joined, (end - at) * unit
            at = end


def _added(rows: list[int]) -> tuple[int, ...]:
    total = [0] * (len(ACTIVITIES) + 1)
    for first in range(0, len(rows), SUMMED_MAX):
        row = sum(rows[first : first + SUMMED_MAX])
        total = [a + b for a, b in zip(total, (*row_ms(row), row >> BITS * BEYOND), strict=True)]
    return tuple(total)
