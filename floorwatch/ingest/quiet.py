"""A feed that is connected and yet says nothing, in hours in which contacts should flow, is lost.

Which silence is too long, and in which hours, is the site's to say: nobody else knows a quiet floor from a broken one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog

from floorwatch.clock import Clock
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import SourceDescribed
from floorwatch.ingest.feed import Feed
from floorwatch.ingest.inbox import Inbox

LOOK_EVERY_S = 1.0
SOURCES_MAX = 1_000
REASON = "quiet"

log = structlog.get_logger("floorwatch.ingest")

_NO_NEWS = frozenset((e.SourceHeartbeat, e.SourceGap, e.SourceDown, e.FloorReported, SourceDescribed))
"""What can be heard though nothing is told of contacts and agents any more: a connection, and answers to questions."""


class QuietRule(NamedTuple):
    """When a silence is too long."""

    quiet_ms: int
    hours: tuple[int, int] | None
    """Two times of day in ms since midnight, the second may lie after midnight; None for always."""
    zone: ZoneInfo
    """Whose time of day."""

    def opened_at(self, now_ms: int) -> int | None:
        """Since when contacts should flow: when these hours began; None outside of them, 0 where it is always."""
        if self.hours is None:
            return 0
        since_ms, until_ms = self.hours
        local = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(self.zone)
        time_ms = ((local.hour * 60 + local.minute) * 60 + local.second) * 1000
        is_over_midnight = until_ms < since_ms
        if not (since_ms <= time_ms or time_ms < until_ms if is_over_midnight else since_ms <= time_ms < until_ms):
            return None
        day = local.date() - timedelta(days=1) if is_over_midnight and time_ms < until_ms else local.date()
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 # the zone is added with the time of day
        opened = (midnight + timedelta(milliseconds=since_ms)).replace(tzinfo=self.zone)
        return int(opened.timestamp() * 1000)


class QuietWatch:
    """A feed, and what its silence means: itself an `ingest.feed.Feed`, to be run in its place.

    A broker's feed carries several sources: news of any of them shows that it is heard, its silence takes all of them.
    """

    def __init__(self, feed: Feed, rule: QuietRule, clock: Clock) -> None:
        self._feed = feed
        self._rule = rule
        self._clock = clock
        self._news_ms = 0
        """When something was last told, or the feed came up, on our clock."""
        self._up: set[str] = set()
        """Sources that are heard, as far as the feed says."""
        self._quiet: set[str] = set()
        """Those of them that we have said are lost."""
        self.counts = feed.counts

    async def run(self, inbox: Inbox) -> None:
        """Hear the feed until cancelled."""
        self._news_ms = self._clock.now_ms()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._feed.run(_Overheard(inbox, self._clock, self)))
            tasks.create_task(self._watch(inbox))

    def before(self, event: Event) -> list[Event]:
        """What must be said before this event of the feed: that what was lost is heard again, and the gap."""
        if type(event) in _NO_NEWS or not self._quiet:
            return []
        now_ms = self._clock.now_ms()
        back: list[Event] = []
        for source in sorted(self._quiet):
            back.append(e.SourceUp(time=now_ms, source=source))
            back.append(e.SourceGap(time=now_ms, source=source, since=self._news_ms))
        return back

    def heard(self, event: Event) -> None:
        """The feed has said this."""
        source = event.source or ""
        if isinstance(event, e.SourceDown):
            self._up.discard(source)
            self._quiet.discard(source)
        if type(event) in _NO_NEWS:
            return
        self._news_ms = self._clock.now_ms()
        if self._quiet:
            log.info("source_up", sources=sorted(self._quiet))
            self._quiet.clear()
        if len(self._up) < SOURCES_MAX:
            self._up.add(source)

    async def _watch(self, inbox: Inbox) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            now_ms = self._clock.now_ms()
            opened_at = self._rule.opened_at(now_ms)
            if self._quiet or opened_at is None:
                continue
            if self._up and now_ms - max(self._news_ms, opened_at) >= self._rule.quiet_ms:
                self._quiet = set(self._up)
                log.warning("source_down", sources=sorted(self._quiet), reason=REASON)
                for source in sorted(self._up):
                    await inbox.put(e.SourceDown(time=now_ms, source=source, reason=REASON))


class _Overheard(Inbox):
    """The inbox as the feed sees it: everything passes through, after what must be said before it."""

    def __init__(self, inbox: Inbox, clock: Clock, watch: QuietWatch) -> None:
        super().__init__(clock)
        self._inbox = inbox
        self._watch = watch

    def __len__(self) -> int:
        return len(self._inbox)

    def room(self) -> int:
        """How many events could be offered now."""
        return self._inbox.room()

    async def put(
        self,
        event: Event,
        *,
        position: str = "",
        durable: Callable[[], None] | None = None,
        actor: str = "",
        feed: str = "",
    ) -> None:
        """Hand it on; waits while the inbox is full."""
        before = self._watch.before(event)
        self._watch.heard(event)
        for said in before:
            await self._inbox.put(said)
        await self._inbox.put(event, position=position, durable=durable, actor=actor, feed=feed)

    def offer(self, event: Event, *, durable: Callable[[], None] | None = None, actor: str = "") -> bool:
        """Hand it on if there is room; whether there was."""
        before = self._watch.before(event)
        if len(before) >= self._inbox.room():
            return False
        self._watch.heard(event)
        for said in before:
            self._inbox.offer(said)
        return self._inbox.offer(event, durable=durable, actor=actor)
