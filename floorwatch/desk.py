"""What every desk does at which people decide something: refuse with the fix, and wait until it is on disk."""

from __future__ import annotations

import asyncio

from floorwatch.floor.events import Event
from floorwatch.ingest.inbox import Inbox

DURABLE_WITHIN_S = 10.0
SOURCE = "operator"


class RefusedWishError(ValueError):
    """What was asked for cannot be done: `key` of the request is to be changed as the text says."""

    def __init__(self, key: str, why: str) -> None:
        super().__init__(f"{key}: {why}")


async def decide(inbox: Inbox, event: Event, who: str) -> None:
    """Put a decision of `who` into the inbox, and wait until it is applied and on disk.

    Raises `TimeoutError` when that took too long: it may be kept or not.
    """
    kept = asyncio.Event()
    async with asyncio.timeout(DURABLE_WITHIN_S):
        await inbox.put(event, durable=kept.set, actor=who)
        await kept.wait()
