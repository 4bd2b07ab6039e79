"""The feed and a real Mosquitto: who may connect, how, and to what."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from structlog.testing import capture_logs

from floorwatch.clock import WallClock
from floorwatch.floor.events import SourceDown, SourceGap, SourceUp
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.mqtt.client import MqttFeed
from floorwatch.ingest.mqtt.link import MqttConnection
from tests.live.hearing import (
    EVENTS,
    WITHIN_S,
    Hearing,
    connection_to,
    hearing,
    names,
    offered,
    publish,
    publisher,
)
from tests.live.mosquitto import Mosquitto

Start = Callable[..., Mosquitto]


async def test_we_say_whether_we_are_there(start: Start) -> None:
    """A retained status of our own, with a last will, for whoever watches the watcher."""
    broker = start(config="listener 1883 127.0.0.1\nallow_anonymous true\n")
    async with publisher(broker) as watcher:
        await watcher.subscribe("floorwatch/v1/floorwatch-bus/status", qos=1)
        async with hearing(broker) as bus:
            await bus.said(SourceUp)
        heard = [(await anext(watcher.messages)).payload for _ in range(2)]
    assert heard == [b"online", b"offline"]


async def test_a_refused_login_is_told_with_its_cause_and_its_cure(start: Start) -> None:
    """The source is down with a reason, the log names source, user and what to do, and never the secret."""
    broker = start()
    with capture_logs() as logs:
        async with hearing(broker, secret="wr0ng") as bus:
            assert (await bus.said(SourceDown)).reason == "login_refused"
    (line,) = (line for line in logs if line["event"] == "login_refused")
    assert (line["source"], line["user"], line["broker"]) == ("bus", "floorwatch", f"127.0.0.1:{broker.port}")
    assert "'secret' of this source" in line["fix"]
    assert "wr0ng" not in repr(logs) + repr(connection_to(broker, secret="wr0ng"))


async def test_a_broker_that_is_not_there_is_down_until_it_comes(start: Start) -> None:
    """It is tried again for ever."""
    broker = start()
    broker.kill()
    async with hearing(broker) as bus:
        assert (await bus.said(SourceDown)).reason == "unreachable"
        broker.start()
        await bus.said(SourceUp)


@pytest.mark.parametrize("topic", ["floor/#/events", "floor+/events", ""])
async def test_a_topic_that_cannot_be_asked_for_is_told(start: Start, topic: str) -> None:
    """The source is down with a reason, and the daemon lives: other feeds go on."""
    broker = start()
    with capture_logs() as logs:
        async with hearing(broker, topics=("floor/v1/+/+/events", topic)) as bus:
            assert (await bus.said(SourceDown)).reason == "subscription_refused"
            await asyncio.sleep(0.2)
            assert not bus.task.done()
    assert any("correct 'topics'" in str(line.get("fix")) and topic in str(line["why"]) for line in logs)


async def test_two_clients_of_one_name_are_marked(start: Start) -> None:
    """The broker throws one out, without a reason that could be told from another loss: the log gives a hint.

    Neither has heard all, which shows when it happens again: there is a gap since the session was surely its own.
    """
    broker = start()
    with capture_logs() as logs:
        async with hearing(broker, client_id="twin") as bus:
            began = await bus.said(SourceUp)
            async with hearing(broker, client_id="twin") as other:
                await other.said(SourceUp)
                assert (await bus.said(SourceDown)).reason == "connection_lost"
                assert (await bus.said(SourceGap)).since == began.time
    assert any("another client uses the same" in str(line.get("fix")) for line in logs)
    assert any(line["event"] == "session_shared" for line in logs)


async def test_a_broker_that_says_who_took_the_session_leaves_a_gap_at_once() -> None:
    """By a broker in miniature, since Mosquitto 2.0.11 does not say it."""
    answers = {1: b"\x20\x03\x01\x00\x00", 8: b"\x90\x06\0\x01\0\x01\x01\0", 3: b"\xe0\x01\x8e"}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                kind, length, shift = (await reader.readexactly(1))[0] >> 4, 0, 0
                while (byte := (await reader.readexactly(1))[0]) > 127:
                    length, shift = length | (byte & 127) << shift, shift + 7
                await reader.readexactly(length | byte << shift)
                if kind == 3:  # our word that we are there: a sign that we are subscribed
                    writer.write(b"\x40\x02\0\x02")
                    await asyncio.sleep(0.3)
                writer.write(answers.get(kind, b""))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        clock = WallClock()
        inbox = Inbox(clock)
        there = MqttConnection(host="127.0.0.1", port=port, topics=("floor/v1/+/+/events",))
        feed = MqttFeed("bus", there, clock)
        task = asyncio.create_task(feed.run(inbox))
        bus = Hearing(feed, inbox, task)
        try:
            began = await bus.said(SourceUp)
            assert (await bus.said(SourceDown)).reason == "session_taken_over"
            assert (await bus.said(SourceGap)).since == began.time
        finally:
            task.cancel()
            await asyncio.wait({task})


async def test_topics_of_an_earlier_configuration_are_ignored(start: Start) -> None:
    """The session at the broker remembers them; they are counted, acknowledged and not believed."""
    broker = start()
    async with hearing(broker, topics=("floor/v1/+/+/events",)) as bus:
        await bus.said(SourceUp)
    async with hearing(broker, topics=("floor/v1/main/crm/events",)) as bus:
        await bus.said(SourceUp)
        with capture_logs() as logs:
            await publish(broker, [offered(1)])
            await bus.until(lambda _: logs)
        assert [(line["event"], line["topic"]) for line in logs] == [("topic_not_configured", EVENTS)]
    async with hearing(broker, topics=("floor/v1/+/+/events",)) as bus:
        await bus.said(SourceUp)
        await publish(broker, [offered(2)])
        assert await bus.ids(1) == ["e2"]


async def test_tls_is_spoken(start: Start, certificate: tuple[Path, Path]) -> None:
    """Events come through it in any amount, also when a full inbox stops the reading in the middle of a record."""
    broker = start(extra=f"certfile {certificate[0]}\nkeyfile {certificate[1]}\n")
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    async with hearing(broker, tls=trusting, limit=50) as bus:
        await bus.said(SourceUp)
        async with publisher(broker, tls_context=trusting) as client:
            for first in range(0, 2_000, 20):
                await client.publish(EVENTS, "[" + ",".join(offered(n) for n in range(first, first + 20)) + "]", qos=1)
            await client.publish(EVENTS, offered(2_000, caller="x" * 1_000), qos=1)
        assert await bus.ids(2_001) == names(0, 2_001)


# paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_certificate_nobody_vouches_for_is_refused(start: Start, certificate: tuple[Path, Path]) -> None:
    """The source is down, and the log has the word of the TLS library."""
    broker = start(extra=f"certfile {certificate[0]}\nkeyfile {certificate[1]}\n")
    with capture_logs() as logs:
        async with hearing(broker, tls=ssl.create_default_context()) as bus:
            assert (await bus.said(SourceDown)).reason == "unreachable"
    assert any("CERTIFICATE_VERIFY_FAILED" in str(line.get("why")) for line in logs)
    gc.collect()


async def test_a_bug_of_ours_is_not_taken_for_a_lost_connection(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends the feed, and so the daemon, which then recovers; reconnecting would only repeat it."""
    broker = start()
    async with hearing(broker) as bus:
        await bus.said(SourceUp)

        def broken(*_: object) -> list[Any]:
            raise ZeroDivisionError

        monkeypatch.setattr(bus.feed._reader, "events", broken)
        await publish(broker, [offered(1)])
        done, _ = await asyncio.wait({bus.task}, timeout=WITHIN_S)
        assert done
        with pytest.raises(ExceptionGroup) as failed:
            bus.task.result()
        assert failed.group_contains(ZeroDivisionError)


async def test_the_shipped_rights_are_the_least(start: Start) -> None:
    """A publisher cannot speak for another switch or pass for floorwatch, and nobody comes without a name."""
    broker = start()
    async with hearing(broker, topics=("floor/v1/#", "floorwatch/v1/#")) as bus:
        await bus.said(SourceUp)
        for number, topic in enumerate(("floor/v1/main/crm/events", "floorwatch/v1/floorwatch-bus/other", EVENTS)):
            with contextlib.suppress(aiomqtt.MqttError):  # some versions end the connection, others only say no
                await publish(broker, [offered(number)], topic)
        assert await bus.ids(1) == ["e2"]
    with pytest.raises(aiomqtt.MqttError):
        async with publisher(broker, username=None, password=None):
            pass
