"""`/api/v1/adherence` and `/api/v1/excuses`: how agents keep to the schedule, and what is not to count."""

from __future__ import annotations

from typing import Annotated, Any, Protocol

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta

from floorwatch.serve.answers import json_response
from floorwatch.serve.board import Board
from floorwatch.serve.gate import actor_of
from floorwatch.serve.wishes import Instant, in_words, instant_ms, read_wish, who_asks

Json = dict[str, Any]
EXPECTED = '{"since": "2026-03-03T10:00:00Z", "until": …, "why": "drill", "agent": "A17 or left out"}'

log = structlog.get_logger("floorwatch.attendance")


class ExcuseWish(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is not to count: [since, until), for one agent or for everybody."""

    since: Instant
    until: Instant
    why: Annotated[str, Meta(min_length=1, max_length=500)]
    agent: Annotated[str, Meta(max_length=200)] = ""


class Desk(Protocol):
    """Who knows, and who decides."""

    async def excuse(self, agent: str, since: int, until: int, why: str, who: str) -> Json:
        """Give an excuse. Raises ValueError for what cannot be, TimeoutError for what may not be kept."""
        ...

    async def withdraw(self, key: str, who: str, why: str) -> Json | None:
        """Take an excuse back; None when there is none of this id."""
        ...

    def excuses(self) -> list[Json]:
        """Those in force."""
        ...

    def schedule(self) -> list[Json]:
        """The schedule in force, day by day."""
        ...

    def day_of(self, agent: str) -> Json | None:
        """How an agent keeps to today's schedule; None for nobody known."""
        ...


def adherence_routes(board: Board, desk: Desk) -> list[web.RouteDef]:
    """Routes that name agents. Every look is logged with who looked, and at whom."""

    async def everybody(request: web.Request) -> web.Response:
        view = board.view
        kept = view.attendance if view is not None else None
        log.info(
            "adherence.shown", actor=actor_of(request), remote=request.remote, agents=len(kept.agents) if kept else 0
        )
        if kept is None:
            return json_response({"error": "no schedule is loaded: PUT one to /api/v1/schedule"}, status=404)
        return json_response(kept)

    async def one(request: web.Request) -> web.Response:
        agent = request.match_info["agent"]
        log.info("adherence.shown", actor=actor_of(request), remote=request.remote, agent=agent)
        found = desk.day_of(agent)
        if found is None:
            return json_response({"error": f"there is no agent '{agent}'"}, status=404)
        return json_response(found)

    return [web.get("/api/v1/adherence", everybody), web.get("/api/v1/adherence/{agent}", one)]


def excuse_routes(desk: Desk, *, individuals: bool) -> list[web.RouteDef]:
    """Routes on which supervisors see which schedule is in force, and take time out of adherence, and back.

    Without `individuals` they speak of nobody: only everybody can be excused then, and only that is listed.
    """

    async def shown(request: web.Request) -> web.Response:
        log.info("excuses.shown", actor=actor_of(request), remote=request.remote)
        return json_response({"excuses": [one for one in desk.excuses() if individuals or not one["agent"]]})

    async def give(request: web.Request) -> web.Response:
        wish = await read_wish(request, ExcuseWish)
        if wish.agent and not individuals:
            why = "agent: single agents are excused only with individuals: true; leave it out to excuse everybody"
            return json_response({"error": why}, status=403)
        since, until = instant_ms(wish.since), instant_ms(wish.until)
        given = await desk.excuse(wish.agent, since, until, wish.why, who_asks(request))
        log.warning("excuse.given", actor=actor_of(request), excuse=given["id"], agent=given["agent"] or None)
        return json_response(given, status=201)

    async def withdraw(request: web.Request) -> web.Response:
        key = request.match_info["id"]
        taken_back = await desk.withdraw(key, who_asks(request), request.query.get("why", "")[:500])
        if taken_back is None:
            return json_response({"error": f"no excuse '{key}' is in force"}, status=404)
        log.warning("excuse.withdrawn", actor=actor_of(request), excuse=key)
        return json_response(taken_back)

    async def schedule(_request: web.Request) -> web.Response:
        return json_response({"days": desk.schedule()})

    return [
        web.get("/api/v1/schedule", schedule),
        web.get("/api/v1/excuses", shown),
        web.post("/api/v1/excuses", in_words(give, EXPECTED)),
        web.delete("/api/v1/excuses/{id}", in_words(withdraw, EXPECTED)),
    ]
