"""What a visit counts as, in parts, each at its own instant: entry, miss, end of the wait, end of talk."""

from __future__ import annotations

from collections.abc import Iterator

from floorwatch.floor.visit import ABANDONED, ENDED, EXITED, WAITING, Visit
from floorwatch.metrics import tally as t

Part = tuple[int, int, int]
"""(instant, tally by event, the part of it that also counts by arrival)."""


def left_part(visit: Visit) -> Part:
    """The end of the wait: answered, abandoned or exited."""
    clock, in_threshold = visit.ledger.clock, visit.left_at <= visit.deadline
    wait_ms = visit.left_at - visit.entered_at if clock is None else visit.wait_ms
    if visit.phase == ABANDONED:
        decided = 0
        if visit.timed and in_threshold:
            short = wait_ms <= visit.ledger.short_abandon_ms  # type: ignore[attr-defined]
            decided = t.ABANDONED_IN_THRESHOLD + (t.ABANDONED_SHORT if short else 0)
        return visit.left_at, t.ABANDONED + decided, decided
    if visit.phase == EXITED:
        counts = visit.timed and in_threshold and visit.reason != "unknown"
        decided = t.EXITED_IN_THRESHOLD if counts else 0
        return visit.left_at, t.EXITED[visit.reason] + decided, decided
    if not visit.timed:
        return visit.left_at, t.ANSWERED, 0
    decided = t.TIMED + t.IN_THRESHOLD if in_threshold else t.TIMED
    return visit.left_at, t.ANSWERED + decided + wait_ms * t.WAIT_MS, decided


def talked_part(visit: Visit) -> Part:
    """The end of talk; talk that ended unseen counts no time."""
    tally = t.TRANSFERRED if visit.transferred else 0
    if visit.talk_ms < 0:
        return visit.left_at, tally, 0
    return visit.ended_at, tally + visit.talk_ms * t.TALK_MS + visit.hold_ms * t.HOLD_MS, 0


def parts(visit: Visit) -> Iterator[Part]:
    """Everything a visit counts as."""
    yield visit.entered_at, t.OFFERED + (0 if visit.timed else t.UNKNOWN_ENTRY), 0
    if visit.missed:
        yield visit.deadline, t.PAST_THRESHOLD, t.PAST_THRESHOLD
    if visit.phase != WAITING:
        yield left_part(visit)
    if visit.phase == ENDED:
        yield talked_part(visit)
