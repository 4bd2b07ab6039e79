"""Rotas as calendars: what repeats, moves and is left out, in every time zone; and whose shift it is."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from floorwatch.config.rotas import RotaPlan
from floorwatch.floor.rota import Rota, turns
from floorwatch.ingest.oncall.ical_rota import UnusableRotaError, shifts_of

WARSAW = ZoneInfo("Europe/Warsaw")
PEOPLE = {"a17": "A17", "b2": "B2", "b2@example.com": "B2", "+48600100200": "A17"}


HOUR = "DTSTART:20260601T080000\nDURATION:PT1H"
NIGHT = "SUMMARY:A17\nDTSTART;TZID=Europe/Warsaw:20261024T230000\nDTEND;TZID=Europe/Warsaw:20261025T070000\n"


def at(text: str) -> int:
    """The instant of a local time of Warsaw."""
    return int(datetime.fromisoformat(text).replace(tzinfo=WARSAW).timestamp() * 1000)


def calendar(*events: str) -> str:
    """A calendar of these events, each its lines."""
    body = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}END:VCALENDAR\n"


def shifts(*events: str, until: str = "2027-01-01") -> list[tuple[str, str, str]]:
    """(who, from, until) on the clock of Warsaw."""
    found = shifts_of(calendar(*events), WARSAW, PEOPLE, at(until))
    return [
        (one.people[0], *(f"{datetime.fromtimestamp(edge / 1000, WARSAW):%m-%d %H:%M}" for edge in one[:2]))
        for one in sorted(found)
    ]


def test_weeks_that_repeat_are_the_turns_of_a_layer() -> None:
    """Two people in turn, each every second week, over both clock changes: as if it stood in the configuration."""
    zone = "TZID=Europe/Warsaw"
    text = calendar(
        f"SUMMARY:A17\nDTSTART;{zone}:20260105T090000\nDTEND;{zone}:20260112T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2",
        f"SUMMARY:B2\nDTSTART;{zone}:20260112T090000\nDTEND;{zone}:20260119T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2",
    )
    since, until = at("2026-01-01"), at("2026-12-01")
    written = RotaPlan.model_validate(
        {"layers": [{"people": ["A17", "B2"], "rotate": "weekly", "handover": "mon 09:00", "from": "2026-01-05"}]}
    )
    found = turns(Rota("north", "Europe/Warsaw", shifts_of(text, WARSAW, PEOPLE, until)), since, until)
    assert found == turns(written.plan("north", "Europe/Warsaw"), since, until)
    assert len(found) > 45


def test_single_repetitions_are_left_out_moved_added_and_cancelled() -> None:
    """EXDATE, RECURRENCE-ID with another person and time, RDATE, and a cancelled repetition."""
    start = "SUMMARY:A17\nDTSTART;TZID=Europe/Warsaw:20260601T080000\nDURATION:PT10H\nRRULE:FREQ=DAILY;COUNT=5"
    moved = "RECURRENCE-ID;TZID=Europe/Warsaw:20260603T080000\nSUMMARY:B2\nDTSTART:20260603T080000Z\nDURATION:PT1H"
    gone = "RECURRENCE-ID;TZID=Europe/Warsaw:20260604T080000\nDTSTART;TZID=Europe/Warsaw:20260604T080000"
    events = [
        f"{start}\nEXDATE;TZID=Europe/Warsaw:20260602T080000\nRDATE;TZID=Europe/Warsaw:20260610T120000",
        f"{moved}\nUID:0",
        f"{gone}\nSTATUS:CANCELLED\nUID:0",
    ]
    text = calendar(*events).replace("UID:1\n", "").replace("UID:2\n", "")
    found = sorted(shifts_of(text, WARSAW, PEOPLE, at("2027-01-01")))
    assert [(one.people[0], f"{datetime.fromtimestamp(one.since / 1000, WARSAW):%m-%d %H:%M}") for one in found] == [
        ("A17", "06-01 08:00"),
        ("B2", "06-03 10:00"),
        ("A17", "06-05 08:00"),
        ("A17", "06-10 12:00"),
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("SUMMARY:A17\nDTSTART;VALUE=DATE:20261225", [("A17", "12-25 00:00", "12-26 00:00")]),
        (
            "SUMMARY:A17\nDTSTART;VALUE=DATE:20261025\nDTEND;VALUE=DATE:20261027",
            [("A17", "10-25 00:00", "10-27 00:00")],
        ),
        ("SUMMARY:A17\nDTSTART:20260601T080000\nDTEND:20260601T100000", [("A17", "06-01 08:00", "06-01 10:00")]),
        ("SUMMARY:A17\nDTSTART:20260601T080000Z\nDURATION:PT1H", [("A17", "06-01 10:00", "06-01 11:00")]),
        (
            "SUMMARY:A17\nDTSTART;TZID=Asia/Shanghai:20260601T080000\nDTEND;TZID=Europe/Warsaw:20260601T060000",
            [("A17", "06-01 02:00", "06-01 06:00")],
        ),
        (
            NIGHT + "RRULE:FREQ=DAILY;UNTIL=20261025T220000Z",  # 23:00 in Warsaw, an hour later by UTC
            [("A17", "10-24 23:00", "10-25 07:00"), ("A17", "10-25 23:00", "10-26 07:00")],
        ),
        (
            "SUMMARY:A17\nDTSTART:20261221T080000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=3MO;COUNT=4",
            [("A17", "12-21 08:00", "12-21 09:00")],  # the next would begin after what is asked for
        ),
    ],
)
def test_when_a_shift_is(event: str, expected: list[tuple[str, str, str]]) -> None:
    """Whole days, times of the rota's wall, of UTC and of another zone; rules that end."""
    assert shifts(event) == expected


