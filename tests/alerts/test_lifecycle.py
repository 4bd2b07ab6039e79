"""The life of an alert, told the time: holds, keeps, no data, and what a floor does to both default rules."""

from __future__ import annotations

from floorwatch.alerts.lifecycle import Alert, AlertChange, Reading, step
from floorwatch.alerts.reading import Seen, asked, read_condition, together
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.internal import RulesForeseen
from floorwatch.floor.rules import LONGEST_WAIT_HIGH, SERVICE_LEVEL_LOW, Condition, Level, Limit, Rule
from floorwatch.floor.settings import QueuePolicy, Settings

POLICY = QueuePolicy(target=0.80)
BREACH = Reading(0.5, True, False, "warning", 0.8, 40)
CLEAR = Reading(0.9, False, True, "warning", 0.8, 40)
BETWEEN = Reading(0.81, False, False, "warning", 0.8, 40)
NO_DATA = Reading(None, False, False, "warning", 0.8, 3, is_known=False)


def read_service_level(hits: int, n: int, min_sample: int, policy: QueuePolicy) -> Reading:
    return read_condition(asked(SERVICE_LEVEL_LOW.conditions[0], policy, min_sample), Seen(hits / n, n))


def read_longest_wait(waited_ms: int, policy: QueuePolicy, *, known: bool) -> Reading:
    return read_condition(asked(LONGEST_WAIT_HIGH.conditions[0], policy, 20), Seen(waited_ms if known else None))


def _live(*readings: tuple[int, Reading]) -> tuple[Alert | None, list[AlertChange]]:
    alert, changes = None, []
    for at_s, reading in readings:
        alert, change = step(SERVICE_LEVEL_LOW, "sales", alert, reading, at_s * 1000)
        if change is not None:
            changes.append(change)
    return alert, changes


def test_it_fires_after_the_hold_and_not_before() -> None:
    """60 s under the target, measured from the first breached tick."""
    alert, changes = _live((0, BREACH), (59, BREACH))
    assert alert is not None
    assert (alert.state, changes) == ("pending", [])
    alert, changes = _live((0, BREACH), (60, BREACH))
    assert [change.change for change in changes] == ["fired"]
    assert alert is not None
    assert (alert.pending_at, alert.fired_at, alert.value_at_fire) == (0, 60_000, 0.5)


def test_a_moment_without_breach_starts_the_hold_again() -> None:
    """At the target is not under it; unknown is not a breach either."""
    for pause in (BETWEEN, NO_DATA):
        alert, changes = _live((0, BREACH), (30, pause), (31, BREACH), (90, BREACH))
        assert not changes
        assert alert is not None
        assert alert.pending_at == 31_000


def test_it_is_resolved_past_the_clear_threshold_kept_long_enough() -> None:
    """Target + 2 points, for 2 min; a dip back starts the 2 min again."""
    fired = ((0, BREACH), (60, BREACH))
    _, changes = _live(*fired, (100, CLEAR), (150, BETWEEN), (160, CLEAR), (279, CLEAR))
    assert [change.change for change in changes] == ["fired"]
    alert, changes = _live(*fired, (100, CLEAR), (150, BETWEEN), (160, CLEAR), (280, CLEAR))
    assert alert is None
    assert changes[-1].change == "resolved"
    assert (changes[-1].alert.resolved_at, changes[-1].alert.reason) == (280_000, "cleared")


def test_no_data_holds_a_firing_alert_as_it_is() -> None:
    """Hours of unknown resolve nothing."""
    alert, changes = _live((0, BREACH), (60, BREACH), (61, NO_DATA), (9_000, NO_DATA))
    assert alert is not None
    assert (alert.state, len(changes)) == ("firing", 1)


def test_severity_rises_and_never_falls() -> None:
    """20 points under the target is critical; recovering a little does not make it a warning again."""
    worse = read_service_level(24, 40, 20, POLICY)
    assert worse.severity == "critical"
    alert, changes = _live((0, BREACH), (60, BREACH), (61, worse), (62, BREACH))
    assert [change.change for change in changes] == ["fired", "raised"]
    assert alert is not None
    assert alert.severity == "critical"


def test_readings_compare_as_the_definitions_say() -> None:
    """Under 20 decided there is no verdict; at the target is not under it; clear is target + 2 points."""
    assert read_service_level(0, 19, 20, POLICY).value is None
    assert not read_service_level(80, 100, 20, POLICY).breached
    assert read_service_level(79, 100, 20, POLICY).breached
    assert not read_service_level(81, 100, 20, POLICY).cleared
    assert read_service_level(82, 100, 20, POLICY).cleared
    assert read_service_level(100, 100, 20, QueuePolicy(target=1.0)).cleared
    assert not read_longest_wait(60_000, POLICY, known=True).breached
    assert read_longest_wait(60_001, POLICY, known=True).breached
    assert not read_longest_wait(20_000, POLICY, known=True).cleared
    assert read_longest_wait(19_999, POLICY, known=True).cleared
    assert read_longest_wait(0, POLICY, known=False).value is None


