"""Contacts: folding the facts about each contact into its visits, in whatever order they arrive.

A fact in order is applied as it comes. A fact out of order is put where it belongs among the contact's facts, the whole
(short) story is folded again, and the difference is posted to the figures. Both ways run the same steps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from floorwatch.floor import events as e
from floorwatch.floor.contact import Contact, ContactFact, Logged, Vanished
from floorwatch.floor.internal import BackfilledVisit
from floorwatch.floor.order import follows, put_in_order
from floorwatch.floor.retold import agree, live_twin, retell
from floorwatch.floor.source import Source
from floorwatch.floor.story import Story
from floorwatch.floor.visit import DROPPED, WAITING, Visit

STORY_MAX = 2_000
"""Facts of one contact beyond which a late one is set aside: a feed that gives every contact the same id would have its
one story folded for ever."""


class Contacts(Story):
    """Applies facts to contacts, and tells the figures what changed."""

    def apply(self, source: Source, fact: ContactFact, at: int) -> None:
        """Apply a fact of this instant, in order or late."""
        contact = source.contacts.get(fact.contact)
        if contact is None:
            contact = source.contacts[fact.contact] = Contact(fact.contact, source, [fact], [])
            if type(fact) is not e.ContactOffered:
                self._books.watch_end(contact)  # a contact of nothing but stray facts must not stay for ever
        else:
            facts = contact.facts
            if contact.logged and (twin := live_twin(contact.logged, fact)) is not None:
                self._heard_too(contact, twin, fact)
                return
            last = facts[-1]
            if at > last.time or follows(fact, last):  # type: ignore[operator]
                facts.append(fact)
            elif len(facts) >= STORY_MAX:
                self._anomaly(contact, "late_in_a_long_story")
                return
            else:
                facts.append(fact)
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

    def retell(
        self, source: Source, contact_id: str, visits: list[BackfilledVisit], gap: tuple[int, int]
    ) -> tuple[list[ContactFact], list[ContactFact]]:
        """The switch's own log tells these visits, which touch the gap.

        Returns the facts that have gone, and those that are new.
        """
        contact = source.contacts.get(contact_id)
        if contact is None:
            contact = Contact(contact_id, source, [], [])
        retold = retell(contact, visits, gap)
        if retold.taken_back or retold.added:
            source.contacts[contact_id] = contact
            contact.facts, contact.logged = retold.facts, retold.logged
            self._fold_again(contact)
        return retold.taken_back, retold.added

    def refuse(self, source: Source, kind: str) -> None:
        """Something told of a source's contacts cannot be used."""
        self.anomalies[kind] += 1
        self.anomalies_of.setdefault(source.name, Counter())[kind] += 1

    def _heard_too(self, contact: Contact, twin: Logged, fact: ContactFact) -> None:
        """What the log has told is now heard live: with milliseconds, or else the log knows better how it ended."""
        logged, _ = twin
        if agree(fact, logged):
            contact.facts[contact.facts.index(logged)] = fact
            contact.logged = tuple(line for line in contact.logged if line is not twin)
            self._books.take_back(logged)
            self._fold_again(contact)

    def _fold_again(self, contact: Contact) -> None:
        put_in_order(contact.facts)
        before, releases_before = contact.visits, contact.releases
        for visit in before:
            visit.ledger.waiting.pop(visit, None)
        if contact.anomalies:
            self.anomalies.subtract(contact.anomalies)
            self.anomalies_of[contact.source.name].subtract(contact.anomalies)
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


Step = Callable[[Contacts, Contact, Any, int], None]

STEPS: dict[type[e.Event], Step] = {
    e.ContactOffered: Story._offered,
    e.ContactAlerting: Story._alerting,
    e.ContactDeclined: Story._declined,
    e.ContactAnswered: Story._answered,
    e.ContactHeld: Story._held,
    e.ContactResumed: Story._resumed,
    e.ContactTransferred: Story._ended,
    e.ContactEnded: Story._ended,
    Vanished: Story._ended,
    e.ContactAbandoned: Story._abandoned,
    e.ContactExited: Story._exited,
}
