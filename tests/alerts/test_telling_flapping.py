"""What is told of an alert that comes and goes."""

from __future__ import annotations

from tests.alerts.told_floor import LOW, Told, a_chat

S, MIN, HOUR = 1_000, 60_000, 3_600_000


def test_a_flapping_alert_is_told_as_such_and_then_left_alone_until_it_is_calm() -> None:
    """The fourth time in half an hour says that it flaps; the next ones are not told, the calm after them is."""
    told = a_chat(group_wait_ms=0, group_interval_ms=0)
    heard = []
    for _ in range(8):
        told.fire(LOW, "q1")
        notice = told.owed()
        heard.append(None if notice is None else notice.alerts[-1].is_flapping)
        told.hears(told.now + 30 * S)
        told.clear(LOW, "q1")
        told.hears(told.now + 30 * S)
    assert heard == [False, False, False, True, None, None, None, None]
    calm = told.hears(told.now + HOUR)
    assert [said for _, said in calm] == [["level_low/q1:resolved:warning"]]
    assert calm[0][0] == 7 * MIN + 30 * S + 10 * MIN
    told.fire(LOW, "q1")
    assert told.owed() is not None, "after the calm it is news again"


def _cycles(told: Told, *minutes: float) -> list[str]:
    """It fires at each of these times, for half a minute; what is said of it meanwhile."""
    heard = []
    for minute in minutes:
        heard += told.hears(round(minute * MIN))
        told.fire(LOW, "q1")
        heard += told.hears(told.now + MIN // 2)
        told.clear(LOW, "q1")
    return [key.partition(":")[2] for _, said in heard for key in said]


def test_what_fires_seldom_does_not_flap() -> None:
    """Four times in an hour are not four in half an hour; and when half an hour holds fewer, it flaps no more."""
    told = a_chat(group_wait_ms=0, group_interval_ms=0)
    assert _cycles(told, 0, 20, 40, 60) == ["firing:warning", "resolved:warning"] * 3 + ["firing:warning"]
    told = a_chat(group_wait_ms=0, group_interval_ms=0)
    _cycles(told, 0, 9, 18, 29)
    assert told.hears(60 * MIN) == [(30 * MIN, ["level_low/q1:resolved:warning"])]


def test_what_flaps_again_after_a_calm_is_told_as_such_again() -> None:
    """The output knew that it was calm: the next time is told at once, within the half hour, too."""
    told = a_chat(group_wait_ms=0, group_interval_ms=0)
    _cycles(told, 0, 1, 2, 3)
    told.hears(15 * MIN)
    told.fire(LOW, "q1")
    notice = told.owed()
    assert notice is not None
    assert notice.alerts[0].is_flapping


def test_a_second_time_of_flapping_is_told_also_when_its_end_was_never_told_alone() -> None:
    """Each end comes in one message with the next beginning, so that the output never hears of a calm."""
    told = a_chat(group_wait_ms=0, group_interval_ms=0)
    _cycles(told, 0, 1, 2)
    told.hears(3 * MIN)
    told.fire(LOW, "q1")
    flapping = []
    for minute in (50, 51, 52, 53):
        told.hears(minute * MIN)
        told.clear(LOW, "q1")
        told.fire(LOW, "q1")
        notice = told.owed()
        assert notice is not None
        flapping.append(notice.alerts[0].is_flapping)
    assert flapping == [False, False, False, True]


def test_a_raise_while_the_message_is_under_way_is_told_also_of_what_flaps() -> None:
    """What the output knows is what the message said, not what the alert has become."""
    told = a_chat(group_wait_ms=0, group_interval_ms=0)
    _cycles(told, 0, 1, 2)
    told.hears(3 * MIN)
    told.fire(LOW, "q1")
    notice = told.owed()
    assert notice is not None
    told.fire(LOW, "q1", "critical")
    told.sent(notice)
    [(_, said)] = told.hears(3 * MIN)
    assert said == ["level_low/q1:firing:critical"]


def test_that_somebody_has_a_flapping_alert_in_hand_isa_chat() -> None:
    """Also of one of those that are not told when they fire."""
    told = a_chat(group_wait_ms=0, group_interval_ms=0)
    _cycles(told, 0, 1, 2, 3)
    told.hears(4 * MIN)
    alert = told.fire(LOW, "q1")
    assert told.owed() is None
    told.take(alert)
    [(_, said)] = told.hears(4 * MIN)
    assert said == ["level_low/q1:acknowledged:warning"]


def test_an_output_may_be_told_every_time() -> None:
    """Without a limit on what flaps, as a log keeper wants it."""
    told = a_chat(group_wait_ms=0, group_interval_ms=0, flaps_max=0, storm_max=1_000)
    for _ in range(150):
        told.fire(LOW, "q1")
        told.hears(told.now + 5 * S)
        told.clear(LOW, "q1")
        heard = told.hears(told.now + 5 * S)
        assert [said for _, said in heard] == [["level_low/q1:resolved:warning"]]


def test_a_flapping_alert_that_gets_worse_or_stays_isa_chat() -> None:
    """A raise over what was told is told at once; one that stays as it is for ten minutes is told again."""
    told = a_chat(group_wait_ms=0, group_interval_ms=0)
    for _ in range(4):
        told.fire(LOW, "q1")
        told.hears(told.now + 10 * S)
        told.clear(LOW, "q1")
        told.now += 10 * S
    told.fire(LOW, "q1", "critical")
    assert [said[0] for _, said in told.hears(told.now + S)] == ["level_low/q1:firing:critical"]
    told.clear(LOW, "q1")
    told.now += 10 * S
    began = told.now
    told.fire(LOW, "q1", "warning")
    [(at, said)] = told.hears(began + 11 * MIN)
    assert at == began + 10 * MIN
    assert said[0] == "level_low/q1:firing:warning"
