"""The engine: told what happened and what time it is, it keeps the floor, its figures and its alerts.

Pure and synchronous: no await, no clock, no logger, no randomness, no I/O. The same calls give the same state, bit for
bit, on every machine. Live, replay, demo and simulation run this and nothing else.

Time enters twice. `advance(to)` is engine time: it runs the ticks, whole seconds, on which timers are served and rules
are read. An event carries the time at which it happened: figures are counted there, however late it arrives.

What an event does to the floor is said in `alerts.outside`, of those that feeds tell, and in `alerts.inside`, of those
that people and our own parts do.
"""

from __future__ import annotations

from collections.abc import Iterable

from floorwatch.alerts.inside import INSIDE, Inside
from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.alerts.muting import Muting
from floorwatch.alerts.oncall.calling import Calling
from floorwatch.alerts.outside import OUTSIDE, Outside
from floorwatch.alerts.telling import Telling
from floorwatch.alerts.watch import Watch
from floorwatch.floor import events as e
from floorwatch.floor.contact import Contact
from floorwatch.floor.feed_health import MARK_S, FeedHealth
from floorwatch.floor.internal import NO_FEEDS, SourceBackfilled, SourceClock, SourceDescribed
from floorwatch.floor.settings import Settings
from floorwatch.floor.source import Source
from floorwatch.floor.visit import WAITING, Visit
from floorwatch.floor.wheel import Timed
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.corrections import count_correction
from floorwatch.metrics.trend import Trends

TREND_S = 60
PRUNE_S = 600
TREND_BACK_S = 3600 + TREND_S

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
        self._outside = Outside(books, self.feeds, self.watch)
        self.actions = self.watch.gauges.actions
        self.trends = Trends()
        self.now = 0
        """Engine time in ms: when the latest event was applied, or the latest `advance`."""
        self.applied = self.duplicates = self.late = self.corrections = 0
        self.anomalies = self.books.contacts.anomalies
        self.resynced = self._outside.resynced
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
                self._hear(event)
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
        told = OUTSIDE.get(kind)
        if told is None:
            self._hear(event)
        else:
            told(self._outside, source, event, at, self.now)
        if self.books.corrected or self.books.heard:
            self._conclude(feed)
        return NOTHING

    def _begun(self, at: int) -> None:
        """An event older than any before it has come."""
        if self.first_at == FAR_FUTURE or self.now - at <= KNOWN_WITHIN_MS:
            self.books.attendance.begin_at(at)
        self.first_at = at

    def _conclude(self, feed: FeedHealth) -> None:
        """Count what the event has corrected; read rules that wait for no tick, of the queues that it has touched."""
        if self.books.corrected:
            feed.corrections += self._count_corrections()
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

    # What is said inside

    def plan(self, said: Iterable[e.Event]) -> None:
        """Take a schedule, and what it says of agents, as known from the start: it is no part of the input."""
        for event in said:
            self._inside.hear(event, self.now)

    def _hear(self, event: e.Event) -> None:
        """What people and our own parts say; a feed, too, may bring a schedule, and describe agents."""
        change = self._inside.hear(event, self.now)
        if change is not None:
            self._say([change])
