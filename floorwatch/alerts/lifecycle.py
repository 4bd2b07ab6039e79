"""The life of an alert: one table, told the time.

    state     reading             next       what happens
    --------  ------------------  ---------  ------------------------------------------------------------
    quiet     breached            pending    the hold time starts
    pending   breached, held      firing     fired
    pending   not breached        quiet      dropped without a word
    pending   no data             quiet      the hold time starts again with the next breach: unknown is not a breach
    firing    cleared, kept       resolved   resolved (reason `cleared`)
    firing    not cleared         firing     the keep time starts again
    firing    no data             firing     held as it is
    firing    no contacts 15 min  resolved   resolved (reason `no_contacts`)
    pending   no contacts 15 min  quiet      dropped: there is nobody left to do better by

An alert that was resolved and breaks again is a new alert. The severity of a firing alert may rise, never fall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from floorwatch.alerts.rule import RANKS, Reading, Rule, Severity

State = Literal["pending", "firing", "resolved"]


@dataclass(slots=True)
class Alert:
    """One alert of one rule on one queue or source. Instants in milliseconds of engine time."""

    rule: Rule
    subject: str
    """Name of the queue or the source."""
    severity: Severity
    threshold: float
    pending_at: int
    state: State = "pending"
    fired_at: int | None = None
    resolved_at: int | None = None
    reason: str = ""
    """Why it was resolved: `cleared` or `no_contacts`."""
    value: float | None = None
    """The figure at the latest reading that had one."""
    value_at_fire: float | None = None
    severity_at_fire: Severity | None = None
    """None until it fires; `severity` may have risen since."""
    n_at_fire: int = 0
    clear_since: int | None = None
    n: int = 0

    @property
    def id(self) -> str:
        """Stable: the same alert has the same id in every run over the same input."""
        return f"{self.rule.name}/{self.subject}/{self.pending_at}"

    @property
    def labels(self) -> dict[str, str]:
        """What it is about: {"queue": name} or {"source": name}."""
        return {self.rule.subject: self.subject}


@dataclass(frozen=True, slots=True)
class AlertChange:
    """What the engine says of an alert: it `fired`, was `raised` in severity, or `resolved`."""

    change: Literal["fired", "raised", "resolved"]
    alert: Alert
    at: int


def step(
    rule: Rule, subject: str, alert: Alert | None, reading: Reading, now: int
) -> tuple[Alert | None, AlertChange | None]:
    """One tick: (the alert from now on, None when quiet; what changed, if anything)."""
    if alert is None:
        if not reading.breached:
            return None, None
        alert = Alert(rule, subject, reading.severity, reading.threshold, pending_at=now)
    if reading.value is not None:
        alert.value, alert.n = reading.value, reading.n
    if alert.state == "pending":
        return _step_pending(alert, reading, now)
    return _step_firing(alert, reading, now)


def _step_pending(alert: Alert, reading: Reading, now: int) -> tuple[Alert | None, AlertChange | None]:
    if reading.value is None or not reading.breached:
        return None, None
    if now - alert.pending_at < alert.rule.hold_ms:
        return alert, None
    alert.state = "firing"
    alert.severity = alert.severity_at_fire = reading.severity
    alert.fired_at = now
    alert.value_at_fire, alert.n_at_fire = reading.value, reading.n
    return alert, AlertChange("fired", alert, now)


def _step_firing(alert: Alert, reading: Reading, now: int) -> tuple[Alert | None, AlertChange | None]:
    if reading.value is None:
        alert.clear_since = None
        return alert, None
    if not reading.cleared:
        alert.clear_since = None
        if reading.breached and RANKS.index(reading.severity) > RANKS.index(alert.severity):
            alert.severity = reading.severity
            return alert, AlertChange("raised", alert, now)
        return alert, None
    if alert.clear_since is None:
        alert.clear_since = now
    if now - alert.clear_since < alert.rule.keep_ms:
        return alert, None
    return None, resolve(alert, "cleared", now)


def resolve(alert: Alert, reason: str, now: int) -> AlertChange:
    """End a firing alert."""
    alert.state = "resolved"
    alert.resolved_at = now
    alert.reason = reason
    return AlertChange("resolved", alert, now)


def next_deadline(alert: Alert | None) -> int | None:
    """When the alert changes although its reading stays as it is: the end of its hold or keep time."""
    if alert is None:
        return None
    if alert.state == "pending":
        return alert.pending_at + alert.rule.hold_ms
    return None if alert.clear_since is None else alert.clear_since + alert.rule.keep_ms