@pytest.mark.parametrize(
    ("names", "person"),
    [
        ("SUMMARY:b2", "B2"),
        ("SUMMARY:On call\nATTENDEE;CN=A17:mailto:x@example.com", "A17"),
        ("SUMMARY:On call\nATTENDEE:mailto:B2@example.com", "B2"),
        ("SUMMARY:On call\nATTENDEE;CN=Somebody:MAILTO:a17@elsewhere.example", "A17"),
        ("ATTENDEE:mailto:a17@x\nATTENDEE:mailto:b2@x", "A17"),
    ],
)
def test_whose_shift_it_is(names: str, person: str) -> None:
    """A summary that is a name, else the first who attends: by the name shown, an address, what is before the @."""
    assert shifts(f"{names}\nDTSTART:20260601T080000\nDURATION:PT1H")[0][0] == person


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (f"SUMMARY:A71\n{HOUR}", "line 4, A71: there is no person 'A71'; did you mean 'A17'?"),
        (HOUR, "line 4, 0: names nobody"),
        (f"ATTENDEE:mailto:zoe@home.example\n{HOUR}", "there is no person 'zoe@…'"),
        ("SUMMARY:A17\nDTSTART:20260601T080000", "ends before it begins, or at once"),
        ("SUMMARY:A17\nDTSTART:20260601T080000\nDTEND:20260601T070000", "ends before it begins"),
        ("SUMMARY:A17\nDURATION:PT1H", "has no DTSTART that can be read"),
        ("SUMMARY:A17\nDTSTART;TZID=Nowhere/At_All:20260601T080000\nDURATION:PT1H", "'Nowhere/At_All', which is not"),
        (f"SUMMARY:A17\n{HOUR}\nRRULE:FREQ=HOURLY", "repeats HOURLY: it may be DAILY"),
        ("SUMMARY:A17\nDTSTART:99991231T230000\nDURATION:PT2H", "in a year that nobody means"),
        (
            "SUMMARY:A17\nDTSTART:19710601T080000\nDURATION:PT1H\nRRULE:FREQ=DAILY",
            "repeats more than 20,000 times",
        ),
        (f"SUMMARY:A17\n{HOUR}\nRRULE:FREQ=DAILY;INTERVAL=0;BYMONTH=2", "an INTERVAL below 1, which has no end"),
        ("\nEND:VEVENT\nBEGIN:VEVENT\n".join([f"SUMMARY:A17\n{HOUR}"] * 101), "more than 100 shifts at once"),
        (f"SUMMARY:A17\n{HOUR}\nRDATE;VALUE=PERIOD:20260602T080000Z/PT1H", "an end of its own"),
        (f"SUMMARY:A17\n{HOUR}\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260601T080000", "end the old event"),
        (f"SUMMARY:A17\n{HOUR}\nRRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY", "name them by EXDATE"),
    ],
)
def test_what_cannot_be_read_is_named(event: str, words: str) -> None:
    """Which event, what is wrong and the way out; nobody's address, since it is logged."""
    with pytest.raises(UnusableRotaError) as wrong:
        shifts(event)
    assert words in str(wrong.value)
    assert "home.example" not in str(wrong.value)


@pytest.mark.parametrize(
    "rule",
    [
        "RRULE:FREQ=YEARLY;INTERVAL=0;BYMONTH=2",
        "rrule:freq=secondly",
        "RRULE:FREQ=YEARLY;BYHOUR=1,2;BYSECOND=3",
        "RRULE:FREQ=YEARLY\nEXRULE:FREQ=YEARLY;INTERVAL=0",
    ],
)
def test_a_time_zone_that_sets_its_clocks_for_ever_is_refused(rule: str) -> None:
    """Before the library follows its rule, which may never end; the rules of a real one are read."""
    offsets = "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nDTSTART:19700329T020000"
    winter = "BEGIN:STANDARD\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nDTSTART:19701025T030000\nEND:STANDARD\n"
    zone = (
        f"BEGIN:VTIMEZONE\nTZID:Office\n{winter}BEGIN:DAYLIGHT\n{{}}\n{{}}\nEND:DAYLIGHT\nEND:VTIMEZONE\nBEGIN:VEVENT"
    )
    text = calendar("SUMMARY:A17\nDTSTART;TZID=Office:20260601T080000\nDURATION:PT1H")
    with pytest.raises(UnusableRotaError, match="clocks are set for ever"):
        shifts_of(text.replace("BEGIN:VEVENT", zone.format(offsets, rule)), WARSAW, PEOPLE, at("2027-01-01"))
    real = zone.format(offsets, "RRULE:FREQ=YEARLY;\n BYMINUTE=0;BYHOUR=2;BYDAY=-1SU;BYMONTH=3")
    assert len(shifts_of(text.replace("BEGIN:VEVENT", real), WARSAW, PEOPLE, at("2027-01-01"))) == 1


@pytest.mark.parametrize(
    "text", ["", "BEGIN:VCALENDAR\nEND:VCALENDAR\n", "who,when\nA17,now\n", "\x00\xff", "BEGIN:VEVENT"]
)
def test_what_is_no_calendar_is_refused(text: str) -> None:
    """Whatever the library makes of it, a sentence comes out."""
    with pytest.raises(UnusableRotaError, match=r"has no events|no calendar"):
        shifts_of(text, WARSAW, PEOPLE, at("2027-01-01"))
