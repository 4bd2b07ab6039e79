"""An agent's timeline: which activity its time is accounted to, in whatever order the facts arrive.

A fact in order closes the stretch of time since the fact before it. A fact out of order takes the stretches after its place
back, and everything after it is accounted again. Both ways run the same step.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from floorwatch.floor.activity import OFFLINE, PAUSED, WRAP_UP
from floorwatch.floor.agent_state import STEPS, AgentState, Pauses
from floorwatch.floor.events import ContactEnded, ContactTransferred, Event
from floorwatch.floor.order import Mark, follows, tie_key

FILED_MAX = 16
"""So many facts are filed, at most, before they are accounted."""

LOG_MIN = 8
"""A log keeps at least this many entries, however old."""

ENDS = (ContactEnded, ContactTransferred)


class Shape:
    """What a stretch of an agent's time is accounted as. Shared, never changed."""

    __slots__ = ("activity", "joined", "pauses")

    def __init__(self, activity: int, pauses: Pauses, joined: tuple[str, ...] | None) -> None:
        self.activity = activity
        self.pauses = pauses
        self.joined = joined


_PLAIN: dict[tuple[str, ...] | None, tuple[Shape, ...]] = {}


def plain_shapes(joined: tuple[str, ...] | None) -> tuple[Shape, ...]:
    """The shapes without a pause, by activity: one set for all agents who joined the same queues."""
    shapes = _PLAIN.get(joined)
    if shapes is None:
        shapes = _PLAIN[joined] = tuple(Shape(activity, (), joined) for activity in range(OFFLINE + 1))
    return shapes


class Handling(NamedTuple):
    """A contact whose talk and wrap-up are over at `at`. Durations in ms; `handling_ms` includes the wrap-up."""

    queue: str
    at: int
    wrap_up_ms: int
    handling_ms: int


NONE_HANDLED: tuple[Handling, ...] = ()


class Accounts(Protocol):
    """Where an agent's time is counted."""

    late_ms: int
    """A fact that comes later than this after the agent's newest one need not find its exact place."""

    def spend(self, shape: Shape, since: int, until: int, sign: int) -> None:
        """[since, until) was spent in this shape; `sign` -1 takes it back."""

    def handled(self, handling: Handling, sign: int) -> None:
        """A contact has been handled; `sign` -1 takes it back."""

    def wrap_up_ms(self, queue: str) -> int:
        """The timed wrap-up of a queue."""


Entry = tuple[int, Event, AgentState, Shape, int, int | None, tuple[Handling, ...]]
"""A fact in the log, with what held before it, so that it can be undone:

(instant, fact, state, shape, since when the activity, up to when time was spent, contacts it closed).
"""


