"""Adherence: what was done, held against the schedule, and what is fair by rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.engine import Engine
from floorwatch.floor.internal import OperatorExcused, OperatorExcuseWithdrawn, SourceDescribed
from floorwatch.floor.settings import RowWords
from floorwatch.ingest.source import InputCounts
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.rule_matrix import SCHEDULED
from floorwatch.metrics.schedule import Schedule
from floorwatch.metrics.sums import Sums
from floorwatch.metrics.unseen import hides_adherence
from floorwatch.picture import picture
from floorwatch.report import build_report
from tests.metrics.attending import AGENT, DATE, Told, engine_of, play

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = ("work 08:00-10:00", "break 10:00-10:15", "work 10:15-12:00")


def sums_of(
    schedule: Sequence[str], facts: Sequence[str], until: str = "12:00", preset: str = "default", **policy: object
) -> Sums:
    """The sums of one agent's day."""
    told = Told()
    engine = engine_of(preset, **policy)
    engine.plan([told.schedule(schedule)])
    play(engine, map(told.fact, facts), told.ms(until))
    return engine.books.attendance.total(AGENT, told.ms(until))


def minutes(sums: Sums) -> tuple[float, float, dict[str, float]]:
    """(in, out, neutral by cause) in minutes."""
    neutral = {cause: ms / MINUTE for cause, ms in sums.neutral_ms.items() if ms}
    return sums.in_ms / MINUTE, sums.out_ms / MINUTE, neutral


def test_three_hours_in_one_out_two_neutral_is_75_percent() -> None:
    """The known answer of the definitions."""
    facts = ["08:00 available", "11:00 paused", "12:00 available", "12:00 down", "14:00 up"]
    sums = sums_of(["work 08:00-14:00"], facts, until="14:00")
    assert minutes(sums) == (180, 60, {"feed": 120})
    assert sums.adherence == 0.75


def test_who_is_never_heard_of_is_out() -> None:
    """An agent who does not appear has not kept to the schedule, and a ratio of 0 is not null."""
    told = Told()
    engine = engine_of()
    engine.plan([told.schedule(DAY)])
    play(engine, [told.fact("08:00 available", "A18")], told.ms("12:00"))
    sums = engine.books.attendance.total(AGENT, told.ms("12:00"))
    assert (sums.in_ms, sums.scheduled_ms, sums.adherence) == (15 * MINUTE, 4 * HOUR, 15 / 240)
    assert sums.conformance == 0


def test_without_scheduled_time_there_is_no_ratio() -> None:
    """Nothing scheduled is null, not 0 and not 1; what was worked is extra."""
    sums = sums_of(["time_off 08:00-12:00"], ["08:00 available"])
    assert (sums.adherence, sums.conformance, sums.extra_ms) == (None, None, 4 * HOUR)


def test_time_outside_the_schedule_counts_neither_way() -> None:
    """Coming early and staying late is shown as extra, and is no adherence; conformance may pass 1."""
    sums = sums_of(["work 09:00-10:00"], ["08:00 available", "11:00 offline"])
    assert (sums.adherence, sums.extra_ms, sums.conformance) == (1.0, 2 * HOUR, 3.0)


def test_the_right_total_is_not_the_right_time() -> None:
    """An hour late and an hour long: conformance 1, adherence not."""
    sums = sums_of(["work 08:00-10:00"], ["07:00 offline", "09:00 available", "11:00 offline"])
    assert (sums.conformance, sums.adherence) == (1.0, 0.5)


def test_a_contact_running_into_the_break_is_neutral_and_made_up_for() -> None:
    """Six minutes of contact and wrap-up, then a full break: six minutes of it after its end are neutral too."""
    facts = ["08:00 available", "09:58 rings c1", "09:59 answers c1", "10:05 ends c1", "10:05 wrap_up"]
    sums = sums_of(DAY, [*facts, "10:06 paused break", "10:21 available"])
    assert minutes(sums) == (228, 0, {"contact": 6, "made_up": 6})


def test_what_is_made_up_is_no_more_than_was_lost() -> None:
    """Four minutes longer than was lost are out."""
    facts = ["08:00 available", "09:58 rings c1", "09:59 answers c1", "10:05 ends c1"]
    sums = sums_of(DAY, [*facts, "10:05 paused break", "10:24 available"])
    assert minutes(sums) == (226, 4, {"contact": 5, "made_up": 5})


