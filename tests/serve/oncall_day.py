"""Alerts that were carried to people on call, in every way that can end; who is on call; and what was done."""

from __future__ import annotations

from msgspec.structs import replace

from floorwatch.alert_view import ActionView, AlertView, CalledView, EffectView, EscalationView, OnCallView, WorkedView
from floorwatch.shift_view import ShiftAlert, ShiftEffect, ShiftLine, ShiftReport
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
    known = EffectView(
        due_at=before(5),
        level=0.676,
        n=143,
        projected=0.582,
        effect=0.062,
        low=0.031,
        high=0.097,
        waiting=4,
        waiting_without=8.7,
        shared=True,
    )
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


def worked() -> tuple[WorkedView, ...]:
    """What the kinds have brought, the best first: an announcement everywhere, and otherwise on `sales`."""
    announced = WorkedView(kind="announcement", queue="", n=20, effect=0.12, error=0.01, low=0.08, high=0.16)
    return (
        announced,
        replace(announced, kind="called_in", n=12, effect=0.094),
        replace(announced, queue="sales", n=6, effect=0.02),
        replace(announced, queue="vip", n=6, effect=-0.02),
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


class ShiftsKept:
    """Two turns of one rota: the one that runs, and the one before it, in which two alerts fired and one was left."""

    timezone = "Europe/Berlin"

    def now_ms(self) -> int:
        return AT

    async def lines(self) -> list[ShiftLine]:
        return [_line(one) for one in _reports() if one.key != RUNNING]

    def running(self) -> list[ShiftLine]:
        return [_line(one) for one in _reports() if one.key == RUNNING]

    def report(self, key: str) -> ShiftReport | None:
        return next((one for one in _reports() if one.key == key), None)


RUNNING = "shift:north:now"
NOON = AT - 8 * 3_600_000


def _reports() -> tuple[ShiftReport, ShiftReport]:
    first, second, third = PEOPLE
    turn = {"site": "Harbour Street", "timezone": "Europe/Berlin", "rota": "north", "team": "blue"}
    message = {"en": "sales: 61 % answered in 20 s", "zh": "sales：20 秒内接通 61%"}
    over = ShiftAlert(
        id="r/sales/1",
        rule="service_level_low",
        scope="queue",
        subject="sales",
        severity="critical",
        message=message,
        fired_at=NOON - 7_200_000,
        told=(first, second),
        taken_by=(second,),
        actions=("back_from_training", "announcement"),
        effects=(ShiftEffect(kind="announcement", effect=0.09),),
        acknowledge_ms=240_000,
        act_ms=300_000,
        recover_ms=1_500_000,
    )
    left = replace(
        over,
        id="r/vip/2",
        subject="vip",
        severity="emergency",
        message={"en": "vip: nobody is there", "zh": "vip：无人在岗"},
        told=(first,),
        unreached=(second,),
        taken_by=(),
        actions=(),
        effects=(),
        acknowledge_ms=None,
        act_ms=None,
        recover_ms=None,
        is_live=True,
    )
    past = ShiftReport(
        **turn,
        key=f"shift:north:{NOON}",
        since=NOON - 43_200_000,
        until=NOON,
        people=(first,),
        next_people=(third,),
        alerts=(over, left),
        n_by_severity={"emergency": 1, "critical": 1},
        acknowledge_ms=240_000,
        acknowledge_n=1,
        recover_ms=1_500_000,
        recover_n=1,
    )
    return (
        ShiftReport(
            **turn,
            key=RUNNING,
            since=NOON,
            until=AT,
            people=(third,),
            next_people=(first,),
            next_at=AT + 2 * 3_600_000,
        ),
        past,
    )


def _line(report: ShiftReport) -> ShiftLine:
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
