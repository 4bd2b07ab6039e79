"""How long alerts waited until somebody had them in hand: sums that never fall."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.floor.rules import RANKS, Severity

BOUNDS_MS = (15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 14_400_000)


@dataclass(slots=True)
class Waits:
    """Those of one severity."""

    within: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    """How many took up to each bound and more than the one before; at last, those that took longer than all."""
    sum_ms: int = 0

    def add(self, ms: int) -> None:
        """One more."""
        self.within[bisect_left(BOUNDS_MS, ms)] += 1
        self.sum_ms += ms


class Waiting:
    """Alerts that nobody has in hand, and how long those waited that somebody took.

    An alert waits from its firing, and again from when it got worse, which takes it from whoever had it.
    """

    def __init__(self) -> None:
        self.taken: dict[Severity, Waits] = {severity: Waits() for severity in RANKS}
        self.never_taken: dict[Severity, int] = dict.fromkeys(RANKS, 0)
        """So many were over before anybody had them."""
        self._since: dict[str, int] = {}
        self._had: set[str] = set()
        """Those that fire and somebody had once, before they got worse maybe."""

    def changed(self, change: AlertChange, now: int) -> None:
        """An alert has changed."""
        alert = change.alert
        if change.change in ("fired", "raised"):
            self._since.setdefault(alert.id, now)
        elif change.change == "acknowledged":
            self._had.add(alert.id)
            if (since := self._since.pop(alert.id, None)) is not None:
                self.taken[alert.severity].add(now - since)
        elif change.change == "resolved":
            was_seen = self._since.pop(alert.id, None) is not None
            self.never_taken[alert.severity] += was_seen and alert.id not in self._had
            self._had.discard(alert.id)

    def begin(self) -> None:
        """Count from 0 again."""
        self.taken = {severity: Waits() for severity in RANKS}
        self.never_taken = dict.fromkeys(RANKS, 0)
