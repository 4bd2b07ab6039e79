"""What platforms send when somebody answers, and how each signs it. Nothing is read before the signature is good.

Each signature is compared in constant time, and is good for as long only as the platform says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from typing import Annotated
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta

from floorwatch.links import CODE_LENGTH, CODE_LETTERS
from floorwatch.reply_view import Answered, ReplyType

SLACK_OLD_MS = 5 * 60_000
DINGTALK_OLD_MS = 60 * 60_000
_CODE = rf"([{CODE_LETTERS}]{{{CODE_LENGTH}}})"
_TAKES = re.compile(rf"(?:^|\s)(?:ack|take|接手)\s*{_CODE}(?:\W|$)", re.IGNORECASE)
_ALONE = re.compile(rf"\W*{_CODE}\W*", re.IGNORECASE)

Text = Annotated[str, Meta(max_length=4_096)]
Headers = Mapping[str, str]


class ForgedError(ValueError):
    """Not signed by the platform, or too long ago: the text says which."""


def code_in(text: str) -> str:
    """The code of `take CODE`, `ack CODE`, `接手 CODE` or CODE alone, in any case; empty where there is none."""
    found = _TAKES.search(text) or _ALONE.fullmatch(text)
    return "" if found is None else found[1].upper()


def answered_of(kind: ReplyType, headers: Headers, body: bytes, key: bytes, now: int) -> Answered | None:
    """What was answered; None for what is signed and is no answer. `now` in ms.

    Raises `ForgedError`, and `msgspec.DecodeError` for a body that the platform does not send.
    """
    return _READERS[kind](headers, body, key, now)


# PagerDuty, webhooks of version 3


class _Agent(msgspec.Struct, frozen=True):
    id: Text = ""
    type: Text = "user_reference"


class _Incident(msgspec.Struct, frozen=True):
    incident_key: Text | None = None


class _Event(msgspec.Struct, frozen=True):
    id: Text
    event_type: Text
    agent: _Agent | None = None
    data: _Incident | None = None


class _PagerDuty(msgspec.Struct, frozen=True):
    event: _Event


def _pagerduty(headers: Headers, body: bytes, key: bytes, _now: int) -> Answered | None:
    """Several signatures, where a secret is being changed: one of them must fit."""
    expected = "v1=" + hmac.new(key, body, hashlib.sha256).hexdigest()
    given = [one.strip() for one in headers.get("X-PagerDuty-Signature", "").split(",")]
    if not any([_same(one, expected) for one in given]):  # noqa: C419 - each is compared, whichever fits
        raise ForgedError("signature")
    event = msgspec.json.decode(body, type=_PagerDuty).event
    agent, incident = event.agent, event.data.incident_key if event.data is not None else None
    if event.event_type != "incident.acknowledged" or agent is None or not agent.type.startswith("user"):
        return None  # what an integration acknowledges is our own word, come back
    return Answered(agent.id, event.id, incident=incident or "")


# Slack, slash commands


def _slack(headers: Headers, body: bytes, key: bytes, now: int) -> Answered | None:
    time_s = headers.get("X-Slack-Request-Timestamp", "")
    signed = hmac.new(key, b"v0:" + time_s.encode("utf-8", "replace") + b":" + body, hashlib.sha256)
    signature = "v0=" + signed.hexdigest()
    if not _same(headers.get("X-Slack-Signature", ""), signature):
        raise ForgedError("signature")
    if _age_ms(time_s, 1_000, now) > SLACK_OLD_MS:
        raise ForgedError("too_old")
    fields = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
    return Answered(fields.get("user_id", ""), signature, code_in(fields.get("text", "")))


# DingTalk, robots that pass on what is said to them


class _Said(msgspec.Struct, frozen=True):
    content: Text = ""


class _DingTalk(msgspec.Struct, frozen=True, rename="camel"):
    msg_id: Text
    sender_staff_id: Text = ""
    text: _Said = _Said()


def _dingtalk(headers: Headers, body: bytes, key: bytes, now: int) -> Answered | None:
    """It signs the time only, and not what is said: who can read one request on its way could make others for an hour.
    So it must come over TLS."""
    time_ms = headers.get("timestamp", "")
    signed = hmac.digest(key, time_ms.encode("utf-8", "replace") + b"\n" + key, "sha256")
    if not _same(headers.get("sign", ""), base64.b64encode(signed).decode()):
        raise ForgedError("signature")
    if _age_ms(time_ms, 1, now) > DINGTALK_OLD_MS:
        raise ForgedError("too_old")
    said = msgspec.json.decode(body, type=_DingTalk)
    return Answered(said.sender_staff_id, said.msg_id, code_in(said.text.content))


# Telegram, webhooks of bots


class _Numbered(msgspec.Struct, frozen=True):
    id: int


class _Message(msgspec.Struct, frozen=True):
    chat: _Numbered
    sender: _Numbered | None = msgspec.field(name="from", default=None)
    text: Text = ""


class _Telegram(msgspec.Struct, frozen=True):
    update_id: int
    message: _Message | None = None


def _telegram(headers: Headers, body: bytes, key: bytes, _now: int) -> Answered | None:
    """It signs nothing, and sends with everything the secret it was given."""
    if not _same(headers.get("X-Telegram-Bot-Api-Secret-Token", ""), key.decode()):
        raise ForgedError("signature")
    update = msgspec.json.decode(body, type=_Telegram)
    if (message := update.message) is None:
        return None
    sender = "" if message.sender is None else str(message.sender.id)
    return Answered(sender, str(update.update_id), code_in(message.text), to=str(message.chat.id))


_READERS: dict[ReplyType, Callable[[Headers, bytes, bytes, int], Answered | None]] = {
    "pagerduty": _pagerduty,
    "slack": _slack,
    "dingtalk": _dingtalk,
    "telegram": _telegram,
}


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def _age_ms(instant: str, unit_ms: int, now: int) -> int:
    """How far the instant is from now, either way. Raises `ForgedError` for what is no number."""
    if not instant.isascii() or not instant.isdigit() or len(instant) > len("1772614861000"):
        raise ForgedError("no_time")
    return abs(now - int(instant) * unit_ms)
