"""Feeds that are files: events of the contract, or an Asterisk queue_log, followed as they grow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from floorwatch.clock import Clock
from floorwatch.floor.events import Event
from floorwatch.ingest.events import EventReader
from floorwatch.ingest.feed import Pulse
from floorwatch.ingest.follow import follow
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.queue_log.translate import Translator
from floorwatch.ingest.source import InputCounts, OnReject

Decode = Callable[[bytes], list[Event]]

LOOK_EVERY_S = 1.0
ROTATION_LOOKS = 2
"""Looks at a followed file that may find nothing there before it counts as lost."""


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
