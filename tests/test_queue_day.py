"""The page of a queue shows what a report of the same engine says of its day, and what is not known as not known."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from floorwatch.ahead import LookingAhead
from floorwatch.config import load_config
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.internal import SourceDescribed
from floorwatch.floor.settings import Settings
from floorwatch.ingest.open import open_recording
from floorwatch.ingest.source import Delivery, InputCounts
from floorwatch.metrics.queue_day import fitted
from floorwatch.metrics.staffing_day import IntervalNeed
from floorwatch.queue_day import QueueDays
from floorwatch.report import build_report
from floorwatch.store.snapshot import freeze, thaw
from tests import scenario_day
from tests.metrics.attending import play
from tests.metrics.test_business_hours import at, engine_of, mail
from tests.metrics.test_outlook import TOLD, contact, floor, morning
from tests.scenario_day import read

SMALL = Path(__file__).parent / "reference_days/small"


def _as_reported(row: dict[str, Any]) -> dict[str, Any]:
    """What the report of the interval is to say, of a row of the page."""
    same = ("offered", "answered", "abandoned", "abandoned_short", "incomplete", "backfilled", "corrected")
    longest = row["wait_ms_max"]
    return {
        **{key: row[key] for key in (*same, "occupancy", "load_occupancy")},
        "service_level_by_event": row["level"],
        "service_level_by_event_n": row["level_n"],
        "service_level_by_arrival": row["level_by_arrival"],
        "service_level_by_arrival_n": row["level_by_arrival_n"],
        "asa_seconds": None if row["asa_ms"] is None else pytest.approx(row["asa_ms"] / 1000, rel=1e-12),
        "wait_seconds_max": None if longest is None else round(longest / 1000, 3),
    }


def _differences(engine: Engine, days: QueueDays) -> tuple[int, list[object]]:
    """(intervals compared, where the pages of all queues differ from the report of an engine in the same state)."""
    copy = thaw(freeze(engine))
    shown = {name: days.of(name) for name in engine.books.ledgers}
    report = build_report(copy, InputCounts())
    compared, wrong = 0, list[object]()
    for name, queue in report["queues"].items():
        rows = {row["start"]: row for row in shown[name]["intervals"]}
        threshold_ms = engine.books.ledgers[name].threshold_ms
        for interval in queue["intervals"]:
            start = round(datetime.fromisoformat(interval["start"]).timestamp() * 1000)
            row = rows.get(start)
            # The report ends with the last event, the page with the last tick: by then more has waited past T.
            if row is None or row["state"] == "lost" or row["end"] + threshold_ms > engine.last_at:
                continue
            compared += 1
            expected = _as_reported(row)
            if any(engine.books.sources[source].down_since for source in engine.books.ledgers[name].sources):
                del expected["incomplete"]  # a report marks what a loss has cut when the feed is back, a page at once
            different = {key: (value, interval[key]) for key, value in expected.items() if interval[key] != value}
            if different:
                wrong.append((name, interval["start"], different))
    return compared, wrong


def _looked_at(settings: Settings, deliveries: list[Delivery], rng: random.Random, looks: int) -> tuple[int, int]:
    """(intervals compared, corrections) of a day that is looked at now and then, by the same viewer all day."""
    engine = Engine(settings)
    days, compared = QueueDays(engine), 0
    for n, (applied_at, event) in enumerate(deliveries):
        engine.advance(applied_at)
        engine.apply(event)
        if rng.random() < looks / len(deliveries) or n == len(deliveries) - 1:
            more, wrong = _differences(engine, days)
            assert not wrong
            compared += more
    return compared, engine.corrections


@pytest.mark.parametrize("recording", ["events.jsonl.gz", "events_messy.jsonl.gz"])
def test_the_intervals_of_a_page_are_those_of_the_report(recording: str) -> None:
    """Every interval that is over, of every queue, each of its figures, at six moments of a day."""
    settings = load_config(SMALL / "floorwatch.yaml").settings()
    deliveries = list(open_recording(SMALL / recording).deliveries())
    compared, _ = _looked_at(settings, deliveries, random.Random(1), 6)
    assert compared > 80


@pytest.mark.parametrize("seed", range(3))
def test_facts_that_come_late_are_on_the_page_as_well(tmp_path: Path, seed: int) -> None:
    """Up to forty minutes late, gaps and lost feeds among them, on a grid of its own, over the change of the clocks."""
    facts = scenario_day.delivered(scenario_day.day(), random.Random(seed), 2_400_000)
    end = read("06:00:00.000 source.heartbeat source=pbx")
    facts.append(end | {"received": end["time"]})
    recording = open_recording(scenario_day.written(facts, tmp_path / "night.jsonl"))
    grid = scenario_day.ODD_GRID if seed % 2 else {}
    settings = replace(scenario_day.SETTINGS, **grid)
    compared, corrections = _looked_at(settings, list(recording.deliveries()), random.Random(seed), 12)
    assert compared > 150
    assert corrections > 100


def _rows(engine: Engine, at: str, queue: str = "sales", days: QueueDays | None = None) -> dict[str, dict[str, Any]]:
    """The intervals of the page, by the time of day at which they start."""
    engine.advance(max(engine.now, TOLD.ms(at)))
    rows = (days or QueueDays(engine)).of(queue)["intervals"]
    return {f"{datetime.fromtimestamp(row['start'] / 1000, UTC):%H:%M}": row for row in rows}


FIGURES = ("offered", "answered", "level", "level_n", "asa_ms", "wait_ms_max", "occupancy", "present")


def test_what_nobody_listened_to_is_not_known() -> None:
    """Nothing is said of the time before the first event. Of an interval without any feed, and of the running one while
    the feed is lost, no figure is said; what was heard in part keeps its own, and is marked. So it stays afterwards."""
    engine = play(floor(), [*morning(), TOLD.fact("08:40 down")], TOLD.ms("09:40"))
    rows = _rows(engine, "09:40")
    assert list(rows) == ["07:30", "08:00", "08:30", "09:00", "09:30"]
    assert [row["state"] for row in rows.values()] == ["over", "over", "over", "lost", "open"]
    assert [row["incomplete"] for row in rows.values()] == [False, False, True, True, True]
    for key in FIGURES:
        assert rows["08:30"][key] is not None or key in ("level", "asa_ms", "wait_ms_max")
        assert rows["09:00"][key] is None
        assert rows["09:30"][key] is None
    assert (rows["07:30"]["offered"], rows["07:30"]["level"]) == (0, None), "nobody called, which is known"
    assert QueueDays(engine).of("sales")["waiting"] is None
    missing = e.SourceGap(time=TOLD.ms("09:45"), source="pbx", since=TOLD.ms("08:40"))
    play(engine, [TOLD.fact("09:45 up"), missing], TOLD.ms("10:10"))
    rows = _rows(engine, "10:10")
    assert (rows["09:00"]["state"], rows["09:00"]["offered"]) == ("lost", None)
    assert (rows["09:30"]["state"], rows["09:30"]["offered"], rows["09:30"]["incomplete"]) == ("over", 0, True)
    assert QueueDays(engine).of("sales")["waiting"] == []


def test_of_a_queue_there_is_not_there_is_nothing_under_the_same_keys() -> None:
    """A page may ask before the queue is known, and the stream needs the same keys each time."""
    engine = play(floor(), morning(), TOLD.ms("08:30"))
    days = QueueDays(engine)
    assert days.of("nobody").keys() == days.of("sales").keys()
    assert (days.of("nobody")["intervals"], days.of("nobody")["waiting"]) == ([], None)
    assert "nobody" not in engine.books.ledgers


def test_who_is_here_is_an_average_over_the_interval() -> None:
    """Four agents from a minute before eight, two of whom go on a break at a quarter past; a pause is not here."""
    facts = [*morning()[:4], *(TOLD.fact("08:15 paused break", name) for name in ("A1", "A2"))]
    engine = play(floor(), facts, TOLD.ms("08:45"))
    rows = _rows(engine, "08:45")
    assert rows["07:30"]["present"] == 4 / 30
    assert rows["08:00"]["present"] == 3
    assert rows["08:30"]["present"] == 2, "over the quarter of an hour that there was"
    assert [rows[start]["occupancy"] for start in ("08:00", "08:30")] == [0, 0]


def test_what_a_feed_says_later_that_it_cannot_tell_was_never_known() -> None:
    """Its agents' time is taken from the page, that of closed intervals as well, and told again when it can tell."""
    engine = play(floor(), morning(), TOLD.ms("09:40"))
    days = QueueDays(engine)
    seen = []
    for unseen in ((), ("alerting",), ()):
        engine.apply(SourceDescribed(time=engine.now, source="pbx", unseen=unseen))
        rows = _rows(engine, "09:40", days=days)
        seen.append([rows[start]["present"] is not None for start in ("08:00", "09:30")])
    assert seen == [[True, True], [False, False], [True, True]]


