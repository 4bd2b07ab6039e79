"""FloorView: one immutable picture of the floor at one instant, which every reader shares.

The engine builds it, `serve` shows it, nobody changes it. All instants are integer milliseconds since the epoch (UTC),
all durations integer milliseconds, all ratios 0..1 or None where the denominator is empty. None means "not known" or
"nothing to divide by": it is shown as "–", never as zero. No view on public screens names an agent.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from floorwatch.agent_view import AgentView, AttendanceView
from floorwatch.alert_view import AlertView, OnCallView, WorkedView
from floorwatch.metrics.operands import Accounts
from floorwatch.metrics.outlook import Outlook
from floorwatch.metrics.settled import NOTHING, Settled

Verdict = Literal["breach", "warning", "small_sample", "unknown", "fine"]
"""In the order of harm. breach: an alert fires. warning: a condition is pending, or the level is under target."""

Fired = tuple[str, str, int]
"""(rule, severity, how many alerts of it have fired with that)."""

WINDOWS: tuple[str, ...] = ("5m", "15m", "30m", "60m", "day")
"""Rolling windows (now - w, now], and the business day so far."""


class WindowView(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one queue over one window (or one interval)."""

    offered: int
    answered: int
    answered_in_threshold: int
    abandoned: int
    abandoned_short: int
    exited: int
    level: float | None
    """Service level by the queue's own formula."""
    level_n: int
    """Decided visits behind `level`."""
    level_hits: int
    service_level: dict[str, float | None]
    """Every formula, by name."""
    service_level_n: dict[str, int]
    asa_ms: float | None
    asa_n: int
    """Answers behind `asa_ms`: those whose wait is known."""
    abandon_ratio: float | None
    abandon_ratio_n: int
    """Finished visits behind `abandon_ratio`."""
    aht_ms: float | None
    """None also where nobody tells the wrap-up, which is a part of it."""
    handled: int
    """Contacts behind `aht_ms`."""


class IntervalView(msgspec.Struct, frozen=True, kw_only=True):
    """One interval of the day's grid, [start, end)."""

    start: int
    end: int
    incomplete: bool
    """Facts may be missing from it: the feed was lost meanwhile."""
    corrected: int
    figures: WindowView
    level_by_arrival: float | None
    level_by_arrival_n: int
    occupancy: float | None
    """By busy time: an agent with any contact is busy."""
    load_occupancy: float | None = None
    """By load: a contact of a queue that allows three at once takes a third of its agent. May pass 1."""
    occupancy_of_ms: int | None
    """The members' time behind `occupancy`: busy and available."""
    backfilled: bool = False
    """Facts were missing until the switch's own log told them."""


class TrendPoint(msgspec.Struct, frozen=True, array_like=True):
    """Service level of the 15-minute window at one whole minute. `level` None: nothing decided, or unknown."""

    at: int
    level: float | None
    n: int


class ProjectionView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the period of a queue ends: half of such moments end above `projection`, one in ten below the low."""

    at: int
    until: int
    """When the period ends."""
    projection: float
    projection_low: float
    projection_high: float
    decided: int
    """So far."""
    to_come: float
    """Expected decisions until the end."""


class Ahead(NamedTuple):
    """What is expected of a queue; None where it was not asked yet, or cannot be told."""

    projection: ProjectionView | None = None
    outlook: Outlook | None = None


class HoursView(msgspec.Struct, frozen=True, kw_only=True):
    """Business hours of a queue: T and every wait of it count only inside them, and stand still outside."""

    week: tuple[str, ...]
    """`09:00-12:00, 13:00-18:00` of each day, Monday first, in the site's time; empty on a day without hours."""
    is_open: bool
    changes_at: int
    """When it opens or closes next."""
    counts_from: int | None
    """The longest wait is the time since this instant: a page ticks from it. None while the clock stands (then
    `longest_wait_ms` holds) and when nobody waits."""


