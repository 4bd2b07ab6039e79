"""Reading a body whose sender may be slow, endless or gone."""

from __future__ import annotations

import asyncio
from typing import Literal
from urllib.parse import parse_qs

from aiohttp import web

BYTES_MAX = 1_048_576
"""A larger body is refused while it is read, packed or not."""
FORM_BYTES_MAX = 4_096
"""Of what our own pages send."""
READ_S = 30.0
"""A body that takes longer to arrive is given up."""

Unread = Literal["body_too_large", "body_too_slow", "body_cut_off"]
"""Why a body could not be read."""


class UnreadBodyError(Exception):
    """The body could not be read."""

    def __init__(self, reason: Unread) -> None:
        super().__init__(reason)
        self.reason: Unread = reason


async def read_body(request: web.Request) -> bytes:
    """The whole body. Raises `UnreadBodyError`."""
    try:
        async with asyncio.timeout(READ_S):
            return await request.read()
    except TimeoutError:
        raise UnreadBodyError("body_too_slow") from None
    except web.HTTPRequestEntityTooLarge:
        raise UnreadBodyError("body_too_large") from None
    except (ConnectionError, web.RequestPayloadError):
        raise UnreadBodyError("body_cut_off") from None


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a form of our own pages, of each the first value. Raises an HTTP error for anything else."""
    if request.content_type != "application/x-www-form-urlencoded" or request.content_length is None:
        raise web.HTTPUnsupportedMediaType(text="send the form of the page")
    if request.content_length > FORM_BYTES_MAX:
        raise web.HTTPRequestEntityTooLarge(FORM_BYTES_MAX, request.content_length)
    try:
        body = await read_body(request)
    except UnreadBodyError:
        raise web.HTTPRequestTimeout(text="the form did not arrive") from None
    return {key: values[0] for key, values in parse_qs(body.decode(errors="replace"), keep_blank_values=True).items()}
