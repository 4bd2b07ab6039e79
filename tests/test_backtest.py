"""The back-test: what fired when, held against what became of the periods, counted a second time by hand."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from floorwatch.alerts.lifecycle import Alert, AlertChange
from floorwatch.backtest.compare import compare
from floorwatch.backtest.document import document
from floorwatch.backtest.firings import Firing, FiringLog
from floorwatch.backtest.judge import Judged, judge
from floorwatch.backtest.periods import DAY, Period
from floorwatch.backtest.run import Recorded, tried
from floorwatch.backtest.text import render_text
from floorwatch.config import load_config
from floorwatch.floor.internal import OperatorAcknowledged
from floorwatch.floor.rules import Condition, Level, Limit, Rule, Selector
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.replay import deliveries, recordings_of, replay
from tests.backtest_days import (
    HALF_HOUR_MS,
    HOUR_MS,
    MINUTE_MS,
    NINE,
    RULE,
    contacts,
    morning,
    ms,
    on_half_hours,
    recorded,
    so_far,
)
from tests.store.journals import kept

SMALL = Path(__file__).parent / "reference_days/small"


def firing(rule: Rule, fired_at: int, until: int, subject: str = "sales") -> Firing:
    return Firing(rule, subject, fired_at, "warning", "warning", 0.5, 20, until=until, resolved_by="cleared")


def test_a_morning_counted_by_hand(tmp_path: Path) -> None:
    """One miss, warned of 19 minutes and 40 seconds before its end; one false alarm; two pages in two hours."""
    found = document(tried(recorded(tmp_path, *contacts(morning())), on_half_hours(so_far())))
    assert found["queues"] == {"sales": {"periods": 4, "missed": 1, "incomplete": 0}}
    assert (found["days"], found["open_hours"]) == (1, 2.0)
    (rule,) = found["rules"]
    # the third miss of eleven is decided at 09:40:20, T after the contact came; five hits by 10:04:05 end it
    assert rule == {
        "rule": "so_far",
        "scope": "queue",
        "firings": 2,
        "pages": 2,
        "pages_per_hour": 1.0,
        "firing_seconds": (23 * 60 + 45) + (3 * 60 + 45),
        "unacknowledged_seconds": (23 * 60 + 45) + (3 * 60 + 45),
        "missed": 1,
        "warned": 1,
        "warned_ratio": 1.0,
        "covered": 1,
        "lead_seconds_median": 19 * 60 + 40,
        "false_alarms": 1,
        "false_alarms_per_day": 1.0,
    }
    first, second = found["firings"]
    assert (first["fired_at"], first["resolved_at"]) == ("2026-03-02T09:40:20.000Z", "2026-03-02T10:04:05.000Z")
    assert (second["fired_at"], second["resolved_at"]) == ("2026-03-02T11:05:20.000Z", "2026-03-02T11:09:05.000Z")
    assert (first["false_alarm"], second["false_alarm"]) == (False, True)
    assert (first["value_at_fire"], first["n_at_fire"]) == (8 / 11, 11)
    (miss,) = found["misses"]
    assert (miss["from"], miss["n"], miss["lead_seconds"]) == ("2026-03-02T09:30:00.000Z", 30, {"so_far": 1180.0})


def period(
    hits: int = 10, decided: int = 20, *, hour: int = 9, minute: int = 30, is_incomplete: bool = False
) -> Period:
    start = ms(hour, minute)
    return Period("sales", start, start + HALF_HOUR_MS, hits, decided, 0.8, 20, is_incomplete)


def judged(periods: list[Period], *firings: Firing) -> Judged:
    (found,) = judge(on_half_hours(RULE), {"sales": periods}, firings, {"sales": "voice"})
    return found


@pytest.mark.parametrize(
    ("fired_at", "is_warned"),
    [((9, 30, 0), True), ((9, 29, 59), False), ((9, 55, 0), True), ((9, 55, 1), False)],
)
def test_a_warning_begins_from_30_to_5_minutes_before_the_end(fired_at: tuple[int, int, int], is_warned: bool) -> None:
    """On either edge it counts, a second beyond it does not: what began earlier said nothing of this one."""
    missed = period()
    found = judged([missed], firing(RULE, ms(*fired_at), ms(10, 10)))
    assert dict(found.warned) == ({missed: ms(10, 0) - ms(*fired_at)} if is_warned else {})
    assert not found.false_alarms
    assert found.covered == (fired_at < (9, 55, 1))


def test_of_several_warnings_the_first_counts() -> None:
    """Its lead is the miss's; one that was over before the period began is none, and false."""
    missed = period()
    earlier = firing(RULE, ms(9, 10), ms(9, 30))
    found = judged([missed], earlier, firing(RULE, ms(9, 35), ms(9, 36)), firing(RULE, ms(9, 50), ms(10, 0)))
    assert dict(found.warned) == {missed: 25 * MINUTE_MS}
    assert (found.covered, list(found.false_alarms)) == (1, [earlier])
    assert judged([missed], earlier).covered == 0


