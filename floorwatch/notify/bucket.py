"""How often a robot may be told: so many messages in so many seconds, by an exact log of what was tried.

A robot whose limit is broken is shut out for minutes, with the emergency that comes next. So every try counts, also one
that failed; a share is kept for emergencies; and those of a storm are spaced over that share, so that the next one
waits for a part of the window and not for all of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from hashlib import blake2b
from typing import NamedTuple

MARGIN, MARGIN_S_MIN = 0.02, 1.0
"""A window is taken for so much longer, and at least for so long: what left us evenly arrives unevenly."""
FAILURES_A_MINUTE = 9
"""So often an output is tried in the first minute in which it fails, at the most: 0.25 s later, 0.5 s, 1 s, …"""
HALF_HOUR_MS = 30 * 60_000
EARLY_MS = 2_000
LATE_MS_MIN, LATE_MS_MAX = 5_000, 45_000


class Limits(NamedTuple):
    """What a provider allows one robot."""

    windows: tuple[tuple[int, int], ...]
    """(at most so many messages, in any so many ms)."""
    reserve: float = 0.25
    """The share of each window that only emergencies use."""
    avoids_half_hours: bool = False
    """What is no emergency stays away from the full and the half hour, when everybody's robots speak at once."""

    def shared(self, most: int) -> int:
        """How many of so many everybody may use."""
        return most - min(most - 1, max(1, round(most * self.reserve))) if self.reserve > 0 else most

    def of_each(self, requests: int) -> Limits:
        """The same, where each message is so many requests."""
        return self._replace(windows=tuple((max(1, most // requests), span_ms) for most, span_ms in self.windows))


class Bucket:
    """The tries of one robot. Seconds are those of one clock that never jumps."""

    def __init__(self, limits: Limits, name: str) -> None:
        self._limits = limits
        self._name = name
        self._windows = [_Kept(most, limits.shared(most), span_ms / 1000) for most, span_ms in limits.windows]
        self._unnoted: deque[float] = deque(maxlen=max(most for most, _ in limits.windows))

    def begin(self, now_s: float, ages_s: Collection[float], *, was_failing: bool = False) -> None:
        """We start: so long ago it was told something. A crash may have left one more try unrecorded, and where it was
        failing as many as there are in the first minute of that: they are assumed.
        """
        assumed = [0.0] * (FAILURES_A_MINUTE if was_failing else 1)
        for age_s in sorted([*ages_s, *assumed], reverse=True):
            self._add(now_s - max(0.0, age_s))

    def tried(self, now_s: float, requests: int = 1) -> None:
        """A try of so many requests has ended, well or badly: whatever of it arrived has arrived by now."""
        for _ in range(requests):
            self._add(now_s)
            self._unnoted.append(now_s)

    def noted(self, now_s: float) -> int:
        """How many requests of the longest window were not written down yet, those that failed, too: now they are."""
        longest_s = max(span_ms for _, span_ms in self._limits.windows) / 1000
        count = sum(now_s - at_s < longest_s for at_s in self._unnoted)
        self._unnoted.clear()
        return count

    def wait_s(self, now_s: float, now_ms: int, *, is_emergency: bool, requests: int = 1) -> float:
        """How long the next try, of so many requests, must wait; 0: not at all. `now_ms` is the present by the wall
        clock.
        """
        waits = [window.wait_s(now_s, is_emergency=is_emergency, requests=requests) for window in self._windows]
        if self._limits.avoids_half_hours and not is_emergency:
            waits.append(self._crowd_s(now_ms))
        return max(waits, default=0.0)

    def _add(self, at_s: float) -> None:
        for window in self._windows:
            window.add(at_s)

    def _crowd_s(self, now_ms: int) -> float:
        """How long the crowd of this half hour lasts; each robot comes back after another while."""
        mark, since_ms = divmod(now_ms + EARLY_MS, HALF_HOUR_MS)
        drawn = int.from_bytes(blake2b(f"{self._name} {mark}".encode(), digest_size=8).digest())
        late_ms = LATE_MS_MIN + drawn % (LATE_MS_MAX - LATE_MS_MIN + 1)
        return max(0, EARLY_MS + late_ms - since_ms) / 1000


class _Kept:
    """One window, and what was tried within it."""

    def __init__(self, most: int, shared: int, span_s: float) -> None:
        self._most = most
        self._shared = shared
        self._span_s = span_s + max(MARGIN * span_s, MARGIN_S_MIN)
        self._tries: deque[float] = deque(maxlen=most)
        reserved = most - shared
        self._burst = max(1, reserved // 3)
        """So many emergencies may use the reserve at once; then one after each step, so that no window is broken."""
        self._step_s = self._span_s / max(1, reserved - self._burst + 1)
        self._used_up_to_s = float("-inf")
        """Until then the reserve would be used by what was sent, had that been one step apart."""

    def add(self, at_s: float) -> None:
        """A try that ended then."""
        if self._free_s(self._shared, at_s):
            self._used_up_to_s = max(self._used_up_to_s, at_s) + self._step_s
        self._tries.append(at_s)

    def wait_s(self, now_s: float, *, is_emergency: bool, requests: int) -> float:
        """How long the next try must wait."""
        others = requests - 1
        shared_s = self._free_s(self._shared - others, now_s)
        if not is_emergency or self._shared == self._most or not shared_s:
            return shared_s
        spaced_s = self._used_up_to_s - max(0, self._burst - requests) * self._step_s - now_s
        return max(self._free_s(self._most - others, now_s), min(shared_s, spaced_s), 0.0)

    def _free_s(self, most: int, now_s: float) -> float:
        """Until fewer than `most` tries are within the window; of what takes more than it has, until it is empty."""
        most = max(1, most)
        if len(self._tries) < most:
            return 0.0
        return max(0.0, self._tries[-most] + self._span_s - now_s)
