"""The life of an alert: one table, told the time.

What a rule sees of its subject is put into one word (`Sight`), and the table says what becomes of the alert. An alert
that was resolved and breaks again is a new alert. The severity of a firing alert may rise, never fall.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from floorwatch.floor.rules import RANKS, Rule, Severity

State = Literal["quiet", "pending", "firing", "acknowledged", "resolved"]
"""`quiet`: there is no alert."""
Sight = Literal["breached", "held", "worse", "between", "cleared", "kept", "no_data", "over", "taken"]
Done = Literal["", "starts", "fired", "raised", "acknowledged", "dropped", "resolved"]

SIGHTS: dict[Sight, str] = {
    "breached": "past the limit, not yet for the hold time",
    "held": "past the limit for the hold time",
    "worse": "past the limit of a higher severity than the alert has",
    "between": "not past the limit, not past the clear limit either",
    "cleared": "past the clear limit, not yet for the keep time",
    "kept": "past the clear limit for the keep time",
    "no_data": "unknown, or too small a sample: neither a breach nor its end",
    "over": "nothing to alert about any more: no contacts for 15 min, its period over, or outside the rule's hours",
    "taken": "somebody acknowledges it",
}

TABLE: dict[tuple[State, Sight], tuple[State, Done]] = {
    ("quiet", "breached"): ("pending", "starts"),
    ("quiet", "held"): ("firing", "fired"),
    ("pending", "breached"): ("pending", ""),
    ("pending", "held"): ("firing", "fired"),
    ("pending", "between"): ("quiet", "dropped"),
    ("pending", "cleared"): ("quiet", "dropped"),
    ("pending", "kept"): ("quiet", "dropped"),
    ("pending", "no_data"): ("quiet", "dropped"),
    ("pending", "over"): ("quiet", "dropped"),
    ("firing", "breached"): ("firing", ""),
    ("firing", "held"): ("firing", ""),
    ("firing", "worse"): ("firing", "raised"),
    ("firing", "between"): ("firing", ""),
    ("firing", "cleared"): ("firing", ""),
    ("firing", "kept"): ("resolved", "resolved"),
    ("firing", "no_data"): ("firing", ""),
    ("firing", "over"): ("resolved", "resolved"),
    ("firing", "taken"): ("acknowledged", "acknowledged"),
    ("acknowledged", "breached"): ("acknowledged", ""),
    ("acknowledged", "held"): ("acknowledged", ""),
    ("acknowledged", "worse"): ("firing", "raised"),
    ("acknowledged", "between"): ("acknowledged", ""),
    ("acknowledged", "cleared"): ("acknowledged", ""),
    ("acknowledged", "kept"): ("resolved", "resolved"),
    ("acknowledged", "no_data"): ("acknowledged", ""),
    ("acknowledged", "over"): ("resolved", "resolved"),
    ("acknowledged", "taken"): ("acknowledged", "acknowledged"),
}
"""(state, what is seen) to (next state, what happens). What is not here leaves things as they are."""


class Reading(NamedTuple):
    """What a rule sees of its subject on one tick."""

    value: float | None
    """The figure of its first condition; None where that is unknown, or its sample too small."""
    breached: bool
    """Past the firing limit."""
    cleared: bool
    """Past the clear limit."""
    severity: Severity
    threshold: float
    n: int = 0
    until: int | None = None
    """When the period ends that it is about."""
    is_known: bool = True
    """False: no data. What is known of one condition may settle it where another is unknown."""


@dataclass(slots=True)
class Alert:
    """One alert of one rule about one subject. Instants in milliseconds of engine time."""

    rule: Rule
    subject: str
    """Name of the queue, team, source or output; what is wrong with the daemon."""
    severity: Severity
    threshold: float
    pending_at: int
    state: State = "pending"
    fired_at: int | None = None
    raised_at: int | None = None
    """When the severity last rose."""
    resolved_at: int | None = None
    reason: str = ""
    """Why it was resolved: `cleared`, `no_contacts`, `period_over` or `off_hours`."""
    value: float | None = None
    """The figure at the latest reading that had one."""
    n: int = 0
    value_at_fire: float | None = None
    severity_at_fire: Severity | None = None
    """None until it fires; `severity` may have risen since."""
    n_at_fire: int = 0
    clear_since: int | None = None
    until: int | None = None
    """When the period ends that it is about; None for most."""
    acknowledged_at: int | None = None
    """When somebody took it in hand who still has it; a raise in severity takes it from them."""
    acknowledged_by: str = ""
    note: str = ""
    snoozed_at: int | None = None
    """When it was put off last, for which `snoozed_until` holds."""
    snoozed_until: int | None = None
    snoozed_by: str = ""

    @property
    def id(self) -> str:
        """Stable: the same alert has the same id in every run over the same input."""
        return f"{self.rule.name}/{self.subject}/{self.pending_at}"

    @property
    def labels(self) -> dict[str, str]:
        """What it is about, such as {"queue": name}, and what the rule calls it."""
        return {**dict(self.rule.labels), self.rule.scope: self.subject}

    @property
    def is_live(self) -> bool:
        """It has fired and is not resolved."""
        return self.state in ("firing", "acknowledged")


@dataclass(frozen=True, slots=True)
class AlertChange:
    """What the engine says of an alert: it `fired`, was `raised` in severity, taken in hand, put off, or `resolved`."""

    change: Literal["fired", "raised", "acknowledged", "snoozed", "resolved"]
    alert: Alert
    at: int


def step(
    rule: Rule, subject: str, alert: Alert | None, reading: Reading, now: int
) -> tuple[Alert | None, AlertChange | None]:
    """One tick: (the alert from now on, None when quiet; what changed, if anything)."""
    if alert is None:
        if not reading.breached:
            return None, None
        alert = Alert(rule, subject, reading.severity, reading.threshold, now, state="quiet", until=reading.until)
    if reading.value is not None:
        alert.value, alert.n = reading.value, reading.n
    _time(alert, reading, now)
    return _turn(alert, _sight(alert, reading, now), reading, now)


def _time(alert: Alert, reading: Reading, now: int) -> None:
    """The keep time runs while the figure is past the clear limit, and begins anew when it was not.

    And with news that is a breach whatever the figure: a clock that was set, to the right time maybe.
    """
    if not reading.cleared:
        alert.clear_since = None
    elif alert.clear_since is None or reading.breached:
        alert.clear_since = now


def _sight(alert: Alert, reading: Reading, now: int) -> Sight:
    if not reading.is_known:
        return "no_data"
    if reading.breached:
        if alert.is_live:
            return "worse" if RANKS.index(reading.severity) > RANKS.index(alert.severity) else "held"
        return "held" if now - alert.pending_at >= alert.rule.hold_ms else "breached"
    if alert.clear_since is None:
        return "between"
    return "kept" if now - alert.clear_since >= alert.rule.keep_ms else "cleared"


def _turn(alert: Alert, sight: Sight, reading: Reading, now: int) -> tuple[Alert | None, AlertChange | None]:
    alert.state, done = TABLE[alert.state, sight]
    if done == "fired":
        alert.severity = alert.severity_at_fire = reading.severity
        alert.fired_at, alert.clear_since = now, None
        alert.value_at_fire, alert.n_at_fire = reading.value, reading.n
        return alert, AlertChange("fired", alert, now)
    if done == "raised":
        alert.severity, alert.raised_at = reading.severity, now
        alert.acknowledged_at, alert.acknowledged_by, alert.note = None, "", ""
        return alert, AlertChange("raised", alert, now)
    if done == "resolved":
        return None, _resolved(alert, "cleared", now)
    return (None if alert.state == "quiet" else alert), None


def end(alert: Alert, reason: str, now: int) -> AlertChange | None:
    """There is nothing to alert about any more: a firing alert is resolved, a pending one dropped without a word."""
    alert.state, done = TABLE[alert.state, "over"]
    return _resolved(alert, reason, now) if done == "resolved" else None


def acknowledge(alert: Alert, who: str, note: str, now: int) -> AlertChange | None:
    """Somebody takes it in hand; None when it does not fire."""
    turn = TABLE.get((alert.state, "taken"))
    if turn is None:
        return None
    alert.state = turn[0]
    alert.acknowledged_at, alert.acknowledged_by, alert.note = now, who, note
    return AlertChange("acknowledged", alert, now)


def snooze(alert: Alert, until: int, who: str, now: int) -> AlertChange | None:
    """Nobody is told of it until then; None when it does not fire. It lives on as it would."""
    if not alert.is_live:
        return None
    alert.snoozed_at, alert.snoozed_until, alert.snoozed_by = now, until, who
    return AlertChange("snoozed", alert, now)


def _resolved(alert: Alert, reason: str, now: int) -> AlertChange:
    alert.resolved_at = now
    alert.reason = reason
    return AlertChange("resolved", alert, now)


def next_deadline(alert: Alert) -> int | None:
    """When the alert changes though its reading stays as it is: the end of its hold or keep time, or of its period."""
    own = alert.pending_at + alert.rule.hold_ms if alert.state == "pending" else None
    if alert.is_live and alert.clear_since is not None:
        own = alert.clear_since + alert.rule.keep_ms
    ends = [at for at in (own, alert.until) if at is not None]
    return min(ends, default=None)
