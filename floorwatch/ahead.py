"""Looks ahead: keeps the projection and the outlook of every queue fresh, the slow models beside the event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path

import structlog

from floorwatch.engine import Engine
from floorwatch.floor.internal import RulesForeseen
from floorwatch.floor.settings import Settings
from floorwatch.floor.steps import Steps, at_once
from floorwatch.ingest.forecast import UnusableForecastError, meant, read_forecast
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.outlook import Outlook, Question, answer, question
from floorwatch.metrics.projection.project import project
from floorwatch.metrics.projection.read import Reader, period
from floorwatch.metrics.staffing.forecast import Planned, reforecast
from floorwatch.metrics.staffing_day import DayAnswer, NoDayError, day_answer, day_question
from floorwatch.metrics.tally import read
from floorwatch.trials.advise import advise
from floorwatch.turns import in_turns
from floorwatch.view import Ahead, ProjectionView

SOONEST_S = 0.5
PROJECT_EVERY_S = 5.0
EVERY_S = 10.0
"""A queue is asked again after so long, or later where there are too many; those in trouble come first."""
SHARE = 0.25
"""So much of one processor at most."""
BREATH_S = 0.0001
"""Long enough for the event loop to take its turn between two trials; without, it waits 5 ms for each."""

log = structlog.get_logger("floorwatch.ahead")


ByQueue = Mapping[str, tuple[Planned, ...]]


class Forecast:
    """The forecast of a file, read again when the file has changed; the one before stays while it cannot be read.

    Or one that is known from the start.
    """

    def __init__(self, given: Path | ByQueue | None, settings: Settings) -> None:
        self._path = given if isinstance(given, Path) else None
        self._settings = settings
        self._read: tuple[int, int] | None = None
        self.queues: ByQueue = {} if given is None or isinstance(given, Path) else given

    def why_none(self, queue: str) -> NoDayError:
        """Why there is no forecast of this queue's day, and the way out."""
        if self._path is None and not self.queues:
            return NoDayError("no forecast: name a file in staffing.forecast", "no_file")
        if not self.queues:
            return NoDayError("the file of staffing.forecast could not be read: the log says why", "unreadable")
        if queue not in self.queues:
            near = meant(queue, self.queues)
            return NoDayError(f"the file of staffing.forecast has no line of queue '{queue}'{near}", "no_lines")
        return NoDayError(f"the file of staffing.forecast has no line of queue '{queue}' today", "not_today")

    def refresh(self) -> None:
        """Read the file if it is another one than before."""
        if self._path is None:
            return
        try:
            stat = self._path.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp == self._read:
                return
            self._read = stamp
            found = read_forecast(self._path, self._settings.timezone, self._settings.interval_ms)
        except (OSError, UnusableForecastError) as wrong:
            log.warning("forecast_unusable", path=str(self._path), why=str(wrong))
            return
        self.queues = found.queues
        say = log.warning if found.refused else log.info
        say("forecast", path=str(self._path), queues=len(found.queues), refused=found.refused[:20])


