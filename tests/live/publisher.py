"""A publisher that loses nothing, as docs/mqtt.md describes it: a process of its own, `python -m tests.live.publisher`.

It keeps what it has published until some seconds after the broker's acknowledgement, and after every reconnection
publishes all of that again, in order and with the same ids: what a killed broker had not yet written comes once more.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator

import paho.mqtt.client as paho

KEPT_S = 10.0
ON_THE_WAY_MAX = 200


class Publisher:
    """Publishes `contacts` contacts that are offered and abandoned: two events each."""

    def __init__(self, port: int, topic: str, contacts: int, per_s: float) -> None:
        self._port = port
        self._topic = topic
        self._events = 2 * contacts
        self._per_s = per_s
        self._made: list[bytes] = []
        self._acknowledged_at: dict[int, float] = {}

    def run(self) -> None:
        while len(self._acknowledged_at) < self._events:
            try:
                self._connection()
            except OSError:
                time.sleep(0.2)

    def _connection(self) -> None:
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5, reconnect_on_failure=False)
        client.username_pw_set("pbx", os.environ["SECRET"])
        client.max_inflight_messages_set(ON_THE_WAY_MAX)
        connected, lost = threading.Event(), threading.Event()
        acknowledged: queue.SimpleQueue[int] = queue.SimpleQueue()
        client.on_connect = lambda *_: connected.set()
        client.on_disconnect = lambda *_: lost.set()
        client.on_publish = lambda _client, _userdata, mid, code, _properties: (
            None if code.is_failure else acknowledged.put(mid)
        )
        client.connect("127.0.0.1", self._port, keepalive=5)
        client.loop_start()
        try:
            if connected.wait(5):
                self._publish(client, acknowledged, lost)
        finally:
            client.disconnect()
            client.loop_stop()

    def _publish(self, client: paho.Client, acknowledged: queue.SimpleQueue[int], lost: threading.Event) -> None:
        on_the_way: dict[int, int] = {}
        for number in self._due():
            while len(on_the_way) >= ON_THE_WAY_MAX and not lost.is_set():
                self._note(acknowledged, on_the_way)
            if lost.is_set():
                return
            on_the_way[client.publish(self._topic, self._made[number], qos=1).mid] = number
        while on_the_way and not lost.is_set():
            self._note(acknowledged, on_the_way)

    def _due(self) -> Iterator[int]:
        """What must be published (again), then what is new, at its pace."""
        now = time.monotonic()
        for number in range(len(self._made)):
            if now - self._acknowledged_at.get(number, now) < KEPT_S:
                yield number
        began, before = time.monotonic(), len(self._made)
        while len(self._made) < self._events:
            time.sleep(max(0.0, began + (len(self._made) - before) / self._per_s - time.monotonic()))
            self._made.append(_event(len(self._made)))
            yield len(self._made) - 1

    def _note(self, acknowledged: queue.SimpleQueue[int], on_the_way: dict[int, int]) -> None:
        """Wait a moment for acknowledgements."""
        try:
            mid = acknowledged.get(timeout=0.1)
            while True:
                self._acknowledged_at[on_the_way.pop(mid)] = time.monotonic()
                mid = acknowledged.get_nowait()
        except queue.Empty:
            sys.stdout.write(f"{len(self._acknowledged_at)}\n")
            sys.stdout.flush()


def _event(number: int) -> bytes:
    """Even numbers are offered, odd ones abandoned."""
    kind = "abandoned" if number % 2 else "offered"
    now_ms = time.time_ns() // 1_000_000
    names = {"id": f"e{number}", "contact": f"c{number // 2}", "queue": "support"}
    return json.dumps({"type": f"contact.{kind}", "time": now_ms} | names).encode()


if __name__ == "__main__":
    Publisher(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])).run()
