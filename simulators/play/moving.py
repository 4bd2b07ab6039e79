"""A day moved in time: on which day it plays, and its events there.

Time on a floor never goes back. So a day that is played again, or into a daemon that is past it, plays on the next day
that is free, at the same local times.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from floorwatch.floor import events as e
from floorwatch.floor.events import Event

Part = TypeVar("Part", bound=msgspec.Struct)

MINUTE_MS = 60_000
DAY_MS = 86_400_000


def local(instant_ms: int, zone: ZoneInfo) -> datetime:
    """What calendar and clock show there."""
    return datetime.fromtimestamp(instant_ms / 1000, UTC).astimezone(zone)


def at_time_of_day(day_ms: int, minutes: int, zone: ZoneInfo) -> int:
    """The instant of a time of day (minutes since midnight) on the local day that holds `day_ms`."""
    day = local(day_ms, zone).date()
    moment = datetime(day.year, day.month, day.day, minutes // 60 % 24, minutes % 60, tzinfo=zone)
    return int(moment.timestamp() * 1000) + minutes // 1440 * DAY_MS


def to_day(first_ms: int, zone: ZoneInfo, day: date) -> int:
    """By how many ms a day that begins at `first_ms` is moved to begin on `day`, at the same local time."""
    moment = local(first_ms, zone)
    there = moment.replace(year=day.year, month=day.month, day=day.day)
    return int(there.timestamp() * 1000) - int(moment.timestamp() * 1000)


def to_free_day(first_ms: int, zone: ZoneInfo, after_ms: int) -> int:
    """By how many ms it is moved to play on the first day (its own, or a later one) on which it begins after this."""
    day = local(first_ms, zone).date()
    later = max(0, (after_ms - first_ms) // DAY_MS - 1)
    while first_ms + to_day(first_ms, zone, day + timedelta(days=later)) <= after_ms:
        later += 1
    return to_day(first_ms, zone, day + timedelta(days=later))


def tag_of(by_ms: int) -> str:
    """What makes the ids of a moved day differ from those of the day itself, and of any other move of it."""
    return f"~{by_ms // 1000:x}" if by_ms else ""


def moved(event: Event, by_ms: int, number: int) -> Event:
    """The event, so much later. `number` is its place in the day, for an id where it has none."""
    tag = tag_of(by_ms)
    time: int = event.time  # type: ignore[assignment]  # an integer, past the readers
    changes: dict[str, Any] = {"time": time + by_ms, "id": (event.id or f"e{number}") + tag, "received": None}
    if by_ms and (contact := getattr(event, "contact", None)) is not None:
        changes["contact"] = contact + tag
    if isinstance(event, e.SourceGap):
        changes["since"] = _later(event.since, by_ms)
    elif isinstance(event, e.FloorReported):
        changes |= _reported(event, by_ms, tag)
    elif isinstance(event, e.ScheduleLoaded):
        changes["activities"] = tuple(
            replace(activity, start=_later(activity.start, by_ms), end=_later(activity.end, by_ms))
            for activity in event.activities
        )
    return replace(event, **changes)


def _reported(event: e.FloorReported, by_ms: int, tag: str) -> dict[str, Any]:
    def since(part: Part) -> Part:
        began: int | None = part.since  # type: ignore[attr-defined]
        return part if began is None else replace(part, since=began + by_ms)

    return {
        "waiting": tuple(replace(since(part), contact=part.contact + tag) for part in event.waiting),
        "talking": tuple(replace(since(part), contact=part.contact + tag) for part in event.talking),
        "members": tuple(map(since, event.members)),
        "states": tuple(map(since, event.states)),
    }


def _later(instant: object, by_ms: int) -> int:
    assert isinstance(instant, int)
    return instant + by_ms
