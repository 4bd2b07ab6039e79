"""Who is told what, and when: stages, groups, quiet hours, reminders, and the log that heals what was lost."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from floorwatch.alerts.notice import NOTICE_MAX, Stage, stage_of
from floorwatch.alerts.recipient import NEWS_MS, OVER_MAX, OVER_MS
from floorwatch.floor.hours import Hours
from floorwatch.floor.internal import DeliveryFailed, DeliveryRecovered
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import Selector
from tests.alerts.told_floor import AT_ONCE, FEED, LOW, WAIT, Told, a_rule, short

S, MIN, HOUR = 1_000, 60_000, 3_600_000
CHAT = OutputPolicy("chat")


def _told(**policy: object) -> Told:
    return Told((OutputPolicy("chat", **policy),))  # type: ignore[arg-type]


def test_an_alert_is_told_once_at_each_of_its_stages() -> None:
    """It fires, is raised, taken in hand and resolved: four stages, each once, with the severity known before."""
    told = _told(group_interval_ms=0)
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
    told = _told()
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
    told = _told()
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
    told = _told(group_wait_ms=0)
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
    told = _told(group_wait_ms=0)
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


def test_alerts_of_one_group_are_one_page() -> None:
    """What fires within the group's wait is told together; what comes then, after the group's interval."""
    told = _told()
    for place in range(12):
        told.now = place * 80
        told.fire(LOW, f"q{place}")
    told.now = 999
    assert told.owed() is None
    told.now = 1 * S
    notice = told.owed()
    assert notice is not None
    assert len(notice.alerts) == 12
    told.sent(notice)
    told.now = 5 * S
    told.fire(WAIT, "q1")
    told.now = 9 * S
    told.clear(LOW, "q3")
    assert told.hears(MIN) == [(31 * S, ["wait_high/q1:firing:warning", "level_low/q3:resolved:warning"])]


def test_groups_are_told_apart_by_the_labels_they_agree_in() -> None:
    """By a label of the alert, the rule, or the queue; each group waits for itself."""
    told = _told(group_by=("site", "rule"))
    for queue in ("q1", "q2", "q4"):
        told.fire(LOW, queue)
    told.now = 1 * S
    notice = told.owed()
    assert notice is not None
    assert (notice.group, len(notice.alerts)) == ("site=north, rule=level_low", 1)
    told.sent(notice)
    notice = told.owed()
    assert notice is not None
    assert (notice.group, len(notice.alerts)) == ("site=south, rule=level_low", 2)


@pytest.mark.parametrize(("rule", "severity"), [(LOW, "emergency"), (AT_ONCE, "warning")])
def test_an_emergency_and_an_immediate_rule_wait_for_nobody(rule: object, severity: object) -> None:
    """Neither for company nor for the interval; and they take along what waits in the same group."""
    told = _told()
    told.fire(LOW, "q4")
    told.hears(2 * S)
    told.fire(WAIT, "q4")
    told.now = 3 * S
    told.fire(rule, "q1", severity)  # type: ignore[arg-type]
    [(at, said)] = told.hears(3 * S)
    assert at == 3 * S
    assert len(said) == 2


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
    told = _told(group_wait_ms=0)
    told.fire(LOW, "q1")
    times = [at // MIN for at, _ in told.hears(24 * HOUR)]
    waits = [later - earlier for earlier, later in pairwise(times)]
    assert waits == [15, 30, 60, 120, 240, 240, 240, 240, 240]
    told.fire(LOW, "q1", "emergency")
    heard = told.hears(told.now + HOUR)
    assert [(at - 24 * HOUR) // MIN for at, _ in heard] == [0, 15, 30, 45, 60]
    assert heard[-1][1] == ["level_low/q1:firing:emergency:r4"]


def test_severity_rule_and_selector_choose_what_an_output_is_told() -> None:
    """Not of less than its severity, until it is raised to it; not of other rules, queues, channels, labels."""
    told = Told(
        (
            OutputPolicy("bad", severity_min="critical"),
            OutputPolicy("waits", rules=("wait_*",)),
            OutputPolicy("second", selector=Selector(names=("q2",))),
            OutputPolicy("letters", selector=Selector(channels=("mail",))),
            OutputPolicy("north", selector=Selector(labels=(("site", "n*"),))),
        )
    )
    names = ("bad", "waits", "second", "letters", "north")
    told.fire(LOW, "q1")
    told.now = 1 * S
    assert [name for name in names if told.owed(name)] == ["north"]
    told.fire(LOW, "q1", "critical")
    told.now = 2 * S
    assert [name for name in names if told.owed(name)] == ["bad", "north"]
    told.fire(WAIT, "q3")
    told.fire(LOW, "q2")
    told.now = 3 * S
    assert [name for name in names if told.owed(name)] == ["bad", "waits", "second", "letters", "north"]
    assert [told.telling.concerns_queue("second", queue) for queue in ("q1", "q2")] == [False, True]


def test_who_is_told_of_a_queue_is_told_that_its_feed_is_down() -> None:
    """For that mutes the queue's own alerts; of feeds of other queues, of outputs and the daemon it is not told."""
    told = Told((OutputPolicy("third", selector=Selector(names=("q3",))), CHAT))
    trouble = a_rule("trouble", "daemon")
    told.fire(trouble, "journal")
    told.fire(FEED, "pbx")
    told.now = 2 * S
    assert told.owed("third") is None
    assert told.owed() is not None
    told.fire(FEED, "mail")
    assert [said for _, said in told.hears(4 * S, "third")] == [["feed_down/mail:firing:warning"]]


