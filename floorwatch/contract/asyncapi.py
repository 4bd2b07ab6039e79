"""The transports of the event contract as an AsyncAPI 3.0 document: where events are sent, and what outputs say.

Written from the receiver's side: its operations are what floorwatch does. The form of events is that of
`events.schema.json`, which must lie beside the document.
"""

from __future__ import annotations

import json
from typing import Any

from floorwatch.contract.events import VERSION
from floorwatch.contract.outputs import output_channels, output_messages, output_operations
from floorwatch.contract.words import EXAMPLES
from floorwatch.floor.events import EVENT_TYPES
from floorwatch.ingest.events import OBJECT_BYTES_MAX, TEXT_BYTES_MAX
from floorwatch.ingest.http.protocol import CONTENT_TYPES, LINES_MAX, UNPACKED_BYTES_MAX
from floorwatch.ingest.mqtt.topics import OFFLINE, ONLINE
from floorwatch.ingest.mqtt.translate import MESSAGE_BYTES_MAX

Json = dict[str, Any]

SCHEMA_FILE = "events.schema.json"
EVENTS_TOPIC = "floor/v1/{site}/{source}/events"
STATUS_TOPIC = "floor/v1/{site}/{source}/status"
OWN_STATUS_TOPIC = "floorwatch/v1/{client_id}/status"
EVENTS_PATH = "/api/v1/events"

_PUSHED = ("lines", "batch", *EVENT_TYPES)
_ANSWERS = ("taken", "refused")
_SOME = ("contact.offered", "contact.answered", "contact.ended")
"""The events that stand for all in examples of several."""

_OVERVIEW = f"""\
How a switch, or whatever speaks for it, tells floorwatch what happens on a call floor. One event is one fact, at one
moment, in past tense; its form is that of {SCHEMA_FILE}, the same on every transport.

Over MQTT a message is one event, or a JSON array of events, at most {MESSAGE_BYTES_MAX} bytes. Over HTTP a body is
JSON Lines (one event a line), one event, or an array, by its Content-Type; at most {UNPACKED_BYTES_MAX} bytes before
and after unpacking and {LINES_MAX} events. Text is at most {TEXT_BYTES_MAX} bytes of UTF-8, an event at most
{OBJECT_BYTES_MAX}.

Both may deliver twice, so every event has an `id`, unique in its source: a repeated one is dropped and counted. An
event that cannot be used is counted by reason and set aside; it does not stop those around it.

The other way, an output of type mqtt says what is wrong on the floor: docs/outputs.md.
"""


_LEVEL = "Percent-encoded where it is not plain letters, digits, `-`, `.`, `_` or `~`."


