"""Live feeds of `floorwatch run`: each reads its source and puts events into the inbox.

A feed says `source.up` when it begins to hear, and, where it has a heartbeat, `source.down` after a silence longer than
that; the events missed in between are marked as a gap when it is heard again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from floorwatch.clock import Clock
from floorwatch.floor.events import Event, SourceDown, SourceGap, SourceUp
from floorwatch.ingest.events import EventReader, OnReject
from floorwatch.ingest.follow import follow
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.queue_log.translate import Translator
from floorwatch.ingest.source import InputCounts

Decode = Callable[[bytes], list[Event]]


class Feed(Protocol):
    """A live source. `run` ends only when it is cancelled."""

    counts: InputCounts

    async def run(self, inbox: Inbox) -> None:
        """Hear the source and put what it says into the inbox."""


class Pulse:
    """Whether a source is heard: says up, down and gap for it. Without a heartbeat it is never said to be down."""

    def __init__(self, name: str, clock: Clock, heartbeat_ms: int | None) -> None:
        self._name = name
        self._clock = clock
        self._heartbeat_ms = heartbeat_ms
        self._heard_at: int | None = None
        self._down = False

    def heard(self) -> list[Event]:
        """Something came: what must be said before it."""
        before, self._heard_at = self._heard_at, self._clock.now_ms()
        up = SourceUp(time=self._heard_at, source=self._name)
        if before is None:
            return [up]
        if not self._down:
            return []
        self._down = False
        return [up, SourceGap(time=self._heard_at, source=self._name, since=before)]

    async def listen(self, inbox: Inbox) -> None:
        """Say that the source is down when it has been silent for too long."""
        if self._heartbeat_ms is None:
            return
        while True:
            due = (self._heard_at or self._clock.now_ms()) + self._heartbeat_ms
            await asyncio.sleep(max(0.1, self._clock.seconds_until(due)))
            now = self._clock.now_ms()
            if self._heard_at is not None and not self._down and now - self._heard_at >= self._heartbeat_ms:
                self._down = True
                await inbox.put(SourceDown(time=now, source=self._name, reason="silent"))


class FileFeed:
    """A file that grows: events, or an Asterisk queue_log."""

    def __init__(self, path: Path, decode: Decode, counts: InputCounts, pulse: Pulse) -> None:
        self._path = path
        self._decode = decode
        self._pulse = pulse
        self.counts = counts

    async def run(self, inbox: Inbox) -> None:
        """Follow the file from its beginning."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pulse.listen(inbox))
            async for line in follow(self._path):
                for said in self._pulse.heard():
                    await inbox.put(said)
                for event in self._decode(line):
                    await inbox.put(event)


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
    name: str, path: Path, clock: Clock, heartbeat_ms: int | None, interfaces: dict[str, str]
) -> FileFeed:
    """An Asterisk queue_log."""
    translator = Translator(name, interfaces)
    return FileFeed(path, translator.line, translator.counts, Pulse(name, clock, heartbeat_ms))
