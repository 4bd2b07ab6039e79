"""Periods people ask for: a business day, an ISO week, a calendar month."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal, NamedTuple

Kind = Literal["day", "week", "month"]

_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")


class UnknownPeriodError(ValueError):
    """What was typed names no such period; the text says what would."""


class Period(NamedTuple):
    """Business days from `first` to `last`, both within it."""

    kind: Kind
    label: str
    """`2026-10-25`, `2026-W43` or `2026-10`."""
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]


def period_of(kind: Kind, day: date) -> Period:
    """The period of this kind that holds the day."""
    if kind == "day":
        return Period(kind, day.isoformat(), day, day)
    if kind == "week":
        year, week, weekday = day.isocalendar()
        monday = day - timedelta(days=weekday - 1)
        return Period(kind, f"{year}-W{week:02d}", monday, monday + timedelta(days=6))
    first = day.replace(day=1)
    return Period(kind, f"{day:%Y-%m}", first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def last_complete(kind: Kind, today: date) -> Period:
    """The newest period of this kind that is over; `today` is the business day that is going on."""
    return period_of(kind, period_of(kind, today).first - timedelta(days=1))


def named(kind: Kind, typed: str) -> Period:
    """The period a person names: `2026-10-25` for any, `2026-W43` for a week, `2026-10` for a month.

    Raises `UnknownPeriodError`.
    """
    try:
        if kind == "week" and (week := _WEEK.fullmatch(typed)):
            return period_of(kind, date.fromisocalendar(int(week[1]), int(week[2]), 1))
        if kind == "month" and (month := _MONTH.fullmatch(typed)):
            return period_of(kind, date(int(month[1]), int(month[2]), 1))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", typed):
            return period_of(kind, date.fromisoformat(typed))
    except ValueError as wrong:
        raise UnknownPeriodError(f"'{typed}' is no {kind}: {wrong}") from None
    forms = {"day": "2026-10-25", "week": "2026-W43, or any day of it", "month": "2026-10, or any day of it"}
    raise UnknownPeriodError(f"'{typed}' is no {kind}; write it as {forms[kind]}")
