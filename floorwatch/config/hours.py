"""Business hours as a supervisor types them: days of the week, each with its opening times.

hours: {mon-thu: 08:00-18:00, fri: "08:00-12:00, 13:00-16:00", sat: closed}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from typing import Annotated

from pydantic import BeforeValidator

from floorwatch.floor.hours import DAY_MS, DAYS, DaySpan, Hours

_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBER = {name: number for names in (DAYS, _FULL) for number, name in enumerate(names)}
_TIME = r"([01]?\d|2[0-3]):([0-5]\d)|(24):(00)"
_WEEK_MS = 7 * DAY_MS
NO_HOURS = "has no hours: leave it out"
"""What is wrong with hours that are not needed, and have none."""


def days_of(typed: str) -> tuple[int, ...]:
    """The days of `mon`, `mon-fri`, `fri-mon`, `mon, wed` or `daily`, Monday is 0."""
    if typed.strip().casefold() == "daily":
        return tuple(range(7))
    named: list[int] = []
    for part in typed.split(","):
        since, _, until = (name.strip().casefold() for name in part.partition("-"))
        first, last = _day(since), _day(until or since)
        named.extend(day % 7 for day in range(first, last + 1 if first <= last else last + 8))
    return tuple(named)


def _day(typed: str) -> int:
    if typed not in _NUMBER:
        nearest = get_close_matches(typed, DAYS, 1) or get_close_matches(typed, ("daily", *_FULL), 1)
        hint = f"did you mean '{nearest[0]}'?" if nearest else "such as mon, mon-fri, 'sat, sun' or daily"
        raise ValueError(f"'{typed}' is no day of the week; {hint}")
    return _NUMBER[typed]


def _named_days(typed: object) -> str:
    days_of(str(typed))
    return str(typed)


def _opening_times(typed: object) -> tuple[DaySpan, ...]:
    parts = typed if isinstance(typed, list) else str(typed).split(",")
    if parts in (["closed"], []):
        return ()
    return tuple(sorted(_span(str(part).strip()) for part in parts))


def _span(typed: str) -> DaySpan:
    match = re.fullmatch(rf"(?:{_TIME})\s*-\s*(?:{_TIME})", typed)
    if match is None:
        raise ValueError("must be opening times such as 09:00-18:00, '09:00-12:00, 13:00-18:00', or closed")
    hour, minute, until_hour, until_minute = (int(number) for number in match.groups() if number is not None)
    since, until = ((hour * 60 + minute) * 60_000, (until_hour * 60 + until_minute) * 60_000)
    if since in (until, DAY_MS):
        raise ValueError("opens when it closes; the whole day is 00:00-24:00")
    return since, until if since < until else until + DAY_MS


def _with_days(typed: object) -> object:
    if isinstance(typed, str):
        raise ValueError("needs the days: {mon-fri: 09:00-18:00}, or {daily: 09:00-18:00}")
    return typed


def date_of(typed: object) -> date:
    """The date of `2026-12-25`."""
    try:
        return date.fromisoformat(str(typed).strip())
    except ValueError:
        raise ValueError("must be a date such as 2026-12-25") from None


Days = Annotated[str, BeforeValidator(_named_days)]
OpeningTimes = Annotated[tuple[DaySpan, ...], BeforeValidator(_opening_times)]
BusinessHours = Annotated[dict[Days, OpeningTimes], BeforeValidator(_with_days)]
Day = Annotated[date, BeforeValidator(date_of)]
Holidays = tuple[Day, ...]
Typed = Mapping[str, tuple[DaySpan, ...]]
"""Opening times by the days they were typed for."""


def hours_of(typed: Typed, holidays: Holidays) -> Hours:
    """What the core needs to know of them."""
    week: list[tuple[DaySpan, ...]] = [()] * 7
    for days, spans in typed.items():
        for day in days_of(days):
            week[day] = spans
    return Hours(tuple(week), tuple(sorted(set(holidays))))


def contradictions(
    typed: Typed, never: str = "is never open: no contact would ever be due"
) -> Iterator[tuple[tuple[str, ...], str]]:
    """(the key, what is wrong): what no single line shows. The key is () where it is the whole; `never`: no hours."""
    seen: dict[int, str] = {}
    spans: list[tuple[int, int, str]] = []
    for days, times in typed.items():
        for day in days_of(days):
            if seen.setdefault(day, days) != days or days_of(days).count(day) > 1:
                yield (days,), f"{_FULL[day].capitalize()} is named twice: one line for each day"
                return
            spans.extend((day * DAY_MS + since, day * DAY_MS + until, days) for since, until in times)
    if not spans:
        yield (), never
        return
    spans.sort()
    first = spans[0]
    for (_, until, before), (since, _, days) in pairwise([*spans, (first[0] + _WEEK_MS, first[1], first[2])]):
        if since < until:
            text = "overlaps" if days == before else f"overlaps with '{before}'"
            yield (days,), f"{text}: opening times past midnight go on into the next day"
            return
