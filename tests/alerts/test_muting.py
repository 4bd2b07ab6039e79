"""Of which alerts nobody is told: snoozes, silences, and alerts that explain others."""

from __future__ import annotations

import pytest

from floorwatch.alerts.muting import SILENCES_MAX, Muted
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import Rule
from tests.alerts.told_floor import FEED, LOW, NOBODY, WAIT, Told, a_rule

S, MIN, HOUR = 1_000, 60_000, 3_600_000


def _told(**policy: object) -> Told:
    return Told((OutputPolicy("chat", group_wait_ms=0, group_interval_ms=0, **policy),))  # type: ignore[arg-type]


def test_a_silence_holds_for_its_rules_and_subjects_in_its_time() -> None:
    """Names or globs, none of them meaning all; from its beginning on, not at its end; of two, the longer is named."""
    told = _told()
    first, second = told.fire(LOW, "q1"), told.fire(WAIT, "q2")
    told.silence("s", since=10 * S, until=20 * S, rules=("level_*",), about="q?")
    why = told.telling.muted
    assert [why(first, at) for at in (9_999, 10 * S, 19_999, 20 * S)] == [
        None,
        Muted("silence", "s", 20 * S),
        Muted("silence", "s", 20 * S),
        None,
    ]
    assert why(second, 15 * S) is None
    told.silence("t", since=0, until=HOUR)
    assert why(first, 15 * S) == why(second, 15 * S) == Muted("silence", "t", HOUR)


