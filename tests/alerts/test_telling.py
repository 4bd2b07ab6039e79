"""What is told, and when: stages, reminders, quiet hours, and the log that heals what was lost."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from floorwatch.alerts.notice import Stage, stage_of
from floorwatch.alerts.recipient import NEWS_MS, OVER_MAX, OVER_MS
from floorwatch.floor.hours import Hours
from floorwatch.floor.internal import DeliveryFailed, DeliveryRecovered
from floorwatch.floor.outputs import OutputPolicy
from tests.alerts.told_floor import LOW, WAIT, Told, a_chat, short

S, MIN, HOUR = 1_000, 60_000, 3_600_000
CHAT = OutputPolicy("chat")


def test_an_alert_is_told_once_at_each_of_its_stages() -> None:
    """It fires, is raised, taken in hand and resolved: four stages, each once, with the severity known before."""
    told = a_chat(group_interval_ms=0)
    alert = told.fire(LOW, "q1")
    assert told.hears(10 * S) == [(1 * S, ["level_low/q1:firing:warning"])]
    told.fire(LOW, "q1", "critical")
    notice = told.owed()
    assert notice is not None, "worse than before waits for nobody"
    [said] = notice.alerts
    assert (said.before, said.alert.severity, short(said.key)) == (
        "warning",
        "critical",
        "level_low/q1:firing:critical",
    )
    told.sent(notice)
    told.take(alert)
    assert told.hears(20 * S) == [(11 * S, ["level_low/q1:acknowledged:critical"])]
    told.clear(LOW, "q1")
    assert told.hears(30 * S) == [(21 * S, ["level_low/q1:resolved:critical"])]
    assert told.hears(5 * HOUR) == []


def test_the_same_state_gives_the_same_notice_until_it_is_sent() -> None:
    """Asking changes nothing, a copy of the state answers alike, and a failed send is owed again with the same key."""
    told = a_chat()
    told.fire(LOW, "q1")
    told.fire(WAIT, "q2")
    told.now = 2 * S
    first = told.owed()
    told.failed()
    again = pickle.loads(pickle.dumps(told))
    assert first is not None
    assert told.owed() == first
    assert again.owed().key == first.key
    assert again.owed().told == first.told
    told.sent(first)
    assert told.owed() is None


def test_the_key_of_a_notice_tells_outputs_and_contents_apart() -> None:
    """Two outputs are never given the same key, nor are two messages that say different things."""
    told = Told((CHAT, OutputPolicy("mail")))
    told.fire(LOW, "q1")
    told.now = 1 * S
    chat, mail = told.owed(), told.owed("mail")
    told.fire(WAIT, "q1")
    both = told.owed()
    assert chat is not None
    assert mail is not None
    assert both is not None
    assert chat.told == mail.told
    assert len({chat.key, mail.key, both.key}) == 3


@pytest.mark.parametrize(
    "stage",
    [
        Stage("low/a:b/7", "firing", "warning"),
        Stage("low/q/7", "firing", "critical", 12),
        Stage("low/:firing:warning:r2", "resolved", "critical"),
    ],
)
def test_a_stage_is_read_back_from_its_key(stage: Stage) -> None:
    """Whatever the subject is called, a colon or the look of a reminder in it."""
    assert stage_of(stage.key) == stage


def test_a_key_that_is_none_is_refused() -> None:
    """With the text and the form it should have."""
    with pytest.raises(ValueError, match="'firing' is no stage of an alert: write ALERT:STATE:SEVERITY"):
        stage_of("firing")


def test_an_alert_that_came_and_went_is_told_in_one_message_that_says_both() -> None:
    """It was owed when it fired: the output was down, and hears of it as soon as it is back, but no resolve alone."""
    told = a_chat()
    told.fire(LOW, "q1")
    told.now = 3 * MIN
    told.clear(LOW, "q1")
    told.now = 5 * MIN
    notice = told.owed()
    assert notice is not None
    [said] = notice.alerts
    assert (said.before, said.alert.state, said.alert.fired_at, said.alert.resolved_at) == (
        None,
        "resolved",
        0,
        3 * MIN,
    )
    told.sent(notice)
    assert told.owed() is None


def test_what_came_and_went_over_an_hour_ago_is_no_news() -> None:
    """An output that was away for a day is told what fires, and how that ended of which it knew; no more."""
    told = a_chat(group_wait_ms=0)
    known = told.fire(LOW, "q1")
    told.hears(1 * S)
    told.fire(WAIT, "q1")
    told.now = 2 * S
    told.clear(WAIT, "q1")
    told.clear(LOW, "q1")
    told.now = NEWS_MS + 2 * S
    notice = told.owed()
    assert notice is not None
    assert [short(key) for key in notice.told] == ["level_low/q1:resolved:warning", "wait_high/q1:resolved:warning"]
    told.now += 1
    notice = told.owed()
    assert notice is not None
    assert [said.alert.id for said in notice.alerts] == [known.id]


def test_a_log_is_bounded_and_forgets() -> None:
    """At most so many ends are owed, for at most a day; what was dropped is counted, and what fires never is."""
    told = a_chat(group_wait_ms=0)
    for place in range(OVER_MAX + 5):
        told.now = place
        told.fire(LOW, f"q{place}")
        told.clear(LOW, f"q{place}")
    assert told.telling.dropped("chat") == 5
    told.fire(WAIT, "q1")
    told.now += OVER_MS + 1
    told.fire(LOW, "q0")
    told.clear(LOW, "q0")
    assert told.telling.dropped("chat") == 5 + OVER_MAX
    notice = told.owed()
    assert notice is not None
    assert [short(key) for key in notice.told] == ["wait_high/q1:firing:warning", "level_low/q0:resolved:warning"]


def test_a_reminder_says_again_what_nobody_has_in_hand() -> None:
    """Each with a key of its own; none of what somebody has, none where reminders are off."""
    told = Told((CHAT, OutputPolicy("mail", remind_ms=0)))
    told.fire(LOW, "q1")
    told.hears(2 * S)
    taken = told.fire(WAIT, "q1")
    heard = told.hears(1 * HOUR - 1)
    assert heard[1:] == [
        (minute * MIN + 1 * S, [f"level_low/q1:firing:warning:r{n}", f"wait_high/q1:firing:warning:r{n}"])
        for n, minute in ((1, 15), (2, 45))
    ], "together, although they were told apart"
    told.take(taken)
    assert [said for _, said in told.hears(2 * HOUR)] == [
        ["wait_high/q1:acknowledged:warning"],
        ["level_low/q1:firing:warning:r3"],
    ]
    told.now = 0
    assert len(told.hears(HOUR, "mail")) == 1


def test_reminders_come_less_often_but_of_an_emergency() -> None:
    """After 15, 30, 60, 120, 240, 240 … minutes; of an emergency every 15; a raise begins anew."""
    told = a_chat(group_wait_ms=0)
    told.fire(LOW, "q1")
    times = [at // MIN for at, _ in told.hears(24 * HOUR)]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits == [15, 30, 60, 120, 240, 240, 240, 240, 240]
    told.fire(LOW, "q1", "emergency")
    heard = told.hears(told.now + HOUR)
    assert [(at - 24 * HOUR) // MIN for at, _ in heard] == [0, 15, 30, 45, 60]
    assert heard[-1][1] == ["level_low/q1:firing:emergency:r4"]


NIGHT = Hours(week=(((22 * HOUR, 30 * HOUR),),) * 7)


def _on_a_monday(hour: float) -> int:
    return round(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * S + hour * HOUR)


def test_quiet_hours_let_emergencies_through_and_tell_afterwards_what_still_fires() -> None:
    """From 22:00 to 06:00 only an emergency, its end, and who has it; at 06:00 the rest, if it still fires."""
    told = a_chat(quiet=NIGHT, group_interval_ms=0)
    told.now = _on_a_monday(21)
    told.fire(LOW, "q1")
    told.hears(_on_a_monday(22.5))
    assert told.telling.quiet("chat", told.now) == (True, _on_a_monday(30))
    told.fire(WAIT, "q1")
    told.fire(WAIT, "q2")
    told.clear(LOW, "q1")
    assert told.hears(_on_a_monday(23)) == []
    told.clear(WAIT, "q2")
    told.fire(LOW, "q2", "emergency")
    [(at, said)] = told.hears(_on_a_monday(23) + 1)
    assert (at, said) == (_on_a_monday(23), ["level_low/q2:firing:emergency"])
    told.clear(LOW, "q2")
    [(_, said)] = told.hears(_on_a_monday(29))
    assert said == ["level_low/q2:resolved:emergency"]
    [(at, said)] = told.hears(_on_a_monday(30) + 1)
    assert at == _on_a_monday(30)
    assert said == ["wait_high/q1:firing:warning", "level_low/q1:resolved:warning"]
    assert told.telling.quiet("chat", told.now) == (False, _on_a_monday(46))


def test_hours_that_are_quiet_all_week_never_end() -> None:
    """Only emergencies then; asking when something is due ends nevertheless."""
    told = a_chat(quiet=Hours(week=(((0, 24 * HOUR),),) * 7))
    told.fire(LOW, "q1")
    assert told.telling.next_due("chat", told.now) is None


def test_an_output_that_fails_is_known_since_its_first_failure() -> None:
    """Until it says that it works again. One that is not configured any more is passed over."""
    told = a_chat()
    told.fire(LOW, "q1")
    told.now = 5 * S
    told.failed()
    told.now = 9 * S
    told.failed()
    assert told.telling.failing_since("chat") == 5 * S
    told.telling.recovered(DeliveryRecovered(time=told.now, output="chat"), told.now)
    assert told.telling.failing_since("chat") is None
    told.telling.failed(DeliveryFailed(time=0, output="gone", why="x"), 0)
    told.telling.recovered(DeliveryRecovered(time=0, output="gone"), 0)
    assert told.telling.failing_since("gone") is None
    with pytest.raises(KeyError):
        told.owed("gone")


def test_the_version_grows_with_all_that_can_change_what_is_owed() -> None:
    """An alert, a delivery, a silence and its end: whoever sleeps on it is woken."""
    told = a_chat()
    seen = [told.telling.version]
    told.fire(LOW, "q1")
    seen.append(told.telling.version)
    told.silence("s", until=HOUR)
    seen.append(told.telling.version)
    told.muting.end("s", told.now)
    seen.append(told.telling.version)
    told.now = 1 * S
    notice = told.owed()
    assert notice is not None
    told.sent(notice)
    seen.append(told.telling.version)
    assert seen == sorted(set(seen))
