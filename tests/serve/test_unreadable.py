"""Requests that are no HTTP, and senders that hang up: nothing of them is logged, and not every one of them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from structlog.testing import capture_logs

from floorwatch.serve.board import Board
from floorwatch.serve.server_log import ServerLog
from tests.serve.floors import floor
from tests.serve.grants import TOKENS, closed
from tests.serve.serving import serving
from tests.serve.test_auth import FULL

TOKEN = TOKENS["ingest"].encode()
HEAD = b"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\n"
GOOD = HEAD + b"Authorization: Bearer " + TOKEN + b"\r\n"

UNREADABLE = [
    HEAD + b"Authorization: Bearer " + TOKEN + b"\x01\r\n\r\n",
    HEAD + b"Authorization : Bearer " + TOKEN + b"\r\n\r\n",
    HEAD + b"Cookie: floorwatch_token=" + TOKEN + b"\x00\r\n\r\n",
    HEAD + b"Authorization: Bearer " + TOKEN + b"x" * 10_000 + b"\r\n\r\n",
    GOOD + b"Content-Length: nine\r\n\r\n",
    b"GET /" + TOKEN + b" HTTP/9.9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00" + TOKEN + b"\r\n\r\n",
]
UNFINISHED = [
    (GOOD + b"Content-Length: 100\r\n\r\n", TOKEN),
    (GOOD + b"Transfer-Encoding: chunked\r\n\r\n", b"8\r\n{\r\n"),
    (GOOD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", TOKEN + b"\r\n"),
    (
        GOOD.replace(b"/api/v1/events", b"/sign-in")
        + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n",
        b"token=" + TOKEN,
    ),
]
"""Bodies that break off: (head, the rest)."""


@pytest.fixture
def board() -> Board:
    board = Board()
    board.publish(floor())
    return board


async def send(port: int, *parts: bytes) -> bytes:
    """Send these bytes, the next after a moment, hang up our side, and read what is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def said_in(logs: list[Any], caplog: pytest.LogCaptureFixture) -> str:
    return str(logs) + caplog.text


async def test_no_request_lands_in_the_log(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    """Not the token of an unreadable request, and no traceback: one short line for each kind of error."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "aiohttp.access")  # the daemon keeps no access log
    with capture_logs() as logs:
        async with serving(board, access=closed(), **FULL) as client:
            assert client.port is not None
            for raw in UNREADABLE:
                assert b" 400 Bad Request" in await send(client.port, raw), raw
            for head, rest in UNFINISHED:
                await send(client.port, head, rest)
            assert (await client.get("/-/healthy")).status == 200
    said = said_in(logs, caplog)
    assert "http.unreadable" in said
    assert TOKEN.decode() not in said
    assert "Traceback" not in said
    assert "Error handling" not in said
    assert {entry["event"] for entry in logs} == {"http.unreadable"}
    assert {"BadHttpMessage", "LineTooLong", "BadStatusLine", "BadHttpMethod"} <= {entry["kind"] for entry in logs}


async def test_nobody_fills_the_log(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    """Fifty unreadable requests at once are one line, and so are fifty that meet a bug of ours."""

    async def broken(*_: object) -> bytes:
        raise ZeroDivisionError

    with capture_logs() as logs:
        async with serving(board, metrics=broken) as client:
            assert client.port is not None
            for _ in range(50):
                await send(client.port, UNREADABLE[0])
                assert (await client.get("/metrics")).status == 500
    assert [(entry["event"], entry["kind"], entry["remote"]) for entry in logs] == [
        ("http.unreadable", "BadHttpMessage", "127.0.0.1"),
        ("http.broke", "ZeroDivisionError", "127.0.0.1"),
    ]
    assert isinstance(logs[1]["exc_info"], ZeroDivisionError), "where it happened is for us to find"
    assert caplog.records == []


async def test_what_was_held_back_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next line of a kind says for how many it stands; another kind does not wait for it."""
    said = ServerLog()
    with capture_logs() as logs:
        for _ in range(5):
            said.exception("Error handling request from %s", "192.0.2.7", exc_info=ConnectionResetError())
        said.exception("Unhandled exception", exc_info=KeyError("ours"))
        said.debug("Ignored premature client disconnection")
        monkeypatch.setattr("floorwatch.serve.server_log.SAID_EVERY_S", 0.0)
        said.exception("Error handling request from %s", "192.0.2.8", exc_info=ConnectionResetError())
    assert [(entry["kind"], entry["times"], entry["remote"]) for entry in logs] == [
        ("ConnectionResetError", 1, "192.0.2.7"),
        ("KeyError", 1, ""),
        ("ConnectionResetError", 5, "192.0.2.8"),
    ]
