"""Sums of intervals, and the figures made of them: a ratio of a longer time is the ratio of its sums."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from floorwatch.floor import unseen as u
from floorwatch.floor.settings import QueuePolicy
from floorwatch.metrics import tally as t
from floorwatch.metrics.measures import abandon_ratio, asa_seconds
from floorwatch.metrics.service_level import level, ratio
from floorwatch.store.rows import CellRow, Definition, QueueRow

Json = dict[str, Any]


@dataclass(slots=True)
class Sums:
    """What intervals hold together. Durations in milliseconds; `known_ms` is how much of the time is known at all."""

    known_ms: int = 0
    tally: int = 0
    hits: int = 0
    n: int = 0
    arrival_hits: int = 0
    arrival_n: int = 0
    wait_ms_max: int | None = None
    busy_ms: int = 0
    at_work_ms: int = 0
    """Busy and available."""
    corrected: int = 0
    incomplete: bool = False
    backfilled: bool = False
    unseen: set[str] = field(default_factory=set)
    """What the feeds could not tell for some of it: a part is missing from the sum, so there is none."""

    def know(self, cell: CellRow) -> None:
        """The interval is known, be it that nothing happened in it."""
        self.known_ms += cell.end - cell.start

    def add(self, row: QueueRow) -> None:
        """Add a queue's interval, its service level by the definition it was counted under."""
        policy = policy_of(row.definition)
        hits, n = level(row.tally, policy)
        arrival_hits, arrival_n = level(row.arrival, policy)
        self.tally += row.tally
        self.hits, self.n = self.hits + hits, self.n + n
        self.arrival_hits, self.arrival_n = self.arrival_hits + arrival_hits, self.arrival_n + arrival_n
        if row.wait_ms_max is not None:
            self.wait_ms_max = max(row.wait_ms_max, self.wait_ms_max or 0)
        self.corrected += row.corrected
        self.incomplete |= row.incomplete
        self.backfilled |= row.backfilled
        self.unseen.update(row.unseen.split())

    def occupy(self, busy_ms: int | None, available_ms: int | None) -> None:
        """Add agents' time, where it is known."""
        if busy_ms is not None and available_ms is not None:
            self.busy_ms += busy_ms
            self.at_work_ms += busy_ms + available_ms


def policy_of(definition: Definition) -> QueuePolicy:
    """The policy under which a row was counted."""
    return QueuePolicy(
        channel=definition.channel,
        target=definition.target,
        threshold_ms=definition.threshold_ms,
        short_abandon_ms=definition.short_abandon_ms,
        formula=definition.formula,  # type: ignore[arg-type]
        exits_count=definition.exits_count,
    )


def figures(sums: Sums) -> Json:
    """The figures of a line of the report. Of time of which nothing is known all are None, which is not 0."""
    if sums.known_ms == 0:
        return dict.fromkeys(FIGURES_OF_A_LINE)
    tally, unseen = sums.tally, sums.unseen
    handled = t.read(tally, "handled")
    line: Json = {
        "offered": t.read(tally, "offered"),
        "answered": t.read(tally, "answered"),
        "answered_in_threshold": t.read(tally, "in_threshold"),
        "abandoned": t.read(tally, "abandoned"),
        "abandoned_short": t.read(tally, "abandoned_short"),
        "exited": sum(t.exits(tally).values()),
        "refused": None if u.REFUSED in unseen else sum(t.refusals(tally).values()),
        "declined": None if u.DECLINED in unseen else t.read(tally, "declined"),
        "service_level": ratio(sums.hits, sums.n),
        "service_level_n": sums.n,
        "service_level_by_arrival": ratio(sums.arrival_hits, sums.arrival_n),
        "service_level_by_arrival_n": sums.arrival_n,
        "asa_seconds": asa_seconds(tally),
        "wait_seconds_max": None if sums.wait_ms_max is None else sums.wait_ms_max / 1000,
        "aht_seconds": None if u.WRAP_UP in unseen else ratio(t.read(tally, "handling_ms") / 1000, handled),
        "handled": handled,
        "abandon_ratio": abandon_ratio(tally),
        "occupancy": ratio(sums.busy_ms, sums.at_work_ms),
        "incomplete": sums.incomplete,
        "backfilled": sums.backfilled and not sums.incomplete,
        "corrected": sums.corrected,
    }
    assert tuple(line) == FIGURES_OF_A_LINE
    return line


FIGURES_OF_A_LINE = (
    *("offered", "answered", "answered_in_threshold", "abandoned", "abandoned_short", "exited", "refused", "declined"),
    *("service_level", "service_level_n", "service_level_by_arrival", "service_level_by_arrival_n"),
    *("asa_seconds", "wait_seconds_max", "aht_seconds", "handled", "abandon_ratio", "occupancy"),
    *("incomplete", "backfilled", "corrected"),
)
