"""The site's calendar: business days and the interval grid, in the site's time zone, safe across DST.

A day runs from `day_start` local time to the next; its intervals are counted in elapsed time from there, so a day of 25
hours has 100 quarters. Days and intervals are half-open, [from, to).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from floorwatch.metrics.closed import ClosedIntervals

Date = date
"""The type, inside a class that has a method of this name."""


class Calendar:
    """Days and intervals of one site. Instants in milliseconds since the epoch."""

    def __init__(self, timezone: str, day_start_ms: int, interval_ms: int) -> None:
        self._zone = ZoneInfo(timezone)
        self._day_start_ms = day_start_ms
        self.interval_ms = interval_ms
        self._day = (0, 0)
        self.closed_before = 0
        """Intervals that end by this instant are closed: a fact that changes one is a correction."""
        self.late_before = 0
        """Engine time less the lateness, as of the latest tick: a fact of an instant before it is late."""
        self.closed = ClosedIntervals(self)
        """Those of them that are to be written down."""

    @property
    def settled_ms(self) -> int:
        """The whole second up to and with which everything has settled: see `metrics.settled`."""
        return (self.late_before - 1) // 1000 * 1000

    def _start_of(self, day: Date) -> int:
        seconds, ms = divmod(self._day_start_ms, 1000)
        midnight = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        return int((midnight + timedelta(seconds=seconds)).timestamp()) * 1000 + ms

    def day(self, instant: int) -> tuple[int, int]:
        """[from, to) of the business day that holds the instant."""
        start, end = self._day
        if not start <= instant < end:
            local = datetime.fromtimestamp(instant // 1000, self._zone).date()
            for shift in (1, 0, -1):
                start = self._start_of(local + timedelta(days=shift))
                if start <= instant:
                    end = self._start_of(local + timedelta(days=shift + 1))
                    break
            self._day = (start, end)
        return start, end

    def date(self, instant: int) -> Date:
        """The business day that holds the instant: the date on which it starts."""
        return self.local(self.day(instant)[0]).date()

    def day_of(self, day: Date) -> tuple[int, int]:
        """[from, to) of a business day."""
        return self._start_of(day), self._start_of(day + timedelta(days=1))

    def interval(self, instant: int) -> tuple[int, int]:
        """[from, to) of the interval that holds the instant."""
        day_start, day_end = self.day(instant)
        start = instant - (instant - day_start) % self.interval_ms
        return start, min(start + self.interval_ms, day_end)

    def intervals(self, first: int, last: int) -> list[tuple[int, int]]:
        """The grid without gaps, from the interval holding `first` to the one holding `last`."""
        grid = [self.interval(first)]
        while grid[-1][1] <= last:
            grid.append(self.interval(grid[-1][1]))
        return grid

    def local(self, instant: int) -> datetime:
        """The instant on the site's wall clock, with its offset."""
        whole, ms = divmod(instant, 1000)
        # Replacing keeps `fold`, adding would lose it: the doubled hour of autumn has two of each time.
        return datetime.fromtimestamp(whole, self._zone).replace(microsecond=ms * 1000)