def test_what_members_are_told_of_late_is_added_up_within_two_seconds() -> None:
    """A burst of late facts about agents does not have the day of all of them added up for every picture."""
    engine = play(floor(), morning(), TOLD.ms("09:40"))
    days = QueueDays(engine)
    shown = [_rows(engine, "09:40", days=days)["08:30"]["present"]]
    engine.apply(TOLD.fact("08:30 paused break", "A1"))
    shown += [_rows(engine, f"09:40:0{second}", days=days)["08:30"]["present"] for second in (1, 2)]
    assert shown[0] == shown[1]
    assert shown[2] == shown[0] - 1 == _rows(engine, "09:40:02")["08:30"]["present"]


def test_a_level_by_arrival_is_provisional_while_somebody_is_undecided() -> None:
    """At 8:30:10 the one who came at 8:29:55 may still be a hit, at 8:30:20 not."""
    engine = play(floor(), [*morning(), *contact(50, "08:29:55", 0, None)], TOLD.ms("08:30:10"))
    days = QueueDays(engine)
    assert _rows(engine, "08:30:10", days=days)["08:00"]["provisional"]
    decided = _rows(engine, "08:30:20", days=days)["08:00"]
    assert not decided["provisional"]
    assert (decided["level_by_arrival_n"], decided["level_n"]) == (13, 12), "its miss is of the next interval"


