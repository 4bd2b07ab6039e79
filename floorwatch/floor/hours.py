"""Business hours: the clock of a queue that runs only while somebody is there to answer.

Definition: the clock runs at every instant at which the site's wall clock reads a time inside the hours of its date,
and stands at all others. So an hour that the clocks skip in spring is no business time, and one that they repeat in
autumn is business time twice, if it lies inside the hours. A span past midnight belongs to the day it begins on: it
goes on into a holiday, and a holiday on which it would begin has none of it.

T, waits and short abandons of a queue with hours are measured on this clock. Instants and durations in milliseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
_CHUNK_DAYS = 64
_CHUNK_MS = _CHUNK_DAYS * DAY_MS
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock's reading has no zone

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DaySpan = tuple[int, int]
"""[from, to) in milliseconds since local midnight; past midnight where `to` is more than a day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a queue is open: the spans of each day of the week, Monday first; and the dates on which it is closed."""

    week: tuple[tuple[DaySpan, ...], ...]
    holidays: tuple[date, ...] = ()
    """In order: settings that say the same must look the same in every process, for snapshots to be used again."""

    def texts(self) -> tuple[str, ...]:
        """`09:00-12:00, 13:00-18:00` of each day of the week, Monday first; empty on a day without hours."""
        return tuple(", ".join(f"{_clock(since)}-{_clock(until)}" for since, until in day) for day in self.week)

    def runs(self) -> list[tuple[str, str, str]]:
        """(first day, last day, times): days that follow each other with the same times are one run."""
        found: list[tuple[str, str, str]] = []
        before = ""
        for day, text in zip(DAYS, self.texts(), strict=True):
            if text and text == before:
                found[-1] = (found[-1][0], day, text)
            elif text:
                found.append((day, day, text))
            before = text
        return found

    def by_day(self) -> dict[str, str]:
        """The same by the names of the days, those without hours left out."""
        return {day: text for day, text in zip(DAYS, self.texts(), strict=True) if text}


def _clock(ms: int) -> str:
    minutes = (ms if ms <= DAY_MS else ms - DAY_MS) // 60_000
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


class BusinessClock:
    """How much business time lies between two instants, and when so much of it is used up.

    Openings are worked out 64 days at a time, as far as anybody asks; then each question is two searches.
    """

    __slots__ = ("_before", "_closes", "_first", "_last", "_opens", "_zone", "hours")

    def __init__(self, hours: Hours, timezone: str) -> None:
        if not any(until > since for spans in hours.week for since, until in spans):
            raise ValueError("hours that are never open have no clock")
        self.hours = hours
        self._zone = ZoneInfo(timezone)
        self._opens: list[int] = []
        self._closes: list[int] = []
        self._before: list[int] = []
        """Business time before each opening, since the first that is known."""
        self._first, self._last = 0, -1
        """The chunks that are known."""

    def elapsed_ms(self, since: int, until: int) -> int:
        """Business time in [since, until)."""
        self._know(since)
        self._know(until)
        return self._passed(until) - self._passed(since)

    def last_within(self, since: int, ms: int) -> int:
        """The last instant at which no more than `ms` of business time has passed since.

        What is due at closing time may come until the next opening: the clock has not moved between.
        """
        self._know(since)
        target = self._passed(since) + ms
        while self._total() <= target:
            self._append(self._last + 1)
        place = bisect_right(self._before, target) - 1
        return self._opens[place] + target - self._before[place]

    def change_after(self, at: int) -> tuple[bool, int]:
        """(whether the clock runs at this instant, when that changes)."""
        self._know(at)
        place = bisect_right(self._opens, at) - 1
        if place >= 0 and at < self._closes[place]:
            if place + 1 == len(self._opens):
                self._append(self._last + 1)  # the last opening that is known may go on
            return True, self._closes[place]
        while place + 1 == len(self._opens):
            self._append(self._last + 1)
        return False, self._opens[place + 1]

    def _passed(self, at: int) -> int:
        place = bisect_right(self._opens, at) - 1
        return 0 if place < 0 else self._before[place] + min(at, self._closes[place]) - self._opens[place]

    def _total(self) -> int:
        return self._before[-1] + self._closes[-1] - self._opens[-1] if self._opens else 0

    def _know(self, at: int) -> None:
        chunk = at // _CHUNK_MS
        if self._first <= chunk <= self._last:
            return
        if self._first > self._last:
            self._first, self._last = chunk, chunk - 1
        elif chunk < self._first:  # rare: everything is counted from another first opening then
            chunk, self._first, self._last = self._last, chunk, chunk - 1
            self._opens, self._closes, self._before = [], [], []
        while self._last < chunk:
            self._append(self._last + 1)

    def _append(self, chunk: int) -> None:
        self._last = chunk
        for opens, closes in self._openings(chunk * _CHUNK_MS, (chunk + 1) * _CHUNK_MS):
            if self._opens and opens <= self._closes[-1]:
                self._closes[-1] = max(closes, self._closes[-1])
            else:
                self._before.append(self._total())
                self._opens.append(opens)
                self._closes.append(closes)

    def _openings(self, since: int, until: int) -> Iterator[tuple[int, int]]:
        """Openings in order, cut at both ends; they may touch."""
        for start, end, offset in self._steady(since, until):
            first, last = (start + offset) // DAY_MS - 1, (end - 1 + offset) // DAY_MS
            for day in range(first, last + 1):
                midnight = day * DAY_MS - offset
                for opens, closes in self._spans_of((_EPOCH + timedelta(days=day)).date()):
                    if max(midnight + opens, start) < min(midnight + closes, end):
                        yield max(midnight + opens, start), min(midnight + closes, end)

    def _spans_of(self, day: date) -> tuple[DaySpan, ...]:
        return () if day in self.hours.holidays else self.hours.week[day.weekday()]

    def _steady(self, since: int, until: int) -> Iterator[tuple[int, int, int]]:
        """(from, to, offset from UTC) of stretches in which nobody sets the clocks."""
        start, at = since, since
        while at < until:
            following = min(at + DAY_MS, until)
            if self._offset(following) != (offset := self._offset(at)):
                low, high = at, following  # the clocks are set on a whole second between
                while high - low > 1000:
                    middle = (low + high) // 2000 * 1000
                    low, high = (middle, high) if self._offset(middle) == offset else (low, middle)
                yield start, high, offset
                start = high
            at = following
        yield start, until, self._offset(start)

    def _offset(self, at: int) -> int:
        offset = datetime.fromtimestamp(at // 1000, UTC).astimezone(self._zone).utcoffset() or timedelta()
        return offset // timedelta(milliseconds=1)