@pytest.mark.parametrize(
    ("beside", "is_false"),
    [
        (period(16, 20), True),  # at its target
        (period(15, 20), False),
        (period(0, 19), True),  # too few to say anything of
        (period(0, 19, is_incomplete=True), False),  # nobody knows what it came to
    ],
)
def test_a_false_alarm_touches_nothing_that_was_missed(beside: Period, is_false: bool) -> None:
    """One period under its target, or of which that is not known, is enough, however short the touch."""
    kept = period(20, 20, minute=0)
    assert bool(judged([kept, beside], firing(RULE, ms(9, 10), ms(9, 30, 1))).false_alarms) == is_false
    assert judged([kept, beside], firing(RULE, ms(9, 10), ms(9, 30))).false_alarms  # it ended as that one began
    at_once = firing(RULE, ms(9, 30), ms(9, 30))
    assert bool(judged([kept, beside], at_once).false_alarms) == is_false


def test_longer_and_shorter_periods(tmp_path: Path) -> None:
    """Half-hours of a grid of quarters are sums of two; of a day that is missed a warning may begin all day long."""
    settings = Settings(rules=(so_far(),))
    path = recorded(tmp_path, *contacts(morning())).inputs
    halves = tried(Recorded(path, period_ms=HALF_HOUR_MS), settings)
    assert [(one.start, one.hits, one.decided) for one in halves.periods["sales"] if one.decided] == [
        (ms(9, 0), 30, 30),
        (ms(9, 30), 8, 30),
        (ms(10, 0), 30, 30),
        (ms(11, 0), 28, 30),
    ]
    quarters = tried(Recorded(path), settings)
    assert sum(one.decided == 15 for one in quarters.periods["sales"]) == 8
    assert not any(one.is_judged for one in quarters.periods["sales"])
    day = tried(Recorded(path, period_ms=DAY), settings)
    (whole,) = day.periods["sales"]
    assert (whole.hits, whole.decided, whole.end - whole.start) == (96, 120, 24 * HOUR_MS)
    per_day = Settings(rules=(so_far(),), default_policy=QueuePolicy(target=0.81, per="day"))
    (rule,) = tried(Recorded(path), per_day).rules
    assert [ms(0, 0, day=3) - lead for lead in rule.warned.values()] == [ms(9, 40, 20)]


def test_days_before_since_are_remembered_and_not_counted(tmp_path: Path) -> None:
    """The second day alone: its firings, misses and hours; the alert that fired the day before is of no interest."""
    second = contacts(dict.fromkeys(range(30), 25), start=NINE + timedelta(days=1))
    whole = recorded(tmp_path, *contacts(morning()), *second, since=ms(9, 0, day=3))
    found = document(tried(whole, on_half_hours(so_far())))
    assert (found["days"], found["open_hours"], found["from"]) == (1, 0.5, "2026-03-03T09:00:00.000Z")
    assert [one["fired_at"][:10] for one in found["firings"]] == ["2026-03-03"]
    assert found["queues"]["sales"] == {"periods": 1, "missed": 1, "incomplete": 0}


