"""What has settled: facts older than the lateness, counted once and never taken back.

A whole second has settled when all of it is older than the lateness: nothing that comes in time can change it any more.
What comes later for it, or is taken back from it, is a correction: windows, intervals and reports have it, these totals
never do. So they only ever grow, whoever reads them and however seldom.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

from floorwatch.floor.settings import Settings
from floorwatch.floor.visit import ABANDONED, EXITED, Visit
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.window import Rolling

OUTCOMES = ("answered", "abandoned", "exited")
"""How a wait may end, in the order in which waits are kept."""

STANDARD_MS = tuple(1000 * s for s in (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600))

Ended = tuple[int, int, int, int]
"""(when the wait ended, place of its outcome, how long it was, 1 or -1 where that is taken back)."""


def bounds_ms(settings: Settings) -> tuple[int, ...]:
    """Upper bounds of the classes of waits, the same for every queue: standard ones, and every threshold there is."""
    thresholds = {policy.threshold_ms for policy in (settings.default_policy, *settings.queues.values())}
    return tuple(sorted(thresholds.union(STANDARD_MS)))


class Waits(NamedTuple):
    """Waits that ended in one way."""

    counts: tuple[int, ...]
    """By class: up to and with each bound, and longer than all of them."""
    sum_ms: int


class Settled(NamedTuple):
    """What has settled of one queue since its counting began."""

    tally: int
    bounds_ms: tuple[int, ...]
    waits: tuple[Waits, ...]
    """In the order of `OUTCOMES`, of contacts whose wait is known."""


NOTHING = Settled(0, STANDARD_MS, (Waits((0,) * (len(STANDARD_MS) + 1), 0),) * len(OUTCOMES))


class Settling:
    """What has settled of one queue, and the waits that have not yet."""

    __slots__ = ("_bounds_ms", "_calendar", "_counts", "_ended", "_sums_ms", "_too_late", "_waits")

    def __init__(self, calendar: Calendar, bounds_ms: tuple[int, ...]) -> None:
        self._calendar = calendar
        self._bounds_ms = bounds_ms
        self._too_late = 0
        """The tally of what came, or was taken back, after its instant had settled."""
        self._ended: list[Ended] = []
        """Waits that may not have settled."""
        self._empty()

    def _empty(self) -> None:
        self._counts = [[0] * (len(self._bounds_ms) + 1) for _ in OUTCOMES]
        self._sums_ms = [0] * len(OUTCOMES)
        self._waits = self._as_shown()

    def _as_shown(self) -> tuple[Waits, ...]:
        return tuple(Waits(tuple(n), ms) for n, ms in zip(self._counts, self._sums_ms, strict=True))

    def came_late(self, at: int, tally: int) -> bool:
        """Whether this instant has settled: then the tally, which is posted there only now, is left out for ever."""
        if at > self._calendar.settled_ms:
            return False
        self._too_late += tally
        return True

    def ended(self, visit: Visit, sign: int) -> None:
        """The visit's wait has ended; `sign` -1 takes it back. Left out where that has settled, or is not known."""
        at, calendar = visit.left_at, self._calendar
        if not visit.timed or visit.reason == "unknown":
            return
        if at >= calendar.late_before or at > calendar.settled_ms:  # the first is quick, and nearly always so
            place = 1 if visit.phase == ABANDONED else 2 if visit.phase == EXITED else 0
            self._ended.append((at, place, visit.wait_ms, sign))

    def settled(self, rolling: Rolling) -> Settled:
        """What has settled by the latest tick, of a queue with these tallies."""
        until_ms = self._calendar.settled_ms
        self._settle_waits(until_ms)
        return Settled(rolling.up_to(until_ms // 1000) - self._too_late, self._bounds_ms, self._waits)

    def begin(self, rolling: Rolling) -> None:
        """Leave out what has settled so far."""
        self._too_late += self.settled(rolling).tally
        self._empty()

    def _settle_waits(self, until_ms: int) -> None:
        settled = [one for one in self._ended if one[0] <= until_ms]
        if not settled:
            return
        self._ended = [one for one in self._ended if one[0] > until_ms]
        for _, place, wait_ms, sign in settled:
            self._counts[place][bisect_left(self._bounds_ms, wait_ms)] += sign
            self._sums_ms[place] += sign * wait_ms
        self._waits = self._as_shown()
