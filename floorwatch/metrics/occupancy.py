"""Occupancy: busy time over busy and available time. A queue's is its members' time, whatever queue they serve.

By busy time an agent with any contact is busy; by load an agent with one chat of three is busy for a third.
"""

from __future__ import annotations

from collections.abc import Sequence

from floorwatch.floor.activity import ACTIVITIES, AVAILABLE, OCCUPIED
from floorwatch.floor.agent import Agent
from floorwatch.metrics.agent_time import BEYOND, BITS, FOR_EVER, row_ms
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.capacity import Capacity
from floorwatch.metrics.members import inferred_members
from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.unseen import hides_occupancy, unseen_of_agent


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


def by_interval(books: FloorBooks, since: int = 0, now: int = 0) -> dict[tuple[str, int], list[int]]:
    """(queue, interval start) to the members' milliseconds by activity, of intervals that start at or after `since`.

    Behind the activities, at `BEYOND`, stands what contacts took beyond the whole agent; see `load_occupancy`.

    Left out where the feed cannot tell what a member did. With `now`, `since` is the start of one interval, and what
    agents are just doing counts in it up to now, or to its end.
    """
    spent: dict[tuple[str, int], list[int]] = {}
    inferred: dict[tuple[str, int], set[str]] = {}
    unknown: set[tuple[str, int]] = set()
    for name, time in books.times.items():
        agent = books.agents[name]
        configured, is_unknown = agent.configured, hides_occupancy(unseen_of_agent(books, agent))
        rows = [
            (start, joined, (*row_ms(row), row >> BITS * BEYOND))
            for start, joined, row in time.rows(since, now or FOR_EVER)
        ]
        if now:
            beyond = open_beyond(agent, time.capacity, since, now)
            rows.append((since, agent.state.joined, (*open_ms(agent, since, now), beyond)))
        for start, joined, ms in rows:
            queues = configured if joined is None else joined
            if joined is None and not configured:
                queues = tuple(_inferred_queues(books, inferred, name, start))
            for queue in queues:
                row = spent.setdefault((queue, start), [0] * len(ms))
                for activity, value in enumerate(ms):
                    row[activity] += value
                if is_unknown:
                    unknown.add((queue, start))
    for place in unknown:
        del spent[place]
    return spent


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


def _inferred_queues(books: FloorBooks, known: dict[tuple[str, int], set[str]], agent: str, start: int) -> list[str]:
    queues = []
    for queue, ledger in books.ledgers.items():
        members = known.get((queue, start))
        if members is None:
            end = books.calendar.interval(start)[1]
            members = known[queue, start] = inferred_members(ledger, start, end)
        if agent in members:
            queues.append(queue)
    return queues
