"""Schedules as CSV: encodings, separators, headings, and what spreadsheets make of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from floorwatch.floor.settings import AgentProfile
from floorwatch.ingest.schedule import ScheduleRead, csv_rows, read_schedule

HEADER = "agent,activity,start,end\n"
LINE = "A17,work,2026-03-02T08:00Z,2026-03-02T12:00Z\n"


def read(text: str | bytes, timezone: str = "UTC", agents: tuple[str, ...] = ()) -> ScheduleRead:
    content = text if isinstance(text, bytes) else text.encode()
    return read_schedule(content, "s.csv", timezone, {name: AgentProfile() for name in agents})


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1000


def said(schedule: ScheduleRead) -> list[tuple[str, str, int, int]]:
    return [(line.agent, line.activity, line.start, line.end) for line in schedule.activities]  # type: ignore[misc]


def reasons(schedule: ScheduleRead) -> list[tuple[int, str]]:
    return [(refusal.where.line, refusal.reason) for refusal in schedule.refused]


def test_a_line_is_an_agent_an_activity_and_a_span() -> None:
    """The plain form of the contract, with the version and roster columns behind it."""
    schedule = read(
        "agent,activity,start,end,version,site,team\nA17,work,2026-03-02T08:00Z,2026-03-02T12:00Z,w10,N,red"
    )
    assert said(schedule) == [("A17", "work", at(2026, 3, 2, 8), at(2026, 3, 2, 12))]
    assert schedule.version == "w10"
    assert schedule.refused == ()
    assert [type(event).__name__ for event in schedule.events(5)] == ["AgentDescribed", "ScheduleLoaded"]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (("工号,活动,开始,结束\n张三,午餐,2026-03-02T08:00Z,2026-03-02T12:00Z").encode("gb18030"), "gb18030"),
        (("工号,活动,开始,结束\n张三,午餐,2026-03-02T08:00Z,2026-03-02T12:00Z").encode("utf-8-sig"), "utf-8"),
        (("坐席;活动;开始时间;结束时间\r\n张三;午餐;2026-03-02T08:00Z;2026-03-02T12:00Z\r\n").encode(), "utf-8"),
        (("Agent\tActivity\tSTART\t end \n张三\t Lunch\t2026-03-02T08:00Z\t2026-03-02T12:00Z\t\t\n").encode(), "utf-8"),
        (b'sep=;\r\n"agent";"activity";start;end\r\n\xd5\xc5\xc8\xfd;lunch;2026-03-02 08:00Z;2026-03-02 12:00Z\r\n;;',
         "gb18030"),
    ],
)  # fmt: skip
def test_encodings_separators_and_headings_in_two_languages(content: bytes, encoding: str) -> None:
    """However a spreadsheet writes it, it is the same line; the result says which encoding was read."""
    schedule = read(content)
    assert said(schedule) == [("张三", "lunch", at(2026, 3, 2, 8), at(2026, 3, 2, 12))]
    assert (schedule.encoding, schedule.refused) == (encoding, ())


@pytest.mark.parametrize(
    ("typed", "activity"),
    [
        ("Off Phone", "off_phone"), ("off-phone", "off_phone"), ("TIME_OFF", "time_off"), ("在线", "work"),
        ("工作", "work"), ("小休", "break"), ("休息", "break"), ("午餐", "lunch"), ("会议", "meeting"),
        ("培训", "training"), ("辅导", "coaching"), ("离线任务", "off_phone"), ("非电话", "off_phone"),
        ("请假", "time_off"), (" 休假 ", "time_off"),
    ],
)  # fmt: skip
def test_activities_as_people_write_them(typed: str, activity: str) -> None:
    """Case, blanks and hyphens do not matter, and each has its Chinese words."""
    schedule = read(f"{HEADER}A17,{typed},2026-03-02T08:00Z,2026-03-02T12:00Z")
    assert [line.activity for line in schedule.activities] == [activity]


def test_columns_stand_in_any_order_under_titles_and_unused_ones_are_named() -> None:
    """The header is found below titles; a column that means nothing here is passed over, and said."""
    schedule = read("Week 10\n\nend,remark,agent,start,activity\n2026-03-02T12:00Z,x,A17,2026-03-02T08:00Z,work\n")
    assert said(schedule) == [("A17", "work", at(2026, 3, 2, 8), at(2026, 3, 2, 12))]
    assert "columns not used: remark" in [note.text("en") for note in schedule.notes]


def test_a_quoted_remark_may_run_over_lines_and_line_numbers_stay_true() -> None:
    """A line break inside quotation marks is no new line of the schedule, but counts as one of the file."""
    text = (
        'agent,activity,start,end,remark\nA17,work,2026-03-02T08:00Z,2026-03-02T12:00Z,"a\nb, ""c"""\nA18,wrok,x,y,\n'
    )
    assert reasons(read(text)) == [(4, "unknown_activity")]


