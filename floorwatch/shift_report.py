"""The report of one turn of a rota: made of the engine, as it was at the hand-over.

What happened later is not in it: made again, also after a restart, it is the same. Before `known_since` nothing is
known of the floor, as after a change of settings, when two days are counted anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median

from floorwatch.alerts.actions import SUMMED, Action
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.oncall.course import Taken
from floorwatch.alerts.oncall.record import Record
from floorwatch.alerts.oncall.roster import Handover
from floorwatch.alerts.texts import message_at_fire
from floorwatch.engine import FAR_FUTURE, Engine
from floorwatch.floor.oncall import Escalation
from floorwatch.floor.rules import RANKS, Severity
from floorwatch.shift_view import ShiftAlert, ShiftEffect, ShiftLine, ShiftReport


def build_shift(engine: Engine, handover: Handover) -> ShiftReport:
    """What happened between taking over and handing over."""
    settings, loaded = engine.settings, engine.calling.roster.loaded(handover.rota)
    until, done = handover.until, dict[str, list[Action]]()
    for action in engine.actions:
        if action.at <= until:
            done.setdefault(action.alert, []).append(action)
    alerts = tuple(_shown(engine, alert, done.get(alert.id, ()), until) for alert in _of_shift(engine, handover))
    acknowledge, act, recover = (
        _median(times)
        for times in (
            [alert.acknowledge_ms for alert in alerts],
            [alert.act_ms for alert in alerts],
            [alert.recover_ms for alert in alerts],
        )
    )
    return ShiftReport(
        key=handover.key,
        site=settings.site,
        timezone=settings.timezone,
        rota=handover.rota,
        team="" if loaded is None else loaded.team,
        since=handover.since,
        until=handover.until,
        people=handover.people,
        next_people=handover.next_people,
        alerts=alerts,
        n_by_severity=_by_severity(alerts),
        acknowledge_ms=acknowledge[0],
        acknowledge_n=acknowledge[1],
        act_ms=act[0],
        act_n=act[1],
        recover_ms=recover[0],
        recover_n=recover[1],
        known_since=_known_since(engine, handover, alerts),
    )


def _known_since(engine: Engine, handover: Handover, alerts: Sequence[ShiftAlert]) -> int | None:
    """Before the first word of a source nothing is known of the floor; in a turn in which none has spoken, nothing."""
    if engine.first_at <= handover.since or (engine.first_at == FAR_FUTURE and alerts):
        return None
    return min(engine.first_at, handover.until)


def line_of(report: ShiftReport) -> ShiftLine:
    """The report in a list of them."""
    return ShiftLine(
        key=report.key,
        rota=report.rota,
        team=report.team,
        since=report.since,
        until=report.until,
        people=report.people,
        next_people=report.next_people,
        n_by_severity=report.n_by_severity,
        n_live=sum(alert.is_live for alert in report.alerts),
    )


# Which alerts


def _of_shift(engine: Engine, handover: Handover) -> Iterator[Alert]:
    """Those that fired in the turn or still lived when it began, and concern its rota; in the order in which they
    fired."""
    carried = any(_names(one, handover.rota) for one in engine.settings.oncall.escalations)
    for alert in engine.watch.history:
        fired_at = alert.fired_at or 0
        if fired_at >= handover.until:
            break
        lived = fired_at >= handover.since or alert.resolved_at is None or alert.resolved_at > handover.since
        if lived and _concerns(engine, alert, handover, carried=carried):
            yield alert


def _concerns(engine: Engine, alert: Alert, handover: Handover, *, carried: bool) -> bool:
    """A rota that no escalation names looks after everything but other teams."""
    if not carried:
        loaded = engine.calling.roster.loaded(handover.rota)
        team = "" if loaded is None else loaded.team
        return alert.rule.scope != "team" or team in ("", alert.subject)
    fitted = {engine.calling.fitting(alert, severity) for severity in _severities(engine, alert, handover.until)}
    return any(one is not None and _names(one, handover.rota) for one in fitted)


def _severities(engine: Engine, alert: Alert, until: int) -> list[Severity]:
    """All that it had by then, in order."""
    course = engine.calling.courses.of(alert.id)
    if course is None:
        return [alert.severity_at_fire or alert.severity]
    return [severity for at, severity in course.severities if at <= until]


def _names(escalation: Escalation, rota: str) -> bool:
    return any(whom.kind == "rota" and whom.name == rota for step in escalation.steps for whom in step.tell)


# What of each


def _shown(engine: Engine, alert: Alert, actions: Sequence[Action], until: int) -> ShiftAlert:
    fired_at = alert.fired_at or 0
    record = engine.calling.records.get(alert.id)
    taken = _taken(engine, alert, until)
    resolved_at = alert.resolved_at if alert.resolved_at is not None and alert.resolved_at <= until else None
    return ShiftAlert(
        id=alert.id,
        rule=alert.rule.name,
        scope=alert.rule.scope,
        subject=alert.subject,
        severity=_severities(engine, alert, until)[-1],
        message=message_at_fire(alert, engine.settings),
        fired_at=fired_at,
        told=_told(record, until),
        unreached=_unreached(record, until),
        taken_by=tuple(dict.fromkeys(one.who for one in taken)),
        actions=tuple(action.kind for action in actions),
        effects=tuple(_effects(actions, until)),
        acknowledge_ms=taken[0].at - fired_at if taken else None,
        act_ms=actions[0].at - fired_at if actions else None,
        recover_ms=None if resolved_at is None else resolved_at - fired_at,
        is_live=resolved_at is None,
    )


def _told(record: Record | None, until: int) -> tuple[str, ...]:
    if record is None:
        return ()
    sent = [page for page in record.pages if page.kind == "call" and (page.sent_at or FAR_FUTURE) <= until]
    return tuple(dict.fromkeys(page.person for page in sent))


def _unreached(record: Record | None, until: int) -> tuple[str, ...]:
    if record is None:
        return ()
    lost = [page.person for page in record.pages if page.kind == "call" and (page.lost_at or FAR_FUTURE) <= until]
    told = _told(record, until)
    return tuple(dict.fromkeys(person for person in lost if person not in told))


def _effects(actions: Iterable[Action], until: int) -> Iterator[ShiftEffect]:
    for action in actions:
        found = action.measured.get(SUMMED)
        if found is not None and found.effect is not None and action.measured_at[SUMMED] <= until:
            yield ShiftEffect(kind=action.kind, effect=found.effect, shared=found.shared)


def _taken(engine: Engine, alert: Alert, until: int) -> list[Taken]:
    """Every time somebody took it in hand."""
    course = engine.calling.courses.of(alert.id)
    return [] if course is None else [taken for taken in course.taken if taken.at <= until]


def _by_severity(alerts: Iterable[ShiftAlert]) -> dict[str, int]:
    """The worst first."""
    counted = Counter(alert.severity for alert in alerts)
    return {severity: counted[severity] for severity in reversed(RANKS) if counted[severity]}


def _median(times_ms: Iterable[int | None]) -> tuple[int | None, int]:
    """(the median of those that are known, how many they are)."""
    known = [ms for ms in times_ms if ms is not None]
    return (int(median(known)), len(known)) if known else (None, 0)
