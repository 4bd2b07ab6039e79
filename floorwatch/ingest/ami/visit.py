"""A stay in a queue as the manager tells it: what is known of it until it is over."""

from __future__ import annotations

from dataclasses import dataclass, field

EXITS = {
    "TIMEOUT": "timeout",
    "LEAVEEMPTY": "empty",
    "LEAVEUNAVAIL": "empty",
    "WITHDRAW": "withdrawn",
}
"""QUEUESTATUS of a caller who left the queue, as the contract's reason."""
REFUSALS = {"FULL": "full", "JOINEMPTY": "empty", "JOINUNAVAIL": "empty"}
"""QUEUESTATUS of a caller who was never let in."""
REFUSING_DIALS = {"BUSY": "busy", "NOANSWER": "rejected", "CONGESTION": "rejected", "CHANUNAVAIL": "rejected"}
"""DialStatus of a phone that stopped ringing by itself, as the reason of the decline."""

CALLER, AGENT = "caller", "agent"


@dataclass(slots=True, eq=False)
class Visit:
    """One stay of a caller in a queue that has not come to its end."""

    uid: str
    queue: str
    since_ms: int | None
    """Entry time; None when the entry was not seen."""
    left_ms: int | None = None
    """When it left the queue; it is then leaving, until the outcome is known."""
    gave_up: bool = False
    """QueueCallerAbandon has come."""
    picked_up: bool = False
    """An agent's phone answered: AgentConnect will come."""
    talking_since_ms: int | None = None
    agent: str = ""
    interface: str = ""
    leg: str = ""
    """Uniqueid of the agent's leg; "" while nobody is connected."""
    rung: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Ringing legs: Uniqueid to (interface, why it stopped ringing by itself, or "")."""
    holders: set[str] = field(default_factory=set)
    """Who has put the other on hold: CALLER, AGENT."""
    transfer: tuple[str, str] | None = None
    """(mode, to) of a transfer just made."""
    gone: set[str] = field(default_factory=set)
    """Which of the two legs of a talk have been hung up."""
    gone_ms: int = 0
    """When the last of them was."""

    @property
    def is_talking(self) -> bool:
        """An agent has been connected."""
        return bool(self.leg)


def same_entry(listed_ms: int | None, joined_ms: int) -> bool:
    """A list tells whole seconds of waiting, so an entry it showed may be up to two seconds off."""
    return listed_ms is not None and abs(listed_ms - joined_ms) <= 2_000
