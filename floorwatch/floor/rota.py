"""Rotas: who is on call when. A plan of layers, holidays and overrides is laid out as turns, one after the other.

A rota lives on the clock on its own wall: a hand-over at 09:00 is at 09:00 before and after the clocks are set. A
time that they skip in spring is the first instant after the gap; one that they repeat in autumn is the first of the
two. What counts more lies on top, wherever it has somebody:

    shifts (of a calendar)  <  layers, in their order  <  holidays  <  overrides, in their order

`floorwatch.config.oncall` (YAML) and `floorwatch.ingest.oncall` (iCalendar) are where people say it. Instants in
milliseconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from floorwatch.floor.hours import Hours
from floorwatch.floor.internal import RotaLoaded, RotaTurn

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
DAYS_KNOWN = 37
"""So many days ahead a rota is laid out: it is told anew every day, and is known for 35 days at least."""

BACK_DAYS = 400
"""So far back it is looked for when a turn began."""
_DAY_MS = 86_400_000

People = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """People who take turns, or who are always on call."""

    entries: tuple[People, ...]
    """Who is on call together, in the order in which they take turns."""
    every_days: int = 0
    """So long one turn lasts; 0: they take no turns, all of them are on call."""
    since: date | None = None
    """The turn of the first entry begins on this date; nobody is on call before. None: it has no beginning."""
    handover_ms: int = 0
    """When a turn begins on its date: what the clock on the wall reads, in milliseconds after 00:00."""
    hours: Hours | None = None
    """The layer has somebody at these hours only; None: always. Hours are a shift: they begin once and end once, as a
    queue's do not, which is open twice at a time that comes twice."""


class Span(NamedTuple):
    """In [`since`, `until`) these people."""

    since: int
    until: int
    people: People


@dataclass(frozen=True, slots=True)
class Rota:
    """A rota as people planned it."""

    name: str
    timezone: str = "UTC"
    shifts: tuple[Span, ...] = ()
    """Of a calendar. Where they overlap all of their people are on call, those who began first first."""
    layers: tuple[Layer, ...] = ()
    holidays: tuple[date, ...] = ()
    """On these dates, from midnight to midnight, `holiday_people` are on call instead."""
    holiday_people: People = ()
    overrides: tuple[Span, ...] = ()
    """The last one counts most."""
    team: str = ""
    site: str = ""


