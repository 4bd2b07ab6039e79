"""A report adds up: half hours to days, days to weeks, over changed clocks; and null never becomes zero."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from floorwatch.closing import closed_rows
from floorwatch.floor import events as e
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.reports import page, table, text
from floorwatch.reports.build import build
from floorwatch.reports.period import Kind, UnknownPeriodError, last_complete, named, period_of
from floorwatch.reports.rebuild import site_of
from floorwatch.store.history import History
from tests.reports.floors import HOUR, MINUTE, SECOND, contact, lost, told, written

COUNTS = ("offered", "answered", "answered_in_threshold", "abandoned", "abandoned_short", "exited", "handled")


def _midnight(zone: str, day: date, hour: int = 0) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).timestamp()) * 1000


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2026, 11, 1), 25),
        ("Asia/Shanghai", date(2026, 10, 25), 24),
    ],
)
@pytest.mark.parametrize("day_start", [0, 5])
def test_days_of_23_24_and_25_hours_add_up(zone: str, day: date, hours: int, day_start: int) -> None:
    """A contact every ten minutes, before, on and after the day: each is in one half hour, and in the right day."""
    start, end = _midnight(zone, day, day_start), _midnight(zone, day + timedelta(days=1), day_start)
    if day_start:
        hours = (end - start) // HOUR
    times = range(start - 3 * HOUR, end + 3 * HOUR, 10 * MINUTE)
    settings = Settings(timezone=zone, day_start_ms=day_start * HOUR)
    history = written(told(settings, [fact for at in times for fact in contact(at)], end + 4 * HOUR))
    report = build(history, period_of("day", day))
    queue = report["queues"]["sales"]
    assert end - start == hours * HOUR
    assert (report["hours"], len(queue["slots"])) == (hours, 2 * hours)
    assert [slot["offered"] for slot in queue["slots"]] == [3] * (2 * hours)
    assert queue["total"]["offered"] == queue["days"][0]["offered"] == 6 * hours
    for key in COUNTS:
        assert sum(slot[key] for slot in queue["slots"]) == queue["total"][key], key
    assert len({slot["start"] for slot in queue["slots"]}) == 2 * hours, "an hour that comes twice is two"
    assert [note["note"] for note in report["notes"]] == ([] if hours == 24 else ["hours"])
    neighbours = [build(history, period_of("day", day + timedelta(days=n))) for n in (-1, 1)]
    assert [near["queues"]["sales"]["total"]["offered"] for near in neighbours] == [18, 18]


def test_a_week_and_a_month_are_the_sums_of_their_days() -> None:
    """Levels, waits and occupancy of a longer time come from its sums: a quiet perfect day weighs what it holds."""
    first = _midnight("Europe/Berlin", date(2026, 10, 19))
    days = [first + n * 24 * HOUR + 10 * HOUR for n in range(6)] + [
        first + 6 * 24 * HOUR + 11 * HOUR
    ]  # ten, on the clock of each day
    facts = [fact for day in days[:6] for fact in contact(day)]
    facts += [fact for n in range(30) for fact in lost(days[6] + n * MINUTE)]
    engine = told(Settings(timezone="Europe/Berlin"), facts, first + 8 * 24 * HOUR)
    history = written(engine)
    report = build(history, named("week", "2026-W43"))
    queue = report["queues"]["sales"]
    assert (report["period"], len(queue["days"])) == ("2026-W43", 7)
    assert [day["service_level"] for day in queue["days"]] == [1.0] * 6 + [0.0]
    assert queue["total"]["service_level"] == pytest.approx(6 / 36)
    assert (queue["total"]["service_level_n"], queue["total"]["asa_seconds"]) == (36, 5.0)
    assert {time["time"]: time["offered"] for time in queue["times"] if time["offered"]} == {"10:00": 36}
    month = build(history, named("month", "2026-10"))
    assert (month["queues"]["sales"]["total"]["offered"], len(month["queues"]["sales"]["days"])) == (36, 31)
    assert month["queues"]["sales"]["total"]["partial"]
    assert [day["offered"] for day in month["queues"]["sales"]["days"][:18]] == [None] * 18, "unknown, not 0"


def _rising(start: int) -> list[e.Event]:
    """Three hits in four for an hour, then lost contacts only: a level just below its target, and then far below."""
    told_of = [contact if n % 4 else lost for n in range(180)]
    facts = [fact for n, kind in enumerate(told_of) for fact in kind(start + n * 20 * SECOND)]
    return facts + [fact for n in range(60) for fact in lost(start + 60 * MINUTE + n * 20 * SECOND)]


def test_an_alert_that_rose_says_how_it_fired() -> None:
    """The sentence has the value at which it fired, so its severity of then stands beside it; in every medium."""
    start = _midnight("UTC", date(2026, 11, 4)) + 9 * HOUR
    history = written(told(Settings(), _rising(start), start + 20 * HOUR))
    report = build(history, period_of("day", date(2026, 11, 4)))
    [alert] = [alert for alert in report["alerts"] if alert["severity"] != alert["severity_at_fire"]]
    assert (alert["severity_at_fire"], alert["severity"]) == ("warning", "critical")
    assert f" {int(alert['value_at_fire'] * 100)} % answered" in alert["message"]["en"]  # cut, as levels are
    for lang, said in (("en", "warning, rose to critical"), ("zh", "警告，后升至严重")):
        assert said in text.render_text(report, lang)  # type: ignore[arg-type]
        assert said in page.render_page(report, lang)  # type: ignore[arg-type]
    [row] = [
        row for row in csv.DictReader(io.StringIO(table.render_alerts(report, "en"))) if row["severity"] == "critical"
    ]
    assert row["severity_at_fire"] == "warning"


def test_personal_figures_that_are_gone_are_not_said_to_be_those_of_nobody() -> None:
    """Agents' days live shorter than the rest: a week of which one is gone says so, and a day of which all is."""
    first = _midnight("UTC", date(2026, 11, 3))
    facts = [fact for n in range(3) for fact in contact(first + n * 24 * HOUR + 9 * HOUR)]
    history = written(told(Settings(), facts, first + 4 * 24 * HOUR))
    whole = build(history, named("week", "2026-W45"), individuals=True)
    assert "some_individuals" not in [note["note"] for note in whole["notes"]]
    history.forget("2026-11-06", timedelta(days=400), timedelta(days=2))
    week = build(history, named("week", "2026-W45"), individuals=True)
    [note] = [note for note in week["notes"] if note["note"] == "some_individuals"]
    assert note["n"] == 1
    day = build(history, named("day", "2026-11-03"), individuals=True)
    assert day["agents"] == {}
    assert [note["note"] for note in day["notes"] if "individuals" in note["note"]] == ["no_individuals"]
    assert "store.individuals_keep" in text.render_text(day, "zh")