def test_a_quotation_mark_left_open_costs_one_line() -> None:
    """The lines after it are read as if it were not there."""
    schedule = read(
        HEADER + '"A17,work,2026-03-02T08:00Z,2026-03-02T12:00Z\n' + LINE * 1 + '"A18"x,work,a,b\n' + "\n" * 30
    )
    assert len(schedule.activities) == 1
    assert reasons(schedule) == [(2, "malformed_line"), (4, "malformed_line")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n \n", "empty"),
        (HEADER.encode(), "empty"),
        (b"agent,activity,start\n", "missing_columns"),
        (b"some,other,table\n1,2,3\n", "missing_columns"),
        (b"agent,\xe5\xb7\xa5\xe5\x8f\xb7,activity,start,end\n", "double_column"),
        (b"\xff\xfea\0g\0", "unknown_format"),
        (b"\x89PNG\r\n\x1a\n\0\0", "unknown_format"),
        (b"agent,activity,start,end\n\xff\xff\xff", "unknown_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_workbook"),
    ],
)
def test_a_document_that_is_none_is_refused_as_a_whole(content: bytes, reason: str) -> None:
    """One refusal says what is wrong with the document; nothing is taken, and there is no version."""
    schedule = read(content)
    assert [refusal.reason for refusal in schedule.refused] == [reason]
    assert schedule.activities == ()
    assert all(refusal.why(lang) and refusal.fix(lang) for refusal in schedule.refused for lang in ("en", "zh"))  # type: ignore[arg-type]


def test_missing_columns_are_named_in_the_readers_language() -> None:
    """A reader of a Chinese document is told of 结束, not of `end`."""
    (refusal,) = read("工号,活动,开始\n").refused
    assert refusal.why("zh").endswith("缺少：结束")
    assert refusal.why("en").endswith("missing end")


def test_too_many_lines_are_refused_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """More lines than any floor has are a mistake, and bounded work."""
    monkeypatch.setattr(csv_rows, "LINES_MAX", 3)
    assert reasons(read(HEADER + "x,,,\n" * 3)) == [(2, "missing_value"), (3, "missing_value"), (4, "missing_value")]
    assert reasons(read(HEADER + "x,,,\n" * 4)) == [(5, "too_many_lines")]


def test_a_version_is_named_or_made_of_the_content() -> None:
    """Without a version column: the name of the file and a digest of its bytes, the same for the same bytes."""
    first, again, other = read(HEADER + LINE), read(HEADER + LINE), read(HEADER + LINE + "\n")
    assert first.version == again.version
    assert first.version.startswith("s.csv@")
    assert other.version != first.version
    assert other.activities == first.activities


def test_two_versions_in_one_document_are_refused_as_a_whole() -> None:
    """Nobody can tell which of them is to be in force."""
    text = (
        "agent,activity,start,end,version\n" + LINE.rstrip() + ",w10\n" + LINE.rstrip() + ",\n" + LINE.rstrip() + ",w11"
    )
    schedule = read(text)
    assert reasons(schedule) == [(4, "two_versions")]
    assert schedule.activities == ()


def test_the_digest_tells_what_is_said_not_how() -> None:
    """Lines in another order, another separator: the same schedule. One minute more: another."""
    other = "A18,lunch,2026-03-02T12:00Z,2026-03-02T12:30Z\n"
    version = "agent,activity,start,end,version\n"
    one = read(version + LINE.rstrip() + ",1\n" + other.rstrip() + ",1\n")
    two = read((version + other.rstrip() + ",1\n" + LINE.rstrip() + ",1\n").replace(",", ";"))
    three = read(version + LINE.rstrip() + ",1\n" + other.rstrip().replace("12:30", "12:31") + ",1\n")
    assert one.digest == two.digest != three.digest
