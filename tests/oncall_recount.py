"""Who is on call, and who is told what and when, counted again by brute force from the words of docs/oncall.md.

It reads the configuration as plain YAML, goes minute by minute where rotas are concerned and tick by tick where people
are told, and shares no code with what it is compared with: neither `floor.rota` nor `alerts.oncall`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any
from zoneinfo import ZoneInfo

MINUTE_MS = 60_000
DAY_MS = 86_400_000
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WALL_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a reading has no zone

Yaml = Mapping[str, Any]
People = tuple[str, ...]


@lru_cache(maxsize=64)
def _readings(zone: str, first: int, last: int) -> tuple[list[int], list[int]]:
    """What the clock on the wall reads in each minute of [`first`, `last`), in minutes since 1970 as if it had no zone;
    and the latest that it has read up to then, which is more while it repeats an hour.
    """
    at_zone = ZoneInfo(zone)
    read = [
        (datetime.fromtimestamp(minute * 60, UTC).astimezone(at_zone).replace(tzinfo=None) - _WALL_EPOCH)
        // timedelta(minutes=1)
        for minute in range(first, last)
    ]
    return read, list(accumulate(read, max))


class Wall:
    """The clock on a wall, from a day before `since` to a day after `until` (milliseconds)."""

    def __init__(self, zone: str, since: int, until: int) -> None:
        self._first = since // MINUTE_MS - 1_440
        self._read, self._latest = _readings(zone, self._first, until // MINUTE_MS + 1_440)

    def reads(self, at: int) -> int:
        """Minutes since 1970 as if there were no zones."""
        return self._read[at // MINUTE_MS - self._first]

    def has_read(self, at: int) -> int:
        """The latest it has read up to then: what comes at 02:30 has come once it has read 02:30 or more."""
        return self._latest[at // MINUTE_MS - self._first]


@cache
def _day(typed: str) -> int:
    """Days from 1970 to a date."""
    return (date.fromisoformat(typed) - date(1970, 1, 1)).days


@cache
def _wall_minute(typed: str) -> int:
    return (datetime.fromisoformat(typed) - _WALL_EPOCH) // timedelta(minutes=1)


def _minute_of_day(typed: str) -> int:
    hour, minute = typed.split(":")
    return int(hour) * 60 + int(minute)


@cache
def _week(typed: tuple[tuple[str, str], ...]) -> list[list[tuple[int, int]]]:
    """The spans of each day of the week, in minutes after its midnight."""
    week: list[list[tuple[int, int]]] = [[] for _ in _DAYS]
    for days, times in typed:
        first, _, last = ("mon-sun" if days == "daily" else days).partition("-")
        at, end = _DAYS.index(first), _DAYS.index(last or first)
        spans = []
        for span in times.split(","):
            since, until = map(_minute_of_day, span.strip().split("-"))
            spans.append((since, until if until > since else until + 1_440))
        while True:
            week[at] = spans
            if at == end:
                break
            at = (at + 1) % 7
    return week


def within_hours(typed: Mapping[str, str], reads: int) -> bool:
    """Whether the wall reads a time within these hours; what goes past midnight belongs to the day it begins on."""
    week = _week(tuple(typed.items()))
    day, minute = divmod(reads, 1_440)
    weekday = (day + 3) % 7  # 1970 began on a Thursday
    return any(since <= minute < until for since, until in week[weekday]) or any(
        since <= minute + 1_440 < until for since, until in week[weekday - 1]
    )


def _of_layer(layer: Yaml, wall: Wall, at: int) -> People:
    entries = [[entry] if isinstance(entry, str) else list(entry) for entry in layer["people"]]
    if "hours" in layer and not within_hours(layer["hours"], wall.reads(at)):
        return ()
    handover = _minute_of_day(layer.get("handover", "00:00").split()[-1])
    since = None if "from" not in layer else _day(layer["from"]) * 1_440 + handover
    if since is not None and wall.has_read(at) < since:
        return ()
    if "rotate" not in layer:
        return tuple(person for entry in entries for person in entry)
    assert since is not None
    count, unit = {"daily": "1 day", "weekly": "1 week"}.get(layer["rotate"], layer["rotate"]).split()
    days = int(count) * (7 if unit.startswith("week") else 1)
    return tuple(entries[(wall.has_read(at) - since) // (days * 1_440) % len(entries)])


def on_call(rota: Yaml, wall: Wall, at: int) -> People:
    """Who is on call in this minute by what is configured. `wall`: of the rota's time zone."""
    people: People = ()
    for layer in rota.get("layers", ()):
        people = _of_layer(layer, wall, at) or people
    has_read = wall.has_read(at)
    holidays = rota.get("holidays", {})
    if has_read // 1_440 in {_day(typed) for typed in holidays.get("dates", ())}:
        people = tuple(holidays["people"])
    for override in rota.get("overrides", ()):
        if _wall_minute(override["since"]) <= has_read < _wall_minute(override["until"]):
            people = (override["person"],)
    return tuple(dict.fromkeys(people))


def minutes(since: int, until: int) -> Iterable[int]:
    """The instant of each minute."""
    return range(since, until, MINUTE_MS)
