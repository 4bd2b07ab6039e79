"""A visit: one stay of a contact in one queue, from entry to its one end, and the talk that may follow.

    WAITING --answered--> TALKING <--held/resumed--> ON_HOLD --ended/transferred--> ENDED
       |---abandoned--> ABANDONED
       '---exited-----> EXITED   (reason `unknown` reopens when a later fact names the visit)

A visit is decided once, at the first of answered, abandoned, exited, or T elapsed while waiting: `missed` says that it
waited past T and was counted a miss at t_q + T, whatever its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from floorwatch.floor.hours import BusinessClock
    from floorwatch.floor.source import Source

WAITING, TALKING, ON_HOLD, ENDED, ABANDONED, EXITED = range(6)
DROPPED = -1
"""The phase of a visit that a late fact has replaced by another; timers that still hold it do nothing."""


class Ledger(Protocol):
    """Where a visit is counted: the queue's figures. `visit` carries all instants in milliseconds."""

    name: str
    threshold_ms: int
    clock: BusinessClock | None
    """The queue's own, where it has business hours; None: every instant counts."""
    waiting: dict[Visit, None]

    def admit(self, visit: Visit) -> None:
        """The visit waits from now on."""

    def entered(self, visit: Visit) -> None:
        """The visit began: offered."""

    def left(self, visit: Visit, sign: int = 1) -> None:
        """The wait ended: answered, abandoned or exited. `sign` -1 takes it back."""

    def missed(self, visit: Visit, sign: int = 1) -> None:
        """T elapsed while waiting: a miss at t_q + T. `sign` -1 takes it back."""

    def untimed(self, visit: Visit) -> None:
        """The wait turned out to be unknown: out of waits and of every service level."""

    def talked(self, visit: Visit) -> None:
        """Talk ended, by the customer, the agent or a transfer."""


class Visit(msgspec.Struct, eq=False, gc=False):
    """One stay of a contact in one queue. Instants in milliseconds since the epoch."""

    queue: str
    ledger: Ledger
    source: Source
    entered_at: int
    deadline: int
    """The last instant at which the wait is no longer than T, by the queue's clock."""
    timed: bool
    """False when the entry or the answer was not seen: in no wait and no service level."""
    phase: int = WAITING
    missed: bool = False
    agent: str = ""
    left_at: int = 0
    reason: str = ""
    held_at: int = 0
    hold_ms: int = 0
    talk_ms: int = -1
    """Time on the line without holds once talk has ended; -1 while it has not, or is not known."""
    transferred: bool = False
    attached: list[str] | None = None
    """Agents rung or answering, in order; released when the visit ends elsewhere."""

    @property
    def wait_ms(self) -> int:
        """From entry to the end of the wait, by the queue's clock."""
        clock = self.ledger.clock
        if clock is None:
            return self.left_at - self.entered_at
        return clock.elapsed_ms(self.entered_at, self.left_at)

    @property
    def ended_at(self) -> int:
        """When talk ended, once it has; the answer itself where talk ended unseen."""
        return self.left_at + max(0, self.talk_ms) + self.hold_ms
