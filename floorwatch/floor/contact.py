"""A contact: the facts known about it, the visits they make, and what the floor around must offer.

Facts are kept in canonical order until nothing late is to be expected; `floor.story` makes visits of them.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from floorwatch.floor import events as e
from floorwatch.floor.order import RANK, Released
from floorwatch.floor.source import Source
from floorwatch.floor.visit import (
    ENDED,
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

WithoutAgent = e.ContactOffered | e.ContactAbandoned | e.ContactExited
WithAgent = (
    e.ContactAlerting
    | e.ContactDeclined
    | e.ContactAnswered
    | e.ContactHeld
    | e.ContactResumed
    | e.ContactTransferred
    | e.ContactEnded
    | Vanished
)
ContactFact = WithoutAgent | WithAgent

Logged = tuple[ContactFact, int]
"""(fact, the second of the line that told it, in ms)."""

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

    def take_back(self, fact: ContactFact) -> None:
        """A fact told before is no longer taken to have happened: for its agent, it never did."""


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
    logged: tuple[Logged, ...] = ()
    """Those of the facts that only the switch's own log has told, after a gap."""

    @property
    def first_at(self) -> int:
        """When the first of its facts happened."""
        return self.facts[0].time  # type: ignore[return-value]

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
        for visit in self.visits:  # noqa: SIM110 - asked for every contact that ends: a generator costs twice as much
            if visit.phase < ENDED:
                return False
        return True
