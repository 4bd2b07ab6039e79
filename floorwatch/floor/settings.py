"""What the pure core needs to know of the configuration: plain, immutable, in milliseconds.

`floorwatch.config` (pydantic, YAML) is where people type; it is turned into these.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from floorwatch.floor.hours import Hours
from floorwatch.floor.oncall import OnCall
from floorwatch.floor.outputs import OutputPolicy
from floorwatch.floor.rules import DEFAULT_RULES, Rule

Formula = Literal[
    "short_abandons_excluded",
    "abandons_missed",
    "abandons_ignored",
    "abandons_met",
    "short_abandons_met",
    "answered_only",
]


@dataclass(frozen=True, slots=True)
class QueuePolicy:
    """A queue's service-level policy. `target` is a ratio, 0 to 1; S = `short_abandon_ms` <= T = `threshold_ms`."""

    channel: str = "voice"
    target: float = 0.80
    threshold_ms: int = 20_000
    short_abandon_ms: int = 5_000
    formula: Formula = "short_abandons_excluded"
    per: Literal["interval", "day"] = "interval"
    exits_count: bool = False
    wrap_up_ms: int | None = None
    """The timed wrap-up. None where it is not set: nothing is timed, so it is known only from feeds that report it."""
    hours: Hours | None = None
    """When the queue's clock runs, in the site's time zone; None: always."""
    concurrency: int = 1
    """Contacts of this queue one agent can handle at the same time."""
    labels: tuple[tuple[str, str], ...] = ()
    """What the site calls it, for rules and outputs to choose by."""


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """Roster facts of a configured agent. `interfaces` are the switch devices that mean this agent."""

    team: str = ""
    site: str = ""
    queues: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    concurrency: int | None = None
    """Contacts this agent can handle at the same time in queues that allow several; None: as many as the queue."""


@dataclass(frozen=True, slots=True)
class RowWords:
    """One row of the rule matrix as people write it: what is in, what is neutral; all else is out."""

    in_: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AdherencePolicy:
    """How adherence is judged, and how long before an exception is shown."""

    preset: Literal["default", "strict"] = "default"
    delay_ms: int = 60_000
    """An exception younger than this is not shown yet; it counts all the same."""
    wrap_up_cap_ms: int = 60_000
    """So much wrap-up of a contact that ran into a break is neutral."""
    rows: dict[str, RowWords] = field(default_factory=dict)
    """Rows that take the place of the preset's, by scheduled activity."""


@dataclass(frozen=True, slots=True)
class StaffingPolicy:
    """What is asked of required agents besides the service level."""

    shrinkage: float = 0.0
    """Share of scheduled time that is not available for contacts."""
    occupancy_max: float | None = None
    """Agents are not to be busier than this; None: no limit."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the engine is told once, at the start."""

    site: str = "floor"
    timezone: str = "UTC"
    day_start_ms: int = 0
    interval_ms: int = 900_000
    lateness_ms: int = 30_000
    min_sample: int = 20
    default_policy: QueuePolicy = QueuePolicy()
    queues: dict[str, QueuePolicy] = field(default_factory=dict)
    agents: dict[str, AgentProfile] = field(default_factory=dict)
    adherence: AdherencePolicy = AdherencePolicy()
    staffing: StaffingPolicy = StaffingPolicy()
    rules: tuple[Rule, ...] = DEFAULT_RULES
    outputs: tuple[OutputPolicy, ...] = ()
    oncall: OnCall = field(default_factory=OnCall)

    def policy(self, queue: str) -> QueuePolicy:
        """The queue's policy; a queue that is not configured has the defaults."""
        return self.queues.get(queue, self.default_policy)