def test_what_is_not_known_is_null_and_said() -> None:
    """The floor is watched from a quarter past ten on: the morning is null, a half hour partial, and a note says so."""
    start = _midnight("UTC", date(2026, 11, 4))
    engine = told(Settings(), contact(start + 10 * HOUR + 16 * MINUTE), start + 30 * HOUR)
    report = build(written(engine), period_of("day", date(2026, 11, 4)))
    slots = {slot["start"][11:16]: slot for slot in report["queues"]["sales"]["slots"]}
    assert (slots["09:30"]["offered"], slots["09:30"]["service_level"], slots["09:30"]["partial"]) == (
        None,
        None,
        False,
    )
    assert (slots["10:00"]["offered"], slots["10:00"]["service_level"], slots["10:00"]["partial"]) == (1, 1.0, True)
    assert (slots["10:30"]["offered"], slots["10:30"]["service_level"], slots["10:30"]["asa_seconds"]) == (
        0,
        None,
        None,
    )
    assert report["notes"][0]["text"] == {
        "en": "00:00–10:15: not known, no figures.",
        "zh": "00:00–10:15：未知，无数据。",
    }
    assert report["is_over"]


def test_lost_feeds_gaps_and_pauses_of_the_daemon_are_said() -> None:
    """Each in its sentence, with its source; the intervals they touch are marked, others are not."""
    start = _midnight("UTC", date(2026, 11, 4))
    at = start + 10 * HOUR
    facts = [
        *contact(start),
        e.SourceDown(time=at + 12 * MINUTE, source="pbx"),
        e.SourceUp(time=at + 20 * MINUTE, source="pbx"),
        e.SourceGap(time=at + 20 * MINUTE, since=at + 12 * MINUTE, source="pbx"),
    ]
    history = History(":memory:", writable=True)
    engine = told(Settings(), facts, start + 25 * HOUR)
    written(engine, history)
    site = history.site
    assert site is not None
    history.begin(site, start + 26 * HOUR)
    report = build(history, period_of("day", date(2026, 11, 4)))
    assert [note["text"]["en"] for note in report["notes"]] == [
        "10:12–10:20: pbx was lost.",
        "10:12–10:20: events of pbx may be missing; the intervals are marked.",
    ]
    marked = [slot["start"][11:16] for slot in report["queues"]["sales"]["slots"] if slot["incomplete"]]
    assert marked == ["10:00"]
    following = build(history, period_of("day", date(2026, 11, 5)))
    assert [note["note"] for note in following["notes"]] == ["running", "off"]
    assert following["notes"][1]["text"]["en"] == "01:00–02:00: floorwatch was not running."