def asyncapi() -> Json:
    """The document."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:floorwatch:events",
        "info": {"title": "floorwatch events", "version": f"{VERSION}.0", "description": _OVERVIEW},
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {**_channels(), **output_channels()},
        "operations": {**_operations(), **output_operations()},
        "components": {
            "schemas": {
                **{tag: {"$ref": f"./{SCHEMA_FILE}#/$defs/{tag}"} for tag in EVENT_TYPES},
                "identified": {
                    "description": "What a transport that may deliver twice demands of every event.",
                    "type": "object",
                    "required": ["id"],
                    "properties": {"id": {"type": "string", "minLength": 1}},
                },
            },
            "messages": {
                **{tag: _event_message(tag) for tag in EVENT_TYPES},
                **_other_messages(),
                **output_messages(),
            },
            "securitySchemes": {
                "account": {"type": "userPassword", "description": "An account of the broker, for this source alone."},
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of the role ingest. It names the sources it may speak for.",
                },
            },
        },
    }


def _servers() -> Json:
    return {
        "broker": {
            "host": "broker.example.com:8883",
            "protocol": "secure-mqtt",
            "protocolVersion": "5",
            "description": "Your MQTT broker. Give it a persistent store: what it loses, nobody can send again.",
            "security": [{"$ref": "#/components/securitySchemes/account"}],
        },
        "floorwatch": {
            "host": "floorwatch.example.com",
            "protocol": "https",
            "description": "The daemon, behind whatever ends TLS.",
            "security": [{"$ref": "#/components/securitySchemes/token"}],
        },
    }


def _channels() -> Json:
    parameters = {
        "site": {"description": f"Where the floor is. {_LEVEL}", "examples": ["berlin"]},
        "source": {
            "description": f"The switch or feed, as the events at this topic name their `source`. {_LEVEL}",
            "examples": ["north"],
        },
    }
    broker = [{"$ref": "#/servers/broker"}]
    return {
        "events": {
            "address": EVENTS_TOPIC,
            "title": "What happens",
            "description": "One publisher a topic, so that the order of its messages is kept.",
            "servers": broker,
            "parameters": parameters,
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in (*EVENT_TYPES, "batch")},
        },
        "status": {
            "address": STATUS_TOPIC,
            "title": "Whether the source is there",
            "description": "Retained, and the last will of the publisher's connection: who subscribes later still"
            " learns it. Send `online` after connecting, `offline` before leaving, and leave `offline` as the will.",
            "servers": broker,
            "parameters": parameters,
            "messages": {"status": {"$ref": "#/components/messages/status"}},
        },
        "watching": {
            "address": OWN_STATUS_TOPIC,
            "title": "Whether floorwatch listens",
            "description": "Retained, and the last will of our connection.",
            "servers": broker,
            "parameters": {"client_id": {"description": f"`client_id` of the source. {_LEVEL}"}},
            "messages": {"status": {"$ref": "#/components/messages/status"}},
        },
        "push": {
            "address": EVENTS_PATH,
            "title": "Events by HTTP",
            "description": "For clouds that push. The answer comes when the events are on disk, not before. The body"
            f" may be packed (Content-Encoding: gzip). Content-Type is one of {', '.join(CONTENT_TYPES)}.",
            "servers": [{"$ref": "#/servers/floorwatch"}],
            "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in (*_PUSHED, *_ANSWERS)},
        },
    }


def _operations() -> Json:
    def act(action: str, channel: str, summary: str, bindings: Json) -> Json:
        return {
            "action": action,
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": summary,
            "bindings": bindings,
        }

    qos = {"qos": 1, "bindingVersion": "0.2.0"}
    return {
        "receiveEvents": act(
            "receive",
            "events",
            "Take events from the broker. Each is acknowledged when it is on disk.",
            {"mqtt": {**qos, "retain": False}},
        ),
        "receiveStatus": act(
            "receive", "status", "Learn whether the source is there.", {"mqtt": {**qos, "retain": True}}
        ),
        "sendStatus": act(
            "send",
            "watching",
            "Say whether we listen.",
            {"mqtt": {**qos, "retain": True}},
        ),
        "receivePush": {
            **act(
                "receive",
                "push",
                "Take events that are posted.",
                {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            ),
            "messages": [{"$ref": f"#/channels/push/messages/{name}"} for name in _PUSHED],
            "reply": {
                "channel": {"$ref": "#/channels/push"},
                "messages": [{"$ref": f"#/channels/push/messages/{name}"} for name in _ANSWERS],
            },
        },
    }


def _event_message(tag: str) -> Json:
    return {
        "name": tag,
        "summary": (EVENT_TYPES[tag].__doc__ or "").partition("\n")[0],
        "contentType": "application/json",
        "payload": _identified(tag),
        "examples": [{"name": tag.replace(".", "_"), "payload": EXAMPLES[tag]}],
    }


def _identified(tag: str) -> Json:
    return {"allOf": [{"$ref": f"#/components/schemas/{tag}"}, {"$ref": "#/components/schemas/identified"}]}


def _other_messages() -> Json:
    several = [EXAMPLES[tag] for tag in _SOME]
    lines = "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in several)
    return {
        "batch": {
            "name": "batch",
            "summary": "Several events in one message, in the order in which they happened.",
            "contentType": "application/json",
            "payload": {
                "type": "array",
                "items": {"oneOf": [_identified(tag) for tag in EVENT_TYPES]},
            },
            "examples": [{"name": "one_contact", "payload": several}],
        },
        "lines": {
            "name": "lines",
            "summary": "JSON Lines: one event a line, in the order in which they happened.",
            "contentType": "application/x-ndjson",
            "payload": {"type": "string"},
            "examples": [{"name": "one_contact", "payload": lines}],
        },
        "status": {
            "name": "status",
            "summary": "Whether it is there: one word.",
            "contentType": "text/plain",
            "payload": {"type": "string", "enum": [ONLINE.decode(), OFFLINE.decode()]},
            "examples": [{"name": "there", "payload": ONLINE.decode()}],
        },
        "taken": _answer(
            "202: what was accepted is on disk. The lines that were no events are named, the first of them by number.",
            {"accepted": 2, "rejected_count": 1, "rejected": [{"line": 2, "reason": "missing_attribute"}]},
            status=202,
        ),
        "refused": _answer(
            "400, 413 and 415: nothing was taken, and the body is to blame. 408, 429 and 503: send the same again; 429"
            " and 503 say when, in Retry-After. 401 and 403: the token is not the right one. Where the body was read"
            " the counts are there, too.",
            {
                "accepted": 0,
                "rejected_count": 1,
                "rejected": [{"line": 1, "reason": "malformed_json"}],
                "error": "no line is an event",
            },
        ),
    }


def _answer(meaning: str, example: Json, status: int | None = None) -> Json:
    count = {"type": "integer", "minimum": 0}
    line = {"type": "object", "properties": {"line": {"type": "integer", "minimum": 1}, "reason": {"type": "string"}}}
    code = {} if status is None else {"statusCode": status}
    return {
        "summary": meaning,
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["error"] if status is None else ["accepted", "rejected_count", "rejected"],
            "properties": {
                "accepted": count,
                "rejected_count": count,
                "rejected": {"type": "array", "items": line},
                "error": {"type": "string"},
            },
        },
        "bindings": {"http": {**code, "bindingVersion": "0.3.0"}},
        "examples": [{"name": "answer", "payload": example}],
    }
