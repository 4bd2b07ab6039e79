"""The picture: the engine's state, written down once as an immutable `FloorView` for every reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from floorwatch.engine import Engine
from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ABSENT, ACTIVITIES
from floorwatch.floor.agent import Agent
from floorwatch.floor.feed_health import FeedHealth
from floorwatch.floor.hours import BusinessClock
from floorwatch.ingest.source import InputCounts, summed
from floorwatch.metrics import tally as t
from floorwatch.metrics.accounts import accounts_now
from floorwatch.metrics.ledger import Interval, QueueLedger
from floorwatch.metrics.measures import abandon_ratio, finished
from floorwatch.metrics.members import Members, members_by_queue
from floorwatch.metrics.occupancy import at_work_ms, by_interval, load_occupancy, occupancy, open_ms
from floorwatch.metrics.service_level import FORMULAS, decided, level, ratio
from floorwatch.metrics.unseen import unseen_activities, unseen_of_agent, unseen_of_queue
from floorwatch.picture_alerts import AlertsShown
from floorwatch.picture_attendance import AttendanceShown
from floorwatch.view import (
    WINDOWS,
    AgentView,
    Ahead,
    FloorView,
    HoursView,
    InputView,
    IntervalView,
    QueueView,
    SourceView,
    TrendPoint,
    Verdict,
    WindowView,
)

UNASKED = Ahead()
NOTHING_AHEAD: Mapping[str, Ahead] = {}


def picture(
    engine: Engine,
    counts: Mapping[str, InputCounts],
    *,
    individuals: bool,
    ahead: Mapping[str, Ahead] = NOTHING_AHEAD,
    attendance: AttendanceShown | None = None,
    alerts: AlertsShown | None = None,
) -> FloorView:
    """The floor as it is at engine time.

    `counts`: what each feed has met, by the name of its source. `individuals`: also what each agent does, for readers
    who may know. `ahead`: what is expected of each queue. `attendance` and `alerts` keep them from one picture to the
    next.
    """
    now, books = engine.now, engine.books
    books.settle_agents(now)
    members = members_by_queue(books, now)
    shown = (alerts or AlertsShown(engine)).all()
    states: dict[str, set[str]] = {}
    for alert in shown:
        states.setdefault(alert.labels.get("queue", ""), set()).add(alert.state)
    agents = [(agent, *agent.now_doing(now)) for agent in books.agents.values()]
    occupied = by_interval(books, books.calendar.interval(now)[0], now) if now else {}
    queues = tuple(
        _queue(engine, ledger, members.get(name), states.get(name, set()), occupied, ahead.get(name, UNASKED))
        for name, ledger in books.ledgers.items()
    )
    activities: dict[str, int] = {}
    for agent, activity, _ in agents:
        if agent.spent_until is not None:
            activities[ACTIVITIES[activity]] = activities.get(ACTIVITIES[activity], 0) + 1
    return FloorView(
        at=now,
        site=engine.settings.site,
        timezone=engine.settings.timezone,
        interval_ms=engine.settings.interval_ms,
        min_sample=engine.settings.min_sample,
        queues=queues,
        agents=tuple(_agent(engine, *doing) for doing in agents) if individuals else (),
        activities=activities,
        alerts=tuple(shown),
        sources=tuple(_source(engine, feed, counts.get(name)) for name, feed in engine.feeds.items()),
        input=_input(engine, summed(counts.values())),
        attendance=(attendance or AttendanceShown()).of(engine, queues, individuals=individuals) if now else None,
    )


def figures(ledger: QueueLedger, tally: int, unseen: frozenset[str]) -> WindowView:
    """What a tally says, but for what the queue's feeds cannot tell."""
    policy = ledger.policy
    levels = {f: decided(tally, f, exits_count=policy.exits_count) for f in FORMULAS}
    hits, n = levels[policy.formula]
    handled = t.read(tally, "handled")
    return WindowView(
        offered=t.read(tally, "offered"),
        answered=t.read(tally, "answered"),
        answered_in_threshold=t.read(tally, "in_threshold"),
        abandoned=t.read(tally, "abandoned"),
        abandoned_short=t.read(tally, "abandoned_short"),
        exited=sum(t.exits(tally).values()),
        level=ratio(hits, n),
        level_n=n,
        level_hits=hits,
        service_level={formula: ratio(*counts) for formula, counts in levels.items()},
        service_level_n={formula: counts[1] for formula, counts in levels.items()},
        asa_ms=ratio(t.read(tally, "wait_ms"), t.read(tally, "timed")),
        asa_n=t.read(tally, "timed"),
        abandon_ratio=abandon_ratio(tally),
        abandon_ratio_n=finished(tally),
        aht_ms=None if u.WRAP_UP in unseen else ratio(t.read(tally, "handling_ms"), handled),
        handled=handled,
    )


