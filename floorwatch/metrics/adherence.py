"""Adherence of one agent: what was done, held against what was scheduled, stretch by stretch and in order of time.

    adherence = in / (scheduled - neutral)          conformance = on-queue time worked / on-queue time scheduled

Both are ratios of sums (`Sums`), kept by the business day of the shift. The verdict on a stretch is the row's of the
rule matrix, but for what no agent can help (Fairness, below): excused time, and in a matrix that is fair a contact that
runs into a break, the pause made up for it afterwards, and a phone lost with its switch. All of it is neutral, each
under its own cause, so that it is seen.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import NamedTuple

from floorwatch.floor.activity import (
    ALERTING,
    AVAILABLE,
    OFFLINE,
    ON_HOLD,
    PAUSED,
    TALKING,
    UNKNOWN,
    UNREACHABLE,
    WRAP_UP,
)
from floorwatch.metrics.rule_matrix import IN, NEUTRAL, OUT, Matrix, Row
from floorwatch.metrics.schedule import Line
from floorwatch.metrics.sums import Cause, Days, Sums
from floorwatch.metrics.timeline import NEVER, Stretch

FAULT_MS = 5 * 60_000
"""A phone that is lost within so long before its feed, or not back within so long after it, is lost with its switch."""

ENGAGED = (ALERTING, TALKING, ON_HOLD, WRAP_UP)
ON_QUEUE = (*ENGAGED, AVAILABLE)

Excused = Sequence[tuple[int, int]]
"""[from, to), in order, none touching another."""


class Judged(NamedTuple):
    """One stretch and the verdict on it. `scheduled` is empty when nothing is scheduled, and nothing counts."""

    start: int
    end: int
    scheduled: str
    activity: int
    reason: str
    verdict: int
    cause: Cause
    line: Line | None


@dataclass(slots=True)
class _Past:
    """What the judge must remember of the stretches before."""

    at: int
    """Up to when all is judged."""
    activity: int = OFFLINE
    reason: str = ""
    activity_since: int = 0
    engaged_since: int = 0
    """Since when the agent has been with one contact after another; 0 when with none."""
    wrapping_since: int = 0
    """Since when the latest contact is being wrapped up, also with something in between."""
    wrapped_from: int = 0
    """When that contact had come."""
    faulty_until: int = 0
    """Unreachable since the feed was lost: the switch's doing, until then."""
    unreachable: tuple[tuple[int, int, int], ...] = ()
    """(day, start, end) counted as out for a phone that was lost just before its feed may be."""
    line_start: int = 0
    off_queue_from: int = 0
    """Where the unbroken run of scheduled breaks, meetings and so on began."""
    lost_ms: int = 0
    """Of a break lost to a contact, and not made up yet."""
    lost_in: Row | None = None
    out_since: int = 0
    """Since when the agent has been out without a break; 0 when not out."""
    worked_at: int = 0
    """When the agent was last seen on the queue."""
    extra_since: int = 0
    """Since when the agent has been on the queue with nothing scheduled; 0 when not."""
    neutral_until: int = 0
    """Up to when scheduled time was last neutral."""
    lost_until: int = 0
    """Where that break was to end: the pause is made up for in the scheduled activity that begins there."""


