"""The published transports: the AsyncAPI document is one, and what it shows is what our own readers understand."""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator

from floorwatch.cli.schema import Document, text_of
from floorwatch.clock import ScaledClock
from floorwatch.contract.asyncapi import EVENTS_PATH, EVENTS_TOPIC, OWN_STATUS_TOPIC, STATUS_TOPIC
from floorwatch.contract.outputs import output_channels
from floorwatch.floor.events import EVENT_TYPES, AnyEvent, Event
from floorwatch.ingest.events import EventReader
from floorwatch.ingest.http.protocol import CONTENT_TYPES, split
from floorwatch.ingest.http.receiver import HttpFeed, HttpReceiver
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.mqtt import topics
from floorwatch.ingest.mqtt.translate import MessageReader
from floorwatch.serve.board import Board
from tests.contract_forms import EVENT, SCHEMA
from tests.serve.serving import serving

NOW_MS = 1_772_500_000_000  # 2026-03-03: after everything in the examples
DOCUMENT: dict[str, Any] = yaml.safe_load(text_of(Document.asyncapi))
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]
TIMES = ("time", "received", "since", "start", "end")


@pytest.fixture(scope="module")
def asyncapi(repository: Path) -> Draft7Validator:
    """The schema of AsyncAPI 3.0.0 itself."""
    with gzip.open(repository / "tests/asyncapi/3.0.0.schema.json.gz") as file:
        return Draft7Validator(json.load(file))


def test_it_is_an_asyncapi_document(asyncapi: Draft7Validator) -> None:
    """It fits the schema of AsyncAPI 3.0.0, which does see mistakes."""
    assert [error.message for error in asyncapi.iter_errors(DOCUMENT)] == []
    for path, wrong in ((("operations", "receiveEvents", "action"), "hear"), (("channels", "events", "topic"), "x")):
        spoiled = copy.deepcopy(DOCUMENT)
        place = spoiled
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = wrong
        assert not asyncapi.is_valid(spoiled), path


def resolved(reference: str) -> Any:
    """What a reference of the document points at, in it or in the schema beside it."""
    file, _, pointer = reference.partition("#/")
    assert file in ("", "./events.schema.json")
    found: Any = SCHEMA if file else DOCUMENT
    for key in pointer.split("/"):
        found = found[key]
    return found


def references(content: Any) -> list[str]:
    if isinstance(content, list):
        return [found for part in content for found in references(part)]
    if not isinstance(content, dict):
        return []
    return [content["$ref"]] if "$ref" in content else references(list(content.values()))


def test_every_reference_leads_somewhere() -> None:
    """To a part of the document, or to the schema of events that is published beside it."""
    found = references(DOCUMENT)
    assert {f"./events.schema.json#/$defs/{tag}" for tag in EVENT_TYPES} <= set(found)
    for reference in found:
        resolved(reference)


def expected(payload: dict[str, Any]) -> Event:
    """The event that an example means, its times made integers by the standard library."""

    def plain(content: Any, name: str = "") -> Any:
        if isinstance(content, dict):
            return {key: plain(part, key) for key, part in content.items()}
        if isinstance(content, list):
            return [plain(part) for part in content]
        if name in TIMES and isinstance(content, str):
            return int(datetime.fromisoformat(content).timestamp() * 1000)
        return content

    return msgspec.convert(plain(payload), AnyEvent)


@pytest.mark.parametrize("tag", EVENT_TYPES)
def test_every_example_of_an_event_is_read_as_what_it_says(tag: str) -> None:
    """It fits the schema, and becomes the event of its type with exactly its attributes, live and from a file."""
    (example,) = MESSAGES[tag]["examples"]
    payload = example["payload"]
    assert payload["type"] == tag
    assert EVENT.is_valid(payload)
    line = json.dumps(payload).encode()
    assert EventReader("file").decode(line) == expected(payload)
    assert MessageReader("broker").events(line, NOW_MS) == [expected(payload)]


def test_every_event_of_a_transport_needs_an_id() -> None:
    """What the document demands beyond the schema of events is what the transports demand."""
    for tag in EVENT_TYPES:
        _, demanded = MESSAGES[tag]["payload"]["allOf"]
        identified = Draft202012Validator(resolved(demanded["$ref"]))
        payload = MESSAGES[tag]["examples"][0]["payload"]
        for event in (payload, {**payload, "id": ""}, {key: payload[key] for key in payload if key != "id"}):
            taken = MessageReader("broker").events(json.dumps(event).encode(), NOW_MS)
            assert identified.is_valid(event) == bool(taken) == (event is payload)


