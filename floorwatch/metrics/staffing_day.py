"""A queue's day, interval by interval: forecast and what came, agents needed and agents scheduled.

In two steps, as an outlook: `day_question` reads the books, `day_answer` runs the models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from floorwatch.floor.agent import Agent
from floorwatch.floor.settings import QueuePolicy, StaffingPolicy
from floorwatch.metrics import tally as t
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.measured import Measured, measured
from floorwatch.metrics.outlook import agents_of, limits_of
from floorwatch.metrics.staffing.forecast import Planned, Reforecast, needs, reforecast
from floorwatch.metrics.staffing.required import scheduled_agents

WhyNone = Literal["no_queue", "no_file", "unreadable", "no_lines", "not_today"]


class NoDayError(LookupError):
    """There is no day of this queue to be told; the message says why, and the way out. `reason`: the same in a word."""

    def __init__(self, why: str, reason: WhyNone) -> None:
        super().__init__(why)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class DayQuestion:
    """What is known of a queue's day."""

    queue: str
    at: int
    policy: QueuePolicy
    staffing: StaffingPolicy
    measured: Measured
    planned: tuple[Planned, ...]
    offered: tuple[int, ...]
    """What came in each of those intervals so far."""
    on_schedule: tuple[float | None, ...]
    """Members scheduled to work in each, on average; None while no schedule is known."""
    day: Reforecast


@dataclass(frozen=True, slots=True)
class IntervalNeed:
    """One interval, [start, end)."""

    start: int
    end: int
    forecast: float
    expected: float
    """What it comes to: for the rest of the day the re-forecast, with what came so far of the running one."""
    offered: int | None
    """None for one to come."""
    required: int | None
    """Agents on the queue. None: no number is enough."""
    scheduled: int | None
    """With shrinkage: so many are to be on the schedule."""
    on_schedule: float | None


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """A queue's day."""

    queue: str
    at: int
    model: str
    measured: Measured
    shrinkage: float
    ratio: float | None
    """What came over what was forecast by now; None where nothing was."""
    factor: float
    """By which the rest of the forecast is multiplied: the ratio, as far as it is not chance."""
    intervals: tuple[IntervalNeed, ...]


def day_question(
    books: FloorBooks, ledger: QueueLedger, members: Sequence[Agent], now: int, forecast: Sequence[Planned]
) -> DayQuestion:
    """Read what is known of a queue's day. `forecast`: of this queue and day, in order. After `settle_agents`."""
    day_start = books.calendar.day(now)[0]
    counts = {interval.start: t.read(interval.tally, "offered") for interval in ledger.recent(day_start)}
    offered = tuple(
        sum(n for start, n in counts.items() if planned.start <= start < planned.end) for planned in forecast
    )
    there = {agent.name for agent in members}
    belonging = [agent for agent in books.agents.values() if agent.name in there or ledger.name in agent.configured]
    return DayQuestion(
        queue=ledger.name,
        at=now,
        policy=ledger.policy,
        staffing=books.settings.staffing,
        measured=measured(ledger, now, books.tick_s, day_start, books.attendance.begun_at),
        planned=tuple(forecast),
        offered=offered,
        on_schedule=tuple(_on_schedule(books, belonging, planned) for planned in forecast),
        day=reforecast(forecast, sum(counts.values()), now),
    )


def _on_schedule(books: FloorBooks, members: Sequence[Agent], planned: Planned) -> float | None:
    schedule = books.attendance.schedule
    if not schedule.days:
        return None
    ms = sum(
        max(0, min(line.end, planned.end) - max(line.start, planned.start))
        for agent in members
        for line in schedule.lines.get(agent.name, ())
        if line.activity == "work"
    )
    return ms / (planned.end - planned.start)


def day_answer(asked: DayQuestion) -> DayAnswer:
    """What each interval needs. Intervals that are over: what they would have needed for what came."""
    found, rest = asked.measured, {planned.end: planned.contacts for planned in asked.day.rest}
    expected = []
    for planned, offered in zip(asked.planned, asked.offered, strict=True):
        coming = rest.get(planned.end, 0.0)
        expected.append(coming + offered if planned.start <= asked.at else coming)
    aht_s = None if found.aht_ms is None else found.aht_ms / 1000
    asks = [replace(planned, contacts=contacts) for planned, contacts in zip(asked.planned, expected, strict=True)]
    found_needs = (
        needs(
            asks,
            aht_s or 0.0,
            None if found.patience_ms is None else found.patience_ms / 1000,
            limits_of(asked.policy, asked.staffing),
        )
        if aht_s is not None or all(planned.aht_s for planned in asks)
        else [None] * len(asks)
    )
    intervals = []
    for planned, contacts, offered, on_schedule, need in zip(
        asked.planned, expected, asked.offered, asked.on_schedule, found_needs, strict=True
    ):
        required = None if need is None else agents_of(need.agents, asked.policy)
        intervals.append(
            IntervalNeed(
                start=planned.start,
                end=planned.end,
                forecast=planned.contacts,
                expected=contacts,
                offered=offered if planned.start <= asked.at else None,
                required=required,
                scheduled=None if required is None else scheduled_agents(required, asked.staffing.shrinkage),
                on_schedule=on_schedule,
            )
        )
    return DayAnswer(
        queue=asked.queue,
        at=asked.at,
        model="erlang_c" if found.patience_ms is None else "erlang_a",
        measured=found,
        shrinkage=asked.staffing.shrinkage,
        ratio=asked.day.ratio,
        factor=asked.day.factor,
        intervals=tuple(intervals),
    )
