"""A call floor told the way an Asterisk would: contract events in, the manager interface out."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from floorwatch.clock import Clock
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from simulators.ami.actions import Answers
from simulators.ami.channels import Channels
from simulators.ami.members import Members
from simulators.ami.queues import Queues
from simulators.ami.socket import Listener, ManagerServer
from simulators.ami.tables import Caller, Channel, Phone, Talk
from simulators.ami.wire import CLASSES, Action, Voice, event, stamp_of
from simulators.speaker import instant

LINGERS_MS = 2_000
"""So long a caller who has left a queue, or was transferred, stays on the line before the dialplan hangs up: who comes
to the next queue meanwhile is the same call."""
_REFUSED = {"full": "FULL"}
_EXITED = {"timeout": "TIMEOUT", "overflow": "TIMEOUT", "empty": "LEAVEEMPTY"}
_KEYS = ("key", "callback")


class AmiSpeaker:
    """A switch with a floor.

    `seats`: the queues of agents of whom the events will not say which they join. What cannot be told is listed in the
    package's own description.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        user: str = "floorwatch",
        secret: str = "a-long-one",  # noqa: S107
        seats: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._clock = clock
        self.server = ManagerServer(user, secret, self.answer, self._booted, self._authenticated)
        self.voice = Voice(self.server.fire)
        """Through which everything is said; what `fire` it is told is what goes out."""
        self._members = Members(self.voice, seats or {})
        self._waiting: dict[tuple[str, str], Caller] = {}
        """By (contact, queue)."""
        self._talking: dict[tuple[str, str], Talk] = {}
        """By (contact, agent)."""
        self._lingering: dict[str, Channel] = {}
        """By contact: on the line, in no queue."""
        self._due: deque[tuple[int, str, Channel]] = deque()
        """(when, contact) of those who will be hung up."""
        self._start_calls(clock.now_ms())

    @property
    def is_heard(self) -> bool:
        """Somebody has logged in and hears of the queues."""
        return any(listener.hears(CLASSES["agent"]) for listener in self.server.listeners)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; returns the port."""
        return await self.server.start(host, port)

    async def stop(self) -> None:
        """Stop listening and drop whoever is connected."""
        await self.server.stop()

    async def drain(self) -> None:
        """Wait until whoever listens has taken most of what was said: a fast player must, or loses slow readers."""
        await self.server.drain()

    def cut(self) -> None:
        """Every connection is lost."""
        self.server.cut()

    def freeze(self) -> None:
        """The connections stand, and nothing comes."""
        self.server.freeze()

    def restart(self) -> None:
        """The process says that it restarts, and comes back without its calls; members are kept, nothing counted is."""
        self.voice.say("Shutdown", "system", "Shutdown: Cleanly\r\nRestart: True\r\n")
        self.server.cut()
        for table in (self._waiting, self._talking, self._lingering, self._due):
            table.clear()
        self._members.restart()
        self._start_calls(self._now_ms())

    def tell(self, event: Event) -> None:
        """One happening on the floor, in order."""
        at_ms = instant(event)
        self._hang_up_due(at_ms)
        self.voice.reach(at_ms)
        tell = _TELL.get(type(event))
        if tell is not None:
            tell(self, event)

    # The switch itself

    def _start_calls(self, now_ms: int) -> None:
        self._channels = Channels(self.voice)
        self._queues = Queues(self.voice, self._channels, self._members)
        self._answers = Answers(self._channels, self._members, now_ms)

    def _now_ms(self) -> int:
        return max(self._clock.now_ms(), self.voice.now_ms)

    def answer(self, action: Action) -> bytes:
        """What the switch answers to an action of somebody who has logged in."""
        return self._answers.answer(action, self._now_ms())

    def _booted(self) -> bytes:
        return self._answers.booted(self._now_ms())

    def _authenticated(self, listener: Listener) -> None:
        now_ms = self._now_ms()
        at = datetime.fromtimestamp(now_ms // 1000, UTC).strftime(f"%Y-%m-%dT%H:%M:%S.{now_ms % 1000:03d}+0000")
        ours, theirs = listener.addresses
        body = (
            f"EventTV: {at}\r\nSeverity: Informational\r\nService: AMI\r\nEventVersion: 1\r\n"
            f"AccountID: {listener.user}\r\nSessionID: 0x7f0000000000\r\nLocalAddress: {ours}\r\n"
            f"RemoteAddress: {theirs}\r\nUsingPassword: 0\r\nSessionTV: {at}\r\n"
        )
        self.server.fire(CLASSES["security"], event("SuccessfulAuth", "security", stamp_of(now_ms), body))

    def _linger(self, contact: str, channel: Channel) -> None:
        self._lingering[contact] = channel
        self._due.append((self.voice.now_ms + LINGERS_MS, contact, channel))

    def _hang_up_due(self, at_ms: int) -> None:
        """Those who have been on the line for long enough, each at its own time."""
        due = self._due
        while due and due[0][0] < at_ms:
            due_ms, contact, channel = due.popleft()
            if self._lingering.get(contact) is channel:
                del self._lingering[contact]
                self.voice.reach(due_ms)
                self._channels.hang_up(channel, soft=True)

    # Contacts

    def _channel_of(self, contact: str, queue: str) -> Channel:
        """The call of a contact that comes to a queue: the one that has just left another, or a new one."""
        return self._lingering.pop(contact, None) or self._channels.incoming(contact, self._members.queue(queue).exten)

    def _caller(self, contact: str, queue: str) -> Caller:
        """Who waits there; of a visit whose entry was not told, somebody who has come unseen."""
        found = self._waiting.get((contact, queue))
        if found is None:
            found = self._queues.waits(self._channel_of(contact, queue), self._members.queue(queue))
            self._waiting[contact, queue] = found
        return found

    def _rung(self, caller: Caller, agent: str) -> None:
        if agent not in caller.rings:
            self._queues.ring(caller, self._members.phone_for(agent, caller.queue.name))

    def _talk(self, contact: str, agent: str, queue: str) -> Talk:
        """A talk that ends; one whose beginning was not told begins now, without a word."""
        found = self._talking.pop((contact, agent), None)
        if found is None:
            phone: Phone = self._members.phone_for(agent, queue)
            found = self._queues.talks(self._channel_of(contact, queue), self._members.queue(queue), phone)
        return found

    def _offered(self, event: e.ContactOffered) -> None:
        if (event.contact, event.queue) not in self._waiting:
            channel = self._channel_of(event.contact, event.queue)
            caller = self._queues.enter(channel, self._members.queue(event.queue))
            self._waiting[event.contact, event.queue] = caller

    def _refused(self, event: e.ContactRefused) -> None:
        channel = self._channel_of(event.contact, event.queue)
        self._queues.refuse(channel, self._members.queue(event.queue), _REFUSED.get(event.reason, "JOINEMPTY"))

    def _alerting(self, event: e.ContactAlerting) -> None:
        self._rung(self._caller(event.contact, event.queue), event.agent)

    def _declined(self, event: e.ContactDeclined) -> None:
        caller = self._caller(event.contact, event.queue)
        self._rung(caller, event.agent)
        self._queues.decline(caller, event.agent, event.reason)

    def _answered(self, event: e.ContactAnswered) -> None:
        if (event.contact, event.agent) not in self._talking:
            caller = self._caller(event.contact, event.queue)
            self._rung(caller, event.agent)
            del self._waiting[event.contact, event.queue]
            self._talking[event.contact, event.agent] = self._queues.connect(caller, event.agent)

    def _held(self, event: e.ContactHeld) -> None:
        talk = self._talking.get((event.contact, event.agent))
        if talk is not None:
            self._queues.hold(talk)

    def _resumed(self, event: e.ContactResumed) -> None:
        talk = self._talking.get((event.contact, event.agent))
        if talk is not None:
            self._queues.unhold(talk)

    def _ended(self, event: e.ContactEnded) -> None:
        talk = self._talk(event.contact, event.agent, event.queue)
        self._queues.complete(talk, by_caller=event.by == "customer")

    def _transferred(self, event: e.ContactTransferred) -> None:
        talk = self._talk(event.contact, event.agent, event.queue)
        self._queues.transfer(talk, event.mode or "blind", event.to or "")
        self._linger(event.contact, talk.caller)

    def _abandoned(self, event: e.ContactAbandoned) -> None:
        caller = self._caller(event.contact, event.queue)
        del self._waiting[event.contact, event.queue]
        self._queues.abandon(caller)

    def _exited(self, event: e.ContactExited) -> None:
        caller = self._caller(event.contact, event.queue)
        del self._waiting[event.contact, event.queue]
        if event.reason in _KEYS:
            self._queues.exit_by_key(caller)
        else:
            self._queues.exit(caller, _EXITED.get(event.reason, "WITHDRAW"))
            self._linger(event.contact, caller.channel)

    # Agents

    def _joined(self, event: e.AgentJoined) -> None:
        self._members.join(event.agent, event.queue, event.penalty or 0)

    def _left(self, event: e.AgentLeft) -> None:
        self._members.leave(event.agent, event.queue)

    def _state(self, event: e.AgentStateChanged) -> None:
        self._members.report(event.agent, event.state, event.reason or "", event.queue)

    def _described(self, event: e.AgentDescribed) -> None:
        self._members.describe(event)

    def _reported(self, event: e.FloorReported) -> None:
        for member in event.members:
            self._members.join(member.agent, member.queue, 0)
        for state in event.states:
            self._members.report(state.agent, state.state, state.reason or "", None)
        for member in event.members:
            if member.paused:
                self._members.report(member.agent, "paused", member.reason, member.queue)


_TELL: dict[type[Event], Callable[[AmiSpeaker, Any], None]] = {
    e.ContactOffered: AmiSpeaker._offered,
    e.ContactRefused: AmiSpeaker._refused,
    e.ContactAlerting: AmiSpeaker._alerting,
    e.ContactDeclined: AmiSpeaker._declined,
    e.ContactAnswered: AmiSpeaker._answered,
    e.ContactHeld: AmiSpeaker._held,
    e.ContactResumed: AmiSpeaker._resumed,
    e.ContactTransferred: AmiSpeaker._transferred,
    e.ContactEnded: AmiSpeaker._ended,
    e.ContactAbandoned: AmiSpeaker._abandoned,
    e.ContactExited: AmiSpeaker._exited,
    e.AgentJoined: AmiSpeaker._joined,
    e.AgentLeft: AmiSpeaker._left,
    e.AgentStateChanged: AmiSpeaker._state,
    e.AgentDescribed: AmiSpeaker._described,
    e.FloorReported: AmiSpeaker._reported,
}
