"""A call floor told the way a FreeSWITCH would: contract events in, the event socket out.

`tell` takes one happening at its own time; `play` takes a whole floor and keeps step with a clock, which may be scaled
or virtual. What mod_callcenter has no words for stays unsaid, as on a real one: refusals at the door, the reasons of
pauses, transferred-to, and wrap-up, of which only the fixed `wrap_up_s` of the agents' rows tells.

Tiers are configuration: who leaves its queues by logging out keeps them, as agents of mod_callcenter come and go by
their status. Only who leaves a queue and works on has its tier deleted, which a monitor finds when it looks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from floorwatch.clock import Clock
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from simulators.freeswitch.api import answer
from simulators.freeswitch.callcenter import CallCenter, uuid_of
from simulators.freeswitch.socket import EventSocket
from simulators.speaker import instant, paced

_STATUS = {"offline": "Logged Out", "available": "Available", "paused": "On Break"}
_CAUSE = {"busy": "USER_BUSY", "rejected": "CALL_REJECTED", "no_answer": "NO_ANSWER", "": "USER_NOT_REGISTERED"}
_CANCEL = {"timeout": "TIMEOUT", "empty": "NO_AGENT_TIMEOUT", "key": "EXIT_WITH_KEY"}
_DISPOSITION = {"agent": "recv_bye", "customer": "send_bye"}
_TRANSFER = {"blind": "BLIND_TRANSFER", "attended": "ATTENDED_TRANSFER"}


class FreeswitchSpeaker:
    """A switch with a floor. `wrap_up_s` is the `wrap_up_time` of every agent."""

    def __init__(self, clock: Clock, *, password: str = "a-long-one", wrap_up_s: int = 0) -> None:  # noqa: S107
        self._clock = clock
        self._wrap_up_s = wrap_up_s
        self._told_us = 0
        self._restarts = 0
        self._members: dict[tuple[str, str], str] = {}
        """(contact, queue) to the member's uuid, for the open visits."""
        self._talks: dict[str, str] = {}
        """Contact to the member's uuid, while it talks."""
        self._left_now: dict[tuple[str, str], int] = {}
        """(queue, agent) to the level of the tier, for tiers deleted at this instant."""
        self.socket = EventSocket(password, self._api)
        self.callcenter = CallCenter(self.socket.fire)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port."""
        return await self.socket.start(host, port)

    async def stop(self) -> None:
        """Stop listening and drop whoever is connected."""
        await self.socket.stop()

    @property
    def is_heard(self) -> bool:
        """Whether anybody has logged in and subscribed."""
        return self.socket.is_heard

    async def drain(self) -> None:
        """Wait until what was told is on its way."""
        await self.socket.drain()

    async def play(self, events: Iterable[Event]) -> None:
        """Tell each event when the clock reaches its time."""
        async for _, event in paced(events, self._clock):
            self.tell(event)

    def restart(self) -> None:
        """The process dies with its calls and comes back: agents, tiers and their statuses are in its database."""
        self._restarts += 1
        self.socket.cut()
        before, self.callcenter = self.callcenter, CallCenter(self.socket.fire, uuid_of("core", 1 + self._restarts))
        self.callcenter.queues, self.callcenter.tiers = before.queues, before.tiers
        self.callcenter.agents = before.agents
        for agent in before.agents.values():
            agent.state, agent.uuid = "Waiting", ""
        self._members.clear()
        self._talks.clear()

    def tell(self, event: Event) -> None:
        """One happening on the floor, in order."""
        at_us = max(instant(event) * 1000, self._told_us)
        if at_us > self._told_us:
            self._left_now.clear()
        self._told_us = at_us
        tell = _TELL.get(type(event))
        if tell is not None:
            tell(self, event, at_us)

    def _api(self, command: str) -> str:
        return answer(self.callcenter, command, max(self._clock.now_ms() * 1000, self._told_us))

    def _joined(self, event: e.AgentJoined, at_us: int) -> None:
        self.callcenter.add_tier(event.queue, event.agent, (event.penalty or 0) + 1, self._wrap_up_s, at_us)

    def _left(self, event: e.AgentLeft, at_us: int) -> None:
        level = self.callcenter.tiers.get((event.queue, event.agent))
        if level is not None and self.callcenter.agents[event.agent].status != _STATUS["offline"]:
            self.callcenter.remove_tier(event.queue, event.agent)
            self._left_now[event.queue, event.agent] = level

    def _state(self, event: e.AgentStateChanged, at_us: int) -> None:
        row, status = self.callcenter.agents.get(event.agent), _STATUS.get(event.state)
        if row is not None and status is not None and row.status != status:
            self.callcenter.set_status(event.agent, status, at_us)
        if event.state == "offline":
            kept = {tier: level for tier, level in self._left_now.items() if tier[1] == event.agent}
            self.callcenter.tiers.update(kept)

    def _offered(self, event: e.ContactOffered, at_us: int) -> None:
        member = self.callcenter.enter(event.queue, uuid_of("call", event.contact), at_us)
        self._members[event.contact, event.queue] = member

    def _alerting(self, event: e.ContactAlerting, at_us: int) -> None:
        self.callcenter.offer(self._members[event.contact, event.queue], event.agent, at_us)

    def _declined(self, event: e.ContactDeclined, at_us: int) -> None:
        member, cause = self._members[event.contact, event.queue], _CAUSE.get(event.reason, "NO_ANSWER")
        self.callcenter.fail(member, event.agent, cause, at_us)

    def _answered(self, event: e.ContactAnswered, at_us: int) -> None:
        member = self._members.pop((event.contact, event.queue))
        if event.agent not in self.callcenter.members[member].ringing:
            self.callcenter.offer(member, event.agent, at_us)
        self._talks[event.contact] = member
        self.callcenter.bridge(member, event.agent, at_us)

    def _held(self, event: e.ContactHeld | e.ContactResumed, at_us: int) -> None:
        self.callcenter.hold(self._talks[event.contact], isinstance(event, e.ContactHeld), at_us)

    def _ended(self, event: e.ContactEnded, at_us: int) -> None:
        self.callcenter.unbridge(self._talks.pop(event.contact), at_us, _DISPOSITION.get(event.by or "", ""))

    def _transferred(self, event: e.ContactTransferred, at_us: int) -> None:
        transfer = _TRANSFER.get(event.mode or "", "BLIND_TRANSFER")
        self.callcenter.unbridge(self._talks.pop(event.contact), at_us, transfer=transfer)

    def _abandoned(self, event: e.ContactAbandoned, at_us: int) -> None:
        member = self._members.pop((event.contact, event.queue))
        self.callcenter.leave(member, "BREAK_OUT", hung_up=True, at_us=at_us)

    def _exited(self, event: e.ContactExited, at_us: int) -> None:
        member = self._members.pop((event.contact, event.queue))
        self.callcenter.leave(member, _CANCEL.get(event.reason, "BREAK_OUT"), hung_up=False, at_us=at_us)


_TELL: dict[type[Event], Callable[[FreeswitchSpeaker, Any, int], None]] = {
    e.AgentJoined: FreeswitchSpeaker._joined,
    e.AgentLeft: FreeswitchSpeaker._left,
    e.AgentStateChanged: FreeswitchSpeaker._state,
    e.ContactOffered: FreeswitchSpeaker._offered,
    e.ContactAlerting: FreeswitchSpeaker._alerting,
    e.ContactDeclined: FreeswitchSpeaker._declined,
    e.ContactAnswered: FreeswitchSpeaker._answered,
    e.ContactHeld: FreeswitchSpeaker._held,
    e.ContactResumed: FreeswitchSpeaker._held,
    e.ContactTransferred: FreeswitchSpeaker._transferred,
    e.ContactEnded: FreeswitchSpeaker._ended,
    e.ContactAbandoned: FreeswitchSpeaker._abandoned,
    e.ContactExited: FreeswitchSpeaker._exited,
}
