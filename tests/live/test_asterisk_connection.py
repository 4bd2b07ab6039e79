"""The connection to a real Asterisk: refused, silent, secret, gone."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from floorwatch.floor import events as e
from floorwatch.ingest.ami.session import AsteriskConnection
from tests.live.asterisk import SECRET, Asterisk, running
from tests.live.relay import relay
from tests.live.watching import watching

QUEUES = "[support]\njoinempty = yes\n"


@pytest.fixture(scope="module")
def switch() -> Iterator[Asterisk]:
    """One switch for all tests of this file."""
    with running(QUEUES, tls=True) as switch:
        yield switch


async def test_a_connection_that_only_seems_to_stand_is_noticed(switch: Asterisk) -> None:
    """No byte and no answer to a ping: lost since the last byte, and connected anew."""
    async with relay(switch.port) as network, watching(network.port, heartbeat_ms=2_000) as watched:
        await watched.said(e.FloorReported)
        network.hold()
        down = await watched.said(e.SourceDown)
        assert down.reason == "silent"
        network.cut()
        network.mend()
        gap = await watched.said(e.SourceGap)
        assert gap.since == down.time
        await watched.said(e.FloorReported, watched.events.index(gap))


async def test_a_wrong_secret_is_said_clearly_and_not_tried_often(switch: Asterisk) -> None:
    """The log names the source, the user and the fix, and never the secret; the source is down for that reason."""
    with capture_logs() as logs:
        async with relay(switch.port) as network, watching(network.port, secret="not-it") as watched:
            down = await watched.said(e.SourceDown)
            assert down.reason == "login_refused"
            await asyncio.sleep(1)
            assert network.connections == 1
    (said,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert (said["source"], said["user"], said["says"]) == ("pbx", "floorwatch", "Authentication failed")
    assert "[floorwatch]" in said["fix"]
    assert "not-it" not in str(logs)


async def test_a_switch_that_takes_no_challenge_gets_the_secret_on_this_machine(switch: Asterisk) -> None:
    """Plain login, where nobody can overhear it."""

    def no_challenge(message: bytes) -> bytes:
        if b"ActionID: challenge\r\n" not in message:
            return message
        return b"Response: Error\r\nActionID: challenge\r\nMessage: Must specify AuthType\r\n\r\n"

    async with relay(switch.port, no_challenge) as network, watching(network.port) as watched:
        await watched.said(e.FloorReported)


async def test_tls_is_verified(switch: Asterisk) -> None:
    """With the switch's certificate known it is heard; without, it is not spoken to."""
    known = ssl.create_default_context(cafile=switch.certificate)
    async with watching(switch.tls_port, tls=known) as watched:
        await watched.said(e.FloorReported)
    async with watching(switch.tls_port, tls=ssl.create_default_context()) as watched:
        down = await watched.said(e.SourceDown)
        assert down.reason == "unreachable"


async def test_a_switch_that_is_gone_is_unknown_and_comes_back(switch: Asterisk) -> None:
    """Killed without a word: down at once. Started again: up, with the floor as it is now."""
    async with watching(switch.port) as watched:
        await watched.said(e.FloorReported)
        switch.kill()
        await watched.said(e.SourceDown)
        place = len(watched.events)
        await asyncio.to_thread(switch.start)
        await watched.said(e.FloorReported, place)
        assert watched.engine.books.sources["pbx"].down_since is None


def test_the_secret_is_not_shown() -> None:
    """Neither in a log nor in a traceback."""
    assert SECRET not in repr(AsteriskConnection("127.0.0.1", 5038, "floorwatch", SECRET))
