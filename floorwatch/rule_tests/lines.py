"""The lines of a story, each taken apart: who comes when, who is there, which source is lost, who does what about it.

    10:00-10:15 contacts sales every 10s answered after 5s talk 60s
    10:00       contacts sales 5 abandoned after 30s
    09:55-12:00 agents A1-A4 in sales, support
    10:10-10:20 agents A3 paused lunch from web
    10:05-10:07 source pbx down
    10:03       acknowledge service_level_low sales by Anna
    10:04       snooze longest_wait_high sales for 10m by Anna
    10:00-11:00 silence * sales by Ben
    10:02:00    contact.offered contact=c1 queue=sales

What a line says is in its classes; what becomes of it, in `rule_tests.traffic`.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Literal, get_args

from floorwatch.config.values import duration_ms
from floorwatch.floor.events import AgentState
from floorwatch.nearest import did_you_mean
from floorwatch.rule_tests.day import Day, Fact

COUNT_MAX = 100_000
"""Contacts one line may bring: a slip of the pen should be an answer, not an hour."""
FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Contacts:
    """Contacts that come to a queue at these instants, and what becomes of them."""

    queue: str
    instants: tuple[int, ...]
    outcome: Literal["", "answered", "abandoned", "exited"] = ""
    """Empty: they wait on."""
    after_ms: int = 0
    talk_ms: int = 60_000
    wrap_up_ms: int = 0
    by: tuple[str, ...] = ()
    """Who answers; empty: whoever is free."""
    reason: str = "timeout"
    """Of an exit."""
    source: str = ""
    """Who says so; empty: the switch of the file. The same of agents."""


@dataclass(frozen=True, slots=True)
class Agents:
    """Agents who are there, or do something else, for a while."""

    names: tuple[str, ...]
    since: int
    until: int = FOREVER
    queues: tuple[str, ...] = ()
    """Which they come to; empty for a change of state."""
    state: str = "available"
    reason: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """A source is lost, or comes back."""

    name: str
    since: int
    until: int
    is_up: bool


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does about an alert, or about those of some rules and subjects."""

    what: Literal["acknowledge", "snooze", "silence"]
    at: int
    rule: str
    subject: str
    who: str
    until: int = 0
    """Of a snooze or a silence."""


Line = Contacts | Agents | Feed | Act | Fact
"""A fact is an event as it is."""

_KINDS = ("contacts", "agents", "source", "acknowledge", "snooze", "silence")


def read_line(typed: str | Fact, day: Day, source: str) -> Line:
    """What the line says. ValueError says what is wrong with it."""
    if not isinstance(typed, str):
        return day.fact(typed, source)
    words = _Words(typed, day)
    kind = words.take("what happens")
    if "." in kind:
        return day.fact(typed, source)
    line: Line
    if kind == "contacts":
        line = _contacts(words)
    elif kind == "agents":
        line = _agents(words)
    elif kind == "source":
        line = _feed(words)
    elif kind in _KINDS:
        line = _act(words, kind)
    else:
        hint = did_you_mean(kind, _KINDS, f"there are: {', '.join(_KINDS)}, and types of events")
        raise ValueError(f"'{kind}' is nothing that happens; {hint}")
    words.end()
    if words.source and not isinstance(line, (Contacts, Agents)):
        raise ValueError(f"'from {words.source}' is said of contacts and agents")
    return line


