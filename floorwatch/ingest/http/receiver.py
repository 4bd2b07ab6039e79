"""Events that other systems post to us: decoded, offered all or none, and answered once they are on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec

from floorwatch.clock import Clock
from floorwatch.floor.events import Event, SourceDown, SourceGap
from floorwatch.ingest.events import EventReader
from floorwatch.ingest.feed import NEVER, Heard, Pulse
from floorwatch.ingest.http.protocol import UNREAD, UnusableBodyError, split, unpacked
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.source import OnReject

DURABLE_WITHIN_S = 10.0
"""A disk that takes longer is in trouble, and the sender's own time-out near."""
RETRY_AFTER_S = 1
REJECTED_SHOWN_MAX = 100

_SAID_MAX = 2
"""What the first event of a source may bring with it: that it is up, and the gap before."""


class _Address(msgspec.Struct):
    """What of an event says where it belongs."""

    id: str | None = None
    source: str | None = None


_decode_address = msgspec.json.Decoder(_Address).decode
_UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True)
class Outcome:
    """What became of a body: `status` and `error` as HTTP says them, `rejected` the first (line, reason) of all."""

    status: int
    accepted: int = 0
    rejected_count: int = 0
    rejected: tuple[tuple[int, str], ...] = ()
    error: str = ""
    retry_after_s: int | None = None


class HttpFeed:
    """One source whose events are posted to us.

    It is up from its first event on. With a heartbeat it is down after a silence longer than that. What was posted
    while we were not running was refused: the sender may have kept it or not, so that time is marked as a gap.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        heartbeat_ms: int | None = None,
        heard: Heard = NEVER,
        on_reject: OnReject | None = None,
    ) -> None:
        self.name = name
        self._clock = clock
        self._on_reject = on_reject
        self._reader = EventReader(name, self._rejected)
        self._pulse = Pulse(name, clock, heartbeat_ms)
        self._missed_since = heard.last_ms
        self._reason = ""
        self.counts = self._reader.counts
        self.inbox: Inbox | None = None
        """Where its events go; None until the feed runs."""

    async def run(self, inbox: Inbox) -> None:
        """Take what is posted, until cancelled."""
        if self._missed_since is not None:
            await inbox.put(SourceDown(time=self._missed_since, source=self.name, reason="not_running"))
        self.inbox = inbox
        try:
            await self._pulse.listen(inbox)
            await asyncio.Event().wait()  # without a heartbeat there is nothing to listen for
        finally:
            self.inbox = None

    def heard(self) -> list[Event]:
        """An event has come: what must be said before it."""
        said = self._pulse.heard()
        if self._missed_since is not None:
            said.append(SourceGap(time=self._clock.now_ms(), source=self.name, since=self._missed_since))
            self._missed_since = None
        return said

    def read(self, line: bytes) -> Event | str:
        """The line's event, or the reason why there is none: counted, and kept with the rejected ones."""
        event = self._reader.decode(line, self._clock.now_ms())
        return self._reason if event is None else event

    def refuse(self, reason: str, line: bytes) -> str:
        """Count a line, or a whole body, that is refused before it is read; gives the reason back."""
        self._reader.reject(reason, line)
        return reason

    def _rejected(self, reason: str, line: bytes) -> None:
        self._reason = reason
        if self._on_reject is not None:
            self._on_reject(reason, line)


class HttpReceiver:
    """Takes bodies of events for the feeds of type http."""

    def __init__(self, feeds: Iterable[HttpFeed]) -> None:
        self._feeds = {feed.name: feed for feed in feeds}

    async def receive(
        self,
        body: bytes,
        content_type: str,
        encoding: str,
        *,
        actor: str,
        sources: tuple[str, ...] | None,
        unread: str = "",
    ) -> Outcome:
        """Take a body, all of its good lines or none. Status 202 only when they are on disk.

        `sources` are the feeds the bearer may speak for, None for all; `actor` is the name of the token. `unread`: why
        the body could not be read (a key of `UNREAD`): it is counted; empty when it was.
        """
        feeds = self._feeds if sources is None else {name: self._feeds[name] for name in sources}
        first = next(iter(feeds.values()))
        if unread:
            first.refuse(unread, b"")
            return Outcome(UNREAD[unread].status, error=UNREAD[unread].text)
        inbox = first.inbox
        if inbox is None:
            return Outcome(503, error="starting: no events are taken yet", retry_after_s=RETRY_AFTER_S)
        try:
            lines = split(unpacked(body, encoding), content_type)
        except UnusableBodyError as wrong:
            first.refuse(wrong.reason, body if wrong.reason == "malformed_json" else b"")
            return Outcome(wrong.status, error=wrong.text)
        # Asked before a line is read: what is refused now will be counted when it comes again.
        if inbox.room() < len(lines) + _SAID_MAX * len(feeds):
            return Outcome(429, error="the inbox is full: nothing of this was taken", retry_after_s=RETRY_AFTER_S)
        events, rejected = _read(lines, feeds)
        shown = tuple(rejected[:REJECTED_SHOWN_MAX])
        if not events:
            error = "no line is an event" if rejected else "the body holds no events"
            return Outcome(400, rejected_count=len(rejected), rejected=shown, error=error)
        if not await _durable(inbox, events, actor):
            error = "not on disk in time: send it again, no event will count twice"
            return Outcome(503, error=error, retry_after_s=RETRY_AFTER_S)
        return Outcome(202, len(events), len(rejected), shown)


def _read(
    lines: list[bytes], feeds: Mapping[str, HttpFeed]
) -> tuple[list[tuple[HttpFeed, Event]], list[tuple[int, str]]]:
    """The events of the lines, each with its feed, and (line, reason) of the lines that are none."""
    events: list[tuple[HttpFeed, Event]] = []
    rejected: list[tuple[int, str]] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        feed, reason = _addressed(line, feeds)
        found = feed.refuse(reason, line) if reason else feed.read(line)
        if isinstance(found, str):
            rejected.append((number, found))
        else:
            events.append((feed, found))
    return events, rejected


def _addressed(line: bytes, feeds: Mapping[str, HttpFeed]) -> tuple[HttpFeed, str]:
    """The feed a line belongs to, and why it is refused; a line that cannot be decoded is left to who reads it."""
    first = next(iter(feeds.values()))
    try:
        address = _decode_address(line)
    except _UNDECODABLE:
        return first, ""
    if address.source is None:
        feed = first if len(feeds) == 1 else None
        reason = "missing_source"
    else:
        feed = feeds.get(address.source)
        reason = "foreign_source"
    if feed is None:
        return first, reason
    return feed, "" if address.id else "missing_id"


async def _durable(inbox: Inbox, events: list[tuple[HttpFeed, Event]], actor: str) -> bool:
    """Offer the events, for which there is room, and wait until the last is on disk; whether it was in time."""
    kept = asyncio.Event()
    for number, (feed, event) in enumerate(events, 1):
        for said in feed.heard():
            inbox.offer(said)
        is_taken = inbox.offer(event, durable=kept.set if number == len(events) else None, actor=actor)
        assert is_taken, "nothing has run since there was room for all"
    try:
        async with asyncio.timeout(DURABLE_WITHIN_S):
            await kept.wait()
    except TimeoutError:
        return False
    return True
