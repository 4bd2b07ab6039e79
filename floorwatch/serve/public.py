"""What a public screen may know of the floor, written out field by field.

The public form is built up from what may be shown, never by deleting from what may not: a field added to the
private view stays private until it is named here. It holds counts only, no agent and no contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from floorwatch.agent_view import AdherenceView
from floorwatch.alert_view import ActionView, AlertView, EffectView, EscalationView, Text
from floorwatch.floor.outputs import PUBLIC_SCOPES
from floorwatch.floor.rules import Scope
from floorwatch.metrics.members import GROUP_MIN
from floorwatch.metrics.outlook import Outlook
from floorwatch.view import (
    FloorView,
    HoursView,
    InputView,
    IntervalView,
    ProjectionView,
    QueueView,
    SourceView,
    TrendPoint,
    Verdict,
    WindowView,
)


class PublicQueue(msgspec.Struct, frozen=True, kw_only=True):
    """One queue's tile. While `unknown_since` is set, everything that could be read as a number is null or empty."""

    name: str
    channel: str
    target: float
    threshold_ms: int
    short_abandon_ms: int
    formula: str
    verdict: Verdict
    unknown_since: int | None
    waiting: int | None
    waiting_past_threshold: int | None
    oldest_since: int | None
    longest_wait_ms: int | None
    windows: dict[str, WindowView]
    interval: IntervalView | None
    trend: tuple[TrendPoint, ...]
    gaps: tuple[tuple[int, int], ...]
    members: dict[str, int]
    present: int | None
    elsewhere: int | None
    membership: str
    last_event_at: int | None
    hours: HoursView | None
    concurrency: int
    room: int | None
    with_room: int | None
    projection: ProjectionView | None
    outlook: Outlook | None


