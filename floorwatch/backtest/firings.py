"""What fired when: an engine's changes of alerts, written down as they come."""

from __future__ import annotations

from dataclasses import dataclass

from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.floor.rules import Rule, Severity


@dataclass(slots=True)
class Firing:
    """One alert, from when it fired until it was resolved. Instants in milliseconds of engine time."""

    rule: Rule
    subject: str
    """Name of the queue, team, source or output."""
    fired_at: int
    severity_at_fire: Severity
    severity: Severity
    """The gravest it came to."""
    value: float | None
    """At fire, as is the sample."""
    n: int
    pages: int = 1
    """How often it called somebody: when it fired, and at each rise of its severity."""
    until: int = 0
    """When it was resolved; of one that fires to the end of the recording, that end."""
    resolved_by: str = ""
    """Why: `cleared`, `no_contacts`, `period_over` or `off_hours`; empty: it fires to the end of the recording."""
    unacknowledged_ms: int = 0
    """How long it fired while nobody had it in hand."""
    alone_since: int | None = None
    """Since when nobody has it in hand; None: somebody has, or it is over."""

    @property
    def key(self) -> tuple[int, str, str]:
        """What it is, and its place among others: they stand in the order in which they fired."""
        return self.fired_at, self.rule.name, self.subject

    def touches(self, start: int, end: int) -> bool:
        """Whether it fired at any time in [start, end). One resolved at the instant it fired, fired at that instant."""
        return self.fired_at < end and max(self.until, self.fired_at + 1) > start


class FiringLog:
    """Hears every change of every alert."""

    def __init__(self, since: int = 0) -> None:
        """`since`: alerts that fired before are of no interest."""
        self._since = since
        self.firings: list[Firing] = []
        """In the order in which they fired."""
        self._live: dict[str, Firing] = {}

    def hear(self, change: AlertChange) -> None:
        """A change, as `Engine.advance` returns it."""
        alert, at = change.alert, change.at
        if change.change == "fired" and at >= self._since:
            assert alert.severity_at_fire is not None
            firing = Firing(
                alert.rule,
                alert.subject,
                at,
                alert.severity_at_fire,
                alert.severity_at_fire,
                alert.value_at_fire,
                alert.n_at_fire,
                alone_since=at,
            )
            self.firings.append(firing)
            self._live[alert.id] = firing
        known = self._live.get(alert.id)
        if known is None:
            return
        if change.change == "raised":
            known.pages += 1
            known.severity = alert.severity
            known.alone_since = at if known.alone_since is None else known.alone_since
        elif change.change == "acknowledged":
            _taken(known, at)
        elif change.change == "resolved":
            _over(known, at, alert.reason)
            del self._live[alert.id]

    def close(self, end: int) -> None:
        """The recording ends at this instant; nothing may be told afterwards."""
        for firing in self._live.values():
            _over(firing, end, "")
        self._live.clear()


def _taken(firing: Firing, at: int) -> None:
    if firing.alone_since is not None:
        firing.unacknowledged_ms += at - firing.alone_since
        firing.alone_since = None


def _over(firing: Firing, at: int, reason: str) -> None:
    _taken(firing, at)
    firing.until, firing.resolved_by = at, reason
