"""Who belongs to a queue: those who joined it, else those configured for it, else those seen answering for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from floorwatch.floor.agent import Agent
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import QueueLedger

INFERRED_MS = 4 * 3_600_000
"""Without membership, an agent belongs to the queues whose contacts it answered within this long."""

GROUP_MIN = 5
"""A figure of fewer agents speaks of each of them: it is not for everybody."""


def groups_shown(sizes: Mapping[str, int], agents: int) -> set[str]:
    """The groups of so many agents in all whose figures may be for everybody: named ones of `GROUP_MIN` and more.

    Who subtracts them all from the whole must not be left with fewer either: then the smallest is not shown.
    """
    shown = {name for name, size in sizes.items() if name and size >= GROUP_MIN}
    while shown and 0 < agents - sum(sizes[name] for name in shown) < GROUP_MIN:
        shown.remove(min(shown, key=lambda name: (sizes[name], name)))
    return shown


Membership = Literal["joined", "configured", "inferred"]


@dataclass(slots=True)
class Members:
    """The agents of one queue, and how that is known (the surest way of any of them)."""

    membership: Membership
    agents: list[Agent] = field(default_factory=list)


def inferred_members(ledger: QueueLedger, start: int, end: int) -> set[str]:
    """Agents who answered a contact of this queue in [start - 4 h, end)."""
    return {
        agent
        for interval in ledger.recent(start - INFERRED_MS)
        if interval.start < end
        for agent, n in interval.answered_by.items()
        if n > 0
    }


def members_by_queue(books: FloorBooks, now: int) -> dict[str, Members]:
    """The members of every queue that has any, now. After `settle_agents`."""
    members: dict[str, Members] = {}
    unassigned = []
    for agent in books.agents.values():
        if agent.state.joined is not None:
            _add(members, agent, agent.state.joined, "joined")
        elif agent.configured:
            _add(members, agent, agent.configured, "configured")
        else:
            unassigned.append(agent)
    if unassigned:
        start = books.calendar.interval(now)[0]
        places = {agent.name: place for place, agent in enumerate(unassigned)}
        for queue, ledger in books.ledgers.items():
            seen = inferred_members(ledger, start, now + 1)
            for place in sorted(places[name] for name in seen if name in places):
                _add(members, unassigned[place], (queue,), "inferred")
    return members


def _add(members: dict[str, Members], agent: Agent, queues: tuple[str, ...], membership: Membership) -> None:
    for queue in queues:
        members.setdefault(queue, Members(membership)).agents.append(agent)
