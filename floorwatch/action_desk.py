"""Where people say what they have done about an alert, and see what it has brought."""

from __future__ import annotations

import re
import secrets
from difflib import get_close_matches

from floorwatch.alert_desk import AlertDesk
from floorwatch.alert_view import ActionView, AlertView, WorkedView
from floorwatch.alerts.actions import AGENTS_MAX, KINDS, Action
from floorwatch.clock import Clock
from floorwatch.desk import SOURCE, RefusedWishError, decide
from floorwatch.engine import Engine
from floorwatch.floor.internal import OperatorActed, OperatorActWithdrawn
from floorwatch.ingest.inbox import Inbox
from floorwatch.picture_actions import action_shown, worked_shown

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


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
        self, alert: str, kind: str, agents: int, note: str, who: str, link: str = "", action: str = ""
    ) -> tuple[ActionView, AlertView] | None:
        """Something was done about an alert that fires, or did lately. None when there is none of this id.

        `agents`: how many it brings, 0 where that is not said. `link`: the one-time link by which they say so.
        `action`: its id, where who asks has made one: said again with the same, it is the same action. Raises
        `RefusedWishError`; `TimeoutError` when it was not on disk in time.
        """
        self._check(alert, kind, agents, action)
        found = self._engine.watch.alert_of(alert)
        if found is None:
            return None
        if found.fired_at is None:
            raise RefusedWishError("alert", "does not fire yet")
        event = OperatorActed(
            time=self.now_ms(),
            source=SOURCE,
            action=action or secrets.token_hex(8),
            alert=alert,
            kind=kind,
            who=who,
            note=note,
            agents=agents,
            link=link,
        )
        await decide(self._inbox, event, who)
        recorded = self._action(alert, event.action)
        if recorded is None:
            key, what = ("link", "what was done is recorded already") if link else ("id", "take a new one")
            raise RefusedWishError(key, f"was used before: {what}")
        return action_shown(self._engine, recorded), self._alerts.shown(found)

    async def withdraw(self, alert: str, action: str, who: str) -> tuple[ActionView, AlertView] | None:
        """Take an action back: what it was, and the alert without it. None when there is none of this id.

        Raises `TimeoutError` when it was not on disk in time.
        """
        found, recorded = self._engine.watch.alert_of(alert), self._action(alert, action)
        if found is None or recorded is None:
            return None
        shown = action_shown(self._engine, recorded)
        event = OperatorActWithdrawn(time=self.now_ms(), source=SOURCE, action=action, alert=alert, who=who)
        await decide(self._inbox, event, who)
        return shown, self._alerts.shown(found)

    def _check(self, alert: str, kind: str, agents: int, action: str) -> None:
        """Raises `RefusedWishError` for what cannot be recorded."""
        if kind not in KINDS:
            nearest = get_close_matches(kind, KINDS, 1)
            hint = f"did you mean '{nearest[0]}'? " if nearest else ""
            raise RefusedWishError("kind", f"there is no '{kind[:40]}'; {hint}known are {', '.join(KINDS)}")
        if not 0 <= agents <= AGENTS_MAX:
            raise RefusedWishError("agents", f"a whole number up to {AGENTS_MAX}; 0, or nothing, where it is not said")
        if not action:
            return
        if not _ID.fullmatch(action):
            raise RefusedWishError("id", "8 to 64 letters, digits, - or _; or nothing")
        if self._engine.actions.is_withdrawn(action):
            raise RefusedWishError("id", "was taken back: what was done anew takes a new one")
        known = next((one for one in self._engine.actions if one.id == action), None)
        if known is not None and (known.alert, known.kind) != (alert, kind):
            raise RefusedWishError("id", "stands for something else that was done: take a new one")

    def _action(self, alert: str, action: str) -> Action | None:
        return next((one for one in self._engine.actions.of(alert) if one.id == action), None)

    def actions(self, back_ms: int) -> list[tuple[str, str, ActionView]]:
        """(alert, queue, action) of the last so many ms, the newest first."""
        since = self._engine.now - back_ms
        found = [action for action in self._engine.actions if action.at >= since]
        return [(one.alert, one.queue, action_shown(self._engine, one)) for one in reversed(found)]

    def worked(self) -> tuple[WorkedView, ...]:
        """What the kinds of action have brought so far, the best first."""
        return worked_shown(self._engine)
