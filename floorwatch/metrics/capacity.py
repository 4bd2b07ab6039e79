"""How many contacts an agent can handle at once, and how much of an agent each takes.

A contact of a queue that allows c at once takes 1/c of its agent: three chats of a queue with `concurrency: 3` fill an
agent, and so do one call, or one call's worth of anything. Parts are counted in whole units, as many to an agent as all
concurrencies of the site divide evenly: sums of them are exact, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import lcm

from floorwatch.floor.activity import AVAILABLE
from floorwatch.floor.agent_state import AtAgent
from floorwatch.floor.settings import AgentProfile, Settings


@dataclass(frozen=True, slots=True)
class Capacity:
    """One agent's. `shares`: the units a contact takes, by queue; under '' that of queues that are not configured."""

    whole: int = 1
    """The units of one agent."""
    shares: Mapping[str, int] = field(default_factory=lambda: {"": 1})
    is_split: bool = False
    """Whether any contact takes less than the whole agent."""

    def share(self, queue: str) -> int:
        """What a contact of the queue takes."""
        return self.shares.get(queue, self.shares[""])

    def load(self, contacts: Iterable[AtAgent]) -> int:
        """What contacts in hand take together, those that ring too."""
        return sum(self.share(contact[2]) for contact in contacts)

    def room(self, contacts: Sequence[AtAgent], activity: int, queue: str) -> int:
        """How many more contacts of the queue an agent who is present could take now: none in wrap-up or `busy`."""
        if not contacts and activity != AVAILABLE:
            return 0
        return max(0, self.whole - self.load(contacts)) // self.share(queue)


class Capacities:
    """Every agent's, by what the configuration says of its queues and of the agent."""

    def __init__(self, settings: Settings) -> None:
        self._at_once = {"": settings.default_policy.concurrency}
        self._at_once |= {name: policy.concurrency for name, policy in settings.queues.items()}
        own = (agent.concurrency or 1 for agent in settings.agents.values())
        self.whole = lcm(*self._at_once.values(), *own)
        self._usual = self._with(None)

    def of(self, profile: AgentProfile) -> Capacity:
        """An agent's; its own number takes the place of that of every queue that allows several."""
        return self._usual if profile.concurrency is None else self._with(profile.concurrency)

    def _with(self, own: int | None) -> Capacity:
        at_once = {queue: n if n == 1 or own is None else own for queue, n in self._at_once.items()}
        shares = {queue: self.whole // n for queue, n in at_once.items()}
        return Capacity(self.whole, shares, any(n > 1 for n in at_once.values()))
