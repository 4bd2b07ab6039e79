"""An agent's day: logged in and out, paused, wrapping up, on a call of their own, without a phone.

    offline -> available -> (a contact) -> wrap_up -> [busy] -> available; paused or offline when due and free

Wrap-up, pauses, log-ins and lost phones are said as `agent.state`; ringing and talking follow from contact events.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from floorwatch.floor.events import AgentDescribed, AgentJoined, AgentLeft, AgentStateChanged
from simulators.flow.entities import Action, Agent, Queue, Visit
from simulators.flow.roster import Reality
from simulators.flow.stage import Stage

RESTING = frozenset(("break", "lunch", "personal"))
"""Pauses from which agents come back when a queue builds."""


def _nothing(agent: Agent) -> None:
    """Until the routing listens."""


class Agents:
    """Everything that happens to agents. The routing hears who is `freed` and who `occupied`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._habits = stage.profile.habits
        self._pauses = 0
        self.freed: Callable[[Agent], None] = _nothing
        self.occupied: Callable[[Agent], None] = _nothing

    def expect(self, agent: Agent, real: Reality, midnight_ms: int) -> None:
        """Put what becomes of one stint on the agenda."""
        stage = self._stage
        until_ms = midnight_ms + real.goes_ms
        stage.at(midnight_ms + real.comes_ms, partial(self._log_in, agent, until_ms))
        for at_ms, activity, back_ms in real.away:
            pause = partial(self._pause, agent, activity, midnight_ms + back_ms)
            stage.at(midnight_ms + at_ms, partial(self._when_free, agent, pause))
        if stage.chance.happens(self._habits.unreachable_ratio):
            at_ms = stage.chance.between(real.comes_ms, real.goes_ms)
            lost_ms = max(1_000, int(self._habits.unreachable.draw(stage.chance)))
            stage.at(midnight_ms + at_ms, partial(self._lose_phone, agent, lost_ms))
        stage.at(until_ms, partial(self._end_stint, agent))

    def changed(self, agent: Agent) -> None:
        """What the agent has in hand is another now."""
        self._stage.notice(agent)
        self.occupied(agent)

    def let_go(self, visit: Visit, agent: Agent) -> None:
        """The contact is no longer at the agent, without talk."""
        agent.visits.remove(visit)
        self._free(agent)

    def talked(self, visit: Visit, agent: Agent) -> None:
        """The talk is over: wrap-up, perhaps a call of their own, then the next."""
        stage, law = self._stage, visit.queue.profile.wrap_up
        agent.visits.remove(visit)
        if law is None or agent.dark_until_ms > stage.now_ms:
            stage.witness.over(visit)
            self._next(visit, agent)
            return
        quiet = visit.queue.profile.wrap_up_quiet
        if quiet is not None and not any(queue.waiting for queue, _ in agent.queues):
            law = quiet
        agent.engaged, agent.wrapping = "wrap_up", visit
        stage.say(AgentStateChanged, agent=agent.name, state="wrap_up")
        self.changed(agent)
        stage.after(max(1.0, law.draw(stage.chance)), partial(self._wrapped_up, visit, agent))

    def _wrapped_up(self, visit: Visit, agent: Agent) -> None:
        if agent.wrapping is visit:
            self._close(visit, agent)
            self._next(visit, agent)

    def _close(self, visit: Visit, agent: Agent) -> None:
        """The wrap-up is over."""
        agent.engaged, agent.wrapping = "", None
        visit.wrap_up_ms = self._stage.now_ms - visit.ended_ms
        self._stage.witness.over(visit)

    def _next(self, visit: Visit, agent: Agent) -> None:
        stage = self._stage
        if self._habits.private_ratio and not agent.visits and stage.chance.happens(self._habits.private_ratio):
            agent.engaged = "busy"
            stage.say(AgentStateChanged, agent=agent.name, state="busy")
            self.changed(agent)
            stage.after(max(1.0, self._habits.private.draw(stage.chance)), partial(self._back_to_work, agent, "busy"))
            return
        if visit.wrap_up_ms and agent.due is None:
            stage.say(AgentStateChanged, agent=agent.name, state="available")
        self._free(agent)

    def _back_to_work(self, agent: Agent, from_what: str) -> None:
        if agent.engaged != from_what or agent.dark_until_ms > self._stage.now_ms:
            return
        agent.engaged = ""
        if agent.due is None:
            self._stage.say(AgentStateChanged, agent=agent.name, state="available")
        self._free(agent)

    def _free(self, agent: Agent) -> None:
        """Nothing, or one contact less, in hand: what is due comes first, then the next contact."""
        if agent.due is not None and not agent.visits and not agent.engaged:
            due, agent.due = agent.due, None
            due()
        else:
            self._stage.notice(agent)
            self.freed(agent)

    def _when_free(self, agent: Agent, action: Action, *, leaves: bool = False) -> None:
        if agent.leaves or not agent.on_shift:
            return
        if agent.visits or agent.engaged:
            agent.due, agent.leaves = action, leaves
            self.occupied(agent)
        else:
            action()

    def _log_in(self, agent: Agent, until_ms: int) -> None:
        stage = self._stage
        agent.duty_until_ms = max(agent.duty_until_ms, until_ms)
        if agent.on_shift:
            if agent.leaves:  # late out of the stint before: no leaving in between
                agent.due, agent.leaves = None, False
                self.freed(agent)
            return
        if stage.now_ms >= until_ms:  # cut off for all of the stint
            return
        if agent.dark_until_ms > stage.now_ms:
            stage.at(agent.dark_until_ms, partial(self._log_in, agent, until_ms))
            return
        agent.on_shift, agent.leaves = True, False
        site = {"site": agent.site} if agent.site else {}
        stage.say(AgentDescribed, agent=agent.name, team=agent.team, **site)
        for queue, penalty in agent.queues:
            queue.members += 1
            stage.say(AgentJoined, agent=agent.name, queue=queue.name, **({"penalty": penalty} if penalty else {}))
        stage.say(AgentStateChanged, agent=agent.name, state="available")
        self._free(agent)

    def _end_stint(self, agent: Agent) -> None:
        if self._stage.now_ms >= agent.duty_until_ms:
            self._when_free(agent, partial(self._log_out, agent), leaves=True)

    def _log_out(self, agent: Agent) -> None:
        stage = self._stage
        self._stop_resting(agent)
        agent.on_shift, agent.pause, agent.leaves = False, 0, False
        for queue, _ in agent.queues:
            queue.members -= 1
            stage.say(AgentLeft, agent=agent.name, queue=queue.name)
        stage.say(AgentStateChanged, agent=agent.name, state="offline")
        self.changed(agent)

    # Pauses.

    def pause_for(self, agent: Agent, reason: str, length_ms: int) -> None:
        """Pause an agent who has nothing in hand, is at work and is not about to leave."""
        if agent.is_open() and not agent.visits:
            self._pause(agent, reason, self._stage.now_ms + length_ms)

    def _pause(self, agent: Agent, reason: str, back_ms: int) -> None:
        stage = self._stage
        self._stop_resting(agent)
        self._pauses += 1
        agent.pause, agent.reason = self._pauses, reason
        stage.say(AgentStateChanged, agent=agent.name, state="paused", reason=reason)
        self.changed(agent)
        if reason in RESTING:
            for queue, _ in agent.queues:
                queue.resting[agent] = None
        stage.at(max(back_ms, stage.now_ms + 60_000), partial(self._back, agent, agent.pause))

    def _back(self, agent: Agent, pause: int) -> None:
        if agent.pause != pause:
            return
        if agent.dark_until_ms > self._stage.now_ms:
            self._stage.at(agent.dark_until_ms, partial(self._back, agent, pause))
            return
        self._stop_resting(agent)
        agent.pause, agent.reason = 0, ""
        self._stage.say(AgentStateChanged, agent=agent.name, state="available")
        self._free(agent)

    def ask_back(self, queue: Queue) -> None:
        """A queue builds: each agent on a break is asked once, and some come."""
        stage = self._stage
        for agent in list(queue.resting):
            self._stop_resting(agent)
            if stage.chance.happens(self._habits.come_back_ratio):
                stage.after(stage.chance.between(10_000, 60_000), partial(self._back, agent, agent.pause))

    @staticmethod
    def _stop_resting(agent: Agent) -> None:
        for queue, _ in agent.queues:
            queue.resting.pop(agent, None)

    # Lost phones.

    def _lose_phone(self, agent: Agent, lost_ms: int) -> None:
        if agent.is_open() and not agent.visits:
            self.go_dark(agent, self._stage.now_ms + lost_ms)

    def go_dark(self, agent: Agent, until_ms: int) -> None:
        """The phone of an agent who has no contact is lost until then. One who pauses does not notice."""
        agent.dark_until_ms = max(agent.dark_until_ms, until_ms)
        if agent.pause or not agent.on_shift:
            return
        if agent.wrapping is not None:
            self._close(agent.wrapping, agent)
        agent.engaged = "unreachable"
        self._stage.say(AgentStateChanged, agent=agent.name, state="unreachable")
        self.changed(agent)
        self._stage.at(agent.dark_until_ms, partial(self._back_to_work, agent, "unreachable"))
