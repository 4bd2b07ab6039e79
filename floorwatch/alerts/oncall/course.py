"""What has become of every alert since it fired: how grave it was when, and who had it in hand since when."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.floor.rules import Severity

KEPT_MS = 28 * 86_400_000
"""For so long after it was over: a turn of two weeks has a report, which is shown for two more."""


class Taken(NamedTuple):
    """Somebody took the alert in hand. Personal data."""

    at: int
    who: str


@dataclass(slots=True)
class Course:
    """Of one alert."""

    severities: list[tuple[int, Severity]]
    """From when on it had which, the first when it fired."""
    taken: list[Taken] = field(default_factory=list)


class Courses:
    """Of all alerts, also those that nobody is called about."""

    def __init__(self) -> None:
        self._of: dict[str, Course] = {}
        self._over: deque[tuple[int, str]] = deque()
        """(when, which) was over, the longest ago first."""

    def of(self, alert_id: str) -> Course | None:
        """None: it has not fired, or was over long ago."""
        return self._of.get(alert_id)

    def changed(self, change: AlertChange, now: int) -> None:
        """An alert has changed."""
        alert = change.alert
        if change.change == "fired":
            self._of[alert.id] = Course([(now, alert.severity)])
            return
        course = self._of.get(alert.id)
        if course is None:
            return
        if change.change == "raised":
            course.severities.append((now, alert.severity))
        elif change.change == "acknowledged":
            course.taken.append(Taken(now, alert.acknowledged_by))
        elif change.change == "resolved":
            self._over.append((now, alert.id))
            while now - self._over[0][0] > KEPT_MS:
                self._of.pop(self._over.popleft()[1], None)
