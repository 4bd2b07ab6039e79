"""What a queue is headed for at the moment of an action, and without it: by the end of each span.

The minutes to come are drawn as the advice of alerts draws them (`trials`): rates from what their measurement leaves
open, the agents that are there, and nobody else.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from statistics import fmean

from floorwatch.alerts.actions import SPANS
from floorwatch.effects.measure import CONTACTS, TRIALS, TRIALS_MIN, Breathe
from floorwatch.effects.play import Comer, Counted, Seat, counted, stays
from floorwatch.floor.internal import ActionForeseen, ForeseenSpan
from floorwatch.metrics.outlook import Question
from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.staffing.recovery import Situation
from floorwatch.trials.doubt import rates
from floorwatch.trials.rest import rest_of

ENDS_S = [ms / 1000 for ms in SPANS.values()]


def foreseen(action: str, asked: Question, breathe: Breathe | None = None) -> ActionForeseen:
    """What an event about the action says of it."""
    if asked.situation is None:
        return ActionForeseen(time=asked.at, source="effects", action=action, missing=asked.missing)
    now = _lengthened(asked.situation)
    expected = now.arrivals[-1][0] * max(rate for _, rate in now.arrivals) + len(now.waited_s)
    trials = max(TRIALS_MIN, min(TRIALS, int(CONTACTS / max(1.0, expected))))
    chance = Random(f"{action}/foreseen")
    found: list[list[Counted]] = []
    for drawn in rates(asked, now, trials, chance):
        rest = rest_of(now, drawn, chance)
        comers = [
            Comer(at_s, patience_s, handling_s + rest.answer_s, ring_s=rest.answer_s)
            for at_s, patience_s, handling_s in rest.contacts
        ]
        seats = [Seat(free_s) for free_s in rest.hands]
        found.append(counted(stays(comers, seats, ENDS_S[-1]), ENDS_S, asked.policy))
        if breathe is not None:
            breathe()
    spans = (_span(span, [one[place] for one in found]) for place, span in enumerate(SPANS))
    return ActionForeseen(
        time=asked.at, source="effects", action=action, spans=tuple(one for one in spans if one is not None)
    )


def _lengthened(now: Situation) -> Situation:
    """As if nothing ended before the last span does: what comes last goes on."""
    kept = tuple((until, rate) for until, rate in now.arrivals if until < ENDS_S[-1])
    last = next((rate for until, rate in now.arrivals if until >= ENDS_S[-1]), now.arrivals[-1][1])
    return replace(now, arrivals=(*kept, (ENDS_S[-1], last)), hits=0, decided=0)


def _span(span: str, found: list[Counted]) -> ForeseenSpan | None:
    levels = sorted(level for one in found if (level := ratio(one.hits, one.decided)) is not None)
    if not levels:
        return None
    tenth = len(levels) // 10
    return ForeseenSpan(
        span=span,
        level=levels[len(levels) // 2],
        low=levels[tenth],
        high=levels[-1 - tenth],
        waiting=fmean(one.waiting for one in found),
    )
