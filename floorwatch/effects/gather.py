"""Reads the minutes around an action off the books: a `Case`, or why there is none. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf
from statistics import median

from floorwatch.alerts.actions import CUSTOMERS, SPANS, Action
from floorwatch.effects.brought import Coming, away, brought, without
from floorwatch.effects.case import Came, Case, Hazard, How, Patience, Served
from floorwatch.floor.activity import ALERTING, AVAILABLE, OCCUPIED, WRAP_UP
from floorwatch.floor.contact import Contact
from floorwatch.floor.events import ContactAlerting
from floorwatch.floor.visit import ABANDONED, ENDED, EXITED, WAITING, Visit
from floorwatch.metrics import tally as t
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.measured import AHT_MS_MIN, HANDLED_MIN, recent
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.timeline import Stretch

Span = tuple[int, int]
"""[since, until) in ms since the epoch."""
Of = tuple[Visit, Contact]

BINS_S = (0.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
"""Within each of these, those who wait leave at one rate."""
KNOWN_ABANDONS = 3.0
"""So many abandons at the usual rate are taken as seen in each of `BINS_S`: few say little."""
BACK_MS = 900_000
"""What agents did so long before the action is looked at; a pause that goes on then, from its beginning."""
SEEK_MS_MAX = 5_000
"""Whoever takes longer to their next contact, though it waits, was doing something else."""


@dataclass(slots=True)
class _Did:
    """What one agent did, from some time before the action on."""

    stretches: list[Stretch]
    rings: dict[int, int] = field(init=False)
    """When it began to ring, by when it ended."""
    wraps: dict[int, int] = field(init=False)
    """When wrap-up was over, by when it began."""
    own: list[tuple[int, int, int]] = field(default_factory=list)
    """Contacts of the queue: (when it rang, when its wrap-up was over, when the contact had come)."""
    queues: set[str] = field(default_factory=set)
    """Of these contacts."""
    in_hand: list[int] = field(default_factory=list)
    """When contacts of the queue that it had at the action were over."""

    def __post_init__(self) -> None:
        self.rings = {one.end: one.start for one in self.stretches if one.activity == ALERTING}
        self.wraps = {one.start: one.end for one in self.stretches if one.activity == WRAP_UP}


def gather(books: FloorBooks, action: Action, span: str) -> Case | str:
    """The case of a span that is over; or why it cannot be told: a word of the phrases `effect_why.…`.

    After `settle_agents`.
    """
    ledger, at, until = books.ledgers[action.queue], action.at, action.at + SPANS[span]
    ledgers = {name: books.ledgers[name] for name in action.queues if name in books.ledgers}
    seen = [one for one in _visits(books, ledgers) if one[0].entered_at <= until and one[0].timed]
    concerned = [one for one in seen if _is_of(one[0], at)]
    aht_ms = {name: _aht_ms(books, one, at) for name, one in ledgers.items()}
    did = _did(books, action, until, {visit.agent for visit, _ in seen if visit.agent})
    if why := _why_not(books, ledger, at, until, aht_ms[action.queue], did):
        return why
    came = [_came(visit, contact, did, at, until) for visit, contact in concerned]
    for visit, _ in seen:
        if visit.agent and not _is_of(visit, at):
            _had(visit, did, at, until)
    seek_s = _seek_s(did)
    answered = {name for name, one in did.items() if action.queue in one.queues}
    came_by = brought(books, action, {name: one.stretches for name, one in did.items()}, answered)
    answer_s = recent(ledger, books.tick_s * 1000, books.tick_s, books.attendance.begun_at).answer_ms / 1000
    return Case(
        action=action.id,
        span=span,
        span_s=(until - at) / 1000,
        queue=action.queue,
        policy=ledger.policy,
        came=tuple(_sought(one, seek_s) for one in sorted(came, key=lambda one: one.at_s)),
        served=tuple(_served(books, action, did, came_by, until)),
        patience={name: _patience(books, one, action) for name, one in ledgers.items()},
        aht_s={name: (ms or aht_ms[action.queue]) / 1000 + answer_s for name, ms in aht_ms.items()},
        answer_s=answer_s,
        changes_customers=action.kind in CUSTOMERS,
        brings=action.kind in CUSTOMERS or bool(came_by),
        is_unseen=action.kind == "other" and not came_by,
    )


def _why_not(
    books: FloorBooks, ledger: QueueLedger, at: int, until: int, aht_ms: float, did: Mapping[str, _Did]
) -> str:
    """What keeps us from telling."""
    if ledger.clock is not None:
        return "hours"
    is_lost = ledger.unknown_since is not None or books.gap_marks(ledger, at, until)[0]
    all_timed = all(
        visit.timed
        for visit, _ in _visits(books, {ledger.name: ledger})
        if _is_of(visit, at) and visit.entered_at <= until
    )
    if is_lost or not all_timed:
        return "feed"
    if aht_ms < AHT_MS_MIN:
        return "handling"
    return "" if did else "members"


def _aht_ms(books: FloorBooks, ledger: QueueLedger, at: int) -> float:
    """Mean handling of the last hour or, where it had too few, of the day; 0 where it is not told."""
    tally = ledger.rolling.window("60m", books.tick_s)
    if t.read(tally, "handled") < HANDLED_MIN:
        tally = sum(interval.tally for interval in ledger.recent(books.calendar.day(at)[0]))
    return ratio(t.read(tally, "handling_ms"), t.read(tally, "handled")) or 0.0


def _sought(came: Came, seek_s: float) -> Came:
    """With the time in which the switch looked for the contact."""
    if came.handling_s is None:
        return came
    return came._replace(ring_s=came.ring_s + seek_s, handling_s=came.handling_s + seek_s)


def _is_of(visit: Visit, at: int) -> bool:
    """Whether it waited at this instant, or came later."""
    return visit.entered_at > at or visit.phase == WAITING or visit.left_at > at


def _did(books: FloorBooks, action: Action, until: int, answered: set[str]) -> dict[str, _Did]:
    """What the members did, those of the action's time and those of now, and whoever answered."""
    now = members_by_queue(books, books.tick_s * 1000)
    here = [agent.name for queue in action.queues if queue in now for agent in now[queue].agents]
    names = dict.fromkeys((*action.members, *here, *sorted(answered)))
    return {name: _Did(list(_stretches(books, name, action.at, until))) for name in names if name in books.agents}


