"""The HTTP server: routes, who may ask, and what every answer carries."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from floorwatch.serve.api import api_routes, json_response
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import CONTENT_TYPE
from floorwatch.serve.wallboard import Stream, page_routes
from floorwatch.view import FloorView

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "floorwatch",
}
"""On every answer. The page has no inline script and no inline style, so the policy needs no exception."""

LOOPBACK_NAMES = frozenset(("localhost", "localhost.localdomain"))


def host_allowed(host: str, names: frozenset[str]) -> bool:
    """Whether a request that says `Host: host` may be answered.

    Against DNS rebinding: a web page elsewhere can point a name of its own at this address and read the answers.
    It cannot do that with an IP literal, so those are fine; any other name must be known.
    """
    name = host if host.endswith("]") or ":" not in host else host.rpartition(":")[0]
    name = name.strip("[]").rstrip(".").lower()
    if name in names or name in LOOPBACK_NAMES or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _guard(names: frozenset[str]) -> Middleware:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get(hdrs.HOST, "")
        if not host_allowed(host, names):
            return json_response(
                {"error": f"this server does not answer to the name {host!r}: add it to the configured hosts"},
                status=421,
            )
        try:
            return await handler(request)
        except web.HTTPException as refusal:
            return _refused(request, refusal)

    return guard


def _refused(request: web.Request, refusal: web.HTTPException) -> web.Response:
    headers = {name: refusal.headers[name] for name in ("Allow", "Retry-After") if name in refusal.headers}
    if refusal.status != 404:
        return json_response({"error": refusal.text or refusal.reason}, status=refusal.status, headers=headers)
    there = sorted({route.resource.canonical for route in request.app.router.routes() if route.resource is not None})
    shown = [path for path in there if not path.startswith("/static/")]
    return json_response({"error": f"nothing at {request.path}", "exists": shown}, status=404)


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURITY_HEADERS)


def create_app(
    board: Board,
    *,
    ready: Callable[[], tuple[bool, str]],
    metrics: Callable[[FloorView | None], bytes],
    individuals: bool = False,
    hosts: Iterable[str] = (),
) -> web.Application:
    """The application around `board`.

    `ready` answers whether the floor can be trusted yet, and if not why. `metrics` makes the `/metrics` body from the
    latest view. `individuals` opens `/api/v1/agents`, which names agents; off, no answer names anyone. `hosts` are
    the names, besides loopback and IP addresses, under which the server may be addressed.
    """
    stream = Stream(board)

    async def get_metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=metrics(board.view), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE, hdrs.CACHE_CONTROL: "no-store"}
        )

    async def healthy(_request: web.Request) -> web.Response:
        return json_response({"healthy": True})

    async def is_ready(_request: web.Request) -> web.Response:
        yes, reason = ready()
        return json_response({"ready": yes, "reason": reason}, status=200 if yes else 503)

    async def close_board(_app: web.Application) -> None:
        board.close()

    app = web.Application(middlewares=[_guard(frozenset(name.lower() for name in hosts))])
    app.add_routes(page_routes())
    app.add_routes(api_routes(board, individuals=individuals))
    app.add_routes(
        [
            web.get("/events", stream.handle),
            web.get("/metrics", get_metrics),
            web.get("/-/healthy", healthy),
            web.get("/healthz", healthy),
            web.get("/-/ready", is_ready),
            web.get("/readyz", is_ready),
        ]
    )
    app.on_response_prepare.append(_secure)
    app.on_shutdown.append(close_board)
    return app
