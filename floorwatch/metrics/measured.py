"""What is measured of a queue: how many come, how long each takes, how long they wait for it.

And from how much of it: what is said of a queue carries that along.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

from floorwatch.metrics import tally as t
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.staffing.patience import kaplan_meier

ARRIVALS = {"15m": 15 * 60_000, "5m": 5 * 60_000}
"""Arrivals are those of the last 15 minutes, which is more than chance; of the last 5 where they are another load."""
CHANGES_MIN = (5, 15, 30, 60)
"""Minutes ago at which a rate may have changed, and how long is looked back."""
DEVIATIONS = 2.0
"""By so many standard deviations of the shorter window two loads differ."""
PATIENCE_MS = 24 * 3_600_000
ABANDONS_MIN = 10
"""Under so many abandons a mean patience is off by a third or more: Erlang C, which has none, is said instead."""
HANDLED_MIN = 10
"""Under so many contacts handled in the last hour, those of the day tell the handling time."""
ANSWER_MS_MAX = 5_000
"""Nobody rings longer on average; where even the first quarter has, they have waited for agents."""
AHT_MS_MIN = 1_000
"""A mean below a second is none of people's work: contacts were told too late, or too coarsely, to be timed."""


class Stretch(NamedTuple):
    """What was counted in so long: contacts offered, and those handled with the time that took."""

    over_ms: int
    offered: int
    handled: int
    handling_ms: int


class Recent(NamedTuple):
    """What tells whether something has changed."""

    stretches: tuple[Stretch, ...]
    """Of the last hour, the latest first."""
    answer_ms: int
    """How long even those wait for whom an agent is free: ringing, and the switch."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What the models are fed with, and from how much of it."""

    offered: int
    over_ms: int
    """Contacts offered in so long."""
    handled: int
    aht_ms: float | None
    """Mean handling time, and of how many contacts."""
    waits: int
    abandons: int
    patience_ms: float | None
    """Mean patience: total wait over abandons, of so many waits; None under `ABANDONS_MIN`."""


def measured(ledger: QueueLedger, now: int, tick_s: int, day_start: int, begun_at: int) -> Measured:
    """Arrivals of the last minutes, handling of the last hour, patience of the last day. After the latest tick."""
    offered, over_ms = _arrivals_now(ledger, tick_s, max(1_000, now - begun_at))
    hour = ledger.rolling.window("60m", tick_s)
    if t.read(hour, "handled") < HANDLED_MIN:
        hour = sum(interval.tally for interval in ledger.recent(day_start))
    handled = t.read(hour, "handled")
    patience = kaplan_meier(
        (one.wait_ms, one.was_abandoned) for one in ledger.waited if one.left_at > now - PATIENCE_MS
    )
    return Measured(
        offered=offered,
        over_ms=over_ms,
        handled=handled,
        aht_ms=ratio(t.read(hour, "handling_ms"), handled),
        waits=patience.n,
        abandons=patience.abandons,
        patience_ms=patience.mean_ms if patience.abandons >= ABANDONS_MIN and patience.mean_ms else None,
    )


def recent(ledger: QueueLedger, now: int, tick_s: int, begun_at: int) -> Recent:
    """The last hour of a queue. After the latest tick."""
    return Recent(tuple(_stretches(ledger, tick_s, max(1_000, now - begun_at))), _answer_ms(ledger))


def _stretches(ledger: QueueLedger, tick_s: int, known_ms: int) -> Iterator[Stretch]:
    seconds, tallies = ledger.rolling.seconds, ledger.rolling.tallies
    until_s, known_s = tick_s, known_ms // 1000
    for minutes in CHANGES_MIN:
        since_s = tick_s - min(60 * minutes, known_s)
        if since_s < until_s:
            tally = sum(tallies[bisect_right(seconds, since_s) : bisect_right(seconds, until_s)])
            counted = (t.read(tally, column) for column in ("offered", "handled", "handling_ms"))
            yield Stretch((until_s - since_s) * 1000, *counted)
            until_s = since_s


def _answer_ms(ledger: QueueLedger) -> int:
    """The wait that a quarter of the answered do not exceed: on most days they have found a free agent."""
    waits = sorted(one.wait_ms for one in ledger.waited if not one.was_abandoned)
    return min(waits[len(waits) // 4], ANSWER_MS_MAX) if waits else 0


def _arrivals_now(ledger: QueueLedger, tick_s: int, known_ms: int) -> tuple[int, int]:
    """(contacts offered, in so many ms): a surge is told after minutes, not after a quarter."""
    usual, recent = (t.read(ledger.rolling.window(name, tick_s), "offered") for name in ARRIVALS)
    usual_ms, recent_ms = (min(ms, known_ms) for ms in ARRIVALS.values())
    expected = usual * recent_ms / usual_ms
    if recent_ms < usual_ms and abs(recent - expected) > DEVIATIONS * sqrt(expected):
        return recent, recent_ms
    return usual, usual_ms
