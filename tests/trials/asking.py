"""Questions about a queue as a test needs them: everything is quiet unless it is said otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from floorwatch.floor.settings import Formula, QueuePolicy, StaffingPolicy
from floorwatch.metrics.measured import Measured, Recent, Stretch
from floorwatch.metrics.outlook import Question
from floorwatch.metrics.staffing.recovery import Situation

AT = 1_772_452_800_000
AHT_S = 180.0


def asked(
    *,
    left_s: float = 900.0,
    rate: float = 0.05,
    agents: int = 12,
    busy: int = 0,
    waited_s: Sequence[float] = (),
    hits: int = 0,
    decided: int = 0,
    known_s: float = 900.0,
    handled: int = 200,
    patience_s: float | None = 300.0,
    target: float = 0.8,
    formula: Formula = "short_abandons_excluded",
    concurrency: int = 1,
) -> Question:
    """The rate is known from so many seconds (`known_s`), handling from so many contacts (`handled`)."""
    situation = Situation(
        waited_s=tuple(waited_s),
        busy=busy,
        agents=agents,
        arrivals=((left_s, rate),),
        aht_s=AHT_S,
        patience_s=patience_s,
        hits=hits,
        decided=decided,
        formula=formula,
        threshold_s=20.0,
        short_abandon_s=5.0,
    )
    counted = round(rate * known_s)
    measured = Measured(
        offered=counted,
        over_ms=round(known_s * 1000),
        handled=handled,
        aht_ms=AHT_S * 1000,
        waits=500,
        abandons=60,
        patience_ms=None if patience_s is None else patience_s * 1000,
    )
    policy = QueuePolicy(target=target, formula=formula, concurrency=concurrency)
    until = AT + round(left_s * 1000)
    recent = Recent((Stretch(round(known_s * 1000), counted, handled, round(handled * AHT_S * 1000)),), answer_ms=0)
    return Question(
        "sales", AT, until, policy, StaffingPolicy(), measured, recent, agents, situation, "", hits, decided
    )
