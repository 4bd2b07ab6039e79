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
ACTION = '{"kind": "back_from_training", "agents": 3, "note": "…"}; agents and note may be left out'
HOUR_MS = 3_600_000
HOURS_MAX = 14 * 24

log = structlog.get_logger("floorwatch.actions")


class ActionWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Somebody has done something about an alert."""

    kind: Annotated[str, Meta(min_length=1, max_length=100)]
    agents: Annotated[int, Meta(ge=0, le=10_000)] = 0
    note: Annotated[str, Meta(max_length=500)] = ""


class Desk(Protocol):
    """Who takes what people have done, and knows what it has brought."""

    def now_ms(self) -> int:
        """The present instant."""
        ...

    async def act(self, alert: str, kind: str, agents: int, note: str, who: str) -> tuple[ActionView, AlertView] | None:
        """Record it; None when there is no such alert. ValueError: it cannot be."""
        ...

    def actions(self, back_ms: int) -> Sequence[tuple[str, str, ActionView]]:
        """(alert, queue, action) of the last so many ms, the newest first."""
        ...

    def worked(self) -> Sequence[WorkedView]:
        """What the kinds of action have brought so far, the best first."""
        ...


def action_routes(desk: Desk, *, individuals: bool) -> list[web.RouteDef]:
    """Routes on which leads say what they have done. They must stand before those that take an id to its end."""

    async def act(request: web.Request) -> web.Response:
        wish = await read_wish(request, ActionWish)
        alert = request.match_info["id"]
        done = await desk.act(alert, wish.kind, wish.agents, wish.note.strip(), who_asks(request))
        if done is None:
            why = f"there is no alert '{alert}': GET /api/v1/alerts lists them"
            return json_response({"error": why}, status=404)
        action, shown = done
        log.warning("action.recorded", actor=actor_of(request), alert=alert, kind=action.kind, id=action.id)
        shown = shown if individuals else msgspec.structs.replace(shown, lead_advice={})
        return json_response({"action": action, "alert": shown}, status=201)

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
        web.get("/api/v1/actions", listed),
    ]
