"""The HTTP server: routes, who may ask, and what every answer carries."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from floorwatch.serve import action_routes, alert_routes, oncall_routes
from floorwatch.serve.agents_page import AgentsPage
from floorwatch.serve.answers import json_response
from floorwatch.serve.api import Day, Everybody, Marks, api_routes, individual_routes, staffing_routes
from floorwatch.serve.attendance_routes import Desk, adherence_routes, excuse_routes
from floorwatch.serve.auth import Access
from floorwatch.serve.board import Board
from floorwatch.serve.body import BYTES_MAX
from floorwatch.serve.exposition_scrape import Metrics, metrics_routes
from floorwatch.serve.gate import NEEDS, gate, may, need_of, open_for
from floorwatch.serve.ingest_route import Receive, ingest_routes
from floorwatch.serve.link_routes import Desk as LinkDesk
from floorwatch.serve.link_routes import LinkRoutes
from floorwatch.serve.output_route import Outputs, output_routes
from floorwatch.serve.page_streams import QueueDay, agents_stream, queue_stream
from floorwatch.serve.reply_routes import ReplyRoutes
from floorwatch.serve.report_route import DayReport, individual_report_routes, report_routes
from floorwatch.serve.schedule_route import ReceiveSchedule, schedule_routes
from floorwatch.serve.server_log import ServerLog
from floorwatch.serve.shift_routes import Shifts, shift_routes
from floorwatch.serve.sign_in import SignIn
from floorwatch.serve.wallboard import PLACES, Stream, page_routes

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with that a browser hides the origin of our own forms too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "floorwatch",
}
"""On every answer to a request that could be read; what is no HTTP is refused by aiohttp, with a bare 400.

The page has no inline script and no inline style, so the policy needs no exception.
"""

IDLE_S = 150.0
"""A connection that finishes no request for this long is closed, also one that has sent half of its headers.

