"""Asterisk's manager protocol, without I/O: bytes in, the messages somebody wants out.

A message is lines of `Key: Value` ended by CRLF, and a blank line. The stream is split into messages on bytes, before
anything is decoded, so no cut of the stream can split a character or change a message. More than nine messages in ten
interest nobody: they are recognised by their first line, counted, and never looked into. Of the others a header is
searched for when it is asked for; that is cheaper than splitting 25 headers to use five.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Final, NoReturn

from floorwatch.floor import unseen as u
from floorwatch.ingest.source import InputCounts

MESSAGE_BYTES_MAX = 65_536
"""A longer message is dropped and counted; reading goes on after its blank line, in bounded memory."""
TEXT_BYTES_MAX = 1_024
"""A longer value makes its message unusable (only values that are asked for)."""

UNSEEN = frozenset((u.WRAP_UP,))
"""What no message tells: the switch keeps an agent's wrap-up to itself, and says neither when it begins nor its length.
Refusals are told, in QUEUESTATUS, to a user who may read `dialplan`; what a user may read is not told."""

_END = b"\r\n\r\n"
_BANNER = b"Asterisk Call Manager/"
_BANNER_INSIDE = re.compile(rb"Asterisk Call Manager/[0-9.]+\r\n(?=Response: |Event: )")
_TIMESTAMP = b"\r\nTimestamp: "
_SECONDS_DIGITS_MAX = 11
_KNOWN_LINES_MAX = 1_024

_UNKNOWN: Final = b"?"


def header(name: str) -> bytes:
    """What to ask a `Message` for to get the value of this header."""
    return b"\r\n%b: " % name.encode()


class UnusableError(Exception):
    """A message lacks what it must say, or says too much; the text is the reason it is counted under."""


class Message:
    """One message. `raw` is valid UTF-8 without the final blank line."""

    __slots__ = ("clock_ms", "end", "name", "raw", "time_ms")

    def __init__(self, name: str, raw: bytes, time_ms: int | None, clock_ms: int | None, end: int) -> None:
        self.name = name
        """The event's name, `Response`, or `Banner` for the greeting of a new connection."""
        self.raw = raw
        self.time_ms = time_ms
        """The message's own Timestamp, rounded down to milliseconds; None for lists and answers, which have none."""
        self.clock_ms = clock_ms
        """`time_ms`, else the last Timestamp on the stream before this message, else None."""
        self.end = end
        """How many bytes of the stream had come when this message was complete."""

    def text(self, key: bytes) -> str:
        """The value of a header named by `header()`, "" when it is absent. Over 1 KiB it raises `UnusableError`."""
        raw = self.raw
        start = raw.find(key)
        if start < 0:
            return ""
        start += len(key)
        end = raw.find(b"\r\n", start)
        value = raw[start:end] if end >= 0 else raw[start:]
        if len(value) > TEXT_BYTES_MAX:
            raise UnusableError("text_too_long")
        return value.decode().strip()

    def required(self, key: bytes) -> str:
        """The value of a header without which the message means nothing. Raises `UnusableError`."""
        return self.text(key) or _missing()

    def number(self, key: bytes) -> int | None:
        """A value that is a whole number of zero or more, else None."""
        value = self.text(key)
        return int(value) if value.isascii() and value.isdigit() and len(value) <= _SECONDS_DIGITS_MAX else None


def _missing() -> NoReturn:
    raise UnusableError("missing_attribute")


