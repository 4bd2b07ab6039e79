"""Finds the facts of an alert: off the books, off what was foreseen, and off who could come. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from floorwatch.alerts.facts import Value
from floorwatch.alerts.gauges import Gauges
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.reserve import (
    NAMES_MAX,
    against_schedule,
    counted,
    in_every_language,
    in_order,
    joined,
    named,
    reserve,
)
from floorwatch.alerts.texts import is_out_of_reach, limit_written, time_of_day, written
from floorwatch.floor import unseen as u
from floorwatch.floor.activity import AVAILABLE
from floorwatch.floor.agent import Agent
from floorwatch.floor.events import SourceDown
from floorwatch.floor.internal import RulesForeseen
from floorwatch.metrics.catalogue import LANGUAGES
from floorwatch.metrics.exceptions import AdherenceException, exceptions
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.levers import Able, able_by_queue
from floorwatch.metrics.members import GROUP_MIN
from floorwatch.metrics.outlook import agents_of, crew
from floorwatch.metrics.phrases import message
from floorwatch.metrics.phrases.losses import loss
from floorwatch.metrics.presence import is_present
from floorwatch.metrics.unseen import hides_adherence, unseen_of_agent

LIKELY = 0.5
HARDLY = 0.2
"""What is less likely than this is not to be hoped for."""
SURE = 0.99
"""No chance is said to be higher: that none of a few hundred trials went wrong is no certainty."""
EFFECT_MIN = 0.01
"""What has brought less, on average, is not called to have worked."""
WORKED_MAX = 2
"""So many kinds of action are named."""
AT_ONCE_MS = 60_000
"""By a time that is nearer than this is at once."""
EVERY_MS = 5_000
"""Who keeps to the schedule, and who could serve what, is as of a moment this long ago at most."""


def _sure(chance: float | None) -> float | None:
    return None if chance is None else min(chance, SURE)


@dataclass(slots=True)
class Facts:
    """What is known, by the names of `alerts.facts.FACTS`; and `marks`: what is so, without a number."""

    known: dict[str, Value] = field(default_factory=dict)
    by_name: dict[str, Value] = field(default_factory=dict)
    """What a lead is told instead: with names."""
    marks: set[str] = field(default_factory=set)

    def note(self, **values: Value | None) -> None:
        """Take down what is known of these."""
        self.known.update({name: value for name, value in values.items() if value is not None})


class Finder:
    """Finds facts; keeps who could serve which queue from one alert to the next.

    `unreached`: who on call cannot be told of an alert in any way.
    """

    def __init__(self, gauges: Gauges, unreached: Callable[[], tuple[str, ...]] = tuple) -> None:
        self._gauges = gauges
        self._unreached = unreached
        self._books = gauges.books
        self._able: tuple[int, Mapping[str, Able]] = (-1, {})

    def facts(self, alert: Alert, now: int) -> Facts:
        """What is known of what the alert is about."""
        facts = Facts()
        facts.note(
            subject=alert.subject,
            since=self._time(alert.pending_at),
            lasted=now - alert.pending_at,
            limit=limit_written(alert, self._books.settings),
        )
        if alert.value is not None:
            facts.note(value={lang: written(alert.rule.figure, alert.value or 0, lang) for lang in LANGUAGES})
        scope = alert.rule.scope
        ledger = self._books.ledgers.get(alert.subject)
        if scope == "queue" and ledger is not None:
            if is_out_of_reach(alert.rule.figure, alert.value, ledger.policy):
                facts.marks.add("too_late")
            self._of_queue(facts, ledger, now)
        elif scope in ("team", "floor"):
            self._of_people(facts, alert.subject if scope == "team" else "")
        elif scope == "source":
            self._of_source(facts, alert.subject)
        elif scope == "daemon":
            self._of_daemon(facts, alert.subject)
        return facts

    def _time(self, instant: int) -> str:
        return time_of_day(instant, self._books.settings.timezone)

    # A queue

    def _of_queue(self, facts: Facts, ledger: QueueLedger, now: int) -> None:
        policy, calendar = ledger.policy, self._books.calendar
        _, end = calendar.day(now) if policy.per == "day" else calendar.interval(now)
        facts.note(
            target=policy.target,
            threshold=policy.threshold_ms,
            period=message(f"advice.period_{policy.per}"),
            until=self._time(end),
        )
        if ledger.unknown_since is not None:
            facts.note(lost_since=self._time(ledger.unknown_since))
            return
        oldest = ledger.oldest_wait() if ledger.waiting else None
        facts.note(
            waiting=len(ledger.waiting),
            past=sum(visit.deadline < now for visit in ledger.waiting),
            longest=None if oldest is None else max(0, ledger.waited_ms(oldest, now)),
        )
        on_queue = self._staff(facts, ledger)
        if facts.known.get("free") and facts.known["past"]:
            facts.marks.add("free_past")
        foreseen = self._gauges.foreseen_now(ledger.name, now)
        if foreseen is not None:
            self._ahead(facts, foreseen, on_queue, now)
            if facts.marks & {"too_late", "hardly"} and foreseen.required is not None and on_queue is not None:
                beyond = "later" if policy.per == "interval" else "now"
                facts.marks.add(f"{'staffed' if foreseen.required <= on_queue else 'understaffed'}_{beyond}")
        self._worked(facts, ledger.name)
        self._reserve(facts, ledger.name)

    def _worked(self, facts: Facts, queue: str) -> None:
        """What has brought something so far."""
        parts = [
            message("advice.worked_one", action=message(f"action.{one.kind}"), effect=one.effect, n=one.n)
            for one in self._gauges.actions.worked_in(queue)
            if one.effect >= EFFECT_MIN
        ]
        if parts:
            facts.note(worked=joined(parts[:WORKED_MAX], ", ", "，"))

    def _staff(self, facts: Facts, ledger: QueueLedger) -> int | None:
        """Who is there. Returns how many of them are on the queue, as the models count: None for unknown."""
        members = self._gauges.presence.members(self._tick)
        present = self._gauges.presence.count(ledger, self._tick)
        facts.note(present=present)
        if present is None:
            return None
        if not present:
            facts.marks.add("nobody")
        agents = members[ledger.name].agents if ledger.name in members else []
        for agent in agents:
            agent.catch_up()
        places, _ = crew(self._books, agents, ledger.name, self._tick)
        on_queue = min(present, agents_of(places, ledger.policy) or 0)
        facts.note(elsewhere=present - on_queue, free=sum(self._is_free(agent, ledger.name) for agent in agents))
        return on_queue

    @property
    def _tick(self) -> int:
        """The latest tick: what the rules have read of agents then is not worked out twice."""
        return self._books.tick_s * 1000

    def _recent(self) -> int:
        """As of when people are judged: a tick that has been, which no rule will read again."""
        return self._tick - self._tick % EVERY_MS

    def _is_free(self, agent: Agent, queue: str) -> bool:
        activity, _ = agent.now_doing(self._tick)
        is_told = agent.state.joined is not None or agent.configured  # by its answers it may be of another queue now
        if activity != AVAILABLE or not is_told or u.LOG_IN in unseen_of_agent(self._books, agent):
            return False
        return bool(is_present(self._books, agent, queue, self._tick))

    def _ahead(self, facts: Facts, foreseen: RulesForeseen, on_queue: int | None, now: int) -> None:
        """What the models make of it."""
        facts.note(required=foreseen.required)
        if foreseen.missing:
            facts.marks.add(f"no_model_{foreseen.missing}")
            return
        facts.note(best=foreseen.best, chance_without=_sure(foreseen.chance_without))
        facts.note(level_end=foreseen.level, level_low=foreseen.level_low, level_high=foreseen.level_high)
        if (foreseen.chance_without or 0) >= LIKELY:
            facts.marks.add("likely")
        if foreseen.no_return_at is None or (foreseen.needed is None and (foreseen.chance or 0) < HARDLY):
            is_certain = foreseen.no_return_at is None or not foreseen.chance
            facts.marks.add("too_late" if is_certain else "hardly")
            facts.note(chance_of_all=foreseen.chance)
            return
        if now < foreseen.no_return_at < foreseen.until:
            facts.note(no_return=self._time(foreseen.no_return_at))
        if foreseen.by is not None:
            is_soon = foreseen.by - now < AT_ONCE_MS
            facts.note(by=message("advice.at_once" if is_soon else "advice.by", time=self._time(foreseen.by)))
        if foreseen.needed is None:
            facts.note(chance_of_all=foreseen.chance)
            if (foreseen.chance or 0) >= LIKELY:
                facts.marks.add("likely_with_all")
        elif on_queue is not None:
            # needed is never less than were there: where they were enough, who has left since may not be missed
            more = 0 if foreseen.needed <= foreseen.present else max(0, foreseen.needed - on_queue)
            facts.note(needed=foreseen.needed, more=more, enough=None if more else max(on_queue, foreseen.needed))
            facts.note(chance=_sure(foreseen.chance))

    def _reserve(self, facts: Facts, queue: str) -> None:
        """Who could come. Nothing where nobody is known to be able to serve the queue."""
        at = self._recent()
        if self._able[0] != at:
            for agent in self._books.agents.values():
                agent.catch_up()
            profiles, members = self._books.settings.agents, self._gauges.presence.members(self._tick)
            self._able = at, able_by_queue(self._books.agents.values(), profiles, members)
        able = self._able[1].get(queue)
        if not able:
            return
        members = self._gauges.presence.members(self._tick)
        order = in_order(self._gauges.actions.worked_in(queue))
        coming = reserve(queue, able, members.get(queue), self._books.attendance, self._out(able), self._tick, order)
        facts.note(lever_count=len(coming))
        if coming:
            facts.note(levers=counted(coming, len(able)))
            facts.by_name["levers"] = named(coming, self._time)
        else:
            facts.marks.add("no_levers")

    def _out(self, agents: Able) -> list[AdherenceException]:
        """Those of them who are not keeping to the schedule. Nobody else is judged: of thousands that takes 0.1 s."""
        books, at = self._books, self._recent()
        for agent in agents.values():
            agent.settle(at)
        out = exceptions(books.attendance, agents, {}, at, books.settings.adherence.delay_ms)
        return [one for one in out if not hides_adherence(books, agents[one.agent])]

    # People

    def _of_people(self, facts: Facts, team: str) -> None:
        """Who of the team, or (no team) of the floor, is not keeping to the schedule."""
        schedule = self._books.attendance.schedule
        if not schedule.was_loaded:
            return
        known = {name: self._books.agents[name] for name in schedule.lines}
        agents = {name: agent for name, agent in known.items() if not team or agent.team == team}
        out = self._out(agents)
        facts.note(out_count=len(out))
        if out:
            coming = [against_schedule(one) for one in sorted(out, key=lambda one: one.scheduled != "work")]
            facts.by_name["out"] = named(coming, self._time)
            if len(agents) >= GROUP_MIN:
                facts.note(out=counted(coming, len(agents)))

    # A source

    def _of_source(self, facts: Facts, name: str) -> None:
        source = self._books.sources[name]
        queues = [in_every_language(queue) for queue in source.queues]
        if len(queues) > NAMES_MAX:
            queues[NAMES_MAX:] = [message("advice.more_queues", n=len(queues) - NAMES_MAX)]
        if queues:
            facts.note(queues=joined(queues, ", ", "、"))
        if source.down_since is not None:
            said = source.outages[-1]
            why = said.reason if isinstance(said, SourceDown) else ""
            facts.note(lost_since=self._time(source.down_since), why=loss(why) if why else None)
        off = sum(feed.clock_offset_ms != 0 for feed in self._gauges.feeds.values())
        facts.note(sources_off=off if off > 1 else None)
        if self._gauges.feeds[name].clock_offset_ms:
            facts.marks.add("clock_off")

    # The daemon

    def _of_daemon(self, facts: Facts, trouble: str) -> None:
        facts.marks.add(f"trouble_{trouble}")
        people = [in_every_language(person) for person in self._unreached()] if trouble == "unreached" else []
        if people:
            facts.by_name["unreached"] = joined(people, ", ", "、")
