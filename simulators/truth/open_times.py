"""Business hours as the truth reads them: day by day, opening by opening, with no more than a calendar.

It shares nothing with the clock of the monitor, so that each can be held against the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from floorwatch.floor.hours import Hours


class OpenTimes:
    """When one queue is open. Instants and durations in milliseconds."""

    def __init__(self, hours: Hours, timezone: str) -> None:
        self._week = hours.week
        self._zone = ZoneInfo(timezone)

    def waited_ms(self, since_ms: int, until_ms: int) -> int:
        """What of [since, until) lies in business hours."""
        waited_ms = 0
        for opens_ms, closes_ms in self._from(since_ms):
            if opens_ms >= until_ms:
                break
            waited_ms += max(0, min(until_ms, closes_ms) - max(since_ms, opens_ms))
        return waited_ms

    def due_ms(self, since_ms: int, after_ms: int) -> int:
        """The last instant at which no more business time than this has passed."""
        for opens_ms, closes_ms in self._from(since_ms):
            begun_ms = max(since_ms, opens_ms)
            if closes_ms - begun_ms > after_ms:
                return begun_ms + after_ms
            after_ms -= max(0, closes_ms - begun_ms)
        raise AssertionError("openings go on for ever")

    def _from(self, since_ms: int) -> Iterator[tuple[int, int]]:
        """Openings in order, from the day before; hours that touch a change of the clocks are read roughly."""
        day = datetime.fromtimestamp(since_ms // 1000, self._zone).date() - timedelta(days=1)
        while True:
            for opens_ms, closes_ms in self._week[day.weekday()]:
                yield self._instant(day, opens_ms), self._instant(day, closes_ms)
            day += timedelta(days=1)

    def _instant(self, day: date, time_ms: int) -> int:
        wall = datetime(day.year, day.month, day.day) + timedelta(milliseconds=time_ms)  # noqa: DTZ001 - a wall's
        return int(wall.replace(tzinfo=self._zone).timestamp()) * 1000