def _queue(
    engine: Engine,
    ledger: QueueLedger,
    members: Members | None,
    states: set[str],
    occupied: dict[tuple[str, int], list[int]],
    ahead: Ahead,
) -> QueueView:
    now, policy = engine.now, ledger.policy
    known, unseen = ledger.unknown_since is None, unseen_of_queue(engine.books, ledger)
    accounts = accounts_now(engine.books, ledger, now, occupied)
    windows = {name: figures(ledger, accounts[name].tally, unseen) for name in WINDOWS}
    heard = [engine.books.sources[name].last_event_at for name in ledger.sources]
    oldest = ledger.oldest_wait() if known else None
    longest_ms = None if oldest is None else max(0, ledger.waited_ms(oldest, now))
    staff = _staff(engine, members.agents if members is not None else [], ledger.name)
    return QueueView(
        name=ledger.name,
        channel=ledger.channel,
        target=policy.target,
        threshold_ms=policy.threshold_ms,
        short_abandon_ms=policy.short_abandon_ms,
        formula=policy.formula,
        verdict=_verdict(engine, ledger, windows["15m"], states),
        unknown_since=ledger.unknown_since,
        waiting=len(ledger.waiting) if known else None,
        waiting_past_threshold=sum(visit.deadline < now for visit in ledger.waiting) if known else None,
        longest_wait_ms=longest_ms,
        oldest_since=None if oldest is None else oldest.entered_at,
        projection=ahead.projection if known else None,
        outlook=ahead.outlook if known else None,
        hours=None if ledger.clock is None else _hours(ledger.clock, now, longest_ms),
        concurrency=policy.concurrency,
        room=sum(staff.rooms) if known and members is not None else None,
        with_room=sum(map(bool, staff.rooms)) if known and members is not None else None,
        windows=windows,
        interval=_interval(engine, ledger, ledger.interval_at(now), occupied),
        trend=tuple(TrendPoint(*point) for point in engine.trends.of(ledger.name)),
        members=staff.activities,
        present=staff.present if known and members is not None else None,
        elsewhere=staff.elsewhere if known and members is not None else None,
        membership=members.membership if members is not None else "none",
        sources=tuple(ledger.sources),
        last_event_at=max(heard, default=0) or None,
        exits_count=policy.exits_count,
        accounts=accounts,
    )


def _hours(clock: BusinessClock, now: int, longest_ms: int | None) -> HoursView:
    is_open, changes_at = clock.change_after(now)
    counts_from = now - longest_ms if is_open and longest_ms is not None else None
    return HoursView(week=clock.hours.texts(), is_open=is_open, changes_at=changes_at, counts_from=counts_from)


def _verdict(engine: Engine, ledger: QueueLedger, window: WindowView, states: set[str]) -> Verdict:
    """`states`: of the queue's alerts."""
    if ledger.unknown_since is not None:
        return "unknown"
    if states & {"firing", "acknowledged"}:
        return "breach"
    if "pending" in states:
        return "warning"
    if window.level is None or window.level_n < engine.settings.min_sample:
        return "small_sample"
    return "warning" if window.level < ledger.policy.target else "fine"


class _Staff(NamedTuple):
    activities: dict[str, int]
    """Members by activity."""
    present: int
    elsewhere: int
    """Present, but on another queue's contact."""
    rooms: list[int]
    """How many contacts of the queue each of those present could take now."""


