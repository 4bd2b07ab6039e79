"""Who is told what, under random alerts, mutes and deliveries: told by definition, told in time, told once."""

from __future__ import annotations

import pickle
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

import pytest

from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.notice import Notice, stage_of
from floorwatch.floor.hours import Hours
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import RANKS, Rule, Selector
from tests.alerts.told_floor import EVERYTHING, NOBODY, QUEUES_OF, Told

S, MIN = 1_000, 60_000
HOUR_S = 3_600
QUIET = Hours(week=(((20 * MIN, 24 * MIN), (50 * MIN, 51 * MIN)),) * 7)
OUTPUTS = (
    OutputPolicy("plain", flaps_max=0),
    OutputPolicy("flaps", group_by=("queue",), flaps_max=3, storm_max=4),
    OutputPolicy("storm", group_by=("rule", "queue"), storm_max=2, group_wait_ms=0, group_interval_ms=0),
    OutputPolicy("night", quiet=QUIET, remind_ms=5 * MIN, group_wait_ms=5 * S, group_interval_ms=MIN, flaps_max=0),
    OutputPolicy("bad", severity_min="critical", selector=Selector(names=("q1", "q3")), remind_ms=0, flaps_max=0),
)
SIMPLE = ("plain", "night", "bad")
"""Those that hear of every alert that is not muted: the others may be spared what flaps."""


class Turn(NamedTuple):
    """Something happens."""

    at_s: int
    what: str
    rule: Rule
    subject: str
    severity: str
    length_s: int


def _turns(seed: int) -> Iterator[Turn]:
    """An hour in which alerts come in bursts, and people mute them."""
    dice = random.Random(seed)
    at_s = 0
    while at_s < HOUR_S:
        at_s += int(dice.expovariate(1 / dice.choice((0.7, 5, 60))))
        rule = dice.choice(EVERYTHING)
        yield Turn(
            at_s,
            dice.choices(("breach", "clear", "take", "snooze", "silence", "unsilence"), (40, 34, 9, 5, 5, 4))[0],
            rule,
            dice.choice(tuple(QUEUES_OF) if rule.scope == "source" else ("q1", "q2", "q3", "q4")),
            dice.choices(RANKS, (70, 20, 10))[0],
            dice.choice((3, 40, 400)),
        )


def _take_turn(told: Told, turn: Turn) -> None:
    alert = told.alerts.get((turn.rule.name, turn.subject))
    until = told.now + turn.length_s * S
    if turn.what == "breach":
        told.reads(turn.rule, turn.subject, turn.severity)  # type: ignore[arg-type]
    elif turn.what == "clear" and alert is not None:
        told.clear(turn.rule, turn.subject)
    elif turn.what == "take" and alert is not None:
        told.take(alert)
    elif turn.what == "snooze" and alert is not None:
        told.snooze(alert, until)
    elif turn.what == "silence":
        since = told.now + turn.length_s % 7 * S
        told.silence(turn.subject, since=since, until=until, rules=(turn.rule.name[:3] + "*",), about=turn.subject)
    elif turn.what == "unsilence":
        told.muting.end(turn.subject, told.now)


def _is_muted(told: Told, alert: Alert) -> bool:
    """By the definition, from what lives and what people said; none of these rules mute each other."""
    if (alert.snoozed_until or 0) > told.now:
        return True
    for silence in told.muting.silences.values():
        named = any(fnmatchcase(alert.rule.name, one) for one in silence.rules)
        if named and alert.subject in silence.subjects and silence.since <= told.now < silence.until:
            return True
    for other in told.alerts.values():
        same = other.rule == NOBODY and other.subject == alert.subject and alert.rule.name in NOBODY.mutes
        if same or (other.rule.scope == "source" and alert.subject in QUEUES_OF[other.subject]):
            return True
    return False


def _is_quiet(told: Told, output: str, alert: Alert) -> bool:
    minute = told.now % (60 * MIN) / MIN
    return (
        output == "night"
        and told.now < 60 * MIN
        and alert.severity != "emergency"
        and (20 <= minute < 24 or 50 <= minute < 51)
    )


Heard = list[tuple[int, Notice]]


