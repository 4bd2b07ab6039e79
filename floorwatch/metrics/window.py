"""Exact rolling windows (now - w, now] over tallies.

Contributions are kept by the second in which they fall, (k - 1, k]: rules and views look at whole seconds, so the edge
of a window never cuts a second and the sums are exact. A window is everything so far, less what has left it; what
leaves is found by a cursor that only moves forward. A late contribution is put into its own second, and, for windows
it has already left, among what has left.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable

from floorwatch.metrics.tally import deciding

SPANS = {"5m": 300, "15m": 900, "30m": 1800, "60m": 3600}
"""The rolling windows, in seconds."""

LOOK_AHEAD = 64
"""Buckets walked, at most, to see when a window may change its verdict."""

Contribution = tuple[int, int, *tuple[object, ...]]
"""(instant in ms, tally), and what is of no interest here."""

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

    __slots__ = ("_edges", "_left", "_newest", "_spans", "_up_to", "seconds", "tallies", "total")

    def __init__(self) -> None:
        self.seconds: list[int] = []
        self.tallies: list[int] = []
        self.total = 0
        self._spans = {name: _Span(seconds) for name, seconds in SPANS.items()}
        self._up_to = _Span(0)
        """What lies before every instant that can still be asked for: see `up_to`."""
        self._edges = (*self._spans.values(), self._up_to)
        self._newest = 0
        """The last second with a bucket, or that a window has already left: what comes after it is appended."""
        self._left = 0
        """The last second that any window has left."""

    def add(self, contributions: Iterable[Contribution]) -> None:
        """Count contributions (or take them back: a negative tally), each at its instant."""
        seconds, tallies, newest = self.seconds, self.tallies, self._newest
        for contribution in contributions:
            second, tally = (contribution[0] + 999) // 1000, contribution[1]
            self.total += tally
            if second > newest:
                self._newest = newest = second
                seconds.append(second)
                tallies.append(tally)
            elif second == newest and second > self._left:
                tallies[-1] += tally
            else:
                self._add_late(second, tally)

    def _add_late(self, second: int, tally: int) -> None:
        place = bisect_left(self.seconds, second)
        if place == len(self.seconds) or self.seconds[place] != second:
            self.seconds.insert(place, second)
            self.tallies.insert(place, 0)
            if second <= self._left:
                for span in self._edges:
                    if second <= span.edge:
                        span.cursor += 1
        self.tallies[place] += tally
        if second <= self._left:
            for span in self._edges:
                if second <= span.edge:
                    span.gone += tally

    def window(self, name: str, now_s: int) -> int:
        """The tally of (now - w, now], at a whole second that never goes back."""
        span, seconds, tallies = self._spans[name], self.seconds, self.tallies
        edge = now_s - span.seconds
        if edge > span.edge:
            self._leave(span, edge)
        inside = self.total - span.gone
        place = len(seconds)
        while place and seconds[place - 1] > now_s:  # a source's clock may run ahead of ours
            place -= 1
            inside -= tallies[place]
        return inside

    def up_to(self, second: int) -> int:
        """The tally of everything up to and with a whole second that never goes back."""
        if second > self._up_to.edge:
            self._leave(self._up_to, second)
        return self._up_to.gone

    def _leave(self, span: _Span, edge: int) -> None:
        seconds, tallies = self.seconds, self.tallies
        span.edge = edge
        if edge > self._left:
            self._left = edge
            self._newest = max(self._newest, edge)
        cursor, gone, buckets = span.cursor, span.gone, len(seconds)
        while cursor < buckets and seconds[cursor] <= edge:
            gone += tallies[cursor]
            cursor += 1
        span.cursor, span.gone = cursor, gone

    def left_at(self, name: str, now_s: int, later_s: int) -> int:
        """The tally of what is in the window now and will not have left it later, though more may have come by then."""
        inside, span = self.window(name, now_s), self._spans[name]
        cursor, edge = span.cursor, later_s - span.seconds
        while cursor < len(self.seconds) and self.seconds[cursor] <= min(edge, now_s):
            inside -= self.tallies[cursor]
            cursor += 1
        return inside

    def since_tick(self, name: str, tick_s: int, until_s: int) -> int:
        """The tally of (tick - w, until]: the window as of the latest tick, and what has come since."""
        inside, place = self.window(name, tick_s), len(self.seconds)
        while place and self.seconds[place - 1] > tick_s:
            place -= 1
            if self.seconds[place] <= until_s:
                inside += self.tallies[place]
        return inside

    def next_change(self, name: str, now_s: int) -> int | None:
        """The second at which the window changes if nothing more happens; None when it is and stays empty."""
        span, entering = self._spans[name], self.next_entry(now_s)
        if span.cursor == len(self.seconds):
            return entering
        leaving = self.seconds[span.cursor] + span.seconds
        return leaving if entering is None else min(entering, leaving)

    def next_entry(self, now_s: int) -> int | None:
        """The second at which a contribution enters that is known already: a source's clock may run ahead of ours."""
        if self.seconds and self.seconds[-1] > now_s:
            return self.seconds[bisect_left(self.seconds, now_s + 1)]
        return None

    def when_hits_leave(self, name: str, hits: int) -> int | None:
        """The second at which more than so many hits may have left the window, or a step towards it; None for never."""
        span, ahead = self._spans[name], LOOK_AHEAD
        leaving = self.tallies[span.cursor : span.cursor + ahead]
        if not leaving:
            return None
        while len(leaving) > 1 and self._hits(sum(leaving)) > hits:
            leaving = leaving[: len(leaving) // 2]
        return self.seconds[span.cursor + len(leaving) - 1] + span.seconds

    @staticmethod
    def _hits(tally: int) -> int:
        """Hits by the formula that has most of them."""
        in_threshold, _, abandoned, *_ = deciding(tally)
        return in_threshold + abandoned

    def prune(self, now_s: int) -> None:
        """Drop what every window has left, and `up_to` has passed."""
        for name in self._spans:
            self.window(name, now_s)
        gone = min(span.cursor for span in self._edges)
        if gone >= PRUNE_AT:
            del self.seconds[:gone], self.tallies[:gone]
            for span in self._edges:
                span.cursor -= gone
