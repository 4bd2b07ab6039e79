"""Bad input by the hundred thousand: valid lines of every event type, each spoiled in one way, always the same ones.

A case says which outcomes are right where the way of spoiling decides them; `ANYTHING` where it does not (a flipped
bit may make a name another name), and then only the invariants of the reader are tested.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ACCEPTED = "accepted"
BLANK = "blank"
REASONS = frozenset(
    (
        "malformed_json",
        "not_an_object",
        "missing_attribute",
        "mistyped_attribute",
        "unknown_type",
        "internal_type",
        "text_too_long",
        "object_too_large",
        "impossible_time",
    )
)
ANYTHING = REASONS | {ACCEPTED, BLANK}

Attributes = dict[str, object]

_CONTACT: Attributes = {"contact": "c-0", "queue": "sales"}
_PART: Attributes = {**_CONTACT, "agent": "A17"}
_SINCE = "2026-03-03T07:59:00Z"
SPECIFIC: dict[str, Attributes] = {
    "contact.offered": {**_CONTACT, "channel": "voice", "priority": 3, "caller": "+1 212 555 0123"},
    "contact.refused": {**_CONTACT, "reason": "full"},
    "contact.alerting": _PART,
    "contact.declined": {**_PART, "reason": "busy"},
    "contact.answered": _PART,
    "contact.held": {"contact": "c-0", "agent": "A17"},
    "contact.resumed": {"contact": "c-0", "agent": "A17"},
    "contact.transferred": {**_PART, "to": "billing", "mode": "blind"},
    "contact.ended": {**_PART, "by": "customer"},
    "contact.abandoned": _CONTACT,
    "contact.exited": {**_CONTACT, "reason": "timeout"},
    "agent.state": {"agent": "A17", "state": "paused", "reason": "午休"},
    "agent.joined": {"agent": "A17", "queue": "sales", "penalty": 0},
    "agent.left": {"agent": "A17", "queue": "sales"},
    "agent.described": {"agent": "A17", "name": "Zoë", "team": "blue", "site": "north"},
    "source.up": {"reason": "connected"},
    "source.down": {"reason": "drop"},
    "source.gap": {"since": _SINCE},
    "source.heartbeat": {},
    "floor.reported": {
        "complete": True,
        "waiting": [{**_CONTACT, "since": _SINCE}],
        "talking": [{**_PART, "since": _SINCE}],
        "members": [{"agent": "A17", "queue": "sales", "paused": True, "reason": "lunch", "since": _SINCE}],
        "states": [{"agent": "A17", "state": "talking"}],
    },
    "schedule.loaded": {
        "version": "7",
        "activities": [
            {"agent": "A17", "activity": "work", "start": "2026-03-03T08:00:00+01:00", "end": 1772550000000},
        ],
    },
}
"""Of every event type, an example of what it carries besides `type`, `time`, `id` and `source`."""

OPTIONAL = frozenset(
    "id source received channel priority caller to mode by penalty name team site waiting talking members states"
    " activities".split()
)
OPTIONAL_REASON = frozenset(("contact.declined", "agent.state", "source.up", "source.down"))


@dataclass(frozen=True, slots=True)
class Case:
    """One bad line, how it was made, and what may become of it."""

    how: str
    line: bytes
    outcomes: frozenset[str]


def example(kind: str, number: int = 0, **changes: object) -> Attributes:
    """A valid event of this type, `number` seconds into the day; every minute has another contact."""
    stamp = f"2026-03-03T{8 + number // 3600 % 12:02d}:{number // 60 % 60:02d}:{number % 60:02d}.{number % 1000:03d}Z"
    event = {"type": kind, "time": stamp, "id": f"e{number}", "source": "switch", **SPECIFIC[kind], **changes}
    if event.get("contact") == "c-0":
        event["contact"] = f"c-{number // 60}"
    return event


def to_line(attributes: Attributes) -> bytes:
    """As compact as machines write it, Unicode as it is."""
    return json.dumps(attributes, ensure_ascii=False, separators=(",", ":")).encode()


def cases(count: int, seed: int) -> Iterator[Case]:
    """`count` cases, the ways of spoiling and the event types in turn."""
    chance = random.Random(seed)
    kinds = list(SPECIFIC)
    for number in range(count):
        how, spoil = WAYS[number % len(WAYS)]
        event = example(kinds[number // len(WAYS) % len(kinds)], number)
        line, outcomes = spoil(chance, event)
        yield Case(how, line, frozenset(outcomes))


Spoiled = tuple[bytes, set[str] | frozenset[str]]
Spoil = Callable[[random.Random, Attributes], Spoiled]


def _truncated(chance: random.Random, event: Attributes) -> Spoiled:
    line = to_line(event)
    return line[: chance.randrange(1, len(line))], {"malformed_json"}


def _headless(chance: random.Random, event: Attributes) -> Spoiled:
    line = to_line(event)
    return line[chance.randrange(1, len(line)) :], {"malformed_json"}


def _flipped_bits(chance: random.Random, event: Attributes) -> Spoiled:
    line = bytearray(to_line(event))
    for _ in range(chance.choice((1, 1, 1, 2, 8))):
        line[chance.randrange(len(line))] ^= 1 << chance.randrange(8)
    return bytes(line).replace(b"\n", b" "), ANYTHING


def _noise(chance: random.Random, event: Attributes) -> Spoiled:
    return chance.randbytes(chance.randrange(1, 300)).replace(b"\n", b"?"), ANYTHING


def _spliced(chance: random.Random, event: Attributes) -> Spoiled:
    line = to_line(event)
    return line[: chance.randrange(1, len(line))] + line, {"malformed_json"}


def _trailing(chance: random.Random, event: Attributes) -> Spoiled:
    return to_line(event) + chance.choice((b",", b"}", b" {}", b"x", b"\x00", b"]", b"//")), {"malformed_json"}


def _no_object(chance: random.Random, event: Attributes) -> Spoiled:
    line = to_line(event)
    wholes = (b"null", b"true", b"17", b'"x"', b"[]", b"1e9", b"[" + line + b"]", json.dumps(line.decode()).encode())
    return chance.choice(wholes), {"not_an_object"}


def _missing(chance: random.Random, event: Attributes) -> Spoiled:
    kind = str(event["type"])
    required = [name for name in event if name not in OPTIONAL]
    if kind in OPTIONAL_REASON:
        required = [name for name in required if name != "reason"]
    del event[chance.choice(required)]
    return to_line(event), {"missing_attribute"}


def _mistyped(chance: random.Random, event: Attributes) -> Spoiled:
    name = chance.choice(list(event))
    value = event[name]
    wrong: list[object] = [{}, {"a": [1, 2]}, 1.5]
    if not isinstance(value, list):
        wrong += [[], [None]]
    if not isinstance(value, bool):
        wrong += [True, False]
    if isinstance(value, str) and name not in ("time", "since"):
        wrong += [17, -1]
    if not isinstance(value, str):
        wrong += ["17"]
    if name not in OPTIONAL and not (name == "reason" and event["type"] == "agent.state"):
        wrong += [None]
    event[name] = chance.choice(wrong)
    return to_line(event), {"mistyped_attribute"}


def _empty_name(chance: random.Random, event: Attributes) -> Spoiled:
    named = [name for name in ("contact", "queue", "agent") if name in event]
    if not named:
        return to_line(event), {ACCEPTED}
    event[chance.choice(named)] = ""
    return to_line(event), {"mistyped_attribute"}


def _wrong_time(chance: random.Random, event: Attributes) -> Spoiled:
    event["time"] = chance.choice(
        (
            "2026-03-03T08:00:00",  # whose?
            "2026-03-03",
            "2026-03-03T24:00:00Z",
            "2026-03-03T23:59:60Z",
            "2026-02-30T08:00:00Z",
            "2026-03-03T08:00:00+25:00",
            "03/03/2026 08:00",
            "1772550000000",
            "",
            "now",
            1772550000000.5,
        )
    )
    return to_line(event), {"mistyped_attribute"}


def _impossible_time(chance: random.Random, event: Attributes) -> Spoiled:
    event["time"] = chance.choice(
        (
            "1999-12-31T23:59:59.999Z",
            "2000-01-01T00:00:00+00:01",
            "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00Z",
            0,
            -1,
            1772550000,  # seconds
            946684799999,
            10**15,  # microseconds
            10**18,
            2**63,
            2**64,
            10**300,
        )
    )
    return to_line(event), {"impossible_time"}


def _huge_time(chance: random.Random, event: Attributes) -> Spoiled:
    digits = b"9" * chance.randrange(400, 900)
    return to_line({**event, "time": "T"}).replace(b'"T"', digits), {"impossible_time"}


def _after_received(chance: random.Random, event: Attributes) -> Spoiled:
    event["time"], event["received"] = "2026-03-03T13:00:00.001Z", "2026-03-03T12:55:00Z"
    return to_line(event), {"impossible_time"}


def _unknown_type(chance: random.Random, event: Attributes) -> Spoiled:
    event["type"] = chance.choice(("contact.vanished", "CONTACT.OFFERED", "", "x" * 999, "contact.offered ", "🙂"))
    return to_line(event), {"unknown_type"}


def _internal_type(chance: random.Random, event: Attributes) -> Spoiled:
    event["type"] = chance.choice(("operator.acknowledged", "rules.loaded", "delivery.failed", "source.clock"))
    return to_line(event), {"internal_type"}


def _long_text(chance: random.Random, event: Attributes) -> Spoiled:
    texts = [name for name, value in event.items() if isinstance(value, str) and name not in ("type", "time", "since")]
    texts = [name for name in texts if (event["type"], name) != ("agent.state", "state")]
    event[chance.choice(texts)] = chance.choice(("x" * 1025, "é" * 513, "界" * 342, "🙂" * 257, "x" * 40_000))
    return to_line(event), {"text_too_long"}


def _large(chance: random.Random, event: Attributes) -> Spoiled:
    event["note"] = "x" * 65_536
    return to_line(event), {"object_too_large"}


def _unknown_attribute(chance: random.Random, event: Attributes) -> Spoiled:
    name = chance.choice(("specversion", "x", "", "Contact", "é", '"', "n" * 2000, "\x00"))
    event[name] = chance.choice((1, None, "1.0", [1, [2]], {"type": "operator.acknowledged"}, 1e300, "x" * 5000))
    return to_line(event), {ACCEPTED}


def _repeated_key(chance: random.Random, event: Attributes) -> Spoiled:
    line = to_line(event)
    return line[:-1] + b"," + chance.choice((b'"id":"e2"', b'"time":17', b'"type":"operator.x"', line[1:-1])) + b"}", (
        ANYTHING
    )


def _deep(chance: random.Random, event: Attributes) -> Spoiled:
    depth = chance.choice((2_000, 10_000, 30_000))
    opening, closing = chance.choice(((b"[", b"]"), (b'{"a":', b"}")))
    nest = opening * depth + b"1" + closing * depth
    line = to_line(event)[:-1] + b',"x":' + nest + b"}"
    return line, {"object_too_large"} if len(line) > 65_536 else {"malformed_json"}


def _bad_number(chance: random.Random, event: Attributes) -> Spoiled:
    number = chance.choice((b"NaN", b"Infinity", b"-", b"01", b"1.", b".5", b"+1", b"0x1f", b"1e", b"1_000"))
    return to_line({**event, "priority": "P"}).replace(b'"P"', number), {"malformed_json"}


def _wrong_encoding(chance: random.Random, event: Attributes) -> Spoiled:
    text = to_line({**event, "source": "Zürich"}).decode()
    encoding = chance.choice(("utf-16", "utf-16-le", "latin-1", "utf-32-be", "gb18030"))
    if encoding == "gb18030":
        text = text.replace("Zürich", "苏州")
    line = text.encode(encoding, errors="replace").replace(b"\n", b" ")
    return line, {"malformed_json"}


def _bad_utf8(chance: random.Random, event: Attributes) -> Spoiled:
    wrong = chance.choice((b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82", b"\x80"))
    name = chance.choice(("source", "id", "unheard_of"))
    return to_line({**event, name: "W"}).replace(b'"W"', b'"' + wrong + b'"'), {"malformed_json"}


def _lone_surrogate(chance: random.Random, event: Attributes) -> Spoiled:
    wrong = chance.choice((rb"\ud800", rb"\udc00", rb"\ud800A", rb"\udfff\ud800"))
    return to_line({**event, "source": "W"}).replace(b'"W"', b'"' + wrong + b'"'), {"malformed_json"}


def _control_characters(chance: random.Random, event: Attributes) -> Spoiled:
    event["source"] = chance.choice(("\x00", "a\x1b[31m", "\u202e", "\x7f", "<script>", "'; --", "\n\r"))
    return to_line(event), {ACCEPTED}


def _raw_control_character(chance: random.Random, event: Attributes) -> Spoiled:
    wrong = chance.choice((b"\x00", b"\t", b"\r", b"\x1f"))
    return to_line({**event, "source": "W"}).replace(b'"W"', b'"' + wrong + b'"'), {"malformed_json"}


def _around(chance: random.Random, event: Attributes) -> Spoiled:
    before, after = chance.choice((b"", b" ", b"\t\t", b"\r")), chance.choice((b"\r", b" \r", b"\t", b" " * 2000))
    return before + to_line(event) + after, {ACCEPTED}


def _blank(chance: random.Random, event: Attributes) -> Spoiled:
    return chance.choice((b"", b" ", b"\r", b"\t \r", b" " * 3000)), {BLANK}


WAYS: tuple[tuple[str, Spoil], ...] = tuple(
    (spoil.__name__.strip("_"), spoil)
    for spoil in (
        _truncated,
        _headless,
        _flipped_bits,
        _noise,
        _spliced,
        _trailing,
        _no_object,
        _missing,
        _mistyped,
        _empty_name,
        _wrong_time,
        _impossible_time,
        _huge_time,
        _after_received,
        _unknown_type,
        _internal_type,
        _long_text,
        _large,
        _unknown_attribute,
        _repeated_key,
        _deep,
        _bad_number,
        _wrong_encoding,
        _bad_utf8,
        _lone_surrogate,
        _control_characters,
        _raw_control_character,
        _around,
        _blank,
    )
)
