"""The rules about what is no queue: a feed that is lost, a clock that is off, a team."""

from __future__ import annotations

from dataclasses import replace

import pytest

from floorwatch.alerts.lifecycle import Alert, AlertChange
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.hours import Hours
from floorwatch.floor.internal import SourceClock
from floorwatch.floor.rules import Condition, Level, Limit, Rule
from floorwatch.floor.settings import AgentProfile, Settings
from floorwatch.ingest.source import InputCounts
from floorwatch.picture import picture
from floorwatch.report import build_report

T0 = 1_772_500_500_000


class EveryTick(Engine):
    """The engine as the definition has it: every rule of every source on every tick."""

    def _tick(self, second: int) -> None:
        for feed in self.feeds.values():
            self.watch.others.changed("source", feed.source.name)
        super()._tick(second)


def _at(after_s: float) -> int:
    return T0 + int(after_s * 1000)


def _down(after_s: float, source: str = "switch") -> Event:
    return e.SourceDown(time=_at(after_s), source=source, reason="silent")


def _up(after_s: float, source: str = "switch") -> Event:
    return e.SourceUp(time=_at(after_s), source=source)


def _clock(after_s: float, offset_ms: int, *, stepped: bool = False) -> Event:
    return SourceClock(time=_at(after_s), source="switch", offset_ms=offset_ms, stepped=stepped)


def _lived(*facts: Event, until_s: float, engine: Engine | None = None) -> tuple[Engine, list[AlertChange]]:
    engine = engine or Engine(Settings())
    changes: list[AlertChange] = []
    for fact in (_up(0), *facts):
        assert isinstance(fact.time, int)
        changes += engine.advance(fact.time)
        engine.apply(fact)
    changes += engine.advance(_at(until_s))
    return engine, changes


def _history(engine: Engine) -> list[tuple[object, ...]]:
    return [
        (alert.rule.name, alert.subject, alert.fired_at, alert.resolved_at, alert.value_at_fire)
        for alert in engine.watch.history
    ]


def _live(engine: Engine) -> list[Alert]:
    return list(engine.watch.pending_and_firing())


def test_a_feed_that_is_lost_for_fifteen_seconds_fires() -> None:
    """Not before; and a shorter loss says nothing at all."""
    engine, changes = _lived(_down(10), until_s=25)
    assert [alert.state for alert in _live(engine)] == ["pending"]
    assert changes == []
    engine, [change] = _lived(_down(10), until_s=26)
    assert (change.change, change.alert.rule.name, change.alert.severity) == ("fired", "feed_down", "warning")
    assert change.alert.labels == {"source": "switch"}
    assert change.alert.fired_at == _at(25)
    engine, changes = _lived(_down(10), _up(20), until_s=200)
    assert (changes, _live(engine)) == ([], [])


def test_it_clears_when_the_feed_is_back_for_a_minute() -> None:
    """A feed that comes and goes is not back."""
    _, changes = _lived(_down(10), _up(100), until_s=162)
    assert [(change.change, change.at) for change in changes] == [("fired", _at(25)), ("resolved", _at(160))]
    _, changes = _lived(_down(10), _up(100), _down(150), _up(170), until_s=230)
    assert [change.change for change in changes] == ["fired"]


def test_a_lost_feed_stays_lost_however_long() -> None:
    """Days of silence resolve nothing, and the picture tells how long it lasts."""
    engine, changes = _lived(_down(10), until_s=3 * 86_400)
    assert [change.change for change in changes] == ["fired"]
    view = picture(engine, {}, individuals=False)
    assert (view.alerts[0].state, view.alerts[0].value) == ("firing", 3 * 86_400_000 - 10_000)
    assert view.alerts[0].message["en"] == "switch: feed lost for 71h59, its queues and agents are unknown"
    assert view.alerts[0].message["zh"] == "switch：数据中断已 71h59，其队列与坐席状态未知"


def test_sources_alert_each_for_itself() -> None:
    """Two switches, one alert each, none for the third."""
    engine, changes = _lived(_up(0, "b"), _up(0, "c"), _down(10), _down(12, "b"), until_s=60)
    assert [(change.alert.subject, change.at) for change in changes] == [("switch", _at(25)), ("b", _at(27))]
    assert {alert.subject for alert in _live(engine)} == {"switch", "b"}


@pytest.mark.parametrize(("offset_ms", "side"), [(40_040, "40 s behind ours"), (-15_000, "15 s ahead of ours")])
def test_an_offset_over_two_seconds_fires_at_once(offset_ms: int, side: str) -> None:
    """It was found over seconds already; it says which way, and clears a minute after the clock is right."""
    engine, [fired] = _lived(_clock(10, offset_ms), until_s=12)
    assert (fired.alert.rule.name, fired.alert.labels, fired.at) == ("clock_offset", {"source": "switch"}, _at(10))
    view = picture(engine, {}, individuals=False)
    assert side in view.alerts[0].message["en"]
    assert view.sources[0].clock_offset_ms == offset_ms
    _, changes = _lived(_clock(10, offset_ms), _clock(100, 0, stepped=True), until_s=162)
    assert [(change.change, change.at) for change in changes] == [("fired", _at(10)), ("resolved", _at(160))]


def test_an_offset_of_up_to_two_seconds_is_corrected_without_a_word() -> None:
    """And so is a drift from one such offset to another."""
    engine, changes = _lived(_clock(10, 2_000), _clock(700, -1_200), until_s=900)
    assert (changes, _live(engine)) == ([], [])


