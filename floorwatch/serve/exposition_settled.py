"""Counters of queues: facts that have settled, which are counted once and never taken back.

Every queue has every series from its first picture on, at 0, under the same labels: each reason, each class of waits.
They stay while its feed is lost, for what has settled is known; what is told of the gap later is a correction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from floorwatch.metrics import tally as t
from floorwatch.metrics.service_level import decided
from floorwatch.metrics.settled import OUTCOMES
from floorwatch.serve.text_format import Column, Family
from floorwatch.view import QueueView

WAITS = "floorwatch_wait_seconds"
HITS, DECIDED = "floorwatch_service_level_hits_total", "floorwatch_service_level_decided_total"
HANDLING = "floorwatch_handling_seconds_total"

FAMILIES_SETTLED: dict[str, Family] = {
    "floorwatch_offered_total": Family("counter", "offered"),
    "floorwatch_answered_total": Family("counter", "answered"),
    "floorwatch_answered_in_threshold_total": Family("counter", "answered_in_threshold"),
    "floorwatch_abandoned_total": Family("counter", "abandoned"),
    "floorwatch_abandoned_short_total": Family("counter", "abandoned_short"),
    "floorwatch_abandoned_in_threshold_total": Family("counter", "abandoned_in_threshold"),
    "floorwatch_past_threshold_total": Family("counter", "past_threshold"),
    "floorwatch_exited_total": Family("counter", "exited"),
    "floorwatch_refused_total": Family("counter", "refused"),
    "floorwatch_declined_total": Family("counter", "declined"),
    "floorwatch_handled_total": Family("counter", "handled"),
    HITS: Family("counter", "hits"),
    DECIDED: Family("counter", "decided"),
    "floorwatch_answer_wait_seconds_total": Family("counter", "wait_total"),
    HANDLING: Family("counter", "handling"),
    WAITS: Family("histogram", "waits"),
}
"""By metric name."""

SETTLED_ONLY = " Counts what has settled: see floorwatch_settled_timestamp_seconds."

_COUNTS = {
    "floorwatch_offered_total": "offered",
    "floorwatch_answered_total": "answered",
    "floorwatch_answered_in_threshold_total": "in_threshold",
    "floorwatch_abandoned_total": "abandoned",
    "floorwatch_abandoned_short_total": "abandoned_short",
    "floorwatch_abandoned_in_threshold_total": "abandoned_in_threshold",
    "floorwatch_past_threshold_total": "past_threshold",
    "floorwatch_declined_total": "declined",
    "floorwatch_handled_total": "handled",
}
_REASONS = {
    "floorwatch_exited_total": {reason: f"exited_{reason}" for reason in t.EXITED},
    "floorwatch_refused_total": {reason: f"refused_{reason}" for reason in t.REFUSED},
}
"""Metrics to the fields of a tally."""


def settled_columns(queues: Sequence[QueueView]) -> Iterator[Column]:
    """Every counter of every queue, family by family."""
    tallies = [queue.settled.tally for queue in queues]
    for name, field in _COUNTS.items():
        yield Column(name, (), (t.read(tally, field) for tally in tallies))
    for name, fields in _REASONS.items():
        for reason, field in fields.items():
            yield Column(name, (("reason", reason),), (t.read(tally, field) for tally in tallies))
    levels = [decided(queue.settled.tally, queue.formula, exits_count=queue.exits_count) for queue in queues]  # type: ignore[arg-type]
    yield Column(HITS, (), (hits for hits, _ in levels))
    yield Column(DECIDED, (), (n for _, n in levels))
    waited = (t.read(tally, "wait_ms") / 1000 for tally in tallies)
    yield Column("floorwatch_answer_wait_seconds_total", (), waited)
    known = (t.read(queue.settled.tally, "handling_ms") / 1000 if queue.tells_wrap_up else None for queue in queues)
    yield Column(HANDLING, (), known)
    yield from _wait_columns(queues)


def _wait_columns(queues: Sequence[QueueView]) -> Iterator[Column]:
    """The histogram: of each queue, by how the wait ended, how many waited no longer than each bound."""
    bounds_ms = queues[0].settled.bounds_ms if queues else ()
    bounds = [*(str(ms / 1000) for ms in bounds_ms), "+Inf"]
    for place, outcome in enumerate(OUTCOMES):
        waits = [queue.settled.waits[place] for queue in queues]
        up_to = [tuple(accumulate(one.counts)) for one in waits]
        for at, bound in enumerate(bounds):
            labels = (("outcome", outcome), ("le", bound))
            yield Column(WAITS, labels, [counts[at] for counts in up_to], "_bucket")
        yield Column(WAITS, (("outcome", outcome),), [one.sum_ms / 1000 for one in waits], "_sum")
        yield Column(WAITS, (("outcome", outcome),), [counts[-1] for counts in up_to], "_count")
