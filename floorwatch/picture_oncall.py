"""Who is on call, and how far each alert was carried, as pictures of the floor have it."""

from __future__ import annotations

from typing import Literal

from floorwatch.alert_view import CalledView, EscalationView, OnCallView
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.oncall.climbing import begins_at
from floorwatch.alerts.oncall.record import Climb, Page, Record
from floorwatch.engine import Engine


def oncall_shown(engine: Engine, at: int | None = None) -> tuple[OnCallView, ...]:
    """Every rota at this instant, else now, as configured; then those that only the journal knows."""
    at = engine.now if at is None else at
    rotas = dict.fromkeys([*engine.settings.oncall.rotas, *engine.calling.roster.rotas])
    return tuple(_rota(engine, rota, at) for rota in rotas)


def _rota(engine: Engine, rota: str, at: int) -> OnCallView:
    roster = engine.calling.roster
    loaded, until = roster.loaded(rota), roster.change_after(rota, at)
    override = roster.overriding(rota, at)
    return OnCallView(
        rota=rota,
        team="" if loaded is None else loaded.team,
        people=roster.on_call(rota, at),
        until=until,
        next_people=() if until is None else roster.on_call(rota, until),
        known_until=None if loaded is None else loaded.until,
        override="" if override is None else override.id,
    )


def escalation_shown(engine: Engine, alert: Alert) -> EscalationView | None:
    """How far an alert was carried; None: no escalation fits it."""
    record = engine.calling.records.get(alert.id)
    if record is None:
        return None
    climb, escalation = record.climb, record.escalation
    state = escalation_state(record)
    next_at, next_step = None, None
    if state == "climbing" and climb is not None:
        next_at, next_step = climb.next_at, climb.step + 1
    elif state == "taken":
        next_at, next_step = begins_at(record), 1
    return EscalationView(
        name=escalation.name,
        steps=len(escalation.steps),
        rounds=escalation.rounds,
        step=0 if climb is None else climb.done_step,
        round=1 if climb is None else climb.done_round,
        next_at=next_at,
        next_step=None if next_at is None else next_step,
        state=state,
        called=_all_called(engine, record),
    )


def escalation_state(record: Record) -> Literal["climbing", "taken", "muted", "exhausted", "over"]:
    """How an alert stands on its way to people."""
    if not record.alert.is_live:
        return "over"
    if record.is_muted:
        return "muted"
    climb: Climb | None = record.climb
    if climb is None:
        return "taken" if record.alert.state == "acknowledged" else "climbing"
    return "exhausted" if climb.next_at is None else "climbing"


def _all_called(engine: Engine, record: Record) -> tuple[CalledView, ...]:
    """Everything that was said, is to be, or was refused; what was overtaken before it left is of no interest."""
    shown = (page for page in record.pages if page.sent_at is not None or page.refused or not page.is_overtaken)
    return tuple(_called(engine, page, record) for page in shown)


def _called(engine: Engine, page: Page, record: Record) -> CalledView:
    calling, now = engine.calling, engine.now
    return CalledView(
        at=page.made_at,
        person=page.person,
        kind=page.kind,
        rota=page.rota,
        step=page.step,
        round=page.round,
        output=page.output or calling.way(page, record, now),
        sent_at=page.sent_at,
        refused=tuple(dict.fromkeys(output for output, _ in page.refused)),
        held_until=calling.held_until(page, record, now),
    )
