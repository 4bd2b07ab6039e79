"""What aiohttp's server says of requests that went wrong, without their text, and not of every one of them.

By itself it logs a traceback for each request that is no HTTP, and in it the offending line: a header with the token.
"""

from __future__ import annotations

import asyncio

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

SAID_EVERY_S = 10.0
"""Of each kind of error one is spoken of in this time, and how many there were."""

_THEIRS = (HttpProcessingError, ConnectionError, web.RequestPayloadError)
"""What a sender can make happen as often as it likes: bytes that are no HTTP, and hanging up."""

log = structlog.get_logger(__name__)


class ServerLog:
    """Takes the place of the logger aiohttp's server writes to; the two methods are those it calls."""

    def __init__(self) -> None:
        self._said_s: dict[str, float] = {}
        self._held_back: dict[str, int] = {}

    def exception(self, _message: str, *arguments: object, exc_info: BaseException) -> None:
        """A request broke: by its sender, or by a bug of ours, which alone is shown with where it happened."""
        kind = type(exc_info).__name__
        if not (times := self._let_through(kind)):
            return
        remote = str(arguments[0]) if arguments else ""
        if isinstance(exc_info, _THEIRS):
            log.warning("http.unreadable", kind=kind, times=times, remote=remote)
        else:
            log.error("http.broke", kind=kind, times=times, remote=remote, exc_info=exc_info)

    def debug(self, message: str, *arguments: object, exc_info: BaseException | None = None) -> None:
        """Bytes that are no HTTP from their first on, such as TLS; the rest is not worth a line."""
        if exc_info is not None:
            self.exception(message, *arguments, exc_info=exc_info)

    def _let_through(self, kind: str) -> int:
        """For how many errors one may be said now; 0 when it was said just before."""
        now_s = asyncio.get_running_loop().time()
        times = self._held_back.pop(kind, 0) + 1
        if now_s - self._said_s.get(kind, -SAID_EVERY_S) < SAID_EVERY_S:
            self._held_back[kind] = times
            return 0
        self._said_s[kind] = now_s
        return times
