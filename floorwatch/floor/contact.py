"""Contacts: folding the facts about one contact into its visits, in whatever order they arrive.

A fact in order is applied as it comes. A fact out of order is put where it belongs among the contact's facts, the whole
(short) story is folded again, and the difference is posted to the figures. Both ways run the same steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

import msgspec

from floorwatch.floor import events as e
from floorwatch.floor.order import RANK, Released, follows, put_in_order
from floorwatch.floor.source import Source
from floorwatch.floor.visit import (
    ABANDONED,
    DROPPED,
    ENDED,
    EXITED,
    ON_HOLD,
    TALKING,
    WAITING,
    Ledger,
    Visit,
)


class Vanished(e.Event, frozen=True, kw_only=True, tag="floor.vanished"):
    """Derived: a resynchronisation no longer lists this talk; it ended unseen, at an instant nobody knows."""

    contact: str
    queue: str
    agent: str


RANK[Vanished] = RANK[e.ContactEnded]

ContactFact = (
    e.ContactOffered
    | e.ContactAlerting
    | e.ContactDeclined
    | e.ContactAnswered
    | e.ContactHeld
    | e.ContactResumed
    | e.ContactTransferred
    | e.ContactEnded
    | e.ContactAbandoned
    | e.ContactExited
    | Vanished
)


EndFact = e.ContactEnded | e.ContactTransferred | Vanished


class Books(Protocol):
    """What the contacts need of the floor around them."""

    def ledger(self, queue: str) -> Ledger:
        """The figures of a queue, opened at its first mention."""

    def correct(self, before: list[Visit], after: list[Visit]) -> None:
        """A late fact has replaced these visits by those: post the difference."""

    def watch_deadline(self, visit: Visit) -> None:
        """Call `Contacts.threshold_passed` when the visit's T has elapsed (at once when it has already)."""

    def watch_end(self, contact: Contact) -> None:
        """Call `Contacts.forget` when nothing late is to be expected about the contact."""

    def release(self, fact: Released) -> None:
        """The contact has left this agent."""

    def unrelease(self, fact: Released) -> None:
        """A late fact has undone an earlier release."""


class Contact(msgspec.Struct, eq=False, gc=False):
    """One contact of one source: its facts in canonical order, and the visits they make.

    A struct is made in a third of the time of a class of its own kind, and is out of the garbage collector's sight.
    """

    id: str
    source: Source
    facts: list[ContactFact]
    visits: list[Visit]
    anomalies: tuple[str, ...] = ()
    releases: tuple[Released, ...] = ()
    rung: tuple[tuple[str, str], ...] = ()
    """(queue, agent) of phones that rang for a visit not yet known."""

    @property
    def last_at(self) -> int:
        """When the last of its facts happened."""
        return self.facts[-1].time  # type: ignore[return-value]

    def latest(self, queue: str) -> Visit | None:
        """The latest visit to the queue."""
        for visit in reversed(self.visits):
            if visit.queue == queue:
                return visit
        return None

    def waiting_in(self, queue: str, at: int) -> Visit | None:
        """The visit that waits in the queue; of several, the latest that began before `at`."""
        visits = self.visits
        if len(visits) == 1:
            visit = visits[0]
            return visit if visit.phase == WAITING and visit.queue == queue else None
        found = None
        for visit in reversed(visits):
            if visit.queue == queue and visit.phase == WAITING:
                if visit.entered_at < at:
                    return visit
                found = found or visit
        return found

    def with_agent(self, agent: str, queue: str | None = None) -> Visit | None:
        """The latest visit this agent is handling."""
        for visit in reversed(self.visits):
            if visit.agent == agent and visit.phase in (TALKING, ON_HOLD) and queue in (None, visit.queue):
                return visit
        return None

    @property
    def is_over(self) -> bool:
        """Whether every visit has come to its end."""
        for visit in self.visits:
            if visit.phase < ENDED:
                return False
        return True


