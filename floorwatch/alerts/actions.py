"""What people did about alerts, and what it brought: the ledger of actions, and what worked so far.

    acted -> foreseen (what would come without) -> measured after 5, 15 and 30 minutes -> what worked here

Who measures stands outside (`floorwatch.measuring`): what was found enters as an event, like what was done. The ledger
keeps of each queue what its measurement needs, for as long as one is due.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

from floorwatch.floor.agent import Agent
from floorwatch.floor.internal import ActionForeseen, ActionMeasured, OperatorActed, OperatorActWithdrawn
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.service_level import ratio

AGENTS: dict[str, tuple[str, ...]] = {
    "back_from_break": ("break", "lunch", "personal"),
    "back_from_training": ("training", "coaching"),
    "back_from_meeting": ("meeting", "off_phone", "coaching"),
    "called_in": (),
    "moved_agents": (),
    "pauses_ended": (),
    "other": (),
}
"""Kinds that bring agents, and the reasons of the pauses they come from; none: of any."""
CUSTOMERS = ("overflow_opened", "announcement", "callbacks_offered")
"""Kinds by which customers leave who would have stayed."""
KINDS = (*(kind for kind in AGENTS if kind != "other"), *CUSTOMERS, "other")

SPANS = {"5m": 300_000, "15m": 900_000, "30m": 1_800_000}
"""After so long it is measured what an action has brought."""
SUMMED = "15m"
"""What worked is said of this span."""
COMING_MS = 600_000
"""For so long agents come by an action; who comes later came of their own accord."""
LATE_MS = 600_000
"""So long after it was due a measurement is still made."""
KEPT_MS = 28 * 24 * 3_600_000
"""As long as what became of alerts: reports about turns of rotas tell of both."""
FORESEEN_WITHIN_MS = 60_000
"""What is expected later than that is no expectation of the moment at which the action was taken."""
AGENTS_MAX = 99
"""So many agents one action brings at most: more are a slip of the finger."""
ACTIONS_MAX = 2_000
EFFECTS_MAX = 100
"""So many effects of a kind in a queue are summed, the latest: what worked two years ago need not work now."""
QUEUES_MAX = 20
"""Of so many queues that share agents with the one in question everything is looked at; with others agents are busy."""
ENOUGH = 5
"""Of fewer actions it is not said what they bring."""


@dataclass(slots=True)
class Action:
    """Something was done about an alert."""

    id: str
    alert: str
    queue: str
    """Empty where the alert is about none: then nothing is measured."""
    kind: str
    who: str
    at: int
    agents: int
    note: str = ""
    members: tuple[str, ...] = ()
    """Who belonged to the queue then."""
    queues: tuple[str, ...] = ()
    """It, and those its members serve as well."""
    foreseen: ActionForeseen | None = None
    measured: dict[str, ActionMeasured] = field(default_factory=dict)
    """By span."""
    measured_at: dict[str, int] = field(default_factory=dict)
    """Since when that is known."""

    @property
    def over_at(self) -> int:
        """From then on nothing of it is measured any more."""
        return self.at + max(SPANS.values()) + LATE_MS

    def is_open(self, now: int) -> bool:
        """Whether something of it is yet to be measured."""
        return bool(self.queue) and now < self.over_at and len(self.measured) < len(SPANS)


class Learnt(NamedTuple):
    """The effect of one action, of those that are summed."""

    action: str
    effect: float


class Worked(NamedTuple):
    """What actions of a kind have brought in 15 minutes, in one queue or (no queue) everywhere. Ratios."""

    kind: str
    queue: str
    n: int
    effect: float
    """The mean."""
    error: float
    """Its standard error."""
    low: float
    high: float
    """Eight in ten of them lie between."""


class Actions:
    """The ledger."""

    def __init__(self, books: FloorBooks) -> None:
        self._books = books
        self._lateness_ms = books.settings.lateness_ms
        self.counts = dict.fromkeys(KINDS, 0)
        """How many of each kind so far."""
        self._actions: dict[str, Action] = {}
        self._of: dict[str, list[Action]] = {}
        """By alert."""
        self._effects: dict[tuple[str, str], deque[Learnt]] = {}
        """By kind and queue."""
        self._withdrawn: dict[str, int] = {}
        """Actions that were taken back, and when: nothing that is said of them later counts."""
        self._worked: tuple[Worked, ...] | None = ()

    def __iter__(self) -> Iterator[Action]:
        """All that are kept, in the order in which they were taken."""
        return iter(self._actions.values())

    def of(self, alert: str) -> list[Action]:
        """What was done about an alert, in order."""
        return list(self._of.get(alert, ()))

    def begin_counters(self) -> None:
        """Counters that never fall begin at 0 now."""
        self.counts = dict.fromkeys(KINDS, 0)

    # What is said of them

    def acted(self, event: OperatorActed, queue: str, now: int) -> None:
        """Something was done about an alert of this queue; of none: that is all there is to know. Once an id."""
        if event.action in self._actions or event.action in self._withdrawn or event.kind not in KINDS:
            return
        action = Action(event.action, event.alert, queue, event.kind, event.who, now, event.agents, event.note)
        if queue:
            for agent in self._books.agents.values():
                agent.catch_up()
            members = members_by_queue(self._books, now).get(queue)
            agents = members.agents if members is not None else []
            action.members = tuple(agent.name for agent in agents)
            action.queues = _shared(queue, agents)
            for one in action.queues:
                self._books.kept.setdefault(one, [])
        self._actions[action.id] = action
        self._of.setdefault(action.alert, []).append(action)
        self.counts[action.kind] += 1
        while len(self._actions) > ACTIONS_MAX:
            self._forget(next(iter(self._actions)))

    def withdrawn(self, event: OperatorActWithdrawn, now: int) -> None:
        """An action is taken back: it is neither kept nor measured, and what was learnt from it is forgotten.

        By the time of the event, for a recovery hears of what was said long ago before it knows what time it is.
        """
        at: int = event.time  # type: ignore[assignment]
        self._withdrawn[event.action] = at
        if event.action in self._actions:
            self._forget(event.action)
            self._let_go(now)
        for key, effects in list(self._effects.items()):
            kept = [one for one in effects if one.action != event.action]
            if len(kept) < len(effects):
                self._worked = None
                self._effects[key] = deque(kept, maxlen=EFFECTS_MAX)
                if not kept:
                    del self._effects[key]

    def is_withdrawn(self, action: str) -> bool:
        """Whether it was taken back, as long as actions are kept."""
        return action in self._withdrawn

    def foreseen(self, event: ActionForeseen) -> None:
        """What would come without it, as it was seen at that moment."""
        action = self._actions.get(event.action)
        if action is not None:
            action.foreseen = event

    def measured(self, event: ActionMeasured, now: int) -> None:
        """What it has brought. Of one that is not kept any more it is still learnt, but of one taken back."""
        if event.action in self._withdrawn:
            return
        action = self._actions.get(event.action)
        if action is not None:
            if event.span in action.measured:
                return
            action.measured[event.span], action.measured_at[event.span] = event, now
            self._let_go(now)
        if event.span == SUMMED and event.effect is not None and not event.shared:
            effects = self._effects.setdefault((event.kind, event.queue), deque(maxlen=EFFECTS_MAX))
            effects.append(Learnt(event.action, event.effect))
            self._worked = None

    def prune(self, now: int) -> None:
        """Forget what nobody can ask for any more."""
        self._let_go(now)
        for action in list(self._actions.values()):
            if now - action.at > KEPT_MS:
                self._forget(action.id)
        for action_id, at in list(self._withdrawn.items()):
            if now - at > KEPT_MS:
                del self._withdrawn[action_id]

    def _forget(self, action_id: str) -> None:
        action = self._actions.pop(action_id)
        self._of[action.alert].remove(action)
        if not self._of[action.alert]:
            del self._of[action.alert]

    def _let_go(self, now: int) -> None:
        """Contacts are kept of queues of which something is yet to be measured."""
        kept = self._books.kept
        if kept:
            needed = {queue for action in self._actions.values() if action.is_open(now) for queue in action.queues}
            for queue in [queue for queue in kept if queue not in needed]:
                del kept[queue]

    # What is to be done about them

    def unforeseen(self, now: int) -> list[Action]:
        """Those of which it was not yet asked what would come without them: at that moment, or not at all."""
        open_ = (one for one in self._actions.values() if one.foreseen is None and one.is_open(now))
        return [one for one in open_ if now - one.at < FORESEEN_WITHIN_MS]

    def due(self, now: int) -> list[tuple[Action, str]]:
        """What is to be measured now."""
        return [
            (action, span)
            for action in self._actions.values()
            if action.queue
            for span in SPANS
            if span not in action.measured and self.due_at(action, span) <= now
        ]

    def due_at(self, action: Action, span: str) -> int:
        """When it is known what it has brought: facts may come late."""
        return action.at + SPANS[span] + self._lateness_ms

    def is_shared(self, action: Action, span: str) -> bool:
        """Whether something else was done about the queue at the same time: what came of it is theirs together."""
        until = action.at + SPANS[span]
        return any(
            other is not action and other.queue == action.queue and action.at - COMING_MS < other.at <= until
            for other in self._actions.values()
        )

    # What worked

    def worked(self) -> tuple[Worked, ...]:
        """Of every kind, and of it in every queue, what it has brought where there are `ENOUGH`; the best first."""
        if self._worked is None:
            everywhere: dict[str, list[float]] = {}
            for (kind, _), learnt in sorted(self._effects.items()):
                everywhere.setdefault(kind, []).extend(one.effect for one in learnt)
            found = [_summed(kind, "", effects) for kind, effects in everywhere.items()]
            found += [
                _summed(kind, queue, [one.effect for one in learnt]) for (kind, queue), learnt in self._effects.items()
            ]
            enough = [one for one in found if one.n >= ENOUGH]
            self._worked = tuple(sorted(enough, key=lambda one: (-one.effect, one.kind, one.queue)))
        return self._worked

    def worked_in(self, queue: str) -> list[Worked]:
        """Of every kind what is known for this queue, or else everywhere; the best first."""
        found = {one.kind: one for one in self.worked() if not one.queue}
        found |= {one.kind: one for one in self.worked() if one.queue == queue}
        return sorted(found.values(), key=lambda one: (-one.effect, one.kind))


def _shared(queue: str, agents: Iterable[Agent]) -> tuple[str, ...]:
    """The queue, and those that share most agents with it."""
    sharing = Counter(other for agent in agents for other in agent.state.joined or agent.configured if other != queue)
    return (queue, *(other for other, _ in sorted(sharing.items(), key=lambda one: (-one[1], one[0]))[:QUEUES_MAX]))


def _summed(kind: str, queue: str, effects: list[float]) -> Worked:
    n, sorted_effects = len(effects), sorted(effects)
    mean = ratio(sum(effects), n) or 0.0
    spread = sum((effect - mean) ** 2 for effect in effects)
    error = sqrt(spread / (n - 1) / n) if n > 1 else 0.0
    return Worked(kind, queue, n, mean, error, sorted_effects[n // 10], sorted_effects[n - 1 - n // 10])
