"""What the simulated floor is made of while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from simulators.profile.model import QueueProfile

Action = Callable[[], None]

Activity = Literal["talking", "on_hold", "alerting", "wrap_up", "paused", "unreachable", "busy", "available", "offline"]
"""What an agent's time is spent in, as the event contract derives it; `unknown` is never true on the floor itself."""


@dataclass(slots=True, eq=False)
class Queue:
    """Who waits, and who is there to serve them."""

    name: str
    profile: QueueProfile
    members: int = 0
    """How many are logged in."""
    waiting: dict[str, Visit] = field(default_factory=dict)
    """By contact, oldest first; those ringing included."""
    idle: dict[Agent, None] = field(default_factory=dict)
    """Those who could take one more contact, the longest idle first."""
    resting: dict[Agent, None] = field(default_factory=dict)
    """Those on a break who have not been asked back yet."""

    def oldest(self, now_ms: int) -> Visit | None:
        """The contact to be served next; not one that joined, or was declined, at this very millisecond."""
        for visit in self.waiting.values():
            if visit.phase == "waiting" and visit.waiting_since_ms < now_ms:
                return visit
        return None


@dataclass(slots=True, eq=False)
class Agent:
    """What an agent is doing."""

    seat: int
    name: str
    team: str
    site: str
    queues: tuple[tuple[Queue, int], ...]
    """With the penalty of each."""
    speed: float
    """Handling takes so many times as long as the queue's."""
    room: int
    """Contacts at the same time, of the queue that allows most."""
    on_shift: bool = False
    duty_until_ms: int = 0
    """The latest end of the stints that have begun: one that begins before another is over prolongs it."""
    engaged: Literal["", "wrap_up", "busy", "unreachable"] = ""
    wrapping: Visit | None = None
    """What is being wrapped up."""
    pause: int = 0
    """Number of the pause the agent is in; 0 when in none. The end of a pause since replaced is stale."""
    reason: str = ""
    dark_until_ms: int = 0
    """Cut off by an outage until then."""
    idle_since_ms: int = 0
    visits: list[Visit] = field(default_factory=list)
    due: Action | None = None
    """A pause, or the end of the shift, waiting until nothing is in hand."""
    leaves: bool = False
    """What is due is the end of the shift: nothing comes before it any more."""
    activity: Activity = "offline"
    """As last noticed, with the pause's reason and whether the agent was logged in."""
    was_reason: str = ""
    was_on_shift: bool = False
    was_in_hand: tuple[str, ...] = ()
    """The queues of the contacts in hand, those that rang too."""
    activity_since_ms: int | None = None
    """None before the first fact."""

    def is_open(self) -> bool:
        """Whether one more contact could be taken."""
        return (
            self.on_shift and not self.pause and not self.engaged and self.due is None and len(self.visits) < self.room
        )

    def can_take(self, queue: Queue, now_ms: int) -> bool:
        """Free, since before this millisecond, for a contact of this queue; a voice contact is never beside another."""
        if self.idle_since_ms == now_ms or not self.is_open():
            return False
        if not self.visits:
            return True
        at_once = min([queue.profile.at_once, *(visit.queue.profile.at_once for visit in self.visits)])
        return len(self.visits) < at_once

    def doing(self) -> Activity:
        """The activity, the first that holds."""
        kinds = {visit.phase for visit in self.visits}
        if kinds:
            return "talking" if "talking" in kinds else "on_hold" if "on_hold" in kinds else "alerting"
        if self.engaged == "wrap_up":
            return "wrap_up"
        if self.pause:
            return "paused"
        return self.engaged or ("available" if self.on_shift else "offline")


@dataclass(slots=True, eq=False)
class Visit:
    """One contact's stay in one queue."""

    contact: str
    queue: Queue
    entered_ms: int
    transferred_in: bool
    waiting_since_ms: int
    """Entered, or last declined."""
    phase: Literal["waiting", "ringing", "talking", "on_hold", "over"] = "waiting"
    ringing: list[Agent] = field(default_factory=list)
    rings: int = 0
    agent: Agent | None = None
    left_ms: int = 0
    held_ms: int = 0
    """Since when it is on hold."""
    hold_ms: int = 0
    ended_ms: int = 0
    outcome: str = ""
    """`answered`, `abandoned`, or the reason of the exit, once the wait is over."""
    is_transferred: bool = False
    wrap_up_ms: int = 0
