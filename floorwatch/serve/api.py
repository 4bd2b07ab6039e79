"""The JSON API: the current picture, what its figures mean, and the words to show them with."""

from __future__ import annotations

from typing import Any

import msgspec
import structlog
from aiohttp import web

from floorwatch.metrics.catalogue import FIGURES, LANGUAGES
from floorwatch.metrics.phrases import templates
from floorwatch.serve.board import Board

log = structlog.get_logger(__name__)


def json_response(content: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON body that no cache may keep."""
    return web.Response(
        body=content if isinstance(content, bytes) else msgspec.json.encode(content),
        status=status,
        content_type="application/json",
        charset="utf-8",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def _starting() -> web.Response:
    return json_response(
        {"state": "starting", "error": "no picture of the floor yet"}, status=503, headers={"Retry-After": "1"}
    )


def api_routes(board: Board, *, individuals: bool) -> list[web.RouteDef]:
    """Routes under `/api/v1`. `individuals` adds the one that names agents; without it that route does not exist."""
    definitions = msgspec.json.encode(
        {
            figure.id: {
                "id": figure.id,
                "version": figure.version,
                "unit": figure.unit,
                "formula": figure.formula,
                "name": {lang: figure.name(lang) for lang in LANGUAGES},
                "text": {lang: figure.text(lang) for lang in LANGUAGES},
            }
            for figure in FIGURES.values()
        }
    )
    phrases = msgspec.json.encode({lang: templates(lang) for lang in LANGUAGES})

    async def view(_request: web.Request) -> web.Response:
        return json_response(board.frame.public_json()) if board.frame is not None else _starting()

    async def get_definitions(_request: web.Request) -> web.Response:
        return json_response(definitions)

    async def get_phrases(_request: web.Request) -> web.Response:
        return json_response(phrases)

    async def agents(request: web.Request) -> web.Response:
        log.info("agents.shown", remote=request.remote, agent_count=len(board.view.agents) if board.view else 0)
        if board.view is None:
            return _starting()
        return json_response({"at": board.view.at, "agents": board.view.agents})

    routes = [
        web.get("/api/v1/view", view),
        web.get("/api/v1/definitions", get_definitions),
        web.get("/api/v1/phrases", get_phrases),
    ]
    return [*routes, web.get("/api/v1/agents", agents)] if individuals else routes
