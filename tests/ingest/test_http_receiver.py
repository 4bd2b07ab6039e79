"""Posted events on their way into the inbox: all or none, by source, and answered once they are on disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from floorwatch.clock import WallClock
from floorwatch.floor.events import (
    ContactAbandoned,
    ContactOffered,
    Event,
    SourceDown,
    SourceGap,
    SourceHeartbeat,
    SourceUp,
)
from floorwatch.ingest.feed import Feed, Heard
from floorwatch.ingest.http import receiver as module
from floorwatch.ingest.http.receiver import HttpFeed, HttpReceiver, Outcome
from floorwatch.ingest.inbox import Arrival, Inbox

CLOCK = WallClock()


def offered(number: int, **attributes: Any) -> dict[str, Any]:
    event = {"type": "contact.offered", "id": f"e{number}", "time": CLOCK.now_ms(), "contact": f"c{number}"}
    return {**event, "queue": "sales", **attributes}


def lines(*events: Any) -> bytes:
    return b"".join((event if isinstance(event, bytes) else json.dumps(event).encode()) + b"\n" for event in events)


class Floor:
    """Feeds that run, and a reader of their inbox in the driver's place."""

    def __init__(self, *names: str, limit: int = 10_000, **options: Any) -> None:
        self.inbox = Inbox(CLOCK, limit)
        self.letters: list[tuple[str, bytes]] = []
        self.feeds = [HttpFeed(name, CLOCK, on_reject=self._rejected, **options) for name in names or ("cloud",)]
        self.receiver = HttpReceiver(self.feeds)
        self.arrivals: list[Arrival] = []

    def _rejected(self, reason: str, line: bytes) -> None:
        self.letters.append((reason, line))

    async def post(self, body: bytes, **how: Any) -> Outcome:
        how = {"content_type": "application/x-ndjson", "encoding": "", "actor": "A17", "sources": None, **how}
        return await self.receiver.receive(body, **how)

    async def keep(self, *, durable: bool = True) -> None:
        """Take what is in the inbox, and have it on disk."""
        while len(self.inbox):
            for arrival in await self.inbox.take(0):
                self.arrivals.append(arrival)
                if durable and arrival.durable is not None:
                    arrival.durable()

    async def keep_for_ever(self) -> None:
        while True:
            await self.keep()
            await asyncio.sleep(0.001)

    def events(self) -> list[Event]:
        return [arrival.event for arrival in self.arrivals]


@asynccontextmanager
async def running(floor: Floor, *, keeping: bool = True) -> AsyncIterator[Floor]:
    tasks = [asyncio.create_task(feed.run(floor.inbox)) for feed in floor.feeds]
    if keeping:
        tasks.append(asyncio.create_task(floor.keep_for_ever()))
    await asyncio.sleep(0)
    try:
        yield floor
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(what: Any) -> None:
    async with asyncio.timeout(10):
        while not what():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)


async def test_a_body_becomes_events_in_its_order() -> None:
    """The source is up with the first; each event is of the token's one source, and carries the token's name."""
    async with running(Floor()) as floor:
        outcome = await floor.post(lines(offered(1), offered(2), {**offered(1), "type": "contact.abandoned"}))
        assert (outcome.status, outcome.accepted, outcome.rejected_count) == (202, 3, 0)
    assert [type(event) for event in floor.events()] == [SourceUp, ContactOffered, ContactOffered, ContactAbandoned]
    assert {event.source for event in floor.events()} == {"cloud"}
    assert [arrival.actor for arrival in floor.arrivals] == ["", "A17", "A17", "A17"]
    assert floor.feeds[0].counts.read == 3
    feed: Feed = floor.feeds[0]
    assert feed.counts.invalid == {}


async def test_accepted_means_on_disk() -> None:
    """No answer while the events are only in memory; the answer when the last of them is durable."""
    async with running(Floor(), keeping=False) as floor:
        answer = asyncio.create_task(floor.post(lines(offered(1), offered(2))))
        await until(lambda: len(floor.inbox) == 3)
        await floor.keep(durable=False)
        for _ in range(100):
            await asyncio.sleep(0)
        assert not answer.done()
        assert [arrival.durable is not None for arrival in floor.arrivals] == [False, False, True]
        durable = floor.arrivals[-1].durable
        assert durable is not None
        durable()
        assert (await answer).status == 202