def instant_of(wall: datetime, zone: tzinfo) -> int:
    """When the clock on the wall reads this: the first of two times, or the end of the gap if it never does."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return (first - _EPOCH) // _MS
    before, after = second.timestamp(), first.timestamp()  # the clocks are set between these two, on a whole second
    low, high, offset = int(before), int(after), _offset(int(after), zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(middle, zone) == offset else (middle, high)
    return high * 1000


def _offset(at_s: int, zone: tzinfo) -> timedelta | None:
    return (_EPOCH + timedelta(seconds=at_s)).astimezone(zone).utcoffset()


def local_date(at: int, zone: tzinfo) -> date:
    """The date that the calendar on the wall shows."""
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(zone).date()


def midnight(day: date, zone: tzinfo) -> int:
    """When this date begins."""
    return instant_of(datetime.combine(day, time()), zone)


def turns(rota: Rota, since: int, until: int) -> list[RotaTurn]:
    """Who is on call in [`since`, `until`): turns in order, none without the next, a gap being a turn of nobody.

    Two turns that follow each other are never of the same people.
    """
    zone = ZoneInfo(rota.timezone)
    shelves = [_cut(spans, since, until) for spans in _shelves(rota, zone, since, until)]
    edges = sorted({since, until, *(edge for shelf in shelves for span in shelf for edge in span[:2])})
    found: list[RotaTurn] = []
    for start, end in pairwise(edges):
        people = next((people for shelf in reversed(shelves) if (people := _of(shelf, start))), ())
        if found and found[-1].people == people:
            found[-1] = RotaTurn(since=found[-1].since, until=end, people=people)
        else:
            found.append(RotaTurn(since=start, until=end, people=people))
    return found


def loaded(rota: Rota, since: int, until: int, at: int) -> RotaLoaded:
    """What the engine is told of a rota at the instant `at`: the turn that runs at `since` is told from its beginning
    on, if that is no more than `BACK_DAYS` before.
    """
    laid_out = turns(rota, since, until)
    if laid_out:
        laid_out[0] = replace(laid_out[0], since=began(rota, laid_out[0]))
    return RotaLoaded(
        time=at,
        source="schedule",
        rota=rota.name,
        since=since,
        until=until,
        turns=tuple(laid_out),
        team=rota.team,
        site=rota.site,
    )


def began(rota: Rota, turn: RotaTurn) -> int:
    """When a turn that was cut off at its beginning has really begun; when it was cut off, if that is too long ago."""
    for days in (8, 32, BACK_DAYS):
        found = turns(rota, turn.since - days * _DAY_MS, turn.since + 1)
        if len(found) > 1 or days == BACK_DAYS:
            break
    return found[-1].since if len(found) > 1 else turn.since


def horizon(at: int, timezone: str) -> tuple[int, int]:
    """What is told of a rota of this time zone: from the beginning of yesterday, for `DAYS_KNOWN` days from today."""
    zone = ZoneInfo(timezone)
    today = local_date(at, zone)
    return midnight(today - timedelta(days=1), zone), midnight(today + timedelta(days=DAYS_KNOWN), zone)


def _shelves(rota: Rota, zone: ZoneInfo, since: int, until: int) -> Iterator[Iterable[Span]]:
    """What lies on top of what; on one shelf nothing overlaps."""
    yield _together(rota.shifts)
    for layer in rota.layers:
        yield _layer(layer, zone, since, until)
    yield (
        Span(midnight(day, zone), midnight(day + timedelta(days=1), zone), rota.holiday_people) for day in rota.holidays
    )
    for override in rota.overrides:
        yield (override,)


def _cut(spans: Iterable[Span], since: int, until: int) -> list[Span]:
    """In order, what lies within; people on call twice are so once."""
    within = (Span(max(since, one.since), min(until, one.until), tuple(dict.fromkeys(one.people))) for one in spans)
    return sorted(one for one in within if one.since < one.until)


def _of(shelf: list[Span], at: int) -> People:
    place = bisect_right(shelf, at, key=lambda span: span.since) - 1
    return shelf[place].people if place >= 0 and at < shelf[place].until else ()


def _together(shifts: tuple[Span, ...]) -> Iterator[Span]:
    """Shifts that overlap become spans that do not."""
    ordered = sorted(shifts, key=lambda shift: shift.since)  # of those that begin together the first said comes first
    edges = sorted({edge for shift in shifts for edge in (shift.since, shift.until)})
    on: list[Span] = []
    place = 0
    for start, end in pairwise(edges):
        while place < len(ordered) and ordered[place].since <= start:
            on.append(ordered[place])
            place += 1
        on = [shift for shift in on if start < shift.until]
        if on:
            yield Span(start, end, tuple(person for shift in on for person in shift.people))


def _layer(layer: Layer, zone: ZoneInfo, since: int, until: int) -> Iterator[Span]:
    if layer.hours is None:
        yield from _rotation(layer, zone, since, until)
        return
    for begins, ends in _times(layer.hours, zone, since, until):
        yield from _cut(_rotation(layer, zone, begins, ends), begins, ends)


def _times(hours: Hours, zone: ZoneInfo, since: int, until: int) -> Iterator[tuple[int, int]]:
    """When hours begin and end in [`since`, `until`): once, also where the clocks repeat that time."""
    day = local_date(since, zone) - timedelta(days=1)  # what began yesterday may go on past midnight
    while day <= local_date(until, zone):
        for times in hours.week[day.weekday()]:
            begins, ends = (instant_of(datetime.combine(day, time()) + ms * _MS, zone) for ms in times)
            yield begins, ends
        day += timedelta(days=1)


def _rotation(layer: Layer, zone: ZoneInfo, since: int, until: int) -> Iterator[Span]:
    """The turns of a layer that touch [`since`, `until`), whatever its hours."""
    everybody = tuple(person for entry in layer.entries for person in entry)
    if layer.since is None:
        yield Span(since, until, everybody)
        return
    first = datetime.combine(layer.since, time()) + timedelta(milliseconds=layer.handover_ms)
    if layer.every_days == 0:
        yield Span(instant_of(first, zone), until, everybody)
        return
    every = timedelta(days=layer.every_days)
    # One turn early, since a hand-over may be late in its day; the first begins with the layer.
    n = max(0, (local_date(since, zone) - layer.since).days // layer.every_days - 1)
    start = instant_of(first + n * every, zone)
    while start < until:
        end = instant_of(first + (n + 1) * every, zone)
        yield Span(start, end, layer.entries[n % len(layer.entries)])
        n, start = n + 1, end
