"""Rotas: turns equal a recount minute by minute, wherever and whenever the clocks are set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from floorwatch.config.rotas import RotaPlan, contradictions_of_plan
from floorwatch.floor.rota import Rota, Span, horizon, instant_of, loaded, turns
from tests.oncall_recount import DAY_MS, MINUTE_MS, Wall, minutes, on_call

CLOCKS_SET = (
    *(("Europe/Warsaw", "2026-03-29"), ("Europe/Warsaw", "2026-10-25")),
    *(("Australia/Lord_Howe", "2026-04-05"), ("Australia/Lord_Howe", "2026-10-04")),
    *(("Pacific/Chatham", "2026-04-05"), ("Pacific/Chatham", "2026-09-27")),
    *(("America/Santiago", "2026-04-05"), ("America/Santiago", "2026-09-06")),
    *(("America/New_York", "2026-03-08"), ("America/Havana", "2026-11-01")),
    *(("Asia/Shanghai", "2026-05-01"), ("UTC", "2026-12-31")),
)
"""A time zone, and a day on which something happens there: half an hour in Lord Howe, at midnight in Santiago."""
PEOPLE = ("A17", "B2", "B3", "C1", "C9")
SPAN_DAYS = 3
HOUR_MS = 3_600_000


def at(zone: str, text: str) -> int:
    """The instant of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def times() -> st.SearchStrategy[str]:
    """Times of day, those at which clocks are set among them."""
    often = st.sampled_from(["00:00", "01:30", "01:59", "02:00", "02:15", "02:30", "02:45", "03:00", "23:30", "09:00"])
    return often | st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))


def entries() -> st.SearchStrategy[Any]:
    """Somebody, or two who are on call together."""
    return st.sampled_from(PEOPLE) | st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2)


def days_around(day: str) -> st.SearchStrategy[str]:
    """Dates before and after."""
    return st.integers(-9, 3).map(lambda n: (datetime.fromisoformat(day) + timedelta(days=n)).date().isoformat())


@st.composite
def layers(draw: st.DrawFn, day: str) -> dict[str, Any]:
    layer: dict[str, Any] = {"people": draw(st.lists(entries(), min_size=1, max_size=4))}
    if draw(st.booleans()):
        layer["from"], layer["handover"] = draw(days_around(day)), draw(times())
        if draw(st.booleans()):
            layer["rotate"] = draw(st.sampled_from(["daily", "weekly", "2 days", "3 days", "2 weeks"]))
    if draw(st.booleans()):
        first, last = draw(times()), draw(times())
        if first != last:
            names = ["daily", "mon", "fri-sun", "sat-mon", "tue-thu", "sun"]
            layer["hours"] = {draw(st.sampled_from(names)): f"{first}-{last}"}
    return layer


@st.composite
def rotas(draw: st.DrawFn, day: str) -> dict[str, Any]:
    """A rota as it stands in YAML, every value a text."""
    rota: dict[str, Any] = {"layers": draw(st.lists(layers(day), min_size=1, max_size=4))}
    if draw(st.booleans()):
        dates = draw(st.lists(days_around(day), min_size=1, max_size=3))
        rota["holidays"] = {"dates": dates, "people": draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2))}
    rota["overrides"] = []
    for _ in range(draw(st.integers(0, 3))):
        ends = sorted(f"{draw(days_around(day))}T{draw(times())}" for _ in range(2))
        if ends[0] < ends[1]:
            rota["overrides"].append({"person": draw(st.sampled_from(PEOPLE)), "since": ends[0], "until": ends[1]})
    return rota


