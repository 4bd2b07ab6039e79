"""How many agents, by when, with which probability (docs/advice.md).

The rest of the period is tried out some hundred times (`rest`), with rates drawn from what their measurement leaves
open (`doubt`). Of each trial is asked the least number of agents with which the period ends at target; needed is the
least number that suffices in `ENOUGH` of them. The dice are seeded by the queue and its period: the same question has
the same answer, and the next one, ten seconds later, is not another mood of the dice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import ceil, floor, inf
from random import Random
from typing import Literal, NamedTuple

from floorwatch.floor.settings import QueuePolicy
from floorwatch.metrics.outlook import Missing, Question, agents_of
from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.staffing.recovery import Situation
from floorwatch.metrics.staffing.required import least_number
from floorwatch.trials.doubt import rates
from floorwatch.trials.rest import Rest, rest_of

ENOUGH = 0.87
"""In so many of the trials the number that is needed suffices."""
RECOVERABLE = 0.92
"""In so many of them, at least, some number does: where it is fewer, each further agent adds hardly anything, and the
number would run away."""
LIKELY = 0.50
"""Adding any number still helps while it does in so many of them."""
REACTION_MS = 120_000
"""From an alert until those who are called are there."""
TRIALS = 300
TRIALS_MIN = 40
CONTACTS = 200_000
"""So many contacts are drawn, in all trials together, before there are fewer trials than `TRIALS`."""


@dataclass(frozen=True, slots=True)
class Advised:
    """What to do about a queue. Instants in ms since the epoch; numbers are agents on the queue, busy or free."""

    at: int
    until: int
    """When the period ends."""
    missing: Missing
    """Why nothing can be said: then all that follows `by` is None."""
    model: Literal["erlang_a", "erlang_c"]
    present: int
    by: int
    """When they must be there: after the time people take to come. Not after the point of no return where `needed` is
    said, since then some number still helps from then on."""
    needed: int | None = None
    """Least number from `by` on with which the period ends at target in at least `ENOUGH` of the trials, and not less
    than `present`. None: those present do not, and no number does in `RECOVERABLE` of them."""
    chance: float | None = None
    """That it ends at target with `needed` from `by` on; where that is None, with any number."""
    chance_without: float | None = None
    """With those present."""
    level: float | None = None
    """At the end with those present: the median of the trials, and their first and last tenth."""
    low: float | None = None
    high: float | None = None
    best: float | None = None
    """The level at the end if all is answered at once from `by` on: the median."""
    no_return_at: int | None = None
    """The latest instant at which adding any number still reaches the target as likely as not. The period's end: it is
    reached without. None: it is too late."""
    trials: int = 0


class _Trial(NamedTuple):
    level: float | None
    """With those present."""
    best: float | None
    last_s: float
    """Until when any number helps; below 0: it is too late."""
    added: float
    """Agents that must be added; infinite where no number is enough."""


def advise(asked: Question, reaction_ms: int = REACTION_MS, breathe: Callable[[], object] = lambda: None) -> Advised:
    """What the trials make of a queue as it is now; some tenths of a second on a large one.

    `breathe` is called after each trial, a millisecond or less apart on most queues: there others may be let in.
    """
    policy = asked.policy
    model: Literal["erlang_a", "erlang_c"] = "erlang_c" if asked.measured.patience_ms is None else "erlang_a"
    present = agents_of(asked.places, policy) or 0
    by = min(asked.at + reaction_ms, asked.until)
    if asked.situation is None:
        return Advised(asked.at, asked.until, asked.missing, model, present, by)
    tried = []
    for one in _tried(asked, asked.situation, (by - asked.at) / 1000):
        tried.append(one)
        breathe()
    last_s = _in_share(LIKELY, [-one.last_s for one in tried])
    no_return_at = None if last_s > 0 else min(asked.until, asked.at + floor(-last_s * 1000))
    added = _in_share(ENOUGH, [one.added for one in tried])
    if added and _in_share(RECOVERABLE, [one.added for one in tried]) == inf:
        added = inf
    levels = [one.level for one in tried if one.level is not None]
    bests = [one.best for one in tried if one.best is not None]
    return Advised(
        at=asked.at,
        until=asked.until,
        missing=asked.missing,
        model=model,
        present=present,
        by=by,
        needed=None if added == inf else present + int(added),
        chance=sum(one.added < inf and one.added <= added for one in tried) / len(tried),
        chance_without=sum(one.added == 0 for one in tried) / len(tried),
        level=_in_share(0.5, levels) if levels else None,
        low=_in_share(0.1, levels) if levels else None,
        high=_in_share(0.9, levels) if levels else None,
        best=_in_share(0.5, bests) if bests else None,
        no_return_at=no_return_at,
        trials=len(tried),
    )


def _in_share(share: float, values: list[float]) -> float:
    """The least of the values that in such a share of the trials is not exceeded."""
    return sorted(values)[max(0, ceil(share * len(values) - 1e-9) - 1)]


def _tried(asked: Question, now: Situation, by_s: float) -> Iterator[_Trial]:
    """One trial after the other. The number looked for begins where the last trial found it."""
    policy, chance = asked.policy, Random(f"{asked.queue}/{asked.until}")
    coming = len(now.waited_s) + sum(rate * (until - since) for since, until, rate in _steps(now))
    trials = max(TRIALS_MIN, min(TRIALS, int(CONTACTS / max(1.0, coming))))
    guess = 1
    for taken in rates(asked, now, trials, chance):
        rest = rest_of(now, taken, chance)
        last_s = rest.latest(policy.target)
        plenty = len(rest.contacts)
        added: int | None = 0
        if _spare(rest, policy, by_s, 0) < 0:
            added = None
            if last_s is not None and last_s > by_s:
                margin = partial(_spare, rest, policy, by_s)
                added = least_number(margin, guess, plenty)
        guess = added or guess
        yield _Trial(
            ratio(*rest.play(0, by_s)),
            ratio(*rest.play(plenty, by_s)),
            -1.0 if last_s is None else last_s,
            inf if added is None else added,
        )


def _steps(now: Situation) -> Iterator[tuple[float, float, float]]:
    since = 0.0
    for until, rate in now.arrivals:
        yield since, until, rate
        since = until


def _spare(rest: Rest, policy: QueuePolicy, by_s: float, added: int) -> float:
    """Hits above what is needed, with so many agents more. Where nothing is decided nothing is missed."""
    hits, decided = rest.play(added * policy.concurrency, by_s)
    return hits - policy.target * decided + _ROUNDING


_ROUNDING = 1e-9
