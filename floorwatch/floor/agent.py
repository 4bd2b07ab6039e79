"""An agent's timeline: which activity its time is accounted to, in whatever order the facts arrive.

Facts are filed as they come and accounted a page at a time, each closing the stretch of time since the fact before it.
A page remembers the state in which it begins: a fact out of order takes the pages from its place on back, by going
through them again with the sign reversed, and goes through them anew with the fact where it belongs. All ways run the
same steps.

Looking changes nothing: when facts are accounted, and how many at a time, decides neither what is counted nor at which
instant. What is late is accounted as soon as it is filed, so that the correction is the fact's.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from msgspec.structs import replace

from floorwatch.floor.activity import ON_HOLD, PAUSED, TALKING, WRAP_UP
from floorwatch.floor.agent_state import PLAIN_SLOTS, STEPS, UNNAMED, AgentState
from floorwatch.floor.events import AgentStateChanged, Event
from floorwatch.floor.order import Mark, follows, put_in_order

PAGE_MAX = 12
"""So many facts are filed, at most, before they are accounted. On a floor of 5,000 agents an agent's facts are minutes
apart: its state is far from the processor by then, and fetching it once a page, not once a fact, halves the cost."""


class Page(NamedTuple):
    """Facts in their order, and the state before the first of them."""

    before: AgentState
    facts: list[Event]


class Grid(Protocol):
    """The site's intervals."""

    closed_before: int
    """Intervals that end by this instant are closed: a fact that changes one is a correction."""
    late_before: int
    """A fact of an instant before this one is late; no later than it is `closed_before`."""


class Accounts(Protocol):
    """Where an agent's time is counted."""

    late_ms: int
    """A fact of a closed interval need not find its exact place when it is so much older than the agent's newest."""

    @property
    def calendar(self) -> Grid:
        """The intervals in which time is counted."""

    @property
    def now_ms(self) -> int:
        """Engine time, up to when what is over counts as over; it moves with the ticks."""

    def spend(self, state: AgentState, activity: int, since: int, until: int, sign: int) -> None:
        """[since, until) was spent in this activity; `sign` -1 takes it back."""

    def handled(self, queue: str, at: int, wrap_up_ms: int, handling_ms: int, sign: int, *, is_late: bool) -> None:
        """A contact's talk and wrap-up (both are `handling_ms`) were over at this instant; `sign` -1 takes it back.

        `is_late`: that is known only now, from a fact that came late.
        """

    def restated(self, since: int) -> None:
        """A fact of a closed interval has come, or is taken back: time from this instant on is accounted anew."""

    def wrap_up_ms(self, queue: str) -> int:
        """The timed wrap-up of a queue."""


