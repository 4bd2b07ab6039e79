"""`POST /api/v1/events`: what HTTP says of a body of events. What becomes of it is decided by who takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from aiohttp import hdrs, web

from floorwatch.serve.answers import json_response
from floorwatch.serve.body import UnreadBodyError, read_body
from floorwatch.serve.gate import GRANT, actor_of


class Outcome(Protocol):
    """What became of a body."""

    @property
    def status(self) -> int:
        """202: what was accepted is on disk. Anything else: nothing was accepted."""
        ...

    @property
    def accepted(self) -> int:
        """Events accepted."""
        ...

    @property
    def rejected_count(self) -> int:
        """Lines that were none."""
        ...

    @property
    def rejected(self) -> Sequence[tuple[int, str]]:
        """(line, reason) of the first of these; lines count from 1."""
        ...

    @property
    def error(self) -> str:
        """Why nothing was accepted."""
        ...

    @property
    def retry_after_s(self) -> int | None:
        """When the same body may be sent again; None where that would change nothing."""
        ...


class Receive(Protocol):
    """Takes a body of events. `actor` names the token; `sources` are those it may speak for, None for any.

    `unread`: why there is no body to take, to be counted; empty when there is one.
    """

    async def __call__(
        self,
        body: bytes,
        content_type: str,
        encoding: str,
        *,
        actor: str,
        sources: tuple[str, ...] | None,
        unread: str = "",
    ) -> Outcome:
        """What became of it, once that is certain."""
        ...


def ingest_routes(receive: Receive) -> list[web.RouteDef]:
    """The route on which other systems push events."""

    async def post(request: web.Request) -> web.Response:
        body, unread = b"", ""
        try:
            body = await read_body(request)
        except UnreadBodyError as wrong:
            unread = wrong.reason
        grant = request[GRANT]
        return _answer(
            await receive(
                body,
                request.content_type,
                request.headers.get(hdrs.CONTENT_ENCODING, ""),
                actor=actor_of(request),
                sources=None if grant is None else grant.sources,
                unread=unread,
            )
        )

    return [web.post("/api/v1/events", post)]


def _answer(outcome: Outcome) -> web.Response:
    content: dict[str, object] = {
        "accepted": outcome.accepted,
        "rejected_count": outcome.rejected_count,
        "rejected": [{"line": line, "reason": reason} for line, reason in outcome.rejected],
    }
    if outcome.error:
        content["error"] = outcome.error
    headers: dict[str, str] = {} if outcome.retry_after_s is None else {hdrs.RETRY_AFTER: str(outcome.retry_after_s)}
    return json_response(content, status=outcome.status, headers=headers)
