"""What is refused of a schedule, line by line, and in which time zone its times are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorwatch.floor.settings import AgentProfile
from floorwatch.ingest.schedule import ScheduleRead, read_schedule
from floorwatch.ingest.schedule.times import RefusedTimeError, instants

HEADER = "agent,activity,start,end\n"
KNOWN = {"A17": AgentProfile(), "A18": AgentProfile(), "A19": AgentProfile(team="blue", site="N")}


def read(
    lines: str, timezone: str = "Europe/Berlin", configured: dict[str, AgentProfile] | None = None
) -> ScheduleRead:
    return read_schedule((HEADER + lines).encode(), "s.csv", timezone, KNOWN if configured is None else configured)


def reasons(schedule: ScheduleRead) -> list[tuple[int, str]]:
    return [(refusal.where.line, refusal.reason) for refusal in schedule.refused]


def spans(schedule: ScheduleRead) -> list[tuple[datetime, datetime]]:
    return [
        (datetime.fromtimestamp(line.start / 1000, UTC), datetime.fromtimestamp(line.end / 1000, UTC))  # type: ignore[operator]
        for line in schedule.activities
    ]


@pytest.mark.parametrize(
    ("line", "reason", "why", "fix"),
    [
        ("A18,wrok,2026-03-02T08:00,2026-03-02T09:00", "unknown_activity", "no activity 'wrok'", "mean 'work'?"),
        ("A18,xyz,2026-03-02T08:00,2026-03-02T09:00", "unknown_activity", "activity 'xyz'", "use one of: work, break"),
        ("A 17,work,2026-03-02T08:00,2026-03-02T09:00", "unknown_agent", "no agent 'A 17'", "did you mean 'A17'?"),
        ("A81,work,2026-03-02T08:00,2026-03-02T09:00", "unknown_agent", "no agent 'A81'", "did you mean 'A18'?"),
        ("A16,work,2026-03-02T08:00,2026-03-02T09:00", "unknown_agent", "no agent 'A16'", "correct the name, or add"),
        ("Zoe,work,2026-03-02T08:00,2026-03-02T09:00", "unknown_agent", "no agent 'Zoe'", "agents: in the config"),
        (",work,2026-03-02T08:00,2026-03-02T09:00", "missing_value", "agent is empty", "fill it in"),
        ("A18,work,2026-03-02T08:00,", "missing_value", "end is empty", "fill it in"),
        ("A18,work,8 o'clock,2026-03-02T09:00", "unreadable_time", "start '8 o'clock'", "write 2026-03-02T09:00"),
        ("A18,work,2026-03-02,2026-03-02T09:00", "unreadable_time", "start '2026-03-02'", "write 2026-03-02T09:00"),
        ("A18,work,02.03.2026 08:00,2026-03-02T09:00", "unreadable_time", "start '02.03.2026 08:00'", "write"),
        ("A18,work,2026-02-30 08:00,2026-03-02T09:00", "no_such_day", "start '2026-02-30 08:00': there", "correct"),
        ("A18,work,2026-03-02T09:00,2026/13/2 10:00", "no_such_day", "end '2026/13/2 10:00'", "year, month, day"),
        ("A18,work,46083.4,46083.5", "serial_number", "start '46083.4' is a number", "format the cell as"),
        ("A18,work,1926-03-02T08:00,1926-03-02T09:00", "impossible_time", "2000 to 9998", "correct the year"),
        ("A18,work,2026-03-02T09:00,2026-03-02T08:00", "reversed", "ends at 2026-03-02T08:00+01:00", "next date"),
        ("A18,work,2026-03-02T09:00,2026-03-02T09:00", "reversed", "not after it starts", "next date"),
        ("A18,work,2026-03-02T08:00,2026-03-03T08:01", "too_long", "longer than a day", "correct the dates"),
        ("A17,lunch,2026-03-02T08:30,2026-03-02T09:30", "overlap",
         "work from 2026-03-02T08:00+01:00 to 2026-03-02T12:00+01:00, in line 2", "let one end where the other starts"),
        (f"A17,work,{'x' * 1025},2026-03-02T09:00", "text_too_long", "start is over 1024 bytes", "shorten it"),
        (f"{'坐' * 342},work,2026-03-02T08:00,2026-03-02T09:00", "text_too_long", "agent is over", "shorten it"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_its_place_and_the_way_out(line: str, reason: str, why: str, fix: str) -> None:
    """The good lines around it are taken; the refusal says what is wrong and what mends it, in two languages."""
    good = "A17,work,2026-03-02T08:00,2026-03-02T12:00\n"
    schedule = read(good + line + "\nA19,work,2026-03-02T08:00,2026-03-02T12:00\n")
    assert reasons(schedule) == [(3, reason)]
    assert [activity.agent for activity in schedule.activities] == ["A17", "A19"]
    (refusal,) = schedule.refused
    assert why in refusal.why("en")
    assert fix in refusal.fix("en")
    assert refusal.why("zh") != refusal.why("en")
    assert refusal.fix("zh") != refusal.fix("en")


def test_of_overlapping_lines_the_first_in_the_document_stands() -> None:
    """Lines that touch do not overlap; the same line twice does; a refused line stands in nobody's way."""
    schedule = read(
        "A17,work,2026-03-02T10:00,2026-03-02T12:00\n"
        "A17,work,2026-03-02T08:00,2026-03-02T10:00\n"
        "A17,lunch,2026-03-02T12:00,2026-03-02T12:30\n"
        "A17,work,2026-03-02T10:00,2026-03-02T12:00\n"
        "A17,meeting,2026-03-02T07:00,2026-03-02T13:00\n"
        "A17,meeting,2026-03-02T12:30,2026-03-02T13:00\n"
        "A18,meeting,2026-03-02T12:15,2026-03-02T13:00\n"
    )
    assert reasons(schedule) == [(5, "overlap"), (6, "overlap")]
    assert len(schedule.activities) == 5


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=30))
def test_taken_lines_never_overlap_and_a_refused_one_would(drawn: list[tuple[int, int]]) -> None:
    """Against a plain reading of the rule: the line is taken unless it shares an instant with one taken before."""
    base = datetime(2026, 3, 2, tzinfo=UTC)
    minutes = [(start, start + lasts) for start, lasts in drawn]
    text = "".join(f"A17,work,{base:%Y-%m-%d}T00:{s:02d}Z,{base:%Y-%m-%d}T00:{e:02d}Z\n" for s, e in minutes)
    expected: list[tuple[int, int]] = []
    for start, end in minutes:
        if all(end <= taken_start or taken_end <= start for taken_start, taken_end in expected):
            expected.append((start, end))
    taken = [(start.minute, end.minute) for start, end in spans(read(text))]
    assert taken == sorted(expected)


