"""Present agents of a queue: members who are neither offline, unreachable nor paused there."""

from __future__ import annotations

from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ABSENT, OFFLINE, UNKNOWN
from floorwatch.floor.agent import Agent
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.members import INFERRED_MS, Members, members_by_queue
from floorwatch.metrics.unseen import unseen_of_agent

INFERRED_AGAIN_MS = 60_000
"""Who belongs to a queue by its answers belongs to it until they are too long ago: asked for again so often."""


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
        self._witness: dict[str, str] = {}

    def members(self, now: int) -> dict[str, Members]:
        """The members of every queue, worked out once an instant."""
        if self._members[0] != now:
            for agent in self._books.agents.values():
                agent.catch_up()
            self._members = now, members_by_queue(self._books, now)
        return self._members[1]

    def forget(self) -> None:
        """Work it out anew, though it may still be the same instant: more has been said."""
        self._members = (-1, {})

    def count(self, ledger: QueueLedger, now: int) -> int | None:
        """Present agents. None where it is not known who belongs to the queue, or whether any of them is there."""
        members = self.members(now).get(ledger.name)
        if members is None:
            return 0 if self._is_membership_told(ledger) else None
        present = [is_present(self._books, agent, ledger.name, now) for agent in members.agents]
        n = sum(map(bool, present))
        return None if n == 0 and None in present else n

    def _is_membership_told(self, ledger: QueueLedger) -> bool:
        """Whether a feed of the queue tells who joins it, so that a queue nobody has joined has nobody."""
        sources = [self._books.sources[name] for name in ledger.sources]
        return any(agent.state.joined is not None for source in sources for agent in source.agents.values())

    def is_staffed_until(self, ledger: QueueLedger, now: int) -> int | None:
        """Someone is there, and until something is said of that agent that holds; asked again by then. None: nobody."""
        name, books = ledger.name, self._books
        witness = books.agents.get(self._witness.pop(name, ""))
        if witness is not None:
            witness.catch_up()
            if self._serves(witness, name) and is_present(books, witness, name, now):
                return self._watch(ledger, witness, now)
        members = self.members(now).get(name)
        for agent in members.agents if members is not None else ():
            if is_present(books, agent, name, now):
                return self._watch(ledger, agent, now)
        return None

    @staticmethod
    def _serves(agent: Agent, queue: str) -> bool:
        """Whether the agent is a member by more than its answers."""
        return queue in (agent.configured if agent.state.joined is None else agent.state.joined)

    def _watch(self, ledger: QueueLedger, agent: Agent, now: int) -> int:
        self._witness[ledger.name] = agent.name
        self._books.witnesses.setdefault(agent.name, {})[ledger] = None
        until = now + (INFERRED_MS if self._serves(agent, ledger.name) else INFERRED_AGAIN_MS)
        wrap_until = agent.state.wrap_until  # a timed wrap-up ends without a word, and there may be a pause behind it
        return min(until, wrap_until) if wrap_until > now else until
