"""Schedules as workbooks, made by the library that also reads them, and broken ones."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from floorwatch.ingest.schedule import ScheduleRead, read_schedule, xlsx_rows

HEADER = ["agent", "activity", "start", "end"]
EIGHT, TWELVE = datetime(2026, 3, 2, 8), datetime(2026, 3, 2, 12)  # noqa: DTZ001 - as a workbook holds them


def workbook(
    rows: list[list[Any]],
    title: str = "Sheet",
    *,
    after: dict[str, list[list[Any]]] | None = None,
    formats: dict[str, str] | None = None,
) -> bytes:
    book = Workbook()
    for name, lines in {title: rows, **(after or {})}.items():
        sheet = book.active if name == title else book.create_sheet()
        assert sheet is not None
        sheet.title = name
        for line in lines:
            sheet.append(line)
    for place, number_format in (formats or {}).items():
        book[title][place].number_format = number_format
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def read(content: bytes, timezone: str = "Europe/Berlin") -> ScheduleRead:
    return read_schedule(content, "s.xlsx", timezone, {})


def said(schedule: ScheduleRead) -> list[tuple[str, str, datetime, datetime]]:
    return [
        (line.agent, line.activity, *(datetime.fromtimestamp(ms / 1000, UTC) for ms in (line.start, line.end)))  # type: ignore[misc, operator]
        for line in schedule.activities
    ]


def reasons(schedule: ScheduleRead) -> list[tuple[str, str]]:
    return [(str(refusal.where), refusal.reason) for refusal in schedule.refused]


def test_dates_of_a_workbook_are_local_and_numbers_may_name_agents() -> None:
    """A date cell has no zone: it is the site's; an agent's number stays a whole number; text is read like CSV."""
    schedule = read(
        workbook([HEADER, [10017, "Work", EIGHT, TWELVE], ["A18", "午餐", "2026-07-02 08:00", "2026-07-02T09:00Z"]])
    )
    assert said(schedule) == [
        ("10017", "work", datetime(2026, 3, 2, 7, tzinfo=UTC), datetime(2026, 3, 2, 11, tzinfo=UTC)),
        ("A18", "lunch", datetime(2026, 7, 2, 6, tzinfo=UTC), datetime(2026, 7, 2, 9, tzinfo=UTC)),
    ]
    assert (schedule.format, schedule.refused) == ("xlsx", ())


def test_minutes_survive_the_fractions_a_workbook_keeps() -> None:
    """Every time of day comes back to the minute, though a workbook keeps it as a fraction of a day."""
    minutes = [EIGHT.replace(hour=minute // 60, minute=minute % 60) for minute in range(1440)]
    schedule = read(
        workbook([HEADER, *([f"A{n:04d}", "work", at, at + timedelta(1)] for n, at in enumerate(minutes))]), "UTC"
    )
    assert [start for _, _, start, _ in said(schedule)] == [minute.replace(tzinfo=UTC) for minute in minutes]


@pytest.mark.parametrize("name", ["schedule", " Schedule", "排班"])
def test_the_sheet_named_for_it_is_read_else_the_first(name: str) -> None:
    """Other sheets hold other things; titles may stand above the header; rows are counted as the program shows them."""
    plan = [["Week 10"], [], ["end", "agent", "activity", "start", "remark"], [], [TWELVE, "A17", "wrok", EIGHT, ""]]
    assert reasons(read(workbook([["x"]], "first", after={name: plan}))) == [(f"{name}:5", "unknown_activity")]
    assert reasons(read(workbook(plan, "first", after={"other": [HEADER]}))) == [("first:5", "unknown_activity")]


def test_a_formula_without_its_result_is_refused_by_name() -> None:
    """A workbook that no spreadsheet program has saved holds formulas only; an empty cell is another matter."""
    schedule = read(
        workbook(
            [
                [*HEADER, "team"],
                ["A17", "work", "=TODAY()", TWELVE, ""],
                [None, "work", EIGHT, TWELVE, ""],
                ["A17", "work", EIGHT, TWELVE, "=A1"],
                ["A18", "work", EIGHT, TWELVE],
            ]
        )
    )
    assert reasons(schedule) == [("Sheet:2", "formula"), ("Sheet:3", "missing_value"), ("Sheet:4", "formula")]
    assert schedule.refused[0].why("en").startswith("start is a formula")
    assert [line.agent for line in schedule.activities] == ["A18"]


@pytest.mark.parametrize("cell", [time(8), 46083.34, True, date(2026, 3, 2), "#REF!"])
def test_cells_that_are_no_instant_are_refused(cell: object) -> None:
    """A time without a date, a bare number, an error, a date without a time."""
    (refusal,) = read(workbook([HEADER, ["A17", "work", TWELVE, cell]])).refused
    assert refusal.reason == ("serial_number" if isinstance(cell, float) else "unreadable_time")


def test_a_date_without_a_time_is_refused_as_in_csv() -> None:
    """A whole day would be made of two of them; the sentence is the one the same text in a CSV gets."""
    (refusal,) = read(workbook([HEADER, ["A17", "work", date(2026, 3, 2), date(2026, 3, 3)]])).refused
    (typed,) = read(b"agent,activity,start,end\nA17,work,2026-03-02,2026-03-03\n").refused
    assert refusal.why("en") == typed.why("en") == "start '2026-03-02' is no date and time"


@pytest.mark.parametrize(
    ("number_format", "good"),
    [
        ("yyyy-mm-dd h:mm", True),
        ("[$-409]m/d/yy h:mm AM/PM;@", True),
        ('yyyy"年"m"月"d"日" h"时"mm"分"', True),
        ("mm-dd-yy", False),
        ("[$-th-TH]d mmm yyyy", False),
        ('d\\h "hours" yyyy', False),
    ],
)
def test_midnight_is_a_time_where_the_cell_shows_hours(number_format: str, good: bool) -> None:
    """The number format tells a date and time at 0:00 from a date; words and languages in it are no hours."""
    content = workbook([HEADER, ["A17", "work", datetime(2026, 3, 3), TWELVE]], formats={"C2": number_format})  # noqa: DTZ001
    assert [refusal.reason for refusal in read(content).refused] == (["reversed"] if good else ["unreadable_time"])


def test_local_times_of_a_workbook_meet_the_clock_changes_too() -> None:
    """A date cell in the skipped hour is refused like text."""
    night = datetime(2026, 3, 29, 2, 30)  # noqa: DTZ001
    assert reasons(read(workbook([HEADER, ["A17", "work", night, datetime(2026, 3, 29, 6)]]))) == [  # noqa: DTZ001
        ("Sheet:2", "skipped_time")
    ]


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The packed parts say how large they are; what is larger is refused by that."""
    monkeypatch.setattr(xlsx_rows, "UNPACKED_BYTES_MAX", 1_000)
    assert reasons(read(workbook([HEADER, ["A17", "work", EIGHT, TWELVE]]))) == [("1", "too_large")]