def test_nobody_is_a_stranger_where_nobody_is_configured() -> None:
    """Who was heard so far need not be all: everybody is accepted, and the result says so."""
    line = "Zoe,work,2026-03-02T08:00,2026-03-02T09:00\n"
    schedule = read_schedule((HEADER + line).encode(), "s", "UTC", {}, seen=["A17"])
    assert len(schedule.activities) == 1
    assert [note.key for note in schedule.notes] == ["everybody_accepted"]


def test_an_agent_who_was_heard_is_known_beside_those_configured() -> None:
    """The switch knows somebody whom the configuration has forgotten."""
    line = "Zoe,work,2026-03-02T08:00,2026-03-02T09:00\n"
    schedule = read_schedule((HEADER + line).encode(), "s", "UTC", KNOWN, seen={"Zoe"})
    assert (len(schedule.activities), schedule.notes) == (1, ())


# Times


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("typed", "timezone", "meant"),
    [
        ("2026-03-02T08:00", "Europe/Berlin", "2026-03-02T08:00+01:00"),
        ("2026-07-02 08:00:30", "Europe/Berlin", "2026-07-02T08:00:30+02:00"),
        ("2026/7/2 8:00", "Asia/Shanghai", "2026-07-02T08:00+08:00"),
        ("2026-07-02T24:00", "Asia/Shanghai", "2026-07-03T00:00+08:00"),
        ("2026-12-31T24:00:00.000", "America/New_York", "2027-01-01T00:00-05:00"),
        ("2026-07-02T08:00Z", "Asia/Shanghai", "2026-07-02T08:00+00:00"),
        ("2026-07-02T08:00-0330", "Asia/Shanghai", "2026-07-02T08:00-03:30"),
        ("2026-07-02T08:00:00.1239+02", "Asia/Shanghai", "2026-07-02T08:00:00.123+02:00"),
        ("2026-03-29T02:30+02:00", "Europe/Berlin", "2026-03-29T00:30+00:00"),
        ("2026-10-25T03:00", "Europe/Berlin", "2026-10-25T02:00+00:00"),
        ("2026-10-25T01:59", "Europe/Berlin", "2026-10-24T23:59+00:00"),
    ],
)
def test_times_as_schedules_write_them(typed: str, timezone: str, meant: str) -> None:
    """Local times are the site's; an offset is what it says; 24:00 is the end of a day."""
    assert instants(typed, ZoneInfo(timezone)) == (ms(meant),)


@pytest.mark.parametrize(
    "typed",
    ["", "8:00", "2026-03-02", "2026-03-02T25:00", "2026-03-02T24:01", "nan", "2026-03-02T08:60",
     "2026-03-02T08:00+99:99", "3/2/2026 8:00", "2026-03/02T08:00", "２０２６-03-02T08:00", "2026-03-02T08",
     "2026-03-02T08:00 CET", "0.5", "20260302", "9999-12-31T24:00"],
)  # fmt: skip
def test_what_is_no_time_is_refused(typed: str) -> None:
    """Whatever could be read in two ways, or in none, is not guessed."""
    with pytest.raises(RefusedTimeError) as refused:
        instants(typed, ZoneInfo("Europe/Berlin"))
    assert refused.value.reason == "unreadable_time"


