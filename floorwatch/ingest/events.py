"""Events of the contract as JSON: one line is one event, or a reason why not.

`EventReader.decode` is the hottest function of every JSON feed. It decodes with structs that forbid unknown
attributes, which costs nothing when there are none; whatever that refuses (unknown attributes, rare types, every
kind of bad input) gets a second look, which finds the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Union

import msgspec
from msgspec.structs import force_setattr

from floorwatch.floor.events import (
    EVENT_TYPES,
    INTERNAL_PREFIXES,
    AnyEvent,
    Event,
    FloorReported,
    Member,
    ReportedState,
    ScheduleLoaded,
    SourceGap,
    Talking,
    Waiting,
    WireTime,
)
from floorwatch.ingest.file_lines import DamagedFileError, read_lines
from floorwatch.ingest.leaps import LeapGuard, without_stray_first
from floorwatch.ingest.source import Delivery, InputCounts, OnReject

TEXT_BYTES_MAX = 1_024
OBJECT_BYTES_MAX = 65_536
SCHEDULE_BYTES_MAX = 33_554_432
"""Of a schedule in a file: a journal that was exported holds those of whole floors."""
EARLIEST_MS = 946_684_800_000  # 2000-01-01T00:00:00Z
LATEST_MS = 253_370_764_800_000  # 9999-01-01T00:00:00Z: calendars need room before the last date they can hold
AHEAD_MS_MAX = 300_000
"""How far an event's time may lie ahead of its receipt."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOLD_MORE_TIMES = (SourceGap, FloorReported, ScheduleLoaded)
_UNDECODABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

# The rare types with times inside them are left to the second look, so that the common ones need not ask.
_decode_common: Callable[[bytes], Event] = msgspec.json.Decoder(
    Union[tuple(kind for kind in EVENT_TYPES.values() if kind not in _HOLD_MORE_TIMES)]  # noqa: UP007
).decode
_decode_any: Callable[[bytes], Event] = msgspec.json.Decoder(AnyEvent).decode
_decode_attributes = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_text = msgspec.json.Decoder(str).decode
_ATTRIBUTES = {tag: frozenset(("type", *kind.__struct_fields__)) for tag, kind in EVENT_TYPES.items()}
_SCHEDULE = re.compile(rb'\s*\{\s*"type"\s*:\s*"schedule\.loaded"')
_HUGE_TIME = re.compile(r"Integer value out of range - at `\$.*\b(time|received|since|start|end)`")


class _RefusedError(Exception):
    """This line is no event, for the reason given."""


class EventReader:
    """Decodes events and counts what it meets in `counts`.

    `on_reject(reason, line)` is told of every rejected line, for the dead-letter file. `schedule_bytes_max`: how large
    a `schedule.loaded` may be whose type stands first; other events have the limit of the contract.
    """

    __slots__ = ("_default_source", "_on_reject", "_schedule_bytes_max", "counts")

    def __init__(
        self, default_source: str, on_reject: OnReject | None = None, *, schedule_bytes_max: int = OBJECT_BYTES_MAX
    ) -> None:
        self._default_source = default_source
        self._schedule_bytes_max = schedule_bytes_max
        self._on_reject = on_reject
        self.counts = InputCounts()

    def decode(self, line: bytes, clock_ms: int | None = None) -> Event | None:
        """The line's event, all its times in integer milliseconds and its source filled in; None when there is none.

        `clock_ms` is our clock as the source would tell it (live feeds): nothing may happen long after it. A blank
        line is skipped; any other without an event is counted by reason. Never raises.
        """
        if len(line) > TEXT_BYTES_MAX:
            event = self._look_again(line)
        else:
            try:
                event = _decode_common(line)
            except _UNDECODABLE:
                event = self._look_again(line)
        if event is None:
            return None
        time, received = event.time, event.received
        if isinstance(time, datetime):  # `to_ms` written out, here and below: a call costs half as much again
            passed = time - _EPOCH
            time = passed.days * 86_400_000 + passed.seconds * 1000 + passed.microseconds // 1000
            force_setattr(event, "time", time)
        latest = LATEST_MS
        if clock_ms is not None:
            latest = clock_ms + AHEAD_MS_MAX
            if received is not None:  # files only: live, our own clock says when it came
                force_setattr(event, "received", None)
        elif received is not None:
            if isinstance(received, datetime):
                passed = received - _EPOCH
                received = passed.days * 86_400_000 + passed.seconds * 1000 + passed.microseconds // 1000
                force_setattr(event, "received", received)
            latest = received + AHEAD_MS_MAX
        if not EARLIEST_MS <= time <= latest <= LATEST_MS:
            self.reject("impossible_time", line)
            return None
        if event.source is None:
            force_setattr(event, "source", self._default_source)
        self.counts.read += 1
        return event

    def reject(self, reason: str, line: bytes) -> None:
        """Count a line that gave no event (also for whoever finds out only later)."""
        self.counts.read += 1
        self.counts.invalid[reason] += 1
        if self._on_reject is not None:
            self._on_reject(reason, line)

    def _look_again(self, line: bytes) -> Event | None:
        """The event of a line that the fast path left: blank, long, of a rare type, with unknown attributes, or bad."""
        if not line.strip():
            return None
        bytes_max = self._schedule_bytes_max if _SCHEDULE.match(line) else OBJECT_BYTES_MAX
        try:
            event, unknown = _decode_carefully(line, bytes_max)
        except _RefusedError as refused:
            self.reject(str(refused), line)
            return None
        self.counts.unknown_attributes += unknown
        return event


def to_ms(instant: WireTime) -> int:
    """Integer milliseconds since the epoch, rounded down (by the decoder first to the nearest microsecond)."""
    if isinstance(instant, int):
        return instant
    passed = instant - _EPOCH
    return passed.days * 86_400_000 + passed.seconds * 1000 + passed.microseconds // 1000


