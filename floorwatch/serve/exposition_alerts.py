"""The metrics of alerts: how each stands, and how many have fired. Names of agents are in none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from floorwatch.alert_view import AlertView
from floorwatch.floor.outputs import PUBLIC_SCOPES
from floorwatch.serve.text_format import Family, Labels, Sample
from floorwatch.view import Fired

FAMILIES_ALERTS: dict[str, Family] = {
    "floorwatch_alert_firing": Family("gauge", "alert_firing"),
    "floorwatch_alert_state": Family("gauge", "alert_state"),
    "floorwatch_alerts_fired_total": Family("counter", "alerts_fired"),
}
"""By metric name."""

STATES = {"resolved": 0, "pending": 1, "firing": 2, "acknowledged": 3}
_MOST_URGENT = ("firing", "acknowledged", "pending", "resolved")


def _about(alert: AlertView) -> Labels:
    """Its queue, source or output: what else an alert may be about, or is labelled with, might name an agent."""
    return ((alert.scope, alert.labels[alert.scope]),) if alert.scope in PUBLIC_SCOPES else ()


def alert_samples(alerts: Iterable[AlertView], fired: Iterable[Fired]) -> Iterator[Sample]:
    """One series per rule, queue or source, and severity: of several alerts, the most urgent state.

    A rule may have resolved and fired again within the hour. What has fired is counted by rule and severity.
    """
    states: dict[Labels, str] = {}
    for alert in alerts:
        labels: Labels = (("rule", alert.rule), *_about(alert), ("severity", alert.severity))
        states[labels] = min(states.get(labels, alert.state), alert.state, key=_MOST_URGENT.index)
    for labels, state in states.items():
        yield "floorwatch_alert_firing", labels, int(state in ("firing", "acknowledged"))
        yield "floorwatch_alert_state", labels, STATES[state]
    for rule, severity, n in fired:
        yield "floorwatch_alerts_fired_total", (("rule", rule), ("severity", severity)), n
