"""`POST /api/v1/events` over a real connection: what is taken, what is refused, and what a refused body costs."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from floorwatch.clock import WallClock
from floorwatch.engine import Engine
from floorwatch.floor.settings import Settings
from floorwatch.ingest.http.receiver import HttpFeed, HttpReceiver
from floorwatch.ingest.inbox import Inbox
from floorwatch.picture import picture
from floorwatch.serve.auth import Access, Grant, hash_of
from floorwatch.serve.board import Board
from floorwatch.serve.body import BYTES_MAX
from tests.serve.grants import bearer, closed
from tests.serve.serving import serving

CLOCK = WallClock()
PLACE = "/api/v1/events"
LINES = {"Content-Type": "application/x-ndjson"}
NOTHING = {"accepted": 0, "rejected_count": 0, "rejected": []}


def body_of(*numbers: int, **attributes: Any) -> bytes:
    now = CLOCK.now_ms()
    events = [
        {"type": "contact.offered", "id": f"e{n}", "time": now, "contact": f"c{n}", "queue": "sales", **attributes}
        for n in numbers
    ]
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


class Ingest:
    """A daemon's ingest: server, receiver, inbox, and an engine that is fed when `keep` is called."""

    def __init__(self, client: TestClient[Any, Any], inbox: Inbox, feeds: list[HttpFeed]) -> None:
        self.client = client
        self.inbox = inbox
        self.feeds = feeds
        self.engine = Engine(Settings())
        self.actors: list[str] = []

    async def keep(self) -> None:
        """What the driver does, and the journal says."""
        for arrival in await self.inbox.take(0):
            self.engine.advance(CLOCK.now_ms())
            self.engine.apply(arrival.event)
            self.actors.append(arrival.actor)
            if arrival.durable is not None:
                arrival.durable()

    async def keep_for_ever(self) -> None:
        while True:
            await self.keep()
            await asyncio.sleep(0.001)

    def offered(self) -> int:
        """Contacts offered to `sales` today."""
        self.engine.advance(CLOCK.now_ms() + 2_000)
        view = picture(self.engine, {"cloud": self.feeds[0].counts}, individuals=False)
        return next((queue.windows["day"].offered for queue in view.queues if queue.name == "sales"), 0)


@asynccontextmanager
async def ingesting(
    *sources: str, limit: int = 10_000, keeping: bool = True, access: Access | None = None
) -> AsyncIterator[Ingest]:
    inbox = Inbox(CLOCK, limit)
    feeds = [HttpFeed(name, CLOCK) for name in sources or ("cloud",)]
    async with serving(Board(), access=access or closed(), receive=HttpReceiver(feeds).receive) as client:
        ingest = Ingest(client, inbox, feeds)
        tasks = [asyncio.create_task(feed.run(inbox)) for feed in feeds]
        if keeping:
            tasks.append(asyncio.create_task(ingest.keep_for_ever()))
        await asyncio.sleep(0)
        try:
            yield ingest
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def until(what: Any) -> None:
    async with asyncio.timeout(10):
        while not what():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("packed", [False, True])
async def test_posted_events_are_counted(packed: bool) -> None:
    """Plain or gzip: 202 with how many, and the floor knows them; the journal will know the token's name."""
    async with ingesting() as ingest:
        body = body_of(1, 2, 3)
        headers = {**LINES, **bearer("ingest"), **({"Content-Encoding": "gzip"} if packed else {})}
        answer = await ingest.client.post(PLACE, data=gzip.compress(body) if packed else body, headers=headers)
        assert (answer.status, await answer.json()) == (202, {"accepted": 3, "rejected_count": 0, "rejected": []})
        assert ingest.offered() == 3
        assert ingest.actors == ["", *["ingest of A17"] * 3]


async def test_sending_again_counts_once() -> None:
    """Idempotent: the same body twice is accepted twice and counted once, also in two pieces that overlap."""
    async with ingesting() as ingest:
        for body in (body_of(1, 2, 3), body_of(1, 2, 3), body_of(3, 4)):
            answer = await ingest.client.post(PLACE, data=body, headers={**LINES, **bearer("ingest")})
            assert answer.status == 202
        assert ingest.offered() == 4


