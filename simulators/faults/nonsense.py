"""Nonsense as feeds really say it, each kind with the reason for which the event contract refuses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from floorwatch.floor.events import Event
from simulators.chance import Chance
from simulators.faults.lines import line_of

Attributes = dict[str, Any]
_encode = msgspec.json.Encoder().encode


def _cut_off(attributes: Attributes, chance: Chance) -> bytes:
    """A writer died in the middle of a line."""
    line = _encode(attributes)
    return line[: chance.between(1, len(line) - 1)]


def _without_time(attributes: Attributes, chance: Chance) -> bytes:
    del attributes["time"]
    return _encode(attributes)


def _number_for_a_name(attributes: Attributes, chance: Chance) -> bytes:
    """A database's key, where the name belongs."""
    return _encode(attributes | {_named(attributes): chance.between(1, 9_999)})


def _endless_name(attributes: Attributes, chance: Chance) -> bytes:
    name = _named(attributes)
    return _encode(attributes | {name: attributes[name] * 1_100})


def _seconds_for_milliseconds(attributes: Attributes, chance: Chance) -> bytes:
    """Read as milliseconds, this lies in January 1970."""
    return _encode(attributes | {"time": chance.between(1_700_000_000, 1_800_000_000)})


def _type_of_tomorrow(attributes: Attributes, chance: Chance) -> bytes:
    return _encode(attributes | {"type": "contact.recorded"})


def _forged(attributes: Attributes, chance: Chance) -> bytes:
    """Only the monitor itself may say this."""
    return _encode(attributes | {"type": "operator.acknowledged"})


def _bare_text(attributes: Attributes, chance: Chance) -> bytes:
    return _encode(attributes["type"])


def _named(attributes: Attributes) -> str:
    return next(name for name in ("agent", "queue", "contact", "source") if name in attributes)


KINDS: tuple[tuple[str, Callable[[Attributes, Chance], bytes]], ...] = (
    ("malformed_json", _cut_off),
    ("missing_attribute", _without_time),
    ("mistyped_attribute", _number_for_a_name),
    ("text_too_long", _endless_name),
    ("impossible_time", _seconds_for_milliseconds),
    ("unknown_type", _type_of_tomorrow),
    ("internal_type", _forged),
    ("not_an_object", _bare_text),
)
"""Reason to what says it; all are equally likely."""


def nonsense(event: Event, chance: Chance) -> tuple[str, bytes]:
    """(reason, line without its end): what an event might have become."""
    reason, say = KINDS[chance.between(0, len(KINDS) - 1)]
    return reason, say(msgspec.json.decode(line_of(event)), chance)
