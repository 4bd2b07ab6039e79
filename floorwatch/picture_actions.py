"""What people did about alerts and what it brought, as pictures of the floor have it."""

from __future__ import annotations

from floorwatch.alert_view import ActionView, EffectView, WorkedView
from floorwatch.alerts.actions import SPANS, Action
from floorwatch.engine import Engine


def actions_shown(engine: Engine, alert: str) -> tuple[ActionView, ...]:
    """What was done about an alert, in order."""
    return tuple(action_shown(engine, action) for action in engine.actions.of(alert))


def action_shown(engine: Engine, action: Action) -> ActionView:
    """One action, with what is known of its effect."""
    return ActionView(
        id=action.id,
        kind=action.kind,
        at=action.at,
        who=action.who,
        note=action.note,
        agents=action.agents,
        effects={span: _effect(engine, action, span) for span in SPANS} if action.queue else {},
    )


def _effect(engine: Engine, action: Action, span: str) -> EffectView:
    due_at = engine.actions.due_at(action, span)
    spans = {} if action.foreseen is None else {one.span: one for one in action.foreseen.spans}
    foreseen, found = spans.get(span), action.measured.get(span)
    projected = None if foreseen is None else foreseen.level
    waiting_projected = None if foreseen is None else foreseen.waiting
    if found is None:
        return EffectView(due_at=due_at, projected=projected, waiting_projected=waiting_projected)
    return EffectView(
        due_at=due_at,
        level=found.level,
        n=found.n,
        projected=projected,
        effect=found.effect,
        low=found.low,
        high=found.high,
        waiting=found.waiting,
        waiting_projected=waiting_projected,
        waiting_without=found.waiting_without,
        shared=found.shared,
        why=found.why,
    )


def worked_shown(engine: Engine) -> tuple[WorkedView, ...]:
    """What the kinds of action have brought so far, the best first."""
    return tuple(WorkedView(**one._asdict()) for one in engine.actions.worked())
