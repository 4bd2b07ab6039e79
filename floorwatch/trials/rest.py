"""One trial: the rest of the period as it may come, and what so many more agents make of it.

Who calls, for how long they wait and how long they take is drawn once; then the same customers meet other numbers of
agents (common random numbers). One line, first come first served: the next in it gets the agent who is free first, so a
heap of the instants at which agents are free is the whole floor (Kiefer and Wolfowitz, 1955, with customers who leave).
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heapify, heapreplace
from math import exp, inf, log, sqrt
from random import Random
from statistics import NormalDist

from floorwatch.metrics.staffing.recovery import Situation, Tally
from floorwatch.trials.doubt import HANDLING_CV, Rates


@dataclass(frozen=True, slots=True)
class Rest:
    """What is drawn. Instants in seconds from now."""

    now: Situation
    contacts: list[tuple[float, float, float]]
    """(arrival, patience, handling), in the order of the line: who waits now has come before 0."""
    hands: list[float]
    """When each of the present places is free."""
    answer_s: float
    """Between an agent's being free and the answer: it rings."""

    def play(self, added: int, by_s: float) -> tuple[float, float]:
        """(hits, decided) at the end, with so many places more from `by_s` on."""
        now, end_s = self.now, self.now.remaining_s
        threshold_s, short_s, answer_s = now.threshold_s, now.short_abandon_s, self.answer_s
        free = [*self.hands, *[by_s] * added, inf]
        heapify(free)
        answered = late = past = abandoned = short = 0
        for at, patience, handling in self.contacts:
            start = free[0]
            if start < at:
                start = at
            start += answer_s
            wait = start - at
            if wait <= patience:
                heapreplace(free, start + handling)
                if wait <= threshold_s:
                    answered += start < end_s
                    continue
                late += start < end_s
            elif patience <= threshold_s:
                if at + patience < end_s:
                    abandoned += 1
                    short += patience <= short_s
                continue
            past += 0 < at + threshold_s < end_s
        hits, decided = Tally(answered, short, abandoned, past, answered_late=late).level(now.formula)
        return now.hits + hits, now.decided + decided

    def latest(self, target: float) -> float | None:
        """Until when answering all at once from then on still reaches the target; the end: it is reached without.

        None: it is too late now. Until then the present places go on. Where only answers are counted, who waits past
        the threshold is lost already, however it ends.
        """
        spare, losses = self._losses(target)
        if spare < _BELOW_0:
            return None
        for at, lost in losses:
            spare -= lost
            if spare < _BELOW_0:
                return at if at > 0 else None
        return self.now.remaining_s

    def _losses(self, target: float) -> tuple[float, list[tuple[float, float]]]:
        """(hits to spare if all is answered now; when the present places lose how many of them).

        A miss loses a hit, and a visit that the formula leaves out what it would have brought. Both are lost as soon as
        an agent could no longer answer in time.
        """
        now, end_s = self.now, self.now.remaining_s

        def worth(kind: Tally) -> float:
            hits, decided = kind.level(now.formula)
            return hits - target * decided

        hit = worth(Tally(answered=1))
        short = hit - worth(Tally(abandoned_short=1, abandoned=1))
        abandoned = hit - worth(Tally(abandoned=1))
        spare = now.hits - target * now.decided
        found: list[tuple[float, float]] = []
        free = [*self.hands, inf]
        heapify(free)
        for at, patience, handling in self.contacts:
            start = max(at, free[0]) + self.answer_s
            is_left = start - at > patience
            if not is_left:
                heapreplace(free, start + handling)
            if at + now.threshold_s <= 0:
                spare += worth(Tally(answered_late=1))
                continue
            if at + self.answer_s >= end_s:
                continue
            spare += hit
            if is_left and patience <= now.threshold_s:
                lost, decided_at = short if patience <= now.short_abandon_s else abandoned, at + patience
            elif start - at > now.threshold_s:
                lost, decided_at = 1.0, at + now.threshold_s
            else:
                continue
            if decided_at < end_s:
                lost_at = decided_at - self.answer_s
                found.append((lost_at if lost_at > at else 0.0, lost))  # who has hung up before it can be answered
        return spare, sorted(found)


def rest_of(now: Situation, rates: Rates, chance: Random) -> Rest:
    """Draw a rest of the period."""
    handling_s, patience_s = rates.aht_s, rates.patience_s
    contacts = [
        (-waited, waited + _patience(patience_s, chance), handling_s * HANDLING[int(chance.random() * SIZE)])
        for waited in now.waited_s
    ]
    since = 0.0
    for until, rate in rates.arrivals:
        mean_s = 1 / rate if rate > 0 else inf
        at = since + mean_s * PATIENCE[int(chance.random() * SIZE)]
        while at < until:
            handling = handling_s * HANDLING[int(chance.random() * SIZE)]
            contacts.append((at, _patience(patience_s, chance), handling))
            at += mean_s * PATIENCE[int(chance.random() * SIZE)]
        since = until
    in_hand = min(now.busy, now.agents)
    hands = [handling_s * _left(chance) for _ in range(in_hand)] + [0.0] * (now.agents - in_hand)
    return Rest(now, contacts, hands, rates.answer_s)


def _left(chance: Random) -> float:
    """What is left of a contact met in hand, where contacts take 1 on average.

    Long ones are met more often, in proportion to their length; and any part of it is as likely.
    """
    return HANDLING[int(chance.random() * SIZE)] * exp(_SIGMA * _SIGMA) * chance.random()


def _patience(mean_s: float | None, chance: Random) -> float:
    """Nobody leaves where no patience was measured."""
    return inf if mean_s is None else mean_s * PATIENCE[int(chance.random() * SIZE)]


def _of_mean_1(times: list[float]) -> list[float]:
    mean = sum(times) / len(times)
    return [time / mean for time in times]


_BELOW_0 = -1e-9
SIZE = 4096
"""Equally likely steps in which a law of times is drawn."""
_MIDDLES = [(step + 0.5) / SIZE for step in range(SIZE)]
_SIGMA = sqrt(log(1 + HANDLING_CV * HANDLING_CV))
PATIENCE = _of_mean_1([-log(1 - share) for share in _MIDDLES])
"""Exponential of mean 1: also times between arrivals."""
HANDLING = _of_mean_1([exp(_SIGMA * NormalDist().inv_cdf(share)) for share in _MIDDLES])
"""Lognormal of mean 1."""