class QueueView(msgspec.Struct, frozen=True, kw_only=True):
    """One queue, as a tile shows it."""

    name: str
    channel: str
    target: float
    threshold_ms: int
    short_abandon_ms: int
    formula: str
    verdict: Verdict
    unknown_since: int | None
    """Set while a source of this queue is down: nothing on the tile may then be read as a number."""
    waiting: int | None
    waiting_past_threshold: int | None
    longest_wait_ms: int | None
    """None when nobody waits or unknown."""
    oldest_since: int | None
    """Entry time of the contact that waits longest; without `hours` a page ticks from it."""
    windows: dict[str, WindowView]
    interval: IntervalView
    trend: tuple[TrendPoint, ...]
    members: dict[str, int]
    """Members of this queue by activity (activities with nobody are left out)."""
    present: int | None
    elsewhere: int | None
    """Of those present, how many are on another queue's contact."""
    membership: Literal["joined", "configured", "inferred", "none"]
    hours: HoursView | None = None
    """None: every instant counts."""
    concurrency: int = 1
    """Contacts of it one agent can handle at once."""
    room: int | None = None
    """Contacts of it that the members could take now, beside those they have in hand."""
    with_room: int | None = None
    """Members who could take one."""
    sources: tuple[str, ...] = ()
    """The feeds that have named it."""
    last_event_at: int | None = None
    """When one of them last said anything; None before the first."""
    exits_count: bool = False
    gaps: tuple[tuple[int, int], ...] = ()
    """[since, until] of the last hour in which a feed of it was lost, and which nothing has told since."""
    projection: ProjectionView | None = None
    """None: not asked yet, the feed is lost, or nothing is decided nor expected."""
    outlook: Outlook | None = None
    """What becomes of it by the end of its period; some seconds older than the rest. None: not asked yet."""
    settled: Settled = NOTHING
    """Its counters, which never fall; they stay while it is unknown."""
    tells_wrap_up: bool = True
    """False: its feeds cannot tell wrap-up, which is a part of handling."""
    accounts: dict[str, Accounts] = {}
    """By window, also `interval`: what the figures are made of, for who asks for their operands."""


class SourceView(msgspec.Struct, frozen=True, kw_only=True):
    """How well one source is heard. While it is down, what it does is not known: its gauges are None."""

    name: str
    state: Literal["up", "down"]
    since: int | None
    """None where nobody has said so."""
    last_event_at: int | None
    """The newest time of its events; None before the first."""
    delay_ms: int | None
    """From the time of its latest event to when it was applied."""
    delay_ms_max: int | None
    """The greatest delay of the last minute; None when nothing came in it."""
    clock_offset_ms: int
    """How far its clock is behind ours (below 0: ahead), removed from its times; 0 up to a second."""
    clock_set_at: int | None
    """When its clock was last seen to have been set."""
    events_per_s: float | None
    """Over the last minute."""
    down_ms: int
    """Time lost so far."""
    gaps: int
    events: int
    duplicates: int
    late: int
    corrections: int
    """Late facts that changed what had settled, or an interval already closed."""
    anomalies: dict[str, int]
    resynced: dict[str, int]
    """What reports of its floor have corrected, by kind."""
    invalid: dict[str, int]
    """What could not be used, by reason; empty where feeds are not counted apart."""


class InputView(msgspec.Struct, frozen=True, kw_only=True):
    """What was read so far. read = applied + duplicate + sum(invalid) + ignored; late counts among the applied."""

    read: int
    applied: int
    duplicate: int
    late: int
    ignored: int
    invalid: dict[str, int]
    anomalies: dict[str, int]
    unknown_attributes: int
    corrections: int
    """Facts that changed what had settled, or an interval already closed."""


class FloorView(msgspec.Struct, frozen=True, kw_only=True):
    """The whole floor at `at` (engine time)."""

    at: int
    site: str
    timezone: str
    interval_ms: int
    min_sample: int
    queues: tuple[QueueView, ...]
    agents: tuple[AgentView, ...]
    activities: dict[str, int]
    """Agents by activity over the whole floor."""
    alerts: tuple[AlertView, ...]
    """Pending and firing first (newest first), then those resolved within the last hour."""
    alerts_fired: tuple[Fired, ...] = ()
    """Of every rule and each of its severities, since counting began."""
    settled_until: int | None = None
    """Every fact up to and with this instant is in the counters of its queue; None before the first tick."""
    sources: tuple[SourceView, ...]
    input: InputView
    attendance: AttendanceView | None = None
    """None while no schedule is known."""
    oncall: tuple[OnCallView, ...] = ()
    """Every rota, in the order of the configuration. Personal data, never on a public screen."""
    worked: tuple[WorkedView, ...] = ()
    """What the kinds of action have brought so far, the best first; of a queue and of all together."""
