"""A call floor as a discrete-event simulation: pure, lazy, seeded.

One agenda of things to happen, one clock that jumps from each to the next. What a fact leads to elsewhere (ringing
after an offer, the next contact after a wrap-up) comes later than its millisecond, as on a switch; so facts of one
millisecond do not depend on each other, and can be said in the contract's order for ties.

    contact   offered -> [ringing -> declined]* -> ringing -> talking [-> hold -> talking] -> ended | transferred
              or, at any time before talking: abandoned | exited
    agent     off -> idle -> ringing -> talking -> wrap-up -> idle; paused or off when due and nothing is in hand

Wrap-up, pauses and log-ins are said as `agent.state`; ringing and talking follow from the contact's own events.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from functools import partial

from floorwatch.floor.events import (
    AgentDescribed,
    AgentJoined,
    AgentLeft,
    AgentStateChanged,
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
    Event,
)
from simulators.chance import Chance
from simulators.customers import arrivals, patience_ms
from simulators.entities import Action, Agent, Queue, Visit
from simulators.old_profile import FloorProfile
from simulators.shifts import Shift, log_in_ms, plan, real

SOURCE = "simulator"
_DAY_MS = 86_400_000
_RING_MS = 15_000  # nobody picks up within this: declined

_TIE_ORDER: tuple[type[Event], ...] = (
    AgentDescribed,
    AgentJoined,
    AgentLeft,
    ContactOffered,
    ContactRefused,
    ContactAlerting,
    ContactDeclined,
    ContactAnswered,
    ContactHeld,
    ContactResumed,
    ContactTransferred,
    ContactEnded,
    ContactAbandoned,
    ContactExited,
    AgentStateChanged,
)
_RANK = {kind: rank for rank, kind in enumerate(_TIE_ORDER)}


def floor_day(profile: FloorProfile, seed: int, start_ms: int, days: int = 1) -> Iterator[Event]:
    """The events of `days` days, the first beginning (its hour 0) at `start_ms`, in order of time, in milliseconds.

    Lazy: can be driven live. What is still in hand when the last day closes is finished past it.
    """
    return _CallFlow(profile, seed, start_ms, days).run()


class _CallFlow:
    def __init__(self, profile: FloorProfile, seed: int, start_ms: int, days: int) -> None:
        self._profile, self._seed, self._days = profile, seed, days
        self._chance = Chance.of(seed, "floor")
        self._now_ms = start_ms
        self._named = start_ms // _DAY_MS  # ids of two simulated days must differ: one stream may carry both
        self._agenda: list[tuple[int, int, Action]] = []
        self._facts: list[tuple[type[Event], dict[str, str]]] = []
        self._planned = self._contacts = self._said = self._pauses = 0
        self._queues = {queue.name: Queue(queue) for queue in profile.queues}
        self._agents = {
            shift.agent: Agent(seat, shift.agent, tuple(self._queues[name] for name in shift.team.queues))
            for seat, shift in enumerate(plan(profile))
        }
        self._at(start_ms, partial(self._dawn, 0))

    def run(self) -> Iterator[Event]:
        while self._agenda:
            self._now_ms = self._agenda[0][0]
            while self._agenda and self._agenda[0][0] == self._now_ms:
                heapq.heappop(self._agenda)[2]()
            facts, self._facts = sorted(self._facts, key=lambda fact: _RANK[fact[0]]), []
            for kind, attributes in facts:
                self._said += 1
                yield kind(time=self._now_ms, id=f"{self._named}-{self._said:07d}", source=SOURCE, **attributes)  # type: ignore[arg-type]

    def _at(self, time_ms: int, action: Action) -> None:
        self._planned += 1
        heapq.heappush(self._agenda, (max(time_ms, self._now_ms), self._planned, action))

    def _after(self, delay_ms: float, action: Action) -> None:
        self._at(self._now_ms + int(delay_ms), action)

    def _soon(self, action: Action) -> None:
        """After the switch's own delay."""
        self._after(self._chance.between(150, 600), action)

    def _say(self, kind: type[Event], **attributes: str) -> None:
        self._facts.append((kind, attributes))

    # The day: arrivals and shifts are drawn from streams of their own, so that changing one leaves the other alone.

    def _dawn(self, day: int) -> None:
        midnight_ms = self._now_ms
        for queue in self._queues.values():
            stream = Chance.of(self._seed, day, "arrivals", queue.profile.name)
            self._expect(queue, midnight_ms, arrivals(self._profile, queue.profile, stream))
        stream = Chance.of(self._seed, day, "shifts")
        for shift in plan(self._profile):
            self._roster(shift, midnight_ms, stream)
        if day + 1 < self._days:
            self._after(_DAY_MS, partial(self._dawn, day + 1))

    def _roster(self, shift: Shift, midnight_ms: int, stream: Chance) -> None:
        agent = self._agents[shift.agent]
        self._at(midnight_ms + log_in_ms(shift, stream), partial(self._log_in, agent, shift.team.name))
        for absence in shift.absences:
            goes_ms, back_ms = real(absence, stream)
            pause = partial(self._pause, agent, absence.reason, midnight_ms + back_ms)
            self._at(midnight_ms + goes_ms, partial(self._when_free, agent, pause))
        leaves_ms = midnight_ms + shift.end_ms + stream.between(0, 120_000)
        self._at(leaves_ms, partial(self._when_free, agent, partial(self._log_out, agent)))

    def _expect(self, queue: Queue, midnight_ms: int, times_ms: Iterator[int]) -> None:
        time_ms = next(times_ms, None)
        if time_ms is not None:
            self._at(midnight_ms + time_ms, partial(self._arrive, queue, midnight_ms, times_ms))

    def _arrive(self, queue: Queue, midnight_ms: int, times_ms: Iterator[int]) -> None:
        self._contacts += 1
        self._enter(queue, f"C{self._named}-{self._contacts:06d}", transferred=False)
        self._expect(queue, midnight_ms, times_ms)

    # A contact's way through a queue.

    def _enter(self, queue: Queue, contact: str, *, transferred: bool) -> None:
        profile = queue.profile
        refused = "empty" if not queue.members else "full" if len(queue.waiting) >= profile.room else ""
        if refused:
            self._say(ContactRefused, contact=contact, queue=profile.name, reason=refused)
            return
        visit = queue.waiting[contact] = Visit(contact, queue, self._now_ms, transferred, self._now_ms)
        channel = {} if profile.policy.channel == "voice" else {"channel": profile.policy.channel}
        self._say(ContactOffered, contact=contact, queue=profile.name, **channel)
        self._soon(partial(self._match, queue))
        self._after(patience_ms(profile, self._chance), partial(self._give_up, visit, ContactAbandoned))
        self._after(profile.timeout_ms, partial(self._give_up, visit, ContactExited, reason="timeout"))
        if self._chance.happens(profile.key_ratio):
            key_ms = self._chance.between(30_000, 90_000)
            self._after(key_ms, partial(self._give_up, visit, ContactExited, reason="key"))

    def _give_up(self, visit: Visit, kind: type[Event], **reason: str) -> None:
        if visit.phase == "over":
            return
        visit.phase = "over"
        del visit.queue.waiting[visit.contact]
        self._say(kind, contact=visit.contact, queue=visit.queue.profile.name, **reason)
        if visit.agent is not None:
            self._let_go(visit, visit.agent)

    def _match(self, queue: Queue) -> None:
        """The contact that has waited longest rings at the agent who has been idle longest."""
        visit = queue.oldest(self._now_ms)
        able = [agent for agent in queue.members if agent.can_take(queue, self._now_ms)]
        if visit is not None and able:
            self._ring(visit, min(able, key=lambda agent: (len(agent.visits), agent.idle_since_ms, agent.seat)))

    def _seek(self, agent: Agent) -> None:
        """A free agent asks for the oldest contact of all their queues, and again as long as there is one to be had."""
        heads = [queue.oldest(self._now_ms) for queue in agent.queues if agent.can_take(queue, self._now_ms)]
        oldest = min((visit for visit in heads if visit is not None), key=lambda visit: visit.entered_ms, default=None)
        if oldest is not None:
            self._match(oldest.queue)
            self._soon(partial(self._seek, agent))

    def _ring(self, visit: Visit, agent: Agent) -> None:
        visit.phase, visit.agent = "ringing", agent
        visit.rings += 1
        agent.visits.append(visit)
        self._say(ContactAlerting, contact=visit.contact, queue=visit.queue.profile.name, agent=agent.name)
        if self._chance.happens(self._profile.decline_ratio):
            self._after(_RING_MS, partial(self._decline, visit, agent, visit.rings))
        else:
            answer_ms = min(self._chance.lognormal(2_800, 0.5), _RING_MS - 1_000)
            self._after(answer_ms, partial(self._answer, visit, agent, visit.rings))

    def _decline(self, visit: Visit, agent: Agent, ring: int) -> None:
        if visit.phase != "ringing" or visit.rings != ring:
            return
        visit.phase, visit.waiting_since_ms = "waiting", self._now_ms
        queue = visit.queue
        self._say(
            ContactDeclined, contact=visit.contact, queue=queue.profile.name, agent=agent.name, reason="no_answer"
        )
        self._let_go(visit, agent)
        self._soon(partial(self._match, queue))
        takes_part = agent.on_shift and not agent.pause and not agent.due and not agent.visits
        if takes_part and self._chance.happens(0.4):  # some switches pause an agent who lets it ring
            self._pause(agent, "no_answer", self._now_ms + self._chance.between(60_000, 180_000))

    def _answer(self, visit: Visit, agent: Agent, ring: int) -> None:
        if visit.phase != "ringing" or visit.rings != ring:
            return
        profile, chance = visit.queue.profile, self._chance
        visit.phase = "over"
        del visit.queue.waiting[visit.contact]
        self._say(ContactAnswered, contact=visit.contact, queue=profile.name, agent=agent.name)
        talk_ms = int(chance.lognormal(profile.talk_ms_median, profile.talk_sigma)) + 1_000
        if chance.happens(0.02):
            talk_ms = chance.between(3_000, 10_000)
        transfer = not visit.transferred and chance.happens(profile.transfer_ratio)
        if chance.happens(profile.hold_ratio):
            held_ms = min(int(chance.lognormal(25_000, 0.6)), 180_000)
            self._after(talk_ms // 2, partial(self._hold, visit, agent, ContactHeld))
            self._after(talk_ms // 2 + held_ms, partial(self._hold, visit, agent, ContactResumed))
            talk_ms += held_ms
        self._after(talk_ms, partial(self._transfer if transfer else self._end, visit, agent))

    def _hold(self, visit: Visit, agent: Agent, kind: type[Event]) -> None:
        self._say(kind, contact=visit.contact, agent=agent.name, queue=visit.queue.profile.name)

    def _end(self, visit: Visit, agent: Agent) -> None:
        by = "customer" if self._chance.happens(0.6) else "agent"
        self._say(ContactEnded, contact=visit.contact, queue=visit.queue.profile.name, agent=agent.name, by=by)
        self._wrap_up(visit, agent)

    def _transfer(self, visit: Visit, agent: Agent) -> None:
        profile = visit.queue.profile
        self._say(
            ContactTransferred,
            contact=visit.contact,
            queue=profile.name,
            agent=agent.name,
            to=profile.transfer_to,
            mode="blind",
        )
        onward = partial(self._enter, self._queues[profile.transfer_to], visit.contact, transferred=True)
        self._soon(onward)
        self._wrap_up(visit, agent)

    # An agent's day.

    def _wrap_up(self, visit: Visit, agent: Agent) -> None:
        median_ms = visit.queue.profile.wrap_up_ms_median
        if not median_ms:
            self._let_go(visit, agent)
            return
        agent.visits.remove(visit)
        agent.wrapping_up = True
        self._say(AgentStateChanged, agent=agent.name, state="wrap_up")
        self._after(self._chance.lognormal(median_ms, 0.6) + 1_000, partial(self._wrapped_up, agent))

    def _wrapped_up(self, agent: Agent) -> None:
        agent.wrapping_up = False
        if agent.due is None:
            self._say(AgentStateChanged, agent=agent.name, state="available")
        self._free(agent)

    def _let_go(self, visit: Visit, agent: Agent) -> None:
        agent.visits.remove(visit)
        visit.agent = None
        self._free(agent)

    def _free(self, agent: Agent) -> None:
        """Nothing, or one contact less, in hand: what is due comes first, then the next contact."""
        agent.idle_since_ms = self._now_ms
        if agent.due is not None and not agent.visits:
            due, agent.due = agent.due, None
            due()
        else:
            self._soon(partial(self._seek, agent))

    def _when_free(self, agent: Agent, action: Action) -> None:
        if agent.visits or agent.wrapping_up:
            agent.due = action
        elif agent.on_shift:
            action()

    def _log_in(self, agent: Agent, team: str) -> None:
        agent.on_shift = True
        self._say(AgentDescribed, agent=agent.name, team=team)
        for queue in agent.queues:
            queue.members.append(agent)
            self._say(AgentJoined, agent=agent.name, queue=queue.profile.name)
        self._say(AgentStateChanged, agent=agent.name, state="available")
        self._free(agent)

    def _log_out(self, agent: Agent) -> None:
        agent.on_shift, agent.pause = False, 0
        for queue in agent.queues:
            queue.members.remove(agent)
            self._say(AgentLeft, agent=agent.name, queue=queue.profile.name)
        self._say(AgentStateChanged, agent=agent.name, state="offline")

    def _pause(self, agent: Agent, reason: str, back_ms: int) -> None:
        self._pauses += 1
        agent.pause = self._pauses
        self._say(AgentStateChanged, agent=agent.name, state="paused", reason=reason)
        self._at(max(back_ms, self._now_ms + 60_000), partial(self._back, agent, agent.pause))

    def _back(self, agent: Agent, pause: int) -> None:
        if agent.pause == pause:
            agent.pause = 0
            self._say(AgentStateChanged, agent=agent.name, state="available")
            self._free(agent)
