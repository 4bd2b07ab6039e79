"""What `/metrics` answers: the floor as text, written in slices between which the event loop does its other work.

Who scrapes the same picture at the same time, or again, shares one text of the floor. What `more` adds is small (the
process, the outputs, our own health), and is fresh each time: it must also be true when no new picture comes.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiohttp import hdrs, web

from floorwatch.floor.steps import Steps
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.text_format import CONTENT_TYPE, Slice
from floorwatch.turns import in_turns
from floorwatch.view import FloorView

GZIP_LEVEL, GZIP_WBITS = 1, 31

Part = Callable[[], bytes]
Scraped = Callable[[float, int], None]
"""Told of each scrape: the seconds it took to write, and how many series of the floor there were."""


def _unheard(_seconds: float, _series: int) -> None:
    """Nobody asks how scrapes fare."""


Metrics = Callable[[FloorView | None, bool], Awaitable[list[bytes]]]
"""The text of a view in pieces, packed with gzip or not."""


def metrics_routes(board: Board, metrics: Metrics) -> list[web.RouteDef]:
    """`/metrics` of the latest picture."""

    async def get_metrics(request: web.Request) -> web.StreamResponse:
        headers = {hdrs.CONTENT_TYPE: CONTENT_TYPE, hdrs.CACHE_CONTROL: "no-store", hdrs.VARY: hdrs.ACCEPT_ENCODING}
        if gzip := _takes_gzip(request):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        pieces = await metrics(board.view, gzip)
        response = web.StreamResponse(headers=headers)
        response.content_length = sum(map(len, pieces))
        await response.prepare(request)
        for piece in pieces if request.method != "HEAD" else ():  # six megabytes at once held the loop
            await response.write(piece)
            await asyncio.sleep(0)
        return response

    return [web.get("/metrics", get_metrics)]


def _takes_gzip(request: web.Request) -> bool:
    """Whether the answer may be packed."""
    for choice in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower().split(","):
        name, _, weight = choice.replace(" ", "").partition(";")
        if name == "gzip":
            return re.fullmatch(r"q=0(\.0*)?", weight) is None
    return False


class Scrape:
    """Writes pictures for whoever scrapes them."""

    def __init__(self, exposition: Exposition, more: Sequence[Part] = (), scraped: Scraped = _unheard) -> None:
        self._exposition = exposition
        self._more = more
        self._scraped = scraped
        self._latest: tuple[FloorView | None, asyncio.Task[list[Slice]]] | None = None

    async def pieces(self, view: FloorView | None, gzip: bool = False) -> list[bytes]:
        """All metrics, this picture's and all others', in their order. With `gzip` packed, fast rather than small."""
        time_s = asyncio.get_running_loop().time
        began_s = time_s()
        if self._latest is None or self._latest[0] is not view:
            self._latest = (view, asyncio.ensure_future(in_turns(_written(self._exposition.slices(view)))))
        floor = await asyncio.shield(self._latest[1])
        texts = [part.text for part in floor] + [part() for part in self._more]
        pieces = await in_turns(_packed(texts)) if gzip else texts
        self._scraped(time_s() - began_s, sum(part.series for part in floor))
        return pieces


def _written(slices: Iterable[Slice]) -> Steps[list[Slice]]:
    written = []
    for part in slices:
        written.append(part)
        yield
    return written


def _packed(texts: Iterable[bytes]) -> Steps[list[bytes]]:
    packer, packed = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_WBITS), []
    for text in texts:
        packed.append(packer.compress(text))
        yield
    return [b"".join((*packed, packer.flush()))]