@pytest.mark.parametrize(
    ("timezone", "day", "gap", "instead", "offsets"),
    [
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T03:30", ()),
        ("America/New_York", "2026-03-08", "02:00", "2026-03-08T03:00", ()),
        ("Europe/Berlin", "2026-10-25", "02:30", "", ("+02:00", "+01:00")),
        ("America/New_York", "2026-11-01", "01:30", "", ("-04:00", "-05:00")),
    ],
)
def test_local_times_that_are_none_or_two(
    timezone: str, day: str, gap: str, instead: str, offsets: tuple[str, ...]
) -> None:
    """Where the clocks are set, the line is refused with the reason and what to write; with an offset it is taken."""
    schedule = read(f"A17,work,{day}T{gap},{day}T06:00\n", timezone)
    (refusal,) = schedule.refused
    if instead:
        assert refusal.reason == "skipped_time"
        assert f"write {instead}" in refusal.fix("en")
    else:
        assert refusal.reason == "doubled_time"
        assert refusal.fix("en") == " or ".join(
            f"{'write ' * (n == 0)}{day}T{gap}{off}" for n, off in enumerate(offsets)
        )
    for offset in offsets:
        (span,) = spans(read(f"A17,work,{day}T{gap}{offset},{day}T06:00\n", timezone))
        assert span[0] == datetime.fromisoformat(f"{day}T{gap}{offset}")


def test_a_doubled_time_is_taken_where_the_line_makes_sense_one_way_only() -> None:
    """From the first 02:45 to the second 02:15 is half an hour; the other readings end before they start."""
    (span,) = spans(read("A17,work,2026-10-25T02:45,2026-10-25T02:15\n"))
    assert span == (datetime(2026, 10, 25, 0, 45, tzinfo=UTC), datetime(2026, 10, 25, 1, 15, tzinfo=UTC))
    assert reasons(read("A17,work,2026-10-25T02:15,2026-10-25T02:45\n")) == [(2, "doubled_time")]
    assert reasons(read("A17,work,2026-10-25T01:00,2026-10-25T02:30\n")) == [(2, "doubled_time")]


@pytest.mark.parametrize(
    ("timezone", "day", "hours"),
    [("Europe/Berlin", "2026-10-25", 25), ("Europe/Berlin", "2026-03-29", 23), ("America/New_York", "2026-11-01", 25),
     ("America/New_York", "2026-03-08", 23), ("Asia/Shanghai", "2026-10-25", 24)],
)  # fmt: skip
def test_a_day_is_as_long_as_the_clocks_make_it(timezone: str, day: str, hours: int) -> None:
    """From midnight to midnight is one day, however long; a minute more by the clock on the wall is too long."""
    (span,) = spans(read(f"A17,time_off,{day}T00:00,{day}T24:00\n", timezone))
    assert (span[1] - span[0]).total_seconds() == hours * 3600
    next_day = date.fromisoformat(day) + timedelta(days=1)
    assert reasons(read(f"A17,time_off,{day}T00:00,{next_day}T00:01\n", timezone)) == [(2, "too_long")]


def test_a_night_shift_and_a_split_shift_are_lines_like_others() -> None:
    """Over midnight with the next date; two chains on one day; over the changed clocks with their true length."""
    schedule = read(
        "A17,work,2026-03-28T22:00,2026-03-29T06:00\n"
        "A18,work,2026-03-02T09:00,2026-03-02T12:00\nA18,work,2026-03-02T18:00,2026-03-02T22:00\n"
    )
    assert schedule.refused == ()
    assert [int((end - start).total_seconds() // 3600) for start, end in spans(schedule)] == [7, 3, 4]


# Teams and sites


def test_teams_and_sites_are_told_where_the_configuration_leaves_them_open() -> None:
    """The configuration stands, the first of two in the document is taken, and both are said."""
    text = (
        "agent,activity,start,end,team,site\n"
        "A17,work,2026-03-02T08:00,2026-03-02T09:00,red,S\n"
        "A17,lunch,2026-03-02T09:00,2026-03-02T10:00,green,\n"
        "A18,work,2026-03-02T08:00,2026-03-02T09:00,,\n"
        "A19,work,2026-03-02T08:00,2026-03-02T09:00,red,N\n"
    )
    schedule = read_schedule(text.encode(), "s", "UTC", KNOWN)
    assert {name: (facts.team, facts.site) for name, facts in schedule.described.items()} == {"A17": ("red", "S")}
    assert {note.key: note.values["n"] for note in schedule.notes} == {"two_teams": 1, "roster_stands": 1}
