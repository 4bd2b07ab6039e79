"""The stage of the simulation: one agenda of things to happen, one clock that jumps from each to the next.

What a fact leads to elsewhere comes later than its millisecond, as on a switch; so facts of one millisecond do not
depend on each other, and are said in the contract's order for ties.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from simulators.chance import Chance
from simulators.flow.entities import Action, Activity, Agent, Queue, Visit
from simulators.incidents.model import Incident
from simulators.profile.model import FloorProfile

SOURCE = "simulator"
DAY_MS = 86_400_000
_DAYS_GO_ON = 2
"""So many days before today's may still be going on: their hours are counted up to 48 and a little."""

_TIE_ORDER: tuple[type[Event], ...] = (
    e.AgentDescribed,
    e.AgentJoined,
    e.AgentLeft,
    e.ContactOffered,
    e.ContactRefused,
    e.ContactAlerting,
    e.ContactDeclined,
    e.ContactAnswered,
    e.ContactHeld,
    e.ContactResumed,
    e.ContactTransferred,
    e.ContactEnded,
    e.ContactAbandoned,
    e.ContactExited,
    e.AgentStateChanged,
)
_RANK = {kind: rank for rank, kind in enumerate(_TIE_ORDER)}


Spans = dict[type[Event], tuple[int, int]]
"""Kind of fact to the instants, in milliseconds, of the first and the last of them."""


class Spent(NamedTuple):
    """A stretch of an agent's time, [since, until)."""

    activity: Activity
    reason: str
    """The pause's."""
    since_ms: int
    until_ms: int
    queues: tuple[str, ...]
    """Those the agent was a member of."""
    in_hand: tuple[str, ...]
    """The queues of the contacts the agent had, ringing or answered."""


class Witness(Protocol):
    """Who writes down what truly happens, as it is over. All instants and durations in milliseconds."""

    def refused(self, queue: str, reason: str, at_ms: int) -> None:
        """A contact was turned away."""

    def declined(self, queue: str, agent: str, at_ms: int) -> None:
        """An agent let a contact ring, or rejected it."""

    def over(self, visit: Visit) -> None:
        """A visit is over, with its talk and its wrap-up."""

    def waits(self, visit: Visit) -> None:
        """A contact still waits when everything else is over."""

    def spent(self, agent: str, spent: Spent) -> None:
        """An agent has spent a stretch of time."""

    def closed(self, spans: Spans) -> None:
        """Nothing more happens. What still goes on follows: who waits, and what agents do up to the last fact."""


class Unseen:
    """A witness who writes nothing down."""

    def refused(self, queue: str, reason: str, at_ms: int) -> None:
        """Not written down."""

    def declined(self, queue: str, agent: str, at_ms: int) -> None:
        """Not written down."""

    def over(self, visit: Visit) -> None:
        """Not written down."""

    def waits(self, visit: Visit) -> None:
        """Not written down."""

    def spent(self, agent: str, spent: Spent) -> None:
        """Not written down."""

    def closed(self, spans: Spans) -> None:
        """Not written down."""


class Stage:
    """Clock, agenda, chance, and the voice in which everything is said."""

    def __init__(
        self, profile: FloorProfile, seed: int, start_ms: int, incidents: tuple[Incident, ...], witness: Witness
    ) -> None:
        self.profile = profile
        self.seed = seed
        self.incidents = incidents
        self.witness = witness
        self.chance = Chance.of(seed, "floor")
        self.now_ms = start_ms
        self._midnights: list[int] = []
        """Hour 0 of each day that has begun, the latest first, as far back as anything of it may go on."""
        self.queues = {name: Queue(name, queue) for name, queue in profile.queues.items()}
        self.agents: dict[str, Agent] = {}
        self._named = start_ms // DAY_MS  # ids of two simulated days must differ: one stream may carry both
        self._agenda: list[tuple[int, int, Action]] = []
        self._facts: list[tuple[int, type[Event], dict[str, object]]] = []
        self._planned = self._said = self._contacts = 0
        self._spans: Spans = {}
        self._delay_ms = profile.switch_ms

    def run(self) -> Iterator[Event]:
        """Everything that happens, in order of time, until nothing is left to happen."""
        agenda = self._agenda
        while agenda:
            self.now_ms = now_ms = agenda[0][0]
            while agenda and agenda[0][0] == now_ms:
                heapq.heappop(agenda)[2]()
            facts, self._facts = self._facts, []
            if len(facts) > 1:
                facts.sort(key=_by_rank)
            for _, kind, attributes in facts:
                self._said += 1
                self._spans[kind] = (self._spans[kind][0] if kind in self._spans else now_ms, now_ms)
                yield kind(time=now_ms, id=f"{self._named}-{self._said:07d}", source=SOURCE, **attributes)  # type: ignore[arg-type]
        self.witness.closed(self._spans)
        if self._spans:
            self.now_ms = max(last_ms for _, last_ms in self._spans.values())
            for agent in self.agents.values():
                self._write_down(agent)
            for queue in self.queues.values():
                for visit in queue.waiting.values():
                    self.witness.waits(visit)

    def at(self, time_ms: int, action: Action) -> None:
        """Let it happen then; what is past already, next."""
        self._planned += 1
        heapq.heappush(self._agenda, (max(time_ms, self.now_ms + 1), self._planned, action))

    def after(self, delay_ms: float, action: Action) -> None:
        """Let it happen in so many milliseconds, one at least."""
        self.at(self.now_ms + int(delay_ms), action)

    def soon(self, action: Action) -> None:
        """Let it happen after the switch's own delay."""
        self.at(self.now_ms + self.chance.between(*self._delay_ms), action)

    def say(self, kind: type[Event], **attributes: object) -> None:
        """A fact of this millisecond."""
        self._facts.append((_RANK[kind], kind, attributes))

    def new_contact(self) -> str:
        """The id of one more contact."""
        self._contacts += 1
        return f"C{self._named}-{self._contacts:06d}"

    def begin_day(self, midnight_ms: int) -> None:
        """A day begins: this is its hour 0."""
        self._midnights = [midnight_ms, *self._midnights[:_DAYS_GO_ON]]

    def time_of_day_ms(self) -> int:
        """Milliseconds since hour 0 of the simulated day."""
        return self.now_ms - self._midnights[0]

    def lasts(self, incident: Incident) -> bool:
        """Whether it lasts now: today's, or that of a day before, which may go on past midnight."""
        return any(incident.holds(self.now_ms - midnight_ms) for midnight_ms in self._midnights)

    def notice(self, agent: Agent) -> None:
        """The agent may be doing something else from now on: what it did until now is written down."""
        now = (
            agent.doing(),
            agent.reason if agent.pause else "",
            agent.on_shift,
            tuple(visit.queue.name for visit in agent.visits),
        )
        was = (agent.activity, agent.was_reason, agent.was_on_shift, agent.was_in_hand)
        if now == was and agent.activity_since_ms:
            return
        self._write_down(agent)
        agent.activity, agent.was_reason, agent.was_on_shift, agent.was_in_hand = now
        agent.activity_since_ms = self.now_ms

    def _write_down(self, agent: Agent) -> None:
        since_ms = agent.activity_since_ms
        if since_ms is not None and self.now_ms > since_ms:
            queues = tuple(queue.name for queue, _ in agent.queues) if agent.was_on_shift else ()
            spent = Spent(agent.activity, agent.was_reason, since_ms, self.now_ms, queues, agent.was_in_hand)
            self.witness.spent(agent.name, spent)


def _by_rank(fact: tuple[int, type[Event], dict[str, object]]) -> int:
    return fact[0]