def test_the_examples_of_several_events_are_read_as_what_they_say() -> None:
    """An array over MQTT and by HTTP, and JSON Lines by HTTP: the same three events."""
    payload = MESSAGES["batch"]["examples"][0]["payload"]
    meant = [expected(event) for event in payload]
    message = json.dumps(payload).encode()
    assert MessageReader("broker").events(message, NOW_MS) == meant
    reader = EventReader("push")
    assert [reader.decode(line) for line in split(message, MESSAGES["batch"]["contentType"])] == meant
    lines = MESSAGES["lines"]["examples"][0]["payload"].encode()
    read = [reader.decode(line) for line in split(lines, MESSAGES["lines"]["contentType"])]
    assert [event for event in read if event] == meant


def test_the_topics_are_the_ones_that_are_heard() -> None:
    """Of the published addresses, filled in: events and status are told apart, and the source is found again."""
    heard = topics.subscriptions(["floor/v1/+/+/events"])
    named = {"site": topics.level("Halle 3"), "source": topics.level("north/1 + 2")}
    assert [channel["address"] for channel in DOCUMENT["channels"].values()] == [
        EVENTS_TOPIC,
        STATUS_TOPIC,
        OWN_STATUS_TOPIC,
        EVENTS_PATH,
        *(channel["address"] for channel in output_channels().values()),
    ]
    assert topics.kind_of(EVENTS_TOPIC.format(**named), heard) == "events"
    assert topics.kind_of(STATUS_TOPIC.format(**named), heard) == "status"
    assert topics.source_of(STATUS_TOPIC.format(**named)) == "north/1 + 2"
    assert topics.own_status("floorwatch a") == OWN_STATUS_TOPIC.format(client_id=topics.level("floorwatch a"))
    assert MESSAGES["status"]["payload"]["enum"] == [topics.ONLINE.decode(), topics.OFFLINE.decode()]


def test_events_are_asked_for_at_least_once_and_status_is_kept() -> None:
    """QoS 1 everywhere; only status, and what stands of alerts, is retained."""
    bound = {name: operation["bindings"].get("mqtt") for name, operation in DOCUMENT["operations"].items()}
    assert {name: (mqtt["qos"], mqtt["retain"]) for name, mqtt in bound.items() if mqtt} == {
        "receiveEvents": (1, False),
        "receiveStatus": (1, True),
        "sendStatus": (1, True),
        "sendAlertsOnline": (1, True),
        "sendAlertState": (1, True),
        "sendQueueState": (1, True),
        "sendAlerts": (1, False),
    }


async def post(body: bytes, content_type: str) -> tuple[int, Any, list[Event]]:
    """Status, answer and events of a body that is posted to the published path, over a real connection."""
    clock = ScaledClock(NOW_MS, 1)
    inbox, feed = Inbox(clock), HttpFeed("north", clock)
    feed.inbox = inbox
    taken: list[Event] = []

    async def keep() -> None:
        while True:
            for arrival in await inbox.take(1):
                taken.append(arrival.event)
                if arrival.durable is not None:
                    arrival.durable()

    method = DOCUMENT["operations"]["receivePush"]["bindings"]["http"]["method"]
    keeping = asyncio.create_task(keep())
    async with serving(Board(), receive=HttpReceiver([feed]).receive) as client:
        headers = {"Content-Type": content_type}
        async with client.request(method, EVENTS_PATH, data=body, headers=headers) as response:
            answer = response.status, await response.json()
    keeping.cancel()
    return *answer, taken


async def test_what_is_posted_as_published_is_answered_as_published() -> None:
    """The example of JSON Lines, and one line more that is none, are taken; the answer has the published form."""
    message = MESSAGES["lines"]
    body = message["examples"][0]["payload"].encode() + b'{"type": "contact.ended", "id": "north-9"}\n'
    status, answer, taken = await post(body, message["contentType"])
    published = MESSAGES["taken"]
    assert status == published["bindings"]["http"]["statusCode"]
    assert answer == {"accepted": 3, "rejected_count": 1, "rejected": [{"line": 4, "reason": "missing_attribute"}]}
    assert taken[-3:] == [expected(payload) for payload in MESSAGES["batch"]["examples"][0]["payload"]]
    assert published["examples"][0]["payload"].keys() == answer.keys()
    assert Draft202012Validator(published["payload"]).is_valid(answer)


async def test_what_is_refused_is_answered_as_published() -> None:
    """A body without one event is refused with the very words of the example."""
    status, answer, taken = await post(b"no event\n", MESSAGES["lines"]["contentType"])
    assert (status, taken) == (400, [])
    assert answer == MESSAGES["refused"]["examples"][0]["payload"]
    assert Draft202012Validator(MESSAGES["refused"]["payload"]).is_valid(answer)


def test_the_content_types_are_those_that_are_taken() -> None:
    """No message is published in a form that the route would refuse."""
    assert {MESSAGES[name]["contentType"] for name in ("lines", "batch", *EVENT_TYPES)} < set(CONTENT_TYPES)
    assert all(kind in DOCUMENT["channels"]["push"]["description"] for kind in CONTENT_TYPES)