def test_a_gap_is_no_miss(tmp_path: Path) -> None:
    """A half-hour in which the feed was lost is neither missed nor kept, and says nothing against an alarm."""
    gap = {"type": "source.gap", "time": "2026-03-02T09:50:00Z", "since": "2026-03-02T09:49:00Z", "source": "pbx"}
    found = document(tried(recorded(tmp_path, *contacts(morning()), gap), on_half_hours(so_far())))
    assert found["queues"]["sales"] == {"periods": 3, "missed": 0, "incomplete": 1}
    assert [one["false_alarm"] for one in found["firings"]] == [False, True]


def test_who_is_not_concerned_misses_nothing(tmp_path: Path) -> None:
    """A rule is held against the queues it selects, and one that is about sources against nothing: null, not zero."""
    everything = [*contacts(morning()), *contacts(dict.fromkeys(range(30), 25), queue="support")]
    condition = Condition("outage", "above", (Level("warning", Limit(0)),))
    settings = on_half_hours(
        so_far(), replace(so_far("of_sales"), selector=Selector(("sal*",))), Rule("lost", "source", (condition,))
    )
    both, sales, lost = document(tried(recorded(tmp_path, *everything), settings))["rules"]
    assert (both["missed"], sales["missed"], lost["missed"]) == (2, 1, None)
    assert (lost["firings"], lost["false_alarms"], lost["warned_ratio"]) == (0, None, None)


def test_pages_and_the_time_nobody_had_it() -> None:
    """A rise in severity calls anew, and takes the alert from whoever had it; what still fires, fires to the end."""
    alert, log = Alert(RULE, "sales", "warning", 0.8, 0), FiringLog()
    alert.severity_at_fire = "warning"
    for change, at in (("fired", 10_000), ("acknowledged", 15_000), ("raised", 40_000), ("acknowledged", 41_000)):
        alert.severity = "critical" if at >= 40_000 else "warning"
        log.hear(AlertChange(change, alert, at))  # type: ignore[arg-type]
    other = Alert(RULE, "support", "warning", 0.8, 0)
    other.severity_at_fire = "warning"
    for change, at in (("fired", 10_000), ("raised", 20_000), ("acknowledged", 30_000)):
        log.hear(AlertChange(change, other, at))  # type: ignore[arg-type]
    log.close(60_000)
    found, second = log.firings
    assert second.unacknowledged_ms == 20_000  # a rise while nobody had it begins nothing anew
    assert (found.pages, found.severity_at_fire, found.severity) == (2, "warning", "critical")
    assert (found.unacknowledged_ms, found.until, found.resolved_by) == (5_000 + 1_000, 60_000, "")


def test_an_acknowledgement_in_a_journal_is_heard(tmp_path: Path) -> None:
    """A journal folder is recorded input, too: who took the alert in hand after 70 s leaves 70 s without anybody."""
    settings, fired_at, folder = on_half_hours(so_far()), ms(9, 40, 20), tmp_path / "journal"
    inputs = recorded(tmp_path, *contacts(morning())).inputs
    told = [event for _, event in deliveries(recordings_of(inputs, settings))]
    taken_at = fired_at + 70_000
    told.append(OperatorAcknowledged(source="operator", time=taken_at, alert=f"so_far/sales/{fired_at}", who="L1"))
    asyncio.run(kept(folder, sorted(told, key=lambda event: int(event.time))))
    found = tried(Recorded([folder]), settings)
    assert [one.unacknowledged_ms for one in found.firings] == [70_000, 225_000]


def test_what_moved_and_what_fires_under_one_alone() -> None:
    """Alerts that fire at a common instant are the same one; of several the first is, the others are new or gone."""
    other = so_far("other")
    old = [
        firing(RULE, 100_000, 200_000),
        firing(RULE, 300_000, 400_000),
        firing(RULE, 500_000, 600_000),
        firing(other, 0, 50_000),
    ]
    new = [
        firing(RULE, 100_000, 200_000),
        firing(RULE, 320_000, 450_000),
        firing(RULE, 460_000, 470_000),
        firing(RULE, 500_000, 600_000, subject="support"),
        firing(RULE, 599_999, 700_000),
    ]
    found = compare(new, old)
    assert found.same == 1
    assert list(found.moved) == [(old[1], new[1]), (old[2], new[4])]
    assert (list(found.only_new), list(found.only_old)) == ([new[2], new[3]], [old[3]])
    with_itself = compare(new, new)
    assert (with_itself.same, [*with_itself.only_new, *with_itself.only_old, *with_itself.moved]) == (len(new), [])


