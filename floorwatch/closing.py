"""Closing: what of the engine's state is written into the history, as plain rows. Reads, and changes nothing but marks.

What is written is what the report of a replay up to this instant would say of the same intervals: the same books are
read, and what is just going on is counted up to the end of each interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.texts import message_at_fire
from floorwatch.engine import Engine
from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ACTIVITIES, AVAILABLE, OCCUPIED, OFFLINE, UNKNOWN
from floorwatch.floor.agent import Agent
from floorwatch.floor.source import Source
from floorwatch.metrics.catalogue import FIGURES
from floorwatch.metrics.closed import EVERY_QUEUE, Marks
from floorwatch.metrics.interval import NO_WAIT
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.members import INFERRED_MS
from floorwatch.metrics.occupancy import by_interval, of_floor, open_ms
from floorwatch.metrics.unseen import (
    hides_adherence,
    hides_occupancy,
    unseen_activities,
    unseen_of_agent,
    unseen_of_queue,
)
from floorwatch.metrics.unsettled import Waits, unsettled_waits
from floorwatch.store.rows import Adherence, AgentRow, AlertRow, Batch, CellRow, Definition, GapRow, QueueRow


def closed_rows(engine: Engine, alerts: Iterable[Alert], sources: Iterable[Source], *, individuals: bool) -> Batch:
    """Rows of every closed interval that was marked since the last call, and of these alerts and sources.

    `individuals`: also the agents' days.
    """
    books = engine.books
    books.settle_agents(engine.now)
    for ledger in books.ledgers.values():
        assert ledger.intervals is not None  # books what was filed, which may mark
    marks = _with_inferred(engine, books.calendar.closed.drain())
    days = _agents_days(engine, [start for start, marked in marks.items() if EVERY_QUEUE in marked])
    agents = list(_agents(engine, days)) if individuals else []
    waits, cells, queues, emptied = unsettled_waits(engine.books), list[CellRow](), list[QueueRow](), list[QueueRow]()
    for start, marked in marks.items():
        if EVERY_QUEUE in marked:
            cells.append(_cell(engine, start))
        wanted = books.ledgers.values() if EVERY_QUEUE in marked else [books.ledgers[name] for name in marked]
        rows = list(_queues(engine, wanted, start, waits))
        queues += [row for row in rows if not _is_empty(row)]
        emptied += [row for row in rows if _is_empty(row) and EVERY_QUEUE not in marked]
    return Batch(
        at=engine.now,
        cells=cells,
        queues=queues,
        emptied=[(row.day, row.queue, row.start) for row in emptied],
        agents=[row for row in agents if _was_there(row)],
        absent=[(row.day, row.agent) for row in agents if not _was_there(row)],
        alerts=[_alert(engine, alert) for alert in alerts],
        gaps=[gap for source in sources for gap in _gaps(source)],
    )


def day_of(engine: Engine, instant: int) -> str:
    """The business day that holds the instant, `2026-10-25`."""
    return engine.books.calendar.date(instant).isoformat()


def _with_inferred(engine: Engine, marks: Marks) -> Marks:
    """Who belongs to a queue is inferred from answers, for four hours after them: these are changed with an answer."""
    books = engine.books
    if all(agent.state.joined is not None or agent.configured for agent in books.agents.values()):
        return marks
    grid, following = books.calendar, dict(marks)
    for start, marked in marks.items():
        end = grid.interval(start)[1]
        while EVERY_QUEUE in marked and end <= start + INFERRED_MS and end < grid.closed_before:
            following.setdefault(end, {})[EVERY_QUEUE] = None
            end = grid.interval(end)[1]
    return dict(sorted(following.items()))


def _cell(engine: Engine, start: int) -> CellRow:
    start, end = engine.books.calendar.interval(start)
    spent = of_floor(engine.books, start, end)
    heard = not all(source.is_lost(start, end) for source in engine.books.sources.values())
    return CellRow(start, end, day_of(engine, start), *_busy_and_available(spent), heard=heard)


def _busy_and_available(spent: list[int] | None) -> tuple[int | None, int | None]:
    if spent is None:
        return None, None
    return sum(spent[activity] for activity in OCCUPIED), spent[AVAILABLE]


def _queues(engine: Engine, ledgers: Iterable[QueueLedger], start: int, waits: Waits) -> Iterator[QueueRow]:
    books = engine.books
    start, end = books.calendar.interval(start)
    occupied, day = by_interval(books, start, end), day_of(engine, start)
    for ledger in ledgers:
        interval, unseen = ledger.interval_at(start), unseen_of_queue(books, ledger)
        incomplete, backfilled = books.gap_marks(ledger, start, end)
        wait_ms_max = max(interval.wait_ms_max, waits.get((ledger.name, start), NO_WAIT))
        yield QueueRow(
            day,
            ledger.name,
            start,
            _definition(ledger),
            incomplete,
            backfilled,
            interval.corrected,
            " ".join(sorted(unseen)),
            None if wait_ms_max == NO_WAIT else wait_ms_max,
            *_busy_and_available(occupied.get((ledger.name, start))),
            interval.tally,
            interval.arrival,
        )


def _definition(ledger: QueueLedger) -> Definition:
    policy = ledger.policy
    return Definition(
        ledger.channel,
        policy.formula,
        policy.target,
        policy.threshold_ms,
        policy.short_abandon_ms,
        policy.exits_count,
        _versions(),
    )


@cache
def _versions() -> str:
    return " ".join(f"{figure.id}:{figure.version}" for figure in FIGURES.values())


def _is_empty(row: QueueRow) -> bool:
    """Nothing happened, nothing was hidden and nobody was there."""
    said = (row.tally, row.arrival, row.corrected, row.incomplete, row.backfilled, row.busy_ms, row.available_ms)
    return not any(said) and row.wait_ms_max is None


def _agents_days(engine: Engine, starts: Iterable[int]) -> Iterable[tuple[int, int]]:
    """The business days of these intervals, and those that were marked for what people decided about them.

    With a schedule, also the day before each: a shift over midnight goes on.
    """
    calendar, days = engine.books.calendar, dict[tuple[int, int], None]()
    for start in starts:
        since, _ = day = calendar.day(start)
        if day not in days:
            before = (calendar.day(since - 1),) if engine.books.attendance.schedule.days else ()
            days |= dict.fromkeys((*before, day))
    return days | dict.fromkeys(calendar.day(start) for start in calendar.closed.drain_agents_days())


def _agents(engine: Engine, days: Iterable[tuple[int, int]]) -> Iterator[AgentRow]:
    """Every agent on every one of these business days, up to the end of what is closed."""
    books = engine.books
    for since, day_end in days:
        if day_end <= books.calendar.closed.since:
            continue
        until = min(day_end, books.calendar.closed_before)
        answered, declined = dict[str, int](), dict[str, int]()
        for ledger in books.ledgers.values():
            for interval in ledger.recent(since):
                if interval.start < until:
                    _add(answered, interval.answered_by)
                    _add(declined, interval.declined_by)
        for name, agent in books.agents.items():
            yield _agent(engine, agent, since, until, answered.get(name, 0), declined.get(name, 0))


def _was_there(row: AgentRow) -> bool:
    """Of days on which somebody was neither there nor scheduled nothing is kept."""
    spent = (ms for activity, ms in enumerate(row.spent_ms) if activity not in (OFFLINE, UNKNOWN))
    return any(spent) or bool(row.answered or row.declined) or row.adherence is not None


def _add(total: dict[str, int], more: dict[str, int]) -> None:
    for name, n in more.items():
        total[name] = total.get(name, 0) + n


def _agent(engine: Engine, agent: Agent, since: int, until: int, answered: int, declined: int) -> AgentRow:
    settled = engine.books.times[agent.name].spent_ms(since, until)
    spent = [a + b for a, b in zip(settled, open_ms(agent, since, until), strict=True)]
    unseen = unseen_of_agent(engine.books, agent)
    hidden = unseen_activities(unseen)
    return AgentRow(
        day_of(engine, since),
        agent.name,
        agent.team,
        agent.site,
        tuple(None if activity in hidden else spent[activity] for activity in range(len(ACTIVITIES))),
        answered,
        None if u.DECLINED in unseen else declined,
        *_busy_and_available(None if hides_occupancy(unseen) else spent),
        adherence=None if hides_adherence(engine.books, agent) else _adherence(engine, agent.name, since),
    )


def _adherence(engine: Engine, agent: str, day: int) -> Adherence | None:
    """Of the shifts of the business day that starts at `day`, by the schedule in force; None where there is none."""
    attendance = engine.books.attendance
    version = attendance.schedule.version(day)
    sums = attendance.days(agent, engine.now).get(day) if version is not None else None
    if version is None or sums is None:
        return None
    return Adherence(
        scheduled_ms=sums.scheduled_ms,
        in_ms=sums.in_ms,
        out_ms=sums.out_ms,
        neutral_ms=sums.neutral_total_ms,
        worked_ms=sums.worked_ms,
        on_queue_ms=sums.work_ms,
        extra_ms=sums.extra_ms,
        schedule=version,
    )


def _alert(engine: Engine, alert: Alert) -> AlertRow:
    text = message_at_fire(alert, engine.settings)
    assert alert.fired_at is not None
    return AlertRow(
        alert.id,
        day_of(engine, alert.fired_at),
        alert.rule.name,
        alert.rule.scope,
        alert.subject,
        alert.severity,
        alert.pending_at,
        alert.fired_at,
        alert.resolved_at,
        alert.reason,
        alert.value_at_fire,
        alert.n_at_fire,
        text["en"],
        text["zh"],
        alert.severity_at_fire,
    )


def _gaps(source: Source) -> Iterator[GapRow]:
    for since, until in source.gaps:
        yield GapRow(source.name, "gap", since, until, source.is_backfilled((since, until)))
    for since, until in source.downs:
        yield GapRow(source.name, "down", since, until, False)
    if source.down_since is not None:
        yield GapRow(source.name, "down", source.down_since, None, False)
