"""What the history keeps: sums, never ratios, as whole numbers. Instants and durations in milliseconds.

None means that it is not known, and is never written as 0.
"""

from __future__ import annotations

from typing import NamedTuple


class Definition(NamedTuple):
    """How a queue's figures were counted: its policy, and the versions of the figures' definitions."""

    channel: str
    formula: str
    target: float
    threshold_ms: int
    short_abandon_ms: int
    exits_count: bool
    versions: str
    """`id:version` of every figure of the catalogue, by spaces."""


class CellRow(NamedTuple):
    """One closed interval of the site's grid. Where there is none, nothing is known; no contacts are another thing."""

    start: int
    end: int
    day: str
    """The business day, `2026-10-25`."""
    busy_ms: int | None
    """Time of all agents with any contact; None where the feeds cannot tell."""
    available_ms: int | None
    heard: bool = True
    """False: every source was lost throughout, so that of a queue of which nothing is told nothing is known."""


class QueueRow(NamedTuple):
    """One queue in one closed interval. A queue of which there is nothing to say has no row."""

    day: str
    queue: str
    start: int
    definition: Definition
    incomplete: bool
    backfilled: bool
    corrected: int
    unseen: str
    """Words of `floor.unseen`, by spaces: what no feed of the queue could tell."""
    wait_ms_max: int | None
    busy_ms: int | None
    """Time of the queue's agents with any contact, whatever queue it was of."""
    available_ms: int | None
    tally: int
    """By event: `metrics.tally`."""
    arrival: int
    """What was decided of the visits that arrived in it."""


class Adherence(NamedTuple):
    """An agent's adherence on one day, and the version of the schedule it was judged by."""

    scheduled_ms: int
    in_ms: int
    out_ms: int
    neutral_ms: int
    worked_ms: int
    """On-queue time worked."""
    on_queue_ms: int
    """On-queue time scheduled."""
    extra_ms: int
    """On the queue while nothing was scheduled that counts."""
    schedule: str


class AgentRow(NamedTuple):
    """One agent on one business day, so far."""

    day: str
    agent: str
    team: str
    site: str
    spent_ms: tuple[int | None, ...]
    """By activity, in the order of `floor.activity.ACTIVITIES`."""
    answered: int
    declined: int | None
    busy_ms: int | None
    available_ms: int | None
    adherence: Adherence | None


class AlertRow(NamedTuple):
    """An alert that fired."""

    id: str
    day: str
    """The business day on which it fired."""
    rule: str
    kind: str
    """What it is about: `queue` or `source`."""
    subject: str
    severity: str
    pending_at: int
    fired_at: int
    resolved_at: int | None
    reason: str
    value: float | None
    """The figure when it fired."""
    n: int
    message_en: str
    message_zh: str
    severity_at_fire: str | None = None
    """None in rows that are older than this column."""


class GapRow(NamedTuple):
    """Time in which a source may have told less than happened, or was down (`kind`: gap, down)."""

    source: str
    kind: str
    since: int
    until: int | None
    """None: still down."""
    backfilled: bool


class Batch(NamedTuple):
    """What is written at once, all or nothing."""

    at: int
    """Engine time."""
    cells: list[CellRow]
    """Whole intervals: every queue of one is written anew."""
    queues: list[QueueRow]
    emptied: list[tuple[str, str, int]]
    """(day, queue, start) of single rows of which nothing is left to say, if there ever was."""
    agents: list[AgentRow]
    absent: list[tuple[str, str]]
    """(day, agent) of which nothing is left to say: neither there nor, by the schedule now in force, expected."""
    alerts: list[AlertRow]
    gaps: list[GapRow]
