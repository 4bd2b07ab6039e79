"""The report of a replay: what the floor looked like, exactly. Its shape is a public contract."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.texts import message_at_fire
from floorwatch.engine import Engine
from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ACTIVITIES
from floorwatch.floor.agent import Agent
from floorwatch.floor.hours import Hours
from floorwatch.floor.visit import WAITING, Visit
from floorwatch.ingest.source import InputCounts
from floorwatch.metrics import tally as t
from floorwatch.metrics.catalogue import definitions
from floorwatch.metrics.interval import NO_WAIT, Interval
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.measures import abandon_ratio, asa_seconds
from floorwatch.metrics.occupancy import by_interval, load_occupancy, occupancy
from floorwatch.metrics.service_level import FORMULAS, decided, level, ratio
from floorwatch.metrics.unseen import (
    hides_adherence,
    hides_occupancy,
    unseen_activities,
    unseen_of_agent,
    unseen_of_queue,
)

Json = dict[str, Any]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(instant: int) -> str:
    """An instant in UTC, to the millisecond."""
    return (EPOCH + timedelta(milliseconds=instant)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant % 1000:03d}Z"


def seconds(ms: int) -> float:
    """Seconds with millisecond precision."""
    return round(ms / 1000, 3)


def canonical_json(report: Json) -> bytes:
    """The report's bytes: keys sorted, the same on every machine."""
    return json.dumps(report, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


def build_report(engine: Engine, counts: InputCounts, until: int | None = None) -> Json:
    """Close the books and write everything down. The engine must not be used afterwards.

    `until`: the instant at which they are closed, which the engine has reached; None is the last event's.
    """
    start, end = engine.first_at, engine.last_at if until is None else until
    books, has_events = engine.books, bool(engine.applied)
    if has_events:
        close_books(engine, end)
    grid = books.calendar.intervals(start, end) if has_events else []
    occupied = by_interval(books)
    answered, declined = _answered_and_declined(engine)
    report: Json = {
        "definitions": definitions(),
        "input": _input(engine, counts),
        "from": rfc3339(start) if has_events else None,
        "to": rfc3339(end) if has_events else None,
        "sources": {name: _source(engine, name, end) for name in books.sources},
        "queues": {name: _queue(engine, ledger, grid, occupied) for name, ledger in books.ledgers.items()},
        "agents": {name: _agent(engine, agent, answered[name], declined[name]) for name, agent in books.agents.items()},
        "alerts": [_alert(engine, alert) for alert in _in_order(engine.watch.history)],
    }
    digest = hashlib.sha256(canonical_json(report)).hexdigest()
    return report | {"digest": digest}


def close_books(engine: Engine, end: int) -> None:
    """Everything open counts up to `end`: T that has passed by then is decided, T that has not is not.

    The engine must not be told anything afterwards.
    """
    books = engine.books
    for source in books.sources.values():
        for contact in source.contacts.values():
            for visit in contact.visits:
                if visit.phase == WAITING and visit.deadline > end and visit.missed:
                    visit.missed = False
                    visit.ledger.missed(visit, -1)
                elif visit.phase == WAITING and visit.deadline <= end:
                    books.contacts.threshold_passed(visit)
                _ledger_of(visit).settle_wait(visit)
    for agent in books.agents.values():
        agent.close(end)


def _ledger_of(visit: Visit) -> QueueLedger:
    assert isinstance(visit.ledger, QueueLedger)
    return visit.ledger


def _input(engine: Engine, counts: InputCounts) -> Json:
    return {
        "read": counts.read,
        "applied": engine.applied,
        "duplicate": engine.duplicates,
        "late": engine.late,
        "invalid": dict(counts.invalid),
        "ignored": counts.ignored,
        "unknown_attributes": counts.unknown_attributes,
        "anomalies": {kind: n for kind, n in engine.anomalies.items() if n},
    }


def _source(engine: Engine, name: str, end: int) -> Json:
    source = engine.books.sources[name]
    return {
        "down_seconds": seconds(source.down_ms(end)),
        "gaps": [{"from": rfc3339(since), "to": rfc3339(until)} for since, until in sorted(source.gaps)],
        "resynced": dict(engine.resynced.get(name, {})),
        "unseen": sorted(source.unseen),
    }


def _queue(
    engine: Engine, ledger: QueueLedger, grid: list[tuple[int, int]], occupied: dict[tuple[str, int], list[int]]
) -> Json:
    total, policy, unseen = ledger.rolling.total, ledger.policy, unseen_of_queue(engine.books, ledger)
    levels = {f: decided(total, f, exits_count=policy.exits_count) for f in FORMULAS}
    wait_ms_max = max((interval.wait_ms_max for interval in ledger.intervals.values()), default=NO_WAIT)
    handled = t.read(total, "handled")
    return {
        "channel": ledger.channel,
        "target": {
            "ratio": policy.target,
            "threshold_seconds": seconds(policy.threshold_ms),
            "short_abandon_seconds": seconds(policy.short_abandon_ms),
            "formula": policy.formula,
        },
        "concurrency": policy.concurrency,
        "hours": None if policy.hours is None else _hours(policy.hours),
        **_counts(total),
        "abandoned_in_threshold": t.read(total, "abandoned_in_threshold"),
        "exited": t.exits(total),
        "refused": None if u.REFUSED in unseen else t.refusals(total),
        "unknown_entry": t.read(total, "unknown_entry"),
        "declined": None if u.DECLINED in unseen else t.read(total, "declined"),
        "transferred": None if u.TRANSFERRED in unseen else t.read(total, "transferred"),
        "waiting_at_end": len(ledger.waiting),
        "service_level": {formula: ratio(hits, n) for formula, (hits, n) in levels.items()},
        "service_level_n": {formula: n for formula, (_, n) in levels.items()},
        "wait_seconds_total": seconds(t.read(total, "wait_ms")),
        "asa_seconds": asa_seconds(total),
        "wait_seconds_max": None if wait_ms_max == NO_WAIT else seconds(wait_ms_max),
        "abandon_ratio": abandon_ratio(total),
        "talk_seconds": seconds(t.read(total, "talk_ms")),
        "hold_seconds": None if u.HOLD in unseen else seconds(t.read(total, "hold_ms")),
        "wrap_up_seconds": None if u.WRAP_UP in unseen else seconds(t.read(total, "wrap_up_ms")),
        "handled": handled,
        "aht_seconds": None if u.WRAP_UP in unseen else ratio(t.read(total, "handling_ms") / 1000, handled),
        "intervals": [_interval(engine, ledger, ledger.interval_at(at), occupied) for at, _ in grid],
    }


def _hours(hours: Hours) -> Json:
    return {"week": hours.by_day(), "holidays": sorted(day.isoformat() for day in hours.holidays)}


def _counts(tally: int) -> Json:
    figures = ("offered", "answered", "abandoned", "abandoned_short")
    return {name: t.read(tally, name) for name in figures} | {"answered_in_threshold": t.read(tally, "in_threshold")}


def _interval(
    engine: Engine, ledger: QueueLedger, interval: Interval, occupied: dict[tuple[str, int], list[int]]
) -> Json:
    hits, n = level(interval.tally, ledger.policy)
    arrival_hits, arrival_n = level(interval.arrival, ledger.policy)
    spent = occupied.get((ledger.name, interval.start))
    incomplete, backfilled = engine.books.gap_marks(ledger, interval.start, interval.end)
    return {
        "start": engine.books.calendar.local(interval.start).isoformat(timespec="milliseconds"),
        "incomplete": incomplete,
        "backfilled": backfilled,
        "corrected": interval.corrected,
        **_counts(interval.tally),
        "service_level_by_event": ratio(hits, n),
        "service_level_by_event_n": n,
        "service_level_by_arrival": ratio(arrival_hits, arrival_n),
        "service_level_by_arrival_n": arrival_n,
        "asa_seconds": asa_seconds(interval.tally),
        "wait_seconds_max": None if interval.wait_ms_max == NO_WAIT else seconds(interval.wait_ms_max),
        "occupancy": None if spent is None else occupancy(spent),
        "load_occupancy": None if spent is None else load_occupancy(spent, engine.books.capacities.whole),
    }


def _by_key(spent: dict[str, int]) -> Json:
    return {key: seconds(ms) for key, ms in spent.items() if ms}


def _answered_and_declined(engine: Engine) -> tuple[Counter[str], Counter[str]]:
    """Contacts answered and attempts declined, by agent."""
    answered, declined = Counter[str](), Counter[str]()
    for ledger in engine.books.ledgers.values():
        for interval in ledger.intervals.values():
            answered.update(interval.answered_by)
            declined.update(interval.declined_by)
    return answered, declined


def _agent(engine: Engine, agent: Agent, answered: int, declined: int) -> Json:
    time = engine.books.times[agent.name]
    spent, unseen = time.spent_ms(), unseen_of_agent(engine.books, agent)
    has_reasons = unseen.isdisjoint((u.PAUSES, u.PAUSE_REASONS))
    paused_by_queue: dict[str, Json] = {}
    for (queue, reason), ms in time.paused_in.items():
        if ms:
            paused_by_queue.setdefault(queue, {})[reason] = seconds(ms)
    return {
        "seconds": {ACTIVITIES[activity]: seconds(ms) for activity, ms in enumerate(spent) if ms}
        | {ACTIVITIES[activity]: None for activity in unseen_activities(unseen)},
        "paused_seconds": _by_key(time.paused) if has_reasons else None,
        "paused_any_seconds": _by_key(time.paused_any) if has_reasons else None,
        "paused_by_queue": paused_by_queue if has_reasons else None,
        "answered": answered,
        "declined": None if u.DECLINED in unseen else declined,
        "occupancy": None if hides_occupancy(unseen) else occupancy(spent),
        "load_occupancy": None
        if hides_occupancy(unseen)
        else load_occupancy((*spent, time.beyond()), time.capacity.whole),
        "adherence": _adherence(engine, agent),
    }


def _adherence(engine: Engine, agent: Agent) -> Json:
    """All null while no schedule is known, and where no feed can tell what it is held against."""
    attendance = engine.books.attendance
    if not attendance.schedule.was_loaded or hides_adherence(engine.books, agent):
        figures = ("scheduled_seconds", "in_seconds", "out_seconds", "neutral_seconds", "ratio", "conformance")
        return dict.fromkeys(figures)
    sums = attendance.total(agent.name, engine.last_at)
    return {
        "scheduled_seconds": seconds(sums.scheduled_ms),
        "in_seconds": seconds(sums.in_ms),
        "out_seconds": seconds(sums.out_ms),
        "neutral_seconds": seconds(sums.neutral_total_ms),
        "neutral_by_cause": {cause or "rule": seconds(ms) for cause, ms in sums.neutral_ms.items() if ms},
        "extra_seconds": seconds(sums.extra_ms),
        "ratio": sums.adherence,
        "conformance": sums.conformance,
    }


def _in_order(alerts: list[Alert]) -> list[Alert]:
    return sorted(alerts, key=lambda alert: (alert.fired_at or 0, alert.rule.name, alert.subject))


def _alert(engine: Engine, alert: Alert) -> Json:
    return {
        "rule": alert.rule.name,
        "labels": alert.labels,
        "severity": alert.severity,
        "severity_at_fire": alert.severity_at_fire,
        "pending_at": rfc3339(alert.pending_at),
        "fired_at": rfc3339(alert.fired_at or 0),
        "resolved_at": None if alert.resolved_at is None else rfc3339(alert.resolved_at),
        "resolved_by": alert.reason or None,
        "value_at_fire": alert.value_at_fire,
        "n_at_fire": alert.n_at_fire,
        "message": message_at_fire(alert, engine.settings)["en"],
    }
