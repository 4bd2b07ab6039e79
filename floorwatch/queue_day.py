"""A queue's day, for the page of that queue: kept between two pictures, so that only what moves is read again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from floorwatch.engine import FAR_FUTURE, Engine
from floorwatch.floor.source import Source
from floorwatch.metrics.closed import EVERY_QUEUE
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.members_day import MembersMs, members_ms
from floorwatch.metrics.queue_day import Reading, fitted, interval_row, undecided_arrivals, waiting_lines
from floorwatch.metrics.staffing_day import DayAnswer, NoDayError
from floorwatch.metrics.unseen import unseen_of_queue
from floorwatch.metrics.unsettled import Waits, unsettled_waits

FORECAST_EVERY_S = 30.0
"""A forecast's day is asked for again after so long, and only while somebody looks."""
LEAST_S = 5.0
"""Also where the floor runs faster than real time."""
MEMBERS_EVERY_MS = 2_000
"""What members did is added up so often at most: it goes through every agent of the floor, of closed intervals (where a
late fact has changed them) through their whole day."""
FORGET_MS = 600_000
"""What is kept of a queue nobody has looked at for so long is let go."""

Day = Callable[[str], Awaitable[DayAnswer]]
Json = dict[str, Any]

log = structlog.get_logger(__name__)


class QueueDays:
    """Reads the engine for who looks at a queue. All viewers of one queue share what is read for one of them."""

    def __init__(self, engine: Engine, day: Day | None = None, *, pace: float = 1.0) -> None:
        """`day`: what a forecast makes of a queue's day; `pace`: seconds of the floor to one real second."""
        self._engine = engine
        self._day = day
        self._every_s = max(LEAST_S, FORECAST_EVERY_S / pace)
        self._queues: dict[str, _QueueDay] = {}
        self._waits: tuple[int, int, Waits] = (-1, -1, {})

    def of(self, queue: str) -> Json:
        """The queue's day as it is now; of a queue that is not known, the same with nothing in it."""
        engine = self._engine
        ledger = engine.books.ledgers.get(queue)
        if ledger is None or not engine.now:
            return _nothing(queue, engine.now)
        for name in [name for name, kept in self._queues.items() if engine.now - kept.seen_at > FORGET_MS]:
            del self._queues[name]
        kept = self._queues.get(queue)
        if kept is None or kept.ledger is not ledger:
            why_none = "asked" if ledger.unknown_since is None else "lost"
            kept = self._queues[queue] = _QueueDay(engine, ledger, "no_file" if self._day is None else why_none)
        if self._day is not None and ledger.unknown_since is None:  # else what is not known would count as nothing
            kept.forecast.refresh(self._day, self._every_s)
        return kept.read(self._unsettled())

    def _unsettled(self) -> Waits:
        """The same for all queues, as long as nothing happens."""
        now, applied, waits = self._waits
        if (now, applied) != (self._engine.now, self._engine.applied):
            waits = unsettled_waits(self._engine.books)
            self._waits = self._engine.now, self._engine.applied, waits
        return waits


def _nothing(queue: str, now: int) -> Json:
    return {
        "queue": queue,
        "at": now,
        "day_start": None,
        "day_end": None,
        "first_at": None,
        "forecast": {"at": None, "why": "no_queue", "model": None, "factor": None},
        "intervals": [],
        "waiting": None,
        "waiting_more": 0,
        "alerts": [],
    }


