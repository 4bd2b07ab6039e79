"""A switch that somebody connects to: the floor is told to it, and it tells whoever has logged in."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from floorwatch.floor.events import Event
from simulators.speakers.speaker import Item, UnsaidError
from simulators.speakers.whole import WholeFloor

LOOK_S = 0.05


class Switch(Protocol):
    """A simulated switch."""

    @property
    def is_heard(self) -> bool:
        """Whether anybody has logged in and hears it."""
        ...

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port."""
        ...

    async def stop(self) -> None:
        """Drop everybody."""
        ...

    def tell(self, event: Event) -> None:
        """One happening on the floor, in order."""
        ...

    async def drain(self) -> None:
        """Wait until what was told is on its way."""
        ...


class SwitchSpeaker:
    """Tells a switch what happens: a `simulators.speakers.speaker.Speaker`.

    `in_step`: the clock waits for whoever hears it, so nothing is told while nobody does, as when a daemon restarts.
    """

    def __init__(self, switch: Switch, host: str, port: int, *, in_step: bool = False) -> None:
        self.where = f"{host}:{port}"
        self._switch = switch
        self._host, self._port = host, port
        self._in_step = in_step
        self._floor = WholeFloor()

    async def start(self) -> int:
        """Listen."""
        try:
            port = await self._switch.start(self._host, self._port)
        except OSError as wrong:
            raise UnsaidError(f"--listen: {self.where}: {(wrong.strerror or str(wrong)).lower()}") from wrong
        self.where = f"{self._host}:{port}"
        return 0

    async def attended(self) -> None:
        """Wait for the first who logs in: a day that nobody hears need not begin."""
        while not self._switch.is_heard:  # noqa: ASYNC110 - it is told by nobody, and need not be quick
            await asyncio.sleep(LOOK_S)

    async def say(self, items: Sequence[Item]) -> int:
        """Tell them, and wait until they are on the wire. A switch says no nonsense."""
        if self._in_step:
            await self.attended()
        for item in items:
            for fact in self._floor.told(item) if not isinstance(item, bytes) else ():
                self._switch.tell(fact)
        await self._switch.drain()
        return 0

    async def stop(self) -> None:
        """Drop whoever is connected."""
        await self._switch.stop()
