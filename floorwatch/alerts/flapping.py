"""How often the same rule fires about the same subject: what comes and goes is not told every time."""

from __future__ import annotations

from collections import deque

from floorwatch.alerts.lifecycle import Alert, AlertChange
from floorwatch.floor.outputs import CALM_MS, FLAPPING_MS

About = tuple[str, str]
"""A rule and a subject, by name."""
FIRINGS_MAX = 100
"""So many are remembered of each; who counts more knows enough."""


def about(alert: Alert) -> About:
    """What flaps, where alerts come and go."""
    return alert.rule.name, alert.subject


class Flapping:
    """When each rule fired about each subject in the last half hour. Instants in milliseconds."""

    def __init__(self) -> None:
        self._fired: dict[About, deque[int]] = {}
        self._changed_at: dict[About, int] = {}
        """When each last fired or was resolved, the longest ago first."""

    def heed(self, change: AlertChange, now: int) -> None:
        """An alert has changed."""
        if change.change not in ("fired", "resolved"):
            return
        key = about(change.alert)
        fired = self._fired.setdefault(key, deque(maxlen=FIRINGS_MAX))
        if change.change == "fired":
            while fired and fired[0] <= now - FLAPPING_MS:
                fired.popleft()
            fired.append(now)
        self._changed_at.pop(key, None)
        self._changed_at[key] = now
        while (oldest := next(iter(self._changed_at))) != key and self._changed_at[oldest] <= now - FLAPPING_MS:
            del self._changed_at[oldest], self._fired[oldest]

    def firings(self, key: About) -> int:
        """How often it had fired within `FLAPPING_MS` when it last did, with that time."""
        return len(self._fired.get(key, ()))

    def until(self, key: About, flaps_max: int) -> int:
        """Until when it is to be taken as flapping: it has been as it is for a while then, or fired seldom enough."""
        fired = self._fired.get(key, ())
        if len(fired) < flaps_max:
            return 0
        return min(self._changed_at[key] + CALM_MS, fired[-flaps_max] + FLAPPING_MS)
