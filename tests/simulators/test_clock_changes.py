"""Days on which the clocks change: 23, 24 and 25 hours that add up, shifts that stay on local time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from floorwatch.engine import Engine
from floorwatch.floor.events import AgentJoined, ContactOffered, Event
from floorwatch.floor.hours import BusinessClock, Hours
from floorwatch.ingest.source import InputCounts
from floorwatch.metrics.calendar import Calendar
from floorwatch.report import build_report
from simulators.day import settings_of
from simulators.flow import day_start_ms, floor_day
from simulators.profile.model import FloorProfile
from simulators.truth import Tables, truth_report
from tests.simulators.truth import differences

HOUR_MS = 3_600_000
QUARTER_MS = HOUR_MS // 4
CHANGES = [
    ("Europe/Berlin", "2026-03-28", (24, 23, 24)),
    ("Europe/Berlin", "2026-10-24", (24, 25, 24)),
    ("America/New_York", "2026-03-07", (24, 23, 24)),
    ("America/New_York", "2026-10-31", (24, 25, 24)),
    ("Asia/Shanghai", "2026-03-28", (24, 24, 24)),
]
"""(time zone, the day before the change, hours of that day and the two that follow)."""


def floor(zone: str, first: str) -> FloorProfile:
    """Round the clock, so that somebody works, calls and chats while the hands are moved."""
    return FloorProfile.model_validate(
        {
            "name": "round-the-clock",
            "site": {"timezone": zone},
            "date": first,
            "habits": {"late_ratio": 0, "log_in_early": "5m", "leave_late": "10s"},
            "shifts": {"day": {"spans": ["08:00-16:00"]}, "night": {"spans": ["22:00-30:00"]}},
            "queues": {
                "calls": {"contacts": 500, "shape": [[0, 1], [24, 1]], "wrap_up": {"law": "constant", "value": 20}},
                "chat": {
                    "contacts": 200,
                    "channel": "chat",
                    "shape": [[8, 1], [16, 1]],
                    "at_once": 3,
                    "hours": {"daily": "09:00-15:00"},
                },
            },
            "teams": {
                "days": {"agents": 5, "queues": ["calls", "chat"], "shifts": ["day"]},
                "nights": {"agents": 3, "queues": ["calls"], "shifts": ["night"]},
            },
        }
    )


def local(event: Event, zone: str) -> datetime:
    assert isinstance(event.time, int)
    return datetime.fromtimestamp(event.time / 1000, ZoneInfo(zone))


def replayed(profile: FloorProfile, events: Iterable[Event]) -> Engine:
    engine = Engine(settings_of(profile))
    for event in events:
        assert isinstance(event.time, int)
        engine.advance(max(engine.now, event.time))
        engine.apply(event)
    return engine


@pytest.mark.parametrize(("zone", "first", "hours"), CHANGES)
def test_three_days_over_a_change_are_told_and_counted_alike(
    zone: str, first: str, hours: tuple[int, int, int]
) -> None:
    """Log-ins, arrivals and closing are on local time each day; the report of it all is the truth of it all."""
    profile = floor(zone, first)
    tables = Tables(profile)
    events = list(floor_day(profile, 3, day_start_ms(first, zone), days=3, witness=tables))
    joined = [local(event, zone) for event in events if type(event) is AgentJoined]
    in_the_morning = [at for at in joined if at.hour < 12]
    assert {at.date() - date.fromisoformat(first) for at in in_the_morning} == {timedelta(days=n) for n in range(3)}
    assert all((7, 55) <= (at.hour, at.minute) < (8, 1) for at in in_the_morning)
    chats = [local(event, zone) for event in events if type(event) is ContactOffered and event.queue == "chat"]
    assert all(8 <= at.hour < 16 for at in chats)
    report = build_report(replayed(profile, events), InputCounts())
    without = frozenset(("adherence",))
    assert list(differences(truth_report(tables, []), report, without=without)) == []
    assert report["queues"]["chat"]["wait_seconds_total"] > 0
    rows = report["queues"]["calls"]["intervals"]
    by_day = [
        sum(row["start"].startswith(str(date.fromisoformat(first) + timedelta(days=n))) for row in rows) for n in (0, 1)
    ]
    assert [n / 4 for n in by_day] == list(hours[:2])
    assert sum(row["offered"] for row in rows) == report["queues"]["calls"]["offered"]


@pytest.mark.parametrize(("zone", "first", "hours"), CHANGES)
@pytest.mark.parametrize("day_start", [0, 2.5, 6, 23])
def test_the_grid_of_a_day_adds_up(zone: str, first: str, hours: tuple[int, int, int], day_start: float) -> None:
    """Wherever the business day begins: its quarters are without gaps and exactly as long as it is."""
    calendar = Calendar(zone, int(day_start * HOUR_MS), QUARTER_MS)
    at = day_start_ms(first, zone) + 12 * HOUR_MS
    lengths = []
    for _ in range(4):
        start, end = calendar.day(at)
        grid = calendar.intervals(start, end - 1)
        assert (grid[0][0], grid[-1][1]) == (start, end)
        assert all(one[1] == other[0] for one, other in pairwise(grid))
        assert sum(until - since for since, until in grid) == end - start
        lengths.append((end - start) / HOUR_MS)
        at = end
    assert sum(lengths) == 96 + sum(hours) - 72
    assert set(lengths) == {24, *hours}


@pytest.mark.parametrize(("zone", "first", "hours"), CHANGES)
def test_business_hours_of_the_days_add_up(zone: str, first: str, hours: tuple[int, int, int]) -> None:
    """Night hours are as long as the night is, between two and three there is none or twice as much, days are days."""
    start = day_start_ms(first, zone)
    calendar = Calendar(zone, 0, QUARTER_MS)
    midnights = [calendar.day(start + (12 + 24 * n) * HOUR_MS) for n in range(3)]
    change = hours[1] - 24

    def open_hours(since: float, until: float) -> list[float]:
        span = (int(since * HOUR_MS), int(until * HOUR_MS))
        clock = BusinessClock(Hours(((span,),) * 7), zone)
        return [clock.elapsed_ms(*midnight) / HOUR_MS for midnight in midnights]

    in_new_york = zone == "America/New_York"  # the hands are moved at two o'clock to one, elsewhere at three to two
    repeated = (1, 2) if in_new_york and change > 0 else (2, 3)
    assert open_hours(0, 24) == list(hours)
    assert open_hours(*repeated) == [1, 1 + change, 1]
    assert open_hours(9, 17) == [8, 8, 8]
    assert open_hours(22, 30) == [8, 8 + change, 8]
