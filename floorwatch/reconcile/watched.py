"""What we know of one switch, contact by contact: a recording run through the engine that keeps every one of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.contact import Contact
from floorwatch.floor.events import Event
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.floor.visit import ENDED, Visit
from floorwatch.ingest.queue_log.backfill import NotCoveredError, backfill_events, read_gap
from floorwatch.ingest.source import Delivery

BACKFILL_AFTER_MS = 10_000
"""How long after a gap it is told of: what the stream tells late comes first, as it does live."""
RESTARTS = ("restart", "shutdown")


class Stay(NamedTuple):
    """One visit, and what the switch's rules ask about it."""

    contact: str
    visit: Visit
    was_member: bool
    """The agent belonged to the queue when talk ended."""
    order: int
    """Ends of waits and talks, in the order in which the switch told them."""


class Watched(NamedTuple):
    """What we know of one switch."""

    stays: dict[str, list[Stay]]
    """By queue."""
    policies: dict[str, QueuePolicy]
    heard_since: int
    """When we began to hear it, in ms."""
    counts_since: int
    """Since when it counts, as far as we have heard it start; else `heard_since`."""
    gaps: list[tuple[int, int]]
    """Of which something is missing."""
    unheard: list[tuple[int, int]]
    """All gaps, also those back-filled: the log tells of contacts, not of who belonged to which queue."""


def watch(
    arriving: Iterable[Delivery], settings: Settings, log: Path | None = None, until: int | None = None
) -> Watched:
    """Run a recording of one switch through the engine, and keep every contact. Times in ms.

    `log`: its queue_log, from which gaps are back-filled. `until`: what happened later is not looked at.
    """
    engine, membership = Engine(settings), _Membership()
    engine.books.forgotten = []
    interfaces = {device: name for name, agent in settings.agents.items() for device in agent.interfaces}
    gaps: list[e.SourceGap] = []
    for at, event in arriving:
        assert isinstance(event.time, int)
        if until is not None and event.time > until:
            continue
        while gaps and log is not None and at >= _instant(gaps[0]) + BACKFILL_AFTER_MS:
            _backfill(engine, gaps.pop(0), log, interfaces, at)
        engine.advance(at)
        engine.apply(event)
        membership.note(event)
        if isinstance(event, e.SourceGap):
            gaps.append(event)
    for gap in gaps if log is not None else ():
        assert log is not None
        _backfill(engine, gap, log, interfaces, engine.now)
    return _watched(engine, membership)


def _backfill(engine: Engine, gap: e.SourceGap, log: Path, interfaces: dict[str, str], now: int) -> None:
    assert isinstance(gap.since, int)
    try:
        visits = read_gap(log, gap.since, _instant(gap), interfaces)
    except NotCoveredError:
        return  # it stays a gap, and is named as one
    for event in backfill_events(gap.source or "", gap.since, _instant(gap), visits, now):
        engine.advance(now)
        engine.apply(event)


def _watched(engine: Engine, membership: _Membership) -> Watched:
    books = engine.books
    contacts = [*(books.forgotten or ())]
    for source in books.sources.values():
        contacts.extend(source.contacts.values())
    stays: dict[str, list[Stay]] = {queue: [] for queue in books.ledgers}
    for contact in contacts:
        for visit in contact.visits:
            stays[visit.queue].append(_stay(contact, visit, membership))
    return Watched(
        stays,
        {name: ledger.policy for name, ledger in books.ledgers.items()},
        engine.first_at,
        membership.started_at or engine.first_at,
        [gap for source in books.sources.values() for gap in source.open_gaps()],
        [gap for source in books.sources.values() for gap in source.gaps],
    )


def _stay(contact: Contact, visit: Visit, membership: _Membership) -> Stay:
    over = visit.phase == ENDED and visit.talk_ms >= 0
    was_member = over and membership.holds(visit.agent, visit.queue, visit.ended_at)
    return Stay(contact.id, visit, was_member, membership.order.get((contact.id, visit.queue, over_at(visit)), 0))


def over_at(visit: Visit) -> int:
    """When the visit ended, once it has."""
    return visit.ended_at if visit.phase == ENDED else visit.left_at


class _Membership:
    """Who belonged to which queue when, when the switch started, and in which order things ended."""

    def __init__(self) -> None:
        self._changes: dict[tuple[str, str], list[tuple[int, bool]]] = {}
        self.started_at: int | None = None
        self.order: dict[tuple[str, str, int], int] = {}
        self._down: str | None = None

    def note(self, event: Event) -> None:
        """Take note of what matters here."""
        at = _instant(event)
        match event:
            case e.AgentJoined() | e.AgentLeft():
                self._change(event.agent, event.queue, at, isinstance(event, e.AgentJoined))
            case e.FloorReported():
                self._report(event, at)
            case e.ContactEnded() | e.ContactTransferred():
                self.order[event.contact, event.queue, at] = len(self.order) + 1
            case e.SourceDown():
                self._down = event.reason
            case e.SourceUp():
                if self._down is None or self._down in RESTARTS:
                    self.started_at = at
                self._down = None

    def holds(self, agent: str, queue: str, at: int) -> bool:
        """Whether the agent belonged to the queue then. Of one who never joined or left, the switch's file says so."""
        changes = self._changes.get((agent, queue))
        if changes is None:
            return True
        return next((joined for since, joined in reversed(changes) if since <= at), False)

    def _change(self, agent: str, queue: str, at: int, joined: bool) -> None:
        self._changes.setdefault((agent, queue), []).append((at, joined))

    def _report(self, event: e.FloorReported, at: int) -> None:
        listed = {(member.agent, member.queue) for member in event.members}
        for agent, queue in listed:
            self._change(agent, queue, at, True)
        if event.complete and listed:
            for agent, queue in self._changes.keys() - listed:
                self._change(agent, queue, at, False)


def _instant(event: Event) -> int:
    assert isinstance(event.time, int)
    return event.time
