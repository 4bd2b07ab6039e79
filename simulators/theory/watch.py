"""Watching a floor: from the facts it tells to sums that can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from floorwatch.floor.events import ContactAbandoned, ContactAnswered, ContactEnded, ContactOffered, Event
from simulators.chance import Chance
from simulators.flow import floor_day
from simulators.theory.cases import Case
from simulators.theory.floors import Beginning, Plan, profile_of

STEP_MS = 1
"""What the switch needs between a free agent and the answer: no part of the model's wait, and taken off ours."""
START_MS = 1_772_323_200_000
"""2026-03-01T00:00Z."""
_DAYS = 2_000_000
"""More than any floor is watched for."""


@dataclass(slots=True)
class Tally:
    """Sums over the contacts that came while the floor was watched, and over that time. Waits are milliseconds."""

    arrivals: int = 0
    served: int = 0
    abandoned: int = 0
    waited: int = 0
    """Did not find a free agent."""
    beyond_target: int = 0
    """Waited longer than the target, however it ended."""
    served_in_target: int = 0
    abandoned_in_target: int = 0
    beyond_p90: int = 0
    """Waited longer than the case says 90 % do not."""
    wait_served_ms: int = 0
    wait_abandoned_ms: int = 0
    queue_ms: int = 0
    """Waiting contacts, integrated over the time watched."""
    talking_ms: int = 0
    """The same of talking ones."""
    watched_ms: int = 0

    @property
    def wait_ms(self) -> int:
        """Of all contacts."""
        return self.wait_served_ms + self.wait_abandoned_ms


class Watch:
    """Hears the facts of one floor in order and adds those of [since, until) to the tally."""

    def __init__(self, tally: Tally, case: Case, since_ms: int, until_ms: int) -> None:
        self._tally = tally
        self._target_ms = case.target_s * 1000
        self._p90_ms = case.exact.get("p90_wait_s", 0.0) * 1000
        self._since_ms, self._until_ms = since_ms, until_ms
        self._came_ms: dict[str, int] = {}
        """Those who wait."""
        self._talking = self._open = 0
        self._now_ms = since_ms
        tally.watched_ms += until_ms - since_ms

    def follow(self, facts: Iterable[Event]) -> None:
        """Listen until everybody who came while it was watched waits no longer."""
        for fact in facts:
            now_ms = fact.time
            assert isinstance(now_ms, int)  # the simulator's own are
            self._let_pass(now_ms)
            if now_ms >= self._until_ms and not self._open:
                return
            if isinstance(fact, ContactOffered):
                self._come(fact.contact, now_ms)
            elif isinstance(fact, ContactAnswered | ContactAbandoned):
                self._leave(fact.contact, now_ms, is_served=isinstance(fact, ContactAnswered))
            elif isinstance(fact, ContactEnded):
                self._talking -= 1

    def _let_pass(self, now_ms: int) -> None:
        now_ms = min(now_ms, self._until_ms)
        if now_ms > self._now_ms:
            self._tally.queue_ms += len(self._came_ms) * (now_ms - self._now_ms)
            self._tally.talking_ms += self._talking * (now_ms - self._now_ms)
            self._now_ms = now_ms

    def _come(self, contact: str, now_ms: int) -> None:
        self._came_ms[contact] = now_ms
        if self._since_ms <= now_ms < self._until_ms:
            self._tally.arrivals += 1
            self._open += 1

    def _leave(self, contact: str, now_ms: int, *, is_served: bool) -> None:
        came_ms = self._came_ms.pop(contact)
        self._talking += is_served
        if is_served and self._since_ms <= now_ms < self._until_ms:
            self._tally.queue_ms -= STEP_MS
        if self._since_ms <= came_ms < self._until_ms:
            self._open -= 1
            self._count(now_ms - came_ms, is_served=is_served)

    def _count(self, took_ms: int, *, is_served: bool) -> None:
        tally = self._tally
        wait_ms = took_ms - STEP_MS if is_served else took_ms
        tally.waited += not is_served or wait_ms > 0
        tally.beyond_target += wait_ms > self._target_ms
        tally.beyond_p90 += wait_ms > self._p90_ms
        if is_served:
            tally.served += 1
            tally.wait_served_ms += wait_ms
            tally.served_in_target += wait_ms <= self._target_ms
        else:
            tally.abandoned += 1
            tally.wait_abandoned_ms += wait_ms
            tally.abandoned_in_target += wait_ms <= self._target_ms


def replicate(case: Case, plan: Plan, seed: int, number: int) -> Tally:
    """One replication: its chance hangs on the seed, the case and the replication's number, and on nothing else."""
    chance = Chance.of(seed, case.name, number)
    beginning, tally = Beginning(case), Tally()
    for part in range(plan.floors):
        profile = profile_of(case, beginning.draw(chance, part, plan.floors))
        facts = floor_day(profile, chance.between(0, 2**52), START_MS, _DAYS)
        Watch(tally, case, START_MS + plan.warm_up_ms, START_MS + plan.until_ms).follow(facts)
    return tally