def _by_seconds(told: Told, turns: list[Turn]) -> dict[str, Heard]:
    """Everybody is asked every second, and more than once where there is more to tell."""
    heard: dict[str, Heard] = defaultdict(list)
    ahead = list(reversed(turns))
    for second in range(HOUR_S + 1_800):
        told.now = second * S
        while ahead and ahead[-1].at_s == second:
            _take_turn(told, ahead.pop())
        for policy in told.outputs:
            while (notice := told.owed(policy.name)) is not None:
                told.sent(notice)
                heard[policy.name].append((told.now, notice))
    return heard


def _when_due(told: Told, turns: list[Turn]) -> dict[str, Heard]:
    """Everybody is asked when something has happened, and when `next_due` said."""
    heard: dict[str, Heard] = defaultdict(list)
    ahead = list(reversed(turns))
    while True:
        dues = [told.telling.next_due(policy.name, told.now) for policy in told.outputs]
        happens = [ahead[-1].at_s * S] if ahead else []
        at = min([due for due in dues if due is not None] + happens, default=HOUR_S * S * 2)
        if at >= (HOUR_S + 1_800) * S:
            return heard
        told.now = at
        while ahead and ahead[-1].at_s * S == at:
            _take_turn(told, ahead.pop())
        for policy in told.outputs:
            while (notice := told.owed(policy.name)) is not None:
                told.sent(notice)
                heard[policy.name].append((told.now, notice))


def _spelled(heard: dict[str, Heard]) -> dict[str, list[tuple[int, str, tuple[str, ...]]]]:
    return {output: [(at, notice.key, notice.told) for at, notice in said] for output, said in heard.items()}


@pytest.mark.parametrize("seed", range(2))
def test_asking_when_it_is_due_tells_what_asking_every_second_tells(seed: int) -> None:
    """`next_due` misses no instant at which something becomes owed: the same messages at the same time."""
    turns = list(_turns(seed))
    often = _spelled(_by_seconds(Told(OUTPUTS), turns))
    assert _spelled(_when_due(Told(OUTPUTS), turns)) == often
    assert all(len(often[output]) > 10 for output in ("plain", "flaps", "storm", "night"))


@pytest.mark.parametrize("seed", range(4))
def test_each_stage_is_told_once_to_whom_it_concerns_and_never_while_it_is_muted(seed: int) -> None:
    """Mutes and quiet hours are worked out anew here; no key comes twice, and no end without its beginning."""
    told = Told(OUTPUTS)
    turns = list(_turns(seed))
    asked = told.owed

    def watched(output: str = "chat") -> Notice | None:
        notice = asked(output)
        for said in () if notice is None else notice.alerts:
            assert not _is_muted(told, said.alert), said.key
            assert not _is_quiet(told, output, said.alert), said.key
        return notice

    told.owed = watched  # type: ignore[method-assign]
    heard = _when_due(told, turns)
    for output, said in heard.items():
        keys = [key for _, notice in said for key in notice.told]
        assert len(keys) == len(set(keys))
        known: dict[str, str] = {}
        for _, notice in said:
            for one in notice.alerts:
                assert one.before == known.get(one.alert.id), "what it knew before is what it was told last"
                known[one.alert.id] = one.alert.severity
                assert output != "bad" or (one.alert.severity != "warning" and one.alert.subject not in ("q2", "q4"))
                assert one.reminder == 0 or one.alert.state == "firing"


def _deliver(told: Told, dice: random.Random, heard: dict[str, Heard], logged: dict[str, set[str]]) -> Told:
    """Every output is asked; what comes of the send is left to chance. Returns the state that lives on.

    `logged`: the alerts of which it is written down that they were told.
    """
    for policy in told.outputs:
        notice = told.owed(policy.name)
        if notice is None:
            continue
        fate = dice.random()
        if fate < 0.35:
            told.failed(policy.name)
            continue
        heard[policy.name].append((told.now, notice))
        if fate < 0.6:  # taken, and then we die before that is written down
            told = pickle.loads(pickle.dumps(told))
            again = told.owed(policy.name)
            assert again is not None
            assert (again.key, again.told) == (notice.key, notice.told)
        else:
            told.sent(notice)
            logged[policy.name].update(one.alert.id for one in notice.alerts)
    return told


