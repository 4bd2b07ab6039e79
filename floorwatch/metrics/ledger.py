"""The figures of one queue: every visit counted at its instants, in windows and intervals, corrected exactly.

A visit is counted in parts (entry, miss, end of the wait, end of talk), each at its own instant. `parts` says what a
visit counts as in all; events in order post one part as it happens, a correction posts the difference between two sets
of parts.

What is posted is filed, and booked when somebody reads a figure, at the latest once a minute: a queue's figures lie
far from the processor when its next event comes, and fetching them once for many costs a third of fetching them for
each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from floorwatch.floor.hours import BusinessClock
from floorwatch.floor.settings import QueuePolicy
from floorwatch.floor.visit import ABANDONED, WAITING, Visit
from floorwatch.metrics import tally as t
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.closed import EVERY_QUEUE
from floorwatch.metrics.interval import Interval
from floorwatch.metrics.parts import left_part, talked_part
from floorwatch.metrics.settled import Settled, Settling
from floorwatch.metrics.window import Rolling

Posting = tuple[int, int, int, int, str]
"""(instant, tally by event, when the visit arrived, tally by arrival, the agent who answered or '')."""

NOBODY_MINDS = 1 << 62

WAITED_MAX = 2_000
"""So many ended waits are kept for each queue: enough for a patience from some hundred abandons."""


class Waited(NamedTuple):
    """A wait that has ended, by an answer, an exit or the customer's patience."""

    left_at: int
    wait_ms: int
    was_abandoned: bool


Corrected = dict[tuple["QueueLedger", int], int]
"""(queue, instant) to by how much what was closed or had settled there is changed; see `metrics.corrections`."""


