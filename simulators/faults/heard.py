"""What a reader of the feed must have counted in the end, known by whoever told it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from simulators.faults.told import APPLIED, DUPLICATE, Told

LATENESS_MS = 30_000
"""What `config_of` leaves to its default: a fact told later than this is late."""
REMEMBERED_MS = LATENESS_MS + 5 * 60_000
"""A contact that is over is remembered for so long: a fact told later than this finds nothing to belong to."""


class Heard:
    """Counts what is told, as the report's `input` does."""

    def __init__(self) -> None:
        self.fates: Counter[str] = Counter()
        """How many were applied, were duplicates, or were refused for which reason."""
        self.late = 0
        """Applied, though they happened over `LATENESS_MS` before the whole second reached by then."""
        self.losses: list[tuple[int, int]] = []
        """[from, to) in which nothing was told, in order."""
        self.is_clear = True
        """What is told can be put right by whoever reads it. Not under a wrong clock, which must be found out first,
        nor where something is told too late."""
        self._received_ms = 0

    def hear(self, told: Told, time_ms: int) -> None:
        """One more item; what it tells of truly happened at `time_ms`."""
        self.fates[told.fate] += 1
        self._received_ms = max(self._received_ms, told.received_ms)
        late_ms = (self._received_ms - 1) // 1000 * 1000 - time_ms
        if told.fate == APPLIED and late_ms > LATENESS_MS:
            self.late += 1
            self.is_clear &= late_ms <= REMEMBERED_MS

    def as_input(self) -> dict[str, Any]:
        """The same as the report's `input`; null where the feed's faults make it the reader's own affair."""
        duplicate, applied = self.fates[DUPLICATE], self.fates[APPLIED]
        invalid = {reason: n for reason, n in self.fates.items() if reason not in (APPLIED, DUPLICATE)}
        return {
            "read": self.fates.total(),
            "applied": applied if self.is_clear else None,
            "duplicate": duplicate,
            "late": self.late if self.is_clear else None,
            "invalid": invalid,
            "ignored": 0,
            "unknown_attributes": 0,
            "anomalies": {} if self.is_clear and not self.losses else None,
        }
