"""Calls through queues: what the switch says of them, in the order in which a real one was recorded.

QueueCallerJoin -> AgentCalled [-> AgentRingNoAnswer] -> QueueCallerLeave -> AgentConnect -> AgentComplete
                   or QueueCallerAbandon -> QueueCallerLeave [-> QUEUESTATUS], or a key -> QueueCallerLeave
"""

from __future__ import annotations

from simulators.ami.channels import Channels, bridge_lines
from simulators.ami.members import Members
from simulators.ami.tables import RINGING, UP, Caller, Channel, Phone, Queue, Ring, Talk
from simulators.ami.wire import Voice

SERVICE_LEVEL_S = 20
_REFUSING = {"rejected": "NOANSWER", "busy": "BUSY"}
"""DialStatus of a phone that ends the ringing itself; said before the queue says what it makes of it."""
_BUSY = "Cause: 17\r\nTechCause: 486\r\n"


class Queues:
    """What happens to callers, from the queue's door to the end of the talk."""

    def __init__(self, voice: Voice, channels: Channels, members: Members) -> None:
        self._voice = voice
        self._channels = channels
        self._members = members

    # Waiting

    def enter(self, channel: Channel, queue: Queue) -> Caller:
        """The caller joins the queue and listens to music."""
        self._ask(channel, queue)
        caller = self.waits(channel, queue)
        count = len(queue.callers)
        self._say_caller("QueueCallerJoin", caller, f"Position: {count}\r\nCount: {count}\r\n")
        self._channels.play_music(channel)
        return caller

    def waits(self, channel: Channel, queue: Queue) -> Caller:
        """The caller is in the queue; nobody says so."""
        caller = Caller(channel, queue, self._voice.now_ms, len(queue.callers) + 1)
        queue.callers[channel.uid] = caller
        return caller

    def refuse(self, channel: Channel, queue: Queue, status: str) -> None:
        """The caller is not let in: only a variable says so."""
        self._ask(channel, queue)
        self._channels.set(channel, "QUEUESTATUS", status)
        self._channels.run(channel, "Hangup", "34")
        self._channels.hang_up(channel, 34, soft=True, technical=503)

    def ring(self, caller: Caller, phone: Phone) -> None:
        """An agent's phone rings."""
        channels, channel = self._channels, caller.channel
        leg = channels.leg(phone, channel)
        caller.rings[phone.agent] = Ring(phone, leg, self._voice.now_ms)
        self._say_agent("AgentCalled", caller.queue, phone, channel, leg)
        self._dial("DialBegin", channel, leg, f"DialString: {phone.interface}\r\n")
        channels.turn(leg, RINGING)
        channels.run(leg, "AppQueue", "(Outgoing Line)")
        phone.ringing += 1
        self._members.follow(phone)
        channel.line_number, channel.line_title = phone.number, phone.title
        self._dial("DialState", channel, leg, "DialStatus: RINGING\r\n")

    def decline(self, caller: Caller, agent: str, reason: str) -> None:
        """The agent does not take it: the ringing runs out, or the phone ends it."""
        ring = caller.rings.pop(agent)
        refuses = reason in _REFUSING
        if refuses:
            self._channels.request_hangup(ring.leg, _BUSY)
            self._dial("DialEnd", caller.channel, ring.leg, f"DialStatus: {_REFUSING[reason]}\r\n")
        seconds = self._voice.now_s - ring.since_ms // 1000
        line = f"RingTime: {seconds * 1000}\r\n"
        self._say_agent("AgentRingNoAnswer", caller.queue, ring.phone, caller.channel, ring.leg, line)
        if not refuses:
            self._dial("DialEnd", caller.channel, ring.leg, "DialStatus: NOANSWER\r\n")
            self._dial("DialEnd", caller.channel, ring.leg, "DialStatus: CANCEL\r\n")
        self._silence(ring, *((17, 486) if refuses else (0, 0)))

    # Leaving without an agent

    def abandon(self, caller: Caller) -> None:
        """The caller hangs up."""
        channel = caller.channel
        self._channels.request_hangup(channel)
        self._channels.stop_music(channel)
        self._cancel_rings(caller)
        self._say_abandon(caller)
        self._leave(caller)
        self._channels.hang_up(channel, 0, soft=True)
        self._silence_all(caller)

    def exit(self, caller: Caller, status: str) -> None:
        """The queue gives the caller back to the dialplan, which waits what comes next."""
        self._cancel_rings(caller)
        self._say_abandon(caller)
        self._channels.stop_music(caller.channel)
        self._leave(caller)
        self._channels.set(caller.channel, "QUEUESTATUS", status)
        self._silence_all(caller)
        self._go_on(caller.channel)

    def exit_by_key(self, caller: Caller, digit: str = "1") -> None:
        """The caller presses a key, is told goodbye, and hung up."""
        channel = caller.channel
        self._channels.press(channel, digit)
        self._cancel_rings(caller)
        channel.context, channel.exten, channel.priority = "q-exit", digit, 0
        self._channels.stop_music(channel)
        self._leave(caller)
        channel.priority = 1
        self._channels.run(channel, "Hangup", "16")
        self._channels.hang_up(channel, soft=True)
        self._silence_all(caller)

    # Talking

    def connect(self, caller: Caller, agent: str) -> Talk:
        """The agent answers; who else was rung for this caller is not told why it stops."""
        channel, queue, voice = caller.channel, caller.queue, self._voice
        ring = caller.rings.pop(agent)
        phone, leg = ring.phone, ring.leg
        channel.line_number, channel.line_title = phone.number, phone.title
        self._channels.turn(leg, UP)
        self._dial("DialEnd", channel, leg, "DialStatus: ANSWER\r\n")
        self._cancel_rings(caller)
        self._channels.stop_music(channel)
        self._leave(caller)
        held_s = voice.now_s - caller.joined_ms // 1000
        line = f"HoldTime: {held_s}\r\nRingTime: {voice.now_s - ring.since_ms // 1000}\r\n"
        self._say_agent("AgentConnect", queue, phone, channel, leg, line)
        phone.ringing -= 1
        phone.talking += 1
        if queue.name in phone.seats:
            phone.seats[queue.name].calls += 1
        self._members.follow(phone)
        self._silence_all(caller, 26)
        self._channels.bridge(leg, channel)
        queue.hold_s = (queue.hold_s * 3 + held_s) // 4
        return Talk(channel, leg, queue, phone, held_s, voice.now_ms)

    def talks(self, channel: Channel, queue: Queue, phone: Phone) -> Talk:
        """A talk whose beginning nobody saw."""
        leg = self._channels.leg(phone, channel)
        phone.talking += 1
        return Talk(channel, leg, queue, phone, 0, self._voice.now_ms)

    def hold(self, talk: Talk) -> None:
        """The agent puts the caller on hold."""
        self._voice.say("Hold", "call", f"{talk.leg.shown()}MusicClass: default\r\n")
        self._channels.play_music(talk.caller)
        talk.is_held = True

    def unhold(self, talk: Talk) -> None:
        """And takes the call up again; a transfer says so too, whether or not there was a hold."""
        self._voice.say("Unhold", "call", talk.leg.shown())
        if talk.is_held:
            self._channels.stop_music(talk.caller)
            talk.is_held = False

    def complete(self, talk: Talk, *, by_caller: bool) -> None:
        """One of the two hangs up, and the call is over."""
        first, second = (talk.caller, talk.leg) if by_caller else (talk.leg, talk.caller)
        self._channels.request_hangup(first)
        self._say_complete(talk, "caller" if by_caller else "agent")
        self._channels.unbridge(first, second)
        self._channels.hang_up(talk.leg)
        self._channels.hang_up(talk.caller, soft=True)
        self._members.follow(talk.phone)

    def transfer(self, talk: Talk, mode: str, to: str) -> None:
        """The agent passes the caller on, and is done with it."""
        self.unhold(talk)
        if mode == "attended":
            self._say_attended(talk, to)
        else:
            self._say_blind(talk, to)
        self._say_complete(talk, "transfer")
        self._channels.unbridge(talk.leg, talk.caller)
        self._channels.hang_up(talk.leg)
        self._members.follow(talk.phone)
        channel = talk.caller
        channel.context, channel.exten, channel.priority = "from-agent", to, 0
        self._go_on(channel)

    # What is said

    def _ask(self, channel: Channel, queue: Queue) -> None:
        channel.exten = queue.exten
        channel.priority += 1
        self._channels.run(channel, "Queue", f"{queue.name},,,,300")

    def _go_on(self, channel: Channel) -> None:
        channel.priority += 1
        self._channels.run(channel, "Wait", "2")

    def _leave(self, caller: Caller) -> None:
        position = caller.position
        del caller.queue.callers[caller.channel.uid]
        self._say_caller("QueueCallerLeave", caller, f"Position: {position}\r\nCount: {len(caller.queue.callers)}\r\n")
        self._channels.set(caller.channel, "QUEUEPOSITION", str(position))

    def _say_abandon(self, caller: Caller) -> None:
        waited_s, queue = self._voice.now_s - caller.joined_ms // 1000, caller.queue
        self._channels.set(caller.channel, "ABANDONED", "TRUE")
        self._say_caller(
            "QueueCallerAbandon",
            caller,
            f"Position: {caller.position}\r\nOriginalPosition: {caller.first_position}\r\nHoldTime: {waited_s}\r\n",
        )
        queue.abandoned += 1
        queue.abandoned_in_time += waited_s <= SERVICE_LEVEL_S

    def _say_complete(self, talk: Talk, reason: str) -> None:
        """AgentComplete; the counters leave out an agent who is no longer a member."""
        now_s, queue, phone = self._voice.now_s, talk.queue, talk.phone
        talked_s = now_s - talk.since_ms // 1000
        line = f"HoldTime: {talk.held_s}\r\nTalkTime: {talked_s}\r\nReason: {reason}\r\n"
        self._say_agent("AgentComplete", queue, phone, talk.caller, talk.leg, line)
        phone.talking -= 1
        for seat in phone.seats.values():
            seat.calls_taken += 1
            seat.last_call_s = now_s
        here = phone.seats.get(queue.name)
        if here is not None:
            here.calls = max(0, here.calls - 1)
            queue.completed += 1
            queue.completed_in_time += talk.held_s <= SERVICE_LEVEL_S
            queue.talk_s = (queue.talk_s * 3 + talked_s) // 4

    def _cancel_rings(self, caller: Caller) -> None:
        for ring in caller.rings.values():
            self._dial("DialEnd", caller.channel, ring.leg, "DialStatus: CANCEL\r\n")

    def _silence_all(self, caller: Caller, cause: int = 0) -> None:
        rings, caller.rings = caller.rings, {}
        for ring in rings.values():
            self._silence(ring, cause)

    def _silence(self, ring: Ring, cause: int, technical: int = 0) -> None:
        self._channels.hang_up(ring.leg, cause, technical=technical)
        ring.phone.ringing -= 1
        self._members.follow(ring.phone)

    def _say_caller(self, name: str, caller: Caller, more: str) -> None:
        self._voice.say(name, "agent", f"{caller.channel.shown()}Queue: {caller.queue.name}\r\n{more}")

    def _say_agent(self, name: str, queue: Queue, phone: Phone, channel: Channel, leg: Channel, more: str = "") -> None:
        who = f"Queue: {queue.name}\r\nInterface: {phone.interface}\r\nMemberName: {phone.agent}\r\n"
        self._voice.say(name, "agent", channel.shown() + leg.shown("Dest") + who + more)

    def _dial(self, name: str, channel: Channel, leg: Channel, more: str) -> None:
        self._voice.say(name, "call", channel.shown() + leg.shown("Dest") + more)

    def _say_blind(self, talk: Talk, to: str) -> None:
        self._voice.say(
            "BlindTransfer",
            "call",
            f"Result: Success\r\n{talk.leg.shown('Transferer')}{talk.caller.shown('Transferee')}"
            f"{bridge_lines(talk.leg.bridge, 2)}IsExternal: Yes\r\nContext: from-agent\r\nExtension: {to}\r\n",
        )

    def _say_attended(self, talk: Talk, to: str) -> None:
        """The agent has called somebody on a second line, and joins the two; that call was short, and is over."""
        second = self._channels.leg(talk.phone, talk.caller)
        second.exten = to
        target = self._channels.target(to, second.linked)
        bridge = bridge_lines(talk.leg.bridge, 2, "Orig")
        self._voice.say(
            "AttendedTransfer",
            "call",
            f"Result: Success\r\n{talk.leg.shown('OrigTransferer')}{bridge}{second.shown('SecondTransferer')}"
            f"{bridge.replace('Orig', 'Second')}{talk.caller.shown('Transferee')}{target.shown('TransferTarget')}"
            f"IsExternal: No\r\nDestType: Bridge\r\nDestBridgeUniqueid: {talk.leg.bridge}\r\n",
        )
        for channel in (second, target):
            self._channels.hang_up(channel)