def test_a_comparison_through_the_engine(tmp_path: Path) -> None:
    """A minute of hold takes the short alarm away and moves the other by a minute; the sums stand side by side."""
    day = recorded(tmp_path, *contacts(morning()))
    old = tried(day, on_half_hours(so_far()))
    new = tried(day, on_half_hours(so_far(hold_ms=4 * MINUTE_MS)))
    compared = document(new, old)["compared"]
    assert (compared["same"], compared["only_new"]) == (0, [])
    assert [one["fired_at"] for one in compared["only_old"]] == ["2026-03-02T11:05:20.000Z"]
    (moved,) = compared["moved"]
    assert (moved["fires_later_seconds"], moved["resolves_later_seconds"]) == (240.0, 0.0)
    assert [rule["firings"] for rule in compared["rules"]] == [2]
    text = render_text(document(new, old))
    assert "fires 4:00 later, resolved as before" in text
    assert "FIRED ONLY BEFORE: 1" in text


@pytest.fixture(scope="module")
def small() -> tuple[Settings, dict[str, Any], dict[str, Any]]:
    """The small reference day: settings, its back-test, and the report of its replay, told by the same engine."""
    settings = load_config(SMALL / "floorwatch.yaml").settings()
    inputs = [SMALL / "events_messy.jsonl.gz"]
    return settings, document(tried(Recorded(inputs), settings)), replay(inputs, settings)


def test_a_whole_day_recounted_from_the_report_of_its_replay(
    small: tuple[Settings, dict[str, Any], dict[str, Any]],
) -> None:
    """Misses, warnings, false alarms and firings, counted with no other help than the report's intervals and alerts."""
    settings, found, report = small
    length = timedelta(milliseconds=settings.interval_ms)
    missed: set[tuple[str, datetime]] = set()
    for queue, told in report["queues"].items():
        for interval in told["intervals"]:
            n, reached = interval["service_level_by_event_n"], interval["service_level_by_event"]
            if n >= settings.min_sample and reached < told["target"]["ratio"]:
                missed.add((queue, datetime.fromisoformat(interval["start"])))
    assert missed
    assert {(one["queue"], datetime.fromisoformat(one["from"])) for one in found["misses"]} == missed
    end = datetime.fromisoformat(report["to"])
    for rule in found["rules"]:
        alerts = [alert for alert in report["alerts"] if alert["rule"] == rule["rule"]]
        assert rule["firings"] == len(alerts)
        if rule["scope"] != "queue":
            continue
        spans = [
            (one["labels"]["queue"], datetime.fromisoformat(one["fired_at"]), _resolved(one, end)) for one in alerts
        ]
        warned = {
            (queue, start)
            for queue, start in missed
            for about, since, _ in spans
            if about == queue
            and start + length - timedelta(minutes=30) <= since <= start + length - timedelta(minutes=5)
        }
        false = [
            about
            for about, since, until in spans
            if not any(queue == about and start < until and start + length > since for queue, start in missed)
        ]
        assert (rule["missed"], rule["warned"], rule["false_alarms"]) == (len(missed), len(warned), len(false))
    assert sum(rule["firings"] for rule in found["rules"]) == len(found["firings"]) > 0


def _resolved(alert: dict[str, Any], end: datetime) -> datetime:
    return datetime.fromisoformat(alert["resolved_at"]) if alert["resolved_at"] else end


def test_nothing_accepted_is_no_figures(tmp_path: Path) -> None:
    """Lines that are no events have no hours, so no pages an hour: null, and a dash for people."""
    found = document(tried(recorded(tmp_path, {"type": "contact.offered", "time": "soon"}), on_half_hours(so_far())))
    assert (found["from"], found["days"], found["rules"][0]["pages_per_hour"]) == (None, 0, None)
    assert "Nothing was accepted from this input." in render_text(found)
