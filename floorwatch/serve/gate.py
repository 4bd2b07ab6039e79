"""The gate in front of every route: which place asks for which role, and the one middleware that decides."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from floorwatch.serve.answers import json_response
from floorwatch.serve.auth import Access, Grant, Need, TooManyAttemptsError, suffices
from floorwatch.serve.sign_in import COOKIE, forget_cookie, not_enough_page, sign_in_page, wants_page

NEEDS: web.AppKey[dict[Handler, Need]] = web.AppKey("needs", dict)
"""What each handler asks of who comes. One that is not in it serves nobody."""

GRANT: web.RequestKey[Grant | None] = web.RequestKey("grant", Grant)
"""Whose token came with the request; None where none was asked for."""

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))

log = structlog.get_logger("floorwatch.access")


class Presented(NamedTuple):
    """A token as it came."""

    token: str
    is_cookie: bool


def open_for(app: web.Application, need: Need, routes: Iterable[web.RouteDef]) -> None:
    """Add routes that serve whoever `need` lets in. The only way a route is added."""
    needs = app[NEEDS]
    for route in routes:
        for added in route.register(app.router):
            assert needs.setdefault(added.handler, need) == need, f"{route.path} is declared twice"


def _said_of(request: web.Request) -> str:
    """The path as a log may have it: a one-time link is good for whoever reads it."""
    resource = request.match_info.route.resource
    return request.path if resource is None or "token" not in request.match_info else resource.canonical


def need_of(route: web.AbstractRoute, app: web.Application) -> Need | None:
    """What the route asks of who comes; None when it was never declared."""
    return app[NEEDS].get(route.handler)


def actor_of(request: web.Request) -> str:
    """Who asks: the name of the token, for logs and the journal; empty where no token was asked for."""
    grant = request[GRANT]
    return "" if grant is None else grant.name


def may(access: Access, request: web.Request, *needs: Need) -> frozenset[Need]:
    """Which of `needs` who asks fulfils: for a place that is open, and tells some more than others.

    Identified once: who presents a wrong token has made one attempt.
    """
    fulfilled = frozenset(need for need in needs if access.is_open(need))
    if len(fulfilled) == len(needs):
        return fulfilled
    try:
        grant = _who(access, request, _presented(request))
    except TooManyAttemptsError:
        return fulfilled
    return fulfilled | {need for need in needs if grant is not None and suffices(grant.role, need)}


def gate(access: Access) -> Middleware:
    """The middleware that lets a request through to its handler, or answers 401, 403 or 429."""

    @web.middleware
    async def admit(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.http_exception is not None:
            return await handler(request)  # there is no such place: the router's own answer
        need = need_of(request.match_info.route, request.app)
        if need is None:
            return _forbidden("nobody: this place declares no role")
        presented = _presented(request)
        grant = None
        if not access.is_open(need):
            try:
                grant = _who(access, request, presented)
            except TooManyAttemptsError as refusal:
                return _too_many(refusal)
            if grant is None:
                return _unknown(request, presented)
            if not suffices(grant.role, need):
                log.warning("access.forbidden", actor=grant.name, role=grant.role, needs=need, path=request.path)
                return _not_enough(request, need, grant)
        if request.method not in SAFE_METHODS and _is_forged(request, presented):
            log.warning("access.forged", remote=request.remote, path=_said_of(request))
            return json_response({"error": "this request was made by a page of another site"}, status=403)
        request[GRANT] = grant
        return await handler(request)

    return admit


def _presented(request: web.Request) -> Presented | None:
    """The bearer token; else that of the cookie."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer":
        return Presented(token.strip(), is_cookie=False)
    cookie = request.cookies.get(COOKIE)
    return None if cookie is None else Presented(cookie, is_cookie=True)


def _who(access: Access, request: web.Request, presented: Presented | None) -> Grant | None:
    if presented is None:
        return None
    return access.identify(presented.token, request.remote or "", asyncio.get_running_loop().time())


def _is_forged(request: web.Request, presented: Presented | None) -> bool:
    """Whether a page of another site may have made a browser send this.

    No such page can add a bearer token. With a cookie the browser must say that the request comes from our own page;
    without either (a sign-in, or a daemon without tokens) it must not say otherwise.
    """
    if presented is not None and not presented.is_cookie:
        return False
    is_ours = is_same_origin(request)
    return not is_ours if is_ours is not None else presented is not None


def is_same_origin(request: web.Request) -> bool | None:
    """Whether the browser says that one of our own pages made the request; None when it does not say."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None:
        return None
    try:
        return urlsplit(origin).netloc.lower() == request.host.lower()
    except ValueError:  # no address at all, such as `http://[`
        return False


def _unknown(request: web.Request, presented: Presented | None) -> web.Response:
    """401: who is it? A person is shown the page that asks."""
    if wants_page(request):
        response = sign_in_page(request, status=401)
    else:
        why = "this place needs a token" if presented is None else "this token is not known"
        response = json_response({"error": f"{why}: send it as 'Authorization: Bearer TOKEN'"}, status=401)
    wrong = "" if presented is None else ', error="invalid_token"'
    response.headers[hdrs.WWW_AUTHENTICATE] = f'Bearer realm="floorwatch"{wrong}'
    if presented is not None and presented.is_cookie:
        forget_cookie(response)  # a screen that goes on asking is not to look like an attacker
    return response


def _not_enough(request: web.Request, need: Need, grant: Grant) -> web.Response:
    """403: this is known, and not enough. A person is shown a page."""
    if wants_page(request):
        response = not_enough_page(request, grant, need)
    else:
        response = _forbidden(f"{need}; the token '{grant.name}' has the role {grant.role}")
    scope = f'Bearer realm="floorwatch", error="insufficient_scope", scope="{need}"'
    response.headers[hdrs.WWW_AUTHENTICATE] = scope
    return response


def _forbidden(role: str) -> web.Response:
    return json_response({"error": f"this place is for the role {role}"}, status=403)


def _too_many(refusal: TooManyAttemptsError) -> web.Response:
    return json_response({"error": str(refusal)}, status=429, headers={"Retry-After": str(math.ceil(refusal.wait_s))})
