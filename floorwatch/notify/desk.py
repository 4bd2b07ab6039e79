"""What workers ask of the floor and say to it. `floorwatch.output_desk` answers: out of the engine, into the inbox."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Protocol

from floorwatch.notify.output import Message, Standing


class Desk(Protocol):
    """Who knows what is to be told and shown, and is told what has become of it. Instants are engine time in ms."""

    def now(self) -> int:
        """The present."""
        ...

    def seconds_until(self, instant: int) -> float:
        """Real seconds until then."""
        ...

    def version(self) -> Hashable:
        """Differs when anything that is told or shown may have changed."""
        ...

    async def owed(self, output: str, *, together: bool = False) -> Message | None:
        """What this output is to be told now; `together`: all groups in one message."""
        ...

    def next_due(self, output: str) -> int | None:
        """When something becomes owed although nothing happens."""
        ...

    def standing(self, output: str) -> Standing:
        """What this output is to show now, without words."""
        ...

    async def spoken(self, standing: Standing) -> Standing:
        """The same with the figures and texts of its alerts."""
        ...

    def is_failing(self, output: str) -> bool:
        """Whether it counts as failing, maybe since before we were started."""
        ...

    def dropped(self, output: str) -> int:
        """Alerts of which this output was not told how they ended: there were too many, or it took over a day."""
        ...

    def told_lately(self, output: str) -> list[int]:
        """When it was told something of late, also before we were started."""
        ...

    async def kept(self) -> None:
        """Wait until what is owed now is derived from nothing that a crash could lose; not for ever."""
        ...

    async def begun(self, message: Message) -> None:
        """A message to a person is about to leave. Returns when that is on disk; not for ever."""
        ...

    async def refused(self, message: Message, why: str) -> None:
        """A message to a person will never be taken at their address."""
        ...

    async def sent(self, message: Message) -> None:
        """It was taken. Returns when the floor knows."""
        ...

    async def failed(self, output: str, why: str, attempts: int) -> None:
        """It was not taken, so many times in a row."""
        ...

    async def recovered(self, output: str) -> None:
        """What failed works again."""
        ...