@pytest.mark.parametrize(("interval", "grid"), [(5, 30), (10, 30), (15, 30), (30, 30), (12, 12), (20, 20), (60, 60)])
def test_half_hours_where_the_site_has_them_else_its_own_grid(interval: int, grid: int) -> None:
    """The report says so in its notes where they are not half hours."""
    start = _midnight("UTC", date(2026, 11, 4))
    facts = [fact for n in range(144) for fact in contact(start + n * 10 * MINUTE)]
    engine = told(Settings(interval_ms=interval * MINUTE), facts, start + 26 * HOUR)
    report = build(written(engine), period_of("day", date(2026, 11, 4)))
    assert report["grid_seconds"] == grid * 60
    assert len(report["queues"]["sales"]["slots"]) == 24 * 60 // grid
    assert sum(slot["offered"] for slot in report["queues"]["sales"]["slots"]) == 144
    assert [note["note"] for note in report["notes"]] == ([] if grid == 30 else ["grid"])


def test_every_queue_counts_by_its_own_policy_and_the_floor_by_all_of_them() -> None:
    """12 s of wait is a hit in one queue and a miss in the other; of the floor it is one of two."""
    start = _midnight("UTC", date(2026, 11, 4))
    policies = {"fast": QueuePolicy(threshold_ms=10_000), "slow": QueuePolicy(threshold_ms=20_000, target=0.9)}
    facts = [*contact(start, queue="fast", wait_ms=12_000), *contact(start + HOUR, queue="slow", wait_ms=12_000)]
    report = build(
        written(told(Settings(queues=policies), facts, start + 26 * HOUR)), period_of("day", date(2026, 11, 4))
    )
    levels = {name: queue["total"]["service_level"] for name, queue in report["queues"].items()}
    assert levels == {"fast": 0.0, "slow": 1.0}
    assert (report["floor"]["total"]["service_level"], report["floor"]["total"]["service_level_n"]) == (0.5, 2)
    defined = {
        name: report["definitions"][queue["defined"][0]["definition"]] for name, queue in report["queues"].items()
    }
    assert (defined["fast"]["threshold_seconds"], defined["slow"]["target"]) == (10.0, 0.9)
    alone = build(
        written(told(Settings(queues=policies), facts, start + 26 * HOUR)),
        period_of("day", date(2026, 11, 4)),
        queue="slow",
    )
    assert (list(alone["queues"]), "floor" in alone) == (["slow"], False)


def test_agents_are_named_only_where_they_are_asked_for() -> None:
    """Their day is the ratio of their sums; without asking, no name is in the document."""
    start = _midnight("UTC", date(2026, 11, 4)) + 9 * HOUR
    schedule = e.ScheduleLoaded(
        time=start - HOUR,
        source="wfm",
        version="v7",
        activities=(e.ScheduledActivity(agent="Ada Byron", activity="work", start=start, end=start + 2 * HOUR),),
    )
    facts: list[e.Event] = [
        schedule,
        e.AgentStateChanged(time=start + 30 * MINUTE, source="pbx", agent="Ada Byron", state="available"),
        *contact(start + 40 * MINUTE, agent="Ada Byron"),
        e.AgentStateChanged(time=start + 3 * HOUR, source="pbx", agent="Ada Byron", state="offline"),
    ]
    history = written(told(Settings(), facts, start + 20 * HOUR))
    plain = build(history, period_of("day", date(2026, 11, 4)))
    assert "Ada" not in str(plain)
    total = build(history, period_of("day", date(2026, 11, 4)), individuals=True)["agents"]["Ada Byron"]["total"]
    assert (total["answered"], total["seconds"]["talking"]) == (1, 60.0)
    kept = total["adherence"]
    assert (kept["scheduled_seconds"], kept["in_seconds"], kept["out_seconds"]) == (7200.0, 5400.0, 1800.0)
    assert (kept["ratio"], kept["schedules"]) == (0.75, ["v7"])


def test_alerts_of_the_day_say_when_and_how_long() -> None:
    """One fires and is resolved: its duration and both languages; it belongs to the day on which it fired."""
    start = _midnight("UTC", date(2026, 11, 4)) + 23 * HOUR
    facts = [fact for n in range(40) for fact in lost(start + 30 * MINUTE + n * 10 * SECOND)]
    report = build(written(told(Settings(), facts, start + 20 * HOUR)), period_of("day", date(2026, 11, 4)))
    fired = [alert for alert in report["alerts"] if alert["rule"] == "service_level_low"]
    assert len(fired) == 1
    assert fired[0]["seconds"] > 0
    assert fired[0]["message"]["zh"].startswith("sales：")
    assert fired[0]["resolved_at"] > "2026-11-05" or fired[0]["resolved_at"] > fired[0]["fired_at"]


