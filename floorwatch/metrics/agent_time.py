"""Where an agent's time goes: milliseconds by activity and interval, and by pause reason.

A row is one interval of one agent: ten activities in one integer, a field of 32 bits each (an interval holds at most
2**22 ms), so that a stretch of time is counted with one addition and taken back with one subtraction. Above them, in
units of `Capacity`, stands by how much contacts in hand have taken more or less than the whole agent: below 0 while one
chat of three is in hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from floorwatch.floor.activity import ACTIVITIES, PAUSED, UNKNOWN
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.capacity import Capacity

if TYPE_CHECKING:
    from floorwatch.floor.agent_state import AgentState

BITS = 32
MASK = (1 << BITS) - 1
UNITS = tuple(1 << BITS * activity for activity in range(len(ACTIVITIES)))
BEYOND = len(ACTIVITIES)
"""Place of what contacts took beyond the whole agent, behind the activities."""
BEYOND_UNIT = 1 << BITS * BEYOND


SUMMED_MAX = 1_000
"""So many rows are added as they are before they are read: fields of 2**22 ms each do not run over."""

FOR_EVER = 1 << 62

Group = tuple[str, ...] | None


def row_ms(row: int) -> tuple[int, ...]:
    """Milliseconds by activity of a row."""
    return tuple(row >> BITS * activity & MASK for activity in range(len(ACTIVITIES)))


ONE_AT_ONCE = Capacity()


class AgentTime:
    """One agent's rows and pauses. Instants and durations in milliseconds."""

    __slots__ = (
        "_configured",
        "_end",
        "_group",
        "_row",
        "_rows",
        "_splits",
        "_start",
        "calendar",
        "capacity",
        "paused",
        "paused_any",
        "paused_in",
    )

    def __init__(self, calendar: Calendar, configured: tuple[str, ...], capacity: Capacity = ONE_AT_ONCE) -> None:
        self.calendar = calendar
        self.capacity = capacity
        self._splits = capacity.is_split
        self._configured = configured
        """The membership of an agent that never joined a queue."""
        self._rows: dict[tuple[int, Group], int] = {}
        """(interval start, queues joined) to a row; without the open one, which is at hand below."""
        self._start = self._end = self._row = 0
        self._group: Group = None
        self.paused: dict[str, int] = {}
        """Time paused as an activity, by reason."""
        self.paused_any: dict[str, int] = {}
        """Time with any pause in force, by the latest reason."""
        self.paused_in: dict[tuple[str, str], int] = {}
        """Time paused by (queue, reason)."""

    def spend(self, state: AgentState, activity: int, since: int, until: int, sign: int) -> None:
        """Count [since, until), spent in this activity; `sign` -1 takes it back."""
        unit = UNITS[activity]
        if state.contacts and activity and (self._splits or len(state.contacts) > 1):
            unit += (self.capacity.load(state.contacts) - self.capacity.whole) * BEYOND_UNIT
        if self._start <= since and until <= self._end and state.joined is self._group:
            self._row += sign * (until - since) * unit
        else:
            start = since
            while start < until:
                self._open(start, state.joined)
                end = min(self._end, until)
                self._row += sign * (end - start) * unit
                start = end
        if state.pauses:
            self._pause(state, activity, sign * (until - since))

    def _open(self, instant: int, group: Group) -> None:
        """Make the row that holds the instant the one at hand."""
        if self._row:
            key = (self._start, self._group)
            is_late = key not in self._rows and self._start < next(reversed(self._rows), key)[0]
            self._rows[key] = self._rows.get(key, 0) + self._row
            if is_late:  # they stand in the order of time, so that the day's can be found from the end
                self._rows = dict(sorted(self._rows.items(), key=lambda row: row[0][0]))
        self._row, self._group = 0, group
        self._start, self._end = self.calendar.interval(instant)

    def _pause(self, state: AgentState, activity: int, ms: int) -> None:
        """Count a pause in force, also a partial one or one under a contact; while the feed is lost nobody knows."""
        if activity == UNKNOWN:
            return
        reason = state.pauses[-1][1]
        self.paused_any[reason] = self.paused_any.get(reason, 0) + ms
        if activity == PAUSED:
            self.paused[reason] = self.paused.get(reason, 0) + ms
        reasons: dict[str, str] = {}
        for queue, why in state.pauses:  # the latest last: it counts where two hold
            if queue is not None:
                reasons[queue] = why
            else:
                reasons |= dict.fromkeys(self._configured if state.joined is None else state.joined, why)
        for place in reasons.items():
            self.paused_in[place] = self.paused_in.get(place, 0) + ms

    def rows(self, since: int = 0, until: int = FOR_EVER) -> Iterator[tuple[int, Group, int]]:
        """(interval start, queues joined, row) of rows that start in [since, until)."""
        if self._row:  # of most agents of a large floor there is none, and opening one asks the calendar
            self._open(self._start, self._group)
        for (start, group), row in reversed(self._rows.items()):
            if start < since:
                break
            if start < until:
                yield start, group, row

    def by_interval(self, since: int = 0, until: int = FOR_EVER) -> Iterator[tuple[int, Group, tuple[int, ...]]]:
        """(interval start, queues joined, milliseconds by activity) of rows that start in [since, until)."""
        for start, group, row in self.rows(since, until):
            yield start, group, row_ms(row)

    def beyond(self, since: int = 0, until: int = FOR_EVER) -> int:
        """What contacts took beyond the whole agent, in units and milliseconds, as `spent_ms` counts time."""
        return sum(row >> BITS * BEYOND for _, _, row in self.rows(since, until))

    def spent_ms(self, since: int = 0, until: int = FOR_EVER) -> list[int]:
        """Milliseconds by activity over the intervals that start in [since, until)."""
        total, rows = [0] * len(ACTIVITIES), [row for _, _, row in self.rows(since, until)]
        for first in range(0, len(rows), SUMMED_MAX):
            ms = row_ms(sum(rows[first : first + SUMMED_MAX]))
            total = [a + b for a, b in zip(total, ms, strict=True)]
        return total