class Agent:
    """One agent: identity, present state, and the pages that let late facts be put where they belong."""

    __slots__ = (
        *("_filed", "_grid", "_is_late", "_newest_at", "_pages"),
        *("accounts", "configured", "name", "site", "state", "team"),
    )

    def __init__(self, name: str, accounts: Accounts, configured: tuple[str, ...] = ()) -> None:
        self.name = name
        self.team = ""
        self.site = ""
        self.configured = configured
        """Queues the configuration names for this agent: its membership until it joins one."""
        self.accounts = accounts
        self._grid = accounts.calendar
        self.state = AgentState()
        """After `catch_up`."""
        self._pages: list[Page] = []
        self._filed: list[Event] = []
        self._is_late = False
        """A late fact is being accounted, or one taken back."""
        self._newest_at = 0
        """The greatest time of a fact that has been accounted."""

    @property
    def spent_until(self) -> int | None:
        """Up to when time is accounted; None before the first fact."""
        return self.state.spent_until or None

    def file(self, fact: Event) -> None:
        """Take note of a fact, in order or late. Its time is an integer."""
        if fact.time < self._grid.late_before:  # type: ignore[operator]
            self._file_late(fact)
            return
        filed = self._filed
        filed.append(fact)
        if len(filed) >= PAGE_MAX:
            self.catch_up()

    def _file_late(self, fact: Event) -> None:
        """Take note of a fact that is late: what it corrects is corrected now, and what was known in time is not its.

        One that is too late for its own place takes the earliest there is, after what stands before that instant and
        behind those that were too late and older.
        """
        self.settle(self.accounts.now_ms)
        at, earliest = fact.time, self._earliest()
        assert isinstance(at, int)
        self.accounts.restated(max(at, earliest))
        self._filed.append(fact if at >= earliest else replace(fact, time=earliest, seq=at - earliest))
        self._is_late = True
        self.settle(self.accounts.now_ms)
        self._is_late = False

    def _earliest(self) -> int:
        """The earliest place of a fact that comes now. It only ever moves forward. After `catch_up`."""
        return min(self._grid.closed_before, self._newest_at - self.accounts.late_ms)

    def unfile(self, fact: Event) -> None:
        """Take a derived fact back, as if it had never been; one that is far too late stays."""
        self.settle(self.accounts.now_ms)
        self._is_late = True
        oldest = self._earliest() - self.accounts.late_ms
        since: int = max(fact.time, oldest)  # type: ignore[assignment]
        self.accounts.restated(since)
        facts = self._take_back(since)
        for place, filed in enumerate(facts):
            if filed.time >= oldest and _is(filed, fact):  # type: ignore[operator]
                del facts[place]
                break
        self._account(facts)
        self.settle(self.accounts.now_ms)
        self._is_late = False

    def catch_up(self) -> None:
        """Account what has been filed."""
        facts = self._filed
        if not facts:
            return
        self._filed = []
        put_in_order(facts)
        self._newest_at = max(self._newest_at, facts[-1].time)  # type: ignore[assignment]
        pages = self._pages
        if pages and not follows(facts[0], pages[-1].facts[-1]):
            facts = self._take_back(facts[0].time) + facts  # type: ignore[arg-type]
            put_in_order(facts)
        self._account(facts)

    def settle(self, at: int) -> None:
        """Time has passed: a contact whose wrap-up is over by now is handled, though nothing more was said."""
        self.catch_up()
        state = self.state
        if state.finishing and at > state.spent_until and state.activity_at(at, self.configured) != WRAP_UP:
            self._account([Mark(time=at)])

    def close(self, at: int) -> None:
        """The input ends here: time is accounted up to `at` and not beyond."""
        self.catch_up()
        self._account([fact for fact in self._take_back(at) if fact.time <= at])  # type: ignore[operator]
        if 0 < self.state.spent_until < at:
            self._account([Mark(time=at)])
        if self.state.finishing:
            self._after_talk(self.state.activity_at(at, self.configured), at, at, 1)

    def now_doing(self, at: int) -> tuple[int, int]:
        """(activity, since when): a timed wrap-up may have ended since the last fact. After `catch_up`."""
        state = self.state
        activity = state.activity_at(at, self.configured)
        return activity, state.since if activity == state.activity else state.wrap_until

    def open_stretches(self, at: int) -> list[tuple[int, int, int]]:
        """(activity, since, until) of the time up to `at` that is not accounted yet. After `catch_up`."""
        state = self.state
        since, activity = state.spent_until, state.activity
        if not 0 < since < at:
            return []
        if activity == WRAP_UP and since < state.wrap_until < at:
            after = state.activity_at(state.wrap_until, self.configured)
            return [(activity, since, state.wrap_until), (after, state.wrap_until, at)]
        return [(activity, since, at)]

    def _account(self, facts: list[Event]) -> None:
        """Account facts that stand after everything on the pages, in their order."""
        pages, forget_before = self._pages, self._earliest() - self.accounts.late_ms
        while len(pages) > 1 and pages[1].facts[0].time < forget_before:  # type: ignore[operator]
            del pages[0]
        for first in range(0, len(facts), PAGE_MAX):
            page = Page(self.state.copied(), facts[first : first + PAGE_MAX])
            pages.append(page)
            self._go_through(page.facts, 1)

    def _take_back(self, since: int) -> list[Event]:
        """Take back the pages that reach to this instant or beyond; returns what was on them, in order."""
        facts: list[Event] = []
        while self._pages and self._pages[-1].facts[-1].time >= since:  # type: ignore[operator]
            page = self._pages.pop()
            self.state = page.before.copied()
            self._go_through(page.facts, -1)
            self.state = page.before
            facts = page.facts + facts
        return facts

    def _go_through(self, facts: list[Event], sign: int) -> None:
        """Count the time between facts in their order, from the present state on; `sign` -1 takes it back."""
        state, configured = self.state, self.configured
        spend, wrap_up_ms = self.accounts.spend, self.accounts.wrap_up_ms
        until, activity = state.spent_until, state.activity
        for fact in facts:
            at: int = fact.time  # type: ignore[assignment]
            if at <= until:
                at = until
            elif until:
                if until < state.wrap_until < at and (activity == WRAP_UP or state.finishing):
                    spend(state, activity, until, state.wrap_until, sign)
                    self._after_talk(activity, until, state.wrap_until, sign)
                    until, before = state.wrap_until, activity
                    activity = state.activity_at(until, configured)
                    if activity != before:
                        state.since = until
                spend(state, activity, until, at, sign)
                if state.finishing:
                    self._after_talk(activity, until, at, sign)
            elif type(fact) in UNNAMED:
                STEPS[type(fact)](state, fact, at, wrap_up_ms)
                continue
            else:
                state.since = at
            until = at
            before, pauses = activity, state.pauses
            if type(fact) is AgentStateChanged and fact.state in PLAIN_SLOTS and not (pauses or fact.queue):
                state.slot = activity = PLAIN_SLOTS[fact.state]  # most facts, and all they do
                state.source = fact.source or ""
                if state.contacts or state.wrap_until or state.lost:
                    activity = state.activity_at(at, configured)
            else:
                if type(fact) not in UNNAMED:
                    state.source = fact.source or ""
                STEPS[type(fact)](state, fact, at, wrap_up_ms)
                activity = state.activity_at(at, configured)
            if activity != before or (activity == PAUSED and state.pauses[-1] != pauses[-1]):
                state.since = at
        state.spent_until, state.activity = until, activity

    def _after_talk(self, activity: int, since: int, until: int, sign: int) -> None:
        """A stretch after a talk: more wrap-up for the latest contact, or the end of its handling.

        A phone that rings in vain interrupts a timed wrap-up; the next talk ends it, or its own time does.
        """
        state = self.state
        if activity == WRAP_UP and state.finishing:
            *others, (queue, talk_ms, wrap_up_ms) = state.finishing
            state.finishing = (*others, (queue, talk_ms, wrap_up_ms + until - since))
        elif since >= state.wrap_until or activity in (TALKING, ON_HOLD):
            self._handle(since, sign)

    def _handle(self, at: int, sign: int) -> None:
        """Talk and wrap-up are over at this instant."""
        for queue, talk_ms, wrap_up_ms in self.state.finishing:
            self.accounts.handled(queue, at, wrap_up_ms, talk_ms + wrap_up_ms, sign, is_late=self._is_late)
        self.state.finishing = ()


def _is(filed: Event, fact: Event) -> bool:
    """Whether this is the fact, maybe in another place than its own for having come too late."""
    if filed.seq < 0 and filed.time + filed.seq == fact.time:  # type: ignore[operator]
        filed = replace(filed, time=fact.time, seq=fact.seq)
    return filed == fact
