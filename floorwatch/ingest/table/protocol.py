"""The neutral table, line by line, without I/O: CSV with a header, one line a visit of a contact to a queue.

    contact_id,queue,arrival,outcome,answer_time,end_time,agent[,priority][,channel][,consult_time][,transfer_time]

Columns stand in any order, unknown ones are passed over. Times are ISO 8601; without an offset they are local times of
the site. A line is one line of text: a quoted field may hold commas, but no line end.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from floorwatch.floor import unseen as u

UNSEEN = frozenset((u.WRAP_UP, u.HOLD, u.ALERTING, u.REFUSED, u.BUSY, u.UNREACHABLE, u.LOG_IN, u.PAUSE_REASONS))
"""A table tells of contacts, and of nothing else on the floor."""
COLUMNS = ("contact_id", "queue", "arrival", "outcome", "answer_time", "end_time", "agent")
OUTCOMES = ("answered", "abandoned")
LINE_BYTES_MAX = 65_536
TEXT_BYTES_MAX = 1_024
EARLIEST_MS = 946_684_800_000 - 20 * 31_557_600_000
"""1980: tables are older than switches that are watched."""
LATEST_MS = 253_370_764_800_000


class UnusableLineError(Exception):
    """A line is no visit; the text is the reason to count it under."""


@dataclass(frozen=True, slots=True)
class Row:
    """One visit. Instants are milliseconds since the epoch; None where the table has none."""

    contact: str
    queue: str
    arrival: int
    answered: int | None
    """None: abandoned."""
    end: int | None
    agent: str
    """"" when nobody wrote it down."""
    priority: int | None = None
    channel: str = ""
    is_transferred: bool = False
    is_consulted: bool = False


class Header:
    """The first line: which column stands where. Raises `UnusableLineError` when one that must be there is not."""

    def __init__(self, raw: bytes) -> None:
        names = [name.strip().lower() for name in _cells(raw)]
        self._places = {name: place for place, name in enumerate(names) if name}
        if any(column not in self._places for column in COLUMNS):
            raise UnusableLineError("missing_column")

    def row(self, raw: bytes, zone: ZoneInfo) -> Row:
        """One line. Raises `UnusableLineError`."""
        cells = _cells(raw)
        contact, queue, outcome = (self._text(cells, name) for name in ("contact_id", "queue", "outcome"))
        arrival = self._instant(cells, "arrival", zone)
        if not contact or not queue or arrival is None:
            raise UnusableLineError("missing_attribute")
        if outcome not in OUTCOMES:
            raise UnusableLineError("unknown_outcome")
        end = self._instant(cells, "end_time", zone)
        answered = self._answered(cells, arrival, zone) if outcome == "answered" else None
        if end is None and outcome == "abandoned":
            raise UnusableLineError("missing_attribute")
        if end is not None and end < (arrival if answered is None else answered):
            raise UnusableLineError("impossible_time")
        return Row(
            contact,
            queue,
            arrival,
            answered,
            end,
            self._text(cells, "agent"),
            _number(self._text(cells, "priority")),
            self._text(cells, "channel"),
            is_transferred=bool(self._text(cells, "transfer_time")),
            is_consulted=bool(self._text(cells, "consult_time")),
        )

    def _answered(self, cells: Sequence[str], arrival: int, zone: ZoneInfo) -> int:
        """When it was answered. Served at once is written as no time, or as 0:00:00, which lies before the arrival."""
        answered = self._instant(cells, "answer_time", zone)
        if answered is None:
            return arrival
        if answered < arrival:
            moment = datetime.fromtimestamp(answered / 1000, zone)
            if (moment.hour, moment.minute, moment.second) != (0, 0, 0):
                raise UnusableLineError("impossible_time")
            return arrival
        return answered

    def _text(self, cells: Sequence[str], column: str) -> str:
        place = self._places.get(column, len(cells))
        text = cells[place].strip() if place < len(cells) else ""
        if len(text) > TEXT_BYTES_MAX or len(text.encode()) > TEXT_BYTES_MAX:
            raise UnusableLineError("text_too_long")
        return text

    def _instant(self, cells: Sequence[str], column: str, zone: ZoneInfo) -> int | None:
        text = self._text(cells, column)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
            instant = int((moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp() * 1000)
        except ValueError:
            raise UnusableLineError("mistyped_attribute") from None
        except OverflowError:
            raise UnusableLineError("impossible_time") from None
        if not EARLIEST_MS <= instant <= LATEST_MS:
            raise UnusableLineError("impossible_time")
        return instant


def _cells(raw: bytes) -> list[str]:
    if len(raw) > LINE_BYTES_MAX:
        raise UnusableLineError("line_too_long")
    text = raw.rstrip(b"\r\n").decode("utf-8", "replace")
    try:
        return next(csv.reader((text,), strict=True), [])
    except csv.Error:
        raise UnusableLineError("malformed_line") from None


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.removeprefix("-").isdigit()) or len(text) > 9:
        raise UnusableLineError("mistyped_attribute")
    return int(text)
