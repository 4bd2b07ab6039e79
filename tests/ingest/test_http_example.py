"""The documented translation of a cloud's webhook, run as documented: callbacks in, a floor's figures out."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import importlib.util
import json
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest

from floorwatch.ingest.events import EventReader
from tests.serve.grants import TOKENS
from tests.serve.test_ingest import CLOCK, ingesting, until

AUTH_TOKEN = "twilio's secret of A17"
PUBLIC_URL = "https://hooks.example/taskrouter"
START_MS = 1_772_500_500_000


@pytest.fixture(scope="module")
def example(repository: Path) -> Iterator[ModuleType]:
    """The example, as a module."""
    path = repository / "docs/examples/twilio_taskrouter.py"
    spec = importlib.util.spec_from_file_location("twilio_taskrouter", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def said(kind: str, at_s: float = 0, task: str = "WT1", start_ms: int = START_MS, **more: str) -> dict[str, str]:
    """A callback as TaskRouter sends it, with the parts that are not translated too."""
    at_ms = start_ms + int(at_s * 1000)
    common = {
        "EventType": kind,
        "Sid": f"EV-{task}-{kind}-{at_s:g}",
        "Timestamp": str(at_ms // 1000),
        "TimestampMs": str(at_ms),
        "AccountSid": "AC1",
        "WorkspaceSid": "WS1",
        "EventDescription": "Something happened",
        "TaskSid": task,
        "TaskQueueName": "Sales",
        "TaskChannelUniqueName": "voice",
        "TaskAttributes": '{"from": "+442079460000"}',
    }
    if kind.startswith(("reservation.", "worker.")):
        common |= {"WorkerName": "A17", "WorkerActivityName": "Available", "ReservationSid": f"WR-{task}"}
    return common | more


def told(example: ModuleType, *callbacks: dict[str, str]) -> list[dict[str, Any]]:
    translation = example.Translation()
    return [event for callback in callbacks for event in translation.events(callback)]


ANSWERED = [
    said("task.created"),
    said("task-queue.entered"),
    said("reservation.created", 1),
    said("reservation.timeout", 16),
    said("reservation.created", 17),
    said("reservation.accepted", 20),
    said("reservation.wrapup", 80),
    said("reservation.completed", 95),
    said("task.completed", 95),
]


def test_a_call_from_the_queue_to_the_end_of_its_wrap_up(example: ModuleType) -> None:
    """Offered, rung in vain, rung, answered, ended; wrap-up until completion; each at its millisecond."""
    events = told(example, *ANSWERED)
    assert [(event["type"], event["time"] - START_MS) for event in events] == [
        ("contact.offered", 0),
        ("contact.alerting", 1_000),
        ("contact.declined", 16_000),
        ("contact.alerting", 17_000),
        ("contact.answered", 20_000),
        ("contact.ended", 80_000),
        ("agent.state", 80_000),
        ("agent.state", 95_000),
    ]
    assert [event["state"] for event in events if "state" in event] == ["wrap_up", "available"]
    assert "2079460000" not in json.dumps(events)


def test_every_event_is_one_of_the_contract(example: ModuleType) -> None:
    """Nothing the example makes is rejected, and no attribute of it is unknown."""
    callbacks = [
        *ANSWERED,
        said("task-queue.entered", task="WT2", TaskChannelUniqueName="sms"),
        said("task-queue.entered", 30, task="WT2", TaskQueueName="Overflow"),
        said("reservation.created", 31, task="WT2", TaskQueueName="Overflow"),
        said("reservation.rejected", 32, task="WT2", TaskQueueName="Overflow"),
        said("task.canceled", 40, task="WT2", TaskQueueName="Overflow", TaskCanceledReason="hangup"),
        said("worker.activity.update", 50, WorkerActivityName="Lunch"),
        said("worker.activity.update", 60, WorkerActivityName="Stock-taking"),
        said("workflow.entered", 61),
    ]
    reader = EventReader("twilio")
    events = told(example, *callbacks)
    assert len({event["id"] for event in events}) == len(events) == 8 + 6 + 2
    assert all(reader.decode(json.dumps(event).encode()) is not None for event in events)
    assert not reader.counts.invalid
    assert not reader.counts.unknown_attributes


def test_a_task_that_changes_queues_leaves_the_first(example: ModuleType) -> None:
    """One visit ends as overflow when the next begins, so that no queue keeps a ghost."""
    events = told(example, said("task-queue.entered"), said("task-queue.entered", 30, TaskQueueName="Overflow"))
    assert [(event["type"], event["queue"]) for event in events] == [
        ("contact.offered", "Sales"),
        ("contact.exited", "Sales"),
        ("contact.offered", "Overflow"),
    ]
    assert events[1]["reason"] == "overflow"


@pytest.mark.parametrize(
    ("why", "kind", "reason"),
    [
        ("hangup", "contact.abandoned", None),
        ("", "contact.abandoned", None),
        ("Workflow timeout", "contact.exited", "timeout"),
        ("Task TTL Exceeded", "contact.exited", "timeout"),
        ("closed by a supervisor", "contact.exited", "other"),
    ],
)
def test_a_cancelled_task_was_abandoned_or_sent_away(
    example: ModuleType, why: str, kind: str, reason: str | None
) -> None:
    """Only a caller who hangs up abandons; a time limit, or a person who cancels, is an exit."""
    events = told(example, said("task-queue.entered"), said("task.canceled", 9, TaskCanceledReason=why))
    assert (events[-1]["type"], events[-1].get("reason")) == (kind, reason)


def test_a_task_without_wrap_up_ends_when_it_is_completed(example: ModuleType) -> None:
    """And one with wrap-up ends once."""
    short = told(example, said("reservation.accepted"), said("reservation.completed", 60))
    assert [event["type"] for event in short] == ["contact.answered", "contact.ended", "agent.state"]


def test_only_twilio_is_believed(example: ModuleType) -> None:
    """The signature covers the address and every parameter."""
    callback = said("task-queue.entered")
    good = signature(callback)
    assert example.is_from_twilio(good, AUTH_TOKEN, PUBLIC_URL, callback)
    assert not example.is_from_twilio(good, AUTH_TOKEN, PUBLIC_URL, callback | {"TaskQueueName": "VIP"})
    assert not example.is_from_twilio(good, "another secret", PUBLIC_URL, callback)
    assert not example.is_from_twilio("", AUTH_TOKEN, PUBLIC_URL, callback)


def signature(callback: dict[str, str]) -> str:
    text = PUBLIC_URL + "".join(f"{name}{value}" for name, value in sorted(callback.items()))
    return base64.b64encode(hmac.new(AUTH_TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def call(port: int, callback: dict[str, str], signed: str) -> int:
    """What Twilio does: the status it gets."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/taskrouter",
        data=urlencode(callback).encode(),
        headers={"X-Twilio-Signature": signed},
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=20) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code


