"""Where people say what they have done about an alert, and see what it has brought."""

from __future__ import annotations

import secrets
from difflib import get_close_matches

from floorwatch.alert_desk import AlertDesk
from floorwatch.alert_view import ActionView, AlertView, WorkedView
from floorwatch.alerts.actions import KINDS
from floorwatch.clock import Clock
from floorwatch.desk import SOURCE, RefusedWishError, decide
from floorwatch.engine import Engine
from floorwatch.floor.internal import OperatorActed
from floorwatch.ingest.inbox import Inbox
from floorwatch.picture_actions import action_shown, worked_shown


class ActionDesk:
    """Reads the engine, and puts what people have done into the inbox like any other event."""

    def __init__(self, engine: Engine, inbox: Inbox, clock: Clock, alerts: AlertDesk) -> None:
        self._engine = engine
        self._inbox = inbox
        self._clock = clock
        self._alerts = alerts

    def now_ms(self) -> int:
        """The present instant."""
        return self._clock.now_ms()

    async def act(
        self, alert: str, kind: str, agents: int, note: str, who: str, link: str = ""
    ) -> tuple[ActionView, AlertView] | None:
        """Something was done about an alert that fires, or did lately. None when there is none of this id.

        `agents`: how many it brings, 0 where that is not said. `link`: the one-time link by which they say so. Raises
        `RefusedWishError`; `TimeoutError` when it was not on disk in time.
        """
        if kind not in KINDS:
            nearest = get_close_matches(kind, KINDS, 1)
            hint = f"did you mean '{nearest[0]}'? " if nearest else ""
            raise RefusedWishError("kind", f"there is no '{kind[:40]}'; {hint}known are {', '.join(KINDS)}")
        found = self._engine.watch.alert_of(alert)
        if found is None:
            return None
        if found.fired_at is None:
            raise RefusedWishError("alert", "does not fire yet")
        event = OperatorActed(
            time=self.now_ms(),
            source=SOURCE,
            action=secrets.token_hex(8),
            alert=alert,
            kind=kind,
            who=who,
            note=note,
            agents=agents,
            link=link,
        )
        await decide(self._inbox, event, who)
        action = next((one for one in self._engine.actions.of(alert) if one.id == event.action), None)
        if action is None:
            raise RefusedWishError("link", "was used before: what was done is recorded already")
        return action_shown(self._engine, action), self._alerts.shown(found)

    def actions(self, back_ms: int) -> list[tuple[str, str, ActionView]]:
        """(alert, queue, action) of the last so many ms, the newest first."""
        since = self._engine.now - back_ms
        found = [action for action in self._engine.actions if action.at >= since]
        return [(one.alert, one.queue, action_shown(self._engine, one)) for one in reversed(found)]

    def worked(self) -> tuple[WorkedView, ...]:
        """What the kinds of action have brought so far, the best first."""
        return worked_shown(self._engine)
