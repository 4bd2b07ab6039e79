"""What the simulated floor is made of while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from simulators.old_profile import QueueProfile

Action = Callable[[], None]


@dataclass(slots=True, eq=False)
class Queue:
    """Who waits, and who is there to serve them."""

    profile: QueueProfile
    members: list[Agent] = field(default_factory=list)
    """Those logged in."""
    waiting: dict[str, Visit] = field(default_factory=dict)
    """By contact, oldest first; those ringing included."""

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
    queues: tuple[Queue, ...]
    on_shift: bool = False
    wrapping_up: bool = False
    pause: int = 0
    """Number of the pause the agent is in; 0 when in none. The end of a pause since replaced is stale."""
    idle_since_ms: int = 0
    visits: list[Visit] = field(default_factory=list)
    due: Action | None = None
    """A pause, or the end of the shift, waiting until nothing is in hand."""

    def can_take(self, queue: Queue, now_ms: int) -> bool:
        """Free, since before this millisecond, for a contact of this queue; a voice contact is never beside another."""
        if not self.on_shift or self.pause or self.wrapping_up or self.due or self.idle_since_ms == now_ms:
            return False
        at_once = min([queue.profile.at_once, *(visit.queue.profile.at_once for visit in self.visits)])
        return len(self.visits) < at_once


@dataclass(slots=True, eq=False)
class Visit:
    """One contact's stay in one queue."""

    contact: str
    queue: Queue
    entered_ms: int
    transferred: bool
    waiting_since_ms: int
    """Entered, or last declined."""
    phase: Literal["waiting", "ringing", "over"] = "waiting"
    agent: Agent | None = None
    rings: int = 0
