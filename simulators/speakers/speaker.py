"""What every speaker is to the player."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec
from msgspec.structs import replace

from floorwatch.floor.events import Event

encode = msgspec.json.Encoder().encode

Item = Event | bytes
"""A fact, or a line of nonsense that a source sends in its place."""


def line_of(item: Item, source: str | None) -> bytes:
    """The item as a line of JSON. A fact is one of this source; None names none."""
    return item if isinstance(item, bytes) else encode(of_source(item, source))


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

    async def say(self, items: Sequence[Item]) -> int:
        """Say them, and wait until they are on their way for good; how many lines a daemon reads because of it.

        0 where nobody can count them. Raises `UnsaidError` or `OSError`.
        """

    async def stop(self) -> None:
        """Take leave."""
