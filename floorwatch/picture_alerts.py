"""The alerts, as pictures of the floor and everything else that shows or tells them has them."""

from __future__ import annotations

import structlog
from msgspec.structs import replace

from floorwatch.alert_view import AlertView, MutedView
from floorwatch.alerts.advice import SILENCE, Advisor, Told
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.texts import message
from floorwatch.engine import Engine
from floorwatch.floor.steps import Steps, at_once
from floorwatch.picture_actions import actions_shown
from floorwatch.picture_oncall import escalation_shown

RESOLVED_SHOWN_MS = 3_600_000
BACK_MS_MAX = 24 * 3_600_000
"""So far back it can be seen what is over."""
AT_ONCE = 50
"""What to do is worked out for so many alerts in one picture, half a second apart: some 50 ms."""

log = structlog.get_logger("floorwatch.alerts")


class AlertsShown:
    """Reads the engine; kept from one picture to the next, for what to do is worked out only every few seconds.

    `anew_max`: for so many alerts at once; None: for all of them. When a whole site is out there are hundreds, and then
    what to do about some of them is told a few pictures later.
    """

    def __init__(self, engine: Engine, anew_max: int | None = None) -> None:
        self._engine = engine
        self._anew_max = anew_max
        self._advisor = Advisor(engine.watch.gauges, engine.calling.unreached)
        self._over: dict[str, AlertView] = {}
        """Those that are over, and do not change any more, for as long as they can be seen."""
        self._past = 0
        """So many of the engine's alerts, from the first on, were over for longer than can be seen."""
        self._failed: set[str] = set()
        """Rules of whose alerts nothing could be said, by a bug of ours that the log tells once."""

    def all(self, back_ms: int = RESOLVED_SHOWN_MS) -> list[AlertView]:
        """Pending and live ones first, the newest first; then those resolved within `back_ms`, up to `BACK_MS_MAX`."""
        return at_once(self.steps(back_ms))

    def steps(self, back_ms: int = RESOLVED_SHOWN_MS) -> Steps[list[AlertView]]:
        """The same in steps, between which the engine must stand still."""
        engine = self._engine
        live = sorted(engine.watch.pending_and_firing(), key=lambda alert: (alert.pending_at, alert.id), reverse=True)
        history = engine.watch.history
        while self._past < len(history) and not self._is_within(history[self._past], BACK_MS_MAX):
            self._over.pop(history[self._past].id, None)
            self._past += 1
        over = [
            self._brought(self._over.get(alert.id) or self._over.setdefault(alert.id, self.one(alert)))
            for alert in reversed(history[self._past :])
            if alert.resolved_at is not None and self._is_within(alert, back_ms)
        ]
        anew = self._first_due(live)
        yield
        shown = []
        for alert in live:
            shown.append(self.one(alert, anew=alert.id in anew))
            yield
        return [*shown, *over]

    def _brought(self, shown: AlertView) -> AlertView:
        """With what was done about it: what that has brought is known later than the alert is over."""
        actions = actions_shown(self._engine, shown.id)
        if actions != shown.actions:
            shown = self._over[shown.id] = replace(shown, actions=actions)
        return shown

    def _is_within(self, alert: Alert, back_ms: int) -> bool:
        return alert.resolved_at is None or self._engine.now - alert.resolved_at <= back_ms

    def _first_due(self, live: list[Alert]) -> set[str]:
        """Those of which what to do is to be worked out now: first those of which it never was."""
        now = self._engine.now
        due = [(since, alert.id) for alert in live if (since := self._advisor.due_since(alert, now)) is not None]
        due.sort(key=lambda one: one[0])  # stable: of those that are new the newest first
        return {alert_id for _, alert_id in due[: self._anew_max]}

    def one(self, alert: Alert, *, anew: bool = True) -> AlertView:
        """An alert, with its figure as it is now, and what there is to do; not `anew`: as far as that is known."""
        engine = self._engine
        told = self._told(alert, anew=anew)
        value = engine.watch.gauges.value_now(alert, engine.now)
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
            escalation=escalation_shown(engine, alert),
            actions=actions_shown(engine, alert.id),
        )

    def _told(self, alert: Alert, *, anew: bool) -> Told:
        """What is wrong is shown, also where a bug keeps us from saying what to do about it."""
        try:
            return self._advisor.told(alert, self._engine.now, anew=anew)
        except Exception:
            if alert.rule.name not in self._failed:
                self._failed.add(alert.rule.name)
                log.exception("advice_failed", alert=alert.id)
            return Told(message(alert, alert.value, alert.n, self._engine.settings), SILENCE, SILENCE)

    def _muted(self, alert: Alert) -> MutedView | None:
        muted = self._engine.telling.muted(alert, self._engine.now) if alert.is_live else None
        return None if muted is None else MutedView(by=muted.by, what=muted.what, until=muted.until)
