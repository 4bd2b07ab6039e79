"""The agents' side: who is a member of which queue, paused where and why, and what the phones do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from floorwatch.floor import events as e
from simulators.ami.tables import DEVICES, FREE, IN_USE, RINGS, RINGS_IN_USE, UNREGISTERED, Phone, Queue, Seat
from simulators.ami.wire import Voice

_FIRST_NUMBER = 1001
_FIRST_EXTEN = 8001


class Members:
    """All queues, all phones, and the memberships between them.

    `seats`: the queues of agents of whom the stream does not say which they join.
    """

    def __init__(self, voice: Voice, seats: Mapping[str, Sequence[str]]) -> None:
        self._voice = voice
        self._seats = seats
        self.queues: dict[str, Queue] = {}
        self.phones: dict[str, Phone] = {}

    def queue(self, name: str) -> Queue:
        """The queue of this name; new when it is mentioned for the first time."""
        found = self.queues.get(name)
        if found is None:
            found = self.queues[name] = Queue(name, str(_FIRST_EXTEN + len(self.queues)))
        return found

    def phone(self, agent: str) -> Phone:
        """The agent's phone; new when the agent is mentioned for the first time."""
        found = self.phones.get(agent)
        if found is None:
            number = str(_FIRST_NUMBER + len(self.phones))
            found = self.phones[agent] = Phone(agent, number, agent)
            found.away = dict.fromkeys(self._seats.get(agent, ()), 0)
        return found

    def phone_for(self, agent: str, queue: str) -> Phone:
        """The phone of an agent who is called for this queue: who was never a member of any is one of it from now."""
        phone = self.phone(agent)
        if not phone.is_known and phone.state != "offline":
            phone.state = phone.state or "available"
            phone.away[queue] = 0
            self._settle(phone)
        return phone

    # What the agents do

    def join(self, agent: str, queue: str, penalty: int) -> None:
        """The agent is a member of the queue from now on."""
        phone = self.phone(agent)
        if queue in phone.seats:
            return
        phone.away[queue] = penalty
        phone.state = "available" if phone.state in ("", "offline") else phone.state
        self._settle(phone)

    def leave(self, agent: str, queue: str) -> None:
        """The agent is no longer."""
        phone = self.phone(agent)
        phone.away.pop(queue, None)
        phone.pauses = [pause for pause in phone.pauses if pause[0] != queue]
        if queue in phone.seats:
            self._remove(phone, queue)
            if not phone.seats:
                phone.pauses, phone.state = [], "offline"

    def report(self, agent: str, state: str, reason: str, queue: str | None) -> None:
        """An `agent.state`, with what the contract makes of it: the last one counts, and most of them end pauses."""
        phone = self.phone(agent)
        if state == "paused" or (queue and state == "available"):
            phone.pauses = [pause for pause in phone.pauses if pause[0] != (queue or None)]
            if state == "paused":
                phone.pauses.append((queue or None, reason))
            if not phone.state or not queue:
                phone.state = "available"
        elif state == "offline":
            self._log_out(phone)
            return
        else:
            phone.state = state if state in ("busy", "unreachable") else "available"
            phone.pauses = [] if state == "available" else [pause for pause in phone.pauses if pause[0]]
        self._settle(phone)

    def describe(self, event: e.AgentDescribed) -> None:
        """The agent's name is the caller id of the phone."""
        self.phone(event.agent).title = event.name or event.agent

    def follow(self, phone: Phone) -> None:
        """What the phone does has changed: the device says so, and then each membership."""
        device = _device(phone)
        was, phone.device = phone.device, device
        if device == was:
            return
        if UNREGISTERED in (device, was):
            self._register(phone, comes=was == UNREGISTERED)
        self._voice.say("DeviceStateChange", "call", f"Device: {phone.interface}\r\nState: {DEVICES[device]}\r\n")
        for seat in phone.seats.values():
            self._voice.say("QueueMemberStatus", "agent", shown(phone, seat))

    def restart(self) -> None:
        """The switch has started anew: members come back without a word, with their pauses, and nothing is counted."""
        self.queues = {name: Queue(name, queue.exten) for name, queue in self.queues.items()}
        for phone in self.phones.values():
            phone.ringing = phone.talking = 0
            phone.device = _device(phone)
            for queue, seat in phone.seats.items():
                back = Seat(queue, self._voice.now_s, seat.penalty, paused=seat.paused, reason=seat.reason)
                back.last_pause_s = self._voice.now_s if seat.paused else 0
                phone.seats[queue] = back
                self.queues[queue].members[phone.agent] = (phone, back)

    # Steps

    def _settle(self, phone: Phone) -> None:
        """Bring memberships, pauses and device to what the agent has reported."""
        if phone.state not in ("", "offline"):
            away, phone.away = phone.away, {}
            for queue, penalty in away.items():
                self._add(phone, queue, penalty)
        for seat in phone.seats.values():
            paused, reason = _pause(phone, seat.queue)
            if (paused, reason) != (seat.paused, seat.reason):
                self._pause(phone, seat, paused, reason)
        self.follow(phone)

    def _add(self, phone: Phone, queue: str, penalty: int) -> None:
        seat = Seat(queue, self._voice.now_s, penalty)
        seat.paused, seat.reason = _pause(phone, queue)
        seat.last_pause_s = self._voice.now_s if seat.paused else 0
        phone.seats[queue] = seat
        self.queue(queue).members[phone.agent] = (phone, seat)
        self._voice.say("QueueMemberAdded", "agent", shown(phone, seat))

    def _pause(self, phone: Phone, seat: Seat, paused: bool, reason: str) -> None:
        seat.paused, seat.reason = paused, reason
        if paused:
            seat.last_pause_s = self._voice.now_s
        self._voice.say("QueueMemberPause", "agent", shown(phone, seat))

    def _log_out(self, phone: Phone) -> None:
        phone.away |= {queue: seat.penalty for queue, seat in phone.seats.items()}
        for queue in list(phone.seats):
            self._remove(phone, queue)
        phone.pauses, phone.state = [], "offline"
        self.follow(phone)

    def _remove(self, phone: Phone, queue: str) -> None:
        seat = phone.seats.pop(queue)
        del self.queues[queue].members[phone.agent]
        self._voice.say("QueueMemberRemoved", "agent", shown(phone, seat))

    def _register(self, phone: Phone, *, comes: bool) -> None:
        peer = f"ChannelType: PJSIP\r\nPeer: {phone.interface}\r\n"
        self._voice.say("PeerStatus", "system", f"{peer}PeerStatus: {'Reachable' if comes else 'Unreachable'}\r\n")
        self._voice.say(
            "ContactStatus",
            "system",
            f"URI: sip:{phone.number}@192.0.2.10:5060\r\nContactStatus: {'NonQualified' if comes else 'Removed'}\r\n"
            f"AOR: {phone.agent}\r\nEndpointName: {phone.agent}\r\nRoundtripUsec: 0\r\n",
        )


