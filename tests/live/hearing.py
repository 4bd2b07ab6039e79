"""The real feed at a real broker: what it hears, and publishers for it to hear."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiomqtt

from floorwatch.clock import WallClock
from floorwatch.floor.events import Event
from floorwatch.ingest.feed import NEVER, Heard
from floorwatch.ingest.inbox import Arrival, Inbox
from floorwatch.ingest.mqtt.client import MqttFeed
from floorwatch.ingest.mqtt.link import MqttConnection
from tests.live.mosquitto import Mosquitto

EVENTS = "floor/v1/main/pbx/events"
STATUS = "floor/v1/main/pbx/status"
SECRETS = {"floorwatch": "b0ard & co", "pbx": "sw!tch"}
WITHIN_S = 60


def offered(number: int, **more: object) -> str:
    """An event that counts once."""
    event = {"type": "contact.offered", "time": int(time.time() * 1000), "id": f"e{number}"}
    return json.dumps(event | {"contact": f"c{number}", "queue": "support"} | more)


def publisher(broker: Mosquitto, **options: Any) -> aiomqtt.Client:
    """A client with the rights of the switch."""
    options = {"username": "pbx", "password": SECRETS["pbx"], "protocol": aiomqtt.ProtocolVersion.V5} | options
    return aiomqtt.Client("127.0.0.1", broker.port, **options)


async def publish(broker: Mosquitto, payloads: Iterable[str | bytes], topic: str = EVENTS, **options: Any) -> None:
    """Publish each, and wait until the broker has it."""
    async with publisher(broker) as client:
        try:
            for payload in payloads:
                await client.publish(topic, payload, **({"qos": 1} | options))
        finally:
            if client._disconnected.done():
                client._disconnected.exception()  # seen: the library would complain at its end


class Hearing:
    """A running feed, and what came of it."""

    def __init__(self, feed: MqttFeed, inbox: Inbox, task: asyncio.Task[None]) -> None:
        self.feed = feed
        self.inbox = inbox
        self.task = task
        self.arrivals: list[Arrival] = []

    async def until(self, done: Callable[[list[Event]], object], *, durable: bool = True) -> list[Event]:
        """Take what comes until the events taken by this call satisfy `done`; say that they are on disk, or not."""
        taken: list[Event] = []
        ends = time.monotonic() + WITHIN_S
        while not done(taken):
            assert time.monotonic() < ends, f"{len(taken)} taken: {taken[:20]}"
            if self.task.done():
                self.task.result()
            for arrival in await self.inbox.take(0.2):
                taken.append(arrival.event)
                self.arrivals.append(arrival)
                if durable and arrival.durable is not None:
                    arrival.durable()
        return taken

    async def said(self, kind: type[Event], source: str = "bus") -> Any:
        """Take what comes until the feed says so of the source."""
        found = await self.until(lambda taken: any(type(e) is kind and e.source == source for e in taken))
        return next(event for event in found if type(event) is kind and event.source == source)

    async def ids(self, number: int, *, durable: bool = True) -> list[str]:
        """The ids of the next events that have one."""
        taken = await self.until(lambda taken: sum(e.id is not None for e in taken) >= number, durable=durable)
        return [event.id for event in taken if event.id is not None]


def connection_to(broker: Mosquitto, **more: Any) -> MqttConnection:
    """With the rights of floorwatch."""
    plain = MqttConnection(
        host="127.0.0.1",
        port=broker.port,
        user="floorwatch",
        secret=SECRETS["floorwatch"],
        topics=("floor/v1/+/+/events",),
    )
    return replace(plain, **more)


@asynccontextmanager
async def hearing(
    broker: Mosquitto,
    on_reject: Callable[[str, bytes], None] | None = None,
    *,
    heard: Heard = NEVER,
    limit: int = 10_000,
    **connection: Any,
) -> AsyncIterator[Hearing]:
    """Run a feed named `bus`; it is ended whatever happens."""
    clock = WallClock()
    inbox = Inbox(clock, limit)
    feed = MqttFeed("bus", connection_to(broker, **connection), clock, on_reject, heard)
    task = asyncio.create_task(feed.run(inbox))
    try:
        yield Hearing(feed, inbox, task)
    finally:
        task.cancel()
        await asyncio.wait({task})


def names(first: int, last: int) -> list[str]:
    return [f"e{number}" for number in range(first, last)]
