"""The alerts, as a picture of the floor shows them."""

from __future__ import annotations

from collections.abc import Iterator

from floorwatch.alert_view import AlertView
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.texts import message
from floorwatch.engine import Engine

RESOLVED_SHOWN_MS = 3_600_000


def alert_views(engine: Engine, back_ms: int = RESOLVED_SHOWN_MS) -> Iterator[AlertView]:
    """Pending and firing first, the newest first; then those resolved within `back_ms`."""
    live = sorted(engine.watch.pending_and_firing(), key=lambda alert: (alert.pending_at, alert.id), reverse=True)
    resolved = [
        alert
        for alert in reversed(engine.watch.history)
        if alert.resolved_at is not None and engine.now - alert.resolved_at <= back_ms
    ]
    for alert in (*live, *resolved):
        yield alert_view(engine, alert)


def alert_view(engine: Engine, alert: Alert) -> AlertView:
    """One alert, with its figure as it is now."""
    value = alert.value if alert.state == "resolved" else _value_now(engine, alert)
    return AlertView(
        id=alert.id,
        rule=alert.rule.name,
        scope=alert.rule.scope,
        labels=alert.labels,
        severity=alert.severity,
        state=alert.state,
        pending_at=alert.pending_at,
        fired_at=alert.fired_at,
        resolved_at=alert.resolved_at,
        value=value,
        threshold=alert.threshold,
        n=alert.n or None,
        message=message(alert, value, alert.n, engine.settings),
    )


def _value_now(engine: Engine, alert: Alert) -> float | None:
    """The figure of an alert that lives: waits and outages go on between two readings of their rules."""
    if alert.rule.figure == "outage":
        return engine.feeds[alert.subject].lost_ms(engine.now)
    if alert.rule.figure == "longest_wait":
        ledger = engine.books.ledger(alert.subject)
        oldest = ledger.oldest_wait() if ledger.unknown_since is None else None
        return alert.value if oldest is None else max(0, ledger.waited_ms(oldest, engine.now))
    return alert.value