class Agent:
    """One agent: identity, present state, and the log that lets late facts be put where they belong.

    Facts are filed as they come, and accounted when somebody looks, or when many have been filed: sorting a handful at a
    time costs less than keeping every agent up to date for nobody.
    """

    __slots__ = (
        "_filed",
        "_last",
        "_log",
        "_plain",
        "accounts",
        "configured",
        "last_at",
        "name",
        "shape",
        "since",
        "site",
        "source",
        "spent_until",
        "state",
        "team",
    )

    def __init__(self, name: str, accounts: Accounts, configured: tuple[str, ...] = ()) -> None:
        self.name = name
        self.team = ""
        self.site = ""
        self.configured = configured
        """Queues the configuration names for this agent: its membership until it joins one."""
        self.accounts = accounts
        self.source = ""
        """The source of the latest fact: when it is lost, the agent's activity is unknown."""
        self.state = AgentState()
        self._plain = plain_shapes(None)
        self.shape = self._plain[OFFLINE]
        self.since = 0
        """When the present activity (or pause reason) began."""
        self.spent_until: int | None = None
        """Up to when time is accounted; None before the first fact."""
        self.last_at = 0
        self._last: Event | None = None
        self._log: list[Entry] = []
        self._filed: list[tuple[int, Event]] = []

    def file(self, fact: Event, at: int) -> None:
        """Take note of a fact of this instant, in order or late."""
        filed = self._filed
        filed.append((at, fact))
        if len(filed) >= FILED_MAX:
            self.catch_up()

    def unfile(self, fact: Event, at: int) -> None:
        """Take a derived fact back, as if it had never been."""
        if (at, fact) in self._filed:
            self._filed.remove((at, fact))
            return
        self.catch_up()
        self._filed = self._rewind(fact, at)
        if self._log and self._log[-1][1] == fact:
            self._undo()

    def catch_up(self) -> None:
        """Account what has been filed."""
        filed = self._filed
        if not filed:
            return
        self._filed = []
        last_at, last = self.last_at, self._last
        for at, fact in filed:
            if at < last_at or (at == last_at and last is not None and not follows(fact, last)):
                filed = self._in_order(filed)
                break
            last_at, last = at, fact
        self._account(filed)
        self._trim()

    def settle(self, at: int) -> None:
        """Time has passed: a contact whose wrap-up is over by now is handled, though nothing more was said."""
        self.catch_up()
        if self.state.finishing and at > self.last_at and self.state.activity(at, self.configured) != WRAP_UP:
            self._account([(at, Mark(time=at))])

    def close(self, at: int) -> None:
        """The input ends here: time is accounted up to `at` and not beyond."""
        self.catch_up()
        while self._log and self._log[-1][0] > at:
            self._undo()
        if self.spent_until is not None and self.spent_until < at:
            self._account([(at, Mark(time=at))])

    def now_doing(self, at: int) -> tuple[int, int]:
        """(activity, since when): a timed wrap-up may have ended since the last fact. After `catch_up`."""
        activity = self.state.activity(at, self.configured)
        return activity, self.since if activity == self.shape.activity else self.state.wrap_until

    def _account(self, facts: list[tuple[int, Event]]) -> None:
        """Account facts that stand after everything in the log, in their order."""
        append, accounts, spend = self._log.append, self.accounts, self.accounts.spend
        state, shape, since, until = self.state, self.shape, self.since, self.spent_until
        for at, fact in facts:
            entry_state, entry_shape, entry_since, entry_until = state, shape, since, until
            handled = NONE_HANDLED
            if until is None:
                since = at
            elif at > until:
                if state.wrap_until and shape.activity == WRAP_UP and until < state.wrap_until < at:
                    spend(shape, until, state.wrap_until, 1)
                    since = until = state.wrap_until
                    shape = self._shape_at(state, until)
                spend(shape, until, at, 1)
                if state.finishing and shape.activity != WRAP_UP:
                    handled = self._handle(state, until)
                    state = state.without_finishing()
            else:
                at = until
            append((at, fact, entry_state, entry_shape, entry_since, entry_until, handled))
            until = at
            kind = type(fact)
            wrap_up_ms = accounts.wrap_up_ms(fact.queue) if kind in ENDS else 0  # type: ignore[attr-defined]
            state = STEPS[kind](state, fact, at, wrap_up_ms)
            before = shape
            shape = self._shape_at(state, at)
            if shape is not before and (
                shape.activity != before.activity
                or (shape.activity == PAUSED and shape.pauses[-1] != before.pauses[-1])
            ):
                since = at
        self.state, self.shape, self.since, self.spent_until = state, shape, since, until
        self.last_at, self._last = facts[-1]

    def _shape_at(self, state: AgentState, at: int) -> Shape:
        """What time spent in this state is accounted as."""
        plain = self._plain
        if state.joined is not plain[0].joined:
            plain = self._plain = plain_shapes(state.joined)
        if not state.contacts and not state.pauses and not state.wrap_until and not state.down:
            return plain[OFFLINE if state.slot is None else state.slot]
        activity = state.activity(at, self.configured)
        return Shape(activity, state.pauses, state.joined) if state.pauses else plain[activity]

    def _handle(self, state: AgentState, at: int) -> tuple[Handling, ...]:
        """The first stretch that is not wrap-up begins at `at`: the contacts before it are handled."""
        handled = tuple(
            Handling(queue, at, at - ended_at, talk_ms + at - ended_at)
            for queue, ended_at, talk_ms in state.finishing
        )
        for handling in handled:
            self.accounts.handled(handling, 1)
        return handled

    def _in_order(self, filed: list[tuple[int, Event]]) -> list[tuple[int, Event]]:
        """The filed facts in order, with those they push in front of taken back out of the log."""
        filed.sort(key=_place)
        if self._log:
            at, fact = filed[0]
            later = self._rewind(fact, at)
            if later:
                filed.extend(later)
                filed.sort(key=_place)
        return filed

    def _rewind(self, fact: Event, at: int) -> list[tuple[int, Event]]:
        """Undo every entry that stands after the fact's place; returns their facts, in order."""
        place = _place((at, fact))
        later = []
        while self._log and _place(self._log[-1][:2]) > place:
            later.append(self._undo())
        later.reverse()
        return later

    def _undo(self) -> tuple[int, Event]:
        """Take the last entry back as if its fact had never been."""
        at, fact, state, shape, since, until, handled = self._log.pop()
        if until is not None and at > until:
            spend = self.accounts.spend
            if shape.activity == WRAP_UP and until < state.wrap_until < at:
                spend(shape, until, state.wrap_until, -1)
                spend(self._shape_at(state, state.wrap_until), state.wrap_until, at, -1)
            else:
                spend(shape, until, at, -1)
        for handling in handled:
            self.accounts.handled(handling, -1)
        self.state, self.shape, self.since, self.spent_until = state, shape, since, until
        self.last_at, self._last = self._log[-1][:2] if self._log else (0, None)
        return at, fact

    def _trim(self) -> None:
        """Forget what no late fact can push in front of any more."""
        log = self._log
        if len(log) > 2 * LOG_MIN and log[LOG_MIN][0] < self.last_at - self.accounts.late_ms:
            del log[:LOG_MIN]


def _place(entry: tuple[int, Event]) -> tuple[int, int, int, str, str]:
    return (entry[0], *tie_key(entry[1]))
