"""What a simulated floor is like: queues, teams, and what goes wrong on its day. Plain, immutable, no behaviour.

Times of day are milliseconds since local midnight and may pass 24 h: a night that belongs to the day it began on.
"""

from __future__ import annotations

from dataclasses import dataclass

from floorwatch.floor.settings import QueuePolicy

Curve = tuple[tuple[float, float], ...]
"""(hour of the day, relative rate) points, joined by straight lines; zero outside."""

M_SHAPE: Curve = (
    (8.0, 0.30), (9.0, 0.78), (9.75, 0.97), (10.5, 1.0), (11.25, 0.96), (12.25, 0.64), (13.0, 0.56),
    (14.0, 0.74), (15.0, 0.80), (16.0, 0.72), (17.0, 0.48), (18.0, 0.22),
)  # fmt: skip
"""Sharp peak from 9:30 to 11:30, lunch dip, weaker second peak."""


def time_of_day_ms(hour: int, minute: int = 0, second: int = 0) -> int:
    """Milliseconds since local midnight."""
    return ((hour * 60 + minute) * 60 + second) * 1000


@dataclass(frozen=True, slots=True)
class QueueProfile:
    """One queue: its policy, its customers and its work."""

    name: str
    policy: QueuePolicy
    peak_per_hour: float
    """Arrivals an hour where the shape is 1."""
    shape: Curve = M_SHAPE
    talk_ms_median: int = 150_000
    talk_sigma: float = 0.75
    wrap_up_ms_median: int = 20_000
    """0: no wrap-up is reported."""
    patience_ms_median: int = 300_000
    """Of those who neither hang up at once nor at an announcement."""
    announcement_ms: int = 26_000
    """Time between announcements, at which some give up."""
    timeout_ms: int = 480_000
    """Wait after which the switch sends the contact elsewhere (`contact.exited`, timeout)."""
    room: int = 40
    """Contacts that may wait; the next is refused (`full`)."""
    key_ratio: float = 0.02
    """Contacts that leave by pressing a key, if they wait 30 s to 90 s."""
    hold_ratio: float = 0.12
    transfer_ratio: float = 0.0
    transfer_to: str = ""
    at_once: int = 1
    """Contacts of this queue one agent handles at the same time; above 1 for chat."""


@dataclass(frozen=True, slots=True)
class TeamProfile:
    """Agents who serve the same queues; shifts (start, end) are dealt out in turn."""

    name: str
    agents: int
    queues: tuple[str, ...]
    shifts: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Surge:
    """Arrivals of a queue times `factor` in [start_ms, end_ms) of the day."""

    queue: str
    start_ms: int
    end_ms: int
    factor: float


@dataclass(frozen=True, slots=True)
class Absence:
    """An agent scheduled away in [start_ms, end_ms) who is really back at `back_ms`."""

    agent: str
    reason: str
    start_ms: int
    end_ms: int
    back_ms: int


@dataclass(frozen=True, slots=True)
class FloorProfile:
    """A floor and its day."""

    name: str
    timezone: str
    date: str
    """The local date simulated when none is named, YYYY-MM-DD."""
    queues: tuple[QueueProfile, ...]
    teams: tuple[TeamProfile, ...]
    day_cv: float = 0.14
    """Spread of the whole day's volume."""
    interval_cv: float = 0.10
    """Spread of each half-hour's volume, on top."""
    decline_ratio: float = 0.02
    """Rings that nobody picks up."""
    surges: tuple[Surge, ...] = ()
    absences: tuple[Absence, ...] = ()


_EARLY = (time_of_day_ms(8), time_of_day_ms(16, 30))
_LATE = (time_of_day_ms(9, 30), time_of_day_ms(18))

SMALL = FloorProfile(
    name="small",
    timezone="Europe/Berlin",
    date="2026-03-03",
    queues=(QueueProfile("support", QueuePolicy(), peak_per_hour=215),),
    teams=(TeamProfile("support", 20, ("support",), (_EARLY, _EARLY, _LATE)),),
)
