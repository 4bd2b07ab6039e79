"""What becomes, within a time, of a contact that finds so many others present: answered, gone, or still waiting.

Contacts are answered in the order in which they came. The agents may change once, at a known time: exact on both sides
of it, and across it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from operator import mul

from floorwatch.metrics.staffing.line import answered_within, places_after, waiting_after


@dataclass(frozen=True, slots=True)
class Fates:
    """Of contacts that find one more present each: P(answered in time), and P(still waiting after it)."""

    answered: list[float]
    waiting: list[float]

    @property
    def abandoned(self) -> list[float]:
        """P(gone in time)."""
        pairs = zip(self.answered, self.waiting, strict=True)
        return [max(0.0, 1 - answered - waiting) for answered, waiting in pairs]


class Chances:
    """Chances on a floor with `before` agents until `change_s`, and `after` from then on."""

    def __init__(self, mu: float, theta: float, before: int, change_s: float, after: int) -> None:
        self._mu, self._theta = mu, theta
        self._before, self._change_s, self._after = before, change_s, after
        self._known: dict[tuple[float, ...], Fates] = {}

    def agents_at(self, at_s: float) -> int:
        """How many there are then."""
        return self._before if at_s < self._change_s else self._after

    def fates(self, lowest: int, count: int, at_s: float, within_s: float) -> Fates:
        """Of contacts that come at a time and find `lowest`, `lowest` + 1, .. present."""
        until_change = self._change_s - at_s
        if not 0 < until_change < within_s:
            agents = self.agents_at(at_s)
            return self._fates(agents, lowest - agents, count, within_s)
        pairs = [
            self._across(lowest + more - self._before, until_change, within_s - until_change, lowest + count)
            for more in range(count)
        ]
        return Fates([answered for answered, _ in pairs], [waiting for _, waiting in pairs])

    def _fates(self, agents: int, ahead: int, count: int, within_s: float) -> Fates:
        """With `ahead`, `ahead` + 1, .. waiting before them; below 0 an agent is free."""
        key = (agents, ahead, count, within_s)
        if key not in self._known:
            free, skipped = min(count, max(0, -ahead)), max(0, ahead)
            places = skipped + count - free
            pace = agents * self._mu
            answered = answered_within(pace, self._theta, within_s, places)[skipped:]
            waiting = waiting_after(pace, self._theta, within_s, places)[skipped:]
            self._known[key] = Fates([1.0] * free + answered, [0.0] * free + waiting)
        return self._known[key]

    def _across(self, ahead: int, first_s: float, rest_s: float, most: int) -> tuple[float, float]:
        """Part of the time with the agents before the change, the rest with those after it."""
        if ahead < 0:
            return 1.0, 0.0
        first = self._fates(self._before, 0, most, first_s)
        rest = self._fates(self._after, self._before - self._after, most, rest_s)
        places = places_after(self._before * self._mu, self._theta, first_s, ahead)
        stays = exp(-self._theta * first_s)
        answered = first.answered[ahead] + stays * sum(map(mul, places, rest.answered))
        return answered, stays * sum(map(mul, places, rest.waiting))