def _stage_heard(heard: Heard) -> dict[str, tuple[str, str]]:
    last: dict[str, tuple[str, str]] = {}
    for _, notice in heard:
        for key in notice.told:
            stage = stage_of(key)
            last[stage.alert] = stage.state, stage.severity
    return last


@pytest.mark.parametrize("seed", range(4))
def test_whatever_fails_or_dies_everybody_hears_of_every_alert_and_knows_how_it_stands(seed: int) -> None:
    """At least once, duplicates with the same keys; whatever could be told when it fired is told, if late."""
    dice, told = random.Random(seed), Told(OUTPUTS)
    heard: dict[str, Heard] = defaultdict(list)
    could: dict[str, set[str]] = defaultdict(set)
    logged: dict[str, set[str]] = defaultdict(set)
    for turn in _turns(seed):
        told.now = turn.at_s * S
        told = _deliver(told, dice, heard, logged)
        count = len(told.fired)
        _take_turn(told, turn)
        for alert in told.fired[count:]:
            for output in SIMPLE:
                mute = _is_muted(told, alert) or _is_quiet(told, output, alert)
                if not mute and told.telling.concerns(output, alert):
                    could[output].add(alert.id)
    told.now = HOUR_S * S + 10 * MIN
    for alert in list(told.alerts.values()):  # what mutes ends, everything that is left is told
        if alert.rule.mutes:
            told.clear(alert.rule, alert.subject)
    _settle(told, heard)
    for output in SIMPLE:
        _knows(told, output, _stage_heard(heard[output]), could[output], logged[output])
    for said in heard.values():
        key_of: dict[tuple[str, ...], str] = {}
        assert all(key_of.setdefault(notice.told, notice.key) == notice.key for _, notice in said)


def _knows(told: Told, output: str, last: dict[str, tuple[str, str]], could: set[str], logged: set[str]) -> None:
    """`last`: what it heard last of each alert. `could`: what it could be told when it fired."""
    assert could <= last.keys()
    live = {alert.id: alert for alert in told.alerts.values() if told.telling.concerns(output, alert)}
    for alert in told.fired:
        if alert.id in live:
            assert last[alert.id] == (live[alert.id].state, live[alert.id].severity)
        elif alert.id in logged or alert.id in could:
            assert last[alert.id][0] == "resolved"


def _settle(told: Told, heard: dict[str, Heard]) -> None:
    """Everything that is left is taken, for as long as anything but reminders becomes owed."""
    for policy in told.outputs:
        told.now = HOUR_S * S + 10 * MIN
        while (at := told.telling.next_due(policy.name, told.now)) is not None and at < HOUR_S * S + 60 * MIN:
            told.now = at
            notice = told.owed(policy.name)
            assert notice is not None
            told.sent(notice)
            heard[policy.name].append((at, notice))


def _sized(make: Callable[[], Told]) -> int:
    return len(pickle.dumps(make()))


def _hand_over(told: Told) -> None:
    for policy in told.outputs:
        while (notice := told.owed(policy.name)) is not None:
            told.sent(notice)


def test_the_log_does_not_grow_with_what_was_told() -> None:
    """Four days of alerts leave no more behind than one: all is forgotten that nobody can be owed."""

    def days(count: int) -> Told:
        told = Told(OUTPUTS)
        for day in range(count):
            for turn in _turns(3):
                told.now = (turn.at_s + day * 86_400) * S
                _take_turn(told, turn._replace(subject=f"{turn.subject} of day {day}"))
                _hand_over(told)
        told.now += 86_400 * S
        for alert in list(told.alerts.values()):
            told.clear(alert.rule, alert.subject)
        for _ in range(2):  # what is left is taken, and one more alert comes and goes
            told.now += HOUR_S * S
            _hand_over(told)
            told.clear(NOBODY, told.fire(NOBODY, "q1").subject)
        told.fired.clear()
        return told

    one, four = _sized(lambda: days(1)), _sized(lambda: days(4))
    assert four - one < 400, "no more than the times of the latest messages"
