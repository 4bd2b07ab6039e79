"""What a live source is to the daemon, and what is said of the connection to it.

A feed says `source.up` when it begins to hear, and `source.down` when it is lost or, where it has a heartbeat, after a
silence longer than that; the events missed in between are marked as a gap when it is heard again.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol, runtime_checkable

import structlog

from floorwatch.clock import Clock
from floorwatch.floor.events import Event, SourceDown, SourceGap, SourceUp
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.source import InputCounts

log = structlog.get_logger("floorwatch.ingest")


class Heard(NamedTuple):
    """What the journal remembers of a source from before this process began."""

    last_ms: int | None = None
    """When its last event reached us, on our clock; None when it was never heard."""
    position: str = ""
    """Where it goes on, in its own words; empty for a source that cannot be asked again."""


NEVER = Heard()


class Feed(Protocol):
    """A live source. `run` ends only when it is cancelled."""

    counts: InputCounts

    async def run(self, inbox: Inbox) -> None:
        """Hear the source and put what it says into the inbox."""


@runtime_checkable
class KeptFeed(Protocol):
    """A source that has kept what happened before we asked: a file."""

    caught_up: asyncio.Event
    """Set when all of that has been told."""


@runtime_checkable
class AskingFeed(Protocol):
    """A source that is asked how the floor is, and answers a moment later."""

    @property
    def is_asking(self) -> bool:
        """An answer is to come."""
        ...


class Pulse:
    """What is said of the connection to a source: up, down, and the gap when events may have been missed."""

    def __init__(self, name: str, clock: Clock, heartbeat_ms: int | None) -> None:
        self._name = name
        self._clock = clock
        self._heartbeat_ms = heartbeat_ms
        self._heard_at: int | None = None
        self._is_up: bool | None = None
        self.is_silent = False

    def found(self) -> list[Event]:
        """The source is there."""
        if self._is_up:
            return []
        self._is_up = True
        log.info("source_up", source=self._name)
        return [SourceUp(time=self._clock.now_ms(), source=self._name)]

    def lost(self, reason: str) -> list[Event]:
        """The source is not there (any more)."""
        if self._is_up is False:
            return []
        self._is_up = False
        log.warning("source_down", source=self._name, reason=reason)
        return [SourceDown(time=self._clock.now_ms(), source=self._name, reason=reason)]

    def heard(self) -> list[Event]:
        """Something came: what must be said before it."""
        before, self._heard_at = self._heard_at, self._clock.now_ms()
        said = self.found()
        if self.is_silent and before is not None:
            said.append(SourceGap(time=self._heard_at, source=self._name, since=before))
        self.is_silent = False
        return said

    async def listen(self, inbox: Inbox) -> None:
        """Say that the source is down when it has been silent for longer than its heartbeat, where it has one."""
        while self._heartbeat_ms is not None:
            due = (self._heard_at or self._clock.now_ms()) + self._heartbeat_ms
            await asyncio.sleep(max(0.1, self._clock.seconds_until(due)))
            if self._heard_at is not None and self._clock.now_ms() - self._heard_at >= self._heartbeat_ms:
                self.is_silent = True
                for said in self.lost("silent"):
                    await inbox.put(said)
