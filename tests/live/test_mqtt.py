"""The feed and a real Mosquitto: what is promised about order, loss, silence and misfortune."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

import aiomqtt
from structlog.testing import capture_logs

from floorwatch.floor.events import SourceDown, SourceGap, SourceHeartbeat, SourceUp
from floorwatch.ingest.feed import Heard
from floorwatch.ingest.mqtt.losses import SOURCES_MAX
from tests.live.hearing import (
    EVENTS,
    STATUS,
    hearing,
    names,
    offered,
    publish,
    publisher,
)
from tests.live.mosquitto import Mosquitto

Start = Callable[..., Mosquitto]


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
