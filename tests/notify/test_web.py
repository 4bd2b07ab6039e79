"""HTTP to an output: what comes back is bounded, and what goes wrong is said without secrets."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from floorwatch.clock import WallClock
from floorwatch.notify.output import NotTakenError
from floorwatch.notify.web import BODY_BYTES_MAX, Web
from tests.live.receiver import Behaviour, receiver

SECRET = "hush-hush"


@asynccontextmanager
async def web() -> AsyncIterator[Web]:
    made = Web("hook", WallClock())
    yield made
    await made.close()


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """Something that answers every request with these bytes, HTTP or not; its address."""

    async def answer_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer_one, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/{SECRET}?{SECRET}"
    finally:
        server.close()
        await server.wait_closed()


async def test_a_body_is_read_as_far_as_anybody_would() -> None:
    """Megabytes are not kept, and packed bytes stay packed."""
    for body in (b"x" * 3_000_000, gzip.compress(bytes(50_000_000))):
        with receiver(Behaviour(headers={"Content-Encoding": "gzip"}, body=body)) as to:
            async with web() as client:
                answer = await client.get(to.address)
                assert len(answer.body) <= BODY_BYTES_MAX


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "its answer is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", "its answer is no HTTP"),
        (b"", "closed the connection without an answer"),
        (b"HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\n\x1b[31m bad", "answers 500: [31m bad"),
        (b"HTTP/1.1 307 Over there\r\nLocation: http://169.254.169.254/\r\n\r\n", "redirects are not followed"),
    ],
)
async def test_what_goes_wrong_is_said_without_the_address(answer: bytes, words: str) -> None:
    """In words, printable, and without path and query, which may be the key to a channel."""
    async with answering(answer) as address, web() as client:
        with pytest.raises(NotTakenError) as wrong:
            await client.post(address, b"{}")
    assert words in str(wrong.value)
    assert SECRET not in str(wrong.value)
    assert str(wrong.value).isprintable()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        (f"http://127.0.0.1:1/{SECRET}", "cannot connect to 127.0.0.1 port 1: Connection refused"),
        (f"http://no.such.host.invalid/{SECRET}", "cannot connect to no.such.host.invalid port 80: "),
        (f"http://a..b/{SECRET}", "correct 'url'"),
    ],
)
async def test_a_place_that_is_not_there_is_said_without_the_address(address: str, words: str) -> None:
    """Nobody listens, nobody has the name, or it is no name."""
    async with web() as client:
        with pytest.raises(NotTakenError) as wrong:
            await client.get(address)
    assert words in str(wrong.value)
    assert SECRET not in str(wrong.value)


async def test_a_secret_of_two_lines_is_refused_without_it() -> None:
    """It would be two headers: nothing is sent, and what is to be corrected is said."""
    with receiver() as to:
        client = Web("hook", WallClock(), headers={"Authorization": f"Bearer {SECRET}\nX-Role: admin"})
        with pytest.raises(NotTakenError, match="write the secret in one line") as wrong:
            await client.get(to.address)
        await client.close()
        assert not to.got
    assert SECRET not in str(wrong.value)


async def test_a_name_server_that_hangs_holds_up_its_own_output_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The look-up runs in a thread of the output's own: what else needs threads has them meanwhile."""
    over = threading.Event()

    def hang(*_: object) -> None:
        over.wait(5)
        raise OSError("no such name")

    monkeypatch.setattr("floorwatch.notify.web.socket.getaddrinfo", hang)
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(web()) for _ in range(20)]
        tries = [asyncio.ensure_future(client.get("http://desk.example/")) for client in clients]
        await asyncio.sleep(0.05)
        assert not any(one.done() for one in tries)
        async with asyncio.timeout(4):  # the look-ups hang for 5 s
            await asyncio.to_thread(over.set)
        for one in tries:
            with pytest.raises(NotTakenError, match="no such name"):
                await one


@pytest.mark.parametrize("said", [f"Cannot POST /hook/{SECRET}?key={SECRET}", "x" * 110 + f"/hook/{SECRET}"])
async def test_an_answer_that_repeats_the_address_is_quoted_without_it(said: str) -> None:
    """Also where the excerpt would end in the middle of it."""
    with receiver(Behaviour(code=404, body=said.encode())) as to:
        async with web() as client:
            with pytest.raises(NotTakenError, match="answers 404") as refused:
                await client.post(f"{to.address}/hook/{SECRET}?key={SECRET}", b"{}")
    assert SECRET[:5] not in str(refused.value)
    assert "hook" in str(refused.value)
