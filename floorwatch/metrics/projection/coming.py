"""What will still be decided in the period: those who wait, one by one, and those who are yet to come."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from floorwatch.metrics.projection.law import IMPATIENT_MS, answers_per_ms, normal
from floorwatch.metrics.projection.state import QueueState

CHANGE_MIN, CHANGE_MAX = 0.6, 1.6
"""Between these the usual change within an hour is believed: few days, or a holiday among them, would say more."""

HOUR_MS = 3_600_000

RESTLESS = 0.03
"""Arrivals vary more than chance alone: variance = mean + this * mean squared."""


@dataclass(frozen=True, slots=True)
class ToCome:
    """Expected decisions until the end of the period. `spread`: standard deviation of those of the contacts to come."""

    waiting: float
    waiting_hits: float
    new: float
    spread: float


def to_come(state: QueueState, end: int, level: float, arrivals: float | None = None) -> ToCome:
    """The decisions between now and `end`, where `level` of those to come are hits.

    `arrivals`: how many contacts a forecast expects until then; None: as many as recent and usual days say.
    """
    left_ms = end - state.now
    if left_ms <= 0:
        return ToCome(0.0, 0.0, 0.0, 0.0)
    per_ms = answers_per_ms(state)
    free = state.pool_free if state.pool_longest_ms <= IMPATIENT_MS else 0
    decided = hits = 0.0
    for contact in state.waiting:
        until_missed_ms = state.threshold_ms - contact.age_ms
        in_time = _served(contact.ahead - free, per_ms * min(until_missed_ms, left_ms))
        hits += in_time
        decided += 1.0 if until_missed_ms < left_ms else in_time
    if arrivals is None:
        arrivals = expected_arrivals(state, end)
    wait_ms = min(max(state.pool_waiting - free, 0.0) / per_ms, state.threshold_ms)
    delay_ms = (1 - level) * state.threshold_ms + level * wait_ms
    new = arrivals * max(0.0, 1 - delay_ms / left_ms)
    return ToCome(decided, hits, new, sqrt(new + RESTLESS * new * new))


def expected_arrivals(state: QueueState, end: int) -> float:
    """Contacts to come until `end`, as recent and usual days say.

    Of the next hour: half as in the last 15 and 30 minutes, half as in the last hour and the usual change since. Of
    what follows: as usual, at the scale of the last hour.
    """
    own, usual, now = state.own, state.usual, state.now
    near_end = min(end, now + HOUR_MS)
    ahead = usual.over(now, near_end).offered / max(1, near_end - now)
    before = usual.over(now - HOUR_MS, now).offered / HOUR_MS
    hour = own["60m"].offered / HOUR_MS
    change = min(max(ahead / before, CHANGE_MIN), CHANGE_MAX) if before else 1.0
    recent = 0.6 * own["15m"].offered / 900_000 + 0.4 * own["30m"].offered / 1_800_000
    per_ms = 0.5 * recent + 0.5 * change * hour
    if not before:
        return per_ms * (end - now)
    return per_ms * (near_end - now) + usual.over(near_end, end).offered * hour / before


def _served(ahead: float, answers: float) -> float:
    """The chance that so many answers reach a contact with so many ahead of it."""
    return normal((answers - ahead - 0.5) / sqrt(answers + 1))
