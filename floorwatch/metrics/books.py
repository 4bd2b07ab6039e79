"""The books of the whole floor: sources, queues, agents, and the timers that keep them right."""

from __future__ import annotations

from collections.abc import Collection

from floorwatch.floor import events as e
from floorwatch.floor.activity import PAUSED, WRAP_UP
from floorwatch.floor.agent import Agent
from floorwatch.floor.agent_state import AgentState
from floorwatch.floor.contact import Contact, ContactFact
from floorwatch.floor.contacts import Contacts
from floorwatch.floor.hours import BusinessClock
from floorwatch.floor.internal import BackfilledVisit, SourceBackfilled
from floorwatch.floor.order import Released
from floorwatch.floor.settings import AgentProfile, Settings
from floorwatch.floor.source import RETOLD_WITHIN_MS, TOUCHES_MS, Source
from floorwatch.floor.visit import EXITED, Visit
from floorwatch.floor.wheel import Wheel
from floorwatch.metrics.agent_time import AgentTime
from floorwatch.metrics.attendance import Attendance
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.capacity import Capacities
from floorwatch.metrics.corrections import correct
from floorwatch.metrics.ledger import Corrected, QueueLedger
from floorwatch.metrics.rule_matrix import matrix
from floorwatch.metrics.settled import bounds_ms
from floorwatch.metrics.timeline import Timeline

KEPT_MS = 5 * 60_000
"""How long a contact that is over is kept for late facts, beyond the lateness."""

KEPT_UNKNOWN_MS = RETOLD_WITHIN_MS
"""A visit that left for reasons unknown waits this long for a later fact, or a back-fill, to say what became of it."""

NO_PROFILE = AgentProfile()


class _AgentAccounts(AgentTime):
    """One agent's accounts: its own time, and the contacts it handled, which count for their queues."""

    __slots__ = ("_books", "_wrap_ups", "has_untimed", "late_ms", "timeline")

    def __init__(self, books: FloorBooks, profile: AgentProfile) -> None:
        super().__init__(books.calendar, profile.queues, books.capacities.of(profile))
        self._books = books
        self._wrap_ups = books.wrap_ups
        self.late_ms = books.settings.lateness_ms + KEPT_MS
        self.timeline = Timeline(books.attendance.reasons)
        self.has_untimed = False
        """A contact of a queue has ended whose wrap-up is not timed: only the feed can tell it."""

    def spend(self, state: AgentState, activity: int, since: int, until: int, sign: int) -> None:
        """Count [since, until) and put it on the timeline; `sign` -1 takes everything from `since` on off it."""
        AgentTime.spend(self, state, activity, since, until, sign)
        if sign < 0:
            self.timeline.cut(since)
            return
        reason = state.pauses[-1][1] if activity == PAUSED else ""
        engaged_from = state.engaged_from(activity) if activity <= WRAP_UP else 0
        self.timeline.add(since, until, activity, reason, engaged_from)

    @property
    def now_ms(self) -> int:
        """Engine time at the latest tick."""
        return self._books.tick_s * 1000

    def handled(self, queue: str, at: int, wrap_up_ms: int, handling_ms: int, sign: int, *, is_late: bool) -> None:
        """A contact has been handled; `sign` -1 takes it back."""
        self._books.ledger(queue).handled(at, wrap_up_ms, handling_ms, sign, is_late=is_late)

    def restated(self, since: int) -> None:
        """What the agent did from this instant on is accounted anew."""
        self.calendar.closed.restate(since, self.calendar.closed_before)

    def wrap_up_ms(self, queue: str) -> int:
        """The timed wrap-up of a queue."""
        timed_ms = self._wrap_ups.get(queue, self._wrap_ups[""])
        if timed_ms is None:
            self.has_untimed = True
            return 0
        return timed_ms


