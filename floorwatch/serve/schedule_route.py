"""`PUT /api/v1/schedule`: what HTTP says of a schedule. What becomes of it is decided by who takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from aiohttp import hdrs, web

from floorwatch.nearest import did_you_mean
from floorwatch.serve.answers import json_response
from floorwatch.serve.body import UnreadBodyError, read_body
from floorwatch.serve.gate import actor_of

BYTES_MAX = 16 * 1_048_576
NAME_LENGTH_MAX = 200
PARAMETERS = ("name", "strict")

_UNREAD = {
    "body_too_large": (413, f"the document is over {BYTES_MAX} bytes: send it in parts, some days each"),
    "body_too_slow": (408, "the document took too long to arrive"),
    "body_cut_off": (400, "the document ended before its end"),
}


class ScheduleAnswer(Protocol):
    """What became of a schedule."""

    @property
    def status(self) -> int:
        """200: it is in force, and on disk. Anything else: nothing has changed, or it is not certain."""
        ...

    @property
    def content(self) -> Mapping[str, Any]:
        """The answer's body."""
        ...

    @property
    def retry_after_s(self) -> int | None:
        """When the same document may be sent again; None where that would change nothing."""
        ...


class ReceiveSchedule(Protocol):
    """Takes a document. `name` is what its sender calls it; `strict`: all of it or nothing; `actor` names the token."""

    async def __call__(self, body: bytes, name: str, *, strict: bool, actor: str) -> ScheduleAnswer:
        """What became of it, once that is certain."""
        ...


def schedule_routes(receive: ReceiveSchedule) -> list[web.RouteDef]:
    """The route on which a schedule is handed in."""

    async def put(request: web.Request) -> web.Response:
        if strange := _strange(request.query):
            return json_response({"error": strange}, status=400)
        name = request.query.get("name", "schedule")
        if not 0 < len(name) <= NAME_LENGTH_MAX:
            return json_response({"error": f"name: 1 to {NAME_LENGTH_MAX} characters"}, status=400)
        strict = request.query.get("strict", "0")
        if strict not in ("0", "1"):
            return json_response(
                {"error": "strict: 1 takes all of the document or nothing, 0 what is good"}, status=400
            )
        if request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
            return json_response({"error": "send the document unpacked, without Content-Encoding"}, status=415)
        try:
            body = await read_body(request.clone(client_max_size=BYTES_MAX))
        except UnreadBodyError as wrong:
            status, why = _UNREAD[wrong.reason]
            return json_response({"error": why}, status=status)
        answer = await receive(body, name, strict=strict == "1", actor=actor_of(request))
        headers: dict[str, str] = {} if answer.retry_after_s is None else {hdrs.RETRY_AFTER: str(answer.retry_after_s)}
        return json_response(answer.content, status=answer.status, headers=headers)

    return [web.put("/api/v1/schedule", put)]


def _strange(typed: Iterable[str]) -> str:
    """What is wrong with the parameters' names; empty for nothing.

    A document whose name was mistyped would stand beside the one it was to replace.
    """
    for parameter in typed:
        if parameter not in PARAMETERS:
            hint = did_you_mean(parameter.casefold(), PARAMETERS, f"there are: {', '.join(PARAMETERS)}")
            return f"there is no parameter '{parameter}'; {hint}"
    return ""
