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
    inferred: dict[int, set[str]] = {}
    for agent in books.agents.values():
        is_hidden = hides_occupancy(unseen_of_agent(books, agent))
        for start, joined, row in _rows(books, agent, since, now):
            if not _belongs(books, ledger, agent, joined, start, inferred):
                continue
            sums.setdefault(start, []).append(row)
            if is_hidden:
                unknown.add(start)
    return {start: _added(rows) for start, rows in sorted(sums.items()) if start not in unknown}


def _rows(books: FloorBooks, agent: Agent, since: int, now: int) -> Iterator[tuple[int, Group, int]]:
    """(interval start, queues joined, row) of what is accounted, and of what the agent is just doing."""
    time, state = books.times[agent.name], agent.state
    yield from time.rows(since, now)
    beyond = time.capacity.load(state.contacts) - time.capacity.whole if state.contacts else 0
    for activity, begun, until in agent.open_stretches(now):
        unit = UNITS[activity] + (beyond * BEYOND_UNIT if activity in OCCUPIED else 0)
        at = max(begun, since)
        while at < until:
            start, end = books.calendar.interval(at)
            end = min(end, until)
            yield start, state.joined, (end - at) * unit
            at = end


def _belongs(
    books: FloorBooks, ledger: QueueLedger, agent: Agent, joined: Group, start: int, inferred: dict[int, set[str]]
) -> bool:
    if joined is not None:
        return ledger.name in joined
    if agent.configured:
        return ledger.name in agent.configured
    members = inferred.get(start)
    if members is None:
        members = inferred[start] = inferred_members(ledger, start, books.calendar.interval(start)[1])
    return agent.name in members


def _added(rows: list[int]) -> tuple[int, ...]:
    total = [0] * (len(ACTIVITIES) + 1)
    for first in range(0, len(rows), SUMMED_MAX):
        row = sum(rows[first : first + SUMMED_MAX])
        total = [a + b for a, b in zip(total, (*row_ms(row), row >> BITS * BEYOND), strict=True)]
    return tuple(total)