def test_what_was_lost_is_not_saved_for_later() -> None:
    """It can be made up for in the scheduled activity that follows, and not in the one after it."""
    day = ["work 08:00-10:00", "break 10:00-10:15", "work 10:15-11:00", "training 11:00-11:30", "work 11:30-12:00"]
    facts = ["08:00 available", "09:58 rings c1", "09:59 answers c1", "10:05 ends c1", "10:05 paused break"]
    facts += ["10:15 available", "11:00 paused training", "11:30 paused break", "11:35 available"]
    assert minutes(sums_of(day, facts)) == (230, 5, {"contact": 5})


def test_rows_of_one_activity_are_one() -> None:
    """A break in two rows, work in many: what was lost in the first is made up for after the last."""
    day = ["work 08:00-10:00", "break 10:00-10:15", "break 10:15-10:30", "work 10:30-10:35", "work 10:35-12:00"]
    facts = ["08:00 available", "09:58 rings c1", "09:59 answers c1", "10:08 ends c1", "10:08 paused break"]
    assert minutes(sums_of(day, [*facts, "10:38 available"])) == (224, 0, {"contact": 8, "made_up": 8})


def test_a_lost_feed_excuses_a_dead_phone_for_minutes_only() -> None:
    """Five minutes before the feed is lost and after it is back are the switch's doing; hours of it are not."""
    facts = ["08:00 available", "08:05 unreachable", "11:00 down", "11:01 up", "11:01 unreachable", "11:30 available"]
    sums = sums_of(["work 08:00-12:00"], facts)
    assert minutes(sums) == (35, 194, {"feed": 1, "fault": 10})


def test_the_cap_of_a_wrap_up_runs_on_through_what_interrupts_it() -> None:
    """One contact has one cap: a phone that rings meanwhile does not begin it anew."""
    facts = ["08:00 available", "09:58 rings c1", "09:59 answers c1", "10:02 ends c1", "10:02 wrap_up"]
    facts += ["10:02:30 alerting", "10:02:40 wrap_up", "10:10 paused break", "10:15 available"]
    _, out, neutral = minutes(sums_of(DAY, facts))
    assert (out + neutral["contact"], neutral["contact"]) == (10, 3)


def test_who_is_not_heard_of_is_not_out_for_one_old_event() -> None:
    """The floor is known from ten on; an event of eight that comes then makes nobody two hours late."""
    told = Told()
    engine = engine_of()
    engine.plan([told.schedule(DAY)])
    play(engine, [told.fact("10:15 available"), told.fact("08:00 offered c1")], told.ms("11:00"))
    assert minutes(engine.books.attendance.total(AGENT, engine.now)) == (45, 0, {})


def test_wrap_up_after_a_contact_that_ran_into_the_break_is_capped() -> None:
    """One minute of it is neutral, the rest is out."""
    facts = ["08:00 available", "09:58 rings c1", "09:59 answers c1", "10:02 ends c1", "10:02 wrap_up"]
    sums = sums_of(DAY, [*facts, "10:10 paused break", "10:15 available"])
    assert minutes(sums) == (230, 7, {"contact": 3})
    assert minutes(sums_of(DAY, [*facts, "10:10 paused break", "10:15 available"], wrap_up_cap_ms=0))[1] == 8


def test_a_contact_begun_inside_the_break_is_out() -> None:
    """It rang after the break had begun, though the agent came straight from another contact."""
    facts = ["08:00 available", "09:58 rings c1", "09:59 answers c1", "10:02 ends c1", "10:02 rings c2"]
    sums = sums_of(DAY, [*facts, "10:03 answers c2", "10:10 ends c2", "10:10 paused break", "10:15 available"])
    assert minutes(sums) == (230, 8, {"contact": 2})


def test_a_feed_that_only_tells_states_is_as_fair() -> None:
    """Without contacts the unbroken run of ringing, talk and wrap-up stands for one."""
    facts = ["08:00 available", "09:58 alerting", "09:59 talking", "10:05 wrap_up", "10:06 paused break"]
    sums = sums_of(DAY, [*facts, "10:15 available"])
    assert minutes(sums) == (234, 0, {"contact": 6})


