"""The report for people: the figures of the JSON, aligned, in the site's time, with nothing unknown shown as zero."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from unicodedata import east_asian_width

import pytest

from floorwatch.floor.events import ScheduledActivity, ScheduleLoaded
from floorwatch.floor.settings import Settings
from floorwatch.replay import replay
from floorwatch.report_text import render_text

LONG = "a queue whose name somebody typed in anger and never shortened"


def event(kind: str, minute: int, **attributes: Any) -> str:
    return json.dumps({"type": kind, "time": f"2026-03-02T09:{minute:02d}:00Z", "source": "pbx", **attributes})


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The text of a replay of a few contacts over three queues, with a gap and a line that is no event."""
    path = tmp_path_factory.mktemp("text") / "events.jsonl"
    events = [
        event("source.up", 0),
        event("contact.offered", 1, contact="c1", queue="售后"),
        event("contact.answered", 1, contact="c1", queue="售后", agent="A17"),
        event("contact.offered", 1, contact="c3", queue="售后"),
        event("contact.exited", 2, contact="c3", queue="售后", reason="timeout"),
        event("contact.ended", 4, contact="c1", queue="售后", agent="A17"),
        event("source.gap", 20, since="2026-03-02T09:18:00Z"),
        event("contact.refused", 21, contact="c4", queue=LONG, reason="full"),
        event("contact.offered", 30, contact="c5", queue="mail"),
        "{",
    ]
    path.write_text("\n".join(events), encoding="utf-8")
    return render_text(replay([path], Settings(timezone="Europe/Berlin"))).splitlines()


def row(lines: list[str], heading: str, queue: str) -> list[str]:
    start = lines.index(heading)
    return next(line for line in lines[start:] if line.startswith(queue)).removeprefix(queue).split()


def test_who_kept_to_the_schedule_is_shown_where_one_is_known(lines: list[str], tmp_path: Path) -> None:
    """Each scheduled agent, as the JSON has it, within the width; without a schedule there is no such table."""
    assert not [line for line in lines if line.startswith("ADHERENCE")]
    path = tmp_path / "events.jsonl"
    told = [("available", 0), ("paused", 30), ("available", 59)]
    path.write_text("\n".join(event("agent.state", minute, agent="A17", state=state) for state, minute in told))
    start, end = 1_772_442_000_000, 1_772_444_400_000  # 09:00 to 09:40
    plan = ScheduleLoaded(
        time=0,
        source="schedule",
        version="v1",
        document="plan",
        activities=(ScheduledActivity(agent="A17", activity="work", start=start, end=end),),
    )
    report = replay([path], Settings(), schedule=[plan])
    shown = render_text(report).splitlines()
    figures = row(shown, "ADHERENCE: 1 scheduled", "A17")
    assert figures == ["75.0", "%", "75.0", "%", "40:00", "30:00", "10:00", "0:00"]
    assert report["agents"]["A17"]["adherence"]["ratio"] == 0.75
    assert max(map(columns, shown)) <= 100


def columns(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def test_the_head_is_in_the_time_of_the_site(lines: list[str]) -> None:
    """09:00 UTC is 10:00 in Berlin in March; what was read and set aside stands beneath."""
    assert lines[0] == "2026-03-02 10:00:00 to 2026-03-02 10:30:00 (UTC+01:00), 30:00"
    assert lines[1].startswith("input: read 10, applied 9,")
    assert lines[1].endswith("invalid 1")


def test_contacts_are_counted(lines: list[str]) -> None:
    """offered, answered, in time, abandoned, short, exited, waiting, refused, declined; reasons beneath."""
    assert row(lines, "CONTACTS", "售后") == "2 1 1 0 0 1 0 0 0".split()
    assert row(lines, "CONTACTS", "mail") == "1 0 0 0 0 0 1 0 0".split()
    assert "售后: exited by reason: timeout 1" in lines


def test_what_is_not_known_is_a_dash(lines: list[str]) -> None:
    """Nothing decided, nothing answered: no level, no mean, and n says why."""
    assert row(lines, "SERVICE LEVEL AND TIMES", "mail") == "– 0 80 % in 20 s – – – – –".split()
    assert row(lines, "SERVICE LEVEL AND TIMES", "售后")[:3] == ["50.0", "%", "2"]


def test_a_gap_is_named_with_the_intervals_it_touches(lines: list[str]) -> None:
    """Whoever reads the table must see what may be missing from it."""
    assert "    2026-03-02 10:18:00 – 10:20:00: events may be missing" in lines
    assert any(line.endswith("incomplete intervals 1 of 3: 10:15") for line in lines)


def test_tables_are_aligned_and_fit(lines: list[str]) -> None:
    """Chinese characters are two columns wide, a long name is cut, and nothing is wider than 100 columns."""
    start = lines.index("CONTACTS") + 1
    table = lines[start : start + 4]
    assert len({columns(line) for line in table}) == 1
    assert any(line.startswith(LONG[:23] + "…") for line in table)
    assert max(columns(line) for line in lines) <= 100


@pytest.mark.parametrize("day", ["small", "incidents"])
def test_a_whole_day_fits_the_page(shared: Path, day: str) -> None:
    """Hundreds of alerts and thousands of contacts, still 100 columns."""
    report = replay([shared / "days" / day / "events_messy.jsonl.gz"], Settings())
    text = render_text(report)
    assert max(columns(line) for line in text.splitlines()) <= 100
    assert f"ALERTS: {len(report['alerts'])}" in text
