"""Asterisk's queue_log, line by line: `epoch|contact|queue|agent|EVENT|data…`, without I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

from floorwatch.floor import unseen as u

LINE_BYTES_MAX = 65_536
TEXT_BYTES_MAX = 1_024
EARLIEST_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
LATEST_MS = 253_402_300_799_999  # the end of the year 9999

UNSEEN = frozenset((u.WRAP_UP, u.HOLD, u.ALERTING, u.REFUSED, u.BUSY, u.UNREACHABLE, u.LOG_IN))
"""What has no line: the log speaks of queue contacts and pauses only. Phones ring, are held, busy and unplugged without
a word, callers are turned away without one, and log-ins name an interface."""

EXITS: dict[str, tuple[str, int | None]] = {
    "ABANDON": ("", 2),
    "EXITWITHTIMEOUT": ("timeout", 2),
    "EXITEMPTY": ("empty", 2),
    "EXITWITHKEY": ("key", 3),
    "WITHDRAW": ("withdrawn", 2),
    "EXITWITHPOSITION": ("other", None),
    "SYSCOMPAT": ("other", None),
}
"""Event to the reason of leaving ("": the caller gave up) and the field with the seconds waited."""

COMPLETIONS = {"COMPLETECALLER": "customer", "COMPLETEAGENT": "agent"}
"""Event to who ended the talk."""

TRANSFERS = {"TRANSFER": "blind", "BLINDTRANSFER": "blind", "ATTENDEDTRANSFER": "attended"}

DECLINES = {"RINGNOANSWER": "no_answer", "AGENTDUMP": "rejected"}
"""Event to the reason. The log does not tell a phone that rang out from one on which the call was refused."""

_NOBODY = "NONE"
_STAMP = re.compile(r"([0-9]+)(?:\.([0-9]+))?")
_SECONDS_DIGITS_MAX = 12


class UnusableLineError(Exception):
    """A line is not one of a queue log, or misses what its event must say; the text is the reason to count it under."""


@dataclass(slots=True, frozen=True)
class Line:
    """One line. `contact`, `queue` and `agent` are "" where the log says NONE."""

    time_ms: int
    contact: str
    queue: str
    agent: str
    event: str
    fields: tuple[str, ...]

    def text(self, index: int) -> str:
        """A field of the data, counted from 0, or from the end; "" when there is none."""
        return self.fields[index] if -len(self.fields) <= index < len(self.fields) else ""

    def seconds(self, index: int) -> int | None:
        """A field that is a number of seconds; None when it is absent or empty. Raises `UnusableLineError`."""
        text = self.text(index)
        if not text:
            return None
        if not (text.isascii() and text.isdigit()) or len(text) > _SECONDS_DIGITS_MAX:
            raise UnusableLineError("mistyped_attribute")
        return int(text)

    def talk_seconds(self) -> int | None:
        """Of the end of a talk, how long it was, as the switch says. Raises `UnusableLineError`."""
        if self.event in TRANSFERS:  # …|hold time|talk time|position: what comes before depends on the kind
            return self.seconds(-2) if len(self.fields) >= 5 else None
        return self.seconds(1)

    def wait_seconds(self) -> int | None:
        """Of the end of a wait, how long it was, as the switch says. Raises `UnusableLineError`."""
        field = 0 if self.event == "CONNECT" else EXITS[self.event][1]
        return None if field is None else self.seconds(field)


def parse(raw: bytes) -> Line:
    """The line, without its line end. Wrong UTF-8 becomes replacement characters. Raises `UnusableLineError`."""
    if len(raw) > LINE_BYTES_MAX:
        raise UnusableLineError("line_too_long")
    stamp, *rest = raw.rstrip(b"\r\n").decode("utf-8", "replace").split("|")
    if len(rest) < 4:
        raise UnusableLineError("malformed_line")
    if any(len(part) > TEXT_BYTES_MAX or len(part.encode()) > TEXT_BYTES_MAX for part in rest):
        raise UnusableLineError("text_too_long")
    contact, queue, agent, event, *fields = rest
    return Line(_time_ms(stamp), _named(contact), _named(queue), _named(agent), event, tuple(fields))


def _named(text: str) -> str:
    return "" if text == _NOBODY else text


def _time_ms(stamp: str) -> int:
    """`1795291946`, or `1795291946.544978`, in milliseconds, rounded down."""
    match = _STAMP.fullmatch(stamp)
    if match is None:
        raise UnusableLineError("malformed_line")
    seconds, fraction = match[1], match[2] or ""
    if len(seconds) > _SECONDS_DIGITS_MAX:
        raise UnusableLineError("impossible_time")
    time_ms = int(seconds) * 1000 + int(fraction[:3].ljust(3, "0"))
    if not EARLIEST_MS <= time_ms <= LATEST_MS:
        raise UnusableLineError("impossible_time")
    return time_ms
