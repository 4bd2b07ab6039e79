"""From the lines of a story to the events of a floor, in order of time; who answers is worked out from who is free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

import msgspec

from floorwatch.floor.events import EVENT_TYPES, Event
from floorwatch.floor.internal import Journalled
from floorwatch.nearest import did_you_mean
from floorwatch.rule_tests.day import Day, Fact
from floorwatch.rule_tests.lines import FOREVER, Act, Agents, Contacts, Feed, Line

_OWN_TYPES = ("rules.foreseen", "delivery.failed", "delivery.recovered", "daemon.troubled", "source.clock")
"""What the daemon says to itself and a story may say for it, so that rules about it can be tried."""


@dataclass(frozen=True, slots=True)
class Told:
    """What happens at an instant: an event, or what somebody does. `line`: which line of the story says so."""

    at: int
    what: Event | Act
    line: int


class StoryError(Exception):
    """A line of the story cannot be so."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(why)
        self.line = line
        self.why = why


def told(lines: Sequence[Line], day: Day, source: str) -> list[Told]:
    """Everything that happens, in order of time. Raises `StoryError`."""
    found = [*_plain(lines, source), *_contacts(lines, _Desk(lines), day, source)]
    return sorted(found, key=attrgetter("at"))  # of one instant in the order of the lines


def _plain(lines: Sequence[Line], source: str) -> Iterator[Told]:
    """What needs no working out."""
    for place, line in enumerate(lines):
        if isinstance(line, dict):
            yield Told(line["received"] if "received" in line else line["time"], _event(line, place), place)
        elif isinstance(line, Act):
            yield Told(line.at, line, place)
        else:
            facts = _agents(line, source) if isinstance(line, Agents) else _feed(line) if isinstance(line, Feed) else ()
            for fact in facts:
                yield Told(fact["time"], _event(fact, place), place)


def _event(fact: Fact, place: int) -> Event:
    """The event of a fact. Raises `StoryError` for what the contract does not know."""
    kind = fact["type"]
    known = (*EVENT_TYPES, *_OWN_TYPES)
    if kind not in known:
        hint = did_you_mean(str(kind), known, "docs/contract lists the types")
        raise StoryError(place, f"there is no event '{kind}'; {hint}")
    try:
        # not strict: in the file all values are text, as in the journal of a switch
        event: Event = msgspec.convert(fact, Journalled, strict=False)
    except msgspec.ValidationError as wrong:
        raise StoryError(place, f"{kind}: {wrong}") from None
    return event


def _agents(line: Agents, source: str) -> Iterator[Fact]:
    for agent in line.names:
        of = {"agent": agent, "source": line.source or source}
        for queue in line.queues:
            yield {"type": "agent.joined", "time": line.since, "queue": queue, **of}
        reason = {"reason": line.reason} if line.reason else {}
        yield {"type": "agent.state", "time": line.since, "state": line.state, **reason, **of}
        if line.until != FOREVER:
            after = "offline" if line.queues else "available"
            yield {"type": "agent.state", "time": line.until, "state": after, **of}


def _feed(line: Feed) -> Iterator[Fact]:
    words = ("source.up", "source.down") if line.is_up else ("source.down", "source.up")
    yield {"type": words[0], "time": line.since, "source": line.name}
    if line.until != FOREVER:
        yield {"type": words[1], "time": line.until, "source": line.name}


def _contacts(lines: Sequence[Line], desk: _Desk, day: Day, source: str) -> Iterator[Told]:
    """Contacts come as their lines say; those that are answered, in the order of the answers."""
    coming = [
        (instant + line.after_ms, place, number, instant, line)
        for place, line in enumerate(lines)
        if isinstance(line, Contacts)
        for number, instant in enumerate(line.instants)
    ]
    coming.sort(key=lambda one: one[:3])
    for over_at, place, number, instant, line in coming:
        contact = f"{line.queue}-{place + 1}-{number + 1}"
        of = {"contact": contact, "queue": line.queue, "source": line.source or source}
        facts: list[Fact] = [{"type": "contact.offered", "time": instant, **of}]
        if line.outcome == "answered":
            agent = desk.taken(line, over_at)
            if agent is None:
                raise StoryError(place, f"at {day.shown(over_at)} nobody in {line.queue} is free to answer")
            facts.extend(_talk(line, over_at, {**of, "agent": agent}))
        elif line.outcome:
            reason = {"reason": line.reason} if line.outcome == "exited" else {}
            facts.append({"type": f"contact.{line.outcome}", "time": over_at, **reason, **of})
        for fact in facts:
            yield Told(fact["time"], _event(fact, place), place)


def _talk(line: Contacts, at: int, of: Fact) -> Iterator[Fact]:
    yield {"type": "contact.answered", "time": at, **of}
    yield {"type": "contact.ended", "time": at + line.talk_ms, **of}
    if line.wrap_up_ms:
        agent = {"agent": of["agent"], "source": of["source"]}
        over_at = at + line.talk_ms + line.wrap_up_ms
        yield {"type": "agent.state", "time": at + line.talk_ms, "state": "wrap_up", **agent}
        yield {"type": "agent.state", "time": over_at, "state": "available", **agent}


@dataclass(slots=True)
class _Presence:
    """When an agent is on which queues, and what else is said of him; both in the order of the lines."""

    on: list[Agents] = field(default_factory=list)
    said: list[Agents] = field(default_factory=list)
    busy_until: int = 0

    def can_take(self, queue: str, at: int) -> bool:
        """Whether he could take a contact of this queue at this instant."""
        is_there = any(line.since <= at < line.until and queue in line.queues for line in self.on)
        states = [line.state for line in self.said if line.since <= at < line.until]
        return is_there and self.busy_until <= at and (states or ["available"])[-1] == "available"


class _Desk:
    """Who is free. A queue to which no agents were said to come is answered by as many as it takes."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._agents: dict[str, _Presence] = {}
        self._staffed: set[str] = set()
        for line in lines:
            if isinstance(line, Agents):
                self._staffed.update(line.queues)
                for agent in line.names:
                    presence = self._agents.setdefault(agent, _Presence())
                    (presence.on if line.queues else presence.said).append(line)

    def taken(self, line: Contacts, at: int) -> str | None:
        """Who answers, and is busy from then on: of those who are free, the one who has been so longest."""
        if line.by:
            able = [name for name in line.by if self._agents.setdefault(name, _Presence()).busy_until <= at]
        else:
            able = [name for name, presence in self._agents.items() if presence.can_take(line.queue, at)]
            if not able and line.queue not in self._staffed:
                able = [self._stand_in(line.queue, at)]
        if not able:
            return None
        agent = min(able, key=lambda name: self._agents[name].busy_until)
        self._agents[agent].busy_until = at + line.talk_ms + line.wrap_up_ms
        return agent

    def _stand_in(self, queue: str, at: int) -> str:
        number = 1
        while self._agents.setdefault(name := f"{queue}-{number}", _Presence()).busy_until > at:
            number += 1
        return name
