"""Live feeds of `floorwatch run`: each reads its source and puts events into the inbox.

A feed says `source.up` when it begins to hear, and, where it has a heartbeat, `source.down` after a silence longer than
that; the events missed in between are marked as a gap when it is heard again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from floorwatch.clock import Clock
from floorwatch.floor.events import Event, SourceDown, SourceGap, SourceUp
from floorwatch.ingest.events import EventReader
from floorwatch.ingest.follow import follow
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.queue_log.translate import Translator
from floorwatch.ingest.source import InputCounts, OnReject

Decode = Callable[[bytes], list[Event]]

LOOK_EVERY_S = 1.0
ROTATION_LOOKS = 2
"""Looks at a followed file that may find nothing there before it counts as lost."""

log = structlog.get_logger("floorwatch.ingest")


class Feed(Protocol):
    """A live source. `run` ends only when it is cancelled."""

    counts: InputCounts

    async def run(self, inbox: Inbox) -> None:
        """Hear the source and put what it says into the inbox."""


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


class FileFeed:
    """A file that grows: events, or an Asterisk queue_log. While it cannot be read, the source is down."""

    def __init__(self, path: Path, decode: Decode, counts: InputCounts, pulse: Pulse) -> None:
        self._path = path
        self._decode = decode
        self._pulse = pulse
        self.counts = counts

    async def run(self, inbox: Inbox) -> None:
        """Follow the file from its beginning."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pulse.listen(inbox))
            tasks.create_task(self._watch(inbox))
            async for line in follow(self._path):
                for said in self._pulse.heard():
                    await inbox.put(said)
                for event in self._decode(line):
                    await inbox.put(event)

    async def _watch(self, inbox: Inbox) -> None:
        """Say whether the file can be read. One that is missing for a moment is being rotated."""
        misses = ROTATION_LOOKS  # at the start there is nothing to rotate
        while True:
            why = _unreadable(self._path)
            misses = 0 if why is None else misses + 1
            if why is None and not self._pulse.is_silent:
                said = self._pulse.found()
            else:
                said = self._pulse.lost(why) if why is not None and misses > ROTATION_LOOKS else []
            for fact in said:
                await inbox.put(fact)
            await asyncio.sleep(LOOK_EVERY_S)


def _unreadable(path: Path) -> str | None:
    """Why the file cannot be read; None when it can."""
    try:
        with path.open("rb"):
            return None
    except OSError as wrong:
        return f"{path}: {wrong.strerror}"


def events_feed(
    name: str, path: Path, clock: Clock, heartbeat_ms: int | None, on_reject: OnReject | None = None
) -> FileFeed:
    """A file of events of the contract, one a line. `on_reject(reason, line)` is told of lines that are none."""
    reader = EventReader(name, on_reject)

    def decode(line: bytes) -> list[Event]:
        event = reader.decode(line, clock.now_ms())
        return [] if event is None else [event]

    return FileFeed(path, decode, reader.counts, Pulse(name, clock, heartbeat_ms))


def queue_log_feed(
    name: str,
    path: Path,
    clock: Clock,
    heartbeat_ms: int | None,
    interfaces: dict[str, str],
    on_reject: OnReject | None = None,
) -> FileFeed:
    """An Asterisk queue_log. `on_reject(reason, line)` is told of lines that are none of one."""
    translator = Translator(name, interfaces, on_reject=on_reject)
    return FileFeed(path, translator.line, translator.counts, Pulse(name, clock, heartbeat_ms))