class QueueLedger:
    """One queue: its policy, who waits, and its tallies."""

    __slots__ = (
        "_current",
        "_filed",
        "_in_order",
        "_intervals",
        "_last_entry",
        "_rolling",
        "calendar",
        "channel",
        "clock",
        "corrected",
        "heard",
        "hits_spend",
        "is_immediate",
        "is_roused",
        "is_watched",
        "last_offered_at",
        "line_alarm",
        "look_s",
        "name",
        "on_change",
        "policy",
        "settling",
        "short_abandon_ms",
        "sources",
        "spare",
        "threshold_ms",
        "unknown_since",
        "waited",
        "waiting",
    )

    def __init__(
        self,
        name: str,
        policy: QueuePolicy,
        calendar: Calendar,
        on_change: dict[QueueLedger, None],
        heard: dict[QueueLedger, None],
        corrected: Corrected,
        bounds_ms: tuple[int, ...],
        clock: BusinessClock | None = None,
    ) -> None:
        self.name = name
        self.policy = policy
        self.threshold_ms = policy.threshold_ms
        self.short_abandon_ms = policy.short_abandon_ms
        self.clock = clock
        self.calendar = calendar
        self.on_change = on_change
        """Queues whose rules are to be looked at on the next tick; shared by all."""
        self.heard = heard
        """Queues with rules that wait for no tick, which the event being applied has touched; shared by all."""
        self._rolling = Rolling()
        self._filed: list[Posting] = []
        self.spare = self.hits_spend = self.look_s = 0
        """Decisions that may come before the rules must be read again; how many of them a hit takes (a miss takes one);
        the tick on which they are read again in any case. See `alerts.watch`."""
        self._intervals: dict[int, Interval] = {}
        self._current = Interval(0, 0)
        self.corrected = corrected
        """What the fact being applied has changed of what was closed or had settled; shared by all, see the engine."""
        self.settling = Settling(calendar, bounds_ms)
        self.waiting: dict[Visit, None] = {}
        self._in_order = True
        """Those who wait stand in the order of their entry: no late fact has put one behind younger ones."""
        self._last_entry = 0
        self.waited: deque[Waited] = deque(maxlen=WAITED_MAX)
        """The latest visits that can no longer change: what is known of patience."""
        self.last_offered_at: int | None = None
        self.is_roused = self.is_watched = self.is_immediate = True
        """What its rules said of the next reading holds no more; it is marked after every change; and looked at within
        the event. As long as no rule was read, all of that."""
        self.line_alarm = NOBODY_MINDS
        """When so many wait, the rules are to be read."""
        self.unknown_since: int | None = None
        """Since when a source of this queue is down."""
        self.sources: dict[str, None] = {}
        self.channel = policy.channel
        """The policy's; for a queue that is not configured, what its contacts say."""

    @property
    def rolling(self) -> Rolling:
        """The queue's windows."""
        self._book()
        return self._rolling

    @property
    def intervals(self) -> dict[int, Interval]:
        """The queue's intervals by their start; one in which nothing happened may be missing."""
        self._book()
        return self._intervals

    def recent(self, since: int) -> Iterator[Interval]:
        """Intervals that start at or after `since`, the latest first, without a walk through all that ever were."""
        return takewhile(lambda interval: interval.start >= since, reversed(self.intervals.values()))

    def interval_at(self, instant: int) -> Interval:
        """The interval that holds the instant, opened when needed."""
        self._book()
        return self._interval(instant)

    def _interval(self, instant: int) -> Interval:
        current = self._current
        if not current.start <= instant < current.end:
            start, end = self.calendar.interval(instant)
            found = self._intervals.get(start)
            if found is None:
                is_late = start < next(reversed(self._intervals), 0)
                found = self._intervals[start] = Interval(start, end)
                if is_late:  # they stand in the order of time, so that the day's can be found from the end
                    self._intervals = dict(sorted(self._intervals.items()))
            self._current = current = found
        return current

    def post(self, at: int, tally: int, arrived_at: int = 0, decided: int = 0, answered_by: str = "") -> None:
        """Count at this instant, by event; and what was `decided`, by arrival."""
        self._filed.append((at, tally, arrived_at, decided, answered_by))
        if at < self.calendar.late_before:
            self._came_late(at, tally, answered_by)

    def _came_late(self, at: int, tally: int, answered_by: str = "") -> None:
        """A correction, where the interval of this instant is closed or the instant itself has settled."""
        is_closed, has_settled = at < self.calendar.closed_before, self.settling.came_late(at, tally)
        if is_closed or has_settled:
            self.corrected[self, at] = self.corrected.get((self, at), 0) + tally
        if is_closed:
            self.calendar.closed.mark(self._interval(at).start, EVERY_QUEUE if answered_by else self.name)

    def _book(self) -> None:
        """Book what has been filed."""
        filed = self._filed
        if not filed:
            return
        self._filed = []
        self._rolling.add(filed)
        interval = self._current
        for at, tally, arrived_at, decided, agent in filed:
            if not interval.start <= at < interval.end:
                interval = self._interval(at)
            interval.tally += tally
            if agent:
                interval.answered_by[agent] = interval.answered_by.get(agent, 0) + (1 if tally > 0 else -1)
            if decided:
                if not interval.start <= arrived_at < interval.end:
                    interval = self._interval(arrived_at)
                    self.calendar.closed.mark(interval.start, self.name)
                interval.arrival += decided

    def admit(self, visit: Visit) -> None:
        """The visit waits from now on."""
        at, waiting = visit.entered_at, self.waiting
        if at >= self._last_entry or not waiting:
            self._last_entry = at
            self._in_order = self._in_order or not waiting
        else:
            self._in_order = False
        waiting[visit] = None
        if len(waiting) >= self.line_alarm:
            self.rouse()

    def rouse(self) -> None:
        """All rules are to be read on the next tick."""
        self.is_roused = True
        self._touch()

    def _touch(self) -> None:
        self.on_change[self] = None
        if self.is_immediate:
            self.heard[self] = None

    def calm(self) -> None:
        """The rules are being read: what they mind is theirs to say."""
        self.is_roused = False
        self.spare, self.hits_spend, self.line_alarm = NOBODY_MINDS, 0, NOBODY_MINDS

    def spend(self, hits_spend: int, spare: int) -> None:
        """So many decisions may come, at most, before the rules are to be read; hits count for so many of them."""
        self.hits_spend, self.spare = max(self.hits_spend, hits_spend), min(self.spare, spare)

    def entered(self, visit: Visit) -> None:
        """The visit began."""
        self.last_offered_at = max(visit.entered_at, self.last_offered_at or 0)
        self.post(visit.entered_at, t.OFFERED if visit.timed else t.OFFERED + t.UNKNOWN_ENTRY)
        if self.is_watched:
            self._touch()

    def left(self, visit: Visit, sign: int = 1) -> None:
        """The wait ended; `sign` -1 takes it back."""
        at, tally, decided = left_part(visit)
        self.post(at, sign * tally, visit.entered_at, sign * decided, visit.agent)
        self.settling.ended(visit, sign)
        if decided:
            self.spare -= self.hits_spend if decided & t.IN_THRESHOLD else 1
        if self.spare < 0 or sign < 0:
            self.rouse()
        elif self.is_watched:
            self._touch()

    def missed(self, visit: Visit, sign: int = 1) -> None:
        """T elapsed while waiting; `sign` -1 takes it back."""
        self.post(visit.deadline, sign * t.PAST_THRESHOLD, visit.entered_at, sign * t.PAST_THRESHOLD)
        self.spare -= 1
        self.rouse()  # one that still waits goes on towards the limit of the longest wait

    def count_answer(self, visit: Visit, sign: int) -> None:
        """One more contact answered by this agent, or one less."""
        interval = self._interval(visit.left_at)
        interval.answered_by[visit.agent] = interval.answered_by.get(visit.agent, 0) + sign
        self.calendar.closed.mark(interval.start)

    def count_arrival(self, arrived_at: int, decided: int) -> None:
        """What was decided, or is no longer, of the visits that arrived then."""
        interval = self._interval(arrived_at)
        interval.arrival += decided
        self.calendar.closed.mark(interval.start, self.name)

    def untimed(self, visit: Visit) -> None:
        """The answer was not seen: the wait is unknown after all."""
        self.post(visit.entered_at, t.UNKNOWN_ENTRY)

    def talked(self, visit: Visit) -> None:
        """Talk ended."""
        at, tally, _ = talked_part(visit)
        self.post(at, tally)

    def declined(self, at: int, agent: str, sign: int = 1) -> None:
        """An agent let it ring or refused; counted per attempt. `sign` -1 takes it back."""
        self.post(at, sign * t.DECLINED)
        interval = self._interval(at)
        interval.declined_by[agent] = interval.declined_by.get(agent, 0) + sign
        self.calendar.closed.mark(interval.start)

    def refused(self, at: int, reason: str) -> None:
        """Turned away at the door."""
        self.post(at, t.REFUSED[reason if reason in t.REFUSED else "other"])

    def handled(self, at: int, wrap_up_ms: int, handling_ms: int, sign: int, *, is_late: bool) -> None:
        """A contact's talk and wrap-up are over; `sign` -1 takes it back.

        `is_late`: because of a fact that came late. Else it was known in time, whenever it is told: agents' time is
        accounted when somebody looks.
        """
        tally = sign * (t.HANDLED + wrap_up_ms * t.WRAP_UP_MS + handling_ms * t.HANDLING_MS)
        self._filed.append((at, tally, 0, 0, ""))
        if is_late and at < self.calendar.late_before:
            self._came_late(at, tally)

    def settle_wait(self, visit: Visit) -> None:
        """The visit can no longer change: remember its wait for the interval's maximum, where it is known."""
        if visit.timed and visit.phase != WAITING and visit.reason != "unknown":
            interval, wait_ms = self._interval(visit.left_at), visit.wait_ms
            interval.wait_ms_max = max(interval.wait_ms_max, wait_ms)
            self.waited.append(Waited(visit.left_at, wait_ms, visit.phase == ABANDONED))

    def settled(self) -> Settled:
        """What has settled by the latest tick. After `settle_agents`: what is handled counts as well."""
        return self.settling.settled(self.rolling)

    def begin_settled(self) -> None:
        """Count from 0 what settles from now on. After `settle_agents`."""
        self.settling.begin(self.rolling)

    def prune(self, now_s: int) -> None:
        """Drop what nobody can ask for any more."""
        self.settled()
        self.rolling.prune(now_s)

    def waited_ms(self, visit: Visit, now: int) -> int:
        """How long a visit that waits has waited, by the queue's clock; below 0 for one that comes later than now."""
        clock = self.clock
        return now - visit.entered_at if clock is None else clock.elapsed_ms(visit.entered_at, now)

    def waits_so_long_until(self, visit: Visit, ms: int) -> int:
        """The last instant at which a visit that waits has waited no longer than this."""
        clock = self.clock
        return visit.entered_at + ms if clock is None else clock.last_within(visit.entered_at, ms)

    def oldest_wait(self) -> Visit | None:
        """The contact that waits longest, of those whose entry is known."""
        oldest: Visit | None = None
        for visit in self.waiting:
            if visit.timed and (oldest is None or visit.entered_at < oldest.entered_at):
                if self._in_order:
                    return visit
                oldest = visit
        return oldest
