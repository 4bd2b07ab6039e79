"""`/api/v1/shifts`: what happened in the turns of rotas. They name who was on call, so they are for leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import structlog
from aiohttp import web

from floorwatch.serve.answers import json_response
from floorwatch.serve.gate import actor_of
from floorwatch.shift_view import ShiftLine, ShiftReport

log = structlog.get_logger("floorwatch.shifts")


class Shifts(Protocol):
    """Who knows the turns."""

    @property
    def timezone(self) -> str:
        """Of the site."""
        ...

    def now_ms(self) -> int:
        """Up to when it is known what happened."""
        ...

    async def lines(self) -> Sequence[ShiftLine]:
        """Turns that are over, the latest first."""
        ...

    def running(self) -> Sequence[ShiftLine]:
        """Turns that are not."""
        ...

    def report(self, key: str) -> ShiftReport | None:
        """The whole report of one; None: there is none of this key."""
        ...


def shift_routes(shifts: Shifts) -> list[web.RouteDef]:
    """The routes that list them and show one. Each view is logged: whose work it shows may ask who has seen it."""

    async def listed(request: web.Request) -> web.Response:
        over, running = await shifts.lines(), shifts.running()
        log.info("shifts.listed", actor=actor_of(request), remote=request.remote, shifts=len(over))
        answer = {"at": shifts.now_ms(), "timezone": shifts.timezone, "running": running, "shifts": over}
        return json_response(answer)

    async def shown(request: web.Request) -> web.Response:
        key = request.match_info["key"]
        report = shifts.report(key)
        if report is None:
            return json_response({"error": f"there is no shift '{key}': GET /api/v1/shifts lists them"}, status=404)
        log.info("shift.shown", actor=actor_of(request), remote=request.remote, key=key)
        return json_response(report)

    return [web.get("/api/v1/shifts", listed), web.get("/api/v1/shifts/{key:.+}", shown)]
