"""What is known of a queue's minutes around an action, once they are over: who came, who served, and when.

Everything here a monitor knows by then: the visits of the queue, and what its agents did. Seconds from the action.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from floorwatch.floor.settings import QueuePolicy

How = Literal["answered", "abandoned", "exited", "waiting"]


class Came(NamedTuple):
    """A customer who waited when the action was taken, or came later."""

    at_s: float
    wait_s: float
    """So far, for who still waits."""
    how: How
    handling_s: float | None = None
    """Of the agent's time: ringing, talk, holds and wrap-up; so far, where it is not over. None: not answered."""
    is_done: bool = False
    """Whether the handling is over."""
    ring_s: float = 0.0
    """From the first ring at the agent who took it to the answer."""
    lost_s: float = 0.0
    """Before that it rang at others, who did not."""
    queue: str = ""


class Away(NamedTuple):
    """An agent takes no contacts for a while: paused, off, ringing in vain, with a contact of another queue.

    What one has in hand is finished first, so that this begins later the longer that takes, and is no shorter for it.
    """

    due_s: float
    for_s: float


class Served(NamedTuple):
    """A place for a contact at an agent, had the action not been taken."""

    free_s: float
    """When they were done with what they had in hand at the action; 0: nothing."""
    away: tuple[Away, ...]
    """In order."""
    queues: frozenset[str]
    """Those whose contacts it takes."""


class Hazard(NamedTuple):
    """Of those who have waited so long (from `from_s` on), so many leave a second."""

    from_s: float
    per_s: float


class Patience(NamedTuple):
    """Of the customers of a queue."""

    hazards: tuple[Hazard, ...] = ()
    """Empty: nobody leaves."""
    left: int = 0
    """Known from so many who have left: the fewer, the more it is in doubt."""


@dataclass(frozen=True, slots=True)
class Case:
    """One span of one action."""

    action: str
    span: str
    span_s: float
    queue: str
    policy: QueuePolicy
    came: tuple[Came, ...]
    """In the order of the line, to the queue and to those that share agents with it."""
    served: tuple[Served, ...]
    patience: Mapping[str, Patience]
    """In each queue, as it was known at the action."""
    aht_s: Mapping[str, float]
    """Mean handling in each queue."""
    answer_s: float
    """Ringing, where it is not known."""
    changes_customers: bool
    """Whether the action makes customers leave earlier, so that those who did might have stayed."""
    brings: bool
    """Whether anybody came by it, or left: else it has brought nothing."""
    is_unseen: bool = False
    """Nobody came by it, and nobody says what else it does: what it has brought cannot be told."""
