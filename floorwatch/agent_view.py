"""AgentView and AttendanceView: who is there, and who keeps to the schedule; parts of `FloorView`.

Instants are integer milliseconds since the epoch, durations milliseconds. All but sums over many agents is personal
data: what a public screen may know of it is written out in `serve.public`.
"""

from __future__ import annotations

import msgspec

from floorwatch.metrics.schedule import Line


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """One agent: personal data, never on a public screen."""

    name: str
    team: str
    site: str
    activity: str
    reason: str
    since: int
    queues: tuple[str, ...]
    paused_in: dict[str, str]
    """Pauses by queue, with their reason, also when partial."""
    contacts: int


class AdherenceView(msgspec.Struct, frozen=True, kw_only=True):
    """How a schedule was kept to on one business day, by one agent or by several together."""

    agents: int
    """Scheduled on that day."""
    scheduled_ms: int
    in_ms: int
    out_ms: int
    neutral_ms: dict[str, int]
    """By cause."""
    extra_ms: int
    work_ms: int
    """Scheduled as work."""
    worked_ms: int
    adherence: float | None
    conformance: float | None


class ExceptionView(msgspec.Struct, frozen=True, kw_only=True):
    """One agent who is not doing what the schedule says: personal data, never on a public screen."""

    agent: str
    team: str
    kind: str
    label: dict[str, str]
    """The kind in words, by language."""
    scheduled: str
    actual: str
    reason: str
    since: int
    until: int | None
    """When the scheduled activity ends."""
    minutes: int
    harm: float
    """Productive agents lost to the queues now at risk."""
    queues: tuple[str, ...]
    """Those queues, the worst first."""


class LeverView(msgspec.Struct, frozen=True, kw_only=True):
    """One agent a queue at risk could have back: personal data, never on a public screen."""

    agent: str
    way: str
    label: dict[str, str]
    """The way in words, by language."""
    since: int
    back_at: int | None


class ExcuseView(msgspec.Struct, frozen=True, kw_only=True):
    """Time that counts neither way, by a supervisor's word: personal data, never on a public screen."""

    id: str
    agent: str
    """Empty: everybody."""
    since: int
    until: int
    why: str
    who: str
    at: int
    """When it was given."""


class AttendanceView(msgspec.Struct, frozen=True, kw_only=True):
    """Who keeps to the schedule today, as of `at`."""

    at: int
    day: int
    """The start of the business day. Of who is on a shift that began the day before, that day is shown: it is one
    shift."""
    version: str | None
    """Of the schedules in force for what is shown; None when nothing is scheduled."""
    changed_at: int | None
    """When a schedule was last loaded: from then on this one is in force."""
    unknown: int
    """Scheduled agents of whom no feed can tell what the schedule is held against: they are in no figure here."""
    floor: AdherenceView
    teams: dict[str, AdherenceView]
    sites: dict[str, AdherenceView]
    exceptions_by_kind: dict[str, int]
    lost: dict[str, float]
    """Productive agents lost to each queue now at risk."""
    agents: dict[str, AdherenceView]
    exceptions: tuple[ExceptionView, ...]
    """The most harmful first."""
    levers: dict[str, tuple[LeverView, ...]]
    """By queue now at risk: who could come, not counted as its capacity."""
    lines: dict[str, tuple[Line, ...]] = {}
    """By agent, what is scheduled today, and of a shift of the day before that is not over: [start, end, activity, day]
    each, in order of time."""
    excuses: tuple[ExcuseView, ...] = ()
    """Those in force, the latest given first."""
