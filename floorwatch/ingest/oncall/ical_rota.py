"""A rota as a calendar: every VEVENT is a shift of the person it names, as often as it repeats.

Whose it is says SUMMARY, where that is the name of a person; else the first ATTENDEE, by the name shown or by the
address. A shift that repeats begins and ends at the same times on the wall wherever the clocks are set meanwhile: that
is what every calendar shows. A date without a time is midnight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from itertools import accumulate
from typing import NamedTuple
from zoneinfo import ZoneInfo

# It comes with icalendar, which reads a rule and does not follow it; it brings no types.
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from icalendar import Calendar, Component, vBroken, vRecur
from icalendar.parser import Contentline, Contentlines

from floorwatch.floor.rota import Span, instant_of
from floorwatch.ingest.ical import NO_CALENDAR, listed, text_of

EVENTS_MAX = 20_000
REPEATS_MAX = 20_000
"""Of one event, up to the end of what is asked for: every day for over fifty years."""
SHIFTS_MAX = 100_000
YEAR_MIN, YEAR_MAX = 1971, 9000
LASTS_MAX = timedelta(days=3_660)
TOGETHER_MAX = 100
FREQUENCIES = frozenset(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
ZONE_FREQUENCIES = frozenset(("MONTHLY", "YEARLY"))
_OF_A_DAY = ("BYHOUR", "BYMINUTE", "BYSECOND")

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall clock's reading has no zone
KNOWN_BACK = timedelta(days=802)


class UnusableRotaError(Exception):
    """The calendar cannot be used: which event, what is wrong and what mends it. Nothing of it is taken."""


class _Moment(NamedTuple):
    """What the clock on a wall reads."""

    wall: datetime
    zone: tzinfo

    @property
    def instant(self) -> int:
        return instant_of(self.wall, self.zone)


@dataclass(frozen=True, slots=True)
class _Event:
    """One VEVENT."""

    uid: str
    people: tuple[str, ...]
    starts: tuple[_Moment, ...] = ()
    lasts: timedelta = _DAY
    """On the wall."""
    without: frozenset[int | date] = field(default_factory=frozenset)
    """Instants and dates on which it does not come."""
    instead_of: int | None = None
    """The start of the repetition whose place it takes."""
    is_cancelled: bool = False

    def shifts(self, moved: Iterable[int]) -> Iterator[Span]:
        """Its shifts, but for those that have moved."""
        left_out = {*self.without, *moved}
        for start in self.starts:
            if start.instant not in left_out and start.wall.date() not in left_out:
                yield Span(start.instant, instant_of(start.wall + self.lasts, start.zone), self.people)


class _Asked(NamedTuple):
    """Which shifts are asked for, by any wall of the world: days that nobody asks for are not laid out."""

    since: datetime
    until: datetime


def shifts_of(text: str, zone: ZoneInfo, people: Mapping[str, str], until: int) -> tuple[Span, ...]:
    """The shifts of a calendar up to `until`, of more than two years, and maybe some more. Raises `UnusableRotaError`.

    `zone` is that of times without one. `people`: by every name in small letters under which a calendar may know
    them, addresses too.
    """
    try:
        _check_zones(text)
        calendars = Calendar.from_ical(text, multiple=True)
    except NO_CALENDAR as wrong:
        raise UnusableRotaError(f"is no calendar that can be read: {str(wrong)[:200]}") from wrong
    lines = (at for at, line in enumerate(text.splitlines(), 1) if line.rstrip().upper() == "BEGIN:VEVENT")
    last = _EPOCH + timedelta(milliseconds=until) + _DAY
    asked, events = _Asked(last - KNOWN_BACK, last), list[_Event]()
    for component in (event for calendar in calendars for event in calendar.walk("VEVENT")):
        place = f"line {next(lines, 1)}, {text_of(component, 'SUMMARY') or text_of(component, 'UID') or 'an event'}"
        try:
            events.append(_event(component, zone, people, asked))
        except UnusableRotaError as wrong:
            raise UnusableRotaError(f"{place}: {wrong}") from None
        except NO_CALENDAR as wrong:
            raise UnusableRotaError(f"{place}: cannot be read: {str(wrong)[:200]}") from wrong
        if len(events) > EVENTS_MAX:
            raise UnusableRotaError(f"has more than {EVENTS_MAX:,} events: leave the old ones out")
    if not events:
        raise UnusableRotaError("has no events: each VEVENT is a shift")
    moved: dict[str, list[int]] = {}
    for one in events:
        if one.instead_of is not None:
            moved.setdefault(one.uid, []).append(one.instead_of)
    shifts = tuple(
        shift
        for one in events
        if not one.is_cancelled
        for shift in one.shifts(moved.get(one.uid, ()) if one.instead_of is None else ())
    )
    if len(shifts) > SHIFTS_MAX:
        raise UnusableRotaError(f"has more than {SHIFTS_MAX:,} shifts in two years: that is no rota of a team")
    _check_together(shifts)
    return shifts


def _check_zones(text: str) -> None:
    """Before the library follows the rules of time zones, from their first year on: some come nowhere."""
    within: list[str] = []
    unfolded: list[Contentline] = Contentlines.from_ical(text)  # type: ignore[no-untyped-call]
    for line in unfolded:
        if not line[:5].upper().startswith(("BEGIN", "END", "RRULE", "EXRUL")):
            continue
        name, _, value = line.parts()
        if name.upper() == "BEGIN":
            within.append(value.upper())
        elif name.upper() == "END":
            del within[-1:]
        elif name.upper() in ("RRULE", "EXRULE") and "VTIMEZONE" in within:
            rule = vRecur.from_ical(value)
            is_often = _frequency(rule) not in ZONE_FREQUENCIES or any(
                len(rule.get(part, ())) > 1 for part in _OF_A_DAY
            )
            if is_often or _interval(rule) < 1:
                raise UnusableRotaError(f"has a time zone whose clocks are set for ever: {name}:{value[:200]}")


def _check_together(shifts: Iterable[Span]) -> None:
    edges = sorted(edge for one in shifts for edge in ((one.since, 1), (one.until, -1)))
    if max(accumulate(change for _, change in edges), default=0) > TOGETHER_MAX:
        raise UnusableRotaError(f"has more than {TOGETHER_MAX} shifts at once: that is no rota of a team")


def _event(event: Component, zone: ZoneInfo, people: Mapping[str, str], asked: _Asked) -> _Event:
    uid, is_cancelled = text_of(event, "UID"), text_of(event, "STATUS").upper() == "CANCELLED"
    instead = event.get("RECURRENCE-ID")
    if instead is not None and str(instead.params.get("RANGE", "")):
        raise UnusableRotaError("changes this repetition and all that follow, which is not read: end the old event")
    if "EXRULE" in event:
        raise UnusableRotaError("leaves repetitions out by an EXRULE, which is not read: name them by EXDATE")
    start = _moment(event.get("DTSTART"), zone)
    if start is None:
        raise UnusableRotaError("has no DTSTART that can be read")
    instead_of = None if instead is None else _instant(instead, zone)
    if is_cancelled:
        return _Event(uid, (), instead_of=instead_of, is_cancelled=True)
    lasts = _lasts(event, start, zone)
    if not YEAR_MIN <= start.wall.year <= YEAR_MAX or lasts > LASTS_MAX:
        raise UnusableRotaError("begins or ends in a year that nobody means")
    if lasts <= timedelta():
        raise UnusableRotaError("ends before it begins, or at once: give it DTEND or DURATION")
    starts = tuple(one for one in _starts(event, start, zone, asked.until) if one.wall + lasts > asked.since)
    without = frozenset(_left_out(event, zone))
    return _Event(uid, (_person(event, people),), starts, lasts, without, instead_of)


def _person(event: Component, people: Mapping[str, str]) -> str:
    names = list(_names(event))
    for name in names:
        if (person := people.get(name.casefold())) is not None:
            return person
    if not names:
        raise UnusableRotaError("names nobody: SUMMARY or an ATTENDEE says whose shift it is")
    nearest = get_close_matches(names[0].casefold(), people, 1)
    hint = f"did you mean '{people[nearest[0]]}'?" if nearest else "name them under 'people:' of the configuration"
    shown, at, _ = names[0].partition("@")  # what we say is logged, and an address is nobody's business there
    raise UnusableRotaError(f"there is no person '{shown}{'@…' if at else ''}'; {hint}")


def _names(event: Component) -> Iterator[str]:
    """Names under which the person may be known, the likeliest first."""
    if summary := text_of(event, "SUMMARY"):
        yield summary
    for attendee in listed(event, "ATTENDEE")[:1]:
        shown = str(getattr(attendee, "params", {}).get("CN", "")).strip()
        address = str(attendee).strip()
        address = address[7:] if address[:7].casefold() == "mailto:" else address
        yield from (name for name in (shown, address, address.partition("@")[0]) if name)


def _moment(found: object, zone: ZoneInfo) -> _Moment | None:
    """The moment a property gives; None when it gives none that can be read."""
    moment = None if isinstance(found, vBroken) else getattr(found, "dt", None)
    if isinstance(moment, datetime):
        typed = getattr(found, "params", {}).get("TZID")
        if typed and moment.tzinfo is None:
            raise UnusableRotaError(f"is in the time zone '{typed}', which is not known: use a name of the tz database")
        return _Moment(moment.replace(tzinfo=None), moment.tzinfo or zone)
    return _Moment(datetime.combine(moment, time()), zone) if isinstance(moment, date) else None


def _instant(found: object, zone: ZoneInfo) -> int:
    moment = _moment(found, zone)
    if moment is None:
        raise UnusableRotaError("has a RECURRENCE-ID that cannot be read")
    return moment.instant


def _lasts(event: Component, start: _Moment, zone: ZoneInfo) -> timedelta:
    """From its start to its end by the clock on the wall; a day where nothing is said of a date."""
    if "DTEND" in event:
        end = _moment(event.get("DTEND"), zone)
        if end is None:
            raise UnusableRotaError("has a DTEND that cannot be read")
        if end.zone is not start.zone and str(end.zone) != str(start.zone):
            at = datetime.fromtimestamp(end.instant / 1000, UTC).astimezone(start.zone)
            return at.replace(tzinfo=None) - start.wall
        return end.wall - start.wall
    lasts = getattr(event.get("DURATION"), "dt", None)
    if isinstance(lasts, timedelta):
        return lasts
    is_day = not isinstance(getattr(event.get("DTSTART"), "dt", None), datetime)
    return _DAY if is_day else timedelta()


def _starts(event: Component, start: _Moment, zone: ZoneInfo, until: datetime) -> Iterator[_Moment]:
    """Every start, in the time zone of the first."""
    yield start
    yield from _dated(event, zone)
    for rule in listed(event, "RRULE"):
        yield from (one for one in _follow(rule, start, until) if one != start)


def _dated(event: Component, zone: ZoneInfo) -> Iterator[_Moment]:
    """What RDATE adds."""
    for each in listed(event, "RDATE"):
        for one in getattr(each, "dts", ()):
            if (moment := _moment(one, zone)) is None:
                raise UnusableRotaError("has an RDATE with an end of its own, which is not read: make it an event")
            if YEAR_MIN <= moment.wall.year <= YEAR_MAX:
                yield moment


def _follow(rule: object, start: _Moment, until: datetime) -> Iterator[_Moment]:
    """The starts that a rule makes."""
    if not isinstance(rule, vRecur):
        raise UnusableRotaError("has an RRULE that cannot be read")
    parts = dict(rule.items())
    frequency = _frequency(rule)
    if frequency not in FREQUENCIES:
        raise UnusableRotaError(f"repeats {frequency or 'never'}: it may be {', '.join(sorted(FREQUENCIES))}")
    if _interval(rule) < 1:
        raise UnusableRotaError("repeats with an INTERVAL below 1, which has no end: it is 1 or more")
    ends = _first(parts.pop("UNTIL", None))
    text: bytes = vRecur(parts).to_ical()  # type: ignore[no-untyped-call]
    n = 0
    for wall in rrulestr(text.decode(), dtstart=start.wall):
        one = _Moment(wall, start.zone)
        if wall >= until or _is_past(one, ends):
            return
        if (n := n + 1) > REPEATS_MAX:
            raise UnusableRotaError(f"repeats more than {REPEATS_MAX:,} times: let it begin later")
        yield one


def _frequency(rule: vRecur) -> str:
    return str(_first(rule.get("FREQ"))).upper()


def _interval(rule: vRecur) -> int:
    return int(str(_first(rule.get("INTERVAL", 1))))


def _first(found: object) -> object:
    return found[0] if isinstance(found, list) and found else found


def _is_past(start: _Moment, ends: object) -> bool:
    """Whether it comes after the end of its rule, which may be a date, a time of the same wall, or an instant."""
    if isinstance(ends, datetime):
        if ends.tzinfo is None:
            return start.wall > ends
        return start.instant > round(ends.timestamp() * 1000)
    return isinstance(ends, date) and start.wall.date() > ends


def _left_out(event: Component, zone: ZoneInfo) -> Iterator[int | date]:
    for each in listed(event, "EXDATE"):
        for one in getattr(each, "dts", ()):
            moment = _moment(one, zone)
            if moment is not None:
                yield moment.instant if isinstance(one.dt, datetime) else moment.wall.date()
