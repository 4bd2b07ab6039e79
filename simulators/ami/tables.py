"""What the switch knows: channels, phones, members, queues, and who waits and talks in them."""

from __future__ import annotations

from dataclasses import dataclass, field

STATES = {0: "Down", 4: "Ring", 5: "Ringing", 6: "Up"}
DOWN, RING, RINGING, UP = STATES
"""Of a channel."""
DEVICES = {1: "NOT_INUSE", 2: "INUSE", 5: "UNAVAILABLE", 6: "RINGING", 7: "RINGINUSE"}
FREE, IN_USE, UNREGISTERED, RINGS, RINGS_IN_USE = DEVICES
"""Of a phone."""
UNKNOWN = "<unknown>"


@dataclass(slots=True, eq=False)
class Channel:
    """One leg of a call."""

    name: str
    uid: str
    linked: str
    number: str
    title: str
    context: str
    exten: str
    since_ms: int
    state: int = DOWN
    priority: int = 1
    line_number: str = UNKNOWN
    line_title: str = UNKNOWN
    application: str = ""
    arguments: str = ""
    bridge: str = ""

    def shown(self, of: str = "") -> str:
        """Its fourteen lines in an event; `of` is what stands before each name."""
        return (
            f"{of}Channel: {self.name}\r\n{of}ChannelState: {self.state}\r\n"
            f"{of}ChannelStateDesc: {STATES[self.state]}\r\n"
            f"{of}CallerIDNum: {self.number}\r\n{of}CallerIDName: {self.title}\r\n"
            f"{of}ConnectedLineNum: {self.line_number}\r\n{of}ConnectedLineName: {self.line_title}\r\n"
            f"{of}Language: en\r\n{of}AccountCode: \r\n"
            f"{of}Context: {self.context}\r\n{of}Exten: {self.exten}\r\n{of}Priority: {self.priority}\r\n"
            f"{of}Uniqueid: {self.uid}\r\n{of}Linkedid: {self.linked}\r\n"
        )


@dataclass(slots=True, eq=False)
class Seat:
    """A member of a queue."""

    queue: str
    login_s: int
    penalty: int = 0
    calls_taken: int = 0
    last_call_s: int = 0
    paused: bool = False
    reason: str = ""
    last_pause_s: int = 0
    calls: int = 0
    """Calls of this queue the member is on."""


@dataclass(slots=True, eq=False)
class Phone:
    """An agent's phone: the device, and what its agent has reported."""

    agent: str
    number: str
    title: str
    seats: dict[str, Seat] = field(default_factory=dict)
    away: dict[str, int] = field(default_factory=dict)
    """Queues, and the penalty there, of an agent who is logged out and will come back to them."""
    state: str = ""
    """`available`, `busy`, `unreachable`, `offline`; "" before anything is reported."""
    pauses: list[tuple[str | None, str]] = field(default_factory=list)
    """(queue, reason), the latest last; None is a pause in all of them."""
    ringing: int = 0
    talking: int = 0
    device: int = FREE
    """The state that was told last."""

    @property
    def interface(self) -> str:
        """What it is called."""
        return f"PJSIP/{self.agent}"

    @property
    def is_known(self) -> bool:
        """A queue is known of which the agent is a member."""
        return bool(self.seats or self.away)


@dataclass(slots=True, eq=False)
class Ring:
    """A phone being rung for a caller."""

    phone: Phone
    leg: Channel
    since_ms: int


@dataclass(slots=True, eq=False)
class Queue:
    """A queue, and what the switch counts of it: whole seconds, and averages of three parts old and one part new."""

    name: str
    exten: str
    callers: dict[str, Caller] = field(default_factory=dict)
    """By Uniqueid, in order."""
    members: dict[str, tuple[Phone, Seat]] = field(default_factory=dict)
    """By agent."""
    completed: int = 0
    completed_in_time: int = 0
    abandoned: int = 0
    abandoned_in_time: int = 0
    hold_s: int = 0
    talk_s: int = 0


@dataclass(slots=True, eq=False)
class Caller:
    """Somebody waiting in a queue."""

    channel: Channel
    queue: Queue
    joined_ms: int
    first_position: int = 1
    rings: dict[str, Ring] = field(default_factory=dict)
    """By agent."""

    @property
    def position(self) -> int:
        """The place in the queue, from 1 on."""
        return list(self.queue.callers).index(self.channel.uid) + 1


@dataclass(slots=True, eq=False)
class Talk:
    """A caller and an agent on the phone."""

    caller: Channel
    leg: Channel
    queue: Queue
    phone: Phone
    held_s: int
    """How long the caller had waited: HoldTime."""
    since_ms: int
    is_held: bool = False