class PublicMute(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody is told of an alert: how that came, and until when."""

    by: Literal["snooze", "silence", "rule"]
    until: int | None


class PublicEscalation(msgspec.Struct, frozen=True, kw_only=True):
    """How far an alert has been carried, and what comes next. Who is told is nobody else's business."""

    state: str
    step: int
    steps: int
    round: int
    rounds: int
    next_at: int | None
    next_step: int | None
    told: int
    """So many calls have been taken by an output."""


class PublicAction(msgspec.Struct, frozen=True, kw_only=True):
    """Something was done about an alert, and what it brought. Neither by whom, nor what they wrote."""

    kind: str
    at: int
    agents: int
    effects: dict[str, EffectView]


class PublicAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert about a queue, a feed, an output or floorwatch itself. Whether somebody has it is told, not who."""

    id: str
    rule: str
    scope: Scope
    labels: dict[str, str]
    """What it is about, under its scope."""
    severity: str
    state: str
    pending_at: int
    fired_at: int | None
    raised_at: int | None
    acknowledged_at: int | None
    resolved_at: int | None
    until: int | None
    muted: PublicMute | None
    value: float | None
    threshold: float
    n: int | None
    message: Text
    advice: Text
    escalation: PublicEscalation | None
    actions: tuple[PublicAction, ...]


class PublicSource(msgspec.Struct, frozen=True, kw_only=True):
    """How well one source is heard: figures of the feed, none of the floor."""

    name: str
    state: str
    since: int | None
    last_event_at: int | None
    delay_ms: int | None
    delay_ms_max: int | None
    clock_offset_ms: int
    clock_set_at: int | None
    events_per_s: float | None
    down_ms: int
    gaps: int
    events: int
    duplicates: int
    late: int
    corrections: int
    anomalies: dict[str, int]
    resynced: dict[str, int]
    invalid: dict[str, int]


class FloorLevel(msgspec.Struct, frozen=True, kw_only=True):
    """Service level of the whole floor today, over the queues that are known."""

    level: float | None
    hits: int
    n: int
    queues_unknown: int


class PublicFloor(msgspec.Struct, frozen=True, kw_only=True):
    """The floor at `at`, as anyone in the room may see it. `speed`: engine seconds per real second, for ticking on."""

    state: Literal["live"] = "live"
    at: int
    speed: float
    site: str
    timezone: str
    interval_ms: int
    min_sample: int
    banner_note: dict[str, str] | None
    today: FloorLevel
    adherence: AdherenceView | None
    """Of the whole floor today; None while no schedule is known, and of so few agents that it would speak of each."""
    exceptions: int | None
    """How many do not do just now what the schedule says; None where `adherence` is."""
    queues: tuple[PublicQueue, ...]
    activities: dict[str, int]
    alerts: tuple[PublicAlert, ...]
    sources: tuple[PublicSource, ...]
    input: InputView


def _public_queue(queue: QueueView) -> PublicQueue:
    known = queue.unknown_since is None
    return PublicQueue(
        name=queue.name,
        channel=queue.channel,
        target=queue.target,
        threshold_ms=queue.threshold_ms,
        short_abandon_ms=queue.short_abandon_ms,
        formula=queue.formula,
        verdict=queue.verdict,
        unknown_since=queue.unknown_since,
        waiting=queue.waiting if known else None,
        waiting_past_threshold=queue.waiting_past_threshold if known else None,
        oldest_since=queue.oldest_since if known else None,
        longest_wait_ms=queue.longest_wait_ms if known else None,
        windows=queue.windows if known else {},
        interval=queue.interval if known else None,
        trend=queue.trend,
        gaps=queue.gaps,
        members=queue.members if known else {},
        present=queue.present if known else None,
        elsewhere=queue.elsewhere if known else None,
        membership=queue.membership,
        last_event_at=queue.last_event_at,
        hours=queue.hours,
        concurrency=queue.concurrency,
        room=queue.room if known else None,
        with_room=queue.with_room if known else None,
        projection=queue.projection if known else None,
        outlook=queue.outlook if known else None,
    )


def public_alerts(alerts: Iterable[AlertView]) -> tuple[PublicAlert, ...]:
    """The public form of those that have one."""
    return tuple(_public_alert(alert) for alert in alerts if alert.scope in PUBLIC_SCOPES)


def _public_alert(alert: AlertView) -> PublicAlert:
    muted = alert.muted
    return PublicAlert(
        id=alert.id,
        rule=alert.rule,
        scope=alert.scope,
        labels={alert.scope: alert.labels[alert.scope]},
        severity=alert.severity,
        state=alert.state,
        pending_at=alert.pending_at,
        fired_at=alert.fired_at,
        raised_at=alert.raised_at,
        acknowledged_at=alert.acknowledged_at,
        resolved_at=alert.resolved_at,
        until=alert.until,
        muted=PublicMute(by=muted.by, until=muted.until) if muted is not None else None,
        value=alert.value,
        threshold=alert.threshold,
        n=alert.n,
        message=alert.message,
        advice=alert.advice,
        escalation=_public_escalation(alert.escalation) if alert.escalation is not None else None,
        actions=tuple(_public_action(action) for action in alert.actions),
    )


def _public_escalation(escalation: EscalationView) -> PublicEscalation:
    return PublicEscalation(
        state=escalation.state,
        step=escalation.step,
        steps=escalation.steps,
        round=escalation.round,
        rounds=escalation.rounds,
        next_at=escalation.next_at,
        next_step=escalation.next_step,
        told=sum(called.kind == "call" and called.sent_at is not None for called in escalation.called),
    )


def _public_action(action: ActionView) -> PublicAction:
    return PublicAction(kind=action.kind, at=action.at, agents=action.agents, effects=action.effects)


def _public_source(source: SourceView) -> PublicSource:
    return PublicSource(
        name=source.name,
        state=source.state,
        since=source.since,
        last_event_at=source.last_event_at,
        delay_ms=source.delay_ms,
        delay_ms_max=source.delay_ms_max,
        clock_offset_ms=source.clock_offset_ms,
        clock_set_at=source.clock_set_at,
        events_per_s=source.events_per_s,
        down_ms=source.down_ms,
        gaps=source.gaps,
        events=source.events,
        duplicates=source.duplicates,
        late=source.late,
        corrections=source.corrections,
        anomalies=source.anomalies,
        resynced=source.resynced,
        invalid=source.invalid,
    )


def floor_level(view: FloorView) -> FloorLevel:
    """Hits over decided of all known queues, business day so far: a ratio of sums, never a mean of ratios."""
    days = [queue.windows["day"] for queue in view.queues if queue.unknown_since is None and "day" in queue.windows]
    hits = sum(day.level_hits for day in days)
    decided = sum(day.level_n for day in days)
    return FloorLevel(
        level=hits / decided if decided else None,
        hits=hits,
        n=decided,
        queues_unknown=sum(queue.unknown_since is not None for queue in view.queues),
    )


def _adherence(view: FloorView) -> AdherenceView | None:
    kept = view.attendance
    return kept.floor if kept is not None and kept.floor.agents >= GROUP_MIN else None


def _exceptions(view: FloorView) -> int | None:
    kept = view.attendance
    return None if kept is None or _adherence(view) is None else sum(kept.exceptions_by_kind.values())


def public_floor(view: FloorView, *, speed: float, banner_note: Mapping[str, str] | None) -> PublicFloor:
    """The public form of `view`."""
    return PublicFloor(
        at=view.at,
        speed=speed,
        site=view.site,
        timezone=view.timezone,
        interval_ms=view.interval_ms,
        min_sample=view.min_sample,
        banner_note=dict(banner_note) if banner_note else None,
        today=floor_level(view),
        adherence=_adherence(view),
        exceptions=_exceptions(view),
        queues=tuple(_public_queue(queue) for queue in view.queues),
        activities=view.activities,
        alerts=public_alerts(view.alerts),
        sources=tuple(_public_source(source) for source in view.sources),
        input=view.input,
    )