def test_a_step_is_told_also_when_it_leaves_little() -> None:
    """A clock set from 1.5 s behind to 1.5 s ahead: told once, cleared a minute later."""
    engine, changes = _lived(_clock(10, 1_500), _clock(100, -1_500, stepped=True), until_s=300)
    assert [(change.change, change.at) for change in changes] == [("fired", _at(100)), ("resolved", _at(161))]
    assert picture(engine, {}, individuals=False).sources[0].clock_set_at == _at(100)


def test_a_report_lists_them_with_their_labels() -> None:
    """`floorwatch replay` says the same."""
    engine, _ = _lived(_down(10), _up(100), _clock(120, 40_000), until_s=300)
    alerts = build_report(engine, InputCounts())["alerts"]
    assert [(alert["rule"], alert["labels"], alert["severity"]) for alert in alerts] == [
        ("feed_down", {"source": "switch"}, "warning"),
        ("clock_offset", {"source": "switch"}, "warning"),
    ]
    assert alerts[0]["message"] == "switch: feed lost for 0:15, its queues and agents are unknown"


def test_reading_when_it_can_change_equals_reading_on_every_tick() -> None:
    """Outages, offsets and long silences: same alerts, same ticks, same values."""
    facts = (
        _down(10), _up(20), _down(30), _up(90), _down(120), _up(140), _clock(200, 3_000), _down(210), _clock(230, 0),
        _up(9_000), _clock(9_010, 2_500, stepped=True), _clock(9_100, 1_100, stepped=True),
        _clock(9_400, -1_500, stepped=True), _down(20_000), _up(20_016), _down(20_040), _up(40_000),
    )  # fmt: skip
    lazy, _ = _lived(*facts, until_s=90_000)
    every, _ = _lived(*facts, until_s=90_000, engine=EveryTick(Settings()))
    assert _history(lazy) == _history(every)
    assert len(_history(lazy)) == 6


def test_a_clock_that_is_set_again_is_watched_for_another_minute() -> None:
    """The minute after which it is taken to be right begins with the last time somebody set it."""
    _, changes = _lived(_clock(10, 2_500), _clock(100, 0, stepped=True), _clock(130, 0, stepped=True), until_s=300)
    assert [(change.change, change.at) for change in changes] == [("fired", _at(10)), ("resolved", _at(190))]


@pytest.mark.parametrize("hours_on", [False, True])
def test_a_feed_that_is_lost_for_long_is_told_when_it_is_so_long(hours_on: bool) -> None:
    """Nothing is said meanwhile but of another feed: the limit wakes the rule, and so do its hours."""
    rule = Rule("gone", "source", (Condition("outage", "above", (Level("critical", Limit(60_000)),)),))
    at_s = 71.0
    if hours_on:  # they begin when it is lost for longer than that, and last a minute
        opens_ms = (T0 + 75_000) % 86_400_000
        rule = replace(rule, hours=Hours((((opens_ms, opens_ms + 60_000),),) * 7))
        at_s = 75.0
    engine = Engine(Settings(rules=(rule,)))
    _, changes = _lived(_down(10), _up(20, "other"), _down(30, "other"), _up(40, "other"), until_s=300, engine=engine)
    fired, *rest = [(change.change, change.at) for change in changes]
    assert fired == ("fired", _at(at_s))
    assert rest == ([("resolved", _at(135))] if hours_on else [])


def test_an_alert_about_a_team_that_nobody_is_in_any_more_ends() -> None:
    """The last agent goes to another team: what was wrong with the first team is over."""
    rule = Rule("out", "team", (Condition("exceptions", "above", (Level("warning", Limit(0)),)),))
    engine = Engine(Settings(agents={"A1": AgentProfile(team="red")}, rules=(rule,)))
    shift = e.ScheduledActivity(agent="A1", activity="work", start=T0, end=_at(3_600))
    schedule = e.ScheduleLoaded(time=T0, source="switch", version="v1", activities=(shift,))
    absent = e.AgentStateChanged(time=_at(1), source="switch", agent="A1", state="offline")
    moved = e.AgentDescribed(time=_at(300), source="switch", agent="A1", team="blue")
    _, changes = _lived(schedule, absent, moved, until_s=400, engine=engine)
    assert [(change.change, change.alert.subject) for change in changes] == [
        ("fired", "red"),
        ("fired", "blue"),
        ("resolved", "red"),
    ]


def test_adherence_of_each_team_and_of_everybody() -> None:
    """Red keeps to the schedule, blue does not, who is in no team counts for the floor: each by its own sums."""
    low = (Condition("adherence", "at_most", (Level("warning", Limit(0.7)),)),)
    rules = (Rule("team_low", "team", low), Rule("floor_low", "floor", low))
    profiles = {"R": AgentProfile(team="red"), "B": AgentProfile(team="blue"), "N": AgentProfile()}
    shifts = tuple(e.ScheduledActivity(agent=one, activity="work", start=T0, end=_at(3_600)) for one in profiles)
    here, gone = ({"R"}, {"B", "N"})
    said = [e.AgentStateChanged(time=_at(0), source="switch", agent=one, state="available") for one in sorted(here)]
    said += [e.AgentStateChanged(time=_at(0), source="switch", agent=one, state="offline") for one in sorted(gone)]
    schedule = e.ScheduleLoaded(time=T0, source="switch", version="v1", activities=shifts)
    engine = Engine(Settings(site="hall", agents=profiles, rules=rules))
    _, changes = _lived(schedule, *said, until_s=900, engine=engine)
    found = {(one.alert.rule.name, one.alert.subject): one.alert.value for one in changes if one.change == "fired"}
    assert set(found) == {("team_low", "blue"), ("floor_low", "hall")}
    assert found["team_low", "blue"] == 0.0
    assert found["floor_low", "hall"] == pytest.approx(1 / 3, abs=0.01)
