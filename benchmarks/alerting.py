"""What the benchmarks of alerts share: the daemon as a user runs it, who hears of its alerts and when, and idleness.

All instants are seconds of the monotonic clock, which the processes of one machine share.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count, islice
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.live.mosquitto import Mosquitto
from tests.live.receiver import Got
from tests.running import Running, floorwatch

NOTHING_P99_MS_MAX = 20.0
"""A run in which a loop that does nothing is later than this says nothing of anybody."""
READY_WITHIN_S = 30.0
LOG_CHARS = 4_000
STREAM_EVERY_S, STREAM_CONTACTS = 0.25, 11
PLAIN_BROKER = "listener 1883 127.0.0.1\nallow_anonymous true\n"

Alert = tuple[str, str]
"""(rule, subject)."""


def p99(values: list[float]) -> float:
    """The 99th percentile, interpolated; of few values nearly the worst."""
    return quantiles(values, n=100, method="inclusive")[98] if len(values) > 1 else values[0]


class Idle:
    """A loop that does nothing every 10 ms, in a thread: how late the machine itself makes it."""

    def __init__(self) -> None:
        self.late_ms: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self._over.is_set():
            due = time.monotonic() + 0.01
            time.sleep(0.01)
            self.late_ms.append((time.monotonic() - due) * 1000)

    def __enter__(self) -> Idle:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


class Posting:
    """Posts events to the daemon over one connection that is kept open."""

    def __init__(self, address: str, token: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=15)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        self._connection.connect()

    def post(self, *events: dict[str, object]) -> float:
        """The instant just before the bytes left; returns when the daemon has them on disk."""
        body = b"\n".join(json.dumps(event).encode() for event in events)
        at_s = time.monotonic()
        self._connection.request("POST", "/api/v1/events", body, self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        assert answer.status == 202, said
        return at_s

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


class Stream:
    """What else happens on a floor of so many queues, in a thread: some 90 events a second that no rule is about."""

    def __init__(self, posting: Posting, queues: int) -> None:
        self._posting = posting
        self._queues = queues
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        contacts = count()
        while not self._over.wait(STREAM_EVERY_S):
            events = []
            for contact in islice(contacts, STREAM_CONTACTS):
                queue = other_queue(contact % self._queues)
                events += [contact_event(kind, f"o{contact}", queue) for kind in ("offered", "abandoned")]
            self._posting.post(*events)

    def __enter__(self) -> Stream:
        if self._queues:
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._queues:
            self._thread.join()


def other_queue(number: int) -> str:
    """The name of a queue that no rule is about."""
    return f"other{number}"


def contact_event(kind: str, contact: str, queue: str) -> dict[str, object]:
    """An event of this instant."""
    now_ms = time.time_ns() // 1_000_000
    return {"type": f"contact.{kind}", "id": f"{kind}-{contact}", "time": now_ms, "contact": contact, "queue": queue}


class Topics:
    """Subscribes to everything a broker passes on, and remembers each alert's first state of the kind that fires."""

    def __init__(self, port: int) -> None:
        self.first: dict[Alert, float] = {}
        self.fired_at: dict[Alert, int] = {}
        """Engine time, ms."""
        self._came = threading.Condition()
        subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.on_message = self._heard
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("#", qos=0)
        self._client.loop_start()
        assert subscribed.wait(READY_WITHIN_S)

    def _heard(self, _client: object, _userdata: object, message: paho.MQTTMessage) -> None:
        at_s = time.monotonic()
        try:
            told = json.loads(message.payload)
        except ValueError:
            return
        with self._came:
            for alert in alerts_of(told):
                if alert["state"] == "firing":
                    named = alert["rule"], alert["subject"]
                    self.first.setdefault(named, at_s)
                    self.fired_at.setdefault(named, alert["fired_at"])
            self._came.notify_all()

    def wait_for(self, alert: Alert, within_s: float) -> float:
        """When it was first there; waited for."""
        with self._came:
            assert self._came.wait_for(lambda: alert in self.first, within_s), f"{alert} not in {self.first}"
            return self.first[alert]

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()


def alerts_of(told: Any) -> list[dict[str, Any]]:
    """The alerts of a state or a message, as docs/outputs.md describes both."""
    found = told.get("alerts", []) if isinstance(told, dict) else []
    return found if isinstance(found, list) else []


def first_of(alert: Alert, got: list[Got]) -> float | None:
    """When a webhook was first told that this alert fires."""
    for one in got:
        for told in alerts_of(one.json()):
            if (told["rule"], told["subject"]) == alert and told["state"] == "firing":
                return one.at_s
    return None


@contextmanager
def broker(program: str, folder: Path) -> Iterator[Mosquitto]:
    """A broker on loopback that lets anybody in."""
    made = Mosquitto(program, folder, PLAIN_BROKER)
    made.start()
    try:
        yield made
    finally:
        made.stop()


@contextmanager
def daemon(folder: Path, config: str) -> Iterator[Running]:
    """The daemon with this configuration, ready to hear of the floor."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "floorwatch.yaml"
    path.write_text(config, encoding="utf-8")
    with ExitStack() as stack:
        running = stack.enter_context(floorwatch(folder / "log", "run", "--config", str(path)))
        running.wait_for(lambda: running.get("/-/healthy"), READY_WITHIN_S)
        try:
            yield running
        except BaseException as wrong:
            with suppress(subprocess.TimeoutExpired):
                running.process.wait(1)  # if it is what has ended, it says why
            wrong.add_note(f"the daemon said at last:\n{running.said()[-LOG_CHARS:]}")
            raise
