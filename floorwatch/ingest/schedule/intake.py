"""Where schedules come in: read and checked aside, put in force by one event, and answered once that is on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Literal, NamedTuple

import msgspec
import structlog

from floorwatch.clock import Clock
from floorwatch.floor.settings import Settings
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.schedule.read import ScheduleRead, plain, read_schedule

DURABLE_WITHIN_S = 10.0
"""A disk that takes longer is in trouble, and the sender's own time-out near."""

Outcome = Literal["loaded", "unchanged", "refused", "full", "late"]
"""`full`: the inbox has no room, nothing was taken. `late`: it was taken, and was not on disk in time."""

log = structlog.get_logger("floorwatch.schedule")


class Taken(NamedTuple):
    """What became of a document."""

    outcome: Outcome
    read: ScheduleRead


class Known(msgspec.Struct):
    """What was taken before, in the journal's mark of the source `schedule`: it outlasts this process."""

    latest: str = ""
    """The digest of the document taken last."""
    files: dict[str, str] = {}
    """Of each watched file the digest of what it said when it was last taken."""


class ScheduleIntake:
    """Takes documents, one at a time.

    A document that says what it said before changes nothing, so a watched file that was read before a restart does not
    undo what was handed in since. `position` is what the journal remembers of the source `schedule`; `seen` tells which
    agents were heard so far.
    """

    def __init__(
        self,
        settings: Settings,
        seen: Callable[[], Collection[str]],
        inbox: Inbox,
        clock: Clock,
        *,
        position: str = "",
        agent_property: str = "",
    ) -> None:
        self._settings = settings
        self._seen = seen
        self._inbox = inbox
        self._clock = clock
        self._agent_property = agent_property
        self._known = msgspec.json.decode(position, type=Known) if position else Known()
        self._one_at_a_time = asyncio.Lock()
        self._kept = asyncio.Event()
        """Set when what was taken last is on disk."""
        self._kept.set()

    async def take(
        self, document: bytes, name: str, *, actor: str = "", strict: bool = False, is_watched: bool = False
    ) -> Taken:
        """Take what is good of a document, or with `strict` all of it or nothing.

        `actor` is the name of the token it came with. `is_watched`: `name` is a file that is looked at again and again.
        """
        name = plain(name)
        async with self._one_at_a_time:
            settings = self._settings
            read = await asyncio.to_thread(
                read_schedule,
                document,
                name,
                settings.timezone,
                settings.agents,
                frozenset(self._seen()),
                self._agent_property,
            )
            outcome = await self._put_in_force(read, name, actor, strict=strict, is_watched=is_watched)
        said = log.warning if read.refused else log.info
        said(
            "schedule",
            outcome=outcome,
            document=name,
            version=read.version,
            lines=len(read.activities),
            refused=len(read.refused),
            actor=actor or None,
        )
        return Taken(outcome, read)

    async def _put_in_force(
        self, read: ScheduleRead, name: str, actor: str, *, strict: bool, is_watched: bool
    ) -> Outcome:
        if not read.activities or (strict and read.refused):
            return "refused"
        digest = read.digest
        if digest == (self._known.files.get(name) if is_watched else self._known.latest):
            return "unchanged" if await self._is_kept() else "late"
        *described, loaded = read.events(self._clock.now_ms())
        if self._inbox.room() <= len(described):
            return "full"
        self._known = Known(digest, self._known.files | ({name: digest} if is_watched else {}))
        self._kept = kept = asyncio.Event()
        for event in described:
            await self._inbox.put(event, actor=actor)  # there is room: nothing else runs in between
        position = msgspec.json.encode(self._known).decode()
        await self._inbox.put(loaded, position=position, durable=kept.set, actor=actor)
        return "loaded" if await self._is_kept() else "late"

    async def _is_kept(self) -> bool:
        """Whether what was taken last is on disk, or will be in time."""
        try:
            async with asyncio.timeout(DURABLE_WITHIN_S):
                await self._kept.wait()
        except TimeoutError:
            return False
        return True
