"""Telling a contact's story again: what the switch's own log says of a gap, put among what was heard live.

The log tells whole seconds and is right about what happened; the stream told milliseconds, and of the gap only what a
resynchronisation could guess. So every line of the log looks for its twin, the live fact that tells the same: where
there is one it stays, with its milliseconds; where there is none the line becomes a fact. Live facts in the gap that
are nobody's twin are guesses, and go.

Where the log's fact is put: a wait or a talk that begins with a live fact lasts as long as the switch logged it. What
the stream has not told cannot have happened before the gap: the log's second is moved into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from floorwatch.floor import events as e
from floorwatch.floor.contact import Contact, ContactFact, Logged, Vanished
from floorwatch.floor.internal import BackfilledVisit

TWIN_MS = 1_500
"""A live fact this near to a line of the log is the same: lines are seconds rounded down, and clocks are read twice."""
MOVED_MS_MAX = 2_000
"""The logged wait or talk is believed where it ends this near to its line; else the line is."""
SECOND_MS = 1_000

_LEFT = (e.ContactAbandoned, e.ContactExited)
_ENDED = (e.ContactEnded, e.ContactTransferred)
_TOLD = (e.ContactOffered, e.ContactAnswered, *_LEFT, *_ENDED, Vanished)
"""Kinds of facts that make a visit, all of which a log tells (but for `Vanished`, a guess in place of one)."""


class Retold(NamedTuple):
    """A contact's facts after the log has told them again."""

    facts: list[ContactFact]
    """Not in order."""
    logged: tuple[Logged, ...]
    taken_back: list[ContactFact]
    added: list[ContactFact]


def retell(contact: Contact, visits: list[BackfilledVisit], gap: tuple[int, int]) -> Retold:
    """The facts of a contact when these visits of it, in the order of their lines, have been told by the log."""
    retelling = _Retelling(contact, visits, gap)
    retelling.tell()
    guesses = retelling.guesses()
    gone = [contact.facts[place] for place in guesses]
    stay = [fact for place, fact in enumerate(contact.facts) if place not in guesses]
    logged = (*(line for line in contact.logged if line[0] not in gone), *retelling.added)
    added = [fact for fact, _ in retelling.added]
    return Retold([*stay, *added], logged, gone, added)


def live_twin(logged: Iterable[Logged], fact: ContactFact) -> Logged | None:
    """What the log has told and this fact, heard live after it, tells too; None when it tells something of its own."""
    if is_guess(fact):
        return None
    kinds = next((kinds for kinds in (_LEFT, _ENDED) if isinstance(fact, kinds)), (type(fact),))
    for line in logged:
        other, line_ms = line
        if isinstance(other, kinds) and abs(_at(fact) - line_ms) <= TWIN_MS and _is_alike(fact, other.queue, other):
            return line
    return None


def agree(fact: ContactFact, logged: ContactFact) -> bool:
    """Whether two twins tell the same end. Of a phone that was not answered the log does not know why."""
    if isinstance(fact, e.ContactExited) and isinstance(logged, e.ContactExited):
        return fact.reason == logged.reason
    return type(fact) is type(logged)


def is_guess(fact: ContactFact) -> bool:
    """Whether a resynchronisation concluded this from what was missing: an end at an instant nobody knows."""
    return isinstance(fact, Vanished) or (isinstance(fact, e.ContactExited) and fact.reason == "unknown")


def _at(fact: ContactFact) -> int:
    assert isinstance(fact.time, int)
    return fact.time


def _is_alike(fact: ContactFact, queue: str | None, other: ContactFact) -> bool:
    """Whether it tells of this queue and, where several may decline at a time, of the same agent."""
    if fact.queue != queue:
        return False
    return not isinstance(fact, e.ContactDeclined) or fact.agent == getattr(other, "agent", None)


