"""What adherence and conformance are ratios of: sums of one agent's time, kept by business day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Cause = Literal["", "contact", "made_up", "feed", "fault", "excused"]
"""Why a stretch is neutral: a contact from before the break; the pause made up for that; the feed was lost; the phone
was lost with its switch; excused by a supervisor."""


@dataclass(slots=True)
class Sums:
    """Milliseconds of one business day."""

    scheduled_ms: int = 0
    in_ms: int = 0
    out_ms: int = 0
    neutral_ms: dict[Cause, int] = field(default_factory=dict)
    """By cause."""
    work_ms: int = 0
    """Scheduled as work, on any channel."""
    worked_ms: int = 0
    """On the queue, whatever was scheduled."""
    extra_ms: int = 0
    """On the queue while nothing was scheduled that counts."""

    def add(self, other: Sums) -> None:
        """Add what another has."""
        for name in ("scheduled_ms", "in_ms", "out_ms", "work_ms", "worked_ms", "extra_ms"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for cause, ms in other.neutral_ms.items():
            self.neutral_ms[cause] = self.neutral_ms.get(cause, 0) + ms

    @property
    def neutral_total_ms(self) -> int:
        """Neutral time, whatever the cause."""
        return sum(self.neutral_ms.values())

    @property
    def adherence(self) -> float | None:
        """In over scheduled less neutral; None when nothing counted."""
        counted = self.scheduled_ms - self.neutral_total_ms
        return self.in_ms / counted if counted > 0 else None

    @property
    def conformance(self) -> float | None:
        """On-queue time worked over on-queue time scheduled; None when none was scheduled."""
        return self.worked_ms / self.work_ms if self.work_ms else None


Days = dict[int, Sums]
"""By the start of the business day."""
