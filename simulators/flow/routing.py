"""Who gets which contact.

A queue's oldest contact rings at the agent who has been idle longest, of those with the lowest penalty (and, where
contacts are handled side by side, with the fewest in hand); in a ring-all queue at all of them at once. An agent of
several queues takes the contact of the queue with the highest priority; of equal ones, the lowest penalty, then the
longest wait.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from simulators.flow.entities import Agent, Queue, Visit
from simulators.flow.stage import Stage

Ring = Callable[[Visit, list[Agent]], None]


class Routing:
    """Matches those who wait with those who are free. `ring` is told of every match."""

    def __init__(self, stage: Stage, ring: Ring) -> None:
        self._stage = stage
        self._ring = ring

    def freed(self, agent: Agent) -> None:
        """The agent has one contact less in hand, or is back: last of the idle, and asking for work."""
        agent.idle_since_ms = self._stage.now_ms
        for queue, _ in agent.queues:
            queue.idle.pop(agent, None)
        if agent.is_open():
            for queue, _ in agent.queues:
                queue.idle[agent] = None
            self._stage.soon(partial(self._seek, agent))

    def occupied(self, agent: Agent) -> None:
        """The agent has something in hand: idle no longer, unless one more contact could be taken."""
        if not agent.is_open():
            for queue, _ in agent.queues:
                queue.idle.pop(agent, None)

    def look_soon(self, queue: Queue) -> None:
        """Somebody waits who could be matched."""
        self._stage.soon(partial(self._match, queue))

    def _match(self, queue: Queue) -> None:
        if not queue.idle:
            return
        visit = queue.oldest(self._stage.now_ms)
        if visit is None:
            return
        able = self._able(queue)
        if able:
            self._ring(visit, able if queue.profile.routing == "ring_all" else able[:1])

    def _able(self, queue: Queue) -> list[Agent]:
        """Those who could take a contact of this queue, the one to ring first in front."""
        now_ms, single = self._stage.now_ms, queue.profile.routing != "ring_all"
        ranked: list[tuple[int, int, int, Agent]] = []
        for place, agent in enumerate(queue.idle):
            if agent.can_take(queue, now_ms):
                penalty = next(penalty for other, penalty in agent.queues if other is queue)
                if single and not penalty and not agent.visits:
                    return [agent]  # the first of the best: nobody later can be before it
                ranked.append((penalty, len(agent.visits), place, agent))
        ranked.sort(key=lambda rank: rank[:3])
        return [rank[3] for rank in ranked]

    def _seek(self, agent: Agent) -> None:
        """A free agent asks for a contact of their queues, and again as long as there is one to be had."""
        if not agent.is_open():
            return
        now_ms, best = self._stage.now_ms, None
        for queue, penalty in agent.queues:
            if queue.waiting and agent.can_take(queue, now_ms) and (visit := queue.oldest(now_ms)) is not None:
                rank = (-queue.profile.priority, penalty, visit.entered_ms)
                if best is None or rank < best[0]:
                    best = (rank, queue)
        if best is not None:
            self._match(best[1])
            self._stage.soon(partial(self._seek, agent))
