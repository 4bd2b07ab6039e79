"""The streams of the pages that show more than the public picture: one queue's day, and the agents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import web

from floorwatch.serve.answers import json_response
from floorwatch.serve.board import Board, Channel
from floorwatch.serve.gate import actor_of
from floorwatch.serve.wallboard import Stream
from floorwatch.view import FloorView

QueueDay = Callable[[str], dict[str, Any]]
"""What the page of a queue shows besides the picture, as it is now; the same keys each time."""

AgentsNow = Callable[[FloorView], dict[str, Any]]
"""What the page of agents shows besides the picture; the same keys each time."""

log = structlog.get_logger(__name__)


def queue_stream(board: Board, stream: Stream, queue_day: QueueDay) -> list[web.RouteDef]:
    """`/events/queue/NAME`: names nobody."""

    async def handle(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if board.view is not None and all(queue.name != name for queue in board.view.queues):
            return json_response({"error": f"there is no queue '{name}'"}, status=404)
        return await stream.serve(request, Channel(f"queue/{name}", lambda _view: queue_day(name)))

    return [web.get("/events/queue/{name:.+}", handle)]


def agents_stream(stream: Stream, agents_now: AgentsNow) -> list[web.RouteDef]:
    """`/events/agents`: names agents, so each look is logged with who looked."""
    channel = Channel("agents", agents_now)

    async def handle(request: web.Request) -> web.StreamResponse:
        log.info("agents.watched", actor=actor_of(request), remote=request.remote)
        return await stream.serve(request, channel)

    return [web.get("/events/agents", handle)]