class Contacts:
    """Applies facts to contacts, and tells the figures what changed."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._live = True
        """False while a story is folded again: figures are then corrected as a whole, at the end."""
        self.anomalies: Counter[str] = Counter()

    def apply(self, source: Source, fact: ContactFact, at: int) -> None:
        """Apply a fact of this instant, in order or late."""
        contact = source.contacts.get(fact.contact)
        if contact is None:
            contact = source.contacts[fact.contact] = Contact(fact.contact, source, [fact], [])
            if type(fact) is not e.ContactOffered:
                self._books.watch_end(contact)  # a contact of nothing but stray facts must not stay for ever
        else:
            facts = contact.facts
            last = facts[-1]
            facts.append(fact)
            if at <= last.time and not follows(fact, last):  # type: ignore[operator]
                self._fold_again(contact)
                return
        STEPS[type(fact)](self, contact, fact, at)

    def threshold_passed(self, visit: Visit) -> None:
        """T has elapsed: a visit that still waits is a miss, unless its source is lost just now."""
        if visit.phase != WAITING or visit.missed or not visit.timed:
            return
        source = visit.source
        if source.down_since is not None and visit.deadline > source.down_since:
            source.suspended.append(visit)
            return
        visit.missed = True
        if self._live:
            visit.ledger.missed(visit)

    def reconsider(self, contact: Contact, since: int) -> None:
        """The feed is now known to have been lost, or back, since this instant: decide the contact's visits again."""
        if any(visit.timed and visit.deadline > since for visit in contact.visits):
            self._fold_again(contact)

    def _fold_again(self, contact: Contact) -> None:
        put_in_order(contact.facts)
        before, releases_before = contact.visits, contact.releases
        for visit in before:
            visit.ledger.waiting.pop(visit, None)
        self.anomalies.subtract(contact.anomalies)
        contact.visits, contact.releases, contact.anomalies, contact.rung = [], (), (), ()
        self._live = False
        for fact in contact.facts:
            STEPS[type(fact)](self, contact, fact, fact.time)  # type: ignore[arg-type]
        for visit in contact.visits:
            if visit.phase == WAITING and visit.timed:
                self._books.watch_deadline(visit)
        self._live = True
        self._books.correct(before, contact.visits)
        for visit in before:
            visit.phase = DROPPED
        for release in releases_before:
            if release not in contact.releases:
                self._books.unrelease(release)
        for release in contact.releases:
            if release not in releases_before:
                self._books.release(release)
        if contact.is_over:
            self._books.watch_end(contact)

    # Steps: one for each kind of fact, in canonical order.

    def _offered(self, contact: Contact, fact: e.ContactOffered, at: int) -> None:
        before = contact.latest(fact.queue) if contact.visits else None
        if before is not None and before.phase == WAITING:
            self._anomaly(contact, "offered_while_waiting")
            if before.entered_at == at:
                return
        self._enter(contact, fact.queue, at, timed=True)

    def _alerting(self, contact: Contact, fact: e.ContactAlerting, at: int) -> None:
        visit = self._to_leave(contact, fact.queue, at)
        if visit is not None:
            if visit.attached is None:
                visit.attached = [fact.agent]
            elif fact.agent not in visit.attached:
                visit.attached.append(fact.agent)
        elif contact.latest(fact.queue) is None:
            contact.rung = (*contact.rung, (fact.queue, fact.agent))
        else:
            self._anomaly(contact, "alerting_without_wait")
            self._release(contact, fact.agent, fact, at)

    def _declined(self, contact: Contact, fact: e.ContactDeclined, at: int) -> None:
        visit = self._to_leave(contact, fact.queue, at)
        if visit is not None and visit.attached and fact.agent in visit.attached:
            visit.attached.remove(fact.agent)

    def _answered(self, contact: Contact, fact: e.ContactAnswered, at: int) -> None:
        visit = self._to_leave(contact, fact.queue, at)
        if visit is None:
            before = contact.latest(fact.queue)
            if before is not None:
                self._anomaly(contact, "answered_again")
                if before.phase in (TALKING, ON_HOLD) and fact.agent != before.agent:
                    before.attached = [*(before.attached or ()), fact.agent]
                return
            visit = self._enter(contact, fact.queue, at, timed=False)
        visit.agent = fact.agent
        self._leave(visit, TALKING, at)
        if visit.attached:
            self._release_others(contact, visit, fact, at)
            visit.attached = [fact.agent]

    def _held(self, contact: Contact, fact: e.ContactHeld, at: int) -> None:
        visit = contact.with_agent(fact.agent)
        if visit is None:
            self._anomaly(contact, "held_without_talk")
        elif visit.phase == TALKING:
            visit.phase = ON_HOLD
            visit.held_at = at

    def _resumed(self, contact: Contact, fact: e.ContactResumed, at: int) -> None:
        visit = contact.with_agent(fact.agent)
        if visit is None:
            self._anomaly(contact, "resumed_without_talk")
        elif visit.phase == ON_HOLD:
            visit.phase = TALKING
            visit.hold_ms += at - visit.held_at

    def _ended(self, contact: Contact, fact: EndFact, at: int) -> None:
        visit = contact.with_agent(fact.agent, fact.queue)
        if visit is None:
            visit = self._end_unseen(contact, fact, at)
            if visit is None:
                return
        elif type(fact) is Vanished:
            visit.reason = "vanished"
        else:
            self._count_talk(visit, at)
        visit.phase = ENDED
        visit.transferred = type(fact) is e.ContactTransferred
        if self._live:
            visit.ledger.talked(visit)
            self._books.watch_end(contact)
        if visit.attached:
            self._release_others(contact, visit, fact, at)

    def _end_unseen(self, contact: Contact, fact: EndFact, at: int) -> Visit | None:
        """The talk that ends was never seen to begin: find or open its visit. None: the fact contradicts the floor."""
        before = contact.latest(fact.queue)
        if before is not None and before.phase == ENDED and before.reason == "vanished" and before.agent == fact.agent:
            before.reason = ""  # it had vanished in a gap; now its end is known
            before.talk_ms = at - before.left_at - before.hold_ms
            return before
        visit = self._to_leave(contact, fact.queue, at)
        if visit is None:
            if before is not None:
                return self._end_by_another(contact, before, fact, at)
            visit = self._enter(contact, fact.queue, at, timed=False)
        elif visit.timed:
            visit.timed = False
            self._set_missed(visit, False)
            if self._live:
                visit.ledger.untimed(visit)
        visit.agent = fact.agent
        self._leave(visit, TALKING, at)
        return visit

    def _end_by_another(self, contact: Contact, visit: Visit, fact: EndFact, at: int) -> Visit | None:
        """An agent who does not have the contact ends it: who answered second leaves alone, others end the talk."""
        if visit.phase >= ENDED:
            self._anomaly(contact, "ended_again")
            return None
        self._anomaly(contact, "ended_by_another")
        if visit.attached and fact.agent in visit.attached:
            visit.attached.remove(fact.agent)
            return None
        visit.attached = [*(visit.attached or ()), visit.agent]
        self._count_talk(visit, at)
        return visit

    @staticmethod
    def _count_talk(visit: Visit, at: int) -> None:
        if visit.phase == ON_HOLD:
            visit.hold_ms += at - visit.held_at
        visit.talk_ms = at - visit.left_at - visit.hold_ms

    def _abandoned(self, contact: Contact, fact: e.ContactAbandoned, at: int) -> None:
        self._leave_unanswered(contact, fact, at, ABANDONED, "")

    def _exited(self, contact: Contact, fact: e.ContactExited, at: int) -> None:
        self._leave_unanswered(contact, fact, at, EXITED, fact.reason if fact.reason in e.EXIT_REASONS else "other")

    def _leave_unanswered(
        self, contact: Contact, fact: e.ContactAbandoned | e.ContactExited, at: int, phase: int, reason: str
    ) -> None:
        visit = self._to_leave(contact, fact.queue, at)
        if visit is None:
            before = contact.latest(fact.queue)
            if before is not None:
                self._anomaly(contact, "left_after_end" if before.phase >= ENDED else "left_after_answer")
                return
            visit = self._enter(contact, fact.queue, at, timed=False)
        visit.reason = reason
        self._leave(visit, phase, at)
        if visit.attached:
            self._release_others(contact, visit, fact, at)
        if self._live:
            self._books.watch_end(contact)

    def _enter(self, contact: Contact, queue: str, at: int, *, timed: bool) -> Visit:
        ledger = self._books.ledger(queue)
        visit = Visit(queue, ledger, contact.source, at, at + ledger.threshold_ms, timed)
        contact.visits.append(visit)
        ledger.admit(visit)
        if contact.rung:
            visit.attached = [agent for rung_in, agent in contact.rung if rung_in == queue]
            contact.rung = tuple(ring for ring in contact.rung if ring[0] != queue)
        if self._live:
            ledger.entered(visit)
            if timed:
                self._books.watch_deadline(visit)
        return visit

    def _to_leave(self, contact: Contact, queue: str, at: int) -> Visit | None:
        """The visit that waits, as this fact says; one that left for reasons unknown is reopened."""
        visit = contact.waiting_in(queue, at)
        if visit is None:
            visit = contact.latest(queue)
            if visit is None or visit.phase != EXITED or visit.reason != "unknown":
                return None
            if self._live:
                visit.ledger.left(visit, -1)
            visit.phase = WAITING
            visit.reason = ""
            visit.ledger.admit(visit)
            if visit.timed and self._live:
                self._books.watch_deadline(visit)
        return visit

    def _leave(self, visit: Visit, phase: int, at: int) -> None:
        visit.phase = phase
        visit.left_at = at
        visit.ledger.waiting.pop(visit, None)
        if visit.timed:
            past = at > visit.deadline
            if phase == EXITED and visit.reason == "unknown" and past:
                past = not visit.source.undecidable_at(visit.deadline)
            if past is not visit.missed:
                self._set_missed(visit, past)
        if self._live:
            visit.ledger.left(visit)

    def _set_missed(self, visit: Visit, missed: bool) -> None:
        if visit.missed is missed:
            return
        visit.missed = missed
        if self._live:
            visit.ledger.missed(visit, 1 if missed else -1)

    def _release_others(self, contact: Contact, visit: Visit, fact: ContactFact, at: int) -> None:
        for agent in visit.attached or ():
            if agent != getattr(fact, "agent", None):
                self._release(contact, agent, fact, at)

    def _release(self, contact: Contact, agent: str, fact: ContactFact, at: int) -> None:
        released = Released(time=at, id=fact.id, source=fact.source, seq=fact.seq, agent=agent, contact=contact.id)
        contact.releases = (*contact.releases, released)
        if self._live:
            self._books.release(released)

    def _anomaly(self, contact: Contact, kind: str) -> None:
        contact.anomalies = (*contact.anomalies, kind)
        self.anomalies[kind] += 1


Step = Callable[[Contacts, Contact, ContactFact, int], None]

STEPS: dict[type[e.Event], Step] = {
    e.ContactOffered: Contacts._offered,
    e.ContactAlerting: Contacts._alerting,
    e.ContactDeclined: Contacts._declined,
    e.ContactAnswered: Contacts._answered,
    e.ContactHeld: Contacts._held,
    e.ContactResumed: Contacts._resumed,
    e.ContactTransferred: Contacts._ended,
    e.ContactEnded: Contacts._ended,
    Vanished: Contacts._ended,
    e.ContactAbandoned: Contacts._abandoned,
    e.ContactExited: Contacts._exited,
}  # type: ignore[dict-item]