class LookingAhead:
    """What is expected of each queue, by name.

    Projections are quick and made for all queues at once; outlooks are asked for one after the other, aside. Of a
    queue with an alert, pending or live, the rest of its period is also tried out (`trials`), for the alert to advise.
    """

    def __init__(
        self,
        engine: Engine,
        forecast: Path | ByQueue | None = None,
        *,
        pace: float = 1.0,
        say: Callable[[RulesForeseen], Awaitable[None]] | None = None,
    ) -> None:
        """`pace`: seconds of the floor to one real second, where it runs faster. `say`: takes what was foreseen."""
        self.rest = asyncio.Lock()
        """While it is held the engine stands still: its driver's as well."""
        self._engine = engine
        self._pace = pace
        self._say = say
        self._asked_s: dict[str, float] = {}
        """When each queue was asked last, and when it was advised: by our monotonic clock."""
        self._advised_s: dict[str, float] = {}
        self._forecast = Forecast(forecast, engine.settings)
        self._reader = Reader(engine.books)
        self.latest: dict[str, Ahead] = {}

    async def run(self) -> None:
        """Look ahead, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._project())
            group.create_task(self._ask())

    async def _project(self) -> None:
        while True:
            if self._engine.now:
                async with self.rest:
                    await in_turns(self.projecting())
            await asyncio.sleep(max(SOONEST_S, PROJECT_EVERY_S / self._pace))

    async def _ask(self) -> None:
        monotonic_s, refreshed = asyncio.get_running_loop().time, -EVERY_S
        while True:
            now = monotonic_s()
            if now - refreshed >= EVERY_S / self._pace:
                refreshed = now
                await asyncio.to_thread(self._forecast.refresh)
            name = self._due(now)
            if name is not None:
                self._asked_s[name] = now
                await self.ask(name)
            await asyncio.sleep(SOONEST_S if name is None else (monotonic_s() - now) * (1 / SHARE - 1))

    def _due(self, now_s: float) -> str | None:
        """Whom to ask next: of those in trouble, or else of all, the one that was asked longest ago; None for nobody.

        A queue that has just got into trouble is due at once, however lately it was asked.
        """
        if not self._engine.now:
            return None
        before = now_s - EVERY_S / self._pace
        troubled = self._troubled()
        for names, asked_s in ((troubled, self._advised_s), (self._engine.books.ledgers, self._asked_s)):
            oldest = min(names, key=lambda name: asked_s.get(name, 0.0), default=None)
            if oldest is not None and asked_s.get(oldest, before) <= before:
                return oldest
        return None

    def _troubled(self) -> list[str]:
        """Queues with an alert, pending or live, where somebody wants to know what to do about it."""
        if self._say is None:
            return []
        alerts = self._engine.watch.pending_and_firing()
        return list(dict.fromkeys(alert.subject for alert in alerts if alert.rule.scope == "queue"))

    def project(self) -> None:
        """Where the period of every queue ends, as it is now."""
        at_once(self.projecting())

    def projecting(self) -> Steps[None]:
        """The same in steps, between which the engine must stand still."""
        books = self._engine.books
        books.settle_agents(self._engine.now)
        yield
        now = books.tick_s * 1000
        states = yield from self._reader.steps(members_by_queue(books, now))
        for name, ledger in books.ledgers.items():
            yield
            state, projected = states.get(name), None
            if state is not None:
                start, end = books.calendar.day(now) if ledger.policy.per == "day" else books.calendar.interval(now)
                projected = project(state, period(ledger, start, end), self._arrivals(ledger, now, end))
            view = None
            if projected is not None:
                view = ProjectionView(
                    at=now,
                    until=end,
                    projection=projected.median,
                    projection_low=projected.low,
                    projection_high=projected.high,
                    decided=projected.decided,
                    to_come=projected.to_come,
                )
            self.latest[name] = self.latest.get(name, Ahead())._replace(projection=view)

    async def ask(self, queue: str) -> None:
        """The outlook of a queue as it is now, and what to do about it where it is in trouble."""
        asked = self.question(queue)
        try:
            found = await asyncio.to_thread(answer, asked)
        except (ArithmeticError, ValueError):  # a model met what it cannot do: the floor is watched all the same
            log.exception("outlook_failed", queue=queue, measured=str(asked.measured))
            found = None
        self.latest[queue] = self.latest.get(queue, Ahead())._replace(outlook=found)
        if self._say is not None and queue in self._troubled():
            self._advised_s[queue] = asyncio.get_running_loop().time()
            try:
                said = await asyncio.to_thread(foreseen, asked, found)
            except Exception:  # who is alerted must be told, without advice too
                log.exception("advice_failed", queue=queue, measured=str(asked.measured))
                return
            await self._say(said)

    def question(self, queue: str) -> Question:
        """A queue as it is now, for `metrics.outlook.answer`."""
        books, now = self._engine.books, self._engine.now
        books.settle_agents(now)
        members = members_by_queue(books, now).get(queue)
        ledger = books.ledgers[queue]
        return question(books, ledger, None if members is None else members.agents, now, self._planned(queue, now))

    async def day(self, queue: str) -> DayAnswer:
        """The queue's day by intervals. Raises `NoDayError` for no queue, and for one without a forecast of today."""
        books, now = self._engine.books, self._engine.now
        if queue not in books.ledgers:
            raise NoDayError(f"there is no queue '{queue}'{meant(queue, books.ledgers)}", "no_queue")
        planned = self._planned(queue, now)
        if not planned:
            raise self._forecast.why_none(queue)
        books.settle_agents(now)
        members = members_by_queue(books, now).get(queue)
        agents = members.agents if members is not None else []
        return await asyncio.to_thread(day_answer, day_question(books, books.ledgers[queue], agents, now, planned))

    def _planned(self, queue: str, now: int) -> list[Planned]:
        """The day's forecast."""
        day = self._engine.books.calendar.day(now)
        return [one for one in self._forecast.queues.get(queue, ()) if day[0] <= one.start < day[1]]

    def _arrivals(self, ledger: QueueLedger, now: int, end: int) -> float | None:
        """Contacts to come until the end by the forecast, as the day so far re-forecasts it; None without one."""
        planned = self._planned(ledger.name, now)
        if not planned or ledger.policy.per == "interval":
            return None
        day_start = self._engine.books.calendar.day(now)[0]
        offered = read(sum(interval.tally for interval in ledger.recent(day_start)), "offered")
        return sum(one.contacts for one in reforecast(planned, offered, now).rest if one.start < end)


def foreseen(asked: Question, outlook: Outlook | None) -> RulesForeseen:
    """What an alert about a queue advises."""
    advised = advise(asked, breathe=partial(time.sleep, BREATH_S))
    return RulesForeseen(
        time=asked.at,
        source="rules",
        queue=asked.queue,
        until=asked.until,
        present=advised.present,
        places=asked.places,
        model=advised.model,
        missing=advised.missing,
        required=None if outlook is None else outlook.required,
        needed=advised.needed,
        by=advised.by,
        chance=advised.chance,
        chance_without=advised.chance_without,
        level=advised.level,
        level_low=advised.low,
        level_high=advised.high,
        best=advised.best,
        no_return_at=advised.no_return_at,
    )