class Protocol:
    """Cuts one connection's bytes into messages.

    `wanted` names the events to hand out; the bytes beside a name must occur in the message (b"" for every one of
    that name). Answers and the banner are always handed out. Everything read is counted in `counts`: `read`, `ignored`
    for what nobody wants, `invalid` by reason. Never raises, whatever the bytes; any cut gives the same messages.

    `joined`: several connections may follow each other without a mark (a file without its index), so a banner is
    looked for inside messages too.
    """

    def __init__(self, wanted: Mapping[str, bytes], counts: InputCounts | None = None, joined: bool = False) -> None:
        self.counts = InputCounts() if counts is None else counts
        self._kinds: dict[bytes, bytes | None] = {b"Event: " + name.encode(): must for name, must in wanted.items()}
        self._joined = joined
        self._rest = b""
        self._start = 0
        """Where in the stream `_rest` begins."""
        self._overlong = False
        """Inside a message too long to keep; `_rest` holds only its last bytes."""
        self._clock_ms: int | None = None

    def feed(self, received: bytes) -> list[Message]:
        """The wanted messages completed by these bytes, in order."""
        buffer = self._rest + received if self._rest else received
        blocks = buffer.split(_END)
        self._rest = blocks.pop()
        if self._overlong and blocks:
            self._start += len(blocks.pop(0)) + len(_END)
            self._overlong = False
            self._refuse("message_too_long")
        odd = len(buffer) > MESSAGE_BYTES_MAX and max(map(len, blocks), default=0) > MESSAGE_BYTES_MAX
        messages = self._read(blocks, odd or (self._joined and _BANNER in buffer))
        # A blank line may be half here: only what is longer without it is certainly too long.
        if len(self._rest) > MESSAGE_BYTES_MAX + len(_END):
            keep = len(_END) - 1
            self._start += len(self._rest) - keep
            self._rest = self._rest[-keep:]
            self._overlong = True
        return messages

    def close(self) -> None:
        """The connection ended: a message cut short is counted and forgotten."""
        if self._overlong or self._rest.strip():
            self._refuse("truncated_message")
        self._rest, self._start, self._overlong = b"", 0, False

    def _read(self, blocks: list[bytes], odd: bool) -> list[Message]:
        """The wanted messages among complete ones. `odd`: some may be too long, or have a banner inside."""
        messages: list[Message] = []
        kinds, end, clocked, skipped = self._kinds, self._start, 0, 0
        for index, block in enumerate(blocks):
            end += len(block) + 4
            line = block[: block.find(b"\r\n")]
            must = kinds.get(line, _UNKNOWN)
            if must is _UNKNOWN or (odd and (len(block) > MESSAGE_BYTES_MAX or _BANNER in block)):
                self._advance_clock(blocks, clocked, index)
                clocked = index + 1
                messages += self._unusual(block, end)
            elif must is None or must not in block:
                skipped += 1
            else:
                time_ms = timestamp_ms(block)
                if time_ms is None:
                    self._advance_clock(blocks, clocked, index)
                    clocked = index
                messages.append(self._message(line[7:].decode(), block, time_ms, end))
        self._advance_clock(blocks, clocked, len(blocks))
        self._start = end
        self.counts.read += len(blocks)
        self.counts.ignored += skipped
        return messages

    def _advance_clock(self, blocks: list[bytes], start: int, stop: int) -> None:
        """Take the last Timestamp of blocks[start:stop], looking back only as far as needed."""
        for index in range(stop - 1, start - 1, -1):
            time_ms = timestamp_ms(blocks[index])
            if time_ms is not None:
                self._clock_ms = time_ms
                return

    def _message(self, name: str, block: bytes, time_ms: int | None, end: int) -> Message:
        if not block.isascii():
            try:
                block.decode()
            except UnicodeDecodeError:
                self.counts.invalid["bad_utf8"] += 1  # and used: a name with a wrong byte is still a name
                block = block.decode("utf-8", "replace").encode()
        return Message(name, block, time_ms, self._clock_ms if time_ms is None else time_ms, end)

    def _unusual(self, block: bytes, end: int) -> Iterator[Message]:
        """What stands between two blank lines when it is not one message that begins with a known line."""
        if len(block) > MESSAGE_BYTES_MAX:
            self._invalid("message_too_long")
            return
        block = block.lstrip(b"\r\n")
        starts = [match.start() for match in _BANNER_INSIDE.finditer(block)] if self._joined else []
        if block.startswith(_BANNER) and starts[:1] != [0]:
            starts.insert(0, 0)
        # A banner has no blank line behind it, and what stands before one was cut short by the end of its connection.
        if starts and block[: starts[0]].strip():
            self._refuse("truncated_message")
        for begin, stop in pairwise([*starts, len(block)]):
            yield Message("Banner", b"", None, self._clock_ms, end)
            self._clock_ms = None  # what comes before a first Timestamp is not as old as the last connection
            rest = block[begin:stop].partition(b"\r\n")[2]
            if stop == len(block):
                block = rest
                break
            if rest.strip():
                self._refuse("truncated_message")
        yield from self._first_seen(block, end)

    def _first_seen(self, block: bytes, end: int) -> Iterator[Message]:
        """A message whose first line is not among the known ones, or was not looked up."""
        line = block.partition(b"\r\n")[0]
        time_ms = timestamp_ms(block)
        if not block:
            self.counts.read -= 1  # a blank line too many is nothing
        elif line.startswith(b"Event: ") and len(line) > len(b"Event: "):
            must = self._kinds.get(line)
            if must is not None and must in block:  # known, but behind blank lines or a banner
                yield self._message(line[7:].decode(), block, time_ms, end)
            else:
                self.counts.ignored += 1
            if line not in self._kinds and len(self._kinds) < _KNOWN_LINES_MAX:
                self._kinds[line] = None
        elif line.startswith(b"Response: "):
            yield self._message("Response", block, time_ms, end)
        else:
            self._invalid("malformed_message")
        self._clock_ms = self._clock_ms if time_ms is None else time_ms

    def _refuse(self, reason: str) -> None:
        self.counts.read += 1
        self._invalid(reason)

    def _invalid(self, reason: str) -> None:
        self.counts.invalid[reason] += 1


def timestamp_ms(block: bytes) -> int | None:
    """The Timestamp of a message, rounded down to milliseconds; None when it has none that is a time."""
    start = block.find(_TIMESTAMP)
    if start < 0:
        return None
    start += len(_TIMESTAMP)
    end = block.find(b"\r\n", start)
    seconds, _, fraction = (block[start:end] if end >= 0 else block[start:]).partition(b".")
    if not seconds.isdigit() or len(seconds) > _SECONDS_DIGITS_MAX or not (fraction.isdigit() or not fraction):
        return None
    return int(seconds) * 1000 + int(fraction[:3].ljust(3, b"0"))
