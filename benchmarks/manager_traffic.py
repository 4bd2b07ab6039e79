"""A made-up Asterisk manager session, for machines without a recording: the same bytes every time.

A switch tells far more than a floor needs. Of the fifty messages a contact makes here, nine are for us, which is harder
on us than the recorded sessions, where it is nine of a hundred.
"""

from __future__ import annotations

from collections.abc import Iterator

_START_US = 1_772_539_200_000_000
_STEP_US = 20_000
AGENTS = 40
QUEUES = ("sales", "support", "billing", "vip")
_CHATTER = (
    *("VarSet",) * 20,
    *("Newexten",) * 6,
    *("RTCPSent",) * 4,
    *("Newstate",) * 3,
    *("NewConnectedLine",) * 2,
    "MusicOnHoldStart",
    "MusicOnHoldStop",
    "BridgeCreate",
    "BridgeEnter",
    "BridgeLeave",
    "BridgeDestroy",
)

Headers = list[tuple[str, object]]


def manager_bytes(contacts: int) -> bytes:
    """A session in which this many contacts are queued, rung, answered and ended, one overlapping the next."""
    members = [member_headers(QUEUES[number % len(QUEUES)], number) for number in range(AGENTS)]
    parts = ["Asterisk Call Manager/11.0.0\r\n"]
    parts += [spelled("QueueMemberAdded", _START_US, member) for member in members]
    at_us = _START_US
    for number in range(contacts):
        for name, headers in contact_messages(number):
            at_us += _STEP_US
            parts.append(spelled(name, at_us, headers))
    return "".join(parts).encode()


def contact_messages(number: int) -> Iterator[tuple[str, Headers]]:
    """What a switch says about one contact, in order."""
    queue, agent = QUEUES[number % len(QUEUES)], number % AGENTS
    caller = _channel("trunk", number, f"{number}.1")
    leg = [(f"Dest{name}", value) for name, value in _channel(f"a10{agent:02d}", number, f"{number}.2")]
    place: Headers = [("Queue", queue), ("Position", 1), ("Count", 1)]
    served: Headers = [*caller, *leg, ("Queue", queue), ("Interface", f"PJSIP/a10{agent:02d}")]
    served.append(("MemberName", f"A{agent:02d}"))
    chatter = [(name, [*caller, ("Variable", "X"), ("Value", number)]) for name in _CHATTER]

    yield "Newchannel", caller
    yield from chatter[:20]
    yield "QueueCallerJoin", [*caller, *place]
    yield "AgentCalled", served
    yield "QueueMemberStatus", member_headers(queue, agent, phone=6)
    yield from chatter[20:32]
    yield "DialEnd", [*caller, *leg, ("DialStatus", "ANSWER")]
    yield "QueueCallerLeave", [*caller, *place]
    yield "AgentConnect", [*served, ("RingTime", 1), ("HoldTime", 1)]
    yield "QueueMemberStatus", member_headers(queue, agent, phone=2)
    yield from chatter[32:]
    yield "AgentComplete", [*served, ("HoldTime", 1), ("TalkTime", 1), ("Reason", "caller")]
    yield "QueueMemberStatus", member_headers(queue, agent, phone=1)
    yield "Hangup", [*caller, ("Cause", 16), ("Cause-txt", "Normal Clearing")]


def _channel(device: str, number: int, uniqueid: str) -> Headers:
    return [
        ("Channel", f"PJSIP/{device}-{number:08x}"),
        ("ChannelState", 6),
        ("ChannelStateDesc", "Up"),
        ("CallerIDNum", f"21255501{number % 100:02d}"),
        ("CallerIDName", "<unknown>"),
        ("ConnectedLineNum", "<unknown>"),
        ("ConnectedLineName", "<unknown>"),
        ("Language", "en"),
        ("AccountCode", ""),
        ("Context", "from-trunk"),
        ("Exten", "8001"),
        ("Priority", 4),
        ("Uniqueid", uniqueid),
        ("Linkedid", f"{number}.1"),
    ]


def member_headers(queue: str, agent: int, phone: int = 1) -> Headers:
    """What is said of a member of a queue; `phone` is the state of its device."""
    device = f"PJSIP/a10{agent:02d}"
    return [
        ("Queue", queue),
        ("MemberName", f"A{agent:02d}"),
        ("Interface", device),
        ("StateInterface", device),
        ("Membership", "dynamic"),
        ("Penalty", 0),
        ("CallsTaken", 1),
        ("LastCall", 0),
        ("LastPause", 0),
        ("LoginTime", _START_US // 1_000_000),
        ("InCall", int(phone == 2)),
        ("Status", phone),
        ("Paused", 0),
        ("PausedReason", ""),
        ("Ringinuse", 0),
        ("Wrapuptime", 0),
    ]


def spelled(name: str, at_us: int, headers: Headers) -> str:
    """The message as it stands on the wire, stamped with microseconds since the epoch."""
    first: Headers = [
        ("Event", name),
        ("Privilege", "call,all"),
        ("Timestamp", f"{at_us // 1_000_000}.{at_us % 1_000_000:06d}"),
    ]
    return "\r\n".join(f"{key}: {value}" for key, value in (*first, *headers)) + "\r\n\r\n"