def _staff(engine: Engine, members: list[Agent], queue: str) -> _Staff:
    activities: dict[str, int] = {}
    present = elsewhere = 0
    rooms, times = [], engine.books.times
    for agent in members:
        activity, _ = agent.now_doing(engine.now)
        activities[ACTIVITIES[activity]] = activities.get(ACTIVITIES[activity], 0) + 1
        if activity in ABSENT or any(paused_in in (None, queue) for paused_in, _ in agent.state.pauses):
            continue
        present += 1
        contacts = agent.state.contacts
        elsewhere += bool(contacts) and all(contact[2] != queue for contact in contacts)
        rooms.append(times[agent.name].capacity.room(contacts, activity, queue))
    return _Staff(activities, present, elsewhere, rooms)


def _interval(
    engine: Engine, ledger: QueueLedger, interval: Interval, occupied: dict[tuple[str, int], list[int]]
) -> IntervalView:
    hits, n = level(interval.arrival, ledger.policy)
    spent = occupied.get((ledger.name, interval.start))
    incomplete, backfilled = engine.books.gap_marks(ledger, interval.start, interval.end)
    return IntervalView(
        start=interval.start,
        end=interval.end,
        incomplete=incomplete,
        backfilled=backfilled,
        corrected=interval.corrected,
        figures=figures(ledger, interval.tally, unseen_of_queue(engine.books, ledger)),
        level_by_arrival=ratio(hits, n),
        level_by_arrival_n=n,
        occupancy=None if spent is None else occupancy(spent),
        load_occupancy=None if spent is None else load_occupancy(spent, engine.books.capacities.whole),
        occupancy_of_ms=None if spent is None else at_work_ms(spent),
    )


def _agent(engine: Engine, agent: Agent, activity: int, since: int) -> AgentView:
    pauses = agent.state.pauses
    day_start = engine.books.calendar.day(engine.now)[0]
    settled = engine.books.times[agent.name].spent_ms(day_start)
    spent = [a + b for a, b in zip(settled, open_ms(agent, day_start, engine.now), strict=True)]
    seconds: dict[str, float | None] = {ACTIVITIES[code]: ms / 1000 for code, ms in enumerate(spent) if ms}
    seconds |= {ACTIVITIES[code]: None for code in unseen_activities(unseen_of_agent(engine.books, agent))}
    return AgentView(
        name=agent.name,
        team=agent.team,
        site=agent.site,
        activity=ACTIVITIES[activity],
        reason=pauses[-1][1] if pauses else "",
        since=since,
        queues=agent.state.joined if agent.state.joined is not None else agent.configured,
        paused_in={queue or "": reason for queue, reason in pauses},
        contacts=len(agent.state.contacts),
        seconds=seconds,
    )


def _source(engine: Engine, feed: FeedHealth, counts: InputCounts | None) -> SourceView:
    source = feed.source
    is_known = feed.events > 0 and not feed.is_down
    return SourceView(
        name=source.name,
        state="down" if feed.is_down else "up",
        since=source.down_since if feed.is_down else source.up_since,
        last_event_at=source.last_event_at or None,
        delay_ms=feed.delay_ms if is_known else None,
        delay_ms_max=feed.worst_delay_ms(),
        clock_offset_ms=feed.clock_offset_ms,
        clock_set_at=feed.clock_set_at,
        events_per_s=feed.events_per_s(engine.now),
        down_ms=source.down_ms(engine.now),
        gaps=len(source.gaps),
        events=feed.events,
        duplicates=feed.duplicates,
        late=feed.late,
        corrections=feed.corrections,
        anomalies={kind: n for kind, n in engine.books.contacts.anomalies_of.get(source.name, {}).items() if n},
        resynced={kind: n for kind, n in engine.resynced.get(source.name, {}).items() if n},
        invalid=dict(counts.invalid) if counts is not None else {},
    )


def _input(engine: Engine, counts: InputCounts) -> InputView:
    return InputView(
        read=counts.read,
        applied=engine.applied,
        duplicate=engine.duplicates,
        late=engine.late,
        ignored=counts.ignored,
        invalid=dict(counts.invalid),
        anomalies={kind: n for kind, n in engine.anomalies.items() if n},
        unknown_attributes=counts.unknown_attributes,
        corrections=engine.corrections,
    )
