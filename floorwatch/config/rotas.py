"""The configuration of rotas: `rotas:`, and the YAML files that hold one each."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator

from floorwatch.config import hours as business_hours
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.values import Name, Names, Section, Timezone, Words, beside_the_config
from floorwatch.floor.hours import DAYS
from floorwatch.floor.rota import Layer, Rota, Span, instant_of
from floorwatch.nearest import did_you_mean

Found = Iterator[tuple[KeyPath, str]]
AnyDay = TypeVar("AnyDay", date, datetime)

_ROTATE = re.compile(r"([1-9]\d?) (day|week)s?")
_HANDOVER = re.compile(r"(?:(\w+)\s+)?([01]?\d|2[0-3]):([0-5]\d)")
YEAR_MIN, YEAR_MAX = 1971, 9000
"""Nearer to the ends of the calendar a day of another time zone is no date any more."""


def _entry(typed: object) -> tuple[str, ...]:
    names = typed if isinstance(typed, list) else [typed]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError("must be a person, or a list of those who are on call together")
    return tuple(names)


def _every_days(typed: object) -> int:
    text = str(typed).strip().casefold()
    match = _ROTATE.fullmatch({"daily": "1 day", "weekly": "1 week"}.get(text, text))
    if match is None:
        raise ValueError("must be daily, weekly, or so many days or weeks, such as '2 weeks'")
    return int(match[1]) * (7 if match[2] == "week" else 1)


def _handover(typed: object) -> tuple[int | None, int]:
    match = _HANDOVER.fullmatch(str(typed).strip())
    if match is None:
        raise ValueError("must be a time of day such as 'mon 09:00', or 09:00")
    day, hour, minute = match.groups()
    days = () if day is None else business_hours.days_of(day)
    if len(days) > 1:
        raise ValueError("must be one day of the week and a time, such as 'mon 09:00'")
    return (days[0] if days else None), (int(hour) * 60 + int(minute)) * 60_000


def _moment(typed: object) -> datetime:
    try:
        return datetime.fromisoformat(str(typed).strip())
    except ValueError:
        raise ValueError("must be a date and a time such as 2026-12-24T08:00") from None


def _year_meant(day: AnyDay) -> AnyDay:
    if not YEAR_MIN <= day.year <= YEAR_MAX:
        raise ValueError(f"must be in a year from {YEAR_MIN} to {YEAR_MAX}")
    return day


Entry = Annotated[
    tuple[str, ...],
    BeforeValidator(_entry),
    WithJsonSchema(
        {
            "description": "A person, or those who are on call together.",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
        }
    ),
]
EveryDays = Annotated[
    int,
    BeforeValidator(_every_days),
    WithJsonSchema({"type": "string", "pattern": "^(daily|weekly|[1-9][0-9]? (day|week)s?)$"}),
]
Handover = Annotated[
    tuple[int | None, int],
    BeforeValidator(_handover),
    WithJsonSchema({"type": "string", "pattern": "^([a-z]+ +)?([01]?[0-9]|2[0-3]):[0-5][0-9]$"}),
]
Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    AfterValidator(_year_meant),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+([+-][0-9:]+|Z)?)?$"}),
]
"""On the clock of the rota, where it has no offset of its own."""
Day = Annotated[business_hours.Day, AfterValidator(_year_meant)]


class LayerTyped(Section):
    """People who take turns, or who are always on call."""

    people: tuple[Entry, ...] = Field(min_length=1)
    rotate: EveryDays | None = None
    handover: Handover = (None, 0)
    from_: Day | None = Field(None, alias="from")
    hours: business_hours.BusinessHours | None = None


class HolidaysTyped(Section):
    """Who is on call instead on certain dates."""

    dates: tuple[Day, ...] = ()
    people: Names = ()


class OverrideTyped(Section):
    """Somebody is on call instead of whoever else would be."""

    person: Name
    since: Moment
    until: Moment
    why: Words = ""


class RotaPlan(Section):
    """What a rota is; also what stands in a file of its own."""

    team: Words = ""
    site: Words = ""
    timezone: Timezone | None = None
    layers: tuple[LayerTyped, ...] = ()
    holidays: HolidaysTyped = HolidaysTyped()
    overrides: tuple[OverrideTyped, ...] = ()

    def people(self) -> Iterator[tuple[KeyPath, str]]:
        """(where, who) of everybody it names."""
        for at, layer in enumerate(self.layers):
            for place, entry in enumerate(layer.people):
                yield from ((("layers", at, "people", place), person) for person in entry)
        yield from ((("holidays", "people", at), person) for at, person in enumerate(self.holidays.people))
        yield from ((("overrides", at, "person"), override.person) for at, override in enumerate(self.overrides))

    def plan(self, name: str, timezone: str, shifts: tuple[Span, ...] = ()) -> Rota:
        """What the core makes turns of; `timezone` where it has none of its own, `shifts` those of a calendar."""
        timezone = self.timezone or timezone
        zone = ZoneInfo(timezone)
        return Rota(
            name,
            timezone,
            shifts,
            tuple(_layer(layer) for layer in self.layers),
            tuple(sorted(set(self.holidays.dates))),
            self.holidays.people,
            tuple(Span(_at(one.since, zone), _at(one.until, zone), (one.person,)) for one in self.overrides),
            self.team,
            self.site,
        )


class RotaTyped(RotaPlan):
    """One rota: written out, or in a file of its own, `.ics` or `.yaml`, that is read again whenever it changes."""

    file: Path | None = None

    @field_validator("file")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        if path is not None and path.suffix.lower() not in (".ics", ".yaml", ".yml"):
            raise ValueError("must be an iCalendar file, .ics, or one of YAML, .yaml")
        return None if path is None else beside_the_config(path, info)

    @property
    def is_calendar(self) -> bool:
        """Whether its file is iCalendar."""
        return self.file is not None and self.file.suffix.lower() == ".ics"

    def with_file(self, written: RotaPlan) -> RotaPlan:
        """What its YAML file says; what the file does not say is as it stands here."""
        given = {key: getattr(self, key) for key in ("team", "site", "timezone")}
        mine = {key: value for key, value in given.items() if value and key not in written.model_fields_set}
        return written.model_copy(update=mine | {"overrides": (*written.overrides, *self.overrides)})


RotasTyped = dict[Name, RotaTyped]


def _at(moment: datetime, zone: ZoneInfo) -> int:
    return instant_of(moment, zone) if moment.tzinfo is None else round(moment.timestamp() * 1000)


def _layer(typed: LayerTyped) -> Layer:
    hours = None if typed.hours is None else business_hours.hours_of(typed.hours, ())
    return Layer(typed.people, typed.rotate or 0, typed.from_, typed.handover[1], hours)


def nobody_called(person: str, people: Collection[str]) -> str:
    """That there is no such person, and what mends it."""
    hint = did_you_mean(person, people, "name it under 'people:' of the configuration")
    return f"there is no person '{person}'; {hint}"


def contradictions_of_rota(rota: RotaTyped, people: Collection[str]) -> Found:
    """(the key in the rota, what is wrong and what mends it)."""
    if rota.file is not None and not rota.is_calendar:
        yield from (
            ((key,), "stands in the file: keep one of the two")
            for key in ("layers", "holidays")
            if key in rota.model_fields_set
        )
    if rota.file is None and not rota.layers:
        yield (), "has nobody: give it 'layers', or the 'file' of a calendar"
    yield from contradictions_of_plan(rota, people)


def contradictions_of_file(plan: RotaPlan, people: Collection[str]) -> Found:
    """The same of a file of its own."""
    if not plan.layers:
        yield (), "has nobody: give it 'layers'"
    yield from contradictions_of_plan(plan, people)


def contradictions_of_plan(plan: RotaPlan, people: Collection[str]) -> Found:
    """The same of what may stand in either."""
    yield from ((place, nobody_called(person, people)) for place, person in plan.people() if person not in people)
    for at, layer in enumerate(plan.layers):
        yield from ((("layers", at, *key), text) for key, text in _wrong_layer(layer))
    if bool(plan.holidays.dates) != bool(plan.holidays.people):
        lacking = "people" if plan.holidays.dates else "dates"
        yield ("holidays",), f"needs {lacking}, too: who is on call on which dates"
    for at, override in enumerate(plan.overrides):
        if (override.since.tzinfo is None) != (override.until.tzinfo is None):
            yield ("overrides", at, "until"), "and 'since': give both an offset, or neither"
        elif override.until <= override.since:
            yield ("overrides", at, "until"), "must be after 'since'"


def _wrong_layer(layer: LayerTyped) -> Found:
    if layer.hours is not None:
        found = business_hours.contradictions(layer.hours, business_hours.NO_HOURS)
        yield from ((("hours", *key), text) for key, text in found)
    day = layer.handover[0]
    if layer.from_ is None:
        if layer.rotate is not None:
            yield ("rotate",), "needs 'from', the date of the first hand-over: it says whose turn is when"
        elif layer.handover != (None, 0):
            yield ("handover",), "means nothing without 'rotate' and 'from'"
    elif day is not None and layer.rotate is not None and layer.rotate % 7:
        yield ("handover",), "has a day of the week, and the turns last no whole weeks: leave the day out"
    elif day is not None and day != layer.from_.weekday():
        nearest = _next(day, layer.from_)
        yield ("from",), f"is a {DAYS[layer.from_.weekday()]}, and hand-over is on {DAYS[day]}: such as {nearest}"


def _next(day: int, after: date) -> date:
    return after + timedelta(days=(day - after.weekday()) % 7)
