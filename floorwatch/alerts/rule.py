"""Rules: which figure of a queue, or of a source, is looked at, when it fires, when it clears. Plain values;
`terms.md`, "Default rules".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from floorwatch.floor.settings import QueuePolicy

Severity = Literal["warning", "critical", "emergency"]
RANKS: tuple[Severity, ...] = ("warning", "critical", "emergency")


class Reading(NamedTuple):
    """What a rule sees of its subject on one tick. `value` None: no data, which holds an alert as it is."""

    value: float | None
    breached: bool
    """Past the firing threshold."""
    cleared: bool
    """Past the clear threshold."""
    severity: Severity
    threshold: float
    n: int = 0


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the built-in set. Durations in milliseconds."""

    name: str
    subject: Literal["queue", "source"]
    """What it is about: its alerts are labelled so."""
    figure: Literal["service_level", "longest_wait", "outage", "clock_offset"]
    hold_ms: int
    """How long the breach must last before the alert fires."""
    keep_ms: int
    """How long the figure must stay past the clear threshold before a firing alert is resolved."""


NO_CONTACTS_MS = 15 * 60_000
"""A firing alert is resolved after this long in which nothing was offered and nobody waits."""

SERVICE_LEVEL_LOW = Rule("service_level_low", "queue", "service_level", hold_ms=60_000, keep_ms=120_000)
LONGEST_WAIT_HIGH = Rule("longest_wait_high", "queue", "longest_wait", hold_ms=30_000, keep_ms=0)
FEED_DOWN = Rule("feed_down", "source", "outage", hold_ms=15_000, keep_ms=60_000)
CLOCK_OFFSET = Rule("clock_offset", "source", "clock_offset", hold_ms=0, keep_ms=60_000)

CLEAR_POINTS = 0.02
CRITICAL_POINTS = 0.20
OFFSET_LIMIT_MS = 2_000


def longest_wait_limit_ms(policy: QueuePolicy) -> int:
    """A contact must not wait longer than this: max(60 s, 3T)."""
    return max(60_000, 3 * policy.threshold_ms)


def read_service_level(hits: int, n: int, min_sample: int, policy: QueuePolicy) -> Reading:
    """The 15-minute window under the queue's target; no verdict under the minimum sample."""
    target = policy.target
    if n < max(1, min_sample):
        return Reading(None, False, False, "warning", target, n)
    # The policy's target is a decimal people typed: comparing hits / n with it in floating point, and the clear
    # threshold rounded back to that decimal, gives the same verdict on every machine.
    level = hits / n
    severity: Severity = "critical" if level <= round(target - CRITICAL_POINTS, 9) else "warning"
    clear_at = min(1.0, round(target + CLEAR_POINTS, 9))
    return Reading(level, level < target, level >= clear_at, severity, target, n)


def read_longest_wait(waited_ms: int, policy: QueuePolicy, *, known: bool) -> Reading:
    """A contact waiting over max(60 s, 3T); clears when the longest wait is under T or nobody waits (0)."""
    limit_ms = longest_wait_limit_ms(policy)
    if not known:
        return Reading(None, False, False, "warning", limit_ms)
    return Reading(
        waited_ms, waited_ms > limit_ms, waited_ms == 0 or waited_ms < policy.threshold_ms, "warning", limit_ms
    )


def read_outage(lost_ms: int, *, is_down: bool) -> Reading:
    """A lost feed; clears when it is back. The value is how long it is, or was, lost."""
    return Reading(lost_ms, is_down, not is_down, "warning", FEED_DOWN.hold_ms)


def read_clock(offset_ms: int, *, was_set: bool) -> Reading:
    """A source's clock off by over 2 s, or set just now; clears at up to 2 s. The value is below 0 when it is ahead."""
    is_off = abs(offset_ms) > OFFSET_LIMIT_MS
    return Reading(offset_ms, is_off or was_set, not is_off, "warning", OFFSET_LIMIT_MS)