class _Words:
    """The words of a line, from left to right, after the time it begins with."""

    def __init__(self, typed: str, day: Day) -> None:
        self._words = shlex.split(re.sub(r"\s*,\s*", ",", typed))
        since, dash, until = self.take("a time").partition("-")
        self.since = day.at(since)
        self.until = day.at(until) if dash else FOREVER
        self.source = ""
        if self._words[-2:-1] == ["from"]:
            *self._words, _, self.source = self._words
        if self.until <= self.since:
            raise ValueError(f"ends at {until}, when it begins or before")

    def take(self, what: str) -> str:
        """The next word, which is to be `what`."""
        if not self._words:
            raise ValueError(f"ends where {what} should be")
        return self._words.pop(0)

    def has(self, word: str) -> bool:
        """Whether this word comes next; it is taken then."""
        if self._words[:1] != [word]:
            return False
        self._words.pop(0)
        return True

    def span(self) -> int:
        """The next word, a duration, in milliseconds."""
        return duration_ms(self.take("a duration such as 10s"))

    def names(self) -> tuple[str, ...]:
        """The next word, a list of names; `A1-A4` are four."""
        found: list[str] = []
        for part in self.take("a name").split(","):
            match = re.fullmatch(r"(.*?)(\d+)-\1(\d+)", part)
            if match is None:
                found.append(part)
            else:
                width = len(match[2]) if match[2].startswith("0") else 0
                found.extend(f"{match[1]}{n:0{width}}" for n in range(int(match[2]), int(match[3]) + 1))
        return tuple(found)

    def rest(self) -> bool:
        """Whether there is more."""
        return bool(self._words)

    def end(self) -> None:
        """There must not be more."""
        if self._words:
            raise ValueError(f"'{' '.join(self._words)}' is not understood here")


def _contacts(words: _Words) -> Contacts:
    queue = words.take("a queue")
    instants = _instants(words)
    outcome: Literal["", "answered", "abandoned", "exited"] = ""
    after_ms = 0
    for word in ("answered", "abandoned", "exited"):
        if words.has(word):
            outcome = word
            after_ms = words.span() if words.has("after") else 0
            break
    talk_ms, wrap_up_ms, by, reason = 60_000, 0, tuple[str, ...](), "timeout"
    while words.rest() and outcome:
        if outcome == "answered" and words.has("talk"):
            talk_ms = words.span()
        elif outcome == "answered" and words.has("wrap_up"):
            wrap_up_ms = words.span()
        elif outcome == "answered" and words.has("by"):
            by = words.names()
        elif outcome == "exited" and words.has("reason"):
            reason = words.take("a reason")
        else:
            words.end()
    return Contacts(queue, instants, outcome, after_ms, talk_ms, wrap_up_ms, by, reason, words.source)


def _instants(words: _Words) -> tuple[int, ...]:
    """`every 10s` in a span, or so many at once."""
    if not words.has("every"):
        count = words.take("'every 10s', or how many")
        if not count.isdecimal() or not 0 < int(count) <= COUNT_MAX:
            raise ValueError(f"'{count}' is neither 'every 10s' nor how many come at once")
        return (words.since,) * int(count)
    every_ms = words.span()
    if words.until == FOREVER:
        raise ValueError("contacts that come every so often need an end, as 10:00-10:15")
    if not every_ms or (words.until - words.since) // every_ms > COUNT_MAX:
        raise ValueError(f"are more than {COUNT_MAX:,} contacts")
    return tuple(range(words.since, words.until, every_ms))


def _agents(words: _Words) -> Agents:
    names = words.names()
    if words.has("in"):
        return Agents(names, words.since, words.until, queues=words.names(), source=words.source)
    state = words.take("'in QUEUE', or a state such as paused")
    if state not in get_args(AgentState):
        hint = did_you_mean(state, get_args(AgentState), f"there are: in, {', '.join(get_args(AgentState))}")
        raise ValueError(f"'{state}' is no state of an agent; {hint}")
    reason = words.take("a reason") if words.rest() else ""
    return Agents(names, words.since, words.until, state=state, reason=reason, source=words.source)


def _feed(words: _Words) -> Feed:
    name, what = words.take("the name of a source"), words.take("up or down")
    if what not in ("up", "down"):
        raise ValueError(f"'{what}' is neither up nor down")
    return Feed(name, words.since, words.until, is_up=what == "up")


def _act(words: _Words, kind: str) -> Act:
    rule, subject = words.take("a rule"), words.take("what it is about, such as a queue")
    until = words.until if words.until != FOREVER else 0
    if words.has("for"):
        until = words.since + words.span()
    if kind != "acknowledge" and not until:
        raise ValueError("for how long? 'for 15m'" if kind == "snooze" else "needs an end, as 10:00-11:00")
    if not words.has("by"):
        raise ValueError("says who: 'by Anna'")
    return Act(kind, words.since, rule, subject, words.take("a name"), until)  # type: ignore[arg-type]
