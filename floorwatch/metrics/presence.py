"""Present agents of a queue: members who are neither offline, unreachable nor paused there."""

from __future__ import annotations

from collections.abc import Iterator

from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ABSENT, OFFLINE, UNKNOWN
from floorwatch.floor.agent import Agent
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.members import INFERRED_MS, Members, inferred_members, members_by_queue
from floorwatch.metrics.unseen import unseen_of_agent

ASKED_ONE_BY_ONE = 3
"""So many queues may go through all agents on one tick."""
RELIED_ON_MS = 4 * 3_600_000
"""That an agent is there, of whom nothing is said, is looked at again so often."""


def is_present(books: FloorBooks, agent: Agent, queue: str, now: int) -> bool | None:
    """Whether the agent is there for this queue; None where no feed tells."""
    agent.catch_up()
    activity, _ = agent.now_doing(now)
    if activity == UNKNOWN:
        return None
    if activity == OFFLINE and agent.state.joined is None:
        nothing_told = agent.state.slot is None
        return None if nothing_told or u.LOG_IN in unseen_of_agent(books, agent) else False
    return activity not in ABSENT and all(paused_in not in (None, queue) for paused_in, _ in agent.state.pauses)


class Presence:
    """Counts them; and knows of each queue one who is there, so that "nobody is" need not be asked for all the time."""

    def __init__(self, books: FloorBooks) -> None:
        self._books = books
        self._members: tuple[int, dict[str, Members]] = (-1, {})
        self._asked = 0
        """How often the members of one queue were asked for on this tick."""
        self._relied: dict[str, tuple[str, int]] = {}
        """Of each queue: one who is there, and until when that can be relied on if nothing is said."""

    def members(self, now: int) -> dict[str, Members]:
        """The members of every queue, worked out once an instant."""
        if self._members[0] != now:
            for agent in self._books.agents.values():
                agent.catch_up()
            self._members = now, members_by_queue(self._books, now)
        return self._members[1]

    def forget(self) -> None:
        """Work it out anew, though it may still be the same instant: more has been said."""
        self._members, self._asked = (-1, {}), 0

    def count(self, ledger: QueueLedger, now: int) -> int | None:
        """Present agents. None where it is not known who belongs to the queue, or whether any of them is there."""
        present = [is_present(self._books, agent, ledger.name, now) for agent in self._members_of(ledger, now)]
        if not present:
            return 0 if self._is_membership_told(ledger) else None
        n = sum(map(bool, present))
        return None if n == 0 and None in present else n

    def _is_membership_told(self, ledger: QueueLedger) -> bool:
        """Whether a feed of the queue tells who joins it, so that a queue nobody has joined has nobody."""
        sources = [self._books.sources[name] for name in ledger.sources]
        return any(agent.state.joined is not None for source in sources for agent in source.agents.values())

    def is_staffed_until(self, ledger: QueueLedger, now: int) -> int | None:
        """Someone is there, and until something is said of that agent that holds; asked again by then. None: nobody."""
        queue, books = ledger.name, self._books
        name, until = self._relied.get(queue, ("", 0))
        if now < until and ledger in books.witnesses.get(name, ()):
            return until
        witness = books.agents.get(name)
        if witness is not None and self._belongs(witness, ledger, now) and is_present(books, witness, queue, now):
            return self._rely(ledger, witness, now)
        for agent in self._members_of(ledger, now):
            if is_present(books, agent, queue, now):
                return self._rely(ledger, agent, now)
        self._relied.pop(queue, None)
        return None

    def _members_of(self, ledger: QueueLedger, now: int) -> Iterator[Agent]:
        """The members of one queue, as `members_by_queue` has them."""
        if now == self._books.tick_s * 1000:  # of a tick they stay: where many queues ask, they are found once
            self._asked += 1
            if self._asked > ASKED_ONE_BY_ONE or self._members[0] == now:
                found = self.members(now).get(ledger.name)
                yield from found.agents if found is not None else ()
                return
        seen = inferred_members(ledger, self._books.calendar.interval(now)[0], now + 1)
        for agent in self._books.agents.values():
            agent.catch_up()
            serves = _serves(agent)
            if ledger.name in serves or (not serves and agent.state.joined is None and agent.name in seen):
                yield agent

    def _belongs(self, agent: Agent, ledger: QueueLedger, now: int) -> bool:
        agent.catch_up()
        serves = _serves(agent)
        if serves or agent.state.joined is not None:
            return ledger.name in serves
        start = self._books.calendar.interval(now)[0]
        return any(interval.answered_by.get(agent.name, 0) > 0 for interval in ledger.recent(start - INFERRED_MS))

    def _rely(self, ledger: QueueLedger, agent: Agent, now: int) -> int:
        # who belongs by its answers belongs until they are too long ago, which is asked as an interval begins
        until = now + RELIED_ON_MS if _serves(agent) else self._books.calendar.interval(now)[1]
        if agent.state.wrap_until > now:  # a timed wrap-up ends without a word, and there may be a pause behind it
            until = min(until, agent.state.wrap_until)
        self._relied[ledger.name] = agent.name, until
        self._books.witnesses.setdefault(agent.name, {})[ledger] = None
        return until


def _serves(agent: Agent) -> tuple[str, ...]:
    """The queues the agent belongs to by more than its answers. After `catch_up`."""
    return agent.configured if agent.state.joined is None else agent.state.joined
