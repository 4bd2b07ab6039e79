"""What people ask for in JSON: read as they write it, refused in words for who typed it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, TypeVar

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from msgspec import Meta

from floorwatch.config.values import duration_ms
from floorwatch.metrics.phrases import ANYBODY
from floorwatch.serve.answers import json_response
from floorwatch.serve.body import UnreadBodyError, read_body
from floorwatch.serve.gate import actor_of

Instant = Annotated[datetime, Meta(tz=True)] | int
"""RFC 3339 with offset, or integer milliseconds since the epoch."""

Wish = TypeVar("Wish", bound=msgspec.Struct)


def who_asks(request: web.Request) -> str:
    """The name of the token, as it is journalled; `anybody` where no tokens are configured."""
    return actor_of(request) or ANYBODY


async def read_wish(request: web.Request, kind: type[Wish]) -> Wish:
    """What the body asks for; no body asks for nothing in particular. Raises `UnreadBodyError` and `DecodeError`."""
    return msgspec.json.decode(await read_body(request) or b"{}", type=kind)


def instant_ms(instant: datetime | int) -> int:
    """Milliseconds since the epoch."""
    return instant if isinstance(instant, int) else round(instant.timestamp() * 1000)


def ends_at(until: datetime | int | None, for_: str, since: int, days_max: int = 30) -> int:
    """When what begins at `since` is to end, of which one was said: until when, or for how long. ValueError."""
    if (until is None) == (for_ == ""):
        raise ValueError("until, for: give one of them")
    if until is not None:
        return instant_ms(until)
    try:
        return since + duration_ms(for_, days_max)
    except ValueError as wrong:
        raise ValueError(f"for: {wrong}") from None


def in_words(answer: Handler, expected: str) -> Handler:
    """The handler; in place of its errors it answers what is wrong with the request, and what was `expected`."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await answer(request)
        except UnreadBodyError as wrong:
            return json_response({"error": wrong.reason.replace("_", " ")}, status=400)
        except (msgspec.DecodeError, ValueError) as wrong:
            return json_response({"error": _plainly(str(wrong)), "expected": expected}, status=422)
        except TimeoutError:
            why = "not on disk in time: see what is in force before you ask again"
            return json_response({"error": why}, status=503, headers={"Retry-After": "5"})

    return answered


def _plainly(wrong: str) -> str:
    """What the decoder found wrong with a time, in words for who typed it; anything else as it stands."""
    place = re.search(r"`\$\.(since|until)`", wrong)
    if place is None:
        return wrong
    fix = "give the offset, e.g." if "timezone" in wrong else "write date, time to the second and offset, e.g."
    return f"{place[1]}: {fix} 2026-03-03T10:00:00+01:00, or milliseconds"