def _decode_carefully(line: bytes, bytes_max: int) -> tuple[Event, int]:
    """The line's event and how many unknown attributes it had. Raises `_RefusedError`."""
    if len(line.strip()) > bytes_max:
        raise _RefusedError("object_too_large")
    attributes = _split(line)
    known = _ATTRIBUTES[_type_of(attributes)]
    unknown = attributes.keys() - known
    if unknown:
        for name in unknown:
            del attributes[name]
        line = msgspec.json.encode(attributes)
    try:
        event = _decode_any(line)
    except _UNDECODABLE as error:
        raise _RefusedError(_reason(error)) from None
    if len(line) > TEXT_BYTES_MAX and _has_long_text(event):
        raise _RefusedError("text_too_long")
    if isinstance(event, _HOLD_MORE_TIMES):
        _settle_other_times(event)
    return event, len(unknown)


def _split(line: bytes) -> dict[str, msgspec.Raw]:
    """The attributes of a JSON object, undecoded."""
    try:
        line.decode()
        return _decode_attributes(line)
    except msgspec.ValidationError:
        # The decoder gave up at the first character; what follows may not be JSON at all.
        reason = "not_an_object" if _is_json(line) else "malformed_json"
    except _UNDECODABLE:
        reason = "malformed_json"
    raise _RefusedError(reason)


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line)
    except msgspec.ValidationError:
        return True  # a number too large for the decoder
    except _UNDECODABLE:
        return False
    return True


def _type_of(attributes: dict[str, msgspec.Raw]) -> str:
    """The event's type, one of the contract's."""
    if "type" not in attributes:
        raise _RefusedError("missing_attribute")
    try:
        tag = _decode_text(attributes["type"])
    except msgspec.ValidationError:
        raise _RefusedError("mistyped_attribute") from None
    except _UNDECODABLE:
        raise _RefusedError("malformed_json") from None
    if tag.startswith(INTERNAL_PREFIXES):
        raise _RefusedError("internal_type")
    if tag not in EVENT_TYPES:
        raise _RefusedError("unknown_type")
    return tag


def _reason(error: Exception) -> str:
    """Why the decoder refused an object of a known type."""
    if not isinstance(error, msgspec.ValidationError):
        return "malformed_json"
    sentence = str(error)
    if "missing required field" in sentence:
        return "missing_attribute"
    if "of length <=" in sentence:
        return "text_too_long"
    if _HUGE_TIME.match(sentence):
        return "impossible_time"
    return "mistyped_attribute"


def _has_long_text(part: object) -> bool:
    """Whether any text in it is over the limit in UTF-8; the decoder counts characters."""
    if isinstance(part, str):
        return len(part.encode()) > TEXT_BYTES_MAX
    if isinstance(part, tuple):
        return any(map(_has_long_text, part))
    if isinstance(part, msgspec.Struct):
        return any(_has_long_text(getattr(part, name)) for name in part.__struct_fields__)
    return False


def _settle_other_times(event: SourceGap | FloorReported | ScheduleLoaded) -> None:
    """Make the times inside an event integers, and refuse those that cannot be."""
    if isinstance(event, ScheduleLoaded):
        for activity in event.activities:
            _settle(activity, "start", LATEST_MS)
            _settle(activity, "end", LATEST_MS)
        return
    latest = to_ms(event.time) + AHEAD_MS_MAX
    if isinstance(event, SourceGap):
        _settle(event, "since", latest)
        return
    parts: tuple[Waiting | Talking | Member | ReportedState, ...]
    parts = (*event.waiting, *event.talking, *event.members, *event.states)
    for part in parts:
        if part.since is not None:
            _settle(part, "since", latest)


def _settle(part: msgspec.Struct, attribute: str, latest: int) -> None:
    """Make one time an integer. Raises `_RefusedError` when it lies outside what is possible."""
    instant = to_ms(getattr(part, attribute))
    if not EARLIEST_MS <= instant <= latest:
        raise _RefusedError("impossible_time")
    force_setattr(part, attribute, instant)


class EventsRecording:
    """A file of events, one JSON object a line, plain or gzip: an `ingest.source.Recording`.

    With `received`, engine time is its running maximum; without, that of `time`.
    """

    def __init__(self, path: Path, source: str = "file", on_reject: OnReject | None = None) -> None:
        self._path = path
        self._reader = EventReader(source, on_reject, schedule_bytes_max=SCHEDULE_BYTES_MAX)
        self.counts = self._reader.counts

    def deliveries(self) -> Iterator[Delivery]:
        """Every event with the engine time of its arrival. Bad input is counted, never raised."""
        applied_at = 0
        for event in without_stray_first(self._admitted(), self._set_aside):
            stamp: int = event.received or event.time  # type: ignore[assignment]  # integers, past the reader
            if stamp > applied_at:
                applied_at = stamp
            yield applied_at, event

    def _admitted(self) -> Iterator[Event]:
        """The file's events in order, without those whose time leaps and is not confirmed."""
        guard = LeapGuard(self._set_aside)
        passes, decode = guard.passes, self._reader.decode
        try:
            # one byte over the limit, and one for a carriage return, let the reader see that a line is too long
            for line in read_lines(self._path, SCHEDULE_BYTES_MAX + 2):
                event = decode(line)
                if event is None:
                    continue
                if passes(event):
                    yield event
                else:
                    yield from guard.weigh(event)
        except DamagedFileError:
            self._reader.reject("truncated_file", b"")
        guard.close()

    def _set_aside(self, event: Event) -> None:
        self.counts.read -= 1  # it was counted when it was decoded
        self._reader.reject("impossible_time", msgspec.json.encode(event))
