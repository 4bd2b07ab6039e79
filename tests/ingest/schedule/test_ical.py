"""Schedules as calendars (RFC 5545)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.floor.settings import AgentProfile
from floorwatch.ingest.schedule import ScheduleRead, read_schedule

FROM_8_TO_10 = ("DTSTART:20260303T080000Z", "DTEND:20260303T100000Z")


def event(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", *lines, "END:VEVENT"))


def calendar(*parts: str, name: str = "A17") -> bytes:
    head = ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", *([f"X-WR-CALNAME:{name}"] if name else []))
    return ("".join(f"{line}\r\n" for line in head) + "".join(parts) + "END:VCALENDAR\r\n").encode()


def read(content: bytes, *agents: str, timezone: str = "Europe/Berlin", agent_property: str = "") -> ScheduleRead:
    known = {name: AgentProfile() for name in agents}
    return read_schedule(content, "s.ics", timezone, known, agent_property=agent_property)


def said(schedule: ScheduleRead) -> list[tuple[str, str, str, str]]:
    return [
        (
            line.agent,
            line.activity,
            *(f"{datetime.fromtimestamp(ms / 1000, UTC):%dT%H:%M}" for ms in (line.start, line.end)),
        )  # type: ignore[misc, operator]
        for line in schedule.activities
    ]


def reasons(schedule: ScheduleRead) -> list[tuple[int, str]]:
    return [(refusal.where.line, refusal.reason) for refusal in schedule.refused]


def test_a_calendar_of_one_agent() -> None:
    """Whose it is says its name; what an event is its summary, in either language."""
    schedule = read(calendar(event(*FROM_8_TO_10, "SUMMARY:Work"), event("DTSTART:20260303T100000Z", "DURATION:PT30M",
                                                                       "SUMMARY:午餐")))  # fmt: skip
    assert said(schedule) == [("A17", "work", "03T08:00", "03T10:00"), ("A17", "lunch", "03T10:00", "03T10:30")]
    assert (schedule.format, schedule.encoding) == ("icalendar", "utf-8")


@pytest.mark.parametrize(
    ("attendee", "agents"),
    [
        ("ATTENDEE;CN=A18:mailto:x@example.com", ["A18"]),
        ("ATTENDEE:mailto:A18@example.com", ["A18"]),
        ('ATTENDEE;CN="Anna Example":MAILTO:A18@example.com', ["A18"]),
        ("ATTENDEE;CN=A18:mailto:x@example.com\r\nATTENDEE;CN=A19:mailto:y@example.com", ["A18", "A19"]),
        ("X-OTHER:A17", ["A17"]),
    ],
)
def test_whose_an_event_is_say_those_who_attend(attendee: str, agents: list[str]) -> None:
    """The name shown, else what stands before the @, whichever is known; each of several has the line."""
    schedule = read(calendar(event(*FROM_8_TO_10, "SUMMARY:training", attendee)), "A17", "A18", "A19")
    assert [line.agent for line in schedule.activities] == agents


def test_a_property_of_the_sites_choice_may_say_whose_an_event_is() -> None:
    """Where the planning system keeps the agent's number in a property of its own."""
    content = calendar(event(*FROM_8_TO_10, "SUMMARY:work", "X-EMPLOYEE:A18", "ATTENDEE:mailto:boss@example.com"))
    assert [line.agent for line in read(content, agent_property="X-EMPLOYEE").activities] == ["A18"]


def test_the_first_category_that_is_an_activity_counts_before_the_summary() -> None:
    """Summaries are for people; a category that means nothing here is passed over."""
    schedule = read(calendar(event(*FROM_8_TO_10, "SUMMARY:Coaching with B", "CATEGORIES:Blue,Coaching")))
    assert [line.activity for line in schedule.activities] == ["coaching"]
    (refusal,) = read(calendar(event(*FROM_8_TO_10, "SUMMARY:Coaching with B"))).refused
    assert refusal.why("en") == "there is no activity 'Coaching with B'"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("DTSTART:20260303T080000", "03T07:00"),
        ("DTSTART:20260303T080000Z", "03T08:00"),
        ("DTSTART;TZID=Asia/Shanghai:20260303T080000", "03T00:00"),
        ("DTSTART;TZID=China Standard Time:20260303T080000", "03T00:00"),
        ("DTSTART;TZID=Hall:20260303T080000", "03T05:00"),
    ],
)
def test_times_are_the_sites_or_those_of_their_zone(start: str, expected: str) -> None:
    """Floating times are local; zones are known by name, by the names of one vendor, or described in the calendar."""
    hall = "".join(
        f"{line}\r\n"
        for line in ("BEGIN:VTIMEZONE", "TZID:Hall", "BEGIN:STANDARD", "DTSTART:20000101T000000", "TZOFFSETFROM:+0300",
                     "TZOFFSETTO:+0300", "TZNAME:HALL", "END:STANDARD", "END:VTIMEZONE")
    )  # fmt: skip
    schedule = read(calendar(hall, event(start, "DTEND:20260303T090000Z", "SUMMARY:work")))
    assert [line[2] for line in said(schedule)] == [expected]


def test_a_zone_nobody_knows_is_refused() -> None:
    """It is not taken for a local time."""
    content = calendar(event("DTSTART;TZID=Nowhere/X:20260303T080000", "DTEND:20260303T100000Z", "SUMMARY:work"))
    (refusal,) = read(content).refused
    assert refusal.reason == "unknown_timezone"
    assert "Nowhere/X" in refusal.why("en")


