"""The only place that reads the wall clock. Everything else is told the time."""

from __future__ import annotations

import time
from typing import Protocol


def monotonic_s() -> float:
    """Real seconds since some instant of this machine: for how long ago something was, whoever sets its clock."""
    return time.monotonic()


class Clock(Protocol):
    """Engine time: integer milliseconds since the epoch, never backwards."""

    def now_ms(self) -> int:
        """The present instant."""
        ...

    def seconds_until(self, instant_ms: int) -> float:
        """Real seconds to wait until `instant_ms`; 0 when it has passed."""
        ...

    def behind_ms(self) -> int:
        """How long it stands still from now on, because the machine's clock was set back; 0 when it runs."""
        ...


class KeptClock(Clock, Protocol):
    """A clock whose present outlives the process: the journal knows how late it was."""

    def not_before(self, instant_ms: int) -> None:
        """It has been this late already, in an earlier process."""
        ...


class WallClock:
    """Real time; a step backwards of the machine's clock holds it still until time has caught up."""

    def __init__(self) -> None:
        self._last = 0

    def not_before(self, instant_ms: int) -> None:
        """It has been this late already, in an earlier process."""
        self._last = max(self._last, instant_ms)

    def behind_ms(self) -> int:
        """How far the machine's clock is behind what was the present before."""
        return max(0, self._last - time.time_ns() // 1_000_000)

    def now_ms(self) -> int:
        """The present instant, never earlier than the one given before."""
        self._last = max(self._last, time.time_ns() // 1_000_000)
        return self._last

    def seconds_until(self, instant_ms: int) -> float:
        """Real seconds until `instant_ms`."""
        return max(0.0, (instant_ms - self.now_ms()) / 1000)


class ScaledClock:
    """A clock that starts at a chosen instant and runs `speed` times as fast as the wall: demo, paced replay."""

    def __init__(self, start_ms: int, speed: float) -> None:
        self._start_ms = start_ms
        self._speed = speed
        self._origin = time.monotonic()

    def behind_ms(self) -> int:
        """Never: nobody sets it back."""
        return 0

    def restart(self) -> None:
        """Show the start again, as if made only now."""
        self._origin = time.monotonic()

    def now_ms(self) -> int:
        """The present instant of the scaled time."""
        return self._start_ms + int((time.monotonic() - self._origin) * 1000 * self._speed)

    def seconds_until(self, instant_ms: int) -> float:
        """Real seconds until the scaled clock shows `instant_ms`."""
        return max(0.0, (instant_ms - self.now_ms()) / 1000 / self._speed)
