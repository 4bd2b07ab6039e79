"""The picture: the engine's state, written down once as an immutable `FloorView` for every reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from floorwatch.agent_view import AgentView
from floorwatch.engine import Engine
from floorwatch.floor.activity import ACTIVITIES
from floorwatch.floor.feed_health import FeedHealth
from floorwatch.floor.steps import Steps, at_once
from floorwatch.ingest.source import InputCounts, summed
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.occupancy import MembersTime
from floorwatch.picture_actions import worked_shown
from floorwatch.picture_agents import AgentsShown
from floorwatch.picture_alerts import AlertsShown
from floorwatch.picture_attendance import AttendanceShown
from floorwatch.picture_oncall import oncall_shown
from floorwatch.picture_queues import Occupied, QueuesShown
from floorwatch.view import Ahead, FloorView, InputView, QueueView, SourceView

NOTHING_AHEAD: Mapping[str, Ahead] = {}
UNASKED = Ahead()
AGENTS_A_STEP = 50
QUEUES_A_STEP = 10


class Pictures:
    """Takes pictures of one engine. Kept from one to the next: most of a floor has not changed since.

    `counts`: what each feed has met, by the name of its source. `individuals`: also what each agent does, for readers
    who may know. `ahead`: what is expected of each queue.
    """

    def __init__(
        self,
        engine: Engine,
        counts: Mapping[str, InputCounts],
        *,
        individuals: bool,
        ahead: Mapping[str, Ahead] = NOTHING_AHEAD,
        alerts: AlertsShown | None = None,
    ) -> None:
        self._engine = engine
        self._counts = counts
        self._individuals = individuals
        self._ahead = ahead
        self._alerts = alerts or AlertsShown(engine)
        self._attendance = AttendanceShown()
        self._queues = QueuesShown()
        self._agents = AgentsShown()

    def take(self) -> FloorView:
        """The floor as it is at engine time."""
        return at_once(self.steps())

    def steps(self) -> Steps[FloorView]:
        """The same in steps, between which the engine must stand still: a picture is of one instant."""
        engine = self._engine
        now, settings = engine.now, engine.settings
        seen = yield from self._look_at_agents()
        alerts = yield from self._alerts.steps()
        states: dict[str, set[str]] = {}
        for alert in alerts:
            states.setdefault(alert.labels.get("queue", ""), set()).add(alert.state)
        queues = yield from self._look_at_queues(seen, states)
        attendance = None
        if now:
            attendance = yield from self._attendance.steps(engine, queues, individuals=self._individuals)
        return FloorView(
            at=now,
            site=settings.site,
            timezone=settings.timezone,
            interval_ms=settings.interval_ms,
            min_sample=settings.min_sample,
            queues=queues,
            agents=seen.agents,
            activities=seen.activities,
            alerts=tuple(alerts),
            alerts_fired=tuple((*labels, n) for labels, n in engine.fired.items()),
            settled_until=engine.books.calendar.settled_ms if engine.books.calendar.late_before else None,
            sources=tuple(_source(engine, feed, self._counts.get(name)) for name, feed in engine.feeds.items()),
            input=_input(engine, summed(self._counts.values())),
            attendance=attendance,
            oncall=oncall_shown(engine),
            worked=worked_shown(engine),
        )

    def _look_at_agents(self) -> Steps[_Seen]:
        books, now = self._engine.books, self._engine.now
        time = MembersTime(books, books.calendar.interval(now)[0], now)
        activities: dict[str, int] = {}
        doing, shown = {}, []
        for place, agent in enumerate(books.agents.values(), 1):
            agent.settle(now)
            activity, since = doing[agent.name] = agent.now_doing(now)
            if now:
                time.add(agent)
            if self._individuals:
                shown.append(self._agents.of(agent, activity, since))
            if agent.spent_until is not None:
                activities[ACTIVITIES[activity]] = activities.get(ACTIVITIES[activity], 0) + 1
            if place % AGENTS_A_STEP == 0:
                yield
        return _Seen(doing, tuple(shown), activities, time.sums())

    def _look_at_queues(self, seen: _Seen, states: Mapping[str, set[str]]) -> Steps[tuple[QueueView, ...]]:
        engine = self._engine
        members = members_by_queue(engine.books, engine.now)
        yield
        shown = []
        for place, (name, ledger) in enumerate(engine.books.ledgers.items(), 1):
            of_queue, ahead = members.get(name), self._ahead.get(name, UNASKED)
            shown.append(
                self._queues.of(engine, ledger, of_queue, seen.doing, seen.occupied, states.get(name, set()), ahead)
            )
            if place % QUEUES_A_STEP == 0:
                yield
        return tuple(shown)


class _Seen(NamedTuple):
    """What a look at all agents has brought."""

    doing: dict[str, tuple[int, int]]
    agents: tuple[AgentView, ...]
    activities: dict[str, int]
    occupied: Occupied


def picture(
    engine: Engine,
    counts: Mapping[str, InputCounts],
    *,
    individuals: bool,
    ahead: Mapping[str, Ahead] = NOTHING_AHEAD,
) -> FloorView:
    """One picture of the floor, as `Pictures` takes it."""
    return Pictures(engine, counts, individuals=individuals, ahead=ahead).take()


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
