"""What an output of type mqtt publishes, for the AsyncAPI document: topics, and the form of what comes there."""

from __future__ import annotations

from typing import Any, get_args

from floorwatch.alert_view import AlertView
from floorwatch.floor.rules import RANKS, Scope
from floorwatch.notify.mqtt_topics import OFFLINE, ONLINE, MqttTopics
from floorwatch.notify.output import Message, Said, Standing
from floorwatch.notify.payload import message_json, queue_json, state_json, unknown_json

Json = dict[str, Any]

TOPICS = MqttTopics("{prefix}")
_TEXT: Json = {"type": "object", "required": ["en", "zh"], "additionalProperties": {"type": "string"}}
_COUNT: Json = {"type": "integer", "minimum": 0}
_YES: Json = {"type": "boolean"}
_WORD: Json = {"type": "string"}
_SEVERITY: Json = {"enum": list(RANKS)}
_INSTANT: Json = {"type": "integer", "description": "Milliseconds since the epoch."}


def _or_null(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


def _all_of(properties: Json, optional: Json | None = None) -> Json:
    """An object with each of these; more may be added in a later version."""
    return {"type": "object", "required": list(properties), "properties": {**properties, **(optional or {})}}


ALERT: Json = {
    "id": _WORD,
    "rule": _WORD,
    "scope": {"enum": list(get_args(Scope))},
    "subject": _WORD,
    "state": {"enum": ["firing", "acknowledged", "resolved"]},
    "severity": _SEVERITY,
    "fired_at": _or_null(_INSTANT),
    "raised_at": _or_null(_INSTANT),
    "acknowledged_at": _or_null(_INSTANT),
    "resolved_at": _or_null(_INSTANT),
    "until": _or_null(_INSTANT),
    "value": _or_null({"type": "number"}),
    "threshold": {"type": "number"},
    "n": _or_null(_COUNT),
    "message": _TEXT,
    "advice": {"type": "object", "additionalProperties": {"type": "string"}},
}
FOR_LEADS: Json = {
    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    "acknowledged_by": _or_null(_WORD),
    "note": _or_null(_WORD),
}
_TOLD: Json = {
    "key": _WORD,
    "was": _or_null(_SEVERITY),
    "reminder": _COUNT,
    "firings": _COUNT,
    "flapping": _YES,
}
_HEAD: Json = {"version": {"const": 1}, "site": _WORD, "at": _INSTANT}
_STANDING: Json = {
    "severity": {"enum": ["none", *RANKS]},
    "acknowledged": _YES,
    "quiet": _YES,
    "counts": _all_of(dict.fromkeys(RANKS, _COUNT)),
    "in_hand": _COUNT,
    "muted": _COUNT,
    "alerts": {"type": "array", "items": _all_of(ALERT, FOR_LEADS)},
    "more": _COUNT,
}
STATE: Json = {"oneOf": [_all_of(_HEAD | _STANDING), _all_of(_HEAD | {"severity": {"const": "unknown"}})]}
QUEUE_STATE: Json = _all_of(_HEAD | {"queue": _WORD} | _STANDING)
MESSAGE: Json = _all_of(
    _HEAD
    | {
        "key": _WORD,
        "output": _WORD,
        "test": _YES,
        "group": _or_null(_WORD),
        "alerts": {"type": "array", "items": _all_of(_TOLD | ALERT, FOR_LEADS)},
        "more": _COUNT,
    }
)

_AT = 1_772_615_672_000
_EXAMPLE = AlertView(
    id=f"longest_wait_high/sales/{_AT - 30_000}",
    rule="longest_wait_high",
    scope="queue",
    labels={"queue": "sales"},
    severity="critical",
    state="firing",
    pending_at=_AT - 30_000,
    fired_at=_AT,
    resolved_at=None,
    value=92_000.0,
    threshold=60_000.0,
    message={
        "en": "sales: a contact has been waiting for 1:32, limit 1:00",
        "zh": "sales：有联络已等待 1:32，上限 1:00",
    },
    advice={"en": "Bring 1 agent.", "zh": "增派 1 名坐席。"},
)
_STANDS = Standing(_AT, (_EXAMPLE,), queues=("sales",))
_SENT = Message("5f0c", "bus", _AT, (Said(f"{_EXAMPLE.id}:firing:critical", _EXAMPLE),))


def output_channels() -> Json:
    """Where an output publishes."""

    def channel(address: str, title: str, description: str, message: str, more: Json | None = None) -> Json:
        prefix = {"description": "`prefix` of the output.", "default": "floorwatch/v1/alerts"}
        return {
            "address": address,
            "title": title,
            "description": description,
            "servers": [{"$ref": "#/servers/broker"}],
            "parameters": {"prefix": prefix, **(more or {})},
            "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        }

    queue = {"queue": {"description": "Its name, percent-encoded where it is not plain."}}
    return {
        "alertsOnline": channel(
            TOPICS.online,
            "Whether what stands is to be believed",
            "Retained, and the last will of our connection. While it is not `online`, believe no state.",
            "presence",
        ),
        "alertState": channel(
            TOPICS.state,
            "What stands",
            "Retained; published when an alert comes, goes, rises or is taken in hand, and every `resend`.",
            "alertState",
        ),
        "queueState": channel(
            f"{TOPICS.queues[:-1]}{{queue}}",
            "What stands of one queue",
            "Retained; cleared when there is no such queue any more.",
            "queueState",
            queue,
        ),
        "alerts": channel(
            TOPICS.alert,
            "What has become of alerts",
            "Not retained. May come twice: drop what has a `key` that you have seen.",
            "alertMessage",
        ),
    }


def output_operations() -> Json:
    """What floorwatch does there."""

    def send(channel: str, summary: str, *, retain: bool) -> Json:
        bindings = {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": "0.2.0"}}
        return {
            "action": "send",
            "channel": {"$ref": f"#/channels/{channel}"},
            "summary": summary,
            "bindings": bindings,
        }

    return {
        "sendAlertsOnline": send("alertsOnline", "Say whether somebody watches.", retain=True),
        "sendAlertState": send("alertState", "Say what stands.", retain=True),
        "sendQueueState": send("queueState", "Say what stands of a queue.", retain=True),
        "sendAlerts": send("alerts", "Tell what has become of alerts.", retain=False),
    }


def output_messages() -> Json:
    """What comes there, with examples out of the code that makes it."""

    def message(name: str, summary: str, payload: Json, **examples: Any) -> Json:
        shown = [{"name": example, "payload": content} for example, content in examples.items()]
        return {
            "name": name,
            "summary": summary,
            "contentType": "application/json",
            "payload": payload,
            "examples": shown,
        }

    words = [ONLINE.decode(), OFFLINE.decode()]
    presence = message("presence", "One word.", {"type": "string", "enum": words}, there=words[0])
    return {
        "presence": presence | {"contentType": "text/plain"},
        "alertState": message(
            "alertState",
            "What stands on the whole floor; `unknown` when nobody watches any more.",
            STATE,
            firing=state_json(_STANDS, "berlin", "public"),
            left=unknown_json("berlin", _AT),
        ),
        "queueState": message(
            "queueState",
            "What stands of one queue.",
            QUEUE_STATE,
            firing=queue_json("sales", _STANDS, "berlin", "public"),
        ),
        "alertMessage": message(
            "alertMessage",
            "What has become of some alerts; also the body of a webhook.",
            MESSAGE,
            fired=message_json(_SENT, "berlin", "public"),
        ),
    }