class _QueueDay:
    """What is kept of one queue."""

    def __init__(self, engine: Engine, ledger: QueueLedger, why_none: str) -> None:
        self.ledger = ledger
        self.forecast = _Forecast(ledger.name, why_none)
        self.seen_at = 0
        self._engine = engine
        self._closed_members: MembersMs = {}
        self._open_members: MembersMs = {}
        self._members_read: tuple[object, ...] = ()
        """What the books said when that was read, of what it hangs on."""
        self._members_marked = self._members_until = 0
        """How many marks there were then, and up to when it is."""
        self._rows: dict[int, Json] = {}
        self._rows_read: tuple[object, ...] = ()
        """The same of the rows."""
        self._over = 0
        """So many of the engine's alerts, from the first on, were over before the day began."""

    def read(self, waits: Waits) -> Json:
        engine, ledger, books = self._engine, self.ledger, self._engine.books
        now = self.seen_at = engine.now
        books.settle_agents(now)
        is_known = ledger.unknown_since is None
        lines = waiting_lines(books, ledger, now) if is_known else None
        day_start, day_end = books.calendar.day(now)
        return {
            "queue": ledger.name,
            "at": now,
            "day_start": day_start,
            "day_end": day_end,
            "first_at": None if engine.first_at == FAR_FUTURE else engine.first_at,
            "forecast": self.forecast.said(),
            "intervals": self._intervals(day_start, day_end, waits),
            "waiting": lines,
            "waiting_more": len(ledger.waiting) - len(lines) if lines is not None else 0,
            "alerts": self._alerts(day_start),
        }

    def _intervals(self, day_start: int, day_end: int, waits: Waits) -> list[Json]:
        """From the first that was listened to until now, and those to come of which something is forecast."""
        books, ledger, now = self._engine.books, self.ledger, self._engine.now
        grid = books.calendar.intervals(day_start, day_end - 1)
        closed_before = max(day_start, books.calendar.closed_before)
        held = ledger.intervals  # books what was filed, which may mark
        marked = books.calendar.closed.marked
        self._read_members(day_start, closed_before, marked.get(EVERY_QUEUE, 0))
        found = Reading(
            now=now,
            members=self._closed_members | self._open_members,
            members_until=self._members_until,
            waits=waits,
            needs=self.forecast.by_interval(grid),
            undecided=undecided_arrivals(books, ledger, now),
        )
        read = (
            *(day_start, closed_before, marked.get(EVERY_QUEUE, 0), self._members_marked, self._members_read),
            *(marked.get(ledger.name, 0), len(held), self.forecast.number, found.undecided),
            *(self._engine.first_at, unseen_of_queue(books, ledger)),
            *(_losses(books.sources[name]) for name in ledger.sources),
        )
        kept = self._rows if read == self._rows_read else {}
        self._rows, self._rows_read = {}, read
        for start, end in grid:
            if end <= self._engine.first_at or (start > now and start not in found.needs):
                continue
            row = kept.get(start) if end <= closed_before else None
            self._rows[start] = row or interval_row(books, ledger, start, end, found)
        return list(self._rows.values())

    def _read_members(self, day_start: int, closed_before: int, marked: int) -> None:
        """What its members did, every few seconds; of closed intervals only when that may have changed."""
        books, now = self._engine.books, self._engine.now
        told = [(source.unseen, len(source.agents)) for source in books.sources.values()]
        read = (day_start, closed_before, books.calendar.interval(now)[0], *told)  # who tells of them: what is known
        is_same = read == self._members_read
        if is_same and 0 <= now - self._members_until < MEMBERS_EVERY_MS:
            return
        if not is_same or marked != self._members_marked:
            closed = members_ms(books, self.ledger, day_start, now) if day_start < closed_before else {}
            self._closed_members = {start: ms for start, ms in closed.items() if start < closed_before}
        self._open_members = members_ms(books, self.ledger, closed_before, now)
        self._members_read, self._members_marked, self._members_until = read, marked, now

    def _alerts(self, day_start: int) -> list[Json]:
        """When its alerts fired, of those that were not over before the day began."""
        history = self._engine.watch.history
        while self._over < len(history) and (history[self._over].resolved_at or day_start) < day_start:
            self._over += 1
        return [
            {
                "id": alert.id,
                "rule": alert.rule.name,
                "severity": alert.severity,
                "fired_at": alert.fired_at,
                "resolved_at": alert.resolved_at,
            }
            for alert in history[self._over :]
            if alert.rule.scope == "queue"
            and alert.subject == self.ledger.name
            and (alert.resolved_at is None or alert.resolved_at >= day_start)
        ]


def _losses(source: Source) -> tuple[object, ...]:
    """Another one when something of the source was lost, or found again."""
    return source.down_since, len(source.downs), len(source.gaps), tuple(source.backfills)


class _Forecast:
    """What a forecast makes of one queue's day; asked aside, and shown until there is a newer one."""

    def __init__(self, queue: str, why_none: str) -> None:
        """`why_none`: why there is none before the first answer."""
        self._queue = queue
        self._answer: DayAnswer | None = None
        self._why = why_none
        self._asked_s: float | None = None
        self._asking: asyncio.Task[None] | None = None
        self._fitted: tuple[object, ...] = ()
        self._by_interval: Mapping[int, Json] = {}
        self.number = 0
        """Of the answer that is shown."""

    def refresh(self, day: Day, every_s: float) -> None:
        """Ask again where it is time to. In the event loop."""
        now_s = asyncio.get_running_loop().time()
        if self._asking is None and (self._asked_s is None or now_s - self._asked_s >= every_s):
            self._asked_s = now_s
            self._asking = asyncio.ensure_future(self._ask(day))

    async def _ask(self, day: Day) -> None:
        try:
            self._answer, self._why = await day(self._queue), ""
        except NoDayError as none:
            self._answer, self._why = None, none.reason
        except (ArithmeticError, ValueError):  # a model met what it cannot do: the day is shown all the same
            log.exception("forecast_failed", queue=self._queue)
            self._answer, self._why = None, "failed"
        finally:
            self.number += 1
            self._asking = None

    def said(self) -> Json:
        """When it was made and how, or why there is none."""
        found = self._answer
        return {
            "at": None if found is None else found.at,
            "why": self._why,
            "model": None if found is None else found.model,
            "factor": None if found is None else found.factor,
        }

    def by_interval(self, grid: list[tuple[int, int]]) -> Mapping[int, Json]:
        """What it says of those intervals of this grid of which it says anything."""
        place = (self.number, grid[0][0])
        if place != self._fitted:
            needs = () if self._answer is None else self._answer.intervals
            self._fitted = place
            self._by_interval = {
                start: found for start, end in grid if (found := fitted(needs, start, end))["forecast"] is not None
            }
        return self._by_interval
