"""Times as schedules write them, and the instants they can mean.

A time without an offset is local time of the site. Where the clocks are set forward it may not exist, and is refused;
where they are set back it means two instants, and who reads the line says which.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

EARLIEST_MS = 946_684_800_000
"""2000-01-01, as for every event."""
LATEST_MS = 253_370_764_800_000
"""9999-01-01."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(
    r"([0-9]{4})([-/])([0-9]{1,2})\2([0-9]{1,2})(?:T|[ ]+)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
    r"[ ]*(Z|[+-][0-9]{2}(?::?[0-9]{2})?)?",
    re.IGNORECASE,
)
_SERIAL = re.compile(r"[1-9][0-9]{4}(?:[.,][0-9]+)?")
"""A date as spreadsheets count it inside: days since the end of 1899, five digits from 1927 to 2173."""


class RefusedTimeError(Exception):
    """No instant can be told of this time: `reason` and `values` as in the phrases' family `schedule`."""

    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


def instants(typed: str | datetime, zone: ZoneInfo) -> tuple[int, ...]:
    """What a time can mean, in ms since the epoch: one instant, or the two of a doubled local time, in order.

    Text is ISO 8601 to the minute or finer, also with a blank for the `T`, with slashes in the date as spreadsheets
    write it, and with 24:00 for the end of a day. Raises `RefusedTimeError`.
    """
    moment = _read(typed) if isinstance(typed, str) else typed
    found = (_ms(moment),) if moment.tzinfo is not None else _local(moment, zone)
    if not all(EARLIEST_MS <= instant < LATEST_MS for instant in found):
        raise RefusedTimeError("impossible_time")
    return found


def _read(text: str) -> datetime:
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise RefusedTimeError("serial_number" if _SERIAL.fullmatch(text.strip()) else "unreadable_time")
    year, _, month, day, hour, minute, second, fraction, offset = match.groups()
    ends_day = hour == "24" and {minute, second or "00", (fraction or "0").strip("0")} <= {"00", ""}
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            0 if ends_day else int(hour),
            int(minute),
            int(second or 0),
            int((fraction or "0")[:3].ljust(3, "0")) * 1000,
            tzinfo=_offset(offset),
        )
        return moment + timedelta(days=ends_day)
    except (ValueError, OverflowError):
        there_is = _is_day(int(year), int(month), int(day))
        raise RefusedTimeError("unreadable_time" if there_is else "no_such_day") from None


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _offset(typed: str | None) -> tzinfo | None:
    if typed is None:
        return None
    if typed in "Zz":
        return UTC
    digits = typed[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:] or 0))
    return timezone(-size if typed[0] == "-" else size)


def _local(moment: datetime, zone: ZoneInfo) -> tuple[int, ...]:
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    before, after = first.utcoffset(), second.utcoffset()
    if before == after:
        return (_ms(first),)
    assert before is not None
    assert after is not None
    if after > before:
        instead = moment + (after - before)
        raise RefusedTimeError("skipped_time", timezone=zone.key, instead=instead.isoformat(timespec="minutes"))
    return _ms(first), _ms(second)


def _ms(moment: datetime) -> int:
    passed = moment - _EPOCH
    return passed.days * 86_400_000 + passed.seconds * 1000 + passed.microseconds // 1000


def shown(instant: int, zone: tzinfo) -> str:
    """An instant as people read it: local time with its offset, seconds only where there are any."""
    moment = datetime.fromtimestamp(instant / 1000, zone)
    return moment.isoformat(timespec="minutes" if instant % 60_000 == 0 else "seconds")


def local_length_ms(start: int, end: int, zone: tzinfo) -> int:
    """From start to end by the clock on the wall: a day is 24 hours, also where the clocks are set."""
    offsets = (datetime.fromtimestamp(instant / 1000, zone).utcoffset() for instant in (start, end))
    before, after = (offset or timedelta() for offset in offsets)
    return end - start + (after - before) // timedelta(milliseconds=1)
