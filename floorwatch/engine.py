"""The engine: told what happened and what time it is, it keeps the floor, its figures and its alerts.

Pure and synchronous: no await, no clock, no logger, no randomness, no I/O. The same calls give the same state, bit for
bit, on every machine. Live, replay, demo and simulation run this and nothing else.

Time enters twice. `advance(to)` is engine time: it runs the ticks, whole seconds, on which timers are served and rules
are read. An event carries the time at which it happened: figures are counted there, however late it arrives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from floorwatch.alerts.inside import INSIDE, Inside
from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.alerts.muting import Muting
from floorwatch.alerts.oncall.calling import Calling
from floorwatch.alerts.telling import Telling
from floorwatch.alerts.watch import Watch
from floorwatch.floor import events as e
from floorwatch.floor import resync
from floorwatch.floor.contact import Contact, Vanished
from floorwatch.floor.feed_health import MARK_S, FeedHealth
from floorwatch.floor.internal import NO_FEEDS, SourceBackfilled, SourceClock, SourceDescribed
from floorwatch.floor.settings import Settings
from floorwatch.floor.source import RETOLD_WITHIN_MS, Source
from floorwatch.floor.visit import WAITING, Visit
from floorwatch.floor.wheel import Timed
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.corrections import count_correction
from floorwatch.metrics.trend import Trends

TREND_S = 60
PRUNE_S = 600
TREND_BACK_S = 3600 + TREND_S

Anonymous = e.ContactOffered | e.ContactAbandoned | e.ContactExited
WithAgent = (
    e.ContactAlerting
    | e.ContactDeclined
    | e.ContactAnswered
    | e.ContactHeld
    | e.ContactResumed
    | e.ContactTransferred
    | e.ContactEnded
    | Vanished
)
OfAgent = e.AgentStateChanged | e.AgentJoined | e.AgentLeft
SAID_BY_US = frozenset((e.SourceUp, e.SourceDown, e.SourceGap, SourceClock, SourceDescribed, SourceBackfilled))
"""What tells of a source without being told by it."""
Output = AlertChange
FAR_FUTURE = 1 << 62
KNOWN_WITHIN_MS = 3_600_000
"""One event that is later than this does not make the floor known from its time on: who is not heard of is not out."""
NOTHING: list[Output] = []


class Engine:
    """One call floor."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.books = FloorBooks(settings)
        self.feeds: dict[str, FeedHealth] = {}
        """How well each source is heard, by name."""
        books = self.books
        muting = Muting(books.queues_of)
        self.telling = Telling(settings.outputs, settings.timezone, muting, books.called, books.queues_of)
        self.watch = Watch(books, self.feeds, self.telling.failing_since)
        self.calling = Calling(settings, self.telling, self.watch.trouble)
        self._inside = Inside(books, self.watch, self.telling, self.calling)
        self.actions = self.watch.gauges.actions
        self.trends = Trends()
        self.now = 0
        """Engine time in ms: when the latest event was applied, or the latest `advance`."""
        self.applied = self.duplicates = self.late = self.corrections = 0
        self.anomalies = self.books.contacts.anomalies
        self.resynced: dict[str, Counter[str]] = {}
        """What reports of each source have corrected, by kind."""
        self.first_at = FAR_FUTURE
        self.last_at = 0
        """The least and greatest time of an applied event."""
        self.fired = {(rule.name, level.severity): 0 for rule in settings.rules for level in rule.conditions[0].levels}
        """How many alerts have fired, by rule and the severity they fired with."""
        self._source: Source | None = None
        self._feed: FeedHealth
        """The source of the latest event, and how well it is heard."""
        self._horizon = 0
        """Engine time less the lateness: a fact of an instant before it is late."""
        self._closes_at = 0
        """When the horizon passes this, the next interval is closed."""
        self._outputs: list[Output] = []

    def advance(self, to: int) -> list[Output]:
        """Engine time is now `to`: run every tick before it. What happens at `to` itself comes before its tick."""
        if to > self.now:
            self.now = to
            books = self.books
            last_s = (to - 1) // 1000
            if books.tick_s == 0:
                books.tick_s = last_s
                books.attendance.begin_at(to)  # until an event says that the floor is older
            elif last_s > books.tick_s:
                self._run_ticks(books.tick_s, last_s)
        if self._outputs:
            outputs, self._outputs = self._outputs, []
            return outputs
        return NOTHING

    def apply(self, event: e.Event) -> list[Output]:
        """Apply an event; its times are integers. What it brings about is returned by the next `advance`."""
        source = self._source
        if source is None or event.source != source.name:
            if event.source in NO_FEEDS and type(event) in INSIDE:
                self._hear(source, event, event.time)  # type: ignore[arg-type]
                return NOTHING
            source = self._source = self.books.source(event.source or "")
            self._feed = self.feeds.get(source.name) or self.feeds.setdefault(source.name, FeedHealth(source))
        feed = self._feed
        if event.id is not None and source.is_repeat(event.id):
            self.duplicates += 1
            feed.duplicates += 1
            return NOTHING
        at: int = event.time  # type: ignore[assignment]
        self.applied += 1
        if at > self.last_at:
            self.last_at = at
        if at < self.first_at:
            self._begun(at)
        if at < self._horizon:
            self.late += 1
            feed.late += 1
        kind = type(event)
        if kind not in SAID_BY_US:
            feed.events += 1
            feed.delay_ms = delay_ms = self.now - at
            if delay_ms > feed.delay_ms_max:
                feed.delay_ms_max = delay_ms
            if at > source.last_event_at:
                source.last_event_at = at
        APPLY[kind](self, source, event, at)
        if self.books.corrected:
            feed.corrections += self._count_corrections()
        if self.books.heard:
            self._look_at_once()
        return NOTHING

    def _begun(self, at: int) -> None:
        """An event older than any before it has come."""
        if self.first_at == FAR_FUTURE or self.now - at <= KNOWN_WITHIN_MS:
            self.books.attendance.begin_at(at)
        self.first_at = at

    def _look_at_once(self) -> None:
        """Rules that wait for no tick, of the queues that the event has touched."""
        heard = list(self.books.heard)
        self.books.heard.clear()
        for ledger in heard:
            self._say(self.watch.look_at_once(ledger, self.now))

    def _say(self, changes: Iterable[AlertChange]) -> None:
        for change in changes:
            if change.change == "fired":
                self.fired[change.alert.rule.name, change.alert.severity] += 1
            self._outputs.append(change)
            self.telling.changed(change, change.at)
            self.calling.changed(change, change.at)

    # Ticks

    def _run_ticks(self, last_s: int, to_s: int) -> None:
        books = self.books
        second = last_s
        while second < to_s:
            second += 1
            if to_s - second > TREND_BACK_S and not books.changed:
                # A long silence: nothing changes but what the wheel holds, and the trend shows an hour.
                following = min(books.wheel.next_second() or to_s, self.watch.others.due_s, self.calling.due_s)
                second = min(max(following, second), to_s - TREND_BACK_S)
            self._tick(second)

    def _tick(self, second: int) -> None:
        books = self.books
        books.tick_s = second
        due = books.wheel.pop(second)
        if due is not None:
            self._serve(due)
        self.watch.gauges.forget()
        if books.changed:
            to_read = list(books.changed)
            books.changed.clear()
            for ledger in to_read:
                changes = self.watch.look(ledger, second)
                if changes:
                    self._say(changes)
            books.heard.clear()
        if second >= self.watch.others.due_s:
            self._say(self.watch.others.look(second))
        self.calling.look(second)
        if second % MARK_S == 0:
            for feed in self.feeds.values():
                feed.mark(second)
        self._horizon = books.calendar.late_before = second * 1000 - self.settings.lateness_ms
        if self._horizon >= self._closes_at:
            books.settle_agents(second * 1000)  # what belongs to the interval is in it before it closes
            closed_before = books.calendar.closed_before
            books.calendar.closed_before, self._closes_at = books.calendar.interval(self._horizon)
            before = closed_before if self._is_heard() else 0
            books.calendar.closed.close(before, books.calendar.closed_before, second * 1000)
        if second % TREND_S == 0:
            self._minute(second)

    def _is_heard(self) -> bool:
        """Whether any source was ever there: until then nothing is known of the floor, which is not that it is idle."""
        return any(feed.events or feed.source.up_since is not None for feed in self.feeds.values())

    def _serve(self, due: list[Timed]) -> None:
        """What was to be looked at on this tick."""
        books = self.books
        for thing in due:
            kind = type(thing)
            if kind is Visit:
                if thing.phase == WAITING:  # type: ignore[union-attr]
                    books.contacts.threshold_passed(thing)  # type: ignore[arg-type]
            elif kind is Contact:
                books.forget(thing)  # type: ignore[arg-type]
            else:
                books.changed[thing] = None  # type: ignore[index]
        if books.corrected:
            self._count_corrections()

    def _minute(self, second: int) -> None:
        books = self.books
        for ledger in books.ledgers.values():
            self.trends.sample(ledger, second)
        if second % PRUNE_S == 0:
            for ledger in books.ledgers.values():
                ledger.prune(second)
            books.attendance.prune(second * 1000)
            self.actions.prune(second * 1000)

    def _count_corrections(self) -> bool:
        is_correction = count_correction(self.books.corrected, self.books.calendar.closed_before)
        self.corrections += is_correction
        return is_correction

    def begin_counters(self) -> None:
        """Counters that never fall begin at 0 now: what was counted so far may have been counted before, otherwise."""
        self.books.settle_agents(self.now)
        for ledger in self.books.ledgers.values():
            ledger.begin_settled()
        self.fired = dict.fromkeys(self.fired, 0)
        self.calling.begin_counters()
        self.actions.begin_counters()

    # Events

    def _to_agent(self, source: Source, event: OfAgent, at: int) -> None:
        books = self.books
        agent = source.agents.get(event.agent) or books.agent_of(source, event.agent)
        agent.file(event)
        if books.minding or event.agent in books.witnesses:
            books.touched(event.agent)

    def _agent_state(self, source: Source, event: e.AgentStateChanged, at: int) -> None:
        if event.queue and event.queue not in source.queues:
            self.books.named(source, event.queue)
        self._to_agent(source, event, at)

    def _contact(self, source: Source, event: Anonymous, at: int) -> None:
        books = self.books
        if event.queue not in source.queues:
            books.named(source, event.queue)
        books.contacts.apply(source, event, at)
        if at <= source.reported_at:
            self._as_reported(source, event.contact)

    def _offered(self, source: Source, event: e.ContactOffered, at: int) -> None:
        self._contact(source, event, at)
        if event.channel and event.queue not in self.settings.queues:
            self.books.ledger(event.queue).channel = event.channel

    def _contact_with_agent(self, source: Source, event: WithAgent, at: int) -> None:
        books = self.books
        if event.queue and event.queue not in source.queues:
            books.named(source, event.queue)
        books.contacts.apply(source, event, at)
        agent = source.agents.get(event.agent) or books.agent_of(source, event.agent)
        agent.file(event)
        if books.minding or event.agent in books.witnesses:
            books.touched(event.agent)
        if at <= source.reported_at:
            self._as_reported(source, event.contact)

    def _as_reported(self, source: Source, contact_id: str) -> None:
        """A fact older than the newest complete report has come after it: what the report leaves out is over."""
        assert source.report is not None
        contact = source.contacts.get(contact_id)
        for _, fact in list(resync.omitted(source.report, [contact])) if contact is not None else ():
            assert isinstance(fact.time, int)
            source.reported_at, reported_at = 0, source.reported_at  # the correction itself is not one more late fact
            APPLY[type(fact)](self, source, fact, fact.time)
            source.reported_at = reported_at

    def _declined(self, source: Source, event: e.ContactDeclined, at: int) -> None:
        self._contact_with_agent(source, event, at)
        self.books.ledger(event.queue).declined(at, event.agent)

    def _refused(self, source: Source, event: e.ContactRefused, at: int) -> None:
        if event.queue not in source.queues:
            self.books.named(source, event.queue)
        self.books.ledger(event.queue).refused(at, event.reason)

    def _membership(self, source: Source, event: e.AgentJoined | e.AgentLeft, at: int) -> None:
        if event.queue not in source.queues:
            self.books.named(source, event.queue)
        self._to_agent(source, event, at)

    def _connection(self, source: Source, event: e.SourceDown | e.SourceUp, at: int) -> None:
        source.hear(event)
        self.watch.others.changed("source", source.name)
        for agent in source.agents.values():
            agent.file(event)
        for ledger in list(self.books.ledgers.values()):
            if not ledger.sources or source.name in ledger.sources:
                self.books.know(ledger.name)
        self.books.changed.update(self.books.minding)  # agents whom this source told of may belong to other queues
        if at < self.books.tick_s * 1000:  # said late: what was decided meanwhile may not have been decidable
            for contact in list(source.contacts.values()):
                self.books.contacts.reconsider(contact, at)
        if source.down_since is None:
            for visit in source.suspended:  # decided on the next tick, when a resynchronisation has had its say
                self.books.wheel.set(self.books.tick_s + 1, visit)
            source.suspended.clear()

    def _clock(self, source: Source, event: SourceClock, at: int) -> None:
        feed = self._feed
        feed.clock_offset_ms = event.offset_ms
        if event.stepped:
            feed.clock_set_at = at
            self.watch.gauges.clocks_set.add(source.name)
        self.watch.others.changed("source", source.name)

    def _unseen(self, source: Source, event: SourceDescribed, at: int) -> None:
        source.unseen = frozenset(event.unseen)

    def _gap(self, source: Source, event: e.SourceGap, at: int) -> None:
        assert isinstance(event.since, int)
        source.gaps.append((event.since, at))
        self.books.calendar.closed.restate(event.since, at + 1)

    def _reported(self, source: Source, event: e.FloorReported, at: int) -> None:
        self.books.settle_agents(self.now)
        if event.complete and at > source.reported_at:
            source.report = event
        counts = self.resynced.setdefault(source.name, Counter())
        for kind, fact in resync.corrections(event, source, self.books.agents):
            if kind:
                counts[kind] += 1
            assert isinstance(fact.time, int)
            APPLY[type(fact)](self, source, fact, fact.time)
            agent = self.books.agents.get(getattr(fact, "agent", ""))
            if agent is not None:
                agent.catch_up()  # what is corrected next is compared with what this has changed
        if source.report is event:
            source.reported_at = at

    def _backfilled(self, source: Source, event: SourceBackfilled, at: int) -> None:
        if self.now > event.until + RETOLD_WITHIN_MS:
            self.books.contacts.refuse(source, "backfilled_too_late")  # forgotten by now: it would count twice
            return
        for contact_id in self.books.backfill(source, event):
            if event.since <= source.reported_at:
                self._as_reported(source, contact_id)

    def _nothing(self, source: Source, event: e.Event, at: int) -> None:
        """Alive."""

    # What is said inside

    def plan(self, said: Iterable[e.Event]) -> None:
        """Take a schedule, and what it says of agents, as known from the start: it is no part of the input."""
        for event in said:
            self._inside.hear(event, self.now)

    def _hear(self, source: Source | None, event: e.Event, at: int) -> None:
        """What people and our own parts say; a feed, too, may bring a schedule, and describe agents."""
        change = self._inside.hear(event, self.now)
        if change is not None:
            self._say([change])


APPLY: dict[type[e.Event], Callable[..., None]] = {
    e.AgentStateChanged: Engine._agent_state,
    e.ContactOffered: Engine._offered,
    e.ContactAbandoned: Engine._contact,
    e.ContactExited: Engine._contact,
    e.ContactAlerting: Engine._contact_with_agent,
    e.ContactDeclined: Engine._declined,
    e.ContactAnswered: Engine._contact_with_agent,
    e.ContactHeld: Engine._contact_with_agent,
    e.ContactResumed: Engine._contact_with_agent,
    e.ContactTransferred: Engine._contact_with_agent,
    e.ContactEnded: Engine._contact_with_agent,
    Vanished: Engine._contact_with_agent,
    e.ContactRefused: Engine._refused,
    e.AgentJoined: Engine._membership,
    e.AgentLeft: Engine._membership,
    e.SourceDown: Engine._connection,
    e.SourceUp: Engine._connection,
    e.SourceGap: Engine._gap,
    SourceBackfilled: Engine._backfilled,
    SourceClock: Engine._clock,
    SourceDescribed: Engine._unseen,
    e.SourceHeartbeat: Engine._nothing,
    e.FloorReported: Engine._reported,
    **dict.fromkeys(INSIDE, Engine._hear),
}
