"""`/api/v1/outputs`: what each output is owed, what it last took, and why it fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from floorwatch.serve.answers import json_response

Outputs = Callable[[], list[dict[str, Any]]]


def output_routes(outputs: Outputs) -> list[web.RouteDef]:
    """The outbox, a row for each place of each output. It names nobody, but addresses of the house."""

    async def show(_request: web.Request) -> web.Response:
        return json_response({"outputs": outputs()})

    return [web.get("/api/v1/outputs", show)]
