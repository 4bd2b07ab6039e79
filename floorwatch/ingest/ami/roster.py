"""The agent side of the translation: queue members and their phones become `agent.*` facts.

The switch repeats itself: one change of a phone is told once per queue of its member, and unchanged values are told
again with every other change. So what the switch says is kept as it is (`Seat`s and phones), what it means for the
agent is derived, and only the difference from what was told before becomes facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from floorwatch.floor import events as e
from floorwatch.floor.events import AgentState
from floorwatch.ingest.facts import Facts

_RINGING = 6
IN_USE = frozenset((2, 3, 7, 8))
"""Device states of a phone on a call."""
_UNREACHABLE = frozenset((4, 5))


@dataclass(slots=True)
class Seat:
    """One interface's membership of one queue, as the switch tells it."""

    queue: str
    interface: str
    name: str
    phone: int
    """Device state: 0 unknown, 1 free, 2 in use, 3 busy, 4 invalid, 5 not registered, 6 ringing, 7 both, 8 on hold."""
    paused: bool
    reason: str = ""
    paused_since_ms: int | None = None
    """LastPause; of any use only while paused."""
    penalty: int | None = None
    in_call: bool = False
    """On a call of this queue, as far as the switch happened to say."""


@dataclass(slots=True)
class _Agent:
    """What has been told of one agent."""

    interfaces: dict[str, None] = field(default_factory=dict)
    queues: dict[str, None] = field(default_factory=dict)
    pauses: dict[str, str] = field(default_factory=dict)
    """Queue to reason."""
    slot: AgentState | None = None
    """The state told last without a queue."""