async def test_the_answer_waits_for_the_disk() -> None:
    """No status before the events are durable."""
    async with ingesting(keeping=False) as ingest:
        posting = asyncio.create_task(ingest.client.post(PLACE, data=body_of(1), headers={**LINES, **bearer("ingest")}))
        await until(lambda: len(ingest.inbox) == 2)
        await asyncio.sleep(0.05)
        assert not posting.done()
        await ingest.keep()
        assert (await posting).status == 202


async def test_a_full_inbox_says_when_to_come_again() -> None:
    """429 with Retry-After and nothing taken; when there is room the same body is taken."""
    async with ingesting(limit=10, keeping=False) as ingest:
        headers = {**LINES, **bearer("ingest")}
        first = asyncio.create_task(ingest.client.post(PLACE, data=body_of(*range(6)), headers=headers))
        await until(lambda: len(ingest.inbox) == 7)
        refused = await ingest.client.post(PLACE, data=body_of(*range(6, 12)), headers=headers)
        assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
        assert (await refused.json())["accepted"] == 0
        assert len(ingest.inbox) == 7
        await ingest.keep()
        assert (await first).status == 202
        again = asyncio.create_task(ingest.client.post(PLACE, data=body_of(*range(6, 12)), headers=headers))
        await until(lambda: len(ingest.inbox) == 6)
        await ingest.keep()
        assert (await again).status == 202
        assert ingest.offered() == 12


