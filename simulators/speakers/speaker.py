"""What every speaker is to the player."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from floorwatch.floor.events import Event

encode = msgspec.json.Encoder().encode


def of_source(event: Event, source: str | None) -> Event:
    """The event as a fact of this source; None names none."""
    return event if event.source == source else replace(event, source=source)


class UnsaidError(Exception):
    """What is to be said cannot be, and trying again is no use; the sentence says why, and what to do."""


class Speaker(Protocol):
    """Says facts. They come in order, those of one second together."""

    where: str
    """Where it speaks, for people."""

    async def start(self) -> int:
        """Get ready; how many lines a daemon reads because of it. Raises `UnsaidError` or `OSError`."""

    async def attended(self) -> None:
        """Wait for whoever must come to hear it."""

    async def say(self, events: Sequence[Event]) -> int:
        """Say them, and wait until they are on their way for good; how many lines a daemon reads because of it.

        0 where nobody can count them. Raises `UnsaidError` or `OSError`.
        """

    async def stop(self) -> None:
        """Take leave."""