@pytest.mark.parametrize(("zone", "day"), CLOCKS_SET)
def test_turns_equal_a_recount_minute_by_minute(zone: str, day: str) -> None:
    """Whatever is planned, around the day on which the clocks are set: the same people in every minute."""
    since = at(zone, f"{day}T12:00") - SPAN_DAYS * DAY_MS // 2
    until = since + SPAN_DAYS * DAY_MS
    wall = Wall(zone, since, until)

    @settings(max_examples=8, deadline=None)
    @given(rotas(day))
    def check(typed: dict[str, Any]) -> None:
        plan = RotaPlan.model_validate(typed)
        found = turns(plan.plan("north", zone), since, until)
        assert (found[0].since, found[-1].until) == (since, until)
        assert all(one.until == other.since and one.people != other.people for one, other in pairwise(found))
        told = {minute: turn.people for turn in found for minute in minutes(turn.since, turn.until)}
        assert told == {minute: on_call(typed, wall, minute) for minute in minutes(since, until)}

    check()


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("Europe/Warsaw", "2026-03-29T02:30", "2026-03-29T01:00Z"),  # skipped: the end of the gap
        ("Europe/Warsaw", "2026-10-25T02:30", "2026-10-25T00:30Z"),  # repeated: the first of the two
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z"),
        ("America/Santiago", "2026-09-06T00:00", "2026-09-06T04:00Z"),  # midnight itself is skipped
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00Z"),  # the whole day is
    ],
)
def test_a_time_that_is_not_there_once_is_one_instant(zone: str, wall: str, instant: str) -> None:
    """A skipped time is the first instant after the gap, a repeated one the first of the two."""
    moment = datetime.fromisoformat(instant).timestamp() * 1000
    assert instant_of(datetime.fromisoformat(wall), ZoneInfo(zone)) == moment


def test_hand_over_stays_at_its_time_when_the_clocks_are_set() -> None:
    """A week that is an hour longer ends at 09:00 all the same."""
    plan = RotaPlan.model_validate(
        {"layers": [{"people": ["A17", "B2"], "rotate": "weekly", "handover": "mon 09:00", "from": "2026-10-19"}]}
    )
    first = turns(plan.plan("north", "Europe/Warsaw"), at("UTC", "2026-10-18"), at("UTC", "2026-11-03"))
    assert [(turn.people, datetime.fromtimestamp(turn.since / 1000, UTC).isoformat()[:16]) for turn in first] == [
        ((), "2026-10-18T00:00"),
        (("A17",), "2026-10-19T07:00"),
        (("B2",), "2026-10-26T08:00"),
        (("A17",), "2026-11-02T08:00"),
    ]


@pytest.mark.parametrize(
    ("hours", "begins", "ends"),
    [
        ("01:45-14:00", "2026-11-01T04:15", "2026-11-01T17:30"),
        ("20:00-01:30", "2026-10-31T22:30", "2026-11-01T04:00"),
        ("01:15-01:45", "2026-11-01T03:45", "2026-11-01T04:15"),
    ],
)
def test_hours_begin_and_end_once_where_their_times_come_twice(hours: str, begins: str, ends: str) -> None:
    """The clocks of Newfoundland go back from 02:00 to 01:00: whoever is on from 01:45 is not off again at 01:00."""
    plan = RotaPlan.model_validate({"layers": [{"people": ["A17"], "hours": {"sat-sun": hours}}]})
    found = turns(plan.plan("north", "America/St_Johns"), at("UTC", "2026-10-31T20:00"), at("UTC", "2026-11-01T20:00"))
    on = [(turn.since, turn.until) for turn in found if turn.people]
    assert on == [(at("UTC", begins), at("UTC", ends))]


@pytest.mark.parametrize(
    "typed",
    [
        {"holidays": {"dates": ["9999-12-31"]}},
        {"layers": [{"people": ["A17"], "from": "0001-01-01"}]},
        {"overrides": [{"person": "A17", "since": "2026-01-01", "until": "9999-12-31T23:59"}]},
    ],
)
def test_a_year_that_no_time_zone_can_count_to_is_refused(typed: dict[str, object]) -> None:
    """Where it is typed: laying it out would fail at every start."""
    with pytest.raises(ValidationError, match="must be in a year from 1971 to 9000"):
        RotaPlan.model_validate(typed)


