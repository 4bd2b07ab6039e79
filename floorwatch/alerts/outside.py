"""What is said outside, by the feeds: of contacts, of agents, and of themselves; it goes into the books.

A method for each kind of event; `at` is when it happened, `now` engine time. The state of a visit or of an agent is
kept by `floor`, what it counts as by `metrics`: here it is only said whom the event concerns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from floorwatch.alerts.watch import Watch
from floorwatch.floor import events as e
from floorwatch.floor import resync
from floorwatch.floor.contact import Vanished, WithAgent, WithoutAgent
from floorwatch.floor.feed_health import FeedHealth
from floorwatch.floor.internal import SourceBackfilled, SourceClock, SourceDescribed
from floorwatch.floor.source import RETOLD_WITHIN_MS, Source
from floorwatch.metrics.books import FloorBooks

OfAgent = e.AgentStateChanged | e.AgentJoined | e.AgentLeft


@dataclass(frozen=True, slots=True)
class Outside:
    """Whom it concerns."""

    books: FloorBooks
    feeds: dict[str, FeedHealth]
    watch: Watch
    resynced: dict[str, Counter[str]] = field(default_factory=dict)
    """What reports of each source have corrected, by kind."""

    # Contacts and agents

    def _contact(self, source: Source, event: WithoutAgent, at: int, now: int) -> None:
        books = self.books
        if event.queue not in source.queues:
            books.named(source, event.queue)
        books.contacts.apply(source, event, at)
        if at <= source.reported_at:
            self._as_reported(source, event.contact, now)

    def _offered(self, source: Source, event: e.ContactOffered, at: int, now: int) -> None:
        self._contact(source, event, at, now)
        if event.channel and event.queue not in self.books.settings.queues:
            self.books.ledger(event.queue).channel = event.channel

    def _contact_with_agent(self, source: Source, event: WithAgent, at: int, now: int) -> None:
        books = self.books
        if event.queue and event.queue not in source.queues:
            books.named(source, event.queue)
        books.contacts.apply(source, event, at)
        agent = source.agents.get(event.agent) or books.agent_of(source, event.agent)
        agent.file(event)
        if books.minding or event.agent in books.witnesses:
            books.touched(event.agent)
        if at <= source.reported_at:
            self._as_reported(source, event.contact, now)

    def _declined(self, source: Source, event: e.ContactDeclined, at: int, now: int) -> None:
        self._contact_with_agent(source, event, at, now)
        self.books.ledger(event.queue).declined(at, event.agent)

    def _refused(self, source: Source, event: e.ContactRefused, at: int, now: int) -> None:
        if event.queue not in source.queues:
            self.books.named(source, event.queue)
        self.books.ledger(event.queue).refused(at, event.reason)

    def _agent(self, source: Source, event: OfAgent, at: int, now: int) -> None:
        books = self.books
        if event.queue and event.queue not in source.queues:
            books.named(source, event.queue)
        agent = source.agents.get(event.agent) or books.agent_of(source, event.agent)
        agent.file(event)
        if books.minding or event.agent in books.witnesses:
            books.touched(event.agent)

    # The source itself

    def _connection(self, source: Source, event: e.SourceDown | e.SourceUp, at: int, now: int) -> None:
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

    def _clock(self, source: Source, event: SourceClock, at: int, now: int) -> None:
        feed = self.feeds[source.name]
        feed.clock_offset_ms = event.offset_ms
        if event.stepped:
            feed.clock_set_at = at
            self.watch.gauges.clocks_set.add(source.name)
        self.watch.others.changed("source", source.name)

    def _unseen(self, source: Source, event: SourceDescribed, at: int, now: int) -> None:
        source.unseen = frozenset(event.unseen)

    def _gap(self, source: Source, event: e.SourceGap, at: int, now: int) -> None:
        assert isinstance(event.since, int)
        source.gaps.append((event.since, at))
        self.books.calendar.closed.restate(event.since, at + 1)

    def _reported(self, source: Source, event: e.FloorReported, at: int, now: int) -> None:
        self.books.settle_agents(now)
        if event.complete and at > source.reported_at:
            source.report = event
        counts = self.resynced.setdefault(source.name, Counter())
        for kind, fact in resync.corrections(event, source, self.books.agents):
            if kind:
                counts[kind] += 1
            assert isinstance(fact.time, int)
            OUTSIDE[type(fact)](self, source, fact, fact.time, now)
            agent = self.books.agents.get(getattr(fact, "agent", ""))
            if agent is not None:
                agent.catch_up()  # what is corrected next is compared with what this has changed
        if source.report is event:
            source.reported_at = at

    def _backfilled(self, source: Source, event: SourceBackfilled, at: int, now: int) -> None:
        if now > event.until + RETOLD_WITHIN_MS:
            self.books.contacts.refuse(source, "backfilled_too_late")  # forgotten by now: it would count twice
            return
        for contact_id in self.books.backfill(source, event):
            if event.since <= source.reported_at:
                self._as_reported(source, contact_id, now)

    def _nothing(self, source: Source, event: e.Event, at: int, now: int) -> None:
        """Alive."""

    def _as_reported(self, source: Source, contact_id: str, now: int) -> None:
        """A fact older than the newest complete report has come after it: what the report leaves out is over."""
        assert source.report is not None
        contact = source.contacts.get(contact_id)
        for _, fact in list(resync.omitted(source.report, [contact])) if contact is not None else ():
            assert isinstance(fact.time, int)
            source.reported_at, reported_at = 0, source.reported_at  # the correction itself is not one more late fact
            OUTSIDE[type(fact)](self, source, fact, fact.time, now)
            source.reported_at = reported_at


OUTSIDE: dict[type[e.Event], Callable[..., None]] = {
    e.ContactOffered: Outside._offered,
    e.ContactAbandoned: Outside._contact,
    e.ContactExited: Outside._contact,
    e.ContactAlerting: Outside._contact_with_agent,
    e.ContactDeclined: Outside._declined,
    e.ContactAnswered: Outside._contact_with_agent,
    e.ContactHeld: Outside._contact_with_agent,
    e.ContactResumed: Outside._contact_with_agent,
    e.ContactTransferred: Outside._contact_with_agent,
    e.ContactEnded: Outside._contact_with_agent,
    Vanished: Outside._contact_with_agent,
    e.ContactRefused: Outside._refused,
    e.AgentStateChanged: Outside._agent,
    e.AgentJoined: Outside._agent,
    e.AgentLeft: Outside._agent,
    e.SourceDown: Outside._connection,
    e.SourceUp: Outside._connection,
    e.SourceGap: Outside._gap,
    e.SourceHeartbeat: Outside._nothing,
    e.FloorReported: Outside._reported,
    SourceBackfilled: Outside._backfilled,
    SourceClock: Outside._clock,
    SourceDescribed: Outside._unseen,
}
