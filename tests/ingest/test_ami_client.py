"""The client at a switch of the test's own, on a real socket: cut at any byte, flooded, refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from itertools import pairwise

import pytest

from floorwatch.clock import WallClock
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import SourceDescribed
from floorwatch.ingest.ami.client import AsteriskFeed
from floorwatch.ingest.ami.session import AsteriskConnection
from floorwatch.ingest.inbox import Inbox

WITHIN_S = 60
ANSWERS = {
    "Challenge": "Asterisk Call Manager/11.0.0\nResponse: Success\nActionID: challenge\nChallenge: 4711\n\n",
    "Login": "Response: Success\nActionID: login\n\nEvent: FullyBooted\nStatus: Fully Booted\n\n",
    "Ping": "Response: Success\nActionID: clock\nPing: Pong\nTimestamp: {now:.6f}\n\n",
    "Events": "Response: Success\nActionID: events\nEvents: On\n\n",
    "CoreShowChannels": "Event: CoreShowChannelsComplete\nActionID: channels\nListItems: 0\n\n",
    "QueueStatus": "Event: QueueParams\nQueue: Büro\n\n"
    "Event: QueueMember\nQueue: Büro\nName: 王\nLocation: PJSIP/17\nStatus: 1\nPaused: 0\n\n"
    "Event: QueueEntry\nQueue: Büro\nUniqueid: 1.0\nWait: 3\n\n"
    "Event: QueueStatusComplete\nListItems: 3\n\n",
}


class Switch:
    """Answers each action from `ANSWERS`; hangs up after as many bytes as `life` says for this connection."""

    def __init__(self, life: Callable[[int], int | None] = lambda connection: None) -> None:
        self._life = life
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = self._life(self.connections)
        self.connections += 1
        self.writers.append(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            while left is None or left > 0:
                action = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[0].removeprefix("Action: ")
                answer = ANSWERS[action].format(now=time.time()).replace("\n", "\r\n").encode()[:left]
                writer.write(answer)
                await writer.drain()
                left = None if left is None else left - len(answer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def heard(
    switch: Switch, *, limit: int = 10_000, backlog_max: int = 50_000
) -> AsyncIterator[tuple[AsteriskFeed, Inbox]]:
    """A feed at this switch, retrying at once, and the inbox it fills."""
    server = await asyncio.start_server(switch.serve, "127.0.0.1", 0)
    clock = WallClock()
    inbox = Inbox(clock, limit)
    connection = AsteriskConnection("127.0.0.1", server.sockets[0].getsockname()[1], "floorwatch", "s3cret")
    feed = AsteriskFeed("pbx", connection, clock, {}, chance=lambda: 0.0, backlog_max=backlog_max)
    task = asyncio.create_task(feed.run(inbox))
    try:
        yield feed, inbox
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait({task})
        server.close()
        for writer in switch.writers:
            writer.transport.abort()
        await asyncio.sleep(0.01)  # transports close a moment after they are told to


async def taken(inbox: Inbox, done: Callable[[list[Event]], object]) -> list[Event]:
    """What comes until `done` is satisfied with all of it."""
    events: list[Event] = []
    ends = time.monotonic() + WITHIN_S
    while not done(events):
        assert time.monotonic() < ends, events[-20:]
        events += [arrival.event for arrival in await inbox.take(0.1)]
    return events


def has(kind: type[Event], number: int = 1) -> Callable[[list[Event]], bool]:
    return lambda events: sum(isinstance(event, kind) for event in events) >= number


async def test_a_connection_cut_at_any_byte_of_login_and_lists_is_made_again() -> None:
    """A thousand cuts: up and down take turns, each up after a down marks the gap, and the floor comes out whole."""
    length = sum(len(answer.replace("\n", "\r\n").encode()) for answer in ANSWERS.values())
    cuts = range(length)
    switch = Switch(lambda connection: cuts[connection] if connection < len(cuts) else None)
    async with heard(switch) as (feed, inbox):
        events = await taken(
            inbox, lambda events: switch.connections > len(cuts) and isinstance(events[-1], e.FloorReported)
        )
    states = [type(event) for event in events if isinstance(event, e.SourceUp | e.SourceDown)]
    assert (states[0], states[-1]) == (e.SourceDown, e.SourceUp)
    assert all(first is not second for first, second in pairwise(states))
    assert sum(isinstance(event, e.SourceGap) for event in events) == states.count(e.SourceUp)
    report = events[-1]
    assert isinstance(report, e.FloorReported)
    assert report.complete
    assert [(waiting.contact, waiting.queue) for waiting in report.waiting] == [("1.0", "Büro")]
    assert [member.agent for member in report.members] == ["王"]
    assert set(feed.counts.invalid) <= {"truncated_message", "malformed_message"}


async def test_what_the_manager_cannot_tell_is_said_once_after_the_first_word() -> None:
    """Not again with each connection, and not before anything is known of the switch."""
    switch = Switch(lambda connection: None if connection > 2 else 500)
    async with heard(switch) as (_, inbox):
        events = await taken(inbox, has(e.FloorReported))
    described = [event for event in events if isinstance(event, SourceDescribed)]
    assert switch.connections > 3
    assert [(event.source, event.unseen) for event in described] == [("pbx", ("wrap_up",))]
    assert events.index(described[0]) == 1
    assert described[0].time == events[0].time


def joins(first: int, number: int) -> bytes:
    stamp = f"Timestamp: {time.time():.6f}\r\nQueue: sales\r\n"
    return "".join(
        f"Event: QueueCallerJoin\r\n{stamp}Uniqueid: {uid}.0\r\n\r\n" for uid in range(first, first + number)
    ).encode()


async def test_a_full_inbox_does_not_stop_the_reading() -> None:
    """The switch drops who reads slowly: events wait here, in order, and none is lost."""
    switch = Switch()
    async with heard(switch, limit=10) as (feed, inbox):
        await taken(inbox, has(e.FloorReported))
        for first in range(10, 5_010, 1_000):
            switch.writers[-1].write(joins(first, 1_000))
            await switch.writers[-1].drain()
        while feed.counts.read < 5_000:  # noqa: ASYNC110  # the feed has no event to wait for; nothing is taken here
            await asyncio.sleep(0.01)
        assert len(inbox) == 10
        events = await taken(inbox, has(e.ContactOffered, 5_000))
    contacts = [event.contact for event in events if isinstance(event, e.ContactOffered)]
    assert contacts == [f"{uid}.0" for uid in range(10, 5_010)]
    assert feed.stats.overflows == 0


async def test_more_than_the_backlog_holds_becomes_a_gap_and_a_new_report() -> None:
    """Memory is bounded: the connection is given up, what was heard is told, and then the floor as it is."""
    switch = Switch()
    async with heard(switch, limit=10, backlog_max=500) as (feed, inbox):
        await taken(inbox, has(e.FloorReported))
        with suppress(ConnectionError):
            for first in range(10, 50_010, 1_000):
                switch.writers[-1].write(joins(first, 1_000))
                await switch.writers[-1].drain()
                if feed.stats.overflows:
                    break
        assert switch.connections == 1  # not before there is room
        events = await taken(inbox, has(e.FloorReported))
    down = next(event for event in events if isinstance(event, e.SourceDown))
    gap = next(event for event in events if isinstance(event, e.SourceGap))
    assert (down.reason, gap.since) == ("overflow", down.time)
    assert feed.stats.overflows == 1


async def test_retries_are_quick_at_first_and_rare_in_the_end() -> None:
    """Full jitter under a limit that doubles; a connection that lasted starts it anew. A refused login is slower."""
    from floorwatch.ingest.ami.client import Retries

    retries = Retries(lambda: 1.0)
    waits = [retries.after("unreachable", lasted_ms=5) for _ in range(10)]
    assert waits == [0.5, 1, 2, 4, 8, 16, 30, 30, 30, 30]
    assert retries.after("closed", lasted_ms=3_600_000) == 0.5
    assert Retries(lambda: 0.25).after("unreachable", lasted_ms=5) == 0.125
    assert Retries(lambda: 0.0).after("login_refused", lasted_ms=5) == 30


@pytest.mark.parametrize(
    "raw", [b"", b"\x00" * 100_000, b"Response: Success\r\nActionID: " + b"x" * 5_000 + b"\r\n\r\n"]
)
async def test_whatever_the_other_side_says_the_feed_lives(raw: bytes) -> None:
    """Nothing, rubbish, a value beyond measure: counted or waited out, and the next connection is a switch again."""

    class Strange(Switch):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if self.connections:
                await super().serve(reader, writer)
                return
            self.connections += 1
            writer.write(raw)
            writer.close()
            await writer.wait_closed()

    async with heard(Strange()) as (_, inbox):
        events = await taken(inbox, has(e.FloorReported))
    assert events[0].reason == "closed"  # type: ignore[attr-defined]
