"""Runs a rule test: its story through the very engine that runs live, and the alerts compared with what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from floorwatch.alerts.advice import Advisor
from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.texts import message
from floorwatch.engine import Engine
from floorwatch.floor.internal import OperatorAcknowledged, OperatorSilenced, OperatorSnoozed
from floorwatch.rule_tests.day import Day
from floorwatch.rule_tests.file import CLOCKS, Expectation, Expected, ExpectedAlert, ReadyTest
from floorwatch.rule_tests.lines import Act
from floorwatch.rule_tests.values import is_value, shown

PEOPLE = "operator"
"""The source under which people speak."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something is not as expected: in which line of the file, at which time of the day, and what."""

    line: int | None
    at: str
    what: str


def run(test: ReadyTest) -> list[Difference]:
    """Everything that is not as expected; nothing when the test passes."""
    engine = Engine(test.settings)
    found: list[Difference] = []
    waiting = list(test.story)
    for expected in sorted(test.expect, key=lambda one: one.at):
        while waiting and waiting[0].at <= expected.at:
            told = waiting.pop(0)
            engine.advance(told.at)
            if not isinstance(told.what, Act):
                engine.apply(told.what)
            elif (missed := _act(engine, told.what)) is not None:
                found.append(Difference(None, test.day.shown(told.at), missed))
        engine.advance(expected.at + 1)  # the tick of that instant is run
        found.extend(_compared(engine, expected, test.day))
    for kind, count in sorted(engine.anomalies.items()):
        found.append(Difference(test.line, "", f"the story contradicts itself: {kind} ({count})"))
    return found


def _act(engine: Engine, act: Act) -> str | None:
    """What somebody does; the answer when there is nothing to do it to."""
    if act.what == "silence":
        rules = () if act.rule == "*" else (act.rule,)
        subjects = () if act.subject == "*" else (act.subject,)
        silence = f"silence-{act.at}"
        engine.apply(
            OperatorSilenced(
                time=act.at,
                source=PEOPLE,
                silence=silence,
                since=act.at,
                until=act.until,
                who=act.who,
                why="",
                rules=rules,
                subjects=subjects,
            )
        )
        return None
    alert = next((one for one in engine.watch.pending_and_firing() if _is(one, act.rule, act.subject)), None)
    if alert is None:
        return f"there is no {act.rule} about {act.subject} to {act.what}"
    if act.what == "acknowledge":
        engine.apply(OperatorAcknowledged(time=act.at, source=PEOPLE, alert=alert.id, who=act.who))
    else:
        engine.apply(OperatorSnoozed(time=act.at, source=PEOPLE, alert=alert.id, until=act.until, who=act.who))
    return None


def _is(alert: Alert, rule: str, subject: str | None) -> bool:
    return alert.rule.name == rule and alert.subject == subject


def _compared(engine: Engine, expected: Expected, day: Day) -> Iterator[Difference]:
    at = day.shown(expected.at)
    live = [alert for alert in engine.watch.pending_and_firing() if _is_looked_at(alert, expected.what)]
    for wanted in expected.what.alerts:
        alert = _found(engine, live, wanted)
        if alert is None:
            yield Difference(expected.line, at, f"there is no {_named(wanted)}{_instead(engine, wanted, day)}")
            continue
        if alert in live:
            live.remove(alert)
        for text in _differences(engine, wanted, alert, day):
            yield Difference(expected.line, at, f"{wanted.rule} {wanted.subject()}: {text}")
    for alert in sorted(live, key=lambda one: one.id):
        yield Difference(expected.line, at, f"not expected: {_told(engine, alert, day)}")


def _is_looked_at(alert: Alert, expectation: Expectation) -> bool:
    return not expectation.rules or any(fnmatchcase(alert.rule.name, pattern) for pattern in expectation.rules)


def _found(engine: Engine, live: list[Alert], wanted: ExpectedAlert) -> Alert | None:
    """The alert that is meant; of those that are over, the latest."""
    among = reversed(engine.watch.history) if wanted.state == "resolved" else live
    return next(
        (
            alert
            for alert in among
            if _is(alert, wanted.rule, wanted.subject()) and (alert.state == "resolved") == (wanted.state == "resolved")
        ),
        None,
    )


def _named(wanted: ExpectedAlert) -> str:
    return f"{wanted.rule} about {wanted.subject()} ({wanted.state})"


def _instead(engine: Engine, wanted: ExpectedAlert, day: Day) -> str:
    """What there is of that rule and subject."""
    alerts = [*engine.watch.pending_and_firing(), *reversed(engine.watch.history)]
    alert = next((alert for alert in alerts if _is(alert, wanted.rule, wanted.subject())), None)
    return "" if alert is None else f"; there is {_told(engine, alert, day)}"


def _told(engine: Engine, alert: Alert, day: Day) -> str:
    """An alert in a few words."""
    since = alert.resolved_at or alert.acknowledged_at or alert.fired_at or alert.pending_at
    value = shown(engine.watch.gauges.value_now(alert, engine.now), FIGURES[alert.rule.figure].unit)
    reason = f", {alert.reason}" if alert.reason else ""
    return (
        f"{alert.rule.name} about {alert.subject} ({alert.state} since {day.shown(since)}, {alert.severity},"
        f" value {value}{reason})"
    )


def _differences(engine: Engine, wanted: ExpectedAlert, alert: Alert, day: Day) -> Iterator[str]:
    """What of it is not as expected."""
    for key in ("state", "severity", "n", "reason", "acknowledged_by", "labels"):
        expected, there = getattr(wanted, key), getattr(alert, key)
        if expected is not None and expected != there:
            yield f"{key} is {there}, expected {expected}"
    for key in CLOCKS:
        expected, instant = getattr(wanted, key), getattr(alert, key)
        if expected is not None and instant != day.at(expected):
            yield f"{key} is {'not yet' if instant is None else day.shown(instant)}, expected {expected}"
    unit = FIGURES[alert.rule.figure].unit
    value = engine.watch.gauges.value_now(alert, engine.now)
    if wanted.value is not None and not is_value(wanted.value, value, unit):
        yield f"value is {shown(value, unit)}, expected {wanted.value}"
    mute = engine.telling.muted(alert, engine.now)
    if wanted.muted not in (None, "no" if mute is None else mute.by):
        yield f"muted is {'no' if mute is None else f'{mute.by} ({mute.what})'}, expected {wanted.muted}"
    said = message(alert, value, alert.n, engine.settings)
    for lang, text in wanted.message.items():
        if said[lang] != text:
            yield f"message.{lang} is '{said[lang]}', expected '{text}'"
    for lang, text in wanted.advice.items():
        advice = Advisor(engine.watch.gauges).told(alert, engine.now).lead[lang]
        if text not in advice:
            yield f"advice.{lang} is '{advice}', expected '{text}' in it"
