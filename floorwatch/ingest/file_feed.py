"""Feeds that are files: events of the contract, or an Asterisk queue_log, followed as they grow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from floorwatch.clock import Clock
from floorwatch.floor.events import Event, SourceGap
from floorwatch.ingest.events import EventReader
from floorwatch.ingest.feed import NEVER, Heard, Pulse
from floorwatch.ingest.follow import Follower
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.queue_log.protocol import UNSEEN
from floorwatch.ingest.queue_log.translate import Translator
from floorwatch.ingest.source import Description, InputCounts, OnReject

Decode = Callable[[bytes], list[Event]]

LOOK_EVERY_S = 1.0
ROTATION_LOOKS = 2
"""Looks at a followed file that may find nothing there before it counts as lost."""


class FileFeed:
    """A file that grows: events, or an Asterisk queue_log. While it cannot be read, the source is down.

    `recall` is told of the lines that an earlier process has read, for a translation that must know them. `unseen` is
    what such a file cannot tell: words of `floor.unseen`.
    """

    def __init__(
        self,
        name: str,
        path: Path,
        clock: Clock,
        decode: Decode,
        counts: InputCounts,
        *,
        heartbeat_ms: int | None = None,
        heard: Heard = NEVER,
        recall: Callable[[bytes], None] = lambda _: None,
        unseen: frozenset[str] = frozenset(),
    ) -> None:
        self._name = name
        self._path = path
        self._clock = clock
        self._decode = decode
        self._recall = recall
        self._description = Description(unseen)
        self._pulse = Pulse(name, clock, heartbeat_ms)
        self._last_ms = heard.last_ms
        """When a line was last told, also by an earlier process."""
        self._follower = Follower(path, heard.position)
        self.counts = counts
        self.caught_up = self._follower.caught_up
        """Set when everything that was in the file at the start has been read."""

    def look_every_s(self, pause_s: float) -> None:
        """Look for new lines so often, in real seconds."""
        self._follower.poll_s = pause_s

    async def run(self, inbox: Inbox) -> None:
        """Follow the file from its beginning, or from where the last process stopped."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pulse.listen(inbox))
            tasks.create_task(self._watch(inbox))
            async for line in self._follower.lines():
                if self._follower.has_missed:
                    self._follower.has_missed = False
                    gap = SourceGap(time=self._clock.now_ms(), source=self._name, since=self._since_ms())
                    await self._say(inbox, gap)
                if line.is_old:
                    self._recall(line.text)
                    continue
                self._last_ms = self._clock.now_ms()
                for said in self._pulse.heard():
                    await self._say(inbox, said)
                events = self._decode(line.text)
                for n, event in enumerate(events, 1):
                    await inbox.put(event, position=line.position if n == len(events) else "", feed=self._name)

    async def _say(self, inbox: Inbox, event: Event) -> None:
        """What is said of the file, before its first line or later; the first time also what it cannot tell."""
        for said in self._description.after(event):
            await inbox.put(said)

    def _since_ms(self) -> int:
        return self._clock.now_ms() if self._last_ms is None else self._last_ms

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
                await self._say(inbox, fact)
            await asyncio.sleep(LOOK_EVERY_S)


def _unreadable(path: Path) -> str | None:
    """Why the file cannot be read; None when it can."""
    try:
        with path.open("rb"):
            return None
    except OSError as wrong:
        return f"{path}: {wrong.strerror}"


def events_feed(
    name: str,
    path: Path,
    clock: Clock,
    heartbeat_ms: int | None,
    on_reject: OnReject | None = None,
    heard: Heard = NEVER,
) -> FileFeed:
    """A file of events of the contract, one a line. `on_reject(reason, line)` is told of lines that are none."""
    reader = EventReader(name, on_reject)

    def decode(line: bytes) -> list[Event]:
        event = reader.decode(line, clock.now_ms())
        return [] if event is None else [event]

    return FileFeed(name, path, clock, decode, reader.counts, heartbeat_ms=heartbeat_ms, heard=heard)


def queue_log_feed(
    name: str,
    path: Path,
    clock: Clock,
    heartbeat_ms: int | None,
    interfaces: dict[str, str],
    on_reject: OnReject | None = None,
    heard: Heard = NEVER,
) -> FileFeed:
    """An Asterisk queue_log. `on_reject(reason, line)` is told of lines that are none of one."""
    counts = InputCounts()
    recalling = True

    def rejected(reason: str, line: bytes) -> None:
        if on_reject is not None and not recalling:
            on_reject(reason, line)

    translator = Translator(name, interfaces, counts, rejected)

    def recall(line: bytes) -> None:
        translator.line(line)  # who waits and who is logged in is known from what was said before
        counts.clear()

    def decode(line: bytes) -> list[Event]:
        nonlocal recalling
        recalling = False
        return translator.line(line)

    return FileFeed(
        name, path, clock, decode, counts, heartbeat_ms=heartbeat_ms, heard=heard, recall=recall, unseen=UNSEEN
    )
