"""`/api/v1/actions`: what was done about alerts, and what it has brought."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Protocol

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta

from floorwatch.alert_view import ActionView, AlertView, WorkedView
from floorwatch.serve.answers import json_response
from floorwatch.serve.gate import actor_of
from floorwatch.serve.wishes import in_words, read_wish, who_asks

Json = dict[str, Any]
ACTION = '{"kind": "back_from_training", "agents": 3, "note": "…"}; agents, note and id may be left out'
HOUR_MS = 3_600_000
HOURS_MAX = 14 * 24

log = structlog.get_logger("floorwatch.actions")


class ActionWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody has done something about an alert."""

    kind: Annotated[str, Meta(min_length=1, max_length=100)]
    agents: int = 0
    note: Annotated[str, Meta(max_length=500)] = ""
    id: str = ""
    """Made by who asks: said again with the same id, it is the same action."""


class Desk(Protocol):
    """Who takes what people have done, and knows what it has brought."""

    def now_ms(self) -> int:
        """The present instant."""
        ...

    async def act(
        self, alert: str, kind: str, agents: int, note: str, who: str, *, action: str = ""
    ) -> tuple[ActionView, AlertView] | None:
        """Record it, once an id; None when there is no such alert. ValueError: it cannot be."""
        ...

    async def withdraw(self, alert: str, action: str, who: str) -> tuple[ActionView, AlertView] | None:
        """Take it back: what it was, and the alert without it. None when there is no such action."""
        ...

    def actions(self, back_ms: int) -> Sequence[tuple[str, str, ActionView]]:
        """(alert, queue, action) of the last so many ms, the newest first."""
        ...

    def worked(self) -> Sequence[WorkedView]:
        """What the kinds of action have brought so far, the best first."""
        ...


def action_routes(desk: Desk, *, individuals: bool) -> list[web.RouteDef]:
    """Routes on which leads say what they have done, and take it back.

    They must stand before those that take an id to its end.
    """

    async def act(request: web.Request) -> web.Response:
        wish = await read_wish(request, ActionWish)
        alert = request.match_info["id"]
        note = wish.note.strip()
        done = await desk.act(alert, wish.kind, wish.agents, note, who_asks(request), action=wish.id)
        if done is None:
            why = f"there is no alert '{alert}': GET /api/v1/alerts lists them"
            return json_response({"error": why}, status=404)
        return answer(request, "action.recorded", *done, status=201)

    async def withdraw(request: web.Request) -> web.Response:
        alert, key = request.match_info["id"], request.match_info["action"]
        done = await desk.withdraw(alert, key, who_asks(request))
        if done is None:
            why = f"there is no action '{key}' about an alert '{alert}': GET /api/v1/actions lists them"
            return json_response({"error": why}, status=404)
        return answer(request, "action.withdrawn", *done, status=200)

    def answer(request: web.Request, what: str, action: ActionView, shown: AlertView, *, status: int) -> web.Response:
        log.warning(what, actor=actor_of(request), alert=shown.id, kind=action.kind, id=action.id)
        shown = shown if individuals else msgspec.structs.replace(shown, lead_advice={})
        return json_response({"action": action, "alert": shown}, status=status)

    async def listed(request: web.Request) -> web.Response:
        hours = request.query.get("hours", "24")
        if not hours.isascii() or not hours.isdigit() or len(hours) > len("336") or int(hours) > HOURS_MAX:
            return json_response({"error": f"hours={hours[:20]}: take a whole number up to {HOURS_MAX}"}, status=400)
        found = desk.actions(int(hours) * HOUR_MS)
        log.info("actions.shown", actor=actor_of(request), remote=request.remote, actions=len(found))
        actions = [{"alert": alert, "queue": queue, **msgspec.to_builtins(action)} for alert, queue, action in found]
        return json_response({"at": desk.now_ms(), "actions": actions, "worked": desk.worked()})

    return [
        web.post("/api/v1/alerts/{id:.+}/actions", in_words(act, ACTION)),
        web.delete("/api/v1/alerts/{id:.+}/actions/{action}", in_words(withdraw, "")),
        web.get("/api/v1/actions", listed),
    ]
