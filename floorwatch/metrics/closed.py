"""Which closed intervals are to be written down: those that have just closed, and those that a late fact has changed.

The engine marks, whoever keeps the history drains: so the engine need not know that anything is written at all. A mark
says only that something may have changed; what is written is read from the books, so a mark too many costs a row and
never a figure.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from floorwatch.metrics.calendar import Calendar

EVERY_QUEUE = ""
"""Marks the interval itself: all queues of it, the floor, and the agents' day."""

REACH_MS = 400 * 86_400_000
"""One span never marks more than this: a clock that was years off is no reason to write years of nothing."""

Marks = dict[int, dict[str, None]]
"""Start of an interval to the queues that are to be written, or `EVERY_QUEUE`."""


class ClosedIntervals:
    """The marks of one floor. Instants in milliseconds."""

    __slots__ = ("_agents_days", "_calendar", "_marks", "marked", "since")

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._marks: Marks = {}
        self._agents_days: dict[int, None] = {}
        """Starts of business days of which the agents' sums are to be written, and nothing else."""
        self.marked: dict[str, int] = {}
        """How many marks there ever were, by queue or `EVERY_QUEUE`: who keeps what he has read of closed intervals
        sees by it that he must read again, and drains nothing."""
        self.since = 0
        """Intervals that start before it are not known whole, and never marked; see `store.recover`."""

    def close(self, before: int, until: int, now: int) -> None:
        """Intervals were closed up to `before`, and are now up to `until`.

        `before` 0: the floor is not seen before now, and what the intervals before this one held nobody knows.
        """
        if before:
            self.restate(before, until)
        else:
            self.since = max(self.since, self._calendar.interval(now)[0])

    def mark(self, start: int, queue: str = EVERY_QUEUE) -> None:
        """Something of the interval that starts here may have changed; an open one is written when it closes."""
        if self.since <= start < self._calendar.closed_before:
            self.marked[queue] = self.marked.get(queue, 0) + 1
            marked = self._marks.get(start)
            if marked is None:
                self._marks[start] = {queue: None}
            else:
                marked[queue] = None

    def restate(self, since: int, until: int) -> None:
        """Whatever lies in [since, until) may have changed, for every queue."""
        for start in self._starts(since, until):
            self.mark(start)

    def restate_agents(self, since: int) -> None:
        """What people decided (a schedule, an excuse) may have changed the agents' sums of every day from then on."""
        until = self._calendar.closed_before
        at = max(since, self.since, until - REACH_MS)
        while at < until:
            start, at = self._calendar.day(at)
            self._agents_days[start] = None

    def _starts(self, since: int, until: int) -> Iterator[int]:
        """Of the intervals that hold any of [since, until) and are closed."""
        until = min(until, self._calendar.closed_before)
        at = max(since, self.since, until - REACH_MS)
        while at < until:
            start, at = self._calendar.interval(at)
            yield start

    def __bool__(self) -> bool:
        return bool(self._marks or self._agents_days)

    def drain(self) -> Marks:
        """The marks, in order of time; none is left."""
        marks, self._marks = self._marks, {}
        return dict(sorted(marks.items()))

    def drain_agents_days(self) -> list[int]:
        """The starts of the business days that were marked for the agents alone; none is left."""
        days, self._agents_days = list(self._agents_days), {}
        return days
