"""Alerts that were carried to people on call, in every way that can end; who is on call; and what was done."""

from __future__ import annotations

from msgspec.structs import replace

from floorwatch.alert_view import ActionView, AlertView, CalledView, EffectView, EscalationView, OnCallView
from tests.serve.alert_day import IN_HAND, MINUTE_MS, WORSE, alerts, before
from tests.serve.floors import AT

PEOPLE = ("Ωλεαδ-1", "Ωλεαδ-2", "Ωλεαδ-3")
"""On call: names whose letters occur nowhere else."""
NOTE = "Ωνοτε"
"""What one of them wrote."""


def called() -> tuple[CalledView, ...]:
    """Sent; refused and sent by the next; held; overtaken."""
    first, second, third = PEOPLE
    call = CalledView(at=before(12), person=first, kind="call", rota="north", step=1, round=1)
    return (
        replace(call, output="sms", sent_at=before(12) + 2_000),
        replace(call, at=before(9), output="mail", sent_at=before(8.9), refused=("sms",)),
        replace(call, at=before(6), person=third, rota="south", step=2),
        replace(call, at=before(6), person=second, rota="", step=2, held_until=AT + 40 * MINUTE_MS),
        replace(call, at=before(3), person=second, rota="", step=2, output="sms"),
    )


CLIMBING = EscalationView(name="floor", steps=3, rounds=3, step=2, next_at=AT + 3 * MINUTE_MS, next_step=3)
"""Without anybody who was called."""


def oncall_alerts() -> tuple[AlertView, ...]:
    """Those of `alert_day`: the worst is being carried on, the one in hand may begin anew."""
    taken = replace(CLIMBING, step=1, state="taken", next_at=AT + 20 * MINUTE_MS, next_step=1, called=called()[:1])
    given = {WORSE: replace(CLIMBING, called=called()), IN_HAND: taken}
    return tuple(
        replace(one, escalation=given.get(one.id), actions=actions() if one.id == WORSE else ()) for one in alerts()
    )


def actions() -> tuple[ActionView, ...]:
    """Two: of the first a part of the effect is known, of the second none will be."""
    known = EffectView(due_at=before(5), level=0.676, n=143, projected=0.614, effect=0.062)
    return (
        ActionView(
            id=f"{WORSE}/{PEOPLE[0]}/1",
            kind="back_from_training",
            at=before(10),
            who=PEOPLE[0],
            note=NOTE,
            agents=3,
            effects={"5m": known, "15m": EffectView(due_at=AT + 5 * MINUTE_MS), "30m": EffectView(due_at=AT + 1)},
        ),
        ActionView(
            id="2",
            kind="announcement",
            at=before(4),
            who=PEOPLE[1],
            effects={"5m": EffectView(due_at=before(1), why="small_sample")},
        ),
    )


def rotas() -> tuple[OnCallView, ...]:
    """One with somebody, one by an override, one with a gap, one of which nothing is known."""
    first, second, third = PEOPLE
    later = AT + 30 * 86_400_000
    return (
        OnCallView(
            rota="north", team="blue", people=(first,), until=AT + 7_200_000, next_people=(second,), known_until=later
        ),
        OnCallView(rota="east", team="blue", people=(third,), until=None, known_until=later, override="o1"),
        OnCallView(
            rota="south", team="red", people=(), until=AT + 50_000_000, next_people=(second,), known_until=later
        ),
        OnCallView(rota="west", team="red", people=(), until=None),
    )
