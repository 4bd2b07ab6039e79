"""FreeSWITCH's event socket, without I/O: bytes in, messages out.

A message is lines of `Name: value` ended by a line feed, an empty line and, when it has a Content-Length, so many bytes
of body. The body of `text/event-plain` is an event: lines again, their values percent-encoded, and perhaps a body of
its own behind another empty line. The stream is cut into messages on bytes, before anything is decoded, so no cut of
it can split a character or change a message.

The length stands in the head. A body that is too long is skipped in bounded memory and reading goes on behind it; a
head whose length cannot be read leaves no way to find the next message, so the connection is given up (`broken`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NoReturn
from urllib.parse import unquote_to_bytes

import msgspec

from floorwatch.floor import unseen as u
from floorwatch.ingest.source import InputCounts

HEAD_BYTES_MAX = 16_384
"""A longer head cannot be one: the connection is given up."""
BODY_BYTES_MAX = 16_777_216
"""A longer body is skipped and counted. A list of 50,000 agents stays under it, an event by a thousand times."""
TEXT_BYTES_MAX = 1_024
"""A longer value makes its event unusable (only values that are asked for)."""

UNSEEN = frozenset((u.REFUSED, u.BUSY, u.UNREACHABLE, u.PAUSE_REASONS))
"""What mod_callcenter does not tell: callers whom the dialplan turns away before it, what else an agent's phone does,
and why an agent is on break. Wrap-up has no event either, but follows from what is told (`agents`)."""

_END = b"\n\n"
_LENGTH_DIGITS_MAX = 12
_MICROSECONDS_DIGITS_MAX = 17
_UNDEFINED: Final = "_undef_"
"""How the switch writes an empty value."""


class UnusableError(Exception):
    """An event lacks what it must say, or says too much; the text is the reason it is counted under."""


class SwitchEvent:
    """One event. A header is searched for when it is asked for: of a channel's 200 a handful is used."""

    __slots__ = ("_json", "_raw")

    def __init__(self, raw: bytes, json: Mapping[str, object] | None = None) -> None:
        self._raw = b"\n" + raw
        self._json = json

    def text(self, name: str) -> str:
        """The value of a header, decoded; "" when it is absent or empty. Over 1 KiB it raises `UnusableError`."""
        if self._json is not None:
            value = self._json.get(name)
            decoded = value if isinstance(value, str) else ""
        else:
            decoded = self._plain(name)
        if len(decoded.encode()) > TEXT_BYTES_MAX:
            raise UnusableError("text_too_long")
        return decoded.strip()

    def required(self, name: str) -> str:
        """The value of a header without which the event means nothing. Raises `UnusableError`."""
        return self.text(name) or _missing()

    def number(self, name: str) -> int | None:
        """A value that is a whole number of zero or more, else None."""
        value = self.text(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) <= _MICROSECONDS_DIGITS_MAX else None

    def time_ms(self) -> int:
        """When it happened: Event-Date-Timestamp, rounded down to milliseconds. Raises `UnusableError`."""
        microseconds = self.number("Event-Date-Timestamp")
        return _missing() if microseconds is None else microseconds // 1000

    def _plain(self, name: str) -> str:
        raw, key = self._raw, b"\n%b: " % name.encode()
        start = raw.find(key)
        if start < 0:
            return ""
        start += len(key)
        end = raw.find(b"\n", start)
        value = raw[start:end] if end >= 0 else raw[start:]
        # A name with a wrong byte is still a name.
        decoded = (unquote_to_bytes(value) if b"%" in value else value).decode("utf-8", "replace")
        return "" if decoded == _UNDEFINED else decoded


def _missing() -> NoReturn:
    raise UnusableError("missing_attribute")