def shown(phone: Phone, seat: Seat) -> str:
    """A member in an event."""
    return (
        f"Queue: {seat.queue}\r\nMemberName: {phone.agent}\r\nInterface: {phone.interface}\r\n{details(phone, seat)}"
        f"Ringinuse: 0\r\nWrapuptime: 0\r\n"
    )


def listed(phone: Phone, seat: Seat) -> str:
    """A member in a list, which names it otherwise."""
    return (
        f"Queue: {seat.queue}\r\nName: {phone.agent}\r\nLocation: {phone.interface}\r\n{details(phone, seat)}"
        f"Wrapuptime: 0\r\n"
    )


def details(phone: Phone, seat: Seat) -> str:
    """What events and lists say of a member alike."""
    return (
        f"StateInterface: {phone.interface}\r\nMembership: dynamic\r\nPenalty: {seat.penalty}\r\n"
        f"CallsTaken: {seat.calls_taken}\r\nLastCall: {seat.last_call_s}\r\nLastPause: {seat.last_pause_s}\r\n"
        f"LoginTime: {seat.login_s}\r\nInCall: {1 if seat.calls else 0}\r\nStatus: {phone.device}\r\n"
        f"Paused: {1 if seat.paused else 0}\r\nPausedReason: {seat.reason}\r\n"
    )


def _pause(phone: Phone, queue: str) -> tuple[bool, str]:
    """Whether the agent is paused in this queue, and the latest reason."""
    for where, reason in reversed(phone.pauses):
        if where in (None, queue):
            return True, reason
    return False, ""


def _device(phone: Phone) -> int:
    if phone.talking or phone.state == "busy":
        return RINGS_IN_USE if phone.ringing else IN_USE
    if phone.ringing:
        return RINGS
    return UNREGISTERED if phone.state == "unreachable" else FREE
