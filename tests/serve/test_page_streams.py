"""Streams of pages that show more than the public picture: each queue has its own, and a bug in one ends no other."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import quote

import pytest
from aiohttp import ClientPayloadError
from structlog.testing import capture_logs
from yarl import URL

from floorwatch.serve.board import Board
from tests.serve.floors import AT, floor, queue
from tests.serve.serving import events, serving

NAMES = (
    "sales",
    "north/sales",
    "a%2Fb",
    "50%",
    "销售 一",
    "q?x#y",
    "/lead/",
    "a//b",
    "..",
    "a/../b",
    "+",
    "<b>",
    "a\\b",
)


async def test_a_queue_of_any_name_has_its_stream() -> None:
    """Slashes, percent signs, dots and other scripts, as a page encodes them; a name nobody has is not found."""
    board = Board()
    board.publish(floor(AT, queues=tuple(map(queue, NAMES))))
    async with serving(board, queue_day=lambda name: {"queue": name}) as client:
        for name in NAMES:
            place = URL(f"{client.make_url('/')}events/queue/{quote(name, safe='')}", encoded=True)
            async with client.session.get(place) as response:
                assert await anext(events(response)) == ("extra", {"queue": name})
        assert (await client.get("/events/queue/nobody")).status == 404


async def test_who_waits_for_a_picture_to_be_made_falls_no_further_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a large floor it takes a while: viewers are sent changes all the same, and not the whole floor ever again."""
    monkeypatch.setattr("floorwatch.serve.wallboard.GAP_S", 0.225)  # everything twice as fast as it is

    def queue_day(name: str) -> dict[str, Any]:
        time.sleep(0.1)
        return {"queue": name}

    board = Board()
    board.publish(floor(AT, queues=(queue("sales"),)))

    async def go_on() -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        for step in range(1, 12):
            await asyncio.sleep(began_s + 0.25 * step - loop.time())
            board.publish(floor(AT + step * 500, queues=(queue("sales"),)))
        board.close()

    async with serving(board, queue_day=queue_day) as client, client.get("/events/queue/sales") as response:
        going = asyncio.create_task(go_on())
        seen = [kind async for kind, _ in events(response)]
        await going
    assert seen[:2] == ["extra", "view"]
    assert seen[2:].count("delta") > 6
    assert "view" not in seen[2:]


async def test_a_bug_in_what_one_page_shows_ends_the_streams_of_no_other() -> None:
    """The log has it; who looks at the floor or at another queue is sent the same picture, and the next."""

    def queue_day(name: str) -> dict[str, Any]:
        if name == "sales":
            raise KeyError("a bug")
        return {"queue": name}

    board = Board()
    board.publish(floor(AT, queues=(queue("sales"), queue("support"))))
    async with serving(board, queue_day=queue_day) as client:
        with capture_logs() as logs:
            try:
                async with client.get("/events/queue/sales") as response:
                    assert [kind async for kind, _ in events(response)] == []
            except ClientPayloadError:
                pass  # cut off, where it could have been ended
        assert any("a bug" in str(log) for log in logs), logs
        assert not any(board.viewers.values())
        async with client.get("/events") as one, client.get("/events/queue/support") as other:
            wall, page = events(one), events(other)
            assert [(await anext(wall))[0], (await anext(page))[0], (await anext(page))[0]] == ["view", "extra", "view"]
            board.publish(floor(AT + 500, queues=(queue("sales"), queue("support"))))
            assert (await anext(wall))[0] == "delta"
