"""A day on which everything happens that the contract knows, told by hand; times in ms from `START`."""

from __future__ import annotations

from floorwatch.floor import events as e
from floorwatch.floor.events import Event

START = 1_773_741_600_000


class Story:
    """Events in the order in which they are written down."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def say(self, kind: type[Event], at_ms: int, **attributes: object) -> None:
        """One fact."""
        name = f"s{len(self.events):04d}"
        self.events.append(kind(time=START + at_ms, id=name, source="simulator", **attributes))  # type: ignore[arg-type]

    def visit(self, kind: type[Event], at_ms: int, contact: str, queue: str = "sales", **more: object) -> None:
        """A fact about a contact in a queue."""
        self.say(kind, at_ms, contact=contact, queue=queue, **more)

    def state(self, at_ms: int, agent: str, state: str, **more: object) -> None:
        """What an agent reports."""
        self.say(e.AgentStateChanged, at_ms, agent=agent, state=state, **more)

    def log_in(self, at_ms: int, agent: str, *queues: str) -> None:
        """As the simulated floor says it."""
        self.say(e.AgentDescribed, at_ms, agent=agent, name=f"{agent} of the floor", team="day")
        for place, queue in enumerate(queues):
            self.say(e.AgentJoined, at_ms, agent=agent, queue=queue, penalty=place or None)
        self.state(at_ms, agent, "available")


def everything() -> list[Event]:
    """Every kind of fact, every reason, and the ways in which they meet."""
    story = Story()
    for agent, queues in (("A1", ("sales", "billing")), ("A2", ("sales",)), ("A3", ("sales", "vip")), ("A4", ("vip",))):
        story.log_in(0, agent, *queues)
    _calls(story)
    _agents(story)
    _corners(story)
    for agent, queues in (("A2", ("sales",)), ("A3", ("sales", "vip"))):
        for queue in queues:
            story.say(e.AgentLeft, 900_000, agent=agent, queue=queue)
        story.state(900_000, agent, "offline")
    return sorted(story.events, key=lambda event: event.time)  # type: ignore[arg-type, return-value]


def _calls(story: Story) -> None:
    visit = story.visit
    # every phone rings; the losers are not told
    visit(e.ContactOffered, 1_001, "c1", channel="chat", priority=3)
    for agent in ("A1", "A2", "A3"):
        visit(e.ContactAlerting, 1_402, "c1", agent=agent)
    visit(e.ContactDeclined, 3_003, "c1", agent="A3", reason="rejected")
    visit(e.ContactAnswered, 5_999, "c1", agent="A2")
    story.say(e.ContactHeld, 9_000, contact="c1", agent="A2")
    story.say(e.ContactResumed, 12_345, contact="c1", agent="A2", queue="sales")
    visit(e.ContactEnded, 20_007, "c1", agent="A2", by="customer")
    story.state(20_007, "A2", "wrap_up")
    story.state(31_111, "A2", "available")
    # lets it ring, is busy, gives no reason
    for number, reason in enumerate(("no_answer", "busy", "")):
        visit(e.ContactOffered, 32_000 + number, f"d{number}")
        visit(e.ContactAlerting, 32_500 + number, f"d{number}", agent="A1")
        visit(e.ContactDeclined, 40_500 + number, f"d{number}", agent="A1", reason=reason)
        visit(e.ContactAbandoned, 41_777 + number, f"d{number}")
    visit(e.ContactOffered, 45_000, "a1")
    visit(e.ContactAlerting, 45_100, "a1", agent="A1")
    visit(e.ContactAbandoned, 47_200, "a1")
    # a transfer to another queue, and one to somebody outside
    visit(e.ContactOffered, 50_000, "t1")
    visit(e.ContactAlerting, 50_100, "t1", agent="A1")
    visit(e.ContactAnswered, 52_000, "t1", agent="A1")
    visit(e.ContactTransferred, 60_000, "t1", agent="A1", to="billing", mode="blind")
    visit(e.ContactOffered, 60_300, "t1", "billing")
    visit(e.ContactAnswered, 62_000, "t1", "billing", agent="A1")
    story.say(e.ContactHeld, 64_000, contact="t1", agent="A1", queue="billing")
    visit(e.ContactTransferred, 70_000, "t1", "billing", agent="A1", to="office", mode="attended")
    visit(e.ContactOffered, 71_000, "t2", "vip")
    visit(e.ContactAnswered, 72_000, "t2", "vip", agent="A4")
    visit(e.ContactTransferred, 75_000, "t2", "vip", agent="A4")
    # every other way out
    for number, reason in enumerate(("timeout", "empty", "key", "overflow", "callback", "withdrawn", "transferred")):
        visit(e.ContactOffered, 80_000 + number, f"x{number}")
        if reason != "key":
            visit(e.ContactAlerting, 81_000 + number, f"x{number}", agent="A2")
        visit(e.ContactExited, 99_000 + number * 7, f"x{number}", reason=reason)
    visit(e.ContactOffered, 99_500, "x3", "billing")
    visit(e.ContactAbandoned, 100_900, "x3", "billing")
    for number, reason in enumerate(("full", "empty")):
        visit(e.ContactRefused, 101_000 + number, f"r{number}", reason=reason)


def _agents(story: Story) -> None:
    state = story.state
    # pauses: everywhere, for another reason, in one queue only, and in one on top of the other
    state(200_000, "A1", "paused", reason="break")
    state(210_123, "A1", "paused", reason="lunch")
    state(220_456, "A1", "paused", reason="coaching", queue="billing")
    state(230_001, "A1", "available", queue="billing")
    state(240_000, "A1", "available")
    state(250_000, "A1", "paused", queue="sales", reason="quality")
    state(255_000, "A1", "paused", queue="billing")
    state(260_000, "A1", "available", queue="sales")
    state(262_000, "A1", "available")
    # a phone that is lost and comes back, alone and while paused
    state(300_000, "A3", "unreachable")
    state(310_000, "A3", "available")
    state(320_000, "A3", "paused", reason="break", queue="vip")
    state(325_000, "A3", "unreachable")
    state(330_000, "A3", "paused", reason="break")
    state(335_000, "A3", "available")
    state(340_000, "A3", "busy")
    state(345_678, "A3", "available")
    # paused, lost and logged out while talking
    story.visit(e.ContactOffered, 350_000, "p1", "vip")
    story.visit(e.ContactAlerting, 350_500, "p1", "vip", agent="A4")
    story.visit(e.ContactAnswered, 353_000, "p1", "vip", agent="A4")
    state(355_000, "A4", "paused", reason="meeting")
    story.visit(e.ContactEnded, 360_000, "p1", "vip", agent="A4", by="agent")
    state(361_000, "A4", "unreachable")
    state(362_000, "A4", "available")
    story.visit(e.ContactOffered, 370_000, "p2", "vip")
    story.visit(e.ContactAnswered, 371_000, "p2", "vip", agent="A4")
    state(375_000, "A4", "unreachable")
    state(378_000, "A4", "paused", reason="break")
    story.say(e.AgentLeft, 380_000, agent="A4", queue="vip")
    story.visit(e.ContactEnded, 390_000, "p2", "vip", agent="A4", by="customer")
    story.log_in(400_000, "A4", "vip")
    # logged out without a word about queues, and back
    state(410_000, "A4", "offline")
    state(420_000, "A4", "paused", reason="training")
    state(430_000, "A4", "available")


def _corners(story: Story) -> None:
    visit = story.visit
    # several chats at once, one of them on hold
    for number in range(3):
        visit(e.ContactOffered, 500_000 + number, f"m{number}", channel="chat")
        visit(e.ContactAlerting, 500_400 + number, f"m{number}", agent="A2")
        visit(e.ContactAnswered, 501_000 + number, f"m{number}", agent="A2")
    story.say(e.ContactHeld, 502_000, contact="m1", agent="A2")
    for number in range(3):
        visit(e.ContactEnded, 510_000 + number * 1_000, f"m{number}", agent="A2", by="agent")
    # visits whose beginning nobody told
    visit(e.ContactAnswered, 520_000, "u1", agent="A1")
    visit(e.ContactEnded, 525_000, "u1", agent="A1", by="agent")
    visit(e.ContactAbandoned, 526_000, "u2")
    visit(e.ContactExited, 527_000, "u3", reason="timeout")
    visit(e.ContactEnded, 528_000, "u4", agent="A1", by="customer")
    visit(e.ContactTransferred, 529_000, "u5", agent="A2", to="vip", mode="attended")
    # facts of one millisecond, in the contract's order: the next queue before the end of the last
    visit(e.ContactOffered, 530_000, "k1")
    visit(e.ContactAlerting, 530_000, "k1", agent="A1")
    visit(e.ContactAnswered, 530_000, "k1", agent="A1")
    visit(e.ContactOffered, 540_000, "k1", "vip")
    visit(e.ContactTransferred, 540_000, "k1", agent="A1", to="vip", mode="blind")
    visit(e.ContactOffered, 550_000, "k1", "billing")
    visit(e.ContactExited, 550_000, "k1", "vip", reason="timeout")
    # the same queue again
    visit(e.ContactAbandoned, 560_000, "k1", "billing")
    visit(e.ContactOffered, 561_000, "k1", "billing")
    visit(e.ContactAnswered, 562_000, "k1", "billing", agent="A1")
    visit(e.ContactEnded, 570_000, "k1", "billing", agent="A1", by="customer")
    # still there when the day ends
    visit(e.ContactOffered, 880_000, "w1")
    visit(e.ContactOffered, 881_000, "w2")
    visit(e.ContactAlerting, 882_000, "w2", agent="A2")
    visit(e.ContactAnswered, 884_000, "w2", agent="A2")