def test_what_still_fires_when_a_silence_ends_is_told_then() -> None:
    """By its time or by somebody; the alert lived on, and what came and went meanwhile is told to nobody."""
    told = _told()
    told.silence("s", until=10 * MIN)
    told.fire(LOW, "q1")
    told.fire(WAIT, "q1")
    assert told.hears(5 * MIN) == []
    told.fire(LOW, "q1", "critical")
    told.clear(WAIT, "q1")
    assert told.hears(HOUR // 2)[0] == (10 * MIN, ["level_low/q1:firing:critical"])
    told = _told()
    told.silence("s", until=10 * MIN)
    told.fire(LOW, "q1")
    told.now = 2 * MIN
    told.muting.end("s", told.now)
    told.muting.end("never set", told.now)
    assert told.hears(3 * MIN) == [(2 * MIN, ["level_low/q1:firing:warning"])]


def test_what_was_told_before_a_silence_is_not_told_again_but_its_end_is() -> None:
    """The log knows; that it was resolved under the silence is told when that is over."""
    told = _told(remind_ms=0)
    told.fire(LOW, "q1")
    told.fire(WAIT, "q1")
    told.hears(1 * S)
    told.silence("s", until=10 * MIN)
    told.now = 5 * MIN
    told.clear(LOW, "q1")
    assert told.hears(HOUR) == [(10 * MIN, ["level_low/q1:resolved:warning"])]


def test_silences_are_bounded_and_replaced_by_their_id() -> None:
    """Those that are over are forgotten, of the others the one that was set first is dropped."""
    told = _told()
    told.silence("old", until=5)
    told.now = 10
    told.silence("s0", until=20)
    told.silence("s0", until=HOUR)
    assert [(silence.id, silence.until, silence.at) for silence in told.muting.silences.values()] == [("s0", HOUR, 10)]
    for place in range(SILENCES_MAX):
        told.silence(f"t{place}", until=HOUR)
    assert len(told.muting.silences) == SILENCES_MAX
    assert "s0" not in told.muting.silences


def test_a_snooze_ends_with_being_told_again() -> None:
    """Who puts an alert off asks to be told again then, also where reminders are off; sooner, if they say so."""
    told = _told(remind_ms=0)
    alert = told.fire(LOW, "q1")
    told.hears(1 * S)
    told.snooze(alert, until=10 * MIN)
    assert told.telling.muted(alert, 5 * MIN) == Muted("snooze", "Li", 10 * MIN)
    assert told.hears(HOUR) == [(10 * MIN, ["level_low/q1:firing:warning:r1"])]
    told.snooze(alert, until=2 * HOUR)
    told.now += MIN
    told.snooze(alert, until=told.now)
    assert told.hears(3 * HOUR) == [(HOUR + MIN, ["level_low/q1:firing:warning:r2"])]


def test_an_alert_mutes_those_its_rule_names_about_the_same_queue_while_it_fires() -> None:
    """Not about another queue, not by another rule, and no longer than it fires; in hand, it still explains them."""
    told = _told()
    muter = told.fire(NOBODY, "q1", "emergency")
    alert, elsewhere, other = told.fire(LOW, "q1"), told.fire(LOW, "q2"), told.fire(a_rule("other"), "q1")
    assert told.telling.muted(alert, told.now) == Muted("rule", muter.id, None)
    assert [told.telling.muted(one, told.now) for one in (muter, elsewhere, other)] == [None, None, None]
    told.take(muter)
    assert told.telling.muted(alert, told.now) is not None
    told.hears(1 * MIN)
    told.clear(NOBODY, "q1")
    assert told.hears(2 * MIN) == [(1 * MIN, ["level_low/q1:firing:warning", "nobody/q1:resolved:emergency"])]


def test_a_lost_feed_mutes_every_queue_it_tells_of() -> None:
    """Also one that other feeds tell of: without one of them its figures are unknown. Not a team, nor another feed."""
    told = _told()
    feed = told.fire(FEED, "pbx")
    alerts = [told.fire(LOW, queue) for queue in ("q1", "q2", "q3")]
    others = [
        told.fire(a_rule("away", "team"), "blue"),
        told.fire(FEED, "mail"),
        told.fire(a_rule("off", "source"), "pbx"),
    ]
    muted = [told.telling.muted(alert, told.now) for alert in (feed, *alerts, *others)]
    by = [None if one is None else one.what.partition("/")[2].partition("/")[0] for one in muted]
    assert by == [None, "pbx", "pbx", "mail", None, None, "pbx"]


def test_a_rule_mutes_none_of_its_own_alerts() -> None:
    """Its name may fit its own globs: the end of one outage is told while the next one goes on."""
    told = _told()
    told.fire(FEED, "pbx")
    told.hears(1 * S)
    told.clear(FEED, "pbx")
    told.fire(FEED, "pbx")
    [(_, said)] = told.hears(1 * S)
    assert said == ["feed_down/pbx:firing:warning", "feed_down/pbx:resolved:warning"]


def test_the_floor_explains_its_queues_and_teams() -> None:
    """A rule of the floor that names others: a site outage is one page."""
    told = _told()
    told.fire(a_rule("dark", "floor", mutes=("level_*", "away")), "site")
    alerts = [told.fire(LOW, "q1"), told.fire(a_rule("away", "team"), "blue"), told.fire(WAIT, "q1")]
    assert [told.telling.muted(alert, told.now) is not None for alert in alerts] == [True, True, False]


def test_a_muted_alert_still_mutes() -> None:
    """Nobody need hear of the lost feed, but neither of what it makes of its queues."""
    told = _told()
    told.silence("s", until=HOUR, rules=("feed_down",))
    told.fire(FEED, "pbx")
    alert = told.fire(LOW, "q1")
    muted = told.telling.muted(alert, told.now)
    assert muted is not None
    assert muted.by == "rule"
    assert told.owed() is None


@pytest.mark.parametrize("size", [2, 3, 4])
def test_of_alerts_that_mute_each_other_the_worst_is_told(size: int) -> None:
    """In a ring of any size one is always told: the higher severity, then the older; a raise changes that."""
    rules = [Rule(f"r{i}", "queue", LOW.conditions, mutes=(f"r{(i + 1) % size}",)) for i in range(size)]
    told = _told()
    alerts = []
    for rule in rules:
        alerts.append(told.fire(rule, "q1"))
        told.now += 1
    assert [told.telling.muted(alert, told.now) is None for alert in alerts] == [True] + [False] * (size - 1)
    told.fire(rules[-1], "q1", "critical")
    assert told.telling.muted(alerts[-1], told.now) is None
    assert told.telling.muted(alerts[0], told.now) is not None


def test_what_is_resolved_mutes_nobody_and_its_end_is_muted_by_what_still_fires() -> None:
    """Of two that mute each other, the lower one is told when the higher one is over."""
    told = _told()
    high, low = (Rule(name, "queue", LOW.conditions, mutes=("*",)) for name in ("high", "low"))
    told.fire(high, "q1", "critical")
    told.fire(low, "q1")
    told.hears(1 * S)
    told.clear(high, "q1")
    assert [said for _, said in told.hears(1 * MIN)] == [["low/q1:firing:warning"]]
    told.clear(low, "q1")
    [(_, said)] = told.hears(2 * MIN)
    assert sorted(said) == ["high/q1:resolved:critical", "low/q1:resolved:warning"]


def test_an_alert_outside_of_a_ring_is_muted_by_it_whatever_its_severity() -> None:
    """The ring ranks only its own; and every rule that names all others names itself in vain."""
    told = _told()
    rules = [Rule(f"r{i}", "queue", LOW.conditions, mutes=("*",)) for i in range(2)]
    first, second = (told.fire(rule, "q1") for rule in rules)
    outside = told.fire(LOW, "q1", "emergency")
    assert [told.telling.muted(alert, 0) is None for alert in (first, second, outside)] == [True, False, False]
