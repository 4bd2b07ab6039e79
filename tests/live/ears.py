"""What each receiver of a live test was told of alerts, whatever form it came in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.live.receiver import Receiver


@dataclass(frozen=True, slots=True)
class Heard:
    """What a receiver was told of one alert. `id` is empty where it is not part of what is told."""

    rule: str
    queue: str
    state: str
    fired_at: int
    resolved_at: int | None = None
    id: str = ""
    stage: str = ""


class Ears:
    """Collects what one receiver is told."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[Heard] = []
        self._firing: dict[tuple[str, str], set[int]] = {}

    def hear(self, heard: Iterable[Heard]) -> None:
        for one in heard:
            self.heard.append(one)
            if one.state == "firing":
                self._firing.setdefault((one.rule, one.queue), set()).add(one.fired_at)

    def has(self, rule: str, queue: str, since_ms: int) -> bool:
        """Whether it was told that an alert of this rule fires that has fired since then."""
        return any(fired_at >= since_ms for fired_at in self._firing.get((rule, queue), ()))

    def of(self, rule: str, queue: str, since_ms: int, until_ms: int) -> list[Heard]:
        """Everything it was told of the alerts that fired in this time."""
        return [
            one for one in self.heard if (one.rule, one.queue) == (rule, queue) and since_ms <= one.fired_at <= until_ms
        ]


def of_ours(told: Any) -> Iterator[Heard]:
    """The alerts of a message or a state, as docs/outputs.md describes them."""
    for alert in told.get("alerts", ()):
        if alert["scope"] == "queue":
            yield Heard(
                alert["rule"],
                alert["subject"],
                alert["state"],
                alert["fired_at"],
                alert["resolved_at"],
                alert["id"],
                alert.get("key", ""),
            )


def of_alertmanager(told: Any) -> Iterator[Heard]:
    """The alerts of Alertmanager's webhook."""
    for alert in told["alerts"]:
        if "queue" in alert["labels"]:
            began = datetime.fromisoformat(alert["startsAt"])
            fired_at = round(began.timestamp() * 1000)
            yield Heard(alert["labels"]["alertname"], alert["labels"]["queue"], alert["status"], fired_at)


class WebEars(Ears):
    """Reads what a webhook has taken, when asked."""

    def __init__(self, name: str, web: Receiver, read: Callable[[Any], Iterator[Heard]] = of_ours) -> None:
        super().__init__(name)
        self._web = web
        self._read = read
        self._place = 0
        self._turn = threading.Lock()
        self.messages: list[tuple[str, tuple[str, ...]]] = []
        """(key of the message, what it said of each alert)."""

    def catch_up(self) -> None:
        with self._turn:
            taken = self._web.taken[self._place :]
            self._place += len(taken)
            for got in taken:
                told = got.json()
                heard = list(self._read(told))
                self.messages.append((told.get("key", ""), tuple(one.stage for one in heard)))
                self.hear(heard)


class BusEars:
    """Subscribed to a broker: what stands, and the messages."""

    def __init__(self, port: int, prefix: str) -> None:
        self.state, self.messages = Ears("mqtt state"), Ears("mqtt messages")
        self._message_topic = f"{prefix}/alert"
        subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = self._hear
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(f"{prefix}/#", qos=1)
        self._client.loop_start()
        assert subscribed.wait(10)

    def _hear(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        if message.payload.startswith(b"{"):
            ears = self.messages if message.topic == self._message_topic else self.state
            ears.hear(of_ours(json.loads(message.payload)))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
