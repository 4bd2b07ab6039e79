"""A queue with business hours through the engine: what is decided when, and what is shown of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.channels import CHANNELS
from floorwatch.floor.hours import Hours
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.ingest.source import InputCounts
from floorwatch.picture import picture
from floorwatch.report import build_report
from floorwatch.view import QueueView
from tests.reference import closes

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
WEEKDAYS = Hours((((9 * HOUR_MS, 18 * HOUR_MS),),) * 5 + ((), ()))
MAIL = replace(CHANNELS["email"], threshold_ms=30 * MINUTE_MS, hours=WEEKDAYS)
SITE = Settings(timezone="Europe/Berlin", queues={"mail": MAIL}, min_sample=1)


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp() * 1000)


def mail(kind: str, name: str, when: str | int) -> e.Event:
    time = at(when) if isinstance(when, str) else when
    fields = {"time": time, "source": "post", "contact": name, "queue": "mail", "id": f"{kind}-{name}"}
    if kind == "offered":
        return e.ContactOffered(**fields, channel="email")  # type: ignore[arg-type]
    if kind == "exited":
        return e.ContactExited(**fields, reason="withdrawn")  # type: ignore[arg-type]
    return (e.ContactAnswered if kind == "answered" else e.ContactEnded)(**fields, agent="A1")  # type: ignore[arg-type]


def engine_of(*facts: e.Event, site: Settings = SITE) -> Engine:
    engine = Engine(site)
    for fact in facts:
        engine.advance(max(engine.now, int(fact.time)))  # type: ignore[arg-type]
        engine.apply(fact)
    return engine


def seen(engine: Engine, when: str) -> QueueView:
    engine.advance(at(when))
    (queue,) = picture(engine, {}, individuals=False).queues
    return queue


def test_a_mail_before_closing_time_is_a_miss_the_next_morning() -> None:
    """17:50, half an hour: due at 09:20; it waits on past it, and not for one minute of the night."""
    engine = engine_of(mail("offered", "m", "2026-03-09 17:50"))
    evening = seen(engine, "2026-03-09 19:00")
    assert (evening.longest_wait_ms, evening.waiting_past_threshold) == (10 * MINUTE_MS, 0)
    assert seen(engine, "2026-03-10 09:20").waiting_past_threshold == 0
    late = seen(engine, "2026-03-10 09:20:01")
    assert (late.longest_wait_ms, late.waiting_past_threshold) == (30 * MINUTE_MS + 1_000, 1)
    assert (late.windows["5m"].level, late.windows["5m"].level_n) == (0.0, 1)
    engine.apply(mail("answered", "m", "2026-03-10 09:25"))
    report = build_report(engine, InputCounts())["queues"]["mail"]
    assert (report["answered"], report["answered_in_threshold"]) == (1, 0)
    assert (report["asa_seconds"], report["wait_seconds_max"]) == (35 * 60.0, 35 * 60.0)
    miss = next(row for row in report["intervals"] if row["service_level_by_event_n"])
    assert miss["start"] == "2026-03-10T09:15:00.000+01:00"


def test_a_mail_of_the_night_is_offered_in_the_night_and_due_in_the_morning() -> None:
    """It counts as offered where it arrives; answered at 09:29:59 or 09:30 it is a hit, a millisecond later none."""
    for answered, hits in (("09:29:59", 1), ("09:30:00", 1), ("09:30:00.001", 0)):
        engine = engine_of(mail("offered", "m", "2026-03-09 22:07"), mail("answered", "m", f"2026-03-10 {answered}"))
        report = build_report(engine, InputCounts())["queues"]["mail"]
        assert report["answered_in_threshold"] == hits
        offered = next(row for row in report["intervals"] if row["offered"])
        assert offered["start"] == "2026-03-09T22:00:00.000+01:00"


def test_an_answer_out_of_hours_costs_no_time() -> None:
    """Who answers at night answers within the wait of the evening."""
    engine = engine_of(mail("offered", "m", "2026-03-13 17:45"), mail("answered", "m", "2026-03-14 11:00"))
    report = build_report(engine, InputCounts())["queues"]["mail"]
    assert (report["answered_in_threshold"], report["asa_seconds"]) == (1, 15 * 60.0)


def test_a_page_is_told_when_to_tick() -> None:
    """Open: from which instant; closed: not at all, and when it opens again."""
    engine = engine_of(mail("offered", "m", "2026-03-09 17:50"))
    queue = seen(engine, "2026-03-09 17:55")
    assert queue.hours is not None
    assert (queue.hours.is_open, queue.hours.changes_at) == (True, at("2026-03-09 18:00"))
    assert queue.hours.counts_from == at("2026-03-09 17:50")
    night = seen(engine, "2026-03-09 23:00")
    assert night.hours is not None
    assert (night.hours.is_open, night.hours.changes_at) == (False, at("2026-03-10 09:00"))
    assert (night.hours.counts_from, night.longest_wait_ms) == (None, 10 * MINUTE_MS)
    morning = seen(engine, "2026-03-10 09:05")
    assert morning.hours is not None
    assert morning.hours.counts_from == at("2026-03-10 09:05") - 15 * MINUTE_MS
    assert (morning.oldest_since, morning.hours.week[5]) == (at("2026-03-09 17:50"), "")


def test_the_longest_wait_is_judged_by_the_queues_clock() -> None:
    """Three times T is an hour and a half of business time: the alert comes at 10:20 the next morning, not at night."""
    engine = engine_of(mail("offered", "m", "2026-03-09 17:50"))
    before = [change.alert.rule.name for change in engine.advance(at("2026-03-10 10:20:31"))]
    fired = [(change.alert.rule.name, change.change) for change in engine.advance(at("2026-03-10 10:20:31.001"))]
    assert "longest_wait_high" not in before
    assert fired == [("longest_wait_high", "fired")]


# Any hours, any order of arrival.

START = at("2026-03-28 12:00")  # a Saturday, and the clocks change in the night that follows
LAST_MINUTE = 30 * 60
minutes = st.integers(0, LAST_MINUTE)
stories = st.lists(
    st.tuples(minutes, minutes, st.sampled_from(("answered", "exited", "waiting"))), min_size=1, max_size=5
)
spans = st.tuples(st.integers(0, 23), st.integers(1, 14)).map(lambda one: (one[0] * HOUR_MS, sum(one) * HOUR_MS))
weeks = st.lists(spans.map(lambda one: (one,)), min_size=7, max_size=7).map(lambda week: Hours(tuple(week)))


def open_minutes(hours: Hours) -> list[bool]:
    """Of every minute from `START` on, whether the wall clock reads business hours."""
    opened = []
    for n in range(LAST_MINUTE):
        local = datetime.fromtimestamp((START + n * MINUTE_MS) / 1000, ZoneInfo("Europe/Berlin"))
        ms = (local.hour * 60 + local.minute) * MINUTE_MS
        today, yesterday = hours.week[local.weekday()], hours.week[local.weekday() - 1]
        opened.append(any(a <= ms < b for a, b in today) or any(a <= ms + 24 * HOUR_MS < b for a, b in yesterday))
    return opened


@settings(max_examples=15)
@given(stories, weeks, st.integers(1, 240), st.randoms(use_true_random=False))
def test_any_hours_against_a_clock_read_minute_by_minute(
    story: list[tuple[int, int, str]], hours: Hours, threshold: int, dice: Random
) -> None:
    """Outcomes, waits and hits, over a night in which an hour is missing; whatever the order of arrival."""
    policy = QueuePolicy(channel="email", threshold_ms=threshold * MINUTE_MS, short_abandon_ms=0, hours=hours)
    site = replace(SITE, queues={"mail": policy}, lateness_ms=HOUR_MS)
    opened, facts, expected, wait_ms = open_minutes(hours), [], Counter[str](), 0
    for n, (entered, lasted, outcome) in enumerate(story):
        left = min(entered + lasted, LAST_MINUTE)
        facts.append(mail("offered", f"m{n}", START + entered * MINUTE_MS))
        waited = sum(opened[entered:left])
        if outcome != "waiting":
            facts.append(mail(outcome, f"m{n}", START + left * MINUTE_MS))
            expected[outcome] += 1
        if outcome == "answered":
            wait_ms += waited * MINUTE_MS
            expected["hits"] += waited <= threshold
    facts.append(mail("offered", "last", START + LAST_MINUTE * MINUTE_MS))
    facts.sort(key=lambda fact: fact.time)
    delayed = sorted(facts, key=lambda fact: int(fact.time) + dice.randrange(50) * MINUTE_MS)  # type: ignore[arg-type]
    reports = []
    for order in (facts, delayed):
        engine = engine_of(*order, site=site)
        reports.append(build_report(engine, InputCounts()))
    for report in reports:
        queue = report["queues"]["mail"]
        assert closes(report)
        assert (queue["answered"], sum(queue["exited"].values())) == (expected["answered"], expected["exited"])
        assert (queue["answered_in_threshold"], queue["wait_seconds_total"]) == (expected["hits"], wait_ms / 1000)
    assert reports[0]["queues"]["mail"]["service_level"] == reports[1]["queues"]["mail"]["service_level"]


def test_without_hours_every_instant_counts() -> None:
    """The same mails by elapsed time: a night is a night of waiting."""
    always = replace(SITE, queues={"mail": replace(MAIL, hours=None)})
    engine = engine_of(mail("offered", "m", "2026-03-09 17:50"), site=always)
    queue = seen(engine, "2026-03-10 09:00")
    assert (queue.longest_wait_ms, queue.hours) == (15 * HOUR_MS + 10 * MINUTE_MS, None)


@pytest.mark.parametrize("channel", sorted(set(CHANNELS) - {"voice"}))
def test_a_queue_nobody_configured_keeps_the_default_policy(channel: str) -> None:
    """A feed sets no promise: what its contacts say of their channel is shown, and changes no threshold."""
    engine = Engine(Settings())
    offered = mail("offered", "m", "2026-03-09 17:50")
    engine.advance(int(offered.time))  # type: ignore[arg-type]
    engine.apply(e.ContactOffered(time=offered.time, source="post", contact="m", queue="new", channel=channel))
    (queue,) = picture(engine, {}, individuals=False).queues
    assert (queue.channel, queue.threshold_ms) == (channel, 20_000)
