"""What would have become of a breach: the rest of its period many times, by the laws that truly hold there.

Not the trials of the product: handling and patience are drawn from the profile's own laws, given how long each contact
has already talked or waited; each agent has a speed; contacts ring before they are answered; rates are the true ones of
each instant. The same customers meet every number of agents that is asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from benchmarks.breaches import Breach
from floorwatch.metrics.staffing.recovery import Situation, Tally
from simulators.chance import Chance

RATE_LOOKS = 60
"""The true rate is looked at so often to find its highest."""
TRIES = 300
"""Draws of a time that must be longer than what has passed of it."""


@dataclass(frozen=True, slots=True)
class Customer:
    """One contact; seconds from the breach."""

    at: float
    patience: float
    ring: float
    talk: float
    """Before the agent's speed."""
    after: float
    """Hold and wrap-up, whoever answers."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """One rest of the period."""

    now: Situation
    breach: Breach
    customers: Sequence[Customer]
    hands: Sequence[tuple[float, float]]
    """(free at, speed) of the agents there are."""
    reserve: Sequence[float]
    """Speeds of those who may be added."""

    def play(self, added: int, by_s: float) -> bool:
        """Whether the period ends at target with so many agents more from then on."""
        now, end_s = self.now, self.now.remaining_s
        free = [*self.hands, *((by_s, speed) for speed in self.reserve[:added])]
        heapify(free)
        answered = late = past = abandoned = short = 0
        for one in self.customers:
            free_at, speed = free[0]
            start = max(free_at, one.at) + one.ring
            wait = start - one.at
            if wait <= one.patience:
                heappop(free)
                drag = self.breach.drag(self.breach.asked.at + 1000 * start)
                heappush(free, (start + one.talk * speed * drag + one.after, speed))
                if wait <= now.threshold_s:
                    answered += start < end_s
                    continue
                late += start < end_s
            else:
                gone = one.at + one.patience
                if gone > max(free_at, one.at):  # it rang in vain
                    heappop(free)
                    heappush(free, (gone, speed))
                if one.patience <= now.threshold_s:
                    abandoned += gone < end_s
                    short += gone < end_s and one.patience <= now.short_abandon_s
                    continue
            past += 0 < one.at + now.threshold_s < end_s
        hits, decided = Tally(answered, short, abandoned, past, answered_late=late).level(now.formula)
        hits, decided = now.hits + hits, now.decided + decided
        return hits >= self.breach.asked.policy.target * decided


def continuations(breach: Breach, number: int) -> list[Continuation]:
    """So many rests, seeded by the breach."""
    now = breach.asked.situation
    assert now is not None
    return [_continuation(breach, now, Chance.of("continuation", breach.seed, one)) for one in range(number)]


def _continuation(breach: Breach, now: Situation, chance: Chance) -> Continuation:
    at_ms, speed_cv = breach.asked.at, breach.profile.habits.speed_cv
    entries = [(entered - at_ms) / 1000 for entered in breach.truth.waiting.values()]
    customers = [_customer(breach, entered, chance) for entered in entries]
    customers += [_customer(breach, at, chance) for at in _arrivals(breach, now.remaining_s, chance)]
    hands = [(_left(breach, agent, chance), breach.speeds[agent]) for agent in breach.truth.here]
    reserve = [chance.factor(speed_cv) for _ in range(3 * len(hands) + 30)]
    return Continuation(now, breach, customers, hands, reserve)


def _customer(breach: Breach, at: float, chance: Chance) -> Customer:
    queue, profile = breach.profile.queues["sales"], breach.profile
    assert queue.wrap_up is not None
    hold_ms = queue.hold.length.draw(chance) if chance.happens(queue.hold.ratio) else 0.0
    return Customer(
        at=at,
        patience=_over(lambda: queue.patience.draw(chance), -1000 * at) / 1000,
        ring=(chance.between(*profile.switch_ms) + min(profile.habits.answer.draw(chance), 14_000)) / 1000,
        talk=queue.handling.draw(chance) / 1000,
        after=(hold_ms + queue.wrap_up.draw(chance)) / 1000,
    )


def _over(draw: Callable[[], float], passed: float) -> float:
    """A time that is longer than what has passed of it; that of now where such times hardly ever are."""
    drawn = 0.0
    for _ in range(TRIES):
        drawn = draw()
        if drawn > passed:
            return drawn
    return max(drawn, passed)


def _left(breach: Breach, agent: str, chance: Chance) -> float:
    """Until the agent is free, in seconds."""
    queue, at_ms = breach.profile.queues["sales"], breach.asked.at
    in_hand = breach.truth.in_hand.get(agent)
    if in_hand is None:
        return 0.0
    assert queue.wrap_up is not None
    wrap_up, passed = queue.wrap_up, at_ms - in_hand.since_ms
    if in_hand.is_wrap_up:
        return (_over(lambda: wrap_up.draw(chance), passed) - passed) / 1000
    longer = breach.speeds[agent] * breach.drag(in_hand.since_ms)

    def talk() -> float:
        held = queue.hold.length.draw(chance) if chance.happens(queue.hold.ratio) else 0.0
        return queue.handling.draw(chance) * longer + held

    return (_over(talk, passed) - passed + wrap_up.draw(chance)) / 1000


def _arrivals(breach: Breach, end_s: float, chance: Chance) -> list[float]:
    """By thinning a steady process as fast as the highest rate."""
    at_ms = breach.asked.at
    most = 1.05 * max(breach.rate(at_ms + 1000 * end_s * look / RATE_LOOKS) for look in range(RATE_LOOKS))
    found, at = [], chance.exponential(1 / most)
    while at < end_s:
        if chance.happens(breach.rate(at_ms + 1000 * at) / most):
            found.append(at)
        at += chance.exponential(1 / most)
    return found
