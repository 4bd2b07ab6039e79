"""Events published through a broker, as docs/mqtt.md asks of a publisher: QoS 1, in order, with ids, and a last will.

What was published is kept for ten seconds after its acknowledgement and published again after every reconnection: a
broker that is killed may have lost it. Twice is harmless, as every event has an id.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import aiomqtt

from floorwatch.ingest.mqtt.topics import OFFLINE, ONLINE, level
from simulators.speakers.speaker import Item, UnsaidError, line_of

KEPT_S = 10.0
RETRY_S = 0.5
ANSWER_S = 10.0
MESSAGE_EVENTS_MAX = 500
"""Events of one message: some 100 KiB, a tenth of what one may hold."""


class Broker(NamedTuple):
    """How to reach it."""

    host: str
    port: int = 1883
    user: str = ""
    secret: str = ""
    site: str = "simulated"
    source: str = "simulator"
    """Who speaks, where the day does not say."""


class MqttSpeaker:
    """Publishes to `floor/v1/{site}/{source}/events`: a `simulators.speakers.speaker.Speaker`."""

    def __init__(self, broker: Broker) -> None:
        self.where = f"{broker.host}:{broker.port}, topic {_topic(broker.site, broker.source, 'events')}"
        self._broker = broker
        self._client: aiomqtt.Client | None = None
        self._kept: deque[tuple[float, str, bytes]] = deque()
        """(until when, topic, payload) of what was acknowledged."""

    async def start(self) -> int:
        """Connect, and say that we are there: a daemon that hears us reads that."""
        try:
            await self._connect()
        except aiomqtt.MqttError as wrong:
            raise UnsaidError(f"{self._broker.host}:{self._broker.port}: {wrong}") from wrong
        return 1

    async def attended(self) -> None:
        """Whoever wants to hear it comes by itself, or finds what was said."""

    async def say(self, items: Sequence[Item]) -> int:
        """Publish them, and wait until the broker has them."""
        loop = asyncio.get_running_loop()
        for topic, payload in self._messages(items):
            await self._publish(topic, payload)
            while self._kept and self._kept[0][0] < loop.time():
                self._kept.popleft()
            self._kept.append((loop.time() + KEPT_S, topic, payload))
        return len(items)

    async def stop(self) -> None:
        """Say that we are not there any more."""
        client, self._client = self._client, None
        if client is not None:
            with suppress(aiomqtt.MqttError):
                await client.publish(self._status(), OFFLINE, qos=1, retain=True, timeout=ANSWER_S)
            with suppress(aiomqtt.MqttError):
                await client.__aexit__(None, None, None)

    def _messages(self, items: Sequence[Item]) -> list[tuple[str, bytes]]:
        """The events as arrays, each of one source: it is published where that source speaks. Nonsense comes alone."""
        messages: list[tuple[str, list[bytes]]] = []
        was_nonsense = False
        for item in items:
            is_nonsense = isinstance(item, bytes)
            source = (None if isinstance(item, bytes) else item.source) or self._broker.source
            topic = _topic(self._broker.site, source, "events")
            is_full = not messages or messages[-1][0] != topic or len(messages[-1][1]) >= MESSAGE_EVENTS_MAX
            if is_full or is_nonsense or was_nonsense:
                messages.append((topic, []))
            messages[-1][1].append(line_of(item, source))
            was_nonsense = is_nonsense
        return [(topic, parts[0] if len(parts) == 1 else b"[" + b",".join(parts) + b"]") for topic, parts in messages]

    async def _publish(self, topic: str, payload: bytes) -> None:
        while True:
            try:
                if self._client is None:
                    await self._connect()
                    for _, kept_topic, kept in list(self._kept):
                        await self._send(kept_topic, kept)
                await self._send(topic, payload)
            except aiomqtt.MqttError:
                await self._leave()
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _send(self, topic: str, payload: bytes) -> None:
        assert self._client is not None
        await self._client.publish(topic, payload, qos=1, timeout=ANSWER_S)

    async def _connect(self) -> None:
        will = aiomqtt.Will(self._status(), OFFLINE, qos=1, retain=True)
        client = aiomqtt.Client(
            self._broker.host,
            self._broker.port,
            username=self._broker.user or None,
            password=self._broker.secret or None,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=will,
            timeout=ANSWER_S,
        )
        await client.__aenter__()
        self._client = client
        await client.publish(self._status(), ONLINE, qos=1, retain=True, timeout=ANSWER_S)

    async def _leave(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(aiomqtt.MqttError):
                await client.__aexit__(None, None, None)

    def _status(self) -> str:
        return _topic(self._broker.site, self._broker.source, "status")


def _topic(site: str, source: str, what: str) -> str:
    return f"floor/v1/{level(site)}/{level(source)}/{what}"
