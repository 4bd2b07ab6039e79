"""`/take/TOKEN`: an alert is taken in hand by a one-time link, from wherever its bearer is.

The token is the authority: nobody is asked to sign in. GET and HEAD show, and change nothing, however often mail
scanners and previews of chats follow a link; only the form of our own page acts.
"""

from __future__ import annotations

import asyncio
import math
from typing import Protocol

import structlog
from aiohttp import hdrs, web

from floorwatch.alerts.actions import AGENTS_MAX, KINDS
from floorwatch.link_view import Done, Opened
from floorwatch.links import PATH
from floorwatch.metrics.catalogue import LANGUAGES, Language
from floorwatch.serve.attempts import Attempts
from floorwatch.serve.auth import place_of
from floorwatch.serve.body import read_form
from floorwatch.serve.link_pages import Notice, Writer, held_since
from floorwatch.serve.sign_in import POLICY, language_of

STATUS: dict[Notice, int] = {
    "open": 200,
    "forged": 403,
    "withdrawn": 410,
    "expired": 410,
    "used": 410,
    "used_now": 410,
    "over": 409,
    "meanwhile": 409,
    "too_many": 429,
    "not_kept": 503,
}

HEADERS = {
    hdrs.CACHE_CONTROL: "no-store",
    hdrs.VARY: "Accept-Language",
    "Content-Security-Policy": POLICY,
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
    "X-Frame-Options": "DENY",
}
"""Besides those of every answer, whose referrer policy keeps the token from every other site."""

log = structlog.get_logger("floorwatch.links")


class Desk(Protocol):
    """Who knows what a token stands for, and does what its bearer asks."""

    def now_ms(self) -> int:
        """The present instant."""
        ...

    def opened(self, token: str) -> Opened:
        """The link as it stands now."""
        ...

    async def take(self, opened: Opened) -> Done:
        """Its bearer takes the alert in hand. TimeoutError: not on disk in time."""
        ...

    async def act(self, opened: Opened, kind: str, agents: int) -> Done:
        """Its bearer says what they did. TimeoutError as above."""
        ...


class LinkRoutes:
    """The pages of links. `individuals`: what to do may name agents there."""

    def __init__(self, desk: Desk, *, individuals: bool) -> None:
        self._desk = desk
        self._individuals = individuals
        self._attempts = Attempts()

    def routes(self) -> list[web.RouteDef]:
        """The one place, for who looks and for who acts."""
        return [web.get(f"{PATH}{{token}}", self.show), web.post(f"{PATH}{{token}}", self.use)]

    async def show(self, request: web.Request) -> web.Response:
        """The alert, and the form; or why there is none. Changes nothing."""
        opened = self._desk.opened(request.match_info["token"])
        if opened.state != "open":
            return self._refuse(request, opened, opened.state)
        log.info("link.shown", **_of(request, opened))
        now, writer = self._desk.now_ms(), self._writer(request, opened)
        return _page(writer.form(opened, now), 200)

    async def use(self, request: web.Request) -> web.Response:
        """Do what the form says, once; then the page on which they say what they did about it."""
        opened = self._desk.opened(request.match_info["token"])
        if opened.state != "open":
            return self._refuse(request, opened, opened.state)
        form = await self._form(request, opened)
        if _is_overtaken(opened, form):
            log.warning("link.refused", why="meanwhile", **_of(request, opened))
            page = self._writer(request, opened).form(opened, self._desk.now_ms(), is_news=True)
            return _page(page, STATUS["meanwhile"])
        try:
            done = await self._do(opened, form)
        except TimeoutError:
            return self._refuse(request, opened, "not_kept")
        except ValueError as wrong:
            log.warning("link.refused", why="form", **_of(request, opened))
            raise web.HTTPUnprocessableEntity(text=str(wrong)) from None
        if done.state != "done":
            now_opened = self._desk.opened(request.match_info["token"])
            return self._refuse(request, now_opened, "used_now" if done.state == "used" else "over")
        log.warning("link.used", did=form["do"], **_of(request, opened))
        wish = f"?lang={request.query['lang']}" if request.query.get("lang") in LANGUAGES else ""
        return web.Response(status=303, headers={**HEADERS, hdrs.LOCATION: f"{PATH}{done.following}{wish}"})

    async def _form(self, request: web.Request, opened: Opened) -> dict[str, str]:
        try:
            return await read_form(request)
        except web.HTTPException:
            log.warning("link.refused", why="form", **_of(request, opened))
            raise

    async def _do(self, opened: Opened, form: dict[str, str]) -> Done:
        """Raises `ValueError` for what the form of the page cannot send."""
        assert opened.link is not None
        wish = form.get("do", "")
        if opened.link.purpose == "take":
            if wish != "take":
                raise ValueError("do: take")
            return await self._desk.take(opened)
        if wish not in KINDS:
            raise ValueError(f"do: one of {', '.join(KINDS)}")
        agents = form.get("agents", "").strip() or "0"
        if not agents.isascii() or not agents.isdigit() or len(agents) > 9 or int(agents) > AGENTS_MAX:
            raise ValueError(f"agents: a whole number up to {AGENTS_MAX}, or nothing")
        return await self._desk.act(opened, wish, int(agents))

    def _refuse(self, request: web.Request, opened: Opened, why: Notice) -> web.Response:
        wait_s, is_said = 0.0, True
        if opened.state == "forged":  # links of ours are never held up, whoever else guesses from the same address
            wait_s, is_said = self._attempts.guessed(place_of(request.remote or ""), asyncio.get_running_loop().time())
        why = "too_many" if wait_s else why
        if is_said:
            log.warning("link.refused", why=why, **_of(request, opened))
        response = _page(self._writer(request, opened).notice(opened, why, self._desk.now_ms()), STATUS[why])
        if wait_s:
            response.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait_s))
        return response

    def _writer(self, request: web.Request, opened: Opened) -> Writer:
        return Writer(_language(request, opened), individuals=self._individuals)


def _is_overtaken(opened: Opened, form: dict[str, str]) -> bool:
    """Whether somebody else has taken the alert since the page was shown: of two who are called at once the second is
    told, and takes it from the first only if they mean to."""
    assert opened.alert is not None
    held = held_since(opened.alert)
    is_mine = opened.alert.acknowledged_by == opened.person
    return "seen" in form and bool(held) and form["seen"] != held and not is_mine


def _language(request: web.Request, opened: Opened) -> Language:
    """The one asked for on the page; else that of the person; else of their browser."""
    asked = request.query.get("lang") or opened.language
    return next((lang for lang in LANGUAGES if lang == asked), None) or language_of(request)


def _of(request: web.Request, opened: Opened) -> dict[str, object]:
    """What the log has of every look and use. Never the token: it is good for whoever reads it."""
    return {
        "method": request.method,
        "remote": request.remote,
        "purpose": "" if opened.link is None else opened.link.purpose,
        "link": "" if opened.link is None else opened.link.id,
        "alert": "" if opened.alert is None else opened.alert.id,
        "person": opened.person,
    }


def _page(text: str, status: int) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=HEADERS)