class Message:
    """One message of the socket: what kind it is, its headers, its body, and the event when it brings one."""

    __slots__ = ("body", "event", "headers", "kind")

    def __init__(self, kind: str, headers: Mapping[str, str], body: bytes, event: SwitchEvent | None) -> None:
        self.kind = kind
        """The Content-Type: `auth/request`, `command/reply`, `api/response`, `text/event-plain` and so on."""
        self.headers = headers
        self.body = body
        self.event = event

    @property
    def answer(self) -> str:
        """What the switch answers to a command: the body of an `api/response`, else the Reply-Text."""
        if self.kind == "api/response":
            return self.body.decode("utf-8", "replace")
        return self.headers.get("Reply-Text", "")


class Protocol:
    """Cuts one connection's bytes into messages.

    Everything read is counted in `counts`: `read`, and `invalid` by reason. Never raises, whatever the bytes; any cut
    gives the same messages.
    """

    def __init__(self, counts: InputCounts | None = None) -> None:
        self.counts = InputCounts() if counts is None else counts
        self.broken = ""
        """Why nothing more can be read from this connection; "" while it can."""
        self._rest = bytearray()
        self._head: dict[str, str] | None = None
        """The head of the message whose body is awaited."""
        self._length = 0
        self._skip = 0
        """Bytes still to come of a body too long to keep."""

    def feed(self, received: bytes) -> list[Message]:
        """The messages completed by these bytes, in order; none once the stream is `broken`."""
        messages: list[Message] = []
        if self.broken:
            return messages
        self._rest += received
        while self._advance(messages):
            pass
        return messages

    def close(self) -> None:
        """The connection ended: a message cut short is counted and forgotten."""
        if self._rest.strip() or self._head is not None or self._skip:
            self._refuse("truncated_message")
        self._rest.clear()
        self._head, self._skip = None, 0

    def _advance(self, messages: list[Message]) -> bool:
        """One step through what has come; whether another may follow."""
        if self._skip:
            skipped = min(self._skip, len(self._rest))
            del self._rest[:skipped]
            self._skip -= skipped
            return not self._skip
        if self._head is None:
            return self._read_head()
        if len(self._rest) < self._length:
            return False
        head, self._head = self._head, None
        body = bytes(self._rest[: self._length])
        del self._rest[: self._length]
        self._complete(head, body, messages)
        return True

    def _read_head(self) -> bool:
        if self._rest.startswith(b"\n"):
            self._rest = self._rest.lstrip(b"\n")
        end = self._rest.find(_END)
        if end > HEAD_BYTES_MAX or (end < 0 and len(self._rest) > HEAD_BYTES_MAX + 1):
            return self._break("head_too_long")
        if end < 0:
            return False
        head = _lines(bytes(self._rest[:end]))
        length = head.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit() and len(length) <= _LENGTH_DIGITS_MAX):
            return self._break("bad_content_length")
        del self._rest[: end + len(_END)]
        self._length = int(length)
        if self._length > BODY_BYTES_MAX:
            self._refuse("message_too_long")
            self._skip = self._length
        else:
            self._head = head
        return True

    def _complete(self, head: dict[str, str], body: bytes, messages: list[Message]) -> None:
        kind, event = head.get("Content-Type", ""), None
        if not kind:
            return self._refuse("malformed_message")
        if kind == "text/event-plain":
            event = SwitchEvent(body.partition(_END)[0])
        elif kind == "text/event-json":
            try:
                event = SwitchEvent(b"", msgspec.json.decode(body, type=dict[str, object]))
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return self._refuse("malformed_json")
        self.counts.read += 1
        messages.append(Message(kind, head, body, event))
        return None

    def _break(self, reason: str) -> bool:
        self.broken = reason
        self._refuse(reason)
        self._rest.clear()
        return False

    def _refuse(self, reason: str) -> None:
        self.counts.read += 1
        self.counts.invalid[reason] += 1


def _lines(raw: bytes) -> dict[str, str]:
    """The headers of a message's head, as they stand; lines that are none are passed over."""
    pairs = (line.partition(": ") for line in raw.decode("utf-8", "replace").split("\n"))
    return {name: value.strip() for name, colon, value in pairs if colon}
