"""What is told together: groups, storms, and messages of many alerts."""

from __future__ import annotations

import pytest

from floorwatch.alerts.notice import NOTICE_MAX
from tests.alerts.told_floor import AT_ONCE, LOW, WAIT, a_chat, short

S, MIN, HOUR = 1_000, 60_000, 3_600_000


def test_alerts_of_one_group_are_one_page() -> None:
    """What fires within the group's wait is told together; what comes then, after the group's interval."""
    told = a_chat()
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
    told = a_chat(group_by=("site", "rule"))
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
    told = a_chat()
    told.fire(LOW, "q4")
    told.hears(2 * S)
    told.fire(WAIT, "q4")
    told.now = 3 * S
    told.fire(rule, "q1", severity)  # type: ignore[arg-type]
    [(at, said)] = told.hears(3 * S)
    assert at == 3 * S
    assert len(said) == 2


def test_a_storm_is_told_together_within_the_cap_and_nothing_is_lost() -> None:
    """So many messages in any minute; the last of them, and each after it, tells everything there is."""
    told = a_chat(group_by=("queue",), storm_max=5, group_wait_ms=0)
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
    told = a_chat(group_by=("queue",), group_wait_ms=0)
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
    told = a_chat(group_by=("queue",), storm_max=3, group_wait_ms=0)
    for minute in (0, 5):
        told.now = minute * MIN
        told.fire(LOW, f"q{minute}")
        told.fire(WAIT, f"q{minute + 1}")
        assert [len(said) for _, said in told.hears(told.now + S)] == [1, 1]


def test_emergencies_have_a_share_of_their_own_in_a_storm() -> None:
    """A storm of warnings holds none of them up; a storm of emergencies is told one by one, then together."""
    told = a_chat(group_by=("queue",), storm_max=3, group_wait_ms=0)
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
    told = a_chat()
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