def test_wrap_up_without_a_contact_before_is_no_finishing() -> None:
    """A contact that ended long ago does not excuse wrapping up inside the break."""
    facts = ["08:00 available", "09:00 rings c1", "09:01 answers c1", "09:05 ends c1", "10:00 paused break"]
    sums = sums_of(DAY, [*facts, "10:03 wrap_up", "10:08 paused break", "10:15 available"])
    assert minutes(sums) == (235, 5, {})


@pytest.mark.parametrize("order", ["phone first", "feed first"])
def test_a_phone_lost_with_its_switch_is_not_the_agents_doing(order: str) -> None:
    """Unreachable right before the feed is lost, or right after it is back, is neutral; by itself it is out."""
    lost = ["09:00 unreachable", "09:02 down", "09:10 up", "09:10 available"]
    if order == "feed first":
        lost = ["09:00 down", "09:08 up", "09:08 unreachable", "09:10 available"]
    sums = sums_of(["work 08:00-12:00"], ["08:00 available", *lost, "11:00 unreachable", "11:05 available"])
    assert minutes(sums) == (225, 5, {"feed": 8, "fault": 2})


def test_strict_excuses_nothing_but_the_feed() -> None:
    """Contacts into the break, pauses made up, private calls, time off: all as the schedule says, or out."""
    facts = ["08:00 available", "09:58 rings c1", "09:59 answers c1", "10:05 ends c1", "10:05 paused break"]
    facts += ["10:20 available", "11:00 busy", "11:10 available", "11:20 down", "11:30 up", "11:30 available"]
    assert minutes(sums_of(DAY, facts, preset="strict")) == (210, 20, {"feed": 10})


def test_rows_of_the_matrix_can_be_replaced() -> None:
    """A floor on which coaching counts as work says so in its configuration."""
    rows = {"work": RowWords(("available", "paused(coaching)"), ("paused(outage)",))}
    facts = ["08:00 paused coaching", "09:00 paused outage", "10:00 paused lunch", "11:00 available"]
    sums = sums_of(["work 08:00-12:00"], facts, rows=rows)
    assert minutes(sums) == (120, 60, {"": 60})


def test_a_shift_over_midnight_is_one_shift_of_the_day_it_began() -> None:
    """22:00 to 06:00 with a break after midnight belongs to the first day, whole."""
    told = Told()
    engine = engine_of()
    engine.plan([told.schedule(["work 22:00-+1 02:00", "break +1 02:00-+1 02:30", "work +1 02:30-+1 06:00"])])
    facts = ["22:00 available", "+1 02:00 paused break", "+1 02:45 available"]
    play(engine, map(told.fact, facts), told.ms("+1 06:00"))
    days = engine.books.attendance.days(AGENT, told.ms("+1 06:00"))
    assert list(days) == [told.ms("00:00")]
    assert minutes(days[told.ms("00:00")]) == (465, 15, {})


def test_the_halves_of_a_split_shift_are_one_day() -> None:
    """What was done in the gap between them counts neither way."""
    split = ["work 08:00-10:00", "work 18:00-20:00"]
    sums = sums_of(split, ["08:00 available", "10:00 offline", "18:30 available"], until="20:00")
    assert (minutes(sums), sums.extra_ms) == ((210, 30, {}), 0)


@pytest.mark.parametrize(
    ("timezone", "date", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Asia/Shanghai", "2026-03-29", 24),
    ],
)
def test_days_of_23_24_and_25_hours_add_up(timezone: str, date: str, hours: int) -> None:
    """A day scheduled from midnight to midnight has as many hours as the clock shows, and the next day has 24."""
    told = Told(date, timezone)
    engine = Engine(replace(engine_of().settings, timezone=timezone))
    engine.plan([told.schedule(["work 00:00-12:00", "work 12:00-+1 00:00", "work +1 00:00-+2 00:00"])])
    play(engine, map(told.fact, ["00:00 available", "04:00 paused", "05:00 available"]), told.ms("+2 00:00"))
    first, second = engine.books.attendance.days(AGENT, told.ms("+2 00:00")).items()
    assert first[0] == told.ms("00:00")
    assert second[0] == told.ms("+1 00:00")
    assert (first[1].scheduled_ms, first[1].out_ms) == (hours * HOUR, HOUR)
    assert (second[1].scheduled_ms, second[1].in_ms) == (24 * HOUR, 24 * HOUR)


