"""The clock of a queue with business hours, held against a wall clock read minute by minute."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.floor.hours import BusinessClock, Hours

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
CLOSED: tuple[tuple[int, int], ...] = ()


def at(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> int:
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(local.timestamp()) * 1000


def span(since: str, until: str) -> tuple[int, int]:
    """Of `22:00` and `30:00`: milliseconds since midnight."""
    first, last = ((int(text[:2]) * 60 + int(text[3:])) * MINUTE_MS for text in (since, until))
    return first, last


OFFICE = Hours(((span("09:00", "18:00"),),) * 5 + ((span("10:00", "14:00"),), CLOSED))
ALWAYS = Hours(((span("00:00", "24:00"),),) * 7)


def daily(since: str, until: str) -> Hours:
    return Hours(((span(since, until),),) * 7)


def test_a_rule_of_half_an_hour_goes_on_the_next_morning() -> None:
    """A mail of 17:50 is due at 09:20: ten minutes before closing time, twenty after the opening."""
    clock, arrived = BusinessClock(OFFICE, "Europe/Berlin"), at("2026-03-09 17:50")
    due = clock.last_within(arrived, 30 * MINUTE_MS)
    assert due == at("2026-03-10 09:20")
    assert clock.elapsed_ms(arrived, due) == 30 * MINUTE_MS
    assert clock.elapsed_ms(arrived, due + 1) == 30 * MINUTE_MS + 1


def test_a_weekend_and_a_holiday_are_no_time() -> None:
    """Saturday has hours of its own, Sunday and a holiday none; what is due at closing may come until the opening."""
    hours = Hours(OFFICE.week, (date(2026, 12, 25),))
    clock = BusinessClock(hours, "Europe/Berlin")
    arrived = at("2026-12-24 17:30")  # a Thursday
    assert clock.elapsed_ms(arrived, at("2026-12-26 10:00")) == 30 * MINUTE_MS
    assert clock.last_within(arrived, 30 * MINUTE_MS) == at("2026-12-26 10:00")
    assert clock.last_within(arrived, 5 * HOUR_MS) == at("2026-12-28 09:30")
    assert clock.elapsed_ms(at("2026-12-26 14:00"), at("2026-12-28 09:00")) == 0


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    """A span past midnight goes on into a holiday; on a holiday none begins."""
    hours = Hours(daily("22:00", "30:00").week, (date(2026, 5, 1),))
    clock = BusinessClock(hours, "Europe/Berlin")
    assert clock.elapsed_ms(at("2026-05-01 00:00"), at("2026-05-02 00:00")) == 6 * HOUR_MS
    assert clock.elapsed_ms(at("2026-05-02 00:00"), at("2026-05-03 00:00")) == 2 * HOUR_MS


@pytest.mark.parametrize(
    ("day", "between_two_and_three", "all_day"),
    [("2026-03-29", 0, 23), ("2026-10-25", 2, 25), ("2026-06-01", 1, 24)],
)
def test_an_hour_that_is_skipped_or_repeated(day: str, between_two_and_three: int, all_day: int) -> None:
    """Open from two to three: no time at all in spring, two hours in autumn."""
    since, until = at(f"{day} 00:00"), at(f"{date.fromisoformat(day) + timedelta(days=1)} 00:00")
    night = BusinessClock(daily("02:00", "03:00"), "Europe/Berlin")
    assert night.elapsed_ms(since, until) == between_two_and_three * HOUR_MS
    assert BusinessClock(ALWAYS, "Europe/Berlin").elapsed_ms(since, until) == all_day * HOUR_MS


def test_when_the_clock_turns() -> None:
    """Open or closed now, and until when: what a page needs to stop ticking and to go on."""
    clock = BusinessClock(OFFICE, "Europe/Berlin")
    assert clock.change_after(at("2026-03-09 12:00")) == (True, at("2026-03-09 18:00"))
    assert clock.change_after(at("2026-03-14 14:00")) == (False, at("2026-03-16 09:00"))
    assert clock.change_after(at("2026-03-09 09:00")) == (True, at("2026-03-09 18:00"))


def test_hours_that_are_never_open_have_no_clock() -> None:
    """Nothing would ever be due."""
    with pytest.raises(ValueError, match="never open"):
        BusinessClock(Hours((CLOSED,) * 7), "UTC")


# The oracle: a wall clock, read every five minutes of the days around a change.

STEP_MS = 5 * MINUTE_MS
CHANGES = [
    ("Europe/Berlin", "2026-03-27"),
    ("Europe/Berlin", "2026-10-23"),
    ("America/New_York", "2026-03-06"),
    ("America/New_York", "2026-10-30"),
    ("Asia/Shanghai", "2026-03-27"),
    ("Australia/Lord_Howe", "2026-04-03"),  # half an hour
    ("America/Havana", "2026-03-06"),  # at midnight, which does not exist on the 8th
]
DAYS = 5


def reads_open(hours: Hours, zone: ZoneInfo, instant: int) -> bool:
    local = datetime.fromtimestamp(instant // 1000, zone)
    since_midnight = (local.hour * 60 + local.minute) * MINUTE_MS
    for days_back in (0, 1):
        day = local.date() - timedelta(days=days_back)
        ms = since_midnight + days_back * 24 * HOUR_MS
        if day not in hours.holidays and any(first <= ms < last for first, last in hours.week[day.weekday()]):
            return True
    return False


steps = st.integers(0, 24 * 12)
spans = st.tuples(steps, st.integers(1, 24 * 12)).map(lambda one: (one[0] * STEP_MS, (one[0] + one[1]) * STEP_MS))
weeks = st.lists(st.lists(spans, max_size=2).map(lambda day: tuple(sorted(day))), min_size=7, max_size=7).filter(any)


@settings(max_examples=60)
@given(st.sampled_from(CHANGES), weeks, st.data())
def test_it_runs_while_the_wall_clock_reads_business_hours(
    change: tuple[str, str], week: list[tuple[tuple[int, int], ...]], data: st.DataObject
) -> None:
    """Any hours, over any change of the clocks: business time is the wall clock's, read step by step."""
    zone, first = change
    start = at(f"{first} 00:00", zone)
    first_day = date.fromisoformat(first)
    holidays = data.draw(st.frozensets(st.integers(0, DAYS).map(lambda n: first_day + timedelta(days=n)), max_size=2))
    hours = Hours(tuple(week), tuple(sorted(holidays)))
    clock = BusinessClock(hours, zone)
    instants = range(start, start + DAYS * 24 * HOUR_MS, STEP_MS)
    opened = [reads_open(hours, ZoneInfo(zone), instant) for instant in instants]
    passed = [0, *accumulate(STEP_MS * is_open for is_open in opened)]
    since, until = sorted(data.draw(st.tuples(*(st.integers(0, len(instants) - 1),) * 2)))
    assert clock.elapsed_ms(instants[since], instants[until]) == passed[until] - passed[since]
    assert clock.change_after(instants[since])[0] is opened[since]
    ms = data.draw(st.integers(0, 12 * HOUR_MS))
    due = clock.last_within(instants[since], ms)
    assert clock.elapsed_ms(instants[since], due) == ms
    assert clock.elapsed_ms(instants[since], due + 1) == ms + 1


@settings(max_examples=25)
@given(st.sampled_from(CHANGES), weeks, st.lists(st.integers(-900, 900), min_size=2, max_size=5))
def test_what_is_asked_first_does_not_matter(
    change: tuple[str, str], week: list[tuple[tuple[int, int], ...]], days: list[int]
) -> None:
    """The clock works openings out as they are asked for; the answers are those of a clock asked nothing else."""
    zone, first = change
    start, hours = at(f"{first} 12:00", zone), Hours(tuple(week))
    clock = BusinessClock(hours, zone)
    for one, other in pairwise(days):
        since, until = start + one * 24 * HOUR_MS, start + other * 24 * HOUR_MS
        assert clock.elapsed_ms(since, until) == BusinessClock(hours, zone).elapsed_ms(since, until)
        assert clock.last_within(since, HOUR_MS) == BusinessClock(hours, zone).last_within(since, HOUR_MS)
