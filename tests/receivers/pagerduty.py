"""PagerDuty's Events API v2 as it is documented: what an event must have, how long it is at most, and how many come.

https://github.com/PagerDuty/developer-docs, docs/events-API-v2: 202 with a status, a message and the key; 400 with
errors for what is no event; 429 for too many; what is acknowledged notifies nobody.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.live.receiver import GOOD, Behaviour, Got, Receiver

KEY = "0123456789abcdef0123456789abcdef"
ACTIONS = ("trigger", "acknowledge", "resolve")
SEVERITIES = ("critical", "error", "warning", "info")
BYTES_MAX, SUMMARY_CHARS_MAX, KEY_CHARS_MAX = 512 * 1024, 1024, 255
TOP = set("routing_key event_action dedup_key payload images links client client_url".split())
PAYLOAD = set("summary source severity timestamp component group class custom_details".split())


@dataclass(slots=True)
class Incident:
    """What has become of one key."""

    payload: dict[str, Any]
    state: str = "triggered"
    actions: list[str] = field(default_factory=list)


class PagerDutyReceiver(Receiver):
    """Takes events, and holds incidents by routing key and deduplication key."""

    def __init__(self, per_minute: int = 120, routing_keys: tuple[str, ...] = (KEY,)) -> None:
        super().__init__()
        self.incidents: dict[tuple[str, str], Incident] = {}
        self.notified: list[str] = []
        """What people were notified of: what is triggered again is not, before it was resolved."""
        self.refused: list[list[str]] = []
        self.too_many = 0
        self._routing_keys = routing_keys
        self._per_minute = per_minute
        self._lately: deque[float] = deque()
        self._turn = threading.Lock()

    @property
    def url(self) -> str:
        """Where events are posted to."""
        return f"{self.address}/v2/enqueue"

    def come(self, got: Got) -> Behaviour:
        """Answer as the service does; a `behaviour` that was set goes before."""
        behaviour = super().come(got)
        if behaviour is not GOOD:
            return behaviour
        with self._turn:
            while self._lately and self._lately[0] <= got.at_s - 60:
                self._lately.popleft()
            self._lately.append(got.at_s)
            if len(self._lately) > self._per_minute:
                self.too_many += 1
                return Behaviour(code=429, body=b'{"status":"throttle exceeded"}')
            if errors := list(self._wrong(got)):
                self.refused.append(errors)
                said = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
                return Behaviour(code=400, body=json.dumps(said).encode())
            event = got.json()
            self._heed(event)
        said = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return Behaviour(code=202, body=json.dumps(said).encode())

    def _wrong(self, got: Got) -> Iterator[str]:
        if (got.method, got.path) != ("POST", "/v2/enqueue"):
            yield f"{got.method} {got.path} is no place for events"
        if len(got.body) > BYTES_MAX:
            yield "the event is longer than 512 KB"
        event = got.json()
        if unknown := event.keys() - TOP:
            yield f"unknown: {unknown}"
        if event.get("routing_key") not in self._routing_keys:
            yield f"'routing_key' is invalid: {event.get('routing_key')}"
        if event.get("event_action") not in ACTIONS:
            yield "'event_action' is none of those there are"
        if not 0 < len(event.get("dedup_key", "")) <= KEY_CHARS_MAX:
            yield "Length of 'dedup_key' is incorrect"
        if event.get("event_action") == "trigger":
            yield from _wrong_payload(event.get("payload", {}))
        for link in event.get("links", ()):
            if not str(link.get("href", "")).startswith(("http://", "https://")):
                yield "'href' of a link is missing"

    def _heed(self, event: dict[str, Any]) -> None:
        key = event["routing_key"], event["dedup_key"]
        if event["event_action"] == "trigger":
            if key not in self.incidents or self.incidents[key].state == "resolved":
                self.notified.append(event["payload"]["summary"])
                self.incidents[key] = Incident(event["payload"])
            incident = self.incidents[key]
        elif key not in self.incidents or self.incidents[key].state == "resolved":
            return  # as documented: what acknowledges nothing is accepted, and dropped
        else:
            incident = self.incidents[key]
            incident.state = {"acknowledge": "acknowledged", "resolve": "resolved"}[event["event_action"]]
        incident.actions.append(event["event_action"])


def _wrong_payload(payload: dict[str, Any]) -> Iterator[str]:
    if unknown := payload.keys() - PAYLOAD:
        yield f"unknown in 'payload': {unknown}"
    if not 0 < len(payload.get("summary", "")) <= SUMMARY_CHARS_MAX:
        yield "Length of 'summary' is incorrect"
    if not payload.get("source"):
        yield "'source' is missing or blank"
    if payload.get("severity") not in SEVERITIES:
        yield "'severity' is none of those there are"
    try:
        datetime.fromisoformat(payload.get("timestamp", ""))
    except ValueError:
        yield "'timestamp' is no time"
    if not isinstance(payload.get("custom_details", {}), dict):
        yield "'custom_details' is no object"


@contextmanager
def pagerduty(per_minute: int = 120, routing_keys: tuple[str, ...] = (KEY,)) -> Iterator[PagerDutyReceiver]:
    """Runs while the block does."""
    server = PagerDutyReceiver(per_minute, routing_keys)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