def test_an_excuse_is_neutral_and_can_be_taken_back() -> None:
    """For one agent or for everybody; joined where they overlap; withdrawn as if never given."""
    told = Told()
    engine = engine_of()
    engine.plan([told.schedule(DAY)])
    play(engine, [told.fact("08:00 paused")], told.ms("10:00"))

    def excuse(key: str, since: str, until: str, agent: str = "") -> None:
        said = {"time": engine.now, "source": "operator", "who": "lead", "why": "drill"}
        engine.apply(
            OperatorExcused(**said, excuse=key, since=told.ms(since), until=told.ms(until), agent=agent)  # type: ignore[arg-type]
        )

    excuse("x1", "08:30", "09:00")
    excuse("x2", "08:50", "09:10", AGENT)
    excuse("x3", "09:30", "09:40", "A99")
    assert minutes(engine.books.attendance.total(AGENT, engine.now)) == (0, 80, {"excused": 40})
    engine.apply(OperatorExcuseWithdrawn(time=engine.now, source="operator", excuse="x1", who="lead"))
    assert minutes(engine.books.attendance.total(AGENT, engine.now)) == (0, 100, {"excused": 20})


def test_an_edited_schedule_is_judged_anew_and_both_versions_are_kept() -> None:
    """What was out by the first version is in by the second; what the first came to can still be asked."""
    told = Told()
    engine = engine_of()
    engine.plan([told.schedule(["work 08:00-12:00"])])
    play(engine, map(told.fact, ["08:00 available", "09:00 paused training"]), told.ms("10:00"))
    attendance = engine.books.attendance
    assert minutes(attendance.total(AGENT, engine.now)) == (60, 60, {})
    engine.apply(told.schedule(["work 08:00-09:00", "training 09:00-11:00"], "v2"))
    assert minutes(attendance.total(AGENT, engine.now)) == (120, 0, {})
    day = told.ms("00:00")
    assert attendance.schedule.version(day) == "v2"
    first, _ = attendance.schedule.days[day]
    assert first.name == "v1"
    assert minutes(attendance.under(AGENT, first.lines[AGENT], engine.now)[day]) == (60, 60, {})


MOMENTS = st.integers(8 * 60, 12 * 60)
DOINGS = st.sampled_from(
    ("available", "paused break", "paused", "unreachable", "down", "up", "rings c1", "answers c1", "ends c1", "wrap_up")
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(MOMENTS, DOINGS), min_size=1, max_size=25), st.integers(0, 2**32), st.booleans())
def test_late_facts_and_looking_change_nothing(moments: list[tuple[int, str]], seed: int, keeps_looking: bool) -> None:
    """Told in any order, and asked at any time, the sums are those of the day told in order; they add up."""
    told = Told()
    first = told.fact("08:00 available")
    facts = [told.fact(f"{at // 60}:{at % 60:02d} {doing}") for at, doing in moments]
    end, dice = told.ms("12:00"), Random(seed)
    found = []
    for order in (sorted(facts, key=lambda fact: fact.time), dice.sample(facts, len(facts))):  # type: ignore[arg-type, return-value]
        engine = engine_of(lateness_ms=5 * HOUR)
        engine.plan([told.schedule(DAY)])
        for fact in (first, *order):
            play(engine, [fact], engine.now)
            if keeps_looking:
                engine.books.attendance.total(AGENT, max(engine.now, told.ms("08:00")))
        play(engine, [], end)
        found.append(engine.books.attendance.total(AGENT, end))
    assert found[0] == found[1]
    sums = found[0]
    assert sums.in_ms + sums.out_ms + sums.neutral_total_ms == sums.scheduled_ms
    judged = engine.books.attendance.judged(AGENT, end, told.ms("00:00"))
    assert all(one.end == other.start for one, other in pairwise(judged))
    assert sum(part.end - part.start for part in judged if part.line) == sums.scheduled_ms


