"""The report of a day over HTTP: without agents for viewers; with them for supervisors, and every look is logged."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

import structlog
from aiohttp import web

from floorwatch.serve.answers import json_response
from floorwatch.serve.gate import actor_of

log = structlog.get_logger(__name__)


class DayReport(Protocol):
    """Makes the report of a business day (`2026-10-25`), else of the last complete one; None where none is known.

    Reads the disk, so it is called in a thread. Raises `ValueError` with the reason for a day that is none.
    """

    def __call__(self, day: str | None, queue: str | None, *, individuals: bool) -> dict[str, Any] | None:
        """Make it."""


def report_routes(day_report: DayReport) -> list[web.RouteDef]:
    """`GET /api/v1/report/day?date=2026-10-25&queue=NAME`: names nobody."""

    async def get_day(request: web.Request) -> web.Response:
        return await _answer(request, day_report, individuals=False)

    return [web.get("/api/v1/report/day", get_day)]


def individual_report_routes(day_report: DayReport) -> list[web.RouteDef]:
    """`GET /api/v1/report/day/agents`: the same with the agents' day."""

    async def get_day(request: web.Request) -> web.Response:
        log.info("agents.reported", actor=actor_of(request), remote=request.remote, day=request.query.get("date"))
        return await _answer(request, day_report, individuals=True)

    return [web.get("/api/v1/report/day/agents", get_day)]


async def _answer(request: web.Request, day_report: DayReport, *, individuals: bool) -> web.Response:
    day, queue = request.query.get("date"), request.query.get("queue")
    try:
        report = await asyncio.to_thread(day_report, day, queue, individuals=individuals)
    except ValueError as wrong:
        return json_response({"error": f"date: {wrong}"}, status=400)
    if report is None:
        why = f"nothing is known of {day or 'any complete day yet'}; `floorwatch report` can count it from the journal"
        return json_response({"error": why}, status=404)
    if queue is not None and queue not in report["queues"]:
        return json_response({"error": f"queue: nothing is known of '{queue}' on that day"}, status=404)
    return json_response(report)