async def test_a_body_over_the_limit_is_refused() -> None:
    """413, whether its length is announced or found out while reading; nothing is taken, and each is counted."""
    async with ingesting() as ingest:

        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(BYTES_MAX // 65_536 + 2):
                yield b" " * 65_536

        headers = {**LINES, **bearer("ingest")}
        for data in (io.BytesIO(b" " * (BYTES_MAX + 1)), pieces()):
            answer = await ingest.client.post(PLACE, data=data, headers=headers)
            assert answer.status == 413
            assert await answer.json() == {**NOTHING, "error": "the body is over 1048576 bytes"}
        assert ingest.feeds[0].counts.invalid == {"body_too_large": 2}
        assert (await ingest.client.post(PLACE, data=body_of(1), headers=headers)).status == 202
        assert ingest.offered() == 1


async def test_a_gzip_bomb_is_refused() -> None:
    """A few kilobytes that would become 300 MB: 413, and counted."""
    pack = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join(pack.compress(bytes(1_048_576)) for _ in range(300)) + pack.flush()
    assert len(bomb) < BYTES_MAX
    async with ingesting() as ingest:
        headers = {**LINES, **bearer("ingest"), "Content-Encoding": "gzip"}
        answer = await ingest.client.post(PLACE, data=bomb, headers=headers)
        assert (answer.status, (await answer.json())["error"]) == (413, "unpacked, the body is over 1048576 bytes")
        assert ingest.feeds[0].counts.invalid == {"body_too_large": 1}


async def test_the_server_unpacks_nothing_by_itself() -> None:
    """Who has no token cannot make us unpack: the body of a refused request stays as it is."""
    async with ingesting() as ingest:
        handler = ingest.client.server.runner.server  # type: ignore[union-attr]
        assert handler is not None
        assert handler._kwargs["auto_decompress"] is False
        headers = {**LINES, "Content-Encoding": "gzip"}
        assert (await ingest.client.post(PLACE, data=b"not gzip at all", headers=headers)).status == 401
        assert (await ingest.client.get("/-/healthy")).status == 200


async def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """408 when it takes too long to arrive, and counted."""
    monkeypatch.setattr("floorwatch.serve.body.READ_S", 0.05)
    async with ingesting() as ingest:
        ends = asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b"{"
            await ends.wait()

        async with asyncio.timeout(10):
            answer = await ingest.client.post(PLACE, data=slowly(), headers={**LINES, **bearer("ingest")})
            assert (answer.status, await answer.json()) == (
                408,
                {**NOTHING, "error": "the body took too long to arrive"},
            )
            assert ingest.feeds[0].counts.invalid == {"body_too_slow": 1}
        ends.set()


@pytest.mark.parametrize("framing", ["Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"])
async def test_a_sender_that_hangs_up_is_counted(framing: str) -> None:
    """Half a body is nothing, and is no error of ours."""
    async with ingesting() as ingest:
        _, writer = await asyncio.open_connection("127.0.0.1", ingest.client.port)
        token = bearer("ingest")["Authorization"]
        head = f"POST {PLACE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        with capture_logs() as logs:
            writer.write((head + framing).encode())
            server = ingest.client.server.runner.server  # type: ignore[union-attr]
            await until(lambda: server is not None and server.requests_count)
            writer.close()
            await until(lambda: ingest.feeds[0].counts.invalid)
        assert ingest.feeds[0].counts.invalid == {"body_cut_off": 1}
        assert logs == []
        assert (await ingest.client.get("/-/healthy")).status == 200


async def test_bad_lines_are_named() -> None:
    """202 for the good ones with the bad ones listed; 400 when there is no good one; neither breaks anything."""
    async with ingesting() as ingest:
        headers = {**LINES, **bearer("ingest")}
        mixed = await ingest.client.post(PLACE, data=body_of(1) + b"not json\n" + body_of(2, id=None), headers=headers)
        assert (mixed.status, await mixed.json()) == (
            202,
            {
                "accepted": 1,
                "rejected_count": 2,
                "rejected": [{"line": 2, "reason": "malformed_json"}, {"line": 3, "reason": "missing_id"}],
            },
        )
        bad = await ingest.client.post(PLACE, data=b"not json", headers=headers)
        assert (bad.status, (await bad.json())["error"]) == (400, "no line is an event")
        empty = await ingest.client.post(PLACE, data=b"", headers=headers)
        assert empty.status == 400


async def test_a_feed_forges_no_acknowledgement() -> None:
    """Events of our own loop are refused from outside, by whatever name they come."""
    async with ingesting() as ingest:
        headers = {**LINES, **bearer("ingest")}
        for kind in (
            "operator.acknowledged",
            "rules.loaded",
            "delivery.sent",
            "source.clock",
            "source.described",
            "source.backfilled",
        ):
            answer = await ingest.client.post(PLACE, data=body_of(1, type=kind), headers=headers)
            assert (await answer.json())["rejected"] == [{"line": 1, "reason": "internal_type"}], kind


async def test_a_token_speaks_for_its_own_sources_only() -> None:
    """The source of another token's feed is refused, line by line, whatever else the body holds."""
    access = Access(
        [
            Grant("berlin gateway", "ingest", hash_of("token of berlin"), ("berlin",)),
            Grant("oslo gateway", "ingest", hash_of("token of oslo"), ("oslo",)),
        ]
    )
    async with ingesting("berlin", "oslo", access=access) as ingest:
        headers = {**LINES, "Authorization": "Bearer token of berlin"}
        body = body_of(1) + body_of(2, source="oslo") + body_of(3, source="berlin")
        answer = await ingest.client.post(PLACE, data=body, headers=headers)
        assert (await answer.json())["rejected"] == [{"line": 2, "reason": "foreign_source"}]
        assert [feed.counts.read for feed in ingest.feeds] == [3, 0]


async def test_without_tokens_the_one_source_may_be_left_out() -> None:
    """On loopback without tokens anybody may post; of several sources each line names its own."""
    async with ingesting(access=Access()) as ingest:
        assert (await ingest.client.post(PLACE, data=body_of(1), headers=LINES)).status == 202
        assert ingest.actors == ["", ""]
    async with ingesting("berlin", "oslo", access=Access()) as ingest:
        answer = await ingest.client.post(PLACE, data=body_of(1) + body_of(2, source="oslo"), headers=LINES)
        assert (await answer.json())["rejected"] == [{"line": 1, "reason": "missing_source"}]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
async def test_what_any_web_page_may_send_is_not_taken(content_type: str) -> None:
    """415 for the content types a browser sends anywhere without asking."""
    async with ingesting() as ingest:
        headers = {"Content-Type": content_type, **bearer("ingest")}
        answer = await ingest.client.post(PLACE, data=body_of(1), headers=headers)
        assert answer.status == 415
        assert "application/x-ndjson" in (await answer.json())["error"]


async def test_without_a_source_of_type_http_there_is_no_such_place() -> None:
    """A daemon that listens to nothing over HTTP has nothing to post to."""
    async with serving(Board(), access=closed()) as client:
        assert (await client.post(PLACE, data=body_of(1), headers={**LINES, **bearer("ingest")})).status == 404
