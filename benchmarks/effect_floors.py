"""Days on which an action has a known effect: the floor simulated twice, with the action and without it.

Both have common random numbers: every contact draws its patience, its ringing, its handling from a stream of its own,
so that the same customers call, with the same patience and the same matters, whoever answers them. What differs is what
the action has done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from floorwatch.floor.events import AgentJoined, Event
from simulators.chance import Chance
from simulators.flow import day_start_ms
from simulators.flow.agents import Agents
from simulators.flow.contacts import Contacts
from simulators.flow.entities import Agent, Visit
from simulators.flow.floor import _Floor
from simulators.flow.stage import Stage, Unseen
from simulators.laws import Exponential, Never
from simulators.profile.model import FloorProfile, Overflow

QUEUE = "sales"
MINUTE_MS = 60_000
ACTED_MS = 95 * MINUTE_MS + 8 * 3_600_000
"""When the action is taken, since midnight: the floor has been open since 8:00."""
AWAY = {
    "back_from_training": "training",
    "back_from_break": "break",
    "back_from_meeting": "meeting",
    "pauses_ended": "other",
}


class _Own:
    """Draws for one contact come from a stream of its own while a method of a `Stage`'s people runs."""

    _stage: Stage

    @contextmanager
    def _own(self, visit: Visit, purpose: object) -> Iterator[None]:
        shared = self._stage.chance
        self._stage.chance = Chance.of(self._stage.seed, visit.contact, purpose)
        try:
            yield
        finally:
            self._stage.chance = shared


class _Contacts(_Own, Contacts):
    def _set_limits(self, visit: Visit) -> None:
        with self._own(visit, "limits"):
            super()._set_limits(visit)

    def _ring(self, visit: Visit, agents: list[Agent]) -> None:
        with self._own(visit, f"ring {visit.rings}"):
            super()._ring(visit, agents)

    def _answer(self, visit: Visit, agent: Agent, ring: int) -> None:
        with self._own(visit, "talk"):
            super()._answer(visit, agent, ring)

    def _end(self, visit: Visit) -> None:
        with self._own(visit, "end"):
            super()._end(visit)


class _Agents(_Own, Agents):
    def talked(self, visit: Visit, agent: Agent) -> None:
        with self._own(visit, "wrap-up"):
            super().talked(visit, agent)


class _CommonFloor(_Floor):
    agents, contacts = _Agents, _Contacts


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which something is done. `load`: contacts at work, on average, over the agents that are there."""

    kind: str
    agents: int
    """At work before the action."""
    more: int
    """Whom it brings."""
    load: float = 1.1
    seed: int = 0
    patience_s: float = 240.0
    after_ms: int = 2 * MINUTE_MS
    """From the action until they are there."""
    comings: bool = False
    """Whether others go on breaks meanwhile; from where the action brings agents nobody does."""
    says: bool = True
    """Whether whoever acted says how many it brings."""
    declines: float = 0.02
    """Of rings so many are in vain."""
    beside: float = 0.0
    """All agents also serve another queue: so much of the work is its."""

    @property
    def at(self) -> int:
        """When the action is taken, in ms since the epoch."""
        return day_start_ms("2026-03-03", "UTC") + ACTED_MS


def floor_of(day: Day) -> FloorProfile:
    """Its floor."""
    handling_s, wrap_up_s = 150.0 * 1.13315, 25.0
    rate = day.load * day.agents / (handling_s + wrap_up_s)
    queue: dict[str, Any] = {
        "contacts": rate * 2.5 * 3600,
        "shape": [[8.0, 0.86], [9.25, 0.86], [9.5, 1.0], [10.5, 1.05]],
        "handling": {"law": "lognormal", "median": 150, "sigma": 0.5},
        "wrap_up": {"law": "gamma", "shape": 2, "mean": wrap_up_s},
        "patience": {"law": "exponential", "mean": day.patience_s},
    }
    beside = {**queue, "contacts": queue["contacts"] * day.beside}
    queue["contacts"] *= 1 - day.beside
    here = [QUEUE, "else"] if day.beside else [QUEUE]
    elsewhere = ["else"] if day.kind == "moved_agents" else here
    pauses = (
        [{"activity": "break", "at": "09:10", "length": "10m", "stagger": "8m", "turns": 10}] if day.comings else []
    )
    return FloorProfile.model_validate(
        {
            "name": "effects",
            "site": {"name": "effects", "timezone": "UTC"},
            "date": "2026-03-03",
            "day_cv": 0.08,
            "habits": {"come_back_waiting": 0, "decline_ratio": day.declines},
            "queues": {QUEUE: queue, "else": beside},
            "shifts": {"early": {"spans": ["08:00-12:00"], "pauses": pauses}, "away": {"spans": ["08:00-12:00"]}},
            "teams": {
                "here": {"agents": day.agents, "queues": here, "shifts": ["early"]},
                "away": {"agents": max(1, day.more), "queues": elsewhere, "shifts": ["away"]},
            },
        }
    )


def day_of(day: Day, *, acts: bool) -> Iterator[Event]:
    """What happens, with the action or without it."""
    stage = Stage(floor_of(day), day.seed, day_start_ms("2026-03-03", "UTC"), (), Unseen())
    floor = _CommonFloor(stage, 1)
    more = [agent for agent in stage.agents.values() if agent.team == "away"][: day.more]
    people = floor._agents
    if day.kind in AWAY or day.kind == "called_in":
        for agent in more:
            stage.at(day.at - 25 * MINUTE_MS, partial(_send_away, people, agent, AWAY.get(day.kind, "")))
            if acts:
                own = Chance.of(day.seed, agent.name, "back")
                stage.at(day.at + day.after_ms + own.between(0, MINUTE_MS), partial(_bring_back, people, agent, day.at))
    elif day.kind == "moved_agents":
        for agent in more if acts else ():
            own = Chance.of(day.seed, agent.name, "back")
            stage.at(day.at + day.after_ms + own.between(0, MINUTE_MS), partial(_move_here, people, agent))
    elif acts:
        stage.at(day.at, partial(_change_customers, stage, day.kind))
    return floor.run()


def _send_away(people: Agents, agent: Agent, reason: str) -> None:
    forever_ms = people._stage.now_ms + 10 * 3_600_000
    away = partial(people._pause, agent, reason, forever_ms) if reason else partial(people._log_out, agent)
    people._when_free(agent, away)


def _bring_back(people: Agents, agent: Agent, at: int) -> None:
    if agent.pause:
        people._back(agent, agent.pause)
    else:
        people._log_in(agent, at + 4 * 3_600_000)


def _move_here(people: Agents, agent: Agent) -> None:
    stage = people._stage
    queue = stage.queues[QUEUE]
    agent.queues = ((queue, 0), *agent.queues)
    queue.members += 1
    stage.say(AgentJoined, agent=agent.name, queue=QUEUE)
    people._free(agent)


def _change_customers(stage: Stage, kind: str) -> None:
    """Who comes from now on is less patient, or is sent to another queue after a minute."""
    queue = stage.queues[QUEUE]
    if kind == "announcement":
        law = queue.profile.patience
        shorter = Exponential(law="exponential", mean=law.mean_ms / 2000) if not isinstance(law, Never) else law
        queue.profile = queue.profile.model_copy(update={"patience": shorter})
    else:
        overflow = Overflow.model_validate({"after": 15, "to": "else"})
        queue.profile = queue.profile.model_copy(update={"overflow": overflow})