def test_shifts_of_a_calendar_that_overlap_are_on_call_together() -> None:
    """Who began first is told first; layers of the configuration lie on top."""
    shifts = (Span(30, 60, ("B2",)), Span(0, 40, ("A17",)), Span(30, 35, ("C1", "A17")))
    found = turns(Rota("north", shifts=shifts, overrides=(Span(50, 55, ("C9",)),)), 0, 70)
    assert [(turn.since, turn.people) for turn in found] == [
        (0, ("A17",)),
        (30, ("A17", "B2", "C1")),
        (35, ("A17", "B2")),
        (40, ("B2",)),
        (50, ("C9",)),
        (55, ("B2",)),
        (60, ()),
    ]


def test_what_is_told_reaches_over_a_month_ahead() -> None:
    """From the beginning of yesterday, and at least 35 days from any instant of today, also where a day is short."""
    for hour in range(0, 24 * 400, 7):
        now = at("UTC", "2026-01-01") + hour * 3_600_000
        since, until = horizon(now, "America/Santiago")
        assert since <= now - DAY_MS + 3_600_000
        assert until >= now + 35 * DAY_MS
        assert since % MINUTE_MS == until % MINUTE_MS == 0


def test_the_turn_that_runs_at_the_horizon_is_told_from_its_beginning() -> None:
    """A weekly one of a week before, a quarterly one of months before, one that begins there; one without a beginning
    is told from the horizon on.
    """
    since, until = at("Europe/Warsaw", "2026-11-28"), at("Europe/Warsaw", "2026-12-05")

    def begins(*layers: dict[str, Any]) -> list[int]:
        plan = RotaPlan.model_validate({"layers": layers}).plan("north", "Europe/Warsaw")
        first = loaded(plan, since, until, since).turns[0]
        return [first.since, first.until]

    weekly = {"people": ["A17", "B2"], "rotate": "weekly", "handover": "mon 09:00", "from": "2026-01-05"}
    assert begins(weekly) == [at("UTC", "2026-11-23") + 8 * HOUR_MS, at("UTC", "2026-11-30") + 8 * HOUR_MS]
    assert begins({"people": ["A17"], "from": "2026-01-05"}) == [at("Europe/Warsaw", "2026-01-05"), until]
    daily = {"people": ["A17", "B2"], "rotate": "daily", "from": "2026-01-05"}
    assert begins(daily) == [since, since + DAY_MS]
    assert begins({"people": ["A17"]}) == [since, until]


def test_a_plan_that_contradicts_itself_is_refused() -> None:
    """Each with the key and what mends it."""
    plan = RotaPlan.model_validate(
        {
            "layers": [
                {"people": ["A17", "B22"], "rotate": "weekly"},
                {"people": ["A17"], "rotate": "weekly", "handover": "mon 09:00", "from": "2026-01-07"},
                {"people": ["A17"], "rotate": "3 days", "handover": "mon 09:00", "from": "2026-01-05"},
                {"people": ["A17"], "hours": {"mon": "closed"}},
                {"people": ["A17"], "handover": "09:00"},
            ],
            "holidays": {"dates": ["2026-12-25"]},
            "overrides": [{"person": "B2", "since": "2026-12-24T08:00", "until": "2026-12-24T08:00"}],
        }
    )
    assert list(contradictions_of_plan(plan, ("A17", "B2"))) == [
        (("layers", 0, "people", 1), "there is no person 'B22'; did you mean 'B2'?"),
        (("layers", 0, "rotate"), "needs 'from', the date of the first hand-over: it says whose turn is when"),
        (("layers", 1, "from"), "is a wed, and hand-over is on mon: such as 2026-01-12"),
        (("layers", 2, "handover"), "has a day of the week, and the turns last no whole weeks: leave the day out"),
        (("layers", 3, "hours"), "has no hours: leave it out"),
        (("layers", 4, "handover"), "means nothing without 'rotate' and 'from'"),
        (("holidays",), "needs people, too: who is on call on which dates"),
        (("overrides", 0, "until"), "must be after 'since'"),
    ]