@pytest.mark.parametrize(
    ("kind", "typed", "label", "first", "last"),
    [
        ("day", "2026-10-25", "2026-10-25", date(2026, 10, 25), date(2026, 10, 25)),
        ("week", "2026-W53", "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("week", "2027-01-02", "2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("month", "2028-02", "2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("month", "2026-12-31", "2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_periods_are_named_as_people_do(kind: Kind, typed: str, label: str, first: date, last: date) -> None:
    """A day of it names a week or month too; weeks are those of ISO 8601."""
    assert named(kind, typed) == (kind, label, first, last)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [("day", "2026-W03"), ("day", "25.10.2026"), ("day", "2026-02-30"), ("week", "2026-W54"), ("month", "2026-13")],
)
def test_what_names_no_period_is_refused(kind: Kind, typed: str) -> None:
    """The text says what was typed."""
    with pytest.raises(UnknownPeriodError, match=typed):
        named(kind, typed)


@pytest.mark.parametrize(("kind", "label"), [("day", "2026-10-31"), ("week", "2026-W43"), ("month", "2026-10")])
def test_without_a_name_it_is_the_last_that_is_over(kind: Kind, label: str) -> None:
    """On 1 November, a Sunday, the week is not over and the month just is."""
    assert last_complete(kind, date(2026, 11, 1)).label == label


def test_a_feed_that_is_lost_for_good_makes_no_zeros() -> None:
    """Lost at ten, for the rest of the day: half hours without an answer to what happened in them, and a note."""
    start = _midnight("UTC", date(2026, 11, 4))
    facts = [*contact(start + 5 * MINUTE), e.SourceDown(time=start + 10 * HOUR, source="pbx")]
    report = build(written(told(Settings(), facts, start + 30 * HOUR)), period_of("day", date(2026, 11, 4)))
    slots = {slot["start"][11:16]: slot["offered"] for slot in report["queues"]["sales"]["slots"]}
    assert (slots["00:00"], slots["09:30"], slots["10:00"], slots["23:30"]) == (1, 0, None, None)
    assert (report["known_hours"], report["is_over"]) == (10, True)
    assert [note["text"]["en"] for note in report["notes"] if note["note"] == "missing"] == [
        "10:00–2026-11-05 00:00: not known, no figures."
    ]
    both = [*facts, e.SourceHeartbeat(time=start + HOUR, source="other")]
    report = build(written(told(Settings(), both, start + 30 * HOUR)), period_of("day", date(2026, 11, 4)))
    assert report["floor"]["slots"][-1]["offered"] == 0, "the other feed was heard"


def test_a_day_before_anything_was_heard_has_no_figures() -> None:
    """The daemon runs, and no source has ever connected: the floor is not idle, it is not known."""
    start = _midnight("UTC", date(2026, 11, 4))
    facts = [e.SourceDown(time=start - 48 * HOUR, source="pbx"), e.SourceUp(time=start + 9 * HOUR, source="pbx")]
    history = written(told(Settings(), [*facts, *contact(start + 10 * HOUR)], start + 30 * HOUR))
    assert not history.cells("2026-11-02", "2026-11-03")
    day = build(history, period_of("day", date(2026, 11, 4)))
    assert day["notes"][0]["text"]["en"] == "00:00–09:00: not known, no figures."
    assert [line["offered"] for line in build(history, named("month", "2026-11"))["floor"]["days"][:4]] == [
        *(None, None, None),
        1,
    ]


def test_days_that_nobody_watched_are_not_known() -> None:
    """A file tells of one day, long before floorwatch ran: of the days between nobody can say that nothing happened."""
    first, history = _midnight("UTC", date(2026, 11, 2)), History(":memory:", writable=True)
    begun = first + 10 * 24 * HOUR + 12 * HOUR
    engine = told(Settings(), [*contact(first + 9 * HOUR), *contact(begun)], begun + 15 * HOUR)
    history.begin(site_of(engine.settings), begun)
    history.write(closed_rows(engine, [], [], individuals=True))
    month = build(history, named("month", "2026-11"))
    offered = {line["day"]: line["offered"] for line in month["floor"]["days"]}
    assert offered["2026-11-02"] == offered["2026-11-12"] == 1
    assert {offered[f"2026-11-{day:02d}"] for day in range(3, 12)} == {None}
    assert "2026-11-03 00:00–2026-11-12 00:00: not known, no figures." in [
        note["text"]["en"] for note in month["notes"]
    ]
