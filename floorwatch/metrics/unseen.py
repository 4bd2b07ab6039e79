"""What is not known of a queue or an agent because no feed that has named it can tell.

One feed that can is enough. Of a queue or an agent that none has named, all feeds could have told. And what the
configuration defines is known, whatever the feeds carry: a timed wrap-up, and who is behind which interface.
"""

from __future__ import annotations

from collections.abc import Iterable

from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ALERTING, AVAILABLE, BUSY, OFFLINE, ON_HOLD, PAUSED, UNREACHABLE, WRAP_UP
from floorwatch.floor.agent import Agent
from floorwatch.floor.source import Source
from floorwatch.metrics.books import NO_PROFILE, FloorBooks
from floorwatch.metrics.ledger import QueueLedger

NOTHING: frozenset[str] = frozenset()

_ACTIVITIES = {
    u.WRAP_UP: (WRAP_UP,),
    u.HOLD: (ON_HOLD,),
    u.ALERTING: (ALERTING,),
    u.BUSY: (BUSY,),
    u.UNREACHABLE: (UNREACHABLE,),
    u.LOG_IN: (AVAILABLE, OFFLINE),
    u.PAUSES: (PAUSED,),
}
_OCCUPANCY = frozenset((u.WRAP_UP, u.ALERTING, u.LOG_IN))
"""What occupancy is made of. Not holds, which are talk where they are unseen; nor what the switch calls available."""

_ADHERENCE = frozenset((u.LOG_IN, u.PAUSES))
"""What adherence is made of, besides the reasons of pauses."""


def unseen_of_queue(books: FloorBooks, ledger: QueueLedger) -> frozenset[str]:
    """What is not known of the queue."""
    unseen = _by_all(books.sources[name] for name in ledger.sources or books.sources)
    return unseen if ledger.policy.wrap_up_ms is None else unseen - {u.WRAP_UP}


def unseen_of_agent(books: FloorBooks, agent: Agent) -> frozenset[str]:
    """What is not known of the agent. After `Agent.catch_up`."""
    sources = books.sources.values()
    unseen = _by_all([source for source in sources if agent.name in source.agents] or sources)
    if not unseen:
        return unseen
    known = set()
    if not books.times[agent.name].has_untimed:
        known.add(u.WRAP_UP)
    if agent.state.joined is not None or books.settings.agents.get(agent.name, NO_PROFILE).interfaces:
        known.add(u.LOG_IN)
    return unseen - known


def unseen_activities(unseen: frozenset[str]) -> list[int]:
    """The activities in which nobody can tell how long an agent has been."""
    return [activity for fact, activities in _ACTIVITIES.items() if fact in unseen for activity in activities]


def hides_occupancy(unseen: frozenset[str]) -> bool:
    """Whether busy time or available time contains what nobody can tell apart, so that their ratio is wrong."""
    return not unseen.isdisjoint(_OCCUPANCY)


def hides_adherence(books: FloorBooks, agent: Agent) -> bool:
    """Whether the verdicts on what the agent did hang on what nobody can tell. After `Agent.catch_up`."""
    unseen = unseen_of_agent(books, agent)
    return not unseen.isdisjoint(_ADHERENCE) or (u.PAUSE_REASONS in unseen and books.attendance.matrix.names_reasons)


def _by_all(sources: Iterable[Source]) -> frozenset[str]:
    """What none of these can tell."""
    blind = [source.unseen for source in sources]
    return NOTHING if not all(blind) or not blind else frozenset.intersection(*blind)