class Judge:
    """Holds one agent's stretches against the schedule, in order of time. A copy goes on by itself."""

    def __init__(self, matrix: Matrix, day_of: Callable[[int], tuple[int, int]], at: int) -> None:
        self._matrix = matrix
        self._day_of = day_of
        self._past = _Past(at)
        self._lines: Sequence[Line] = ()
        self._excused: Excused = ()
        self.days: Days = {}

    @property
    def at(self) -> int:
        """Up to when all is judged."""
        return self._past.at

    @property
    def out_since(self) -> int:
        """Since when the agent has been out without a break; 0 when not out."""
        return self._past.out_since

    @property
    def doing(self) -> tuple[int, str, int]:
        """(activity, reason of a pause, since when) at the end of what is judged."""
        past = self._past
        return past.activity, past.reason, past.activity_since

    @property
    def extra_since(self) -> int:
        """Since when the agent has been on the queue with nothing scheduled; 0 when not."""
        return self._past.extra_since

    @property
    def neutral_until(self) -> int:
        """Up to when scheduled time was last neutral; 0 for never."""
        return self._past.neutral_until

    @property
    def worked_at(self) -> int:
        """Up to when the agent was last seen on the queue; 0 for never."""
        return self._past.worked_at

    def copied(self) -> Judge:
        """The same, to go on apart from this one."""
        other = copy(self)
        other._past = copy(self._past)
        other.days = {day: replace(sums, neutral_ms=dict(sums.neutral_ms)) for day, sums in self.days.items()}
        return other

    def by(self, lines: Sequence[Line], excused: Excused) -> None:
        """From now on judge by this schedule, and these excuses."""
        self._lines, self._excused = lines, excused

    def judge(self, stretch: Stretch, tell: Callable[[Judged], None] | None = None) -> None:
        """Count what of the stretch is not judged yet. `tell` hears of every part and the verdict on it.

        A phone lost just before its feed has been told as out when the feed turns out to be lost.
        """
        past = self._past
        at = max(stretch.start, past.at)
        if at >= stretch.end:
            return
        self._begin(stretch)
        place = bisect_right(self._lines, at, key=_start) - 1
        while at < stretch.end:
            line = self._lines[place] if place >= 0 and self._lines[place].end > at else None
            following = self._lines[place + 1].start if place + 1 < len(self._lines) else NEVER
            end = min(stretch.end, following if line is None else line.end)
            if line is None:
                end = min(end, self._day_of(at)[1])
                self._unscheduled(stretch, at, end, tell)
            else:
                end = self._scheduled(stretch, line, at, end, tell)
            at = end
            if at >= following:
                place += 1
        past.at = stretch.end

    def _begin(self, stretch: Stretch) -> None:
        past, activity = self._past, stretch.activity
        past.reason = stretch.reason
        if activity == past.activity:
            return
        if activity == UNKNOWN:
            self._pardon(stretch.start)
        is_faulty = activity == UNREACHABLE and past.activity == UNKNOWN
        past.faulty_until = stretch.start + FAULT_MS if is_faulty else 0
        past.unreachable = ()
        if activity not in ENGAGED:
            past.engaged_since = 0
        elif not past.engaged_since:
            past.engaged_since = stretch.start
        if activity == WRAP_UP and not (past.wrapping_since and stretch.engaged_from == past.wrapped_from != 0):
            past.wrapping_since, past.wrapped_from = stretch.start, stretch.engaged_from
        past.activity, past.activity_since = activity, stretch.start

    def _pardon(self, lost_at: int) -> None:
        """The feed is lost right after the phone: that was no doing of the agent's."""
        for day, start, end in self._past.unreachable:
            ms = end - max(start, lost_at - FAULT_MS)
            if ms > 0:
                sums = self.days[day]
                sums.out_ms -= ms
                sums.neutral_ms["fault"] = sums.neutral_ms.get("fault", 0) + ms

    def _sums(self, day: int) -> Sums:
        sums = self.days.get(day)
        if sums is None:
            sums = self.days[day] = Sums()
        return sums

    def _unscheduled(self, stretch: Stretch, at: int, end: int, tell: Callable[[Judged], None] | None) -> None:
        past = self._past
        past.out_since = 0
        past.extra_since = (past.extra_since or at) if stretch.activity in ON_QUEUE else 0
        if stretch.activity in ON_QUEUE:
            past.worked_at = end
            sums = self._sums(self._day_of(at)[0])
            sums.worked_ms += end - at
            sums.extra_ms += end - at
        if tell is not None:
            tell(Judged(at, end, "", stretch.activity, stretch.reason, NEUTRAL, "", None))

    def _scheduled(self, stretch: Stretch, line: Line, at: int, end: int, tell: Callable[[Judged], None] | None) -> int:
        """Judge from `at` on as far as one verdict reaches; returns how far that is."""
        row = self._matrix.rows.get(line.activity)
        if row is None:
            end = min(end, self._day_of(at)[1])
            self._unscheduled(stretch, at, end, tell)
            return end
        if line.start != self._past.line_start:
            self._enter(line, row)
        end, is_excused = self._excuse(at, end)
        verdict: int = NEUTRAL
        cause: Cause = "excused"
        if not is_excused:
            end, verdict, cause = self._verdict(stretch, line, row, at, end)
        self._count(stretch, line, at, end, verdict, cause)
        if tell is not None:
            tell(Judged(at, end, line.activity, stretch.activity, stretch.reason, verdict, cause, line))
        return end

    def _enter(self, line: Line, row: Row) -> None:
        """The scheduled activity begins."""
        past, follows = self._past, self._ends_at(line.start)
        takes_contacts = row.activities[TALKING] == IN
        if takes_contacts:
            past.off_queue_from = 0
        elif not past.off_queue_from or not follows:
            past.off_queue_from = line.start
        if line.start != past.lost_until:
            past.lost_ms = 0
        past.line_start = line.start

    def _ends_at(self, instant: int) -> bool:
        """Whether a scheduled activity ends right then."""
        place = bisect_right(self._lines, instant - 1, key=_start) - 1
        return place >= 0 and self._lines[place].end == instant

    def _excuse(self, at: int, end: int) -> tuple[int, bool]:
        """(how far it holds, whether this instant is excused)."""
        place = bisect_right(self._excused, at, key=_start) - 1
        if place >= 0 and self._excused[place][1] > at:
            return min(end, self._excused[place][1]), True
        if place + 1 < len(self._excused):
            end = min(end, self._excused[place + 1][0])
        return end, False

    def _verdict(self, stretch: Stretch, line: Line, row: Row, at: int, end: int) -> tuple[int, int, Cause]:
        """(how far it holds, the verdict, its cause)."""
        activity, past = stretch.activity, self._past
        verdict = row.verdict(activity, stretch.reason)
        if verdict == NEUTRAL:
            if activity == UNKNOWN:
                return end, NEUTRAL, "feed"
            return end, NEUTRAL, "fault" if activity == UNREACHABLE else ""
        if verdict == IN or not self._matrix.is_fair:
            return end, verdict, ""
        if activity in ENGAGED and past.off_queue_from:
            return self._finishing(stretch, line, row, at, end)
        if activity == PAUSED and past.lost_ms and past.lost_in is not None:
            if past.lost_in.verdict(PAUSED, stretch.reason) == IN:
                end = min(end, at + past.lost_ms)
                past.lost_ms -= end - at
                return end, NEUTRAL, "made_up"
        elif activity == UNREACHABLE and at < past.faulty_until:
            return min(end, past.faulty_until), NEUTRAL, "fault"
        return end, OUT, ""

    def _finishing(self, stretch: Stretch, line: Line, row: Row, at: int, end: int) -> tuple[int, int, Cause]:
        """A contact during a break: neutral when it had come to the agent before, its wrap-up up to the cap."""
        past = self._past
        came_at = stretch.engaged_from or past.engaged_since
        if stretch.activity == WRAP_UP:
            if past.engaged_since == past.wrapping_since:
                came_at = past.wrapping_since  # of no contact: what ended long ago is not what is wrapped up
            capped_at = past.wrapping_since + self._matrix.wrap_up_cap_ms
            if at >= capped_at:
                return end, OUT, ""
            end = min(end, capped_at)
        if came_at >= past.off_queue_from:
            return end, OUT, ""
        if past.lost_in is not row:
            past.lost_ms, past.lost_in = 0, row
        past.lost_ms += end - at
        past.lost_until = line.end
        return end, NEUTRAL, "contact"

    def _count(self, stretch: Stretch, line: Line, at: int, end: int, verdict: int, cause: Cause) -> None:
        sums, ms = self._sums(line.day), end - at
        sums.scheduled_ms += ms
        if line.activity == "work":
            sums.work_ms += ms
        if stretch.activity in ON_QUEUE:
            sums.worked_ms += ms
            self._past.worked_at = end
        past = self._past
        past.extra_since = 0
        if verdict != OUT:
            past.out_since = 0
        elif not past.out_since:
            past.out_since = at
        if verdict == NEUTRAL:
            past.neutral_until = end
        if verdict == IN:
            sums.in_ms += ms
        elif verdict == OUT:
            sums.out_ms += ms
            if stretch.activity == UNREACHABLE and self._matrix.is_fair:
                past.unreachable += ((line.day, at, end),)
        else:
            sums.neutral_ms[cause] = sums.neutral_ms.get(cause, 0) + ms


def _start(piece: Line | tuple[int, int]) -> int:
    return piece[0]
