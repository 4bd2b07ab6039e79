"""The feed and a real Mosquitto: what is promised about order, loss, silence and misfortune."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from structlog.testing import capture_logs

from floorwatch.clock import WallClock
from floorwatch.floor.events import SourceDown, SourceGap, SourceHeartbeat, SourceUp
from floorwatch.ingest.feed import Heard
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.mqtt.client import MqttFeed
from floorwatch.ingest.mqtt.link import MqttConnection
from floorwatch.ingest.mqtt.losses import SOURCES_MAX
from tests.live.hearing import (
    EVENTS,
    SECRETS,
    STATUS,
    WITHIN_S,
    Hearing,
    connection_to,
    hearing,
    offered,
    publish,
    publisher,
)
from tests.live.mosquitto import Mosquitto

Start = Callable[..., Mosquitto]


@pytest.fixture
def start(tool: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts brokers, with the shipped configuration and users unless told otherwise, and ends them."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")  # where Debian puts it, and users do not look
    program = tool("mosquitto")
    brokers: list[Mosquitto] = []

    def start_one(**options: Any) -> Mosquitto:
        broker = Mosquitto(program, tmp_path / f"broker{len(brokers)}", **options)
        broker.users(**SECRETS)
        broker.start()
        brokers.append(broker)
        return broker

    yield start_one
    for broker in brokers:
        broker.stop()


def names(first: int, last: int) -> list[str]:
    return [f"e{number}" for number in range(first, last)]


async def test_events_arrive_once_and_in_order(start: Start) -> None:
    """Single ones and arrays, through the shipped configuration with its users and rights."""
    broker = start()
    async with hearing(broker) as bus:
        assert (await bus.until(len))[0] == SourceUp(time=bus.arrivals[0].event.time, source="bus")
        await publish(broker, [offered(n) for n in range(300)])
        await publish(broker, [f"[{offered(300)},{offered(301)}]", offered(302), f"[{offered(303)}]"])
        assert await bus.ids(304) == names(0, 304)
        assert all(arrival.event.source == "bus" for arrival in bus.arrivals)
        assert bus.feed.counts.read == 304


async def test_what_is_not_on_disk_is_sent_again(start: Start) -> None:
    """The broker forgets a message only when its last event is durable: acknowledging earlier would lose them all."""
    broker = start()
    async with hearing(broker) as bus:
        await bus.said(SourceUp)
        await publish(broker, [*(offered(n) for n in range(10)), f"[{offered(10)},{offered(11)},{offered(12)}]"])
        assert await bus.ids(13, durable=False) == names(0, 13)
        acknowledged = [arrival for arrival in bus.arrivals if arrival.durable is not None]
        for arrival in acknowledged[:4]:
            arrival.durable()  # type: ignore[misc]
        await asyncio.sleep(0.2)  # they must leave before we do
    async with hearing(broker) as bus:
        assert await bus.ids(9) == names(4, 13)
    async with hearing(broker) as bus:
        await bus.said(SourceUp)
        await publish(broker, [offered(13)])
        assert await bus.ids(1) == names(13, 14)


async def test_what_is_published_while_we_are_away_is_kept_and_leaves_no_gap(start: Start) -> None:
    """More than the thousand that Mosquitto keeps by default; up and down are said all the same."""
    broker = start()
    async with hearing(broker) as bus:
        await bus.said(SourceUp)
    await publish(broker, ["[" + ",".join(offered(n) for n in range(n, n + 2)) + "]" for n in range(0, 3_000, 2)])
    async with hearing(broker, heard=Heard(last_ms=1_760_000_000_000)) as bus:
        taken = await bus.until(lambda taken: sum(event.id is not None for event in taken) >= 3_000)
    assert [event.id for event in taken if event.id] == names(0, 3_000)
    assert taken[0] == SourceDown(time=1_760_000_000_000, source="bus", reason="not_running")
    assert isinstance(taken[1], SourceUp)
    assert not any(isinstance(event, SourceGap) for event in taken)


async def test_a_broker_killed_in_the_middle_is_heard_again_without_loss(start: Start) -> None:
    """Its session survives on disk; what it had on the way is sent again."""
    broker = start()
    async with hearing(broker) as bus:
        await bus.said(SourceUp)
        await publish(broker, [offered(n) for n in range(500)])
        await bus.ids(200, durable=False)  # the rest is in our hands or on its way
        await asyncio.sleep(3)  # its state is on disk: what it has for us survives
        broker.kill()
        assert (await bus.said(SourceDown)).reason == "connection_lost"
        broker.start()
        await bus.said(SourceUp)
        await publish(broker, [offered(500)])
        await bus.until(lambda taken: any(event.id == "e500" for event in taken))
        told = [arrival.event for arrival in bus.arrivals]
        assert {event.id for event in told if event.id} == set(names(0, 501))
        assert not any(isinstance(event, SourceGap) for event in told)


async def test_a_broker_that_forgot_us_leaves_a_gap(start: Start) -> None:
    """Without persistence a killed broker has no session: since we last heard it, something may be missing."""
    broker = start(config="listener 1883 127.0.0.1\nallow_anonymous true\n")
    async with hearing(broker) as bus:
        await bus.said(SourceUp)
        await publish(broker, [offered(1)])
        await bus.ids(1)
        heard_ms = int(time.time() * 1000)
        broker.kill()
        await bus.said(SourceDown)
        broker.start()
        gap = await bus.said(SourceGap)
        assert heard_ms - 15_000 <= gap.since <= heard_ms <= gap.time
    async with hearing(broker, heard=Heard(last_ms=1_760_000_000_000), client_id="never-seen") as bus:
        assert (await bus.said(SourceGap)).since == 1_760_000_000_000
    async with hearing(broker, client_id="new-here") as bus:  # nothing was promised, so nothing is missing
        await bus.said(SourceUp)
        await publish(broker, [offered(2)])
        await bus.ids(1)
        assert not any(isinstance(arrival.event, SourceGap) for arrival in bus.arrivals)


async def test_a_silent_broker_is_lost_and_found(start: Start) -> None:
    """A connection that is open and says nothing, not even to a ping, is a loss; what was kept still comes."""
    broker = start()
    async with hearing(broker, heartbeat_ms=4_000) as bus:
        await bus.said(SourceUp)
        broker.pause()
        down = await bus.said(SourceDown)
        broker.go_on()
        up = await bus.said(SourceUp)
        assert up.time >= down.time
        await publish(broker, [offered(1)])
        assert await bus.ids(1) == ["e1"]


async def test_a_living_broker_is_said_to_be_there(start: Start) -> None:
    """The journal must know until when the feed was heard, also when nothing happens."""
    broker = start()
    async with hearing(broker, heartbeat_ms=1_000) as bus:
        assert (await bus.said(SourceHeartbeat)).source == "bus"


async def test_more_than_the_inbox_holds_waits_at_the_broker(start: Start) -> None:
    """A full inbox stops the reading: everything comes in the end, once and in order, and there is no gap."""
    broker = start()
    async with hearing(broker, limit=20) as bus:
        await bus.said(SourceUp)
        await publish(broker, ["[" + ",".join(offered(n) for n in range(n, n + 50)) + "]" for n in range(0, 5_000, 50)])
        assert len(bus.inbox) == 20
        taken = await bus.until(lambda taken: sum(event.id is not None for event in taken) >= 5_000)
        assert [event.id for event in taken] == names(0, 5_000)


async def test_what_the_broker_could_not_keep_leaves_a_gap(start: Start) -> None:
    """It drops without a word to anybody, but it counts: a rise while we were away means that ours may be missing."""
    broker = start(extra="max_queued_messages 100\nsys_interval 1\n")
    async with hearing(broker, heartbeat_ms=1_000) as bus:
        await bus.until(lambda _: any('"dropped":0' in arrival.position for arrival in bus.arrivals))
        told = bus.arrivals[-1]
    await publish(broker, [offered(n) for n in range(1_500)])
    with capture_logs() as logs:
        async with hearing(broker, heard=Heard(told.received_ms, told.position)) as bus:
            gap = await bus.said(SourceGap)
            assert gap.since == told.received_ms
            assert 0 < sum(arrival.event.id is not None for arrival in bus.arrivals) < 1_500
    assert any(line["event"] == "broker_dropped_messages" for line in logs)


async def test_what_is_no_event_is_rejected_and_does_not_come_back(start: Start) -> None:
    """Counted by reason, kept as it came, acknowledged: a bad message must not be sent again for ever."""
    broker = start()
    rejected: list[tuple[str, bytes]] = []
    without_id = offered(1).replace('"id": "e1", ', "")
    async with hearing(broker, lambda *what: rejected.append(what)) as bus:
        await bus.said(SourceUp)
        await publish(broker, ["{", without_id, "[]", f"[{offered(2)},7]", offered(3)])
        assert await bus.ids(2) == ["e2", "e3"]
        await publish(broker, [offered(4)], retain=True)  # taken as it comes, and never again
        assert await bus.ids(1) == ["e4"]
        await asyncio.sleep(0.2)
    assert rejected == [("malformed_json", b"{"), ("missing_id", without_id.encode()), ("not_an_object", b"7")]
    assert (bus.feed.counts.read, bus.feed.counts.ignored) == (7, 1)
    rejected.clear()
    async with hearing(broker, lambda *what: rejected.append(what)) as bus:
        await bus.said(SourceUp)
        await publish(broker, [offered(5)])
        assert await bus.ids(1) == ["e5"]
    assert [reason for reason, _ in rejected] == ["retained_event"]


async def test_a_publisher_says_whether_it_is_there(start: Start) -> None:
    """Its retained status and its last will are said of the source that the topic names, and of no other."""
    broker = start()
    async with hearing(broker) as bus:
        await bus.said(SourceUp)
        will = aiomqtt.Will(STATUS, "offline", qos=1, retain=True)
        async with publisher(broker, will=will) as client:
            await client.publish(STATUS, "online", qos=1, retain=True)
            await client.publish(EVENTS, offered(1, source="pbx"), qos=1)
            await bus.said(SourceUp, "pbx")
            client._client.socket().close()  # type: ignore[union-attr]  # as a machine that dies
            client._disconnected.set_result(None)
        assert (await bus.said(SourceDown, "pbx")).reason == "publisher_offline"
        assert not any(isinstance(a.event, SourceDown) and a.event.source == "bus" for a in bus.arrivals)
    async with hearing(broker) as bus:
        assert (await bus.said(SourceDown, "pbx")).reason == "publisher_offline"  # it is kept for whoever comes


async def test_who_was_heard_is_known_before_it_is_up(start: Start) -> None:
    """Whoever ends us a moment later finds in the journal who has to be said lost, should the broker be gone."""
    broker = start()
    async with hearing(broker, heartbeat_ms=600_000) as bus:
        await bus.said(SourceUp)
        await publish(broker, [offered(1, source="pbx")])
        await bus.said(SourceUp, "pbx")
        (told,) = (arrival for arrival in bus.arrivals if arrival.position)
        assert isinstance(told.event, SourceHeartbeat)
        assert '"pbx"' in told.position
        first = next(n for n, arrival in enumerate(bus.arrivals) if arrival.event.source == "pbx")
        assert bus.arrivals.index(told) < first
    broker.kill()
    async with hearing(broker, heard=Heard(told.received_ms, told.position)) as bus:
        assert await bus.said(SourceDown, "pbx") == SourceDown(
            time=told.received_ms, source="pbx", reason="not_running"
        )


async def test_a_publisher_speaks_for_itself_only(start: Start) -> None:
    """Its topic, which the broker's rights give it, says who it is; at other topics there is only the feed."""
    broker = start(config="listener 1883 127.0.0.1\nallow_anonymous true\n")
    rejected: list[tuple[str, bytes]] = []
    crm = offered(3, source="crm")
    down = json.dumps({"type": "source.down", "time": 1_760_000_000_000, "id": "e4", "source": "crm"})
    topics = ("floor/v1/+/+/events", "shop")
    async with hearing(broker, lambda *what: rejected.append(what), topics=topics) as bus:
        await bus.said(SourceUp)
        await publish(broker, [offered(0), offered(1, source="pbx"), offered(2, source="bus"), crm])
        await publish(broker, [f"[{offered(5)},{down}]"])
        await publish(broker, [offered(6, source="shop"), offered(7)], "shop")
        assert await bus.ids(5) == ["e0", "e1", "e2", "e5", "e7"]
        assert {arrival.event.source for arrival in bus.arrivals} == {"bus", "pbx"}
        await asyncio.sleep(0.2)
    assert [reason for reason, _ in rejected] == ["foreign_source"] * 3
    assert [line for _, line in rejected[:2]] == [crm.encode(), down.encode()]
    async with hearing(broker, lambda *what: rejected.append(what), topics=topics) as bus:  # it was acknowledged
        await bus.said(SourceUp)
        await publish(broker, [offered(8)])
        assert await bus.ids(1) == ["e8"]
    assert len(rejected) == 3


async def test_a_feed_has_so_many_sources_and_no_more(start: Start) -> None:
    """Neither events nor a status make more, or one with a name that no event could have; those known go on."""
    broker = start(config="listener 1883 127.0.0.1\nallow_anonymous true\n")
    rejected: list[str] = []
    async with hearing(broker, lambda reason, _: rejected.append(reason)) as bus:
        await bus.said(SourceUp)
        async with publisher(broker) as client:
            for name in ("", "x" * 1_025, *(f"s{n}" for n in range(SOURCES_MAX)), "late"):
                await client.publish(f"floor/v1/main/{name}/status", "online", qos=1)
            for number, name in enumerate(("late", "s0")):
                await client.publish(f"floor/v1/main/{name}/events", offered(number, source=name), qos=1)
        assert await bus.ids(1) == ["e1"]
        assert {a.event.source for a in bus.arrivals} == {"bus", *(f"s{n}" for n in range(SOURCES_MAX))}
    assert rejected == ["unusable_source"] * 2 + ["too_many_sources"] * 2


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


@pytest.fixture
def certificate(tool: Callable[[str], str], tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that only who is told to will trust, and its key."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    new = [tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subject = ["-days", "2", "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*new, *subject, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    return certificate, key


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
