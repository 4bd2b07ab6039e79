"""The alerts, as pictures of the floor and everything else that shows or tells them has them."""

from __future__ import annotations

from floorwatch.alert_view import AlertView, MutedView
from floorwatch.alerts.advice import Advisor
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.texts import message
from floorwatch.engine import Engine

RESOLVED_SHOWN_MS = 3_600_000


class AlertsShown:
    """Reads the engine; kept from one picture to the next, for what to do is worked out only every few seconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._advisor = Advisor(engine.watch.gauges)
        self._over: dict[str, AlertView] = {}
        """Those that are over, and do not change any more."""

    def all(self, back_ms: int = RESOLVED_SHOWN_MS) -> list[AlertView]:
        """Pending and live ones first, the newest first; then those resolved within `back_ms`."""
        engine = self._engine
        live = sorted(engine.watch.pending_and_firing(), key=lambda alert: (alert.pending_at, alert.id), reverse=True)
        resolved = [
            alert
            for alert in reversed(engine.watch.history)
            if alert.resolved_at is not None and engine.now - alert.resolved_at <= back_ms
        ]
        self._over = {alert.id: self._over.get(alert.id) or self.one(alert) for alert in resolved}
        return [*map(self.one, live), *self._over.values()]

    def one(self, alert: Alert) -> AlertView:
        """An alert, with its figure as it is now, and what there is to do."""
        engine = self._engine
        told = self._advisor.told(alert, engine.now)
        value = alert.value if alert.state == "resolved" else self._value_now(alert)
        return AlertView(
            id=alert.id,
            rule=alert.rule.name,
            scope=alert.rule.scope,
            labels=alert.labels,
            severity=alert.severity,
            state="pending" if alert.state == "quiet" else alert.state,
            pending_at=alert.pending_at,
            fired_at=alert.fired_at,
            raised_at=alert.raised_at,
            resolved_at=alert.resolved_at,
            until=alert.until,
            acknowledged_at=alert.acknowledged_at,
            acknowledged_by=alert.acknowledged_by,
            note=alert.note,
            snoozed_until=alert.snoozed_until,
            snoozed_by=alert.snoozed_by,
            muted=self._muted(alert),
            value=value,
            threshold=alert.threshold,
            n=alert.n or None,
            message=told.message if value == alert.value else message(alert, value, alert.n, engine.settings),
            advice=told.public,
            lead_advice=told.lead,
        )

    def _muted(self, alert: Alert) -> MutedView | None:
        muted = self._engine.telling.muted(alert, self._engine.now) if alert.is_live else None
        return None if muted is None else MutedView(by=muted.by, what=muted.what, until=muted.until)

    def _value_now(self, alert: Alert) -> float | None:
        """The figure of an alert that lives: waits and outages go on between two readings of their rules."""
        engine = self._engine
        if alert.rule.figure == "outage":
            return engine.feeds[alert.subject].lost_ms(engine.now)
        if alert.rule.figure == "longest_wait" and alert.rule.scope == "queue":
            ledger = engine.books.ledger(alert.subject)
            oldest = ledger.oldest_wait() if ledger.unknown_since is None else None
            return alert.value if oldest is None else max(0, ledger.waited_ms(oldest, engine.now))
        return alert.value