def test_what_is_long_past_is_settled_and_forgotten() -> None:
    """After days the timeline is short, and the sums of every day stand as they were."""
    told = Told(DATE)
    engine = engine_of()
    engine.plan([told.schedule([f"work +{day} 08:00-+{day} 12:00" for day in range(6)])])
    facts = [line for day in range(6) for line in (f"+{day} 08:30 available", f"+{day} 12:30 offline")]
    play(engine, map(told.fact, facts), told.ms("+6 00:00"))
    attendance = engine.books.attendance
    assert all(sums.in_ms == 3.5 * HOUR for sums in attendance.days(AGENT, engine.now).values())
    assert attendance.total(AGENT, engine.now).in_ms == 6 * 3.5 * HOUR
    assert attendance.total(AGENT, engine.now).scheduled_ms == (3.5 + 5 * 4) * HOUR
    assert len(engine.books.timeline(AGENT)) < 8
    assert attendance.schedule.version(told.ms("00:00")) is None


@pytest.mark.parametrize(
    ("unseen", "rows", "is_known"),
    [
        ((), {}, True),
        (("wrap_up", "alerting", "busy"), {}, True),
        (("log_in",), {}, False),
        (("pauses",), {}, False),
        (("pause_reasons",), {}, False),
        (("pause_reasons",), dict.fromkeys(SCHEDULED, RowWords(("available", "paused"))), True),
    ],
)
def test_what_no_feed_can_tell_is_null_and_not_out(
    unseen: tuple[str, ...], rows: dict[str, RowWords], is_known: bool
) -> None:
    """Adherence is null where its verdicts hang on what the protocol does not carry."""
    told = Told()
    engine = engine_of(rows=rows)
    engine.plan([told.schedule(DAY)])
    facts = [told.fact("08:00 available"), SourceDescribed(time=told.ms("08:00"), source="pbx", unseen=unseen)]
    play(engine, facts, told.ms("09:00"))
    assert hides_adherence(engine.books, engine.books.agents[AGENT]) is not is_known
    engine.apply(told.fact("09:00 available"))
    ratio = build_report(engine, InputCounts())["agents"][AGENT]["adherence"]["ratio"]
    assert ratio == (1.0 if is_known else None)


def test_each_document_replaces_its_own_lines_only() -> None:
    """A file a team: a new version of one leaves the other alone, and takes away what it no longer says."""
    told = Told()
    schedule = Schedule(Calendar("UTC", 0, 900_000))

    def load(document: str, version: str, **lines: list[str]) -> None:
        activities = [one for agent, of in lines.items() for one in told.schedule(of, agent=agent).activities]
        schedule.load(document, version, activities, 0)

    load("east", "e1", A1=["work 08:00-12:00"], A2=["work 08:00-12:00"])
    load("west", "w1", B1=["work 09:00-13:00"])
    load("east", "e2", A1=["work 10:00-12:00"])
    assert sorted(schedule.lines) == ["A1", "B1"]
    assert schedule.version(told.ms("00:00")) == "e2, w1"
    load("west", "w2", A1=["work 11:00-13:00"], B1=["work +1 09:00-+1 13:00"])
    assert [(line.start, line.end) for line in schedule.lines["A1"]] == [(told.ms("11:00"), told.ms("13:00"))]
    assert len(schedule.lines["B1"]) == 1
    assert schedule.refused == {"overlapping_another": 1}


def test_a_night_shift_is_seen_whole_after_midnight() -> None:
    """At two in the morning the view shows the shift that began at ten, by the version of its day."""
    told = Told()
    engine = engine_of()
    engine.plan([told.schedule(["work 22:00-+1 06:00"], "night")])
    play(engine, [told.fact("22:00 available")], told.ms("+1 02:00"))
    view = picture(engine, {}, individuals=True)
    assert view.attendance is not None
    assert view.attendance.version == "night"
    assert view.attendance.agents[AGENT].scheduled_ms == 4 * HOUR
    assert view.attendance.floor.adherence == 1.0


def test_a_report_over_days_keeps_the_adherence_of_the_first() -> None:
    """The schedule of a day is forgotten after days; what it came to is not."""
    told = Told()
    engine = engine_of()
    engine.plan([told.schedule(["work 08:00-12:00"])])
    facts = [told.fact("08:00 available"), told.fact("11:00 offline"), told.fact("+6 12:00 available")]
    play(engine, facts, told.ms("+6 12:00"))
    adherence = build_report(engine, InputCounts())["agents"][AGENT]["adherence"]
    assert (adherence["ratio"], adherence["scheduled_seconds"]) == (0.75, 4 * 3600)
