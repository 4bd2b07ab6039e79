"""The canonical order of facts, which makes figures independent of the order of arrival.

Facts of one millisecond are ordered by the number an ordered stream gave them (`seq`), else by kind (see `RANK`), else
by id; what is still equal is ordered by content, so that two readers of the same facts never disagree.
"""

from __future__ import annotations

from typing import TypeVar

from floorwatch.floor import events as e
from floorwatch.floor.events import Event

AnyFact = TypeVar("AnyFact", bound=Event)


class Released(Event, frozen=True, kw_only=True, tag="floor.released"):
    """Derived: the contact left this agent because of what happened elsewhere (answered by another, hung up)."""

    agent: str
    contact: str


class Mark(Event, frozen=True, kw_only=True, tag="floor.mark"):
    """Derived: nothing happened, but time passed; an agent's accounts are drawn up at this instant."""


_IN_ORDER: tuple[type[Event], ...] = (
    e.AgentDescribed,
    e.SourceUp,
    e.AgentJoined,
    e.AgentLeft,
    e.ContactRefused,
    e.ContactOffered,
    e.ContactAlerting,
    e.ContactDeclined,
    e.ContactAnswered,
    e.ContactHeld,
    e.ContactResumed,
    e.ContactTransferred,
    e.ContactEnded,
    e.ContactAbandoned,
    e.ContactExited,
    Released,
    e.AgentStateChanged,
    e.SourceDown,
    Mark,
)

RANK: dict[type[Event], int] = {kind: rank for rank, kind in enumerate(_IN_ORDER)}
"""Facts of one millisecond are ordered by kind; see "Order, ties, lateness" of the event contract."""


def tie_key(fact: Event) -> tuple[int, int, str, str]:
    """Order among facts of the same millisecond."""
    return (fact.seq, RANK[type(fact)], fact.id or "", "" if fact.id else repr(fact))


def follows(fact: Event, other: Event) -> bool:
    """Whether `fact` stands after `other` (or is its equal). Times are integers."""
    if fact.time != other.time:
        return fact.time > other.time  # type: ignore[operator]
    return _follows_tied(fact, other)


def _follows_tied(fact: Event, other: Event) -> bool:
    if fact.seq != other.seq:
        return fact.seq > other.seq
    rank, other_rank = RANK[type(fact)], RANK[type(other)]
    if rank != other_rank:
        return rank > other_rank
    return tie_key(fact) >= tie_key(other)


def put_in_order(facts: list[AnyFact]) -> None:
    """Sort in place, canonically. Facts arrive nearly in order, and for those an insertion sort only looks once."""
    newest_at, newest = 0, facts[0]
    for place, fact in enumerate(facts):
        at: int = fact.time  # type: ignore[assignment]
        if at > newest_at or (at == newest_at and _follows_tied(fact, newest)):
            newest_at, newest = at, fact
            continue
        while place and not follows(fact, facts[place - 1]):
            facts[place] = facts[place - 1]
            place -= 1
        facts[place] = fact
