"""The pager of the demonstration: takes whatever it is given, so that one sees who would have been called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from floorwatch.notify.office import Place
from floorwatch.notify.output import Message

TAKES_S = 2.0
"""Real seconds, as a gateway needs."""
WITHIN_S = 10.0


def pager_place(name: str) -> Place:
    """The output of this name, as the demonstration has it."""
    pager = Pager()
    return Place(name, "simulated", "", WITHIN_S, pager, tells=pager)


class Pager:
    """An output that reaches nobody."""

    async def tell(self, message: Message) -> None:
        """Take it, in a while."""
        del message
        await asyncio.sleep(TAKES_S)

    async def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """Say that it was taken."""
        del each_s
        await self.tell(message)
        yield "taken"

    async def close(self) -> None:
        """There is nothing to let go of."""
