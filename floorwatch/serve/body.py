"""Reading a body whose sender may be slow, endless or gone."""

from __future__ import annotations

import asyncio
from typing import Literal

from aiohttp import web

BYTES_MAX = 1_048_576
"""A larger body is refused while it is read, packed or not."""
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