class Roster:
    """Who is a member of what, paused where, and whose phone does what.

    `interfaces` maps an interface to the agent it means (configuration); any other agent is known by its member name.
    `rings` are the interfaces where a queue contact rings (`OpenVisits.rings`): ringing for anything else is `busy`.
    """

    def __init__(self, facts: Facts, interfaces: Mapping[str, str], rings: Mapping[str, int]) -> None:
        self._facts = facts
        self._configured = interfaces
        self._rings = rings
        self._seats: dict[str, dict[str, Seat]] = {}
        """Interface to queue to seat."""
        self._phones: dict[str, int] = {}
        self._agents: dict[str, _Agent] = {}
        self._identities: dict[str, str] = {}
        """Interface with seats to its agent: it does not change while the interface is logged in anywhere."""
        self._owners: dict[str, str] = {}
        """Member name to the interface that bears it alone; "" when several do."""

    def agent(self, interface: str, name: str) -> str:
        """Who is meant.

        The member name, unless an interface that is a member somewhere bears it already: then the newcomer is the name
        and its interface, until it has logged out everywhere. Two that appear in one snapshot are both told apart so.
        """
        configured = self._configured.get(interface)
        if configured is not None:
            return configured
        if interface in self._identities:
            return self._identities[interface]
        name = name or interface
        owner = self._owners.get(name)
        if owner == interface or owner is None or (owner and owner not in self._identities):
            self._owners[name] = interface
            return name
        return f"{name} {interface}"

    def seated(self, seat: Seat, time_ms: int) -> None:
        """QueueMemberAdded, -Status, -Pause or any other event that shows a member as it is now."""
        _keep_precise_start(seat, self.seat(seat.interface, seat.queue))
        self._tell(self._sit(seat), seat.penalty, time_ms)

    def removed(self, interface: str, queue: str, time_ms: int) -> None:
        """QueueMemberRemoved."""
        seats = self._seats.get(interface)
        if seats is None or queue not in seats:
            return
        del seats[queue]
        agent = self._identities[interface]
        if not seats:
            del self._seats[interface]
            del self._identities[interface]
            self._phones.pop(interface, None)
            self._agents[agent].interfaces.pop(interface, None)
        self._tell(agent, None, time_ms)
        if not self._agents[agent].interfaces:
            del self._agents[agent]

    def seated_at(self, device: str) -> tuple[str, str]:
        """The interface that means this device, and its agent; "" twice when it is a member of nothing.

        The options of a Local channel are part of its interface (`Local/17@agents/n`), not of the channel's name.
        """
        if device not in self._identities and device.startswith("Local/"):
            device = next((there for there in self._identities if there.rpartition("/")[0] == device), device)
        agent = self._identities.get(device, "")
        return (device, agent) if agent else ("", "")

    def seat(self, interface: str, queue: str) -> Seat | None:
        """The interface's membership of the queue."""
        return self._seats.get(interface, {}).get(queue)

    def restore(self, seats: Iterable[Seat]) -> tuple[list[e.Member], list[e.ReportedState]]:
        """A snapshot: forget everything but these seats. Returns what it means for the agents, as `floor.reported`."""
        seats = list(seats)
        before = self._seats
        self._seats, self._phones, self._agents = {}, {}, {}
        here = {seat.interface for seat in seats}
        self._identities = {interface: who for interface, who in self._identities.items() if interface in here}
        self._part_namesakes(seats)
        for seat in seats:
            _keep_precise_start(seat, before.get(seat.interface, {}).get(seat.queue))
            self._sit(seat)
        members: list[e.Member] = []
        states: list[e.ReportedState] = []
        for name, agent in self._agents.items():
            agent.pauses = self._pauses(agent)
            agent.queues = self._queues(agent)
            members += self._members(name, agent)
            agent.slot = self._slot(agent)
            states.append(e.ReportedState(agent=name, state=agent.slot))
        return members, states

    def correct(
        self, listed: Iterable[Seat], spoken_of: Mapping[str, None]
    ) -> tuple[list[e.Member], list[e.ReportedState]]:
        """A snapshot of a floor that is known: as `restore`, but only the states are told that are news.

        Interfaces of which events speak that are still to be delivered stay as they were before these.
        """
        told = self._agents
        seats = [seat for seat in listed if seat.interface not in spoken_of]
        seats += [seat for interface in spoken_of for seat in self._seats.get(interface, {}).values()]
        members, states = self.restore(seats)
        news = []
        for state in states:
            agent, was = self._agents[state.agent], told.get(state.agent)
            hidden = len(agent.pauses) == len(agent.queues) or any(map(self._rings.get, agent.interfaces))
            if was is not None and hidden:
                agent.slot = (
                    was.slot
                )  # a pause everywhere hides the phone, and so does a queue contact that rings there
            if was is None or was.slot != agent.slot:
                news.append(state)
        return members, news

    def _part_namesakes(self, seats: list[Seat]) -> None:
        bearers: dict[str, set[str]] = {}
        for seat in seats:
            if seat.interface not in self._configured and seat.interface not in self._identities:
                bearers.setdefault(seat.name, set()).add(seat.interface)
        for name, interfaces in bearers.items():
            if len(interfaces) > 1 and self._owners.get(name) is None:
                self._owners[name] = ""

    def _sit(self, seat: Seat) -> str:
        agent = self.agent(seat.interface, seat.name)
        self._identities[seat.interface] = agent
        self._seats.setdefault(seat.interface, {})[seat.queue] = seat
        self._phones[seat.interface] = seat.phone
        self._agents.setdefault(agent, _Agent()).interfaces[seat.interface] = None
        return agent

    def _tell(self, name: str, penalty: int | None, time_ms: int) -> None:
        """The facts that lead from what was told of this agent to what holds now."""
        agent, add = self._agents[name], self._facts.add
        queues, pauses = self._queues(agent), self._pauses(agent)
        for queue in queues:
            if queue not in agent.queues:
                add(e.AgentJoined, time_ms, agent=name, queue=queue, penalty=penalty)
                agent.slot = agent.slot or "available"
        for queue in agent.queues:
            if queue not in queues:
                add(e.AgentLeft, time_ms, agent=name, queue=queue)
                agent.pauses.pop(queue, None)  # by leaving
        agent.queues = queues
        for queue, reason in pauses.items():
            if agent.pauses.get(queue) != reason:
                add(e.AgentStateChanged, time_ms, agent=name, state="paused", queue=queue, reason=reason)
        for queue in agent.pauses:
            if queue not in pauses:
                add(e.AgentStateChanged, time_ms, agent=name, state="available", queue=queue)
        agent.pauses = pauses
        if queues and len(pauses) < len(queues):
            self._tell_phone(name, agent, time_ms)

    def _tell_phone(self, name: str, agent: _Agent, time_ms: int) -> None:
        """What the phone does, unless the agent is paused everywhere: a pause hides it, so it is told when that ends.

        `available` without a queue ends every pause, so those in force are told again.
        """
        slot = self._slot(agent)
        if slot == agent.slot:
            return
        agent.slot = slot
        self._facts.add(e.AgentStateChanged, time_ms, agent=name, state=slot)
        if slot == "available":
            for queue, reason in agent.pauses.items():
                self._facts.add(e.AgentStateChanged, time_ms, agent=name, state="paused", queue=queue, reason=reason)

    def _queues(self, agent: _Agent) -> dict[str, None]:
        return {queue: None for interface in agent.interfaces for queue in self._seats[interface]}

    def _pauses(self, agent: _Agent) -> dict[str, str]:
        """Queues in which all of the agent's interfaces are paused, with the reason of the last of them."""
        pauses: dict[str, str] = {}
        active = set()
        for interface in agent.interfaces:
            for queue, seat in self._seats[interface].items():
                if seat.paused:
                    pauses[queue] = seat.reason
                else:
                    active.add(queue)
        for queue in active:
            pauses.pop(queue, None)
        return pauses

    def _slot(self, agent: _Agent) -> AgentState:
        """What the agent's phones make of an agent who is on no queue contact and not paused.

        A phone in state 0 (unknown) is one the switch would ring, so its agent is available.
        """
        phones = [(interface, self._phones[interface]) for interface in agent.interfaces]
        for interface, phone in phones:
            if phone in IN_USE or (phone == _RINGING and not self._rings.get(interface)):
                return "busy"
        if all(phone in _UNREACHABLE for _, phone in phones):
            return "unreachable"
        return "available"

    def _members(self, name: str, agent: _Agent) -> list[e.Member]:
        """The agent's memberships; of several pauses the latest comes last, because its reason counts."""
        members = []
        for queue in agent.queues:
            reason = agent.pauses.get(queue)
            since = None
            if reason is not None:
                seats = [self._seats[interface].get(queue) for interface in agent.interfaces]
                since = max((seat.paused_since_ms or 0 for seat in seats if seat is not None), default=0) or None
            members.append(
                e.Member(agent=name, queue=queue, paused=reason is not None, reason=reason or "", since=since)
            )
        return sorted(members, key=lambda member: member.since or 0)


def _keep_precise_start(seat: Seat, was: Seat | None) -> None:
    """Most messages tell whole seconds; the pause's own event told them to the millisecond."""
    if was is not None and was.paused and seat.paused and was.paused_since_ms and seat.paused_since_ms:
        same_second = was.paused_since_ms // 1000 == seat.paused_since_ms // 1000
        seat.paused_since_ms = was.paused_since_ms if same_second else seat.paused_since_ms
