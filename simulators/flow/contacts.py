"""A contact's way through the floor.

    offered -> [ringing -> declined]* -> ringing -> talking [-> on hold -> talking] -> ended | transferred
    or, at any time before talking: abandoned | exited

A voice contact is wrapped up by its agent before the next; a customer who gave up may call again, as a new contact.
"""

from __future__ import annotations

from functools import partial

from floorwatch.floor.events import (
    ContactAbandoned,
    ContactAlerting,
    ContactAnswered,
    ContactDeclined,
    ContactEnded,
    ContactExited,
    ContactHeld,
    ContactOffered,
    ContactRefused,
    ContactResumed,
    ContactTransferred,
)
from simulators.flow.agents import Agents
from simulators.flow.arrivals import height
from simulators.flow.entities import Agent, Queue, Visit
from simulators.flow.routing import Routing
from simulators.flow.stage import Stage
from simulators.incidents.model import SlowSystems, SwitchRestart
from simulators.laws import FOREVER_MS
from simulators.profile.model import HOUR_MS


class Contacts:
    """Everything that happens to contacts."""

    def __init__(self, stage: Stage, agents: Agents) -> None:
        self._stage = stage
        self._agents = agents
        self._habits = stage.profile.habits
        self.routing = Routing(stage, self._ring)
        agents.freed, agents.occupied = self.routing.freed, self.routing.occupied
        self._slow = [incident for incident in stage.incidents if isinstance(incident, SlowSystems)]
        self._restarts = [incident for incident in stage.incidents if isinstance(incident, SwitchRestart)]
        self._highest = {
            name: max(point[1] for point in queue.profile.shape) or 1.0 for name, queue in stage.queues.items()
        }

    def call(self, queue: Queue) -> None:
        """A customer calls, for the first time or again; nothing is heard of it while the switch is down."""
        if self._is_down():
            self._call_again(queue)
        else:
            self._enter(queue, self._stage.new_contact(), transferred_in=False)

    def _send_on(self, queue: Queue, contact: str) -> None:
        """The contact comes from another queue; if the switch has died in between, it is lost with it."""
        if not self._is_down():
            self._enter(queue, contact, transferred_in=True)

    def _is_down(self) -> bool:
        return any(self._stage.lasts(restart) for restart in self._restarts)

    def _enter(self, queue: Queue, contact: str, *, transferred_in: bool) -> None:
        """The contact comes to the queue, and is let in or turned away."""
        stage, profile = self._stage, queue.profile
        is_empty = not queue.members and not profile.open_when_empty
        if refused := "empty" if is_empty else "full" if len(queue.waiting) >= profile.room else "":
            stage.say(ContactRefused, contact=contact, queue=queue.name, reason=refused)
            stage.witness.refused(queue.name, refused, stage.now_ms)
            return
        visit = Visit(contact, queue, stage.now_ms, transferred_in, stage.now_ms)
        queue.waiting[contact] = visit
        attributes = {} if profile.channel == "voice" else {"channel": profile.channel}
        if profile.priority:
            attributes["priority"] = profile.priority  # type: ignore[assignment]
        stage.say(ContactOffered, contact=contact, queue=queue.name, **attributes)
        if queue.idle:
            self.routing.look_soon(queue)
        self._set_limits(visit)
        waiting = len(queue.waiting)
        if self._habits.come_back_waiting and waiting > self._habits.come_back_waiting and queue.resting:
            self._agents.ask_back(queue)

    def _set_limits(self, visit: Visit) -> None:
        """Until when the customer, and the switch, will wait. What cannot happen is not put on the agenda."""
        stage, profile = self._stage, visit.queue.profile
        patience_ms = profile.patience.draw(stage.chance)
        limits = [(patience_ms, partial(self._abandon, visit))]
        if profile.timeout_ms is not None:
            limits.append((profile.timeout_ms, partial(self._exit, visit, "timeout")))
        if profile.overflow is not None:
            limits.append((profile.overflow.after_ms, partial(self._exit, visit, "overflow")))
        if profile.key_ratio and stage.chance.happens(profile.key_ratio):
            limits.append((stage.chance.between(30_000, 90_000), partial(self._exit, visit, "key")))
        limit_ms, action = min(limits, key=lambda limit: limit[0])
        if limit_ms < FOREVER_MS:
            stage.after(limit_ms, action)

    def _abandon(self, visit: Visit) -> None:
        if visit.agent is None and self._leave(visit, "abandoned"):
            self._stage.say(ContactAbandoned, contact=visit.contact, queue=visit.queue.name)
            if self._stage.chance.happens(visit.queue.profile.retry.ratio):
                self._call_again(visit.queue)

    def _exit(self, visit: Visit, reason: str) -> None:
        if not self._leave(visit, reason):
            return
        self._stage.say(ContactExited, contact=visit.contact, queue=visit.queue.name, reason=reason)
        overflow = visit.queue.profile.overflow
        if reason == "overflow" and overflow is not None:
            onward = self._stage.queues[overflow.to]
            self._stage.soon(partial(self._send_on, onward, visit.contact))

    def _leave(self, visit: Visit, outcome: str) -> bool:
        """The wait ends without an answer; whether it had not ended yet."""
        if visit.phase not in ("waiting", "ringing"):
            return False
        ringing, visit.ringing = visit.ringing, []
        visit.phase, visit.outcome, visit.left_ms = "over", outcome, self._stage.now_ms
        del visit.queue.waiting[visit.contact]
        for agent in ringing:
            self._agents.let_go(visit, agent)
        self._stage.witness.over(visit)
        return True

    def _call_again(self, queue: Queue) -> None:
        self._stage.after(queue.profile.retry.delay.draw(self._stage.chance), partial(self.call, queue))

    # Ringing and answering.

    def _ring(self, visit: Visit, agents: list[Agent]) -> None:
        stage, habits = self._stage, self._habits
        if not habits.ring_ms:
            self._answer(visit, agents[0], visit.rings)
            return
        visit.phase = "ringing"
        visit.rings += 1
        for agent in agents:
            visit.ringing.append(agent)
            agent.visits.append(visit)
            stage.say(ContactAlerting, contact=visit.contact, queue=visit.queue.name, agent=agent.name)
            self._agents.changed(agent)
            if stage.chance.happens(habits.decline_ratio):
                is_rejected = stage.chance.happens(0.25)
                rings_ms = stage.chance.between(800, 4_000) if is_rejected else habits.ring_ms
                reason = "rejected" if is_rejected else "no_answer"
                stage.after(rings_ms, partial(self._decline, visit, agent, visit.rings, reason))
            else:
                answer_ms = min(habits.answer.draw(stage.chance), habits.ring_ms - 1_000)
                stage.after(max(1.0, answer_ms), partial(self._answer, visit, agent, visit.rings))

    def _decline(self, visit: Visit, agent: Agent, ring: int, reason: str) -> None:
        if visit.phase != "ringing" or visit.rings != ring or agent not in visit.ringing:
            return
        stage = self._stage
        visit.ringing.remove(agent)
        stage.say(ContactDeclined, contact=visit.contact, queue=visit.queue.name, agent=agent.name, reason=reason)
        stage.witness.declined(visit.queue.name, agent.name, stage.now_ms)
        if not visit.ringing:
            visit.phase, visit.waiting_since_ms = "waiting", stage.now_ms
            self.routing.look_soon(visit.queue)
        self._agents.let_go(visit, agent)
        if reason == "no_answer" and stage.chance.happens(0.4):  # some switches pause an agent who lets it ring
            self._agents.pause_for(agent, "no_answer", stage.chance.between(60_000, 180_000))

    def _answer(self, visit: Visit, agent: Agent, ring: int) -> None:
        if visit.rings != ring or visit.phase not in ("waiting", "ringing") or (ring and agent not in visit.ringing):
            return
        stage, profile = self._stage, visit.queue.profile
        others, visit.ringing = visit.ringing, []
        visit.phase, visit.outcome, visit.left_ms, visit.agent = "talking", "answered", stage.now_ms, agent
        del visit.queue.waiting[visit.contact]
        if not ring:
            agent.visits.append(visit)
        stage.say(ContactAnswered, contact=visit.contact, queue=visit.queue.name, agent=agent.name)
        self._agents.changed(agent)
        for other in others:
            if other is not agent:
                self._agents.let_go(visit, other)
        talk_ms = max(1, int(profile.handling.draw(stage.chance) * agent.speed * self._drag(visit.queue)))
        if profile.hold.ratio and talk_ms > 2 and stage.chance.happens(profile.hold.ratio):
            held_ms = max(1, int(profile.hold.length.draw(stage.chance)))
            stage.after(talk_ms // 2, partial(self._hold, visit))
            stage.after(talk_ms // 2 + held_ms, partial(self._resume, visit))
            talk_ms += held_ms
        is_sent_on = (
            profile.transfer.ratio and not visit.transferred_in and stage.chance.happens(profile.transfer.ratio)
        )
        stage.after(talk_ms, partial(self._transfer if is_sent_on else self._end, visit))

    def _drag(self, queue: Queue) -> float:
        """How much longer than usual handling takes just now."""
        time_ms, drag, profile = self._stage.time_of_day_ms(), 1.0, queue.profile
        if profile.peak_factor != 1.0:
            busy = height(profile.shape, time_ms / HOUR_MS) / self._highest[queue.name]
            drag += (profile.peak_factor - 1.0) * busy
        for slow in self._slow:
            if self._stage.lasts(slow) and (not slow.queues or queue.name in slow.queues):
                drag *= slow.factor
        return drag

    # Talk.

    def _hold(self, visit: Visit) -> None:
        if visit.phase == "talking" and visit.agent is not None:
            visit.phase, visit.held_ms = "on_hold", self._stage.now_ms
            self._say_hold(visit, visit.agent, ContactHeld)

    def _resume(self, visit: Visit) -> None:
        if visit.phase == "on_hold" and visit.agent is not None:
            visit.phase = "talking"
            visit.hold_ms += self._stage.now_ms - visit.held_ms
            self._say_hold(visit, visit.agent, ContactResumed)

    def _say_hold(self, visit: Visit, agent: Agent, kind: type[ContactHeld | ContactResumed]) -> None:
        self._stage.say(kind, contact=visit.contact, agent=agent.name, queue=visit.queue.name)
        self._agents.changed(agent)

    def _end(self, visit: Visit) -> None:
        if visit.phase in ("talking", "on_hold"):
            self._finish(visit, "customer" if self._stage.chance.happens(0.6) else "agent")

    def _finish(self, visit: Visit, by: str) -> None:
        agent = self._hang_up(visit)
        self._stage.say(ContactEnded, contact=visit.contact, queue=visit.queue.name, agent=agent.name, by=by)
        self._agents.talked(visit, agent)

    def _transfer(self, visit: Visit) -> None:
        if visit.phase not in ("talking", "on_hold"):
            return
        stage, transfer = self._stage, visit.queue.profile.transfer
        agent = self._hang_up(visit)
        visit.is_transferred = True
        said = {"contact": visit.contact, "queue": visit.queue.name, "agent": agent.name, "mode": transfer.mode}
        stage.say(ContactTransferred, **said, **({"to": transfer.to} if transfer.to else {}))
        if transfer.to in stage.queues:
            onward = stage.queues[transfer.to]
            stage.soon(partial(self._send_on, onward, visit.contact))
        self._agents.talked(visit, agent)

    def _hang_up(self, visit: Visit) -> Agent:
        agent = visit.agent
        assert agent is not None  # it talks
        if visit.phase == "on_hold":
            visit.hold_ms += self._stage.now_ms - visit.held_ms
        visit.phase, visit.ended_ms = "over", self._stage.now_ms
        return agent

    # What an outage does to contacts.

    def cut_off(self, agent: Agent) -> None:
        """The agent's phone is lost: who rings there goes on waiting, who talks is cut off."""
        for visit in list(agent.visits):
            if visit.phase == "ringing":
                self._decline_all(visit, agent)
            else:
                self._finish(visit, "system")

    def _decline_all(self, visit: Visit, agent: Agent) -> None:
        self._decline(visit, agent, visit.rings, "rejected")

    def drop_waiting(self) -> None:
        """The switch has died: who waits is thrown out."""
        for queue in self._stage.queues.values():
            for visit in list(queue.waiting.values()):
                self._exit(visit, "other")
                if self._stage.chance.happens(queue.profile.retry.ratio):
                    self._call_again(queue)