def test_who_waits_has_a_line() -> None:
    """The longest first, whose phone rings among them; one whose entry was not seen last, and no time of it; fifty at
    most; no contact and no agent is named."""
    facts = [fact for n in range(60) for fact in contact(n, f"08:10:{n:02d}", 0, None)]
    engine = play(floor(), [*morning()[:4], *facts], TOLD.ms("08:11:05"))
    now = TOLD.ms("08:11:05")
    engine.apply(e.ContactAlerting(time=now, source="pbx", contact="c1", queue="sales", agent="A3"))
    gone = e.ContactExited(time=now - 1_000, source="pbx", contact="unseen", queue="sales", reason="unknown")
    engine.apply(gone)  # as a report of the floor concludes, and the next fact corrects
    engine.apply(e.ContactAlerting(time=now, source="pbx", contact="unseen", queue="sales", agent="A4"))
    day = QueueDays(engine).of("sales")
    lines = day["waiting"]
    assert (len(lines), day["waiting_more"]) == (50, 11)
    assert [line["start"] for line in lines] == [TOLD.ms(f"08:10:{n:02d}") for n in range(50)]
    assert [line["counts_from"] == line["start"] for line in lines] == [True] * 50
    assert [line["due"] - line["start"] for line in lines] == [20_000] * 50
    assert [n for n, line in enumerate(lines) if line["is_alerting"]] == [1]
    assert not any(name in repr(day) for name in ("c1'", "A3", "unseen"))
    for n in range(60):
        engine.apply(e.ContactAbandoned(time=now, source="pbx", contact=f"c{n}", queue="sales"))
    (line,) = QueueDays(engine).of("sales")["waiting"]
    assert (line["counts_from"], line["wait_ms"], line["is_alerting"]) == (None, None, True)


def test_outside_the_hours_of_a_queue_its_waits_stand_still() -> None:
    """A mail of half an hour before closing has waited that long all night; next morning it ticks on from there."""
    engine = engine_of(mail("offered", "m1", "2026-03-03T17:30"))
    for when, waited, ticks in (
        ("2026-03-03T17:40", 10, True),
        ("2026-03-03T23:00", 30, False),
        ("2026-03-04T09:05", 35, True),
    ):
        engine.advance(at(when))
        (line,) = QueueDays(engine).of("mail")["waiting"]
        shown = engine.now - line["counts_from"] if ticks else line["wait_ms"]
        assert (shown, line["counts_from"] is not None) == (waited * 60_000, ticks), when