def _stretches(books: FloorBooks, name: str, since: int, until: int) -> Iterator[Stretch]:
    """Up to the end of the span, and whatever began before it."""
    agent = books.agents[name]
    for one in books.timeline(name).since(since - BACK_MS):
        if one.start < until:
            yield one
    for activity, start, end in agent.open_stretches(books.tick_s * 1000):
        if start < until:
            reason = agent.state.pauses[-1][1] if agent.state.pauses else ""
            yield Stretch(start, end, activity, reason, 0)


def _came(visit: Visit, contact: Contact, did: dict[str, _Did], at: int, until: int) -> Came:
    entered_s = (visit.entered_at - at) / 1000
    if visit.phase == WAITING or visit.left_at > until:
        return Came(entered_s, (until - visit.entered_at) / 1000, "waiting", queue=visit.queue)
    wait_s = (visit.left_at - visit.entered_at) / 1000
    if visit.phase in (ABANDONED, EXITED):
        how: How = "abandoned" if visit.phase == ABANDONED else "exited"
        return Came(entered_s, wait_s, how, queue=visit.queue)
    since, end, is_done = _in_hand(visit, did, until)
    lost_s = max(0, since - _rang_at(contact, visit, since)) / 1000
    return Came(
        entered_s,
        wait_s,
        "answered",
        (end - since) / 1000,
        is_done,
        (visit.left_at - since) / 1000,
        lost_s,
        visit.queue,
    )


def _rang_at(contact: Contact, visit: Visit, at: int) -> int:
    """When it first rang for this visit; `at`, where that is not told."""
    rings: list[int] = [
        fact.time  # type: ignore[misc]
        for fact in contact.facts
        if isinstance(fact, ContactAlerting) and fact.queue == visit.queue
    ]
    return min((ring for ring in rings if ring >= visit.entered_at), default=at)


def _had(visit: Visit, did: dict[str, _Did], at: int, until: int) -> None:
    """A contact that was answered before the action."""
    if visit.agent in did:
        _, end, is_done = _in_hand(visit, did, until)
        if end > at:
            did[visit.agent].in_hand.append(end if is_done else until + 1)


def _in_hand(visit: Visit, did: dict[str, _Did], until: int) -> tuple[int, int, bool]:
    """(since when the contact rang, when its wrap-up was over, whether it was by the end of the span)."""
    one = did.get(visit.agent)
    since, end = visit.left_at, until
    is_over = visit.phase == ENDED and visit.ended_at <= until
    if is_over:
        end = visit.ended_at
    if one is not None:
        since = one.rings.get(visit.left_at, since)
        end = one.wraps.get(end, end) if is_over else end
        one.own.append((since, end, visit.entered_at))
        one.queues.add(visit.queue)
    return since, end, is_over and end <= until


