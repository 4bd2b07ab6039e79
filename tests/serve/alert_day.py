"""A day of alerts with what became of each: one got worse, one is in hand, one is put off, one is about to fire, and
two are over, the older of which is only shown to who asks for it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from floorwatch.alert_view import AlertView, LevelThen, MutedView, Snoozed, Story, Taken
from tests.serve.floors import AGENTS, AT, alert
from tests.serve.wall import ADVICE, firing

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
WORSE, IN_HAND, PUT_OFF, COMING, OVER, OLD = (
    f"{rule}/{queue}/{AT}"
    for rule, queue in (
        ("service_level_low", "sales"),
        ("longest_wait_high", "billing"),
        ("service_level_low", "mail"),
        ("service_level_low", "vip"),
        ("longest_wait_high", "sales"),
        ("no_agents", "support"),
    )
)
"""Ids."""


def before(minutes: float) -> int:
    """The instant so many minutes ago."""
    return AT - round(minutes * MINUTE_MS)


def alerts() -> tuple[AlertView, ...]:
    """As the desk has them."""
    muted = MutedView(by="snooze", what=AGENTS[0], until=AT + 20 * MINUTE_MS)
    waits = "longest_wait_high"
    return (
        firing("sales", "critical", id=WORSE, raised_at=before(5), pending_at=before(13), fired_at=before(12)),
        replace(
            firing("billing", "warning", id=IN_HAND, rule=waits, pending_at=before(4), fired_at=before(3)),
            state="acknowledged",
            acknowledged_at=before(2),
            acknowledged_by=AGENTS[0],
            note=f"{AGENTS[0]} calls",
        ),
        firing("mail", "warning", id=PUT_OFF, muted=muted, pending_at=before(54), fired_at=before(50)),
        replace(alert("vip", state="pending"), id=COMING, pending_at=before(0.3), fired_at=None),
        _over(OVER, "sales", waits, since=31, until=9),
        _over(OLD, "support", "no_agents", since=300, until=280, severity="emergency", acknowledged_at=before(290)),
    )


def _over(id_: str, queue: str, rule: str, since: int, until: int, **changed: Any) -> AlertView:
    told = {"pending_at": before(since), "fired_at": before(since - 1), "resolved_at": before(until), "advice": {}}
    return replace(alert(queue, state="resolved"), id=id_, rule=rule, **told | changed)


def stories() -> dict[str, Story]:
    """What became of those that have fired; of the one put off nobody saw the beginning."""
    lead = {lang: f"{AGENTS[1]}: {text}" for lang, text in ADVICE.items()}
    taken = Taken(at=before(9), who=AGENTS[0], note=f"{AGENTS[1]} was called")
    return {
        WORSE: Story(
            severity_at_fire="warning",
            message={"en": "sales: 71 % answered in 20 s", "zh": "sales：20 秒内接通 71%"},
            advice=ADVICE,
            lead_advice=lead,
            taken=[taken],
            snoozed=[Snoozed(at=before(8), until=AT, who=AGENTS[0])],
            target=0.8,
            levels={"fired": _level(12, 0.71, 90), "acknowledged": _level(9, 0.66, 99)},
        ),
        IN_HAND: Story(severity_at_fire="warning", message=alert("billing").message, target=0.8),
        PUT_OFF: Story(severity_at_fire="warning", message=alert("mail").message, target=0.8),
        OVER: Story(
            severity_at_fire="warning",
            message=alert("sales").message,
            reason="no_contacts",
            target=0.8,
            levels={"fired": _level(30.4, 0.79, 50), "resolved": _level(9, None, 0)},
        ),
        OLD: Story(
            severity_at_fire="emergency",
            message=alert("support").message,
            reason="cleared",
            advice=ADVICE,
            taken=[Taken(at=before(290), who=AGENTS[0], note="")],
            target=0.8,
            levels={
                "fired": _level(299, 0.5, 40),
                "acknowledged": _level(290, 0.4, 44),
                "resolved": _level(280, 0.81, 60),
                "later": _level(265, 0.9, 61),
            },
        ),
    }


def _level(minutes: float, level: float | None, n: int) -> LevelThen:
    return LevelThen(at=before(minutes), level=level, n=n)