def test_alerts_about_people_are_told_to_leads_only() -> None:
    """A team may be three: what its figures say is no word for a wall or a group."""
    told = Told((OutputPolicy("wall"), OutputPolicy("leads", audience="lead")))
    told.fire(a_rule("team_busy", "team"), "north")
    told.fire(a_rule("floor_busy", "floor"), "floor")
    told.now = 2 * S
    assert told.owed("wall") is None
    assert told.owed("leads") is not None
    told.fire(LOW, "q1")
    assert [said for _, said in told.hears(4 * S, "wall")] == [["level_low/q1:firing:warning"]]


def test_one_that_shows_what_is_is_told_nothing() -> None:
    """It needs no log: what it shows is decided by what concerns it."""
    told = Told((OutputPolicy("lamp", is_state=True, severity_min="critical"),))
    alert = told.fire(LOW, "q1", "critical")
    other = told.fire(WAIT, "q1")
    told.now = HOUR
    assert told.owed("lamp") is None
    assert told.telling.next_due("lamp", 0) is None
    assert told.telling.quiet("lamp", 0) == (False, None)
    assert [told.telling.concerns("lamp", one) for one in (alert, other)] == [True, False]


NIGHT = Hours(week=(((22 * HOUR, 30 * HOUR),),) * 7)


def _on_a_monday(hour: float) -> int:
    return round(datetime(2026, 3, 2, tzinfo=UTC).timestamp() * S + hour * HOUR)


def test_quiet_hours_let_emergencies_through_and_tell_afterwards_what_still_fires() -> None:
    """From 22:00 to 06:00 only an emergency, its end, and who has it; at 06:00 the rest, if it still fires."""
    told = _told(quiet=NIGHT, group_interval_ms=0)
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
    told = _told(quiet=Hours(week=(((0, 24 * HOUR),),) * 7))
    told.fire(LOW, "q1")
    assert told.telling.next_due("chat", told.now) is None