class FloorBooks:
    """Everything known of the floor, by name. Implements what contacts and agents need of it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.calendar = Calendar(settings.timezone, settings.day_start_ms, settings.interval_ms)
        self.sources: dict[str, Source] = {}
        self.ledgers: dict[str, QueueLedger] = {}
        self.agents: dict[str, Agent] = {}
        self.times: dict[str, _AgentAccounts] = {}
        self.wheel = Wheel()
        self.tick_s = 0
        """The latest tick; timers that are due by then are served at once."""
        self.changed: dict[QueueLedger, None] = {}
        """Queues whose rules are to be read on the next tick."""
        self.heard: dict[QueueLedger, None] = {}
        """Those among them with rules that wait for no tick, which the event being applied has touched."""
        self.witnesses: dict[str, dict[QueueLedger, None]] = {}
        """Agents on whose presence a queue relies: when something is said of one, the queue is looked at again."""
        self.minding: dict[QueueLedger, None] = {}
        """Queues that are looked at again whatever is said of whichever agent: nobody is there."""
        self.corrected: Corrected = {}
        """What the fact being applied has changed of what was closed or had settled."""
        self._bounds_ms = bounds_ms(settings)
        self.wrap_ups = {"": settings.default_policy.wrap_up_ms}
        self.wrap_ups.update({name: policy.wrap_up_ms for name, policy in settings.queues.items()})
        self.capacities = Capacities(settings)
        self.keep_ms = settings.lateness_ms + KEPT_MS
        self.contacts = Contacts(self)
        self.attendance = Attendance(self, self.calendar, matrix(settings.adherence), settings.lateness_ms)
        self.kept: dict[str, list[Contact]] = {}
        """Of queues about which something was done: contacts that were forgotten since, until it is known what came of
        it."""
        self.forgotten: list[Contact] | None = None
        """Where contacts go that are over, for those who look at them one by one; None: nobody does."""
        for name in settings.queues:
            self.ledger(name)
        for name in settings.agents:
            self.agent(name)

    def source(self, name: str) -> Source:
        """The source of this name, at its first mention a new one."""
        source = self.sources.get(name)
        if source is None:
            source = self.sources[name] = Source(name)
        return source

    def ledger(self, queue: str) -> QueueLedger:
        """The queue of this name, at its first mention a new one with the default policy."""
        ledger = self.ledgers.get(queue)
        if ledger is None:
            policy, zone = self.settings.policy(queue), self.settings.timezone
            clock = None if policy.hours is None else BusinessClock(policy.hours, zone)
            ledger = QueueLedger(
                queue, policy, self.calendar, self.changed, self.heard, self.corrected, self._bounds_ms, clock
            )
            self.ledgers[queue] = ledger
            self.changed[ledger] = None
        return ledger

    def called(self, queue: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """(channel, labels) of a queue, by which rules and outputs choose; of no queue, those of the defaults."""
        ledger = self.ledgers.get(queue)
        if ledger is None:
            return self.settings.default_policy.channel, self.settings.default_policy.labels
        return ledger.channel, ledger.policy.labels

    def queues_of(self, source: str) -> Collection[str]:
        """The queues that a source has named."""
        known = self.sources.get(source)
        return known.queues if known is not None else ()

    def agent(self, name: str) -> Agent:
        """The agent of this name, at its first mention a new one."""
        agent = self.agents.get(name)
        if agent is None:
            profile = self.settings.agents.get(name, NO_PROFILE)
            accounts = _AgentAccounts(self, profile)
            agent = self.agents[name] = Agent(name, accounts, profile.queues)
            agent.team, agent.site = profile.team, profile.site
            self.times[name] = accounts
        return agent

    def timeline(self, agent: str) -> Timeline:
        """What the agent did."""
        return self.times[agent].timeline

    def correct(self, before: list[Visit], after: list[Visit]) -> None:
        """A late fact has replaced these visits by those."""
        correct(before, after)

    def watch_deadline(self, visit: Visit) -> None:
        """Decide the visit when its T has elapsed; at once when that tick has been."""
        second = -(-visit.deadline // 1000)
        if second <= self.tick_s:
            self.contacts.threshold_passed(visit)
        else:
            self.wheel.set(second, visit)

    def watch_end(self, contact: Contact) -> None:
        """Forget the contact when nothing late is to be expected about it."""
        self.wheel.set(max(contact.last_at // 1000, self.tick_s) + self.keep_ms // 1000 + 1, contact)

    def release(self, fact: Released) -> None:
        """The contact has left this agent."""
        self.agent(fact.agent).file(fact)
        self.touched(fact.agent)

    def unrelease(self, fact: Released) -> None:
        """An earlier release is undone."""
        self.agent(fact.agent).unfile(fact)
        self.touched(fact.agent)

    def touched(self, agent: str) -> None:
        """Something was said of the agent: queues that relied on its presence are to ask again."""
        for ledger in self.witnesses.pop(agent, ()):
            self._ask_again(ledger)
        self.changed.update(self.minding)

    def _ask_again(self, ledger: QueueLedger) -> None:
        """Read all its rules on the next tick; not within the event, which is not about its contacts."""
        ledger.is_roused = True
        self.changed[ledger] = None

    def settle_agents(self, at: int) -> None:
        """Bring every agent's accounts up to engine time `at`."""
        for agent in self.agents.values():
            agent.settle(at)

    def agent_of(self, source: Source, name: str) -> Agent:
        """The agent of this name, whom this source names for the first time: it hears of the source's outages."""
        agent = source.agents[name] = self.agent(name)
        for outage in source.outages:
            agent.file(outage)
        return agent

    def named(self, source: Source, queue: str) -> None:
        """The source has named this queue for the first time."""
        source.queues[queue] = None
        self.ledger(queue).sources[source.name] = None
        for since, until in source.gaps:
            self.calendar.closed.restate(since, until + 1)
        self.know(queue)

    def know(self, queue: str) -> None:
        """See whether the queue is unknown now: a source of it is down or, where none has named it yet, all are."""
        ledger = self.ledger(queue)
        downs = [self.sources[name].down_since for name in ledger.sources or self.sources]
        lost = [since for since in downs if since is not None]
        is_unknown = bool(lost) if ledger.sources else len(lost) == len(downs)
        ledger.unknown_since = min(lost) if lost and is_unknown else None
        self._ask_again(ledger)

    def gap_marks(self, ledger: QueueLedger, start: int, end: int) -> tuple[bool, bool]:
        """(incomplete, back-filled): whether facts of this queue may be missing from [start, end), or were until
        the switch's own log told them."""
        told = [
            source.is_backfilled(gap)
            for source in map(self.sources.__getitem__, ledger.sources)
            for gap in source.gaps
            if gap[0] < end and gap[1] >= start
        ]
        return not all(told), bool(told) and all(told)

    def backfill(self, source: Source, told: SourceBackfilled) -> list[str]:
        """The switch's own log tells what happened in a gap. Returns the contacts it tells of."""
        contacts: dict[str, list[BackfilledVisit]] = {}
        for visit in told.visits:
            contacts.setdefault(visit.contact, []).append(visit)
            if visit.queue not in source.queues:
                self.named(source, visit.queue)
        gap = source.gap_within(told.since, told.until)
        for contact, visits in contacts.items():
            taken_back, added = self.contacts.retell(source, contact, visits, gap)
            for fact in taken_back:
                self.take_back(fact)
            for fact in added:
                self._tell_agent(source, fact)
        if not told.more:
            source.backfill(told.since, told.until)
            for since, until in source.gaps:
                if since <= told.until and told.since <= until:
                    self.calendar.closed.restate(since, until + 1)
        return list(contacts)

    def _tell_agent(self, source: Source, fact: ContactFact) -> None:
        name = getattr(fact, "agent", "")
        if name:
            (source.agents.get(name) or self.agent_of(source, name)).file(fact)
            self.touched(name)
        if isinstance(fact, e.ContactDeclined):
            assert isinstance(fact.time, int)
            self.ledger(fact.queue).declined(fact.time, fact.agent)

    def take_back(self, fact: ContactFact) -> None:
        """A fact told before is no longer taken to have happened."""
        name = getattr(fact, "agent", "")
        if name:
            self.agent(name).unfile(fact)
            self.touched(name)
        if isinstance(fact, e.ContactDeclined):
            assert isinstance(fact.time, int)
            self.ledger(fact.queue).declined(fact.time, fact.agent, -1)

    def forget(self, contact: Contact) -> None:
        """Drop a contact that is over; its waits settle the intervals' maxima. One that is not over stays."""
        if not contact.is_over or contact.source.contacts.get(contact.id) is not contact:
            return
        due = self._kept_until(contact)
        if due > self.tick_s * 1000:
            self.wheel.set(due // 1000 + 1, contact)
            return
        for visit in contact.visits:
            ledger = visit.ledger
            assert isinstance(ledger, QueueLedger)
            ledger.settle_wait(visit)
        if self.kept:
            for queue in {visit.queue for visit in contact.visits} & self.kept.keys():
                self.kept[queue].append(contact)
        del contact.source.contacts[contact.id]
        if self.forgotten is not None:
            self.forgotten.append(contact)

    def _kept_until(self, contact: Contact) -> int:
        """When nothing more is to be expected about a contact that is over: no late fact, and no back-fill."""
        source, over = contact.source, contact.last_at
        keep_ms, begun_unseen = self.keep_ms, False
        for visit in contact.visits:
            begun_unseen |= not visit.timed
            if visit.reason == "unknown" and visit.phase == EXITED:
                keep_ms = KEPT_UNKNOWN_MS
        begun = None if begun_unseen else contact.first_at
        if source.down_since is not None and over >= source.down_since - TOUCHES_MS:
            return self.tick_s * 1000 + KEPT_MS  # a gap is coming: ask again then
        return max(over + keep_ms, source.told_again_by(begun, over))