def _floor(*facts: e.Event, until_s: int) -> Engine:
    engine = Engine(Settings(queues={"sales": POLICY}))
    for fact in facts:
        assert isinstance(fact.time, int)
        engine.advance(fact.time)
        engine.apply(fact)
    engine.advance(until_s * 1000 + 1)
    return engine


T0 = 1_772_500_000


def _at(second: int) -> int:
    return (T0 + second) * 1000


def _missed(n: int, each_s: int = 1) -> list[e.Event]:
    """So many contacts, each of whom gives up after 30 s."""
    offered = [e.ContactOffered(time=_at(i * each_s), source="s", contact=f"c{i}", queue="sales") for i in range(n)]
    gone = [e.ContactAbandoned(time=_at(i * each_s + 30), source="s", contact=f"c{i}", queue="sales") for i in range(n)]
    return sorted([*offered, *gone], key=lambda fact: fact.time)


def test_an_empty_queue_ends_its_alert_after_15_minutes() -> None:
    """Nothing offered and nobody waiting for 15 min: resolved for that reason, and said so."""
    engine = _floor(*_missed(40), until_s=T0 + 2_000)
    [alert] = [alert for alert in engine.watch.history if alert.rule.name == "service_level_low"]
    assert alert.fired_at is not None
    assert alert.reason == "no_contacts"
    assert alert.resolved_at == _at(39 + 900)


def test_a_lost_source_resolves_nothing() -> None:
    """While the feed is down the alert stays as it is, however long; back and empty, it is resolved."""
    down = e.SourceDown(time=_at(200), source="s")
    engine = _floor(*_missed(40), down, until_s=T0 + 9_000)
    [alert] = [alert for alert in engine.watch.history if alert.rule.name == "service_level_low"]
    assert alert.resolved_at is None
    engine.apply(e.SourceUp(time=_at(9_001), source="s"))
    engine.advance(_at(9_010))
    assert alert.reason == "no_contacts"


def test_a_contact_that_waits_too_long_raises_an_alert_without_any_further_event() -> None:
    """Over max(60 s, 3T) for 30 s: time alone does it; the answer clears it."""
    offered = e.ContactOffered(time=_at(0), source="s", contact="c", queue="sales")
    engine = _floor(offered, until_s=T0 + 91)
    [alert] = engine.watch.history
    assert (alert.rule.name, alert.pending_at, alert.fired_at) == ("longest_wait_high", _at(61), _at(91))
    engine.advance(_at(100))
    engine.apply(e.ContactAnswered(time=_at(100), source="s", contact="c", queue="sales", agent="A1"))
    engine.advance(_at(102))
    assert alert.resolved_at == _at(100)


def test_what_settles_an_alert_is_not_taken_for_its_figure() -> None:
    """A level of too few contacts, and nobody waits any more: it is over, and no level was ever read as 0."""
    conditions = (
        Condition("service_level", "below", (Level("warning", Limit(0.8)),), window="15m"),
        Condition("waiting", "at_least", (Level("warning", Limit(1)),)),
    )
    level, line = (asked(condition, POLICY, 20) for condition in conditions)
    rule = Rule("both", "queue", conditions)
    breach = together([read_condition(level, Seen(0.5, 40)), read_condition(line, Seen(2))])
    over = together([read_condition(level, Seen(1.0, 3)), read_condition(line, Seen(0))])
    alert, _ = step(rule, "q", None, breach, 0)
    alert, change = step(rule, "q", alert, over, 1_000)
    assert alert is None
    assert change is not None
    assert (change.change, change.alert.value, change.alert.n) == ("resolved", 0.5, 40)


def test_several_conditions_of_which_one_is_unknown_decide_nothing() -> None:
    """As long as the known ones hold: the other may, or may not."""
    conditions = (
        Condition("waiting", "at_least", (Level("warning", Limit(1)),)),
        Condition("present", "at_most", (Level("warning", Limit(0)),)),
    )
    line, present = (asked(condition, POLICY, 20) for condition in conditions)
    reading = together([read_condition(line, Seen(2)), read_condition(present, Seen(None))])
    assert (reading.is_known, reading.breached, reading.cleared) == (False, False, False)


def test_nobody_is_short_of_agents_where_nobody_calls_any_more() -> None:
    """What was foreseen is long out of date, so unknown: after 15 minutes without a contact the alert is over."""
    short = Rule("short", "queue", (Condition("agents_short", "at_least", (Level("warning", Limit(1)),)),))
    engine, at, changes = Engine(Settings(rules=(short,))), 1_772_500_000_000, list[AlertChange]()
    for event in (
        e.ContactOffered(time=at, source="pbx", contact="c", queue="q"),
        RulesForeseen(time=at + 1_000, source="daemon", queue="q", until=at + 900_000, present=1, places=1, needed=3),
        e.ContactAbandoned(time=at + 9_000, source="pbx", contact="c", queue="q"),
    ):
        assert isinstance(event.time, int)
        changes += engine.advance(event.time)
        engine.apply(event)
    changes += engine.advance(at + 2_000_000)
    found = [(change.change, change.at - at, change.alert.reason) for change in changes]
    assert [one for one in found if one[0] == "resolved"] == [("resolved", 900_000, "no_contacts")]
