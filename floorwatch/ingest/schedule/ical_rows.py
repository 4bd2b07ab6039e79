"""A schedule as a calendar: every VEVENT is a line, for each of those who attend.

Whose it is says ATTENDEE, else the name of the calendar; what it is CATEGORIES, else SUMMARY.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, vBroken

from floorwatch.ingest.ical import NO_CALENDAR, listed, text_of
from floorwatch.ingest.schedule.document import LINES_MAX, Document, Note, Refusal, Row, UnusableScheduleError, Where
from floorwatch.ingest.schedule.words import activity_of

DAYS_MAX = 366
"""The longest absence in one event."""

Time = datetime | date | str
"""Text is what cannot be read."""


class _RefusedError(Exception):
    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


def read_ical(text: str, encoding: str, zone: ZoneInfo, agent_property: str = "") -> Document:
    """The rows of an iCalendar file. Raises `UnusableScheduleError`.

    `zone` is that of times without one. `agent_property` names the property that says whose an event is, instead of
    ATTENDEE.
    """
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except NO_CALENDAR as wrong:
        raise UnusableScheduleError("unreadable_calendar", problem=str(wrong)[:200]) from wrong
    document = Document("icalendar", encoding)
    begins = (at for at, line in enumerate(text.splitlines(), 1) if line.rstrip().upper() == "BEGIN:VEVENT")
    cancelled = 0
    for calendar in calendars:
        for event in calendar.walk("VEVENT"):
            where = Where(next(begins, 1), event=text_of(event, "UID") or text_of(event, "SUMMARY"))
            if text_of(event, "STATUS").upper() == "CANCELLED":
                cancelled += 1
                continue
            names = _agents(event, agent_property) or [(text_of(calendar, "X-WR-CALNAME"), "")]
            try:
                document.rows += _rows(event, where, names, zone)
            except _RefusedError as wrong:
                document.refused.append(Refusal(where, wrong.reason, names[0][0], wrong.values))
            if len(document.rows) + len(document.refused) > LINES_MAX:
                raise UnusableScheduleError("too_many_lines", where, limit=LINES_MAX)
    if cancelled:
        document.notes.append(Note("cancelled", {"n": cancelled}))
    return document


def _rows(event: Component, where: Where, names: list[tuple[str, str]], zone: ZoneInfo) -> Iterator[Row]:
    """The event's lines: one for each agent, and for each day of an absence."""
    if not names[0][0]:
        raise _RefusedError("no_agent")
    for repetition in ("RRULE", "RDATE"):
        if repetition in event:
            raise _RefusedError("repeats", rule=repetition)
    activity = _activity(event)
    start, end = _time(event, "DTSTART", "start"), _end(event, zone)
    spans = _days(activity, start, end) if _is_day(start) else [(start, end)]
    for since, until in spans:
        for name, otherwise in names:
            yield Row(where, name, activity, _moment(since), _moment(until), agent_otherwise=otherwise)


def _agents(event: Component, agent_property: str) -> list[tuple[str, str]]:
    """(name, other name) of each agent the event names: the name shown, and what stands before the @."""
    if agent_property:
        name = text_of(event, agent_property)
        return [(name, "")] if name else []
    names = []
    for attendee in listed(event, "ATTENDEE"):
        shown = str(getattr(attendee, "params", {}).get("CN", "")).strip()
        scheme, colon, address = str(attendee).partition(":")
        local = (address if colon and scheme.casefold() == "mailto" else str(attendee)).partition("@")[0].strip()
        names.append((shown or local, local))
    return [name for name in names if name[0]]


def _activity(event: Component) -> str:
    """The first category that is an activity; else the summary, whatever it says."""
    categories = [str(word) for each in listed(event, "CATEGORIES") for word in getattr(each, "cats", [])]
    summary = text_of(event, "SUMMARY")
    return next((word for word in (*categories, summary) if activity_of(word)), summary or ",".join(categories))


def _time(event: Component, name: str, column: str) -> Time:
    found = event.get(name, "")
    moment = _dt(found)
    if not isinstance(moment, date):
        return str(found)
    zone = getattr(found, "params", {}).get("TZID")
    if zone and isinstance(moment, datetime) and moment.tzinfo is None:
        raise _RefusedError("unknown_timezone", column=column, typed=moment.isoformat(), timezone=str(zone))
    return moment


def _dt(found: object) -> object:
    """The moment or the span a property gives; None when it gives none that can be read."""
    return None if isinstance(found, vBroken) else getattr(found, "dt", None)


def _end(event: Component, zone: ZoneInfo) -> Time:
    """DTEND, else what DURATION makes of the start; a whole day where there is neither."""
    if "DTEND" in event:
        return _time(event, "DTEND", "end")
    start = _time(event, "DTSTART", "start")
    lasts = _dt(event.get("DURATION"))
    if isinstance(start, str):
        return ""
    if not isinstance(start, datetime):
        return start + (lasts if isinstance(lasts, timedelta) else timedelta(days=1))
    if not isinstance(lasts, timedelta):
        return ""
    return (start if start.tzinfo else start.replace(tzinfo=zone)).astimezone(UTC) + lasts


def _is_day(moment: Time) -> bool:
    return isinstance(moment, date) and not isinstance(moment, datetime)


def _days(activity: str, start: Time, end: Time) -> list[tuple[Time, Time]]:
    """Each day of an absence."""
    if activity_of(activity) != "time_off":
        raise _RefusedError("whole_day", activity=activity)
    if not _is_day(start) or not _is_day(end):
        return [(start, end)]
    assert isinstance(start, date)
    assert isinstance(end, date)
    days = (end - start).days
    if days > DAYS_MAX:
        raise _RefusedError("too_long", start=start.isoformat(), end=end.isoformat())
    if days < 1:
        raise _RefusedError("reversed", start=start.isoformat(), end=end.isoformat())
    return [(start + timedelta(days=day), start + timedelta(days=day + 1)) for day in range(days)]


def _moment(moment: Time) -> datetime | str:
    """A day begins at midnight of the site."""
    if isinstance(moment, datetime | str):
        return moment
    return datetime.combine(moment, time())
