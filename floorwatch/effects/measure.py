"""The effect of an action: its minutes as they were, less the same minutes played once more without it.

What is known of these minutes stays as it was: when customers came, the patience of those who left, how long those who
were answered took, when agents had other things to do. What is not known is drawn: the patience of those who were
answered, the handling of those who were not. The dice are seeded by the question: the same question has the same
answer.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log
from random import Random
from statistics import fmean

from floorwatch.effects.case import Came, Case, Hazard, Patience
from floorwatch.effects.play import Comer, Counted, Seat, Stay, counted, stays
from floorwatch.metrics.service_level import ratio
from floorwatch.trials.doubt import gamma_quantile
from floorwatch.trials.rest import HANDLING, SIZE

TRIALS = 100
TRIALS_MIN = 20
CONTACTS = 40_000
"""So many customers are played, in all trials together, before there are fewer trials than `TRIALS`."""

Breathe = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action has brought in one span. Levels are ratios, the effect a difference of two."""

    level: float | None
    """As it was, of `n` visits decided in the span."""
    n: int
    effect: float | None
    """None where nothing was decided, one way or the other."""
    low: float | None
    high: float | None
    """What is not known leaves it open: eight times in ten it lies between."""
    waiting: int
    """At the end of the span."""
    waiting_without: float


def measured(case: Case, breathe: Breathe | None = None) -> Effect:
    """The effect; in between trials `breathe` is called, where others wait for their turn."""
    own = (Stay(came.at_s, came.wait_s, came.how) for came in case.came if came.queue == case.queue)
    was = counted(own, [case.span_s], case.policy)[0]
    level = ratio(was.hits, was.decided)
    if level is None or not case.brings:
        nothing = None if level is None or case.is_unseen else 0.0
        return Effect(level, was.decided, nothing, nothing, nothing, was.waiting, was.waiting)
    without = list(_without(case, breathe))
    levels = sorted(found for one in without if (found := ratio(one.hits, one.decided)) is not None)
    tenth = len(levels) // 10
    return Effect(
        level=level,
        n=was.decided,
        effect=level - fmean(levels) if levels else None,
        low=level - levels[-1 - tenth] if levels else None,
        high=level - levels[tenth] if levels else None,
        waiting=was.waiting,
        waiting_without=fmean(one.waiting for one in without),
    )


def _without(case: Case, breathe: Breathe | None) -> Sequence[Counted]:
    """The span as it may have been without the action, some hundred times."""
    chance = Random(f"{case.action}/{case.span}")
    seats = [Seat(*one) for one in case.served]
    found = []
    for _ in range(max(TRIALS_MIN, min(TRIALS, CONTACTS // max(1, len(case.came))))):
        own = (stay for stay in stays(_drawn(case, chance), seats, case.span_s) if stay.queue == case.queue)
        found += counted(own, [case.span_s], case.policy)
        if breathe is not None:
            breathe()
    return found


def _drawn(case: Case, chance: Random) -> list[Comer]:
    """One trial's customers, as they would have been without the action."""
    rings = [(came.ring_s, came.lost_s) for came in case.came if came.how == "answered"] or [(case.answer_s, 0.0)]
    doubts = {queue: _doubt(one, chance) for queue, one in case.patience.items()}
    found = []
    for came in case.came:
        patience_s, is_exit = came.wait_s, came.how == "exited"
        stays_on = case.changes_customers and came.queue == case.queue and came.at_s + came.wait_s > 0
        if stays_on or came.how in ("answered", "waiting"):
            longer_s = _longer_s(case.patience[came.queue].hazards, came.wait_s, doubts[came.queue], chance)
            patience_s, is_exit = came.wait_s + longer_s, False
        rang = rings[int(chance.random() * len(rings))]
        ring_s, lost_s = (came.ring_s, came.lost_s) if came.how == "answered" else rang
        handling_s = _handling(came, case.aht_s[came.queue], chance)
        found.append(Comer(came.at_s, patience_s, handling_s, is_exit, ring_s, lost_s, came.queue))
    return found


def _handling(came: Came, aht_s: float, chance: Random) -> float:
    """As it was; else drawn, and not shorter than it has been so far."""
    so_far_s = came.handling_s or 0.0
    first = bisect_right(HANDLING, so_far_s / aht_s)
    if came.is_done or first >= SIZE:
        return so_far_s
    return aht_s * HANDLING[first + int(chance.random() * (SIZE - first))]


def _doubt(known: Patience, chance: Random) -> float:
    """Of one trial: so many times as many leave as was seen. What few have shown may well be otherwise."""
    return gamma_quantile(chance.random(), known.left) if known.left else 1.0


def _longer_s(hazards: Sequence[Hazard], waited_s: float, doubt: float, chance: Random) -> float:
    """How much longer somebody waits who has waited so long."""
    left, at_s = -log(1 - chance.random()) / doubt, waited_s
    ends = [*(hazard.from_s for hazard in hazards[1:]), inf]
    for (_, per_s), until_s in zip(hazards, ends, strict=False):
        if at_s < until_s:
            passes = per_s * (until_s - at_s)
            if passes > left:
                return at_s + left / per_s - waited_s
            left, at_s = left - passes, until_s
    return inf
