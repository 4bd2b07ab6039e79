"""From the present queue, with so many agents: when is the backlog gone, and where does the service level end?

Who waits now is answered in the order of the line, so each of them has a chance of their own; who comes later finds the
floor as the time-dependent Erlang A chain has it by then. Both are added up as expected hits and expected decided
visits, by the queue's own formula, at the instants at which `terms.md` decides a visit. The level is the ratio of the
two expectations; how widely the real one scatters around it is not said here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from operator import mul

from floorwatch.floor.settings import Formula
from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.staffing.chances import Chances
from floorwatch.metrics.staffing.transient import LIVE, Accuracy, Presence, Rates, reach

_LOOKS = 20
"""So often the course is looked at, closer together in the beginning, when most changes."""
_PARTS = 4
"""Of the last T before an end, or before a change of agents: chances are taken in the middle of each."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A queue now, and what is expected of it until the period ends."""

    waited_s: tuple[float, ...]
    """How long each waiting contact has waited, first in the line first."""
    busy: int
    """Contacts in agents' hands."""
    agents: int
    """Agents now on the queue, busy or free."""
    arrivals: tuple[tuple[float, float], ...]
    """(until so many seconds from now, contacts per second); the last one ends the period."""
    aht_s: float
    patience_s: float | None
    """Mean patience; None: nobody leaves."""
    hits: float
    """So far in the period, by the formula."""
    decided: float
    formula: Formula
    threshold_s: float
    short_abandon_s: float = 0.0

    @property
    def remaining_s(self) -> float:
        """Until the period ends."""
        return self.arrivals[-1][0] if self.arrivals else 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """Expected numbers of visits decided from now on."""

    answered: float = 0.0
    """In T."""
    abandoned_short: float = 0.0
    abandoned: float = 0.0
    """In T, short ones included."""
    past: float = 0.0
    """Still waiting at T."""
    undecided: float = 0.0
    answered_late: float = 0.0
    """After T, those counted as past then included."""

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.answered + other.answered,
            self.abandoned_short + other.abandoned_short,
            self.abandoned + other.abandoned,
            self.past + other.past,
            self.undecided + other.undecided,
            self.answered_late + other.answered_late,
        )

    def level(self, formula: Formula) -> tuple[float, float]:
        """(hits, decided) by a formula."""
        hits, decided = self.answered, self.answered + self.abandoned + self.past
        if formula == "answered_only":
            decided = self.answered + self.answered_late
        elif formula == "short_abandons_excluded":
            decided -= self.abandoned_short
        elif formula == "abandons_ignored":
            decided -= self.abandoned
        elif formula == "abandons_met":
            hits += self.abandoned
        elif formula == "short_abandons_met":
            hits += self.abandoned_short
        return hits, decided


@dataclass(frozen=True, slots=True)
class Look:
    """The queue at a time from now."""

    at_s: float
    waiting: float
    """Expected."""
    p_nobody_waits: float


