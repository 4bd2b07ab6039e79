"""The story of each alert of the last day: what was said when it fired, who took it, and how its queue fared since.

Looked up beside the engine and kept in memory: after a restart the last hour is known again, what was before is not.
What is not known is left out, and shown as "–".
"""

from __future__ import annotations

import asyncio

from floorwatch.alert_view import LevelThen, Snoozed, Story, Taken
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.texts import message_at_fire
from floorwatch.engine import Engine
from floorwatch.floor.steps import Steps, at_once
from floorwatch.picture_alerts import BACK_MS_MAX, AlertsShown
from floorwatch.turns import in_turns

LOOK_S = 1.0
LATER_MS = 15 * 60_000
"""So long after its end it is seen whether the queue is well: nothing of the alert is in its 15-minute window then."""
FRESH_MS = 60_000
"""What is advised so soon after an alert has fired is what was advised when it fired."""
MINUTE_MS = 60_000
LEVEL_WINDOW = "15m"
"""The window of the level that is told."""


class AlertStories:
    """Reads the engine. `shown`: the alerts of the picture, with what there was to do."""

    def __init__(self, engine: Engine, shown: AlertsShown) -> None:
        self._engine = engine
        self._shown = shown
        self._stories: dict[str, Story] = {}
        """By alert, in the order in which they fired."""
        self._open: dict[str, Alert] = {}
        """Alerts of whose story there may be more to come."""
        self._met = 0
        """So many of the engine's alerts, from the first on, were met."""
        self._past = 0
        """So many of them were over for longer than can be seen."""

    async def run(self) -> None:
        """Look once a second, for ever."""
        while True:
            await in_turns(self.looking())
            await asyncio.sleep(LOOK_S)

    def of(self, alert: str) -> Story | None:
        """The story of the alert of this id; None of one that has not fired, or was over long ago."""
        return self._stories.get(alert)

    def look(self) -> None:
        """Take down what is new."""
        at_once(self.looking())

    def looking(self) -> Steps[None]:
        """The same in steps, an alert each; the engine may go on between them. A site that is out has hundreds."""
        history, now = self._engine.watch.history, self._engine.now
        fired = history[self._met :]
        self._met += len(fired)
        for alert in fired:
            if alert.resolved_at is None or now - alert.resolved_at <= BACK_MS_MAX:
                self._open[alert.id], self._stories[alert.id] = alert, self._begun(alert)
                yield
        for alert in list(self._open.values()):
            self._note(alert, self._stories[alert.id], now)
            yield
            if alert.resolved_at is not None and now - alert.resolved_at > LATER_MS + MINUTE_MS:
                del self._open[alert.id]
        while self._past < self._met and _is_past(history[self._past], now):
            self._stories.pop(history[self._past].id, None)
            self._past += 1

    def _begun(self, alert: Alert) -> Story:
        settings = self._engine.settings
        return Story(
            severity_at_fire=alert.severity_at_fire or alert.severity,
            message=message_at_fire(alert, settings),
            target=settings.policy(alert.subject).target if alert.rule.scope == "queue" else None,
        )

    def _note(self, alert: Alert, story: Story, now: int) -> None:
        story.reason = alert.reason
        if not story.advice and now - (alert.fired_at or 0) <= FRESH_MS and alert.is_live:
            self._note_advice(alert, story)
        if alert.acknowledged_at is not None and alert.acknowledged_at not in (one.at for one in story.taken):
            story.taken.append(Taken(at=alert.acknowledged_at, who=alert.acknowledged_by, note=alert.note))
        if alert.snoozed_at is not None and alert.snoozed_at not in (one.at for one in story.snoozed):
            until = alert.snoozed_until or alert.snoozed_at
            story.snoozed.append(Snoozed(at=alert.snoozed_at, until=until, who=alert.snoozed_by))
        if alert.rule.scope == "queue":
            self._note_levels(alert, story, now)

    def _note_advice(self, alert: Alert, story: Story) -> None:
        """As far as the picture has worked it out: it is not done twice."""
        view = self._shown.one(alert, anew=False)
        if any(view.advice.values()):
            story.advice, story.lead_advice = view.advice, view.lead_advice

    def _note_levels(self, alert: Alert, story: Story, now: int) -> None:
        moments = {
            "fired": alert.fired_at,
            "acknowledged": story.taken[0].at if story.taken else None,
            "resolved": alert.resolved_at,
            "later": alert.resolved_at + LATER_MS if alert.resolved_at is not None else None,
        }
        for moment, at in moments.items():
            if moment not in story.levels and at is not None and at <= now:
                level = _own_level(alert, moment, at) or self._level_near(alert.subject, story, at, now)
                if level is not None:
                    story.levels[moment] = level

    def _level_near(self, queue: str, story: Story, at: int, now: int) -> LevelThen | None:
        """The nearest within a minute: that of now, one that was told before, or the trend's of the minute before."""
        trend = (LevelThen(at=then, level=level, n=n) for then, level, n in self._engine.trends.of(queue) if then <= at)
        known = [*trend, *story.levels.values()]
        if now - at < MINUTE_MS:
            known.append(self._level_now(queue))
        near = [one for one in known if abs(one.at - at) < MINUTE_MS]
        return min(near, key=lambda one: abs(one.at - at), default=None)

    def _level_now(self, queue: str) -> LevelThen:
        books = self._engine.books
        ledger, tick = books.ledger(queue), books.tick_s * 1000
        if ledger.unknown_since is not None:
            return LevelThen(at=tick, level=None, n=0)
        seen = self._engine.watch.gauges.service_level(ledger, LEVEL_WINDOW, tick)
        return LevelThen(at=tick, level=seen.value, n=seen.n)


def _own_level(alert: Alert, moment: str, at: int) -> LevelThen | None:
    """Where the alert is about the level itself, what it says of the moment: another number would contradict it."""
    first = alert.rule.conditions[0]
    if (first.figure, first.window) != ("service_level", LEVEL_WINDOW):
        return None
    if moment == "fired":
        return LevelThen(at=at, level=alert.value_at_fire, n=alert.n_at_fire)
    if moment == "resolved" and alert.reason == "cleared":
        return LevelThen(at=at, level=alert.value, n=alert.n)
    return None


def _is_past(alert: Alert, now: int) -> bool:
    return alert.resolved_at is not None and now - alert.resolved_at > BACK_MS_MAX
