"""What is known of a queue at one instant, and nothing later: the only input of a projection."""

from __future__ import annotations

from dataclasses import dataclass

SPANS_S = {"5m": 300, "15m": 900, "30m": 1800, "60m": 3600}
"""The rolling windows that are looked at, in seconds."""


@dataclass(frozen=True, slots=True)
class Flow:
    """Counts, of a window or usual ones. Those of a pool are sums over its queues, each by its share."""

    offered: float = 0.0
    answered: float = 0.0
    hits: float = 0.0
    decided: float = 0.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact that waits and is not decided. `ahead`: how many in the same line have waited longer."""

    age_ms: int
    ahead: int


@dataclass(frozen=True, slots=True)
class Period:
    """An interval or a day, [start, end), and what has been decided of it so far."""

    start: int
    end: int
    hits: int
    decided: int


@dataclass(frozen=True, slots=True)
class UsualDay:
    """What the days before were like of one queue. `slots`: (offered, hits, decided) of each interval of the day."""

    slots: tuple[tuple[float, float, float], ...] = ()
    hits: float = 0.0
    decided: float = 0.0
    """Of the whole day."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What the days before were like, of the queues of a pool together."""

    day_start: int
    interval_ms: int
    parts: tuple[tuple[UsualDay, float, bool], ...] = ()
    """Of each queue: its days, its share, and whether its level counts."""

    def level_counts(self) -> Flow:
        """(hits, decided) of a whole day."""
        alike = [(day, share) for day, share, is_alike in self.parts if is_alike]
        return Flow(
            hits=sum(share * day.hits for day, share in alike), decided=sum(share * day.decided for day, share in alike)
        )

    def over(self, start: int, end: int) -> Flow:
        """What is usual between two instants of this day; nothing where nothing is known."""
        offered = hits = decided = 0.0
        first, last = start - self.day_start, end - self.day_start
        for place in range(max(0, first // self.interval_ms), -(-last // self.interval_ms)):
            begins = place * self.interval_ms
            overlap = (min(last, begins + self.interval_ms) - max(first, begins)) / self.interval_ms
            for day, share, is_alike in self.parts:
                if place < len(day.slots):
                    weight, slot = overlap * share, day.slots[place]
                    offered += weight * slot[0]
                    if is_alike:
                        hits += weight * slot[1]
                        decided += weight * slot[2]
        return Flow(offered, 0.0, hits, decided)


@dataclass(frozen=True, slots=True)
class QueueState:
    """One queue at the instant `now`. Its pool: all queues that its agents serve, this one among them.

    Another queue counts by the share of its agents who serve this one, too; its levels only where its threshold is
    alike.
    """

    now: int
    threshold_ms: int
    waiting: tuple[Waiting, ...]
    """Those not past the threshold, the oldest first."""
    own: dict[str, Flow]
    """By name of the window."""
    pool: dict[str, Flow]
    pool_waiting: float
    pool_longest_ms: int
    pool_free: int
    """Contacts that this queue's agents could take at once, as far as anybody can tell: one each, or their room."""
    today: tuple[float, float]
    """(hits, decided) of the pool since the day began."""
    usual: Usual