@pytest.mark.parametrize(
    "parts", [{"readme.txt": "x"}, {"[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/x'/>"}]
)
def test_other_packed_files_are_no_workbooks(parts: dict[str, str]) -> None:
    """A zip of something else is refused with a sentence."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as other:
        for name, content in parts.items():
            other.writestr(name, content)
    (refusal,) = read(packed.getvalue()).refused
    assert refusal.reason == "unreadable_workbook"


GOOD = workbook([HEADER, ["A17", "work", EIGHT, TWELVE]])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(4, len(GOOD) - 1), st.integers(0, 255)), max_size=4), st.integers(0, len(GOOD)))
def test_a_damaged_workbook_never_raises(changes: list[tuple[int, int]], cut: int) -> None:
    """Whatever bytes are changed or missing, it is read, or refused with a sentence."""
    damaged = bytearray(GOOD)
    for at, byte in changes:
        damaged[at] = byte
    schedule = read(bytes(damaged[: max(4, cut)]) if cut % 2 else bytes(damaged))
    assert schedule.activities or schedule.refused


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="<>&;/\"'= abcr0123456789sv!ENTITYDOCPE[]\n", max_size=60), st.integers(0, 400))
def test_a_workbook_with_strange_cells_never_raises(text: str, at: int) -> None:
    """The same for a sound package whose sheet holds nonsense."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as sound, zipfile.ZipFile(packed, "w") as strange:
        for name in sound.namelist():
            content = sound.read(name).decode()
            if name == "xl/worksheets/sheet1.xml":
                content = content[:at] + text + content[at:]
            strange.writestr(name, content)
    schedule = read(packed.getvalue())
    assert schedule.activities or schedule.refused