class _Retelling:
    def __init__(self, contact: Contact, visits: list[BackfilledVisit], gap: tuple[int, int]) -> None:
        lines = dict(contact.logged)
        self._known = [(fact, lines.get(fact, _at(fact))) for fact in contact.facts]
        self._visits = visits
        self._contact = contact
        self._since, self._until = gap
        self._twins: set[int] = set()
        """Places of known facts that a line tells too."""
        self._place = -1
        """Of the latest twin of the visit at hand: facts of a visit come one after the other."""
        self._next: ContactFact | None = None
        """The next entry to the same queue: the visit at hand was over by then."""
        self._seq = 0
        """Lines of one millisecond stay in their order, behind the live facts before them."""
        self.added: list[Logged] = []

    def tell(self) -> None:
        """Find or make the facts of every visit."""
        entries = [self._entry(visit) for visit in self._visits]
        for number, (visit, entry) in enumerate(zip(self._visits, entries, strict=True)):
            others = zip(self._visits[number + 1 :], entries[number + 1 :], strict=True)
            self._next = next(
                (later for other, later in others if later is not None and other.queue == visit.queue), None
            )
            self._place = -1
            self._leave(visit, None if entry is None else self._told_by(entry, visit.entered_at))

    def guesses(self) -> set[int]:
        """Places of facts that no line tells, although the log tells the visit they speak of: they are replaced."""
        return {
            place
            for place, (fact, at) in enumerate(self._known)
            if place not in self._twins
            and isinstance(fact, _TOLD)
            and any(visit.queue == fact.queue and self._replaces(visit, fact, at) for visit in self._visits)
        }

    def _replaces(self, visit: BackfilledVisit, fact: ContactFact, at: int) -> bool:
        since, until, over = self._since, self._until, visit.over_at
        begun = max(since, visit.entered_at or since) - TWIN_MS
        if is_guess(fact):
            return over is not None and begun <= at <= until + TWIN_MS
        return begun <= at <= (until if over is None else min(until, over)) + TWIN_MS

    def _entry(self, visit: BackfilledVisit) -> ContactFact | None:
        """The live entry, or the one the log tells."""
        if visit.entered_at is None:
            return None
        made = self._made(e.ContactOffered, visit, visit.entered_at)
        return self._twin(made, visit.entered_at) or made

    def _leave(self, visit: BackfilledVisit, entered: int | None) -> None:
        for decline in visit.declined:
            at, said = max(decline.at, entered or 0), {"agent": decline.agent, "reason": decline.reason}
            self._tell(e.ContactDeclined, visit, decline.at, at, **said)
        if visit.left_at is None:
            return
        at = self._before_next(_placed(entered, visit.entered_at, visit.wait_ms, visit.left_at))
        if visit.outcome == "abandoned":
            self._tell(e.ContactAbandoned, visit, visit.left_at, at)
        elif visit.outcome == "answered":
            answered = self._tell(e.ContactAnswered, visit, visit.left_at, at, agent=visit.agent)
            self._end(visit, answered)
        else:
            self._tell(e.ContactExited, visit, visit.left_at, at, reason=visit.outcome)

    def _end(self, visit: BackfilledVisit, answered: int) -> None:
        if visit.ended_at is None:
            return
        at = self._before_next(_placed(answered, visit.left_at, visit.talk_ms, visit.ended_at))
        if visit.ended_by == "transfer":
            self._tell(e.ContactTransferred, visit, visit.ended_at, at, agent=visit.agent)
        elif visit.ended_by:
            self._tell(e.ContactEnded, visit, visit.ended_at, at, agent=visit.agent, by=visit.ended_by)
        else:
            self._tell(Vanished, visit, visit.ended_at, at, agent=visit.agent)

    def _before_next(self, at: int) -> int:
        return at if self._next is None else min(at, _at(self._next))

    def _tell(self, kind: type[e.Event], visit: BackfilledVisit, line_ms: int, at: int, **said: str) -> int:
        """Find the twin of a line, or let the line become a fact: when that happened."""
        made = self._made(kind, visit, at, **said)
        return self._told_by(self._twin(made, line_ms) or made, line_ms)

    def _told_by(self, fact: ContactFact, line_ms: int | None) -> int:
        """This fact is what a line tells: a live one, or one that is new."""
        place = self._place_of(fact)
        if place is not None:
            self._seq = max(self._seq, fact.seq) + 1
            self._place = place
        else:
            fact = msgspec.structs.replace(fact, seq=self._seq)
            self._seq += 1
            self.added.append((fact, line_ms or 0))
        return _at(fact)

    def _place_of(self, fact: ContactFact | None) -> int | None:
        return next((place for place, (known, _) in enumerate(self._known) if known is fact), None)

    def _made(self, kind: type[e.Event], visit: BackfilledVisit, at: int, **said: str) -> ContactFact:
        since = self._since
        at = since if since - SECOND_MS < at < since else at
        place = {"contact": visit.contact, "queue": visit.queue, "source": self._contact.source.name}
        return kind(time=at, **place, **said)  # type: ignore[arg-type,return-value]

    def _twin(self, made: ContactFact, line_ms: int) -> ContactFact | None:
        """The first known fact, nobody's twin yet, that tells what this line tells."""
        kinds = (*_ENDED, Vanished) if isinstance(made, (*_ENDED, Vanished)) else (type(made),)
        before = self._place_of(self._next)
        for place, (fact, at) in enumerate(self._known[:before]):
            if place in self._twins or not isinstance(fact, kinds) or abs(at - line_ms) > TWIN_MS:
                continue
            if place < self._place:
                continue
            if at == self._until:
                continue  # the report at the gap's end found it so: that is no instant at which it happened
            told_otherwise = isinstance(fact, e.ContactExited) and fact.reason != getattr(made, "reason", "")
            unseen = isinstance(fact, Vanished) and not isinstance(made, Vanished)
            if _is_alike(fact, made.queue, made) and not told_otherwise and not unseen:
                self._twins.add(place)
                return fact
        return None


def _placed(start: int | None, start_line: int | None, lasted: int | None, line_ms: int) -> int:
    """When what began at `start` ended: after the logged time, where that comes near the line of the end."""
    if start is None or start_line is None:
        return line_ms
    believed = lasted is not None and abs(start_line + lasted - line_ms) <= MOVED_MS_MAX
    return start + (lasted or 0) if believed else max(start, line_ms)
