"""Exact rolling windows (now - w, now] over tallies.

Contributions are kept by the second in which they fall, (k - 1, k]: rules and views look at whole seconds, so the edge of a
window never cuts a second and the sums are exact. A window is everything so far, less what has left it; what leaves is found
by a cursor that only moves forward. A late contribution is put into its own second, and, for windows it has already left,
among what has left.
"""

from __future__ import annotations

from bisect import bisect_left

from floorwatch.metrics.tally import DECIDED, IN_THRESHOLD, TIMED, read

SPANS = {"5m": 300, "15m": 900, "30m": 1800, "60m": 3600}
"""The rolling windows, in seconds."""

LOOK_AHEAD = 64
"""Buckets walked, at most, to see when a window may change its verdict."""

ONE_HIT = IN_THRESHOLD + TIMED

PRUNE_AT = 512
"""Buckets that every window has left, before they are dropped."""


class _Span:
    __slots__ = ("cursor", "edge", "gone", "seconds")

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.edge = 0
        """The window is what lies after this second."""
        self.cursor = 0
        self.gone = 0


class Rolling:
    """The tallies of one queue over every rolling window, and in total."""

    __slots__ = ("_left", "_newest", "_spans", "seconds", "tallies", "total")

    def __init__(self) -> None:
        self.seconds: list[int] = []
        self.tallies: list[int] = []
        self.total = 0
        self._spans = {name: _Span(seconds) for name, seconds in SPANS.items()}
        self._newest = 0
        """The last second with a bucket, or that a window has already left: what comes after it is appended."""
        self._left = 0
        """The last second that any window has left."""

    def add(self, at: int, tally: int) -> None:
        """Count a contribution (or take one back: a negative tally) at its instant, in ms."""
        self.total += tally
        second = (at + 999) // 1000
        if second > self._newest:
            self._newest = second
            self.seconds.append(second)
            self.tallies.append(tally)
        elif second == self._newest and second > self._left:
            self.tallies[-1] += tally
        else:
            self._add_late(second, tally)

    def _add_late(self, second: int, tally: int) -> None:
        place = bisect_left(self.seconds, second)
        if place == len(self.seconds) or self.seconds[place] != second:
            self.seconds.insert(place, second)
            self.tallies.insert(place, 0)
            for span in self._spans.values():
                if second <= span.edge:
                    span.cursor += 1
        self.tallies[place] += tally
        for span in self._spans.values():
            if second <= span.edge:
                span.gone += tally

    def window(self, name: str, now_s: int) -> int:
        """The tally of (now - w, now], at a whole second that never goes back."""
        span, seconds, tallies = self._spans[name], self.seconds, self.tallies
        edge = now_s - span.seconds
        if edge > span.edge:
            span.edge = edge
            if edge > self._left:
                self._left = edge
                self._newest = max(self._newest, edge)
            cursor, gone, buckets = span.cursor, span.gone, len(seconds)
            while cursor < buckets and seconds[cursor] <= edge:
                gone += tallies[cursor]
                cursor += 1
            span.cursor, span.gone = cursor, gone
        inside = self.total - span.gone
        place = len(seconds)
        while place and seconds[place - 1] > now_s:  # a source's clock may run ahead of ours
            place -= 1
            inside -= tallies[place]
        return inside

    def next_change(self, name: str, now_s: int) -> int | None:
        """The second at which the window changes if nothing more happens; None when it is and stays empty."""
        span = self._spans[name]
        leaving = self.seconds[span.cursor] + span.seconds if span.cursor < len(self.seconds) else None
        if self.seconds and self.seconds[-1] > now_s:
            entering = self.seconds[bisect_left(self.seconds, now_s + 1)]
            return entering if leaving is None else min(entering, leaving)
        return leaving

    def when_hits_leave(self, name: str, hits: int) -> int | None:
        """The second at which more than so many hits will have left the window, or a step towards it; None for never."""
        span, seconds, tallies = self._spans[name], self.seconds, self.tallies
        cursor, end = span.cursor, min(len(seconds), span.cursor + LOOK_AHEAD)
        while cursor < end:
            decided = tallies[cursor] & DECIDED
            if decided == ONE_HIT:
                hits -= 1
            elif decided:
                hits -= read(decided, "in_threshold") + read(decided, "abandoned_in_threshold")
            if hits < 0:
                return seconds[cursor] + span.seconds
            cursor += 1
        return seconds[end - 1] + span.seconds if end > span.cursor else None

    def prune(self, now_s: int) -> None:
        """Drop what every window has left."""
        for name in self._spans:
            self.window(name, now_s)
        gone = min(span.cursor for span in self._spans.values())
        if gone >= PRUNE_AT:
            del self.seconds[:gone], self.tallies[:gone]
            for span in self._spans.values():
                span.cursor -= gone