def test_the_day_of_the_change_of_clocks_has_its_intervals() -> None:
    """25 hours in autumn: a hundred quarters, the last of which ends at midnight."""
    settings = replace(scenario_day.SETTINGS, interval_ms=900_000)
    engine = Engine(settings)
    midnight = scenario_day.at("00:00:00")
    for hour in range(25):
        instant = midnight + hour * 3_600_000
        engine.advance(instant)
        engine.apply(e.ContactOffered(time=instant, source="pbx", contact=f"c{hour}", queue="sales"))
    engine.advance(midnight + 25 * 3_600_000 - 1)
    day = QueueDays(engine).of("sales")
    assert day["day_end"] - day["day_start"] == 25 * 3_600_000
    assert len(day["intervals"]) == 100
    assert sum(row["offered"] for row in day["intervals"]) == 25
    assert [row["start"] for row in day["intervals"][1:]] == [row["end"] for row in day["intervals"][:-1]]


def test_alerts_of_the_day_are_those_of_the_queue() -> None:
    """Since when and until when they fired; none of another queue, and none that was over before the day began."""
    abandons = [fact for n in range(30) for fact in contact(100 + n, f"08:31:{n:02d}", 25, 0)]
    facts = sorted([*morning(), *abandons], key=lambda fact: fact.time)
    engine = play(floor(), facts, TOLD.ms("08:40"))
    fired = [alert for alert in engine.watch.history if alert.subject == "sales"]
    assert fired
    shown = QueueDays(engine).of("sales")["alerts"]
    assert [(one["id"], one["fired_at"], one["resolved_at"]) for one in shown] == [
        (alert.id, alert.fired_at, alert.resolved_at) for alert in fired
    ]
    assert QueueDays(engine).of("other")["alerts"] == []
    engine.advance(TOLD.ms("+1 08:00"))
    assert QueueDays(engine).of("sales")["alerts"] == []


def _need(
    start: int, end: int, forecast: float, required: int | None, on_schedule: float | None = None
) -> IntervalNeed:
    return IntervalNeed(start, end, forecast, 2 * forecast, None, required, required, on_schedule)


def test_a_forecast_of_other_intervals_is_fitted_to_the_grid() -> None:
    """Contacts in proportion, agents the most of what it touches; nothing where it says nothing."""
    half_hours = (_need(0, 30, 60.0, 8, 6.0), _need(30, 60, 30.0, 5, 4.0))
    quarter = fitted(half_hours, 15, 30)
    assert (quarter["forecast"], quarter["expected"], quarter["required"], quarter["on_schedule"]) == (30, 60, 8, 6)
    hour = fitted(half_hours, 0, 60)
    assert (hour["forecast"], hour["required"], hour["scheduled"], hour["on_schedule"]) == (90, 8, 8, 5)
    across = fitted(half_hours, 20, 50)
    assert (across["forecast"], across["required"]) == (pytest.approx(40), 8)
    assert across["on_schedule"] == pytest.approx((6 * 10 + 4 * 20) / 30)
    assert set(fitted(half_hours, 60, 75).values()) == {None}
    assert fitted((_need(0, 30, 60.0, None), half_hours[1]), 0, 60)["required"] is None, "no number is enough"


async def test_the_forecast_is_asked_for_aside_and_why_there_is_none_is_said(tmp_path: Path) -> None:
    """At first it is being asked for; then there is a day of it, to come as well, or the word for why there is not."""
    path = tmp_path / "forecast.csv"
    path.write_text("queue,start,contacts\nsales,2026-03-03T08:30,20\nsales,2026-03-03T09:00,40\n", encoding="utf-8")
    engine = play(floor(), morning(), TOLD.ms("08:45"))
    looking = LookingAhead(engine, path)
    looking._forecast.refresh()
    days = QueueDays(engine, looking.day)
    assert days.of("sales")["forecast"]["why"] == days.of("other")["forecast"]["why"] == "asked"
    for _ in range(3_000):
        await asyncio.sleep(0.01)
        if days.of("sales")["forecast"]["why"] != "asked":
            break
    assert days.of("sales")["forecast"]["at"] == engine.now
    assert days.of("other")["forecast"] == {"at": None, "why": "no_lines", "model": None, "factor": None}
    rows = _rows(engine, "08:45", days=days)
    assert [row["state"] for row in rows.values()] == ["over", "over", "open", "later"]
    assert [row["forecast"] for row in rows.values()] == [None, None, 20, 40]
    assert rows["09:00"]["required"] > 0
    assert (rows["09:00"]["offered"], rows["09:00"]["incomplete"]) == (None, False)
    assert QueueDays(engine).of("sales")["forecast"]["why"] == "no_file"