def _served(
    books: FloorBooks, action: Action, did: Mapping[str, _Did], came_by: Mapping[str, Coming], until: int
) -> Iterator[Served]:
    for name, one in did.items():
        capacity, agent = books.times[name].capacity, books.agents[name]
        queues = {*(agent.state.joined or agent.configured), *one.queues}.intersection(action.queues)
        if name in action.members:
            queues.add(action.queue)
        there, coming = _there(one), came_by.get(name)
        if coming is not None and action.kind == "moved_agents" and name not in action.members:
            queues.discard(action.queue)  # they would have stayed where they were
            coming = None
        gone = tuple(away(without(there, coming, action.at, until), one.own, action.at, until))
        hands = sorted(one.in_hand, reverse=True)
        for place in range(max(1, capacity.whole // capacity.share(action.queue))):
            free = hands[place] if place < len(hands) else action.at
            yield Served(max(0.0, (free - action.at) / 1000), gone, frozenset(queues))


def _seek_s(did: Mapping[str, _Did]) -> float:
    """What passes between two contacts of an agent although the next one waits: the switch looks for it."""
    gaps = [
        since - before
        for one in did.values()
        for (_, before, _), (since, _, entered) in pairwise(sorted(one.own))
        if entered <= before <= since <= before + SEEK_MS_MAX
    ]
    return median(gaps) / 1000 if gaps else 0.0


def _there(one: _Did) -> list[Span]:
    """When the agent could take contacts of these queues: present, and not with those of others."""
    found: list[Span] = []
    for stretch in one.stretches:
        if stretch.activity == AVAILABLE:
            found.append((stretch.start, stretch.end))
        elif stretch.activity in OCCUPIED:
            found += [
                (max(since, stretch.start), min(until, stretch.end))
                for since, until, _ in one.own
                if since < stretch.end and until > stretch.start
            ]
    return _joined(found)


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for since, until in sorted(spans):
        if joined and since <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(until, joined[-1][1])
        else:
            joined.append((since, until))
    return joined


def _visits(books: FloorBooks, ledgers: Mapping[str, QueueLedger]) -> Iterator[Of]:
    """Visits to these queues, of contacts that are known yet, and of those that were kept."""
    contacts = {id(contact): contact for queue in ledgers for contact in books.kept.get(queue, ())}
    for name in dict.fromkeys(source for ledger in ledgers.values() for source in ledger.sources):
        contacts.update((id(contact), contact) for contact in books.sources[name].contacts.values())
    for contact in contacts.values():
        for visit in contact.visits:
            if visit.queue in ledgers:
                yield visit, contact


def _patience(books: FloorBooks, ledger: QueueLedger, action: Action) -> Patience:
    """At which rate those who wait leave, by how long they have waited: as it was before the action changed it.

    Who is not forgotten yet counts as well, and who still waits: those who are answered are remembered the longer for
    it, and those who are patient wait longer.
    """
    is_changed = action.kind in CUSTOMERS and ledger.name == action.queue
    ends = action.at if is_changed else books.tick_s * 1000
    waits = [(one.left_at - one.wait_ms, one.left_at, one.was_abandoned) for one in ledger.waited]
    waits += [
        (visit.entered_at, ends + 1 if visit.phase == WAITING else visit.left_at, visit.phase == ABANDONED)
        for name in ledger.sources
        for contact in books.sources[name].contacts.values()
        for visit in contact.visits
        if visit.ledger is ledger and visit.timed and visit.reason != "unknown"
    ]
    known = [
        ((min(left_at, ends) - entered) / 1000, was_left and left_at <= ends)
        for entered, left_at, was_left in waits
        if entered < ends
    ]
    left, waited_s = sum(was_left for _, was_left in known), sum(wait_s for wait_s, _ in known)
    if not left or not waited_s:
        return Patience()
    usual = left / waited_s
    found = []
    for from_s, until_s in pairwise((*BINS_S, inf)):
        over_s = sum(min(wait_s, until_s) - from_s for wait_s, _ in known if wait_s >= from_s)
        events = sum(was_left and from_s <= wait_s < until_s for wait_s, was_left in known)
        found.append(Hazard(from_s, (events + KNOWN_ABANDONS) / (over_s + KNOWN_ABANDONS / usual)))
    return Patience(tuple(found), left)