Longer than the two minutes for which proxies keep one open: closed by them, no request meets a closing connection.
"""

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


def _guard(names: frozenset[str], access: Access) -> Middleware:
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
            return _refused(request, refusal, access)

    return guard


def _refused(request: web.Request, refusal: web.HTTPException, access: Access) -> web.Response:
    headers = {name: refusal.headers[name] for name in ("Allow", "Retry-After") if name in refusal.headers}
    if refusal.status != 404:
        return json_response({"error": refusal.text or refusal.reason}, status=refusal.status, headers=headers)
    answer = {"error": f"nothing at {request.path}", "exists": _places(request.app, access)}
    return json_response(answer, status=404)


def _places(app: web.Application, access: Access) -> list[str]:
    """What may be named to anybody: where every method is open."""
    routes = [(route.resource.canonical, route) for route in app.router.routes() if route.resource is not None]
    shut = {place for place, route in routes if not access.is_open(need_of(route, app) or "admin")}
    return sorted({place for place, _ in routes if not place.startswith("/static/")} - shut)


async def _secure(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        if name == "Server":
            response.headers[name] = value
        else:
            response.headers.setdefault(name, value)


def create_app(
    board: Board,
    *,
    ready: Callable[[], tuple[bool, str]],
    metrics: Metrics,
    access: Access,
    individuals: bool = False,
    everybody: Everybody | None = None,
    hosts: Iterable[str] = (),
    receive: Receive | None = None,
    receive_schedule: ReceiveSchedule | None = None,
    desk: Desk | None = None,
    alerts: alert_routes.Desk | None = None,
    actions: action_routes.Desk | None = None,
    links: LinkDesk | None = None,
    replies: ReplyRoutes | None = None,
    marks: Marks | None = None,
    day_report: DayReport | None = None,
    staffing: Day | None = None,
    outputs: Outputs = list,
    queue_day: QueueDay | None = None,
    oncall: oncall_routes.Desk | None = None,
    shifts: Shifts | None = None,
) -> web.Application:
    """The application around `board`.

    `ready` answers whether the floor can be trusted yet, and if not why, which only viewers are told. `metrics` makes
    the `/metrics` body from a view, packed or not. `access` says who may ask for what. `individuals` opens what names
    agents, among it what `everybody` does; off, no answer names anyone. `hosts` are the names, besides loopback and
    IP addresses, under which the server may be addressed. `receive` takes what is posted to `/api/v1/events`;
    `receive_schedule` what is put to `/api/v1/schedule`; `desk` knows how agents keep to it, and what supervisors
    excuse; `alerts` knows what is wrong, and takes what people decide about it; `actions` takes what
    they have done, and knows what it has brought; `links` what one-time links stand for;
    `replies` where platforms post what people answer. Without them there are no such places.
    `marks` says when the definition of a figure has changed. `day_report` answers what was; `staffing` what each
    interval of the day needs; `outputs` how those fare who are told of alerts; `queue_day` what the page of a queue
    shows besides the picture; `oncall` who is on call, and takes who is to be; `shifts` what happened in their turns.
    """

    async def healthy(_request: web.Request) -> web.Response:
        return json_response({"healthy": True})

    async def is_ready(request: web.Request) -> web.Response:
        yes, reason = ready()
        known = {"reason": reason} if may(access, request, "viewer") else {}  # it names sources
        return json_response({"ready": yes, **known}, status=200 if yes else 503)

    async def close_board(_app: web.Application) -> None:
        board.close()

    names = frozenset(name.lower() for name in hosts)
    app = web.Application(
        middlewares=[_guard(names, access), gate(access)],
        client_max_size=BYTES_MAX,
        handler_args={
            # Unpacked by who knows how much it may become, and only for who may post: bytes can unpack to gigabytes.
            "auto_decompress": False,
            "keepalive_timeout": IDLE_S,
            "logger": ServerLog(),
        },
    )
    app[NEEDS] = {}
    open_for(app, "open", [web.get("/-/healthy", healthy), web.get("/healthz", healthy)])
    open_for(app, "open", [web.get("/-/ready", is_ready), web.get("/readyz", is_ready)])
    _open_pages(app, board, SignIn(access), queue_day, individuals=individuals)
    open_for(app, "viewer", api_routes(board, marks or {}))
    open_for(app, "metrics", metrics_routes(board, metrics))
    if individuals and everybody is not None:
        open_for(app, "lead", individual_routes(everybody))
    if receive is not None:
        open_for(app, "ingest", ingest_routes(receive))
    if receive_schedule is not None:
        open_for(app, "supervisor", schedule_routes(receive_schedule))
    if desk is not None:
        _open_desk(app, board, desk, individuals=individuals)
    if alerts is not None:
        _open_alerts(app, access, alerts, board, individuals=individuals)
    if actions is not None:
        open_for(app, "lead", action_routes.action_routes(actions, individuals=individuals))
    _open_from_anywhere(app, links, replies, individuals=individuals)
    if day_report is not None:
        _open_reports(app, day_report, individuals=individuals)
    if staffing is not None:
        open_for(app, "viewer", staffing_routes(staffing))
    open_for(app, "lead", output_routes(outputs))
    _open_oncall(app, oncall, shifts)
    app.on_response_prepare.append(_secure)
    app.on_shutdown.append(close_board)
    return app


def _open_pages(
    app: web.Application, board: Board, signing: SignIn, queue_day: QueueDay | None, *, individuals: bool
) -> None:
    pages, stream = page_routes(individuals=individuals), Stream(board)
    open_for(app, "open", [web.get("/sign-in", signing.show), web.post("/sign-in", signing.enter)])
    open_for(app, "open", [web.post(place, signing.enter) for place in PLACES])
    open_for(app, "open", [web.post("/sign-out", signing.leave), *pages.before_sign_in])
    open_for(app, "viewer", [*pages.viewers, web.get("/events", stream.handle)])
    open_for(app, "lead", pages.leads)
    if queue_day is not None:
        open_for(app, "viewer", queue_stream(board, stream, queue_day))
    if individuals:
        open_for(app, "lead", agents_stream(stream, AgentsPage().now))


def _open_desk(app: web.Application, board: Board, desk: Desk, *, individuals: bool) -> None:
    open_for(app, "supervisor", excuse_routes(desk, individuals=individuals))
    if individuals:
        open_for(app, "lead", adherence_routes(board, desk))


def _open_alerts(
    app: web.Application, access: Access, desk: alert_routes.Desk, board: Board, *, individuals: bool
) -> None:
    open_for(app, "viewer", alert_routes.alert_routes(desk, access, board, individuals=individuals))
    open_for(app, "lead", alert_routes.hand_routes(desk, individuals=individuals))
    open_for(app, "lead", alert_routes.silences_shown(desk))
    open_for(app, "supervisor", alert_routes.silence_routes(desk))


def _open_oncall(app: web.Application, oncall: oncall_routes.Desk | None, shifts: Shifts | None) -> None:
    if oncall is not None:
        open_for(app, "lead", oncall_routes.oncall_routes(oncall))
    if shifts is not None:
        open_for(app, "lead", shift_routes(shifts))


def _open_from_anywhere(
    app: web.Application, links: LinkDesk | None, replies: ReplyRoutes | None, *, individuals: bool
) -> None:
    """What asks for no token of ours: it brings its own proof of who it is."""
    if links is not None:
        open_for(app, "open", LinkRoutes(links, individuals=individuals).routes())
    if replies is not None:
        open_for(app, "open", replies.routes())


def _open_reports(app: web.Application, day_report: DayReport, *, individuals: bool) -> None:
    open_for(app, "viewer", report_routes(day_report))
    if individuals:
        open_for(app, "supervisor", individual_report_routes(day_report))
