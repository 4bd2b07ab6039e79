#!/usr/bin/env python3
"""Twilio TaskRouter's event callbacks, translated into floorwatch events and pushed on. Standard library only.

    export TWILIO_AUTH_TOKEN=…    # proves that a callback comes from Twilio
    export FLOORWATCH_TOKEN=…     # from: floorwatch token --role ingest --source twilio
    ./twilio_taskrouter.py --public-url https://hooks.example/taskrouter --floorwatch http://127.0.0.1:8321

Each callback is answered only once floorwatch has its events on disk: 204 then, else 503.
Callers' numbers, which stand in `TaskAttributes`, are not passed on.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from urllib.parse import parse_qsl

Event = dict[str, object]
Callback = dict[str, str]

ACTIVITIES = {
    "Available": ("available", ""),
    "Offline": ("offline", ""),
    "Break": ("paused", "break"),
    "Lunch": ("paused", "lunch"),
    "Training": ("paused", "training"),
    "Unavailable": ("paused", ""),
}
"""Your workers' activities. One that is not listed is a pause of that name."""

CHANNELS = {"voice": "voice", "chat": "chat", "sms": "message", "email": "email"}
BODY_BYTES_MAX = 65_536
OPEN_MAX = 10_000
"""Tasks and reservations remembered; the oldest is forgotten first."""


class Translation:
    """Remembers which queue each open task waits in, and which reservations are talking."""

    def __init__(self) -> None:
        self._queues: dict[str, str] = {}
        self._talking: dict[str, str] = {}
        self._meanings: dict[str, Callable[[Callback], list[Event]]] = {
            "task-queue.entered": self._entered,
            "task.canceled": self._canceled,
            "task.completed": self._closed,
            "reservation.created": lambda said: [self._with_agent("contact.alerting", said)],
            "reservation.rejected": lambda said: [self._with_agent("contact.declined", said) | {"reason": "rejected"}],
            "reservation.timeout": lambda said: [self._with_agent("contact.declined", said) | {"reason": "no_answer"}],
            "reservation.accepted": self._accepted,
            "reservation.wrapup": lambda said: [*self._ended(said), _state(said) | {"state": "wrap_up"}],
            "reservation.completed": lambda said: [*self._ended(said), _state(said)],
            "worker.activity.update": lambda said: [_state(said)],
        }

    def events(self, said: Callback) -> list[Event]:
        """What a callback means: no event, one or two. Raises `KeyError` or `ValueError` for what is no callback."""
        meaning = self._meanings.get(said["EventType"])
        time_ms = int(said["TimestampMs"]) if "TimestampMs" in said else int(said["Timestamp"]) * 1000
        made = [] if meaning is None else meaning(said)
        # The id is the callback's own, so that one which is repeated counts once.
        return [{"id": f"{said['Sid']}.{number}", "time": time_ms, **event} for number, event in enumerate(made, 1)]

    def _entered(self, said: Callback) -> list[Event]:
        task, queue = said["TaskSid"], said["TaskQueueName"]
        before = self._queues.get(task, queue)
        _remember(self._queues, task, queue)
        channel = CHANNELS.get(said.get("TaskChannelUniqueName", ""), "task")
        offered: Event = {"type": "contact.offered", "contact": task, "queue": queue, "channel": channel}
        if before == queue:
            return [offered]
        return [{"type": "contact.exited", "contact": task, "queue": before, "reason": "overflow"}, offered]

    def _canceled(self, said: Callback) -> list[Event]:
        left = self._contact("contact.abandoned", said)
        self._closed(said)
        why = said.get("TaskCanceledReason", "").lower()
        if why in ("", "hangup"):
            return [left]
        reason = "timeout" if "timeout" in why or "ttl" in why else "other"
        return [left | {"type": "contact.exited", "reason": reason}]

    def _closed(self, said: Callback) -> list[Event]:
        self._queues.pop(said["TaskSid"], None)
        return []

    def _accepted(self, said: Callback) -> list[Event]:
        _remember(self._talking, said["ReservationSid"], said["TaskSid"])
        return [self._with_agent("contact.answered", said)]

    def _ended(self, said: Callback) -> list[Event]:
        """The end of the talk: at wrap-up, or at completion where there was none."""
        talked = self._talking.pop(said["ReservationSid"], None) is not None
        return [self._with_agent("contact.ended", said)] if talked else []

    def _with_agent(self, kind: str, said: Callback) -> Event:
        return self._contact(kind, said) | {"agent": said["WorkerName"]}

    def _contact(self, kind: str, said: Callback) -> Event:
        task = said["TaskSid"]
        return {"type": kind, "contact": task, "queue": said.get("TaskQueueName") or self._queues[task]}


def _remember(place: dict[str, str], key: str, value: str) -> None:
    place[key] = value
    if len(place) > OPEN_MAX:
        del place[next(iter(place))]


def _state(said: Callback) -> Event:
    name = said.get("WorkerActivityName", "")
    state, reason = ACTIVITIES.get(name, ("paused", name.lower()))
    event: Event = {"type": "agent.state", "agent": said["WorkerName"], "state": state}
    return event | {"reason": reason} if reason else event


def is_from_twilio(signature: str, auth_token: str, url: str, said: Callback) -> bool:
    """Whether the signature is Twilio's: HMAC-SHA1 of the address and the sorted parameters, in Base64."""
    text = url + "".join(name + said[name] for name in sorted(said))
    expected = base64.b64encode(hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest())
    return hmac.compare_digest(expected, signature.encode())


def push(events: list[Event], floorwatch: str, token: str) -> bool:
    """Post the events; whether floorwatch has them on disk (or never will: it said what is wrong with them)."""
    request = urllib.request.Request(  # noqa: S310 - the address is an argument of whoever starts this
        f"{floorwatch}/api/v1/events",
        data=b"".join(json.dumps(event).encode() + b"\n" for event in events),
        headers={"Content-Type": "application/x-ndjson", "Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=12) as answer:  # noqa: S310
            return bool(answer.status == 202)
    except urllib.error.HTTPError as refusal:
        return refusal.code == 400
    except OSError:
        return False


def server(port: int, public_url: str, auth_token: str, floorwatch: str, token: str) -> ThreadingHTTPServer:
    """The server that Twilio calls, behind whatever ends TLS for `public_url`."""
    translation, one_at_a_time = Translation(), Lock()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            if length > BODY_BYTES_MAX:
                self._answer(413)
                return
            said = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
            if not is_from_twilio(self.headers.get("X-Twilio-Signature", ""), auth_token, public_url, said):
                self._answer(403)
                return
            try:
                with one_at_a_time:
                    events = translation.events(said)
                    kept = not events or push(events, floorwatch, token)
            except (KeyError, ValueError) as wrong:
                self.log_error("unusable callback %s: %s", said.get("EventType"), wrong)
                self._answer(400)
                return
            self._answer(204 if kept else 503)

        def _answer(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()

    return ThreadingHTTPServer(("127.0.0.1", port), Hook)


def main() -> None:
    """Serve until stopped."""
    options = argparse.ArgumentParser(description="Twilio TaskRouter to floorwatch")
    options.add_argument("--port", type=int, default=8080)
    options.add_argument("--public-url", required=True, help="the EventCallbackUrl as Twilio knows it")
    options.add_argument("--floorwatch", default="http://127.0.0.1:8321")
    chosen = options.parse_args()
    tokens = os.environ["TWILIO_AUTH_TOKEN"], os.environ["FLOORWATCH_TOKEN"]
    server(chosen.port, chosen.public_url, tokens[0], chosen.floorwatch, tokens[1]).serve_forever()


if __name__ == "__main__":
    main()
