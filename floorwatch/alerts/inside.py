"""What is said inside: by people, who excuse, acknowledge and silence; and by our own parts. No feed can say it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from floorwatch.alerts import lifecycle
from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.alerts.oncall.calling import Calling
from floorwatch.alerts.telling import Telling
from floorwatch.alerts.watch import Watch
from floorwatch.floor import events as e
from floorwatch.floor import internal as i
from floorwatch.metrics.attendance import Excuse
from floorwatch.metrics.books import FloorBooks


@dataclass(frozen=True, slots=True)
class Inside:
    """Whom it concerns."""

    books: FloorBooks
    watch: Watch
    telling: Telling
    calling: Calling

    def hear(self, event: Any, now: int) -> AlertChange | None:
        """Take note of an event of `INSIDE`, at engine time `now`; the change it makes to an alert, if any."""
        change: AlertChange | None = INSIDE[type(event)](self, event, now)
        return change

    # The schedule

    def _scheduled(self, event: e.ScheduleLoaded, now: int) -> None:
        """A schedule comes into force, from now on and for what has been."""
        for agent in sorted(self.books.attendance.load(event, now)):
            self.books.agent(agent)

    def _described(self, event: e.AgentDescribed, now: int) -> None:
        agent = self.books.agent(event.agent)
        agent.team = event.team or agent.team
        agent.site = event.site or agent.site

    def _excused(self, event: i.OperatorExcused, now: int) -> None:
        at: int = event.time  # type: ignore[assignment]
        given = Excuse(event.excuse, event.agent, event.since, event.until, event.why, event.who, at)
        self.books.attendance.excuse(given)

    def _excuse_withdrawn(self, event: i.OperatorExcuseWithdrawn, now: int) -> None:
        self.books.attendance.withdraw(event.excuse)

    # Alerts

    def _acknowledged(self, event: i.OperatorAcknowledged, now: int) -> AlertChange | None:
        alert = self.watch.alert(event.alert)
        if self._is_used(event):
            return None
        return None if alert is None else lifecycle.acknowledge(alert, event.who, event.note, now)

    def _is_used(self, event: i.OperatorAcknowledged | i.OperatorActed) -> bool:
        """Whether the link by which they say so was used before.

        By the time of the event: of what was said long ago, a recovery hears before it knows what time it is.
        """
        at: int = event.time  # type: ignore[assignment]
        return self.calling.is_used(event.link, at)

    def _snoozed(self, event: i.OperatorSnoozed, now: int) -> AlertChange | None:
        alert = self.watch.alert(event.alert)
        return None if alert is None else lifecycle.snooze(alert, event.until, event.who, now)

    def _acted(self, event: i.OperatorActed, now: int) -> None:
        """A one-time link by which somebody says what they did is good for one action."""
        if self._is_used(event):
            return
        alert = self.watch.alert_of(event.alert)
        if alert is not None:
            self.watch.gauges.actions.acted(event, alert.subject if alert.rule.scope == "queue" else "", now)

    def _act_withdrawn(self, event: i.OperatorActWithdrawn, now: int) -> None:
        self.watch.gauges.actions.withdrawn(event, now)

    def _silenced(self, event: i.OperatorSilenced, now: int) -> None:
        self.telling.muting.silence(event, now)

    def _silence_ended(self, event: i.OperatorSilenceEnded, now: int) -> None:
        self.telling.muting.end(event.silence, now)

    def _action_foreseen(self, event: i.ActionForeseen, now: int) -> None:
        self.watch.gauges.actions.foreseen(event)

    def _action_measured(self, event: i.ActionMeasured, now: int) -> None:
        self.watch.gauges.actions.measured(event, now)

    # Our own parts

    def _sent(self, event: i.DeliverySent, now: int) -> None:
        self.telling.sent(event, now)
        self.calling.sent(event, now)

    def _failed(self, event: i.DeliveryFailed, now: int) -> None:
        self.telling.failed(event, now)
        self.calling.failed(event.output, now)
        self.watch.others.changed("output", event.output)

    def _recovered(self, event: i.DeliveryRecovered, now: int) -> None:
        self.telling.recovered(event, now)
        self.calling.recovered(event.output)
        self.watch.others.changed("output", event.output)

    def _foreseen(self, event: i.RulesForeseen, now: int) -> None:
        self.watch.gauges.foreseen[event.queue] = event

    def _troubled(self, event: i.DaemonTroubled, now: int) -> None:
        self.watch.trouble(event.trouble, not event.is_over, now)

    # On call

    def _rota_loaded(self, event: i.RotaLoaded, now: int) -> None:
        self.calling.roster.load(event, now)

    def _overrode(self, event: i.OperatorOverrode, now: int) -> None:
        self.calling.roster.override(event, now)

    def _override_ended(self, event: i.OperatorOverrideEnded, now: int) -> None:
        self.calling.roster.end_override(event, now)

    def _begun(self, event: i.DeliveryBegun, now: int) -> None:
        self.calling.begun(event, now)

    def _refused(self, event: i.DeliveryRefused, now: int) -> None:
        self.calling.refused(event, now)
        self.watch.refused(event.output)


INSIDE: dict[type[e.Event], Callable[..., AlertChange | None]] = {
    e.ScheduleLoaded: Inside._scheduled,
    e.AgentDescribed: Inside._described,
    i.OperatorExcused: Inside._excused,
    i.OperatorExcuseWithdrawn: Inside._excuse_withdrawn,
    i.OperatorAcknowledged: Inside._acknowledged,
    i.OperatorSnoozed: Inside._snoozed,
    i.OperatorSilenced: Inside._silenced,
    i.OperatorSilenceEnded: Inside._silence_ended,
    i.OperatorActed: Inside._acted,
    i.OperatorActWithdrawn: Inside._act_withdrawn,
    i.ActionForeseen: Inside._action_foreseen,
    i.ActionMeasured: Inside._action_measured,
    i.DeliverySent: Inside._sent,
    i.DeliveryFailed: Inside._failed,
    i.DeliveryRecovered: Inside._recovered,
    i.RulesForeseen: Inside._foreseen,
    i.DaemonTroubled: Inside._troubled,
    i.RotaLoaded: Inside._rota_loaded,
    i.OperatorOverrode: Inside._overrode,
    i.OperatorOverrideEnded: Inside._override_ended,
    i.DeliveryBegun: Inside._begun,
    i.DeliveryRefused: Inside._refused,
}
