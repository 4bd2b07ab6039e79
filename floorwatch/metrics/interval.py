"""What is kept of one interval of one queue."""

from __future__ import annotations

NO_WAIT = -1


class Interval:
    """`tally` is of what happened in it, `arrival` is the deciding tally of the visits that arrived in it."""

    __slots__ = ("answered_by", "arrival", "corrected", "declined_by", "end", "start", "tally", "wait_ms_max")

    def __init__(self, start: int, end: int) -> None:
        self.start = start
        self.end = end
        self.tally = 0
        self.arrival = 0
        self.corrected = 0
        """How many corrections have changed its sums after it was closed."""
        self.answered_by: dict[str, int] = {}
        """Contacts answered, by agent."""
        self.declined_by: dict[str, int] = {}
        """Attempts declined, by agent."""
        self.wait_ms_max = NO_WAIT
        """Of the visits that can no longer change; see `QueueLedger.settle_wait`."""
