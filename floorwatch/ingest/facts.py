"""Events of an ordered stream, as a translation makes them: each with its source and its number."""

from __future__ import annotations

from collections.abc import Callable

from floorwatch.floor.events import Event


class Facts:
    """Collects events in the order they were read. `seq` keeps that order among facts of one millisecond."""

    __slots__ = ("_made", "_seq", "_source")

    def __init__(self, source: str) -> None:
        self._source = source
        self._seq = 0
        self._made: list[Event] = []

    def add(self, kind: Callable[..., Event], time_ms: int, **attributes: object) -> None:
        """One more fact, of the type and with the attributes of the event contract."""
        self._seq += 1
        self._made.append(kind(time=time_ms, source=self._source, seq=self._seq, **attributes))

    def take(self) -> list[Event]:
        """The facts made since the last call."""
        made = self._made
        if made:
            self._made = []
        return made