@contextmanager
def hooked(example: ModuleType, floorwatch: str, token: str) -> Iterator[int]:
    """The example's server on a free port."""
    server = example.server(0, PUBLIC_URL, AUTH_TOKEN, floorwatch, token)
    server.RequestHandlerClass.log_message = lambda *_: None
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


async def test_callbacks_become_figures(example: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """From Twilio's request to the floor: accepted only with its signature, counted once though repeated."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with ingesting() as ingest:
        address = str(ingest.client.make_url("")).rstrip("/")
        with hooked(example, address, TOKENS["ingest"]) as port:
            now = CLOCK.now_ms()
            entered: Any = {"TaskQueueName": "sales", "start_ms": now}
            callbacks = [said("task-queue.entered", task=f"WT{n}", **entered) for n in (1, 2, 2)]
            for callback in callbacks:
                assert await asyncio.to_thread(call, port, callback, signature(callback)) == 204
            assert await asyncio.to_thread(call, port, callbacks[0], "forged") == 403
            ignored = said("workflow.entered", start_ms=now)
            assert await asyncio.to_thread(call, port, ignored, signature(ignored)) == 204
            empty = {"EventType": "task-queue.entered"}
            assert await asyncio.to_thread(call, port, empty, signature(empty)) == 400
        await until(lambda: ingest.offered() == 2)


async def test_what_floorwatch_has_not_kept_is_not_confirmed(
    example: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a token that is refused, or nobody there, Twilio hears 503."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    callback = said("task-queue.entered", start_ms=CLOCK.now_ms())
    async with ingesting() as ingest:
        address = str(ingest.client.make_url("")).rstrip("/")
        with hooked(example, address, "fw_ingest_withdrawn") as port:
            assert await asyncio.to_thread(call, port, callback, signature(callback)) == 503
    with hooked(example, address, "any") as port:
        assert await asyncio.to_thread(call, port, callback, signature(callback)) == 503
