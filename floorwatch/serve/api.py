"""The JSON API: the current picture, what its figures mean, and the words to show them with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog
from aiohttp import web

from floorwatch.explain import CHOICES, answer, attendance_today
from floorwatch.explained import UnknownFigureError, UnknownQueueError
from floorwatch.figure_names import figure_named
from floorwatch.metrics.catalogue import FIGURES, LANGUAGES, as_json
from floorwatch.metrics.members import GROUP_MIN
from floorwatch.metrics.phrases import templates
from floorwatch.metrics.staffing_day import DayAnswer, NoDayError
from floorwatch.serve.answers import json_response
from floorwatch.serve.board import Board
from floorwatch.serve.gate import actor_of
from floorwatch.turns import in_turns

Day = Callable[[str], Awaitable[DayAnswer]]
"""A queue's day by intervals. Raises `NoDayError` where there is none to be told."""

Everybody = Callable[[], Awaitable[dict[str, Any]]]
"""Every agent as they are: {"at", "agents"}."""

log = structlog.get_logger(__name__)


Marks = Mapping[str, Sequence[Mapping[str, int]]]
"""Figure to when its definition has changed: {"at", "was", "version"}, the oldest first."""


def _starting() -> web.Response:
    return json_response(
        {"state": "starting", "error": "no picture of the floor yet"}, status=503, headers={"Retry-After": "1"}
    )


def api_routes(board: Board, marks: Marks) -> list[web.RouteDef]:
    """Routes under `/api/v1` that name nobody: figures of the floor, and the words for them."""
    definitions = msgspec.json.encode(
        {id_: as_json(figure) | {"marks": marks.get(id_, ())} for id_, figure in FIGURES.items()}
    )
    phrases = msgspec.json.encode({lang: templates(lang) for lang in LANGUAGES})

    async def view(_request: web.Request) -> web.Response:
        frame = board.frame
        if frame is None:
            return _starting()
        async with frame.making:
            return json_response(await in_turns(frame.json()))

    async def get_definitions(_request: web.Request) -> web.Response:
        return json_response(definitions)

    async def explain(request: web.Request) -> web.Response:
        asked, window = request.query, request.query.get("window")
        if "figure" not in asked:
            return json_response({"error": "figure is missing: /api/v1/explain?figure=service_level"}, status=400)
        if window not in (None, *CHOICES):
            return json_response({"error": f"window={window}: take one of {', '.join(CHOICES)}"}, status=400)
        if board.view is None:
            return _starting()
        try:
            figure = figure_named(asked["figure"])
            attendance = attendance_today(board.view, GROUP_MIN)
            return json_response(answer(board.view, figure, asked.get("queue"), window, attendance=attendance))
        except (UnknownFigureError, UnknownQueueError) as wrong:
            return json_response({"error": str(wrong)}, status=404)

    async def get_phrases(_request: web.Request) -> web.Response:
        return json_response(phrases)

    return [
        web.get("/api/v1/view", view),
        web.get("/api/v1/definitions", get_definitions),
        web.get("/api/v1/explain", explain),
        web.get("/api/v1/phrases", get_phrases),
    ]


def staffing_routes(day: Day) -> list[web.RouteDef]:
    """The route that says how many agents each interval of a queue's day needs."""

    async def staffing(request: web.Request) -> web.Response:
        try:
            return json_response(await day(request.match_info["queue"]))
        except NoDayError as wrong:
            return json_response({"error": str(wrong)}, status=404)

    return [web.get("/api/v1/staffing/{queue}", staffing)]


def individual_routes(everybody: Everybody) -> list[web.RouteDef]:
    """Routes under `/api/v1` that name agents. Every look is logged with who looked."""

    async def agents(request: web.Request) -> web.Response:
        shown = await everybody()
        log.info("agents.shown", actor=actor_of(request), remote=request.remote, agent_count=len(shown["agents"]))
        return json_response(shown)

    return [web.get("/api/v1/agents", agents)]
