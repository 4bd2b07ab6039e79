"""Reads the figures of `alerts.figures` off the books, each by a method of its name.

`now` is a tick, or the instant of an event for rules that are read at once: then a window holds everything since the
last tick, too. Reading changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from floorwatch.alerts.actions import Actions
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.reading import UNKNOWN, Seen
from floorwatch.floor.activity import AVAILABLE, OCCUPIED
from floorwatch.floor.agent import Agent
from floorwatch.floor.feed_health import FeedHealth
from floorwatch.floor.internal import RulesForeseen
from floorwatch.metrics import tally as t
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.exceptions import AdherenceException, exceptions
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.measures import abandon_ratio, finished
from floorwatch.metrics.presence import Presence
from floorwatch.metrics.projection.project import Projection, project
from floorwatch.metrics.projection.read import Reader, period
from floorwatch.metrics.reachable import reachable
from floorwatch.metrics.service_level import level, ratio
from floorwatch.metrics.sums import Sums
from floorwatch.metrics.unseen import hides_adherence, hides_occupancy, unseen_of_agent
from floorwatch.metrics.window import SPANS

FORESEEN_MS = 120_000
"""What was foreseen longer ago than this says nothing about now."""
LASTING = frozenset(("outage", "failing", "trouble"))
"""Figures that say how long something has lasted."""
AT_RISK = 0.01
"""What counts as a queue at risk when agents lost to it are counted: any, for the rule says when it matters."""


class Gauges:
    """Reads queues, teams and the floor."""

    def __init__(
        self, books: FloorBooks, feeds: Mapping[str, FeedHealth], failing_since: Callable[[str], int | None]
    ) -> None:
        self.books = books
        self.feeds = feeds
        self._failing_since = failing_since
        self.presence = Presence(books)
        self.foreseen: dict[str, RulesForeseen] = {}
        """The latest of each queue."""
        self.troubles: dict[str, int] = {}
        """What is wrong with the daemon, since when."""
        self.clocks_set: set[str] = set()
        """Sources whose clock was set since the last tick."""
        self.refusals: Counter[str] = Counter()
        """What outputs would not take since the last tick."""
        self.actions = Actions(books)
        self._reader = Reader(books)
        self._projected: tuple[int, dict[str, Projection | None]] = (-1, {})
        self._out: tuple[int, list[AdherenceException]] = (-1, [])
        self._sums: tuple[int, dict[str, Sums]] = (-1, {})

    def forget(self) -> None:
        """A tick begins: what was worked out for this instant before, for whoever looked, does not hold any more."""
        self.presence.forget()
        self._projected, self._out, self._sums = (-1, {}), (-1, []), (-1, {})

    def read(self, figure: str, subject: QueueLedger | str, window: str, now: int) -> Seen:
        """A figure, by its name: of a queue, or of what else it is about (the floor: '')."""
        seen: Seen = getattr(self, figure)(subject, window, now)
        return seen

    def value_now(self, alert: Alert, now: int) -> float | None:
        """The figure of an alert, in its unit: what lasts, and who waits, goes on between two readings of its rule.

        Of a queue whose feed is lost: as it was when something was last known. None: never known.
        """
        figure = alert.rule.figure
        if alert.state == "resolved" or figure not in (*LASTING, "longest_wait"):
            return alert.value
        if figure in LASTING:
            return self.read(figure, alert.subject, "", now).value
        ledger = self.books.ledger(alert.subject)
        oldest = ledger.oldest_wait()
        if oldest is None:
            return alert.value
        if ledger.unknown_since is None:
            return max(0, ledger.waited_ms(oldest, now))
        # that the feed is lost may be found later than it was: what the rule has read by then stays said
        return max(alert.value or 0, ledger.waited_ms(oldest, ledger.unknown_since))

    # Contacts

    def tally(self, ledger: QueueLedger, window: str, now: int) -> int:
        """What is counted in a window, up to now."""
        if window in SPANS:
            tick_s = self.books.tick_s
            if now > tick_s * 1000:
                return ledger.rolling.since_tick(window, tick_s, -(-now // 1000))
            return ledger.rolling.window(window, tick_s)
        if window == "interval":
            return ledger.interval_at(now).tally
        return sum(interval.tally for interval in ledger.recent(self.books.calendar.day(now)[0]))

    def service_level(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """By the queue's formula."""
        hits, n = level(self.tally(ledger, window, now), ledger.policy)
        return Seen(ratio(hits, n), n)

    def abandon_ratio(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Over finished visits."""
        tally = self.tally(ledger, window, now)
        return Seen(abandon_ratio(tally), finished(tally))

    def asa(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """A true mean."""
        tally = self.tally(ledger, window, now)
        n = t.read(tally, "timed")
        return Seen(ratio(t.read(tally, "wait_ms"), n), n)

    def offered(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Contacts entering."""
        return Seen(t.read(self.tally(ledger, window, now), "offered"))

    def longest_wait(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Of those waiting now; 0 when nobody waits."""
        oldest = ledger.oldest_wait() if ledger.waiting else None
        return Seen(0 if oldest is None else max(0, ledger.waited_ms(oldest, now)))

    def waiting(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Contacts waiting now."""
        return Seen(len(ledger.waiting))

    def waiting_past_threshold(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Those of them that wait past T."""
        return Seen(sum(visit.deadline < now for visit in ledger.waiting))

    # Agents

    def present(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Present agents."""
        return Seen(self.presence.count(ledger, now))

    def occupancy(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Of the present members' time in the window, whatever queue they served."""
        members = self.presence.members(now).get(ledger.name)
        since, busy_ms, open_ms = now - SPANS[window] * 1000, 0, 0
        for agent in members.agents if members is not None else ():
            if hides_occupancy(unseen_of_agent(self.books, agent)):
                return UNKNOWN
            for activity, begun, until in self._stretches(agent, since, now):
                spent_ms = until - max(begun, since)
                busy_ms += spent_ms if activity in OCCUPIED else 0
                open_ms += spent_ms if activity == AVAILABLE else 0
        return Seen(ratio(busy_ms, busy_ms + open_ms))

    def _stretches(self, agent: Agent, since: int, now: int) -> list[tuple[int, int, int]]:
        told = [
            (stretch.activity, stretch.start, min(stretch.end, now))
            for stretch in self.books.timeline(agent.name).since(since)
            if stretch.start < now
        ]
        return told + [stretch for stretch in agent.open_stretches(now) if stretch[2] > since]

    def lost_agents(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Productive agents lost to the queue: scheduled to work, and out of adherence."""
        if not self.books.attendance.schedule.was_loaded:
            return UNKNOWN
        return Seen(sum(one.harm for one in self.exceptions_now(now) if ledger.name in one.queues))

    # Where the period ends

    def best_possible(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """A bound; see `metrics.reachable`."""
        found = reachable(ledger, self.books.calendar, now, now - self.books.attendance.begun_at)
        return Seen(found.best, found.decided, found.until)

    def projection(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """As likely above it as below."""
        return self._of_projection(ledger, now, lambda found: found.median)

    def projection_low(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """One time in ten below it."""
        return self._of_projection(ledger, now, lambda found: found.low)

    def projection_high(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """One time in ten above it."""
        return self._of_projection(ledger, now, lambda found: found.high)

    def miss_chance(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Probability that the period ends under its target."""
        return self._of_projection(ledger, now, lambda found: found.below(ledger.policy.target)[0])

    def _of_projection(self, ledger: QueueLedger, now: int, read: Callable[[Projection], float]) -> Seen:
        found = self.projections(now).get(ledger.name)
        if found is None:
            return UNKNOWN
        return Seen(read(found), found.decided, self._period(ledger, now)[1])

    def projections(self, now: int) -> dict[str, Projection | None]:
        """Of every queue, worked out once a tick."""
        if self._projected[0] != now:
            books = self.books
            books.settle_agents(now)
            states = self._reader.states(self.presence.members(now))
            self._projected = (
                now,
                {
                    name: project(state, period(books.ledgers[name], *self._period(books.ledgers[name], now)))
                    for name, state in states.items()
                },
            )
        return self._projected[1]

    def _period(self, ledger: QueueLedger, now: int) -> tuple[int, int]:
        calendar = self.books.calendar
        return calendar.day(now) if ledger.policy.per == "day" else calendar.interval(now)

    def no_return(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Time left in which adding agents can still reach the target; 0: too late."""
        told = self.foreseen_now(ledger.name, now)
        if told is None or told.missing:
            return UNKNOWN
        return Seen(max(0, (told.no_return_at or now) - now), until=told.until)

    def agents_short(self, ledger: QueueLedger, window: str, now: int) -> Seen:
        """Agents that are needed and not there."""
        told = self.foreseen_now(ledger.name, now)
        return UNKNOWN if told is None or told.needed is None else Seen(max(0, told.needed - told.present))

    def foreseen_now(self, queue: str, now: int) -> RulesForeseen | None:
        """What the models make of a queue; None where nobody has said, or too long ago."""
        told = self.foreseen.get(queue)
        if told is None or now >= told.until or now - told.time > FORESEEN_MS:  # type: ignore[operator]
            return None
        return told

    # People

    def exceptions_now(self, now: int) -> list[AdherenceException]:
        """Everybody out of adherence, with what that costs whichever queue; worked out once a tick."""
        if self._out[0] != now:
            books = self.books
            books.settle_agents(now)
            risks = dict.fromkeys(books.ledgers, AT_RISK)
            told = exceptions(books.attendance, books.agents, risks, now, books.settings.adherence.delay_ms)
            self._out = now, [one for one in told if not hides_adherence(books, books.agents[one.agent])]
        return self._out[1]

    def exceptions(self, team: str, window: str, now: int) -> Seen:
        """Agents of the team, or (no team) of the floor, out of adherence for longer than the delay."""
        if not self.books.attendance.schedule.was_loaded:
            return UNKNOWN
        return Seen(sum(not team or one.team == team for one in self.exceptions_now(now)))

    def adherence(self, team: str, window: str, now: int) -> Seen:
        """Of the business day: a ratio of sums."""
        return Seen(self._sums_now(now).get(team, Sums()).adherence)

    def _sums_now(self, now: int) -> dict[str, Sums]:
        """Of each team and, by the name '', of everybody; worked out once a tick."""
        if self._sums[0] != now:
            books, sums = self.books, {"": Sums()}
            books.settle_agents(now)
            for name in books.attendance.schedule.lines:
                agent = books.agents[name]
                if not hides_adherence(books, agent):
                    own = books.attendance.days(name, now).get(books.attendance.shift_day(name, now), Sums())
                    for team in dict.fromkeys(("", agent.team)):
                        sums.setdefault(team, Sums()).add(own)
            self._sums = now, sums
        return self._sums[1]

    # What we hear, and what we say

    def outage(self, source: str, window: str, now: int) -> Seen:
        """How long the feed is, or was, lost."""
        feed = self.feeds[source]
        lost_ms = feed.lost_ms(now)
        return Seen(lost_ms, compared=max(1, lost_ms) if feed.is_down else 0)

    def clock_offset(self, source: str, window: str, now: int) -> Seen:
        """Below 0 when its clock is ahead of ours."""
        feed = self.feeds[source]
        return Seen(feed.clock_offset_ms, compared=abs(feed.clock_offset_ms), is_news=source in self.clocks_set)

    def delay(self, source: str, window: str, now: int) -> Seen:
        """From the time of its latest event to when it was applied."""
        feed = self.feeds[source]
        return UNKNOWN if feed.is_down or not feed.events else Seen(feed.delay_ms)

    def failing(self, output: str, window: str, now: int) -> Seen:
        """How long an output has not taken what it was given."""
        since = self._failing_since(output)
        return Seen(0 if since is None else max(1, now - since))

    def pages_refused(self, output: str, window: str, now: int) -> Seen:
        """Messages to somebody on call that an output would not take since the last tick."""
        return Seen(self.refusals[output])

    def trouble(self, trouble: str, window: str, now: int) -> Seen:
        """How long something has been wrong with the daemon."""
        since = self.troubles.get(trouble)
        return Seen(0 if since is None else max(1, now - since))
