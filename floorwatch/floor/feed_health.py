"""How well one source is heard: the counters and gauges of its feed. Pure.

The two that cost something for every event, `events` and the delay, are written by the engine itself.
"""

from __future__ import annotations

from collections import deque

from floorwatch.floor.source import Source

MARK_S = 5
"""Seconds between two marks, from which what happened in the last minute is told."""
MARKS = 12
NO_DELAY = -(1 << 62)


class FeedHealth:
    """What the engine has met in the events of one source, since it began."""

    __slots__ = (
        "_marks",
        "clock_offset_ms",
        "clock_set_at",
        "corrections",
        "delay_ms",
        "delay_ms_max",
        "duplicates",
        "events",
        "late",
        "source",
    )

    def __init__(self, source: Source) -> None:
        self.source = source
        self.events = 0
        """Events applied; what we say ourselves of the connection is none."""
        self.delay_ms = 0
        """From the time of the latest one to when it was applied; below 0 where its clock is a little ahead."""
        self.delay_ms_max = NO_DELAY
        """The greatest of it since the last mark."""
        self.duplicates = self.late = self.corrections = 0
        self.clock_offset_ms = 0
        """How far its clock is behind ours; its times have been corrected by it."""
        self.clock_set_at: int | None = None
        """When its clock was last seen to have been set."""
        self._marks: deque[tuple[int, int, int]] = deque(maxlen=MARKS)
        """(second, events until then, greatest delay since the mark before)."""

    @property
    def is_down(self) -> bool:
        """Whether the feed is lost."""
        return self.source.down_since is not None

    def lost_ms(self, now: int) -> int:
        """How long the outage lasts, or the last one did; 0 when there was none."""
        if self.source.down_since is not None:
            return max(0, now - self.source.down_since)
        since, until = self.source.downs[-1] if self.source.downs else (0, 0)
        return until - since

    def mark(self, second: int) -> None:
        """It is this second of engine time, some `MARK_S` after the last mark."""
        self._marks.append((second, self.events, self.delay_ms_max))
        self.delay_ms_max = NO_DELAY

    def events_per_s(self, now: int) -> float | None:
        """Events a second over the last minute; None at the beginning, and while the feed is lost: nobody knows."""
        if self.is_down or not self._marks:
            return None
        second, events, _ = self._marks[0]
        span_ms = now - second * 1000
        return (self.events - events) * 1000 / span_ms if span_ms > 0 else None

    def worst_delay_ms(self) -> int | None:
        """The greatest delay of the last minute; None when nothing came in it, and while the feed is lost."""
        worst = max((self.delay_ms_max, *(delay_ms for _, _, delay_ms in self._marks)))
        return None if self.is_down or worst == NO_DELAY else worst