def test_a_storm_is_told_together_within_the_cap_and_nothing_is_lost() -> None:
    """So many messages in any minute; the last of them, and each after it, tells everything there is."""
    told = _told(group_by=("queue",), storm_max=5, group_wait_ms=0)
    for place in range(40):
        told.now = place * 10
        told.fire(LOW, f"q{place}")
    heard = told.hears(HOUR // 6)
    times = [at for at, _ in heard]
    assert all(sum(at - MIN < other <= at for other in times) <= 5 for at in times)
    assert [len(said) for _, said in heard] == [1, 1, 1, 1, 36]
    assert len({key for _, said in heard for key in said}) == 40
    told.now = 10 * MIN
    heard = []
    for place in range(40, 80):
        heard += told.hears(told.now + 100)
        told.fire(LOW, f"q{place}")
    heard += told.hears(told.now + 2 * MIN)
    assert [len(said) for _, said in heard] == [1] * 5 + [35]
    assert [at for at, _ in heard][-1] == heard[0][0] + MIN


def test_an_output_that_must_wait_is_told_all_groups_together() -> None:
    """Where a service takes no more for now, groups would use up what it takes next: the emergency comes first."""
    told = _told(group_by=("queue",), group_wait_ms=0)
    for place in range(9):
        told.fire(LOW, f"q{place}")
    told.fire(WAIT, "q9", "emergency")
    alone, all_of_them = told.owed(), told.telling.owed("chat", told.now, together=True)
    assert alone is not None
    assert all_of_them is not None
    assert len(alone.alerts) == 1
    assert [said.alert.severity for said in all_of_them.alerts] == ["emergency"] + ["warning"] * 9
    assert all_of_them.group == ""


def test_messages_of_long_ago_are_no_storm() -> None:
    """Groups are told apart again when the minute is over."""
    told = _told(group_by=("queue",), storm_max=3, group_wait_ms=0)
    for minute in (0, 5):
        told.now = minute * MIN
        told.fire(LOW, f"q{minute}")
        told.fire(WAIT, f"q{minute + 1}")
        assert [len(said) for _, said in told.hears(told.now + S)] == [1, 1]


def test_emergencies_have_a_share_of_their_own_in_a_storm() -> None:
    """A storm of warnings holds none of them up; a storm of emergencies is told one by one, then together."""
    told = _told(group_by=("queue",), storm_max=3, group_wait_ms=0)
    for place in range(9):
        told.fire(LOW, f"q{place}")
        told.hears(place * 100 + 50)
        told.now = (place + 1) * 100
    told.fire(WAIT, "q9")
    assert told.hears(1 * S) == [], "the minute's share is used up"
    heard = []
    for place in range(10, 20):
        told.fire(LOW, f"q{place}", "emergency")
        heard += told.hears(told.now + 10)
    assert [len(said) for _, said in heard] == [1, 1, 1]
    [(at, said)] = told.hears(at := told.now + 30 * S)[:1]
    assert len([key for key in said if key.endswith("emergency")]) == 7
    assert at == heard[-1][0] + MIN // 3


def test_a_message_names_so_many_alerts_and_counts_the_others_which_follow_at_once() -> None:
    """The worst first; what is left off waits for no interval."""
    told = _told()
    for place in range(NOTICE_MAX + 37):
        told.fire(LOW, f"q{place}")
    told.fire(WAIT, "q0", "critical")
    told.now = 1 * S
    notice = told.owed()
    assert notice is not None
    assert (len(notice.alerts), notice.more) == (NOTICE_MAX, 38)
    assert short(notice.told[0]) == "wait_high/q0:firing:critical"
    told.sent(notice)
    notice = told.owed()
    assert notice is not None
    assert (len(notice.alerts), notice.more) == (38, 0)


def test_a_flapping_alert_is_told_as_such_and_then_left_alone_until_it_is_calm() -> None:
    """The fourth time in half an hour says that it flaps; the next ones are not told, the calm after them is."""
    told = _told(group_wait_ms=0, group_interval_ms=0)
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
    told = _told(group_wait_ms=0, group_interval_ms=0)
    assert _cycles(told, 0, 20, 40, 60) == ["firing:warning", "resolved:warning"] * 3 + ["firing:warning"]
    told = _told(group_wait_ms=0, group_interval_ms=0)
    _cycles(told, 0, 9, 18, 29)
    assert told.hears(60 * MIN) == [(30 * MIN, ["level_low/q1:resolved:warning"])]


def test_what_flaps_again_after_a_calm_is_told_as_such_again() -> None:
    """The output knew that it was calm: the next time is told at once, within the half hour, too."""
    told = _told(group_wait_ms=0, group_interval_ms=0)
    _cycles(told, 0, 1, 2, 3)
    told.hears(15 * MIN)
    told.fire(LOW, "q1")
    notice = told.owed()
    assert notice is not None
    assert notice.alerts[0].is_flapping


def test_a_second_time_of_flapping_is_told_also_when_its_end_was_never_told_alone() -> None:
    """Each end comes in one message with the next beginning, so that the output never hears of a calm."""
    told = _told(group_wait_ms=0, group_interval_ms=0)
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
    told = _told(group_wait_ms=0, group_interval_ms=0)
    _cycles(told, 0, 1, 2)
    told.hears(3 * MIN)
    told.fire(LOW, "q1")
    notice = told.owed()
    assert notice is not None
    told.fire(LOW, "q1", "critical")
    told.sent(notice)
    [(_, said)] = told.hears(3 * MIN)
    assert said == ["level_low/q1:firing:critical"]


def test_that_somebody_has_a_flapping_alert_in_hand_is_told() -> None:
    """Also of one of those that are not told when they fire."""
    told = _told(group_wait_ms=0, group_interval_ms=0)
    _cycles(told, 0, 1, 2, 3)
    told.hears(4 * MIN)
    alert = told.fire(LOW, "q1")
    assert told.owed() is None
    told.take(alert)
    [(_, said)] = told.hears(4 * MIN)
    assert said == ["level_low/q1:acknowledged:warning"]


def test_an_output_may_be_told_every_time() -> None:
    """Without a limit on what flaps, as a log keeper wants it."""
    told = _told(group_wait_ms=0, group_interval_ms=0, flaps_max=0, storm_max=1_000)
    for _ in range(150):
        told.fire(LOW, "q1")
        told.hears(told.now + 5 * S)
        told.clear(LOW, "q1")
        heard = told.hears(told.now + 5 * S)
        assert [said for _, said in heard] == [["level_low/q1:resolved:warning"]]


def test_a_flapping_alert_that_gets_worse_or_stays_is_told() -> None:
    """A raise over what was told is told at once; one that stays as it is for ten minutes is told again."""
    told = _told(group_wait_ms=0, group_interval_ms=0)
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


def test_an_output_that_fails_is_known_since_its_first_failure() -> None:
    """Until it says that it works again. One that is not configured any more is passed over."""
    told = _told()
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
    told = _told()
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
