"""What each protocol can tell of a day, and what it cannot: the truth a monitor can learn over it.

A protocol that knows whole seconds tells instants cut off to the second; durations are then differences of those. What
it has no words for is unseen (null in the truth, as in a report), and time spent in an activity it cannot tell is seen
as the activity it then shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from floorwatch.ingest.ami import protocol as ami
from floorwatch.ingest.freeswitch import protocol as freeswitch
from floorwatch.ingest.queue_log import protocol as queue_log


@dataclass(frozen=True)
class Told:
    """One protocol. `unseen` is what it cannot tell, in the words of `floorwatch.floor.unseen`."""

    grid_ms: int = 1
    unseen: frozenset[str] = frozenset()
    seen_as: dict[str, str] = field(default_factory=dict)
    """Activity to the one it is seen as."""
    exits_as: dict[str, str] = field(default_factory=dict)
    """Reason of an exit to the one it is told as."""
    times_wrap_up: bool = False
    """Wrap-up is what the switch times itself, and as it is played it times none."""

    def instant(self, ms: int) -> int:
        """The instant as it is told."""
        return ms - ms % self.grid_ms


EVENTS = Told()
"""Everything: event files, MQTT and HTTP carry the contract itself."""

AMI = Told(
    unseen=ami.UNSEEN,
    seen_as={"wrap_up": "available"},
    exits_as={"overflow": "timeout", "callback": "key", "transferred": "withdrawn", "other": "withdrawn"},
)
QUEUE_LOG = Told(
    grid_ms=1000,
    unseen=queue_log.UNSEEN,
    seen_as={
        "wrap_up": "available",
        "busy": "available",
        "on_hold": "talking",
        "alerting": "available",
        "unreachable": "available",
    },
    exits_as={"overflow": "timeout", "callback": "other", "transferred": "other"},
)
FREESWITCH = Told(
    unseen=freeswitch.UNSEEN,
    seen_as={"wrap_up": "available", "busy": "available", "unreachable": "available"},
    exits_as={"overflow": "transferred", "callback": "transferred", "other": "transferred"},
    times_wrap_up=True,
)
BY_SPEAKER = {"ami": AMI, "queue_log": QUEUE_LOG, "freeswitch": FREESWITCH}
"""Those that cannot tell everything."""