async def test_a_disk_that_takes_too_long_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not 202: the sender is told to send the same again, and a late confirmation harms nobody."""
    monkeypatch.setattr(module, "DURABLE_WITHIN_S", 0.01)
    async with running(Floor(), keeping=False) as floor:
        outcome = await floor.post(lines(offered(1)))
        assert (outcome.status, outcome.accepted, outcome.retry_after_s) == (503, 0, 1)
        await floor.keep()
        assert len(floor.arrivals) == 2


async def test_a_full_inbox_takes_all_or_nothing() -> None:
    """429 with a time to wait; nothing of it was taken or counted, so that it may come again as it is."""
    async with running(Floor(limit=10), keeping=False) as floor:
        body = lines(*(offered(number) for number in range(20)), b"not json")
        outcome = await floor.post(body)
        assert (outcome.status, outcome.accepted, outcome.retry_after_s) == (429, 0, 1)
        assert (len(floor.inbox), floor.feeds[0].counts.read, floor.letters) == (0, 0, [])
        first = asyncio.create_task(floor.post(lines(*(offered(number) for number in range(7)))))
        await until(lambda: len(floor.inbox) == 8)
        assert (await floor.post(lines(offered(8)))).status == 429
        await floor.keep()
        assert (await first).status == 202
        again = asyncio.create_task(floor.post(lines(offered(8))))
        await until(lambda: len(floor.inbox) == 1)
        await floor.keep()
        assert (await again).status == 202


async def test_bad_lines_are_refused_and_good_ones_taken() -> None:
    """Each bad line is named with its number and reason, counted and kept; the good ones arrive."""
    body = lines(
        offered(1),
        b"not json",
        b"",
        {**offered(3), "id": None},
        {**offered(4), "id": ""},
        {**offered(5), "id": 5},
        {**offered(6), "source": "other"},
        {**offered(7), "type": "operator.acknowledged"},
        {**offered(8), "type": "source.clock", "offset_ms": 1},
        {**offered(9), "time": CLOCK.now_ms() + 3_600_000},
        {**offered(10), "queue": "x" * 2_000},
        {"type": "contact.offered", "id": "e11", "time": 1_700_000_000_000, "contact": "c"},
        [offered(12)],
        offered(13),
    )
    async with running(Floor()) as floor:
        outcome = await floor.post(body)
    assert (outcome.status, outcome.accepted) == (202, 2)
    reasons = [
        (2, "malformed_json"),
        (4, "missing_id"),
        (5, "missing_id"),
        (6, "mistyped_attribute"),
        (7, "foreign_source"),
        (8, "internal_type"),
        (9, "internal_type"),
        (10, "impossible_time"),
        (11, "text_too_long"),
        (12, "missing_attribute"),
        (13, "not_an_object"),
    ]
    assert list(outcome.rejected) == reasons
    assert outcome.rejected_count == len(reasons)
    assert [reason for reason, _ in floor.letters] == [reason for _, reason in reasons]
    assert floor.letters[0][1] == b"not json"
    counts = floor.feeds[0].counts
    assert (counts.read, sum(counts.invalid.values()), counts.invalid["missing_id"]) == (13, 11, 2)


async def test_a_body_of_only_bad_lines_is_a_bad_request() -> None:
    """400, and nothing is said of the source: it was not heard."""
    async with running(Floor()) as floor:
        outcome = await floor.post(lines(b"one", b"two"))
        assert (outcome.status, outcome.accepted, outcome.rejected_count) == (400, 0, 2)
        assert (await floor.post(b"\n \n")).error == "the body holds no events"
    assert floor.events() == []


async def test_the_list_of_refused_lines_is_bounded() -> None:
    """The answer names the first hundred and counts all."""
    async with running(Floor()) as floor:
        outcome = await floor.post(b"x\n" * 1_000)
    assert (len(outcome.rejected), outcome.rejected_count) == (module.REJECTED_SHOWN_MAX, 1_000)


async def test_a_body_that_is_none_is_counted_and_kept() -> None:
    """What is refused whole is counted by its reason too."""
    async with running(Floor()) as floor:
        assert (await floor.post(b"[1", content_type="application/json")).status == 400
        assert (await floor.post(b"{}", encoding="br")).status == 415
        assert (await floor.post(b"{}", content_type="text/plain")).status == 415
    assert floor.feeds[0].counts.invalid == {"malformed_json": 1, "unsupported_encoding": 1, "unsupported_type": 1}
    assert floor.letters[0] == ("malformed_json", b"[1")


@pytest.mark.parametrize(("unread", "status"), [("body_too_large", 413), ("body_too_slow", 408), ("body_cut_off", 400)])
async def test_a_body_that_could_not_be_read_is_counted_too(unread: str, status: int) -> None:
    """By why it could not, also before the feed runs; nothing of it is an event."""
    floor = Floor("berlin", "oslo")
    outcome = await floor.post(b"", unread=unread, sources=("oslo",))
    assert (outcome.status, outcome.accepted, bool(outcome.error)) == (status, 0, True)
    assert [feed.counts.invalid for feed in floor.feeds] == [{}, {unread: 1}]
    assert len(floor.inbox) == 0


async def test_a_token_of_several_sources_says_which() -> None:
    """Each line goes to the source it names, and is counted there; one that names none of them is refused."""
    async with running(Floor("berlin", "paris", "oslo")) as floor:
        body = lines(
            {**offered(1), "source": "paris"},
            {**offered(2), "source": "berlin"},
            offered(3),
            {**offered(4), "source": "oslo"},
        )
        outcome = await floor.post(body, sources=("berlin", "paris"))
    assert outcome.accepted == 2
    assert outcome.rejected == ((3, "missing_source"), (4, "foreign_source"))
    told = [(type(event).__name__, event.source) for event in floor.events()]
    assert told == [
        ("SourceUp", "paris"),
        ("ContactOffered", "paris"),
        ("SourceUp", "berlin"),
        ("ContactOffered", "berlin"),
    ]
    berlin, paris, oslo = (feed.counts for feed in floor.feeds)
    assert (berlin.read, paris.read, oslo.read) == (3, 1, 0)


async def test_cloudevents_are_events() -> None:
    """The envelope of CloudEvents 1.0 around our attributes: one by one, and in a batch."""
    event = {"specversion": "1.0", "datacontenttype": "application/json", "source": "cloud", **offered(1)}
    async with running(Floor()) as floor:
        one = await floor.post(json.dumps(event).encode(), content_type="application/cloudevents+json")
        batch = json.dumps([{**event, "id": "e2"}, {**event, "id": "e3"}]).encode()
        many = await floor.post(batch, content_type="application/cloudevents-batch+json")
    assert (one.status, one.accepted, many.status, many.accepted) == (202, 1, 202, 2)
    assert floor.feeds[0].counts.unknown_attributes == 6


async def test_before_the_feed_runs_nothing_is_taken() -> None:
    """The server may be up a moment earlier than the rest: come again."""
    outcome = await Floor().post(lines(offered(1)))
    assert (outcome.status, outcome.retry_after_s) == (503, 1)


async def test_what_was_missed_while_not_running_is_a_gap() -> None:
    """After a restart the source is down since it was last heard, then up, and the time between is marked; once."""
    last_ms = CLOCK.now_ms() - 60_000
    async with running(Floor(heard=Heard(last_ms))) as floor:
        await floor.post(lines(offered(1)))
        await floor.post(lines(offered(2)))
    down, up, gap, *contacts = floor.events()
    assert down == SourceDown(time=last_ms, source="cloud", reason="not_running")
    assert isinstance(up, SourceUp)
    assert isinstance(gap, SourceGap)
    assert gap.since == last_ms
    assert [type(event) for event in contacts] == [ContactOffered, ContactOffered]


async def test_silence_past_the_heartbeat_is_down() -> None:
    """A source with a heartbeat is down when nothing comes; its next event brings it up, with the gap."""
    async with running(Floor(heartbeat_ms=50)) as floor:
        await floor.post(lines(offered(1)))
        await until(lambda: any(isinstance(event, SourceDown) for event in floor.events()))
        await floor.post(lines({"type": "source.heartbeat", "id": "h1", "time": CLOCK.now_ms()}))
    kinds = [type(event) for event in floor.events()]
    assert kinds[:6] == [SourceUp, ContactOffered, SourceDown, SourceUp, SourceGap, SourceHeartbeat]