def test_a_duration_over_the_clock_change_is_as_long_as_it_says() -> None:
    """Four hours from one in the morning end at six where the clocks are set forward."""
    schedule = read(calendar(event("DTSTART:20260329T010000", "DURATION:PT4H", "SUMMARY:work")))
    assert said(schedule) == [("A17", "work", "29T00:00", "29T04:00")]


def test_whole_days_are_absences_a_line_a_day() -> None:
    """The end date is the first day back; other activities need times."""
    days = ("DTSTART;VALUE=DATE:20261024", "DTEND;VALUE=DATE:20261026")
    schedule = read(calendar(event(*days, "SUMMARY:请假"), event("UID:7", *days, "SUMMARY:work")))
    assert said(schedule) == [("A17", "time_off", "23T22:00", "24T22:00"), ("A17", "time_off", "24T22:00", "25T23:00")]
    (refusal,) = schedule.refused
    assert (refusal.reason, refusal.where.event, refusal.where.line) == ("whole_day", "7", 10)
    one = read(calendar(event("DTSTART;VALUE=DATE:20260303", "SUMMARY:time_off")))
    assert said(one) == [("A17", "time_off", "02T23:00", "03T23:00")]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((*FROM_8_TO_10, "SUMMARY:work", "RRULE:FREQ=DAILY;COUNT=3"), "repeats"),
        ((*FROM_8_TO_10, "SUMMARY:work", "RDATE:20260304T080000Z"), "repeats"),
        (("DTSTART:20260303", "DTEND:20260303T100000Z", "SUMMARY:work"), "whole_day"),
        (("DTSTART:soon", "DTEND:20260303T100000Z", "SUMMARY:work"), "unreadable_time"),
        (("DTEND:20260303T100000Z", "SUMMARY:work"), "missing_value"),
        (("DTSTART:20260303T080000Z", "SUMMARY:work"), "missing_value"),
        (("DTSTART:20260303T080000Z", "DURATION:long", "SUMMARY:work"), "missing_value"),
        ((*reversed(FROM_8_TO_10), "DTSTART:20260303T090000Z", "SUMMARY:work"), "unreadable_time"),
        (("DTSTART:20260303T100000Z", "DTEND:20260303T080000Z", "SUMMARY:work"), "reversed"),
        (("DTSTART;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20260303", "SUMMARY:time_off"), "reversed"),
        (("DTSTART;VALUE=DATE:20260303", "DTEND;VALUE=DATE:20280303", "SUMMARY:time_off"), "too_long"),
        (FROM_8_TO_10, "missing_value"),
    ],
)
def test_an_event_that_is_no_line_is_refused_with_its_line_and_uid(lines: tuple[str, ...], reason: str) -> None:
    """The good event after it is taken."""
    good = event("DTSTART:20260305T080000Z", "DTEND:20260305T090000Z", "SUMMARY:work")
    schedule = read(calendar(event("UID:e1", *lines), good))
    assert [(refusal.where.line, refusal.where.event, refusal.reason) for refusal in schedule.refused] == [
        (5, "e1", reason)
    ]
    assert len(schedule.activities) == 1


def test_an_event_of_nobody_is_refused() -> None:
    """No attendee, and a calendar without a name."""
    assert reasons(read(calendar(event(*FROM_8_TO_10, "SUMMARY:work"), name=""))) == [(4, "no_agent")]


def test_cancelled_events_are_left_out_and_counted() -> None:
    """They are no fault of the document, and do not stand in the way of others."""
    schedule = read(
        calendar(event(*FROM_8_TO_10, "SUMMARY:work", "STATUS:CANCELLED"), event(*FROM_8_TO_10, "SUMMARY:lunch"))
    )
    assert [line.activity for line in schedule.activities] == ["lunch"]
    assert "cancelled events left out: 1" in [note.text("en") for note in schedule.notes]


def test_calendars_one_after_another_are_each_their_agents() -> None:
    """Exports of several people put together in one file."""
    schedule = read(
        calendar(event(*FROM_8_TO_10, "SUMMARY:work")) + calendar(event(*FROM_8_TO_10, "SUMMARY:wrok"), name="A18")
    )
    assert [line.agent for line in schedule.activities] == ["A17"]
    assert [(refusal.agent, refusal.where.line) for refusal in schedule.refused] == [("A18", 15)]


@pytest.mark.parametrize(
    "content",
    [
        b"BEGIN:VCALENDAR\r\ngarbage\r\n",
        b"BEGIN:VCALENDAR\r\n",
        b"\xef\xbb\xbfbegin:vcalendar",
        calendar(event("DTSTART;TZID=Europe:20260303T080000", "DTEND:20260303T100000Z", "SUMMARY:work")),
    ],
)
def test_a_broken_calendar_is_refused_as_a_whole(content: bytes) -> None:
    """With a sentence, not a traceback."""
    (refusal,) = read(content).refused
    assert refusal.reason in ("unreadable_calendar", "empty")


GOOD = calendar(event(*FROM_8_TO_10, "SUMMARY:work", "ATTENDEE;CN=A17:mailto:x@example.com", "DURATION:PT1H")).decode()


@given(st.integers(15, len(GOOD)), st.integers(0, 30), st.text(alphabet=':;=,TZ0123456789-PVE\r\n "\\', max_size=12))
def test_nonsense_in_a_calendar_never_raises(at: int, cut: int, text: str) -> None:
    """Whatever is put in its place, it is read, or refused with a sentence."""
    schedule = read((GOOD[:at] + text + GOOD[at + cut :]).encode())
    assert schedule.activities or schedule.refused or schedule.notes
