"""The story of a contact: one step for each kind of fact, taken in canonical order.

A step changes the contact's visits. While the story goes on live it also tells the figures what changed; while it is
folded again, because a fact came late, it keeps silent: the figures are then corrected as a whole.
"""

from __future__ import annotations

from collections import Counter

from floorwatch.floor import events as e
from floorwatch.floor.contact import Books, Contact, ContactFact, EndFact, Vanished
from floorwatch.floor.order import Released
from floorwatch.floor.visit import ABANDONED, ENDED, EXITED, ON_HOLD, TALKING, WAITING, Visit


class Story:
    """The steps, and what they have in common."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._live = True
        """False while a story is folded again."""
        self.anomalies: Counter[str] = Counter()
        """Facts that contradict the floor, by kind."""
        self.anomalies_of: dict[str, Counter[str]] = {}
        """The same of each source, by its name."""

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
            contact.rung = tuple(dict.fromkeys((*contact.rung, (fact.queue, fact.agent))))
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
                if before.phase in (TALKING, ON_HOLD) and fact.agent not in (before.agent, *(before.attached or ())):
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
                if reason != "unknown":  # concluded from a report, and now known better
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
        clock, deadline = ledger.clock, at + ledger.threshold_ms
        if clock is not None:
            deadline = clock.last_within(at, ledger.threshold_ms)
        visit = Visit(queue, ledger, contact.source, at, deadline, timed)
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
                past = not visit.source.was_lost_between(visit.deadline, at)
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
        if released in contact.releases:
            return
        contact.releases = (*contact.releases, released)
        if self._live:
            self._books.release(released)

    def _anomaly(self, contact: Contact, kind: str) -> None:
        contact.anomalies = (*contact.anomalies, kind)
        self.anomalies[kind] += 1
        self.anomalies_of.setdefault(contact.source.name, Counter())[kind] += 1
