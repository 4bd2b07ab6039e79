"""The last hour of each queue: the service level of its 15-minute window at every whole minute."""

from __future__ import annotations

from collections import deque

from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.service_level import level, ratio

POINTS = 61

Point = tuple[int, float | None, int]
"""(instant in ms, service level or None, decided)."""


class Trends:
    """The points of every queue, oldest first."""

    def __init__(self) -> None:
        self._points: dict[str, deque[Point]] = {}

    def sample(self, ledger: QueueLedger, second: int) -> None:
        """Note the window at this whole minute; unknown is a hole, not a zero."""
        points = self._points.get(ledger.name)
        if points is None:
            points = self._points[ledger.name] = deque(maxlen=POINTS)
        known = ledger.unknown_since is None
        hits, n = level(ledger.rolling.window("15m", second), ledger.policy) if known else (0, 0)
        points.append((second * 1000, ratio(hits, n), n))

    def of(self, queue: str) -> tuple[Point, ...]:
        """The queue's points, oldest first."""
        return tuple(self._points.get(queue, ()))
