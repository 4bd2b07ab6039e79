"""The pulse of a worker: whether it still takes its turns, told from one that only has nothing to do."""

from __future__ import annotations

from collections.abc import Callable

STILL_S = 15.0
"""Who was asked, and has not taken a turn for so long, takes none any more. A turn may wait two seconds for the disk,
and one for the floor to hear of it; nothing that is not limited."""


class Pulse:
    """One worker's. Seconds are those of the event loop's clock."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._asked_s: float | None = None
        """Since when it is to take a turn, and has not."""
        self._busy_until_s = 0.0
        """A try or a pause, each of which has an end, lasts until then."""

    def asked(self) -> None:
        """There may be something to do."""
        if self._asked_s is None:
            self._asked_s = self._now_s()

    def turned(self) -> None:
        """A turn begins: whatever it was asked for, it sees now."""
        self._asked_s = None

    def busy(self, for_s: float) -> None:
        """Something begins that ends by itself, within so long."""
        self._busy_until_s = self._now_s() + for_s

    @property
    def has_stopped(self) -> bool:
        """It was asked long ago, nothing that ends by itself keeps it, and it has not turned."""
        return self._asked_s is not None and self._now_s() - max(self._asked_s, self._busy_until_s) > STILL_S
