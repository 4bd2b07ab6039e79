"""Recorded days for the projection: each is replayed through the engine, which is asked at instants and again later.

Nothing here reads the recording but the engine. At an instant it has been told everything up to it and nothing more,
and what it says then is kept until the end of the interval is in its books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reality import bank_visits
from floorwatch.engine import Engine
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.ingest.open import open_recording
from floorwatch.ingest.source import Delivery, InputCounts, Recording, described
from floorwatch.ingest.table.protocol import UNSEEN, Row
from floorwatch.ingest.table.translate import in_order
from floorwatch.metrics import tally as t
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.projection.read import Reader
from floorwatch.metrics.projection.state import QueueState
from floorwatch.metrics.service_level import level
from floorwatch.replay import deliveries

MINUTE_MS = 60_000
SILENCE_MS = 2 * 3_600_000
"""An instant so long before the next event is passed over: the night."""


@dataclass(frozen=True, slots=True)
class Days:
    """What to replay, and how the floor is set up for it."""

    paths: tuple[Path, ...]
    timezone: str
    threshold_s: int
    interval_min: int = 30

    def settings(self) -> Settings:
        """Every queue has the default policy but for its threshold: formula `short_abandons_excluded`, S = 5 s."""
        policy = QueuePolicy(threshold_ms=self.threshold_s * 1000)
        return Settings(timezone=self.timezone, interval_ms=self.interval_min * MINUTE_MS, default_policy=policy)


class BankRecording:
    """The bank's month in the form it was published in: a `Recording`."""

    def __init__(self, path: Path, timezone: str) -> None:
        self._path, self._timezone = path, timezone
        self.counts = InputCounts()

    def deliveries(self) -> Iterator[Delivery]:
        """Every fact at its own time."""
        rows = (
            Row(visit.contact, visit.queue, visit.arrived_ms, answered, end, visit.agent)
            for visit in bank_visits(self._path, self._timezone)
            for answered, end in [_ends(visit.outcome, visit.left_ms, visit.ended_ms)]
        )
        return described(((event.time, event) for event in in_order(rows, "table")), UNSEEN)  # type: ignore[misc]


def _ends(outcome: str, left_ms: int, ended_ms: int) -> tuple[int | None, int]:
    return (left_ms, max(left_ms, ended_ms)) if outcome == "answered" else (None, left_ms)


def recordings(days: Days) -> list[Recording]:
    """The recordings of these days."""
    return [
        BankRecording(path, days.timezone) if ".tsv" in path.name else open_recording(path, timezone=days.timezone)
        for path in days.paths
    ]


Ask = Callable[[Engine, int, dict[str, QueueState]], None]
"""Called with the engine at an instant, the instant, and the state of every queue."""


def walk(days: Days, minutes: Sequence[int], ask: Ask, until: int | None = None) -> Engine:
    """Replay, and ask at so many minutes before the end of every interval. The engine at the end, or at `until`."""
    engine = Engine(days.settings())
    reader = Reader(engine.books)
    instant = 0
    for applied_at, event in deliveries(recordings(days)):
        if until is not None and applied_at >= until:
            break
        instant = instant or _following(engine, applied_at, minutes)
        while instant < applied_at:
            if applied_at - instant < SILENCE_MS:
                engine.advance(instant + 1)  # everything up to the instant, and its tick
                engine.books.settle_agents(instant)
                ask(engine, instant, reader.states(members_by_queue(engine.books, instant)))
            instant = _following(engine, instant, minutes)
        engine.advance(applied_at)
        engine.apply(event)
    engine.advance(engine.now + SILENCE_MS)
    return engine


def _following(engine: Engine, instant: int, minutes: Sequence[int]) -> int:
    """The first instant after this one at which to ask."""
    end = engine.books.calendar.interval(instant)[1]
    following = engine.books.calendar.interval(end)[1]
    asked = (last - before * MINUTE_MS for last in (end, following) for before in minutes)
    return min(one for one in asked if one > instant)


def ends(engine: Engine) -> dict[tuple[str, int], tuple[int, int]]:
    """(queue, start of the interval) to (hits, decided) of the whole interval."""
    return {
        (name, interval.start): level(interval.tally, ledger.policy)
        for name, ledger in engine.books.ledgers.items()
        for interval in ledger.intervals.values()
    }


def contacts(engine: Engine) -> dict[str, int]:
    """Contacts offered in all, by queue."""
    return {
        name: sum(t.read(interval.tally, "offered") for interval in ledger.intervals.values())
        for name, ledger in engine.books.ledgers.items()
    }
