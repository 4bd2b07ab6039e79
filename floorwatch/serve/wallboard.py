"""The wallboard: its pages from package files, and the streams of pictures that feed them."""

from __future__ import annotations

import asyncio
import hashlib
import importlib.resources
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from aiohttp import web
from aiohttp.typedefs import Handler

from floorwatch.serve.board import Board, Channel
from floorwatch.turns import in_turns

HEARTBEAT_S = 5.0
"""A comment this often when nothing changes, so that proxies keep the stream open and a dead peer is noticed."""
OLD_MS = 1_000
"""A whole picture older than this is announced with its age: who connects to an engine that stands must not take it for
news."""
GAP_S = 0.45
"""No viewer is given more than two pictures a second, however often the floor publishes: it does each half second."""
STALLED_S = 30.0
"""A viewer that reads nothing for this long is let go; its buffer never holds more than one picture."""
STREAMS_MAX = 1_000
"""Open streams; the next viewer is told to try again. 500 are measured: docs/performance.md."""

SIGN_IN_FILES = ("shell/alone.css", "shell/sign_in.css", "shell/icon.svg", "link/link.css")
"""What pages need that are shown before anybody has signed in."""

FORM = "shell/page.html"
"""What the pages have in common."""

PAGES: dict[str, str] = {
    "/": "floor/floor.js",
    "/queue": "queue/queue.js",
    "/alerts": "alerts/alerts.js",
    "/feeds": "feeds/feeds.js",
}
"""Place to script, of the pages that name nobody. A page has the style sheets of its script's folder."""
PAGES_OF_LEADS: dict[str, str] = {"/shift": "shift/shift.js"}
"""Of those that name who is on call."""
PAGES_OF_AGENTS: dict[str, str] = {"/agents": "agents/agents.js"}
"""Of those that name agents."""
PAGES_WITHOUT_AGENTS: dict[str, str] = {"/agents": "agents/closed.js"}
"""The same where nobody is to be named: they say what to configure."""

PLACES = (*PAGES, *PAGES_OF_LEADS, *PAGES_OF_AGENTS)
"""Of every page."""

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def _page(body: bytes, name: str) -> Handler:
    content_type = _TYPES[PurePosixPath(name).suffix]
    etag = hashlib.sha256(body).hexdigest()[:20]

    async def page(request: web.Request) -> web.Response:
        # Modules import each other by plain names, so a copy is only used after asking whether it is still the one.
        headers = {"Cache-Control": "no-cache", "ETag": f'"{etag}"'}
        if any(tag.value in (etag, "*") for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, content_type=content_type, charset="utf-8", headers=headers)

    return page


def page_html(form: str, script: str, files: Iterable[str]) -> bytes:
    """The document of the page with this script; `files`: all there are, of which it gets its style sheets."""
    folder = PurePosixPath(script).parent.as_posix()
    own_first = f"{folder}/{folder}.css"
    sheets = sorted(name for name in files if name.startswith(f"{folder}/") and name.endswith(".css"))
    sheets.sort(key=lambda name: name != own_first)
    styles = "\n  ".join(f'<link rel="stylesheet" href="/static/{name}">' for name in sheets)
    own = f'<script type="module" src="/static/{script}"></script>'
    return form.replace("<!-- styles -->", styles).replace("<!-- script -->", own).encode()


class Pages(NamedTuple):
    """The routes of the pages and their files, by who may have them."""

    viewers: list[web.RouteDef]
    leads: list[web.RouteDef]
    before_sign_in: list[web.RouteDef]
    """What the page that asks for a token needs itself."""


def page_routes(*, individuals: bool) -> Pages:
    """Every page, and `/static/NAME` for every file shipped in `static/`; all read once."""
    folder = Path(str(importlib.resources.files("floorwatch.serve") / "static"))
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    form = files.pop(FORM).decode()
    routes = {name: web.get(f"/static/{name}", _page(body, name)) for name, body in files.items()}

    def page(place: str, script: str) -> web.RouteDef:
        return web.get(place, _page(page_html(form, script, files), FORM))

    before_sign_in = [routes.pop(name) for name in SIGN_IN_FILES]
    viewers = [page(*pair) for pair in PAGES.items()]
    of_agents = PAGES_OF_AGENTS if individuals else PAGES_WITHOUT_AGENTS
    leads = [page(*pair) for pair in (PAGES_OF_LEADS | of_agents).items()]
    return Pages([*viewers, *routes.values()], leads, before_sign_in)


class Stream:
    """Pictures of the floor: the whole one first, then what changed; who falls behind gets the whole one again."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.open = 0

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """`/events`: the public picture. Serves one viewer until it leaves, stalls or the board closes."""
        return await self.serve(request)

    async def serve(self, request: web.Request, channel: Channel | None = None) -> web.StreamResponse:
        """The same, with what the page of this channel shows besides."""
        if self.open >= STREAMS_MAX:
            raise web.HTTPServiceUnavailable(text=f"{STREAMS_MAX} viewers are connected", headers={"Retry-After": "10"})
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}
        )
        # Behind nginx, a buffered stream would arrive in lumps.
        response.headers["X-Accel-Buffering"] = "no"
        self.open += 1
        page = "floor" if channel is None else channel.page
        self._board.viewers[page] += 1
        try:
            await response.prepare(request)
            if request.method != "HEAD":
                await self._feed(response, channel)
        except (ConnectionResetError, TimeoutError):
            pass  # the viewer left or stalled: it will connect again
        finally:
            self.open -= 1
            self._board.viewers[page] -= 1
        return response

    async def _feed(self, response: web.StreamResponse, channel: Channel | None) -> None:
        await self._send(response, b"retry: 2000\n\n")
        if self._board.frame is None:
            await self._send(response, b'event: starting\ndata: {"state":"starting"}\n\n')
        seen, time_s = 0, asyncio.get_running_loop().time
        while not self._board.closed:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    frame = await self._board.newer_than(seen)
            except TimeoutError:
                await self._send(response, b": still here\n\n")
                continue
            if frame is None:
                return
            due_s = time_s() + GAP_S  # of the next: what this one takes to make and to send must add up to no delay
            is_next = frame.number == seen + 1 and seen > 0
            age_ms = frame.age_ms()
            if age_ms > OLD_MS and not is_next:
                await self._send(response, b"event: age\ndata: %d\n\n" % age_ms)
            async with frame.making:
                event = await in_turns(frame.delta(channel) if is_next else frame.snapshot(channel))
            seen = frame.number
            del frame  # or who reads slowly would keep all of it: on a large floor tens of megabytes, for each picture
            await self._send(response, event)
            await asyncio.sleep(max(0.0, due_s - time_s()))

    @staticmethod
    async def _send(response: web.StreamResponse, event: bytes) -> None:
        async with asyncio.timeout(STALLED_S):
            await response.write(event)