@dataclass(frozen=True, slots=True)
class Recovery:
    """What `agents` agents make of it."""

    agents: int
    looks: tuple[Look, ...]
    gone_s: float | None
    """When it becomes more likely than not that nobody waits; 0 where that is so now, None: not in this period."""
    hits: float
    """At the period's end, those so far included; expected."""
    decided: float
    level: float | None


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A piece of the course: its arrivals, and the time spent with every number present."""

    since_s: float
    until_s: float
    arrival: float
    spent: list[float]


class Course:
    """The chain from now to the end of the period; the agents change to `agents` at `from_s`."""

    def __init__(self, now: Situation, agents: int, from_s: float = 0.0, accuracy: Accuracy = LIVE) -> None:
        self.now, self.agents = now, agents
        self._mu, self._theta = 1 / now.aht_s, 1 / now.patience_s if now.patience_s else 0.0
        self._chances = Chances(self._mu, self._theta, now.agents, from_s, agents)
        self._change_s = from_s
        present = now.busy + len(now.waited_s)
        pieces = list(self._pieces())
        lowest, highest = reach(present, [(until - since, rates) for since, until, rates in pieces], accuracy)
        presence = Presence(present, lowest, highest, accuracy)
        self._lowest = lowest
        self.stretches: list[_Stretch] = []
        self.looks = [self._look(0.0, self._chances.agents_at(0.0), presence)]
        self._answers = {0.0: 0.0}
        handled = 0.0
        for since, until, rates in pieces:
            spent = presence.advance(rates, until - since)
            self.stretches.append(_Stretch(since, until, rates.arrival, spent))
            self.looks.append(self._look(until, rates.agents, presence))
            handled += self._handled(self.stretches[-1])
            # What is answered is what is handled by then and in hand then, less what is in hand now.
            self._answers[until] = max(0.0, handled + self._in_hand(rates.agents, presence) - now.busy)

    def _pieces(self) -> Iterator[tuple[float, float, Rates]]:
        """From one change, or look, to the next."""
        end = self.now.remaining_s
        if end <= 0:
            return
        changes = {until for until, _ in self.now.arrivals} | {self._change_s}
        changes |= {end * (number / _LOOKS) ** 1.5 for number in range(1, _LOOKS)}
        since, arrivals = 0.0, iter(self.now.arrivals)
        arrival_until, arrival = next(arrivals)
        for until in sorted(change for change in changes | {end} if 0 < change <= end):
            while arrival_until <= since:
                arrival_until, arrival = next(arrivals)
            yield since, until, Rates(arrival, self._mu, self._theta, self._chances.agents_at(since))
            since = until

    def _look(self, at_s: float, agents: int, presence: Presence) -> Look:
        numbers = range(presence.lowest, presence.lowest + len(presence.shares))
        waiting = presence.mean([max(0.0, number - agents) for number in numbers])
        return Look(at_s, waiting, sum(presence.shares[: max(0, agents - presence.lowest + 1)]))

    def _in_hand(self, agents: int, presence: Presence) -> float:
        numbers = range(presence.lowest, presence.lowest + len(presence.shares))
        return presence.mean([float(min(number, agents)) for number in numbers])

    def _handled(self, stretch: _Stretch) -> float:
        """Contacts handled to the end in a stretch."""
        agents = self._chances.agents_at(stretch.since_s)
        numbers = range(self._lowest, self._lowest + len(stretch.spent))
        busy = sum(map(mul, (min(number, agents) for number in numbers), stretch.spent))
        return self._mu * float(busy)

    def recovery(self) -> Recovery:
        """Where it ends."""
        hits, decided = self.tally(self.now.remaining_s).level(self.now.formula)
        hits, decided = self.now.hits + hits, self.now.decided + decided
        return Recovery(self.agents, tuple(self.looks), self._gone_s(), hits, decided, ratio(hits, decided))

    def _gone_s(self) -> float | None:
        last = self.looks[0]
        if last.p_nobody_waits >= _LIKELY:
            return 0.0
        for look in self.looks[1:]:
            if look.p_nobody_waits >= _LIKELY:
                share = (_LIKELY - last.p_nobody_waits) / (look.p_nobody_waits - last.p_nobody_waits)
                return last.at_s + share * (look.at_s - last.at_s)
            last = look
        return None

    def tally(self, until_s: float) -> Tally:
        """What is decided from now until the time of one of the looks; the last is the end."""
        found = self._of_waiting(until_s)
        for stretch in self.stretches:
            if stretch.until_s <= until_s + 1e-9:
                found += self._of_arrivals(stretch, until_s)
        return found + Tally(answered_late=max(0.0, self._answers[until_s] - found.answered))

    def _of_waiting(self, until_s: float) -> Tally:
        """Who waits now; one past T is decided already."""
        now, found = self.now, Tally()
        for place, waited in enumerate(now.waited_s):
            if waited < now.threshold_s:
                left = now.threshold_s - waited
                found += self._tally(
                    [1.0], now.busy + place, 0.0, min(left, until_s), now.short_abandon_s - waited, left
                )
        return found

    def _of_arrivals(self, stretch: _Stretch, until_s: float) -> Tally:
        """Who comes in a stretch: in parts, where not all of its contacts have the same chances."""
        now, found = self.now, Tally()
        for at_s, share in self._parts(stretch, until_s):
            weights = [stretch.arrival * share * seconds for seconds in stretch.spent]
            within_s = min(now.threshold_s, until_s - at_s)
            found += self._tally(weights, self._lowest, at_s, within_s, now.short_abandon_s, now.threshold_s)
        return found

    def _parts(self, stretch: _Stretch, until_s: float) -> Iterator[tuple[float, float]]:
        """(middle, share) of the parts: up to T before an end or a change of agents all have the same chances."""
        since, until, threshold_s = stretch.since_s, stretch.until_s, self.now.threshold_s
        length = until - since
        ahead = self._change_s if since < self._change_s else until_s
        same = min(until, max(since, min(ahead, until_s) - threshold_s))
        if same > since:
            yield (since + same) / 2, (same - since) / length
        count = ceil((until - same) / max(threshold_s, 1e-3) * _PARTS - 1e-9)
        for part in range(count):
            yield same + (part + 0.5) * (until - same) / count, (until - same) / length / count

    def _tally(
        self, weights: Sequence[float], lowest: int, at_s: float, within_s: float, short_s: float, threshold_s: float
    ) -> Tally:
        """Contacts who find `lowest`, `lowest` + 1, .. present, decided if they wait `threshold_s`."""
        fates = self._chances.fates(lowest, len(weights), at_s, within_s)
        waiting = sum(map(mul, weights, fates.waiting))
        is_past = within_s >= threshold_s
        short = 0.0
        if short_s > 0:
            short_s = min(short_s, within_s)
            short = sum(map(mul, weights, self._chances.fates(lowest, len(weights), at_s, short_s).abandoned))
        return Tally(
            answered=sum(map(mul, weights, fates.answered)),
            abandoned_short=short,
            abandoned=sum(map(mul, weights, fates.abandoned)),
            past=waiting if is_past else 0.0,
            undecided=0.0 if is_past else waiting,
        )


_LIKELY = 0.5


def recovery(now: Situation, agents: int, from_s: float = 0.0) -> Recovery:
    """What becomes of the queue with so many agents from `from_s` seconds on, and the present ones until then."""
    return Course(now, agents, from_s).recovery()
