"""What people and our own parts say that concerns alerts: taken in hand, put off, not delivered, foreseen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from floorwatch.alerts import lifecycle
from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.alerts.telling import Telling
from floorwatch.alerts.watch import Watch
from floorwatch.floor import internal as i
from floorwatch.floor.events import Event


def hear(watch: Watch, telling: Telling, event: Any, now: int) -> AlertChange | None:
    """Take note of an event of `HEARD`; the change it makes to an alert, if any."""
    change: AlertChange | None = HEARD[type(event)](watch, telling, event, now)
    return change


def _acknowledged(watch: Watch, telling: Telling, event: i.OperatorAcknowledged, now: int) -> AlertChange | None:
    alert = watch.alert(event.alert)
    return None if alert is None else lifecycle.acknowledge(alert, event.who, event.note, now)


def _snoozed(watch: Watch, telling: Telling, event: i.OperatorSnoozed, now: int) -> AlertChange | None:
    alert = watch.alert(event.alert)
    return None if alert is None else lifecycle.snooze(alert, event.until, event.who, now)


def _silenced(watch: Watch, telling: Telling, event: i.OperatorSilenced, now: int) -> None:
    telling.muting.silence(event, now)


def _silence_ended(watch: Watch, telling: Telling, event: i.OperatorSilenceEnded, now: int) -> None:
    telling.muting.end(event.silence, now)


def _sent(watch: Watch, telling: Telling, event: i.DeliverySent, now: int) -> None:
    telling.sent(event, now)


def _failed(watch: Watch, telling: Telling, event: i.DeliveryFailed, now: int) -> None:
    telling.failed(event, now)
    watch.others.changed("output", event.output)


def _recovered(watch: Watch, telling: Telling, event: i.DeliveryRecovered, now: int) -> None:
    telling.recovered(event, now)
    watch.others.changed("output", event.output)


def _foreseen(watch: Watch, telling: Telling, event: i.RulesForeseen, now: int) -> None:
    watch.gauges.foreseen[event.queue] = event


def _troubled(watch: Watch, telling: Telling, event: i.DaemonTroubled, now: int) -> None:
    if event.is_over:
        watch.gauges.troubles.pop(event.trouble, None)
    else:
        watch.gauges.troubles.setdefault(event.trouble, now)
    watch.others.changed("daemon", event.trouble)


HEARD: dict[type[Event], Callable[..., AlertChange | None]] = {
    i.OperatorAcknowledged: _acknowledged,
    i.OperatorSnoozed: _snoozed,
    i.OperatorSilenced: _silenced,
    i.OperatorSilenceEnded: _silence_ended,
    i.DeliverySent: _sent,
    i.DeliveryFailed: _failed,
    i.DeliveryRecovered: _recovered,
    i.RulesForeseen: _foreseen,
    i.DaemonTroubled: _troubled,
}
