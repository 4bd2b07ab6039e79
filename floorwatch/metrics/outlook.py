"""The outlook of a queue: what is measured of it now, how many agents it needs, and where its period ends.

In two steps, so that the second can be taken aside: `question` reads the books, `answer` runs the models on what was
read. A period is the interval or the day, as the queue's `service_level.per` says; the models are Erlang C or, where
patience could be measured, Erlang A (docs/staffing.md). What cannot be measured is not assumed: the outlook then says
what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from floorwatch.floor.activity import ABSENT, ALERTING, BUSY, WRAP_UP
from floorwatch.floor.agent import Agent
from floorwatch.floor.settings import QueuePolicy, StaffingPolicy
from floorwatch.metrics import tally as t
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.measured import AHT_MS_MIN, Measured, Recent, measured, recent
from floorwatch.metrics.service_level import level
from floorwatch.metrics.staffing.equilibrium import Load
from floorwatch.metrics.staffing.forecast import Planned, reforecast
from floorwatch.metrics.staffing.recovery import Situation, recovery
from floorwatch.metrics.staffing.required import Limits, required_agents, scheduled_agents
from floorwatch.metrics.staffing.targets import best_of_rest, least_agents, needed_of_rest, point_of_no_return

PRESENT_MAX = 1_000
"""Contacts present at once, up to which a course is worked out: it takes seconds there, and minutes at ten times it."""

Missing = Literal["", "feed", "members", "handling", "hours", "forecast", "overload"]
"""What is not known: the feed is lost; nobody belongs to the queue; no contact was handled yet (or its wrap-up is not
told); the queue's clock stands still at times, which no model here does; the rest of a day is not forecast; so much
more work than agents that the line would grow beyond what is worked out."""


@dataclass(frozen=True, slots=True)
class Question:
    """A queue as it is now."""

    queue: str
    at: int
    until: int
    """When the period ends."""
    policy: QueuePolicy
    staffing: StaffingPolicy
    measured: Measured
    recent: Recent
    places: int
    """Contacts the agents now on the queue can have in hand at once: one each, where one is all they take."""
    situation: Situation | None
    missing: Missing
    hits: int
    decided: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of the queue in its period. Instants in ms since the epoch."""

    at: int
    until: int
    missing: Missing
    measured: Measured
    model: Literal["erlang_a", "erlang_c"]
    places: int
    required: int | None
    """Agents on the queue, each with as many contacts as it allows at once, needed for the target with these arrivals
    in the long run. None: no number is enough."""
    scheduled: int | None
    """With shrinkage."""
    hits: int
    decided: int
    """So far in the period."""
    coming: float | None
    """Visits expected to be decided until it ends."""
    level: float | None
    """Service level expected at the end with the agents now on the queue."""
    backlog_gone_at: int | None
    """When it becomes more likely than not that nobody waits. None: not in this period."""
    rest_needed: float | None
    """The level all visits to come must reach; above 1 it can no longer be recovered."""
    best: float | None
    """The level at the end if every visit to come is a hit."""
    agents_needed: int | None
    """Least number of agents from now on with which the target is met at the end. None: none is enough."""
    no_return_at: int | None
    """Until when acting can still reach the target. The period's end: it is met without. None: it is too late."""


def crew(books: FloorBooks, members: Sequence[Agent], queue: str, now: int) -> tuple[int, int]:
    """(places, contacts in hand): of the members present and not on another queue's contact. After `settle_agents`."""
    places = in_hand = 0
    for agent in members:
        activity, _ = agent.now_doing(now)
        if activity in ABSENT or activity == BUSY or any(place in (None, queue) for place, _ in agent.state.pauses):
            continue
        contacts = agent.state.contacts
        own = [contact for contact in contacts if contact[2] == queue]
        if contacts and not own:
            continue
        is_wrapping = activity == WRAP_UP and not contacts
        places += len(own) + books.times[agent.name].capacity.room(contacts, activity, queue) + is_wrapping
        in_hand += sum(contact[1] != ALERTING for contact in own) + is_wrapping
    return places, in_hand


def question(
    books: FloorBooks,
    ledger: QueueLedger,
    members: Sequence[Agent] | None,
    now: int,
    forecast: Sequence[Planned] = (),
) -> Question:
    """Read what is known of a queue. `forecast`: the day's, of this queue. After `settle_agents`."""
    policy, calendar = ledger.policy, books.calendar
    day = calendar.day(now)
    since, until = day if policy.per == "day" else calendar.interval(now)
    tally = sum(interval.tally for interval in ledger.recent(since))
    hits, decided = level(tally, policy)
    found = measured(ledger, now, books.tick_s, day[0], books.attendance.begun_at)
    places, in_hand = crew(books, members or (), ledger.name, now)
    missing: Missing = ""
    if ledger.unknown_since is not None:
        missing = "feed"
    elif members is None:
        missing = "members"
    elif found.aht_ms is None or found.aht_ms < AHT_MS_MIN:
        missing = "handling"
    elif ledger.clock is not None:
        missing = "hours"
    elif policy.per == "day" and not forecast:
        missing = "forecast"
    situation = None
    if not missing and found.aht_ms:
        waiting = sorted(visit.entered_at for visit in ledger.waiting if visit.timed)
        situation = Situation(
            waited_s=tuple(max(0, now - entered_at) / 1000 for entered_at in waiting),
            busy=in_hand,
            agents=places,
            arrivals=_arrivals(found, policy, forecast, ledger, day[0], now, until),
            aht_s=found.aht_ms / 1000,
            patience_s=None if found.patience_ms is None else found.patience_ms / 1000,
            hits=hits,
            decided=decided,
            formula=policy.formula,
            threshold_s=policy.threshold_ms / 1000,
            short_abandon_s=policy.short_abandon_ms / 1000,
        )
        if _present_at_most(situation) > PRESENT_MAX:
            situation, missing = None, "overload"
    return Question(
        queue=ledger.name,
        at=now,
        until=until,
        policy=policy,
        staffing=books.settings.staffing,
        measured=found,
        recent=recent(ledger, now, books.tick_s, books.attendance.begun_at),
        places=places,
        situation=situation,
        missing=missing,
        hits=hits,
        decided=decided,
    )


def _arrivals(
    found: Measured,
    policy: QueuePolicy,
    forecast: Sequence[Planned],
    ledger: QueueLedger,
    day_start: int,
    now: int,
    until: int,
) -> tuple[tuple[float, float], ...]:
    """(until so many seconds from now, contacts a second): as measured in an interval, as re-forecast over a day."""
    if policy.per == "interval":
        return (((until - now) / 1000, found.offered / found.over_ms * 1000),)
    offered = t.read(sum(interval.tally for interval in ledger.recent(day_start)), "offered")
    rest = [planned for planned in reforecast(forecast, offered, now).rest if planned.start < until]
    steps: list[tuple[float, float]] = []
    at = now
    for planned in sorted(rest, key=lambda planned: planned.start):
        if planned.start > at:
            steps.append(((planned.start - now) / 1000, 0.0))
        steps.append(((planned.end - now) / 1000, planned.contacts / (planned.end - planned.start) * 1000))
        at = planned.end
    return tuple(steps) or (((until - now) / 1000, 0.0),)


def _present_at_most(now: Situation) -> float:
    """Contacts present at the worst, as the arrivals less what the agents can do, or as agents that could do it all."""
    present = most = float(now.busy + len(now.waited_s))
    offered = since = 0.0
    for until, rate in now.arrivals:
        surplus = rate - now.agents / now.aht_s
        if now.patience_s is None:
            present = max(0.0, present + (until - since) * surplus)
        else:  # who waits leaves: it grows until as many leave as are too many
            present = now.agents + max(0.0, surplus) * now.patience_s
        most, offered, since = max(most, present), max(offered, rate * now.aht_s), until
    return max(most, now.agents, offered)


def answer(asked: Question) -> Outlook:
    """What the models make of it: some hundred milliseconds on a large queue."""
    policy, found, situation = asked.policy, asked.measured, asked.situation
    required = _required(asked)
    shrinkage = asked.staffing.shrinkage
    target, now = policy.target, asked.at
    coming = end = gone = no_return = needed = None
    if situation is not None:
        course = recovery(situation, situation.agents)
        coming = course.decided - situation.decided
        end = None if course.level is None else min(1.0, course.level)  # live accuracy: off by 0.0001
        gone = None if course.gone_s is None else now + round(course.gone_s * 1000)
        needed = least_agents(situation, target)
        no_return = asked.until
        if end is not None and end < target:
            last_s = point_of_no_return(situation, target)
            no_return = None if last_s is None else now + round(last_s * 1000)
    return Outlook(
        at=now,
        until=asked.until,
        missing=asked.missing,
        measured=found,
        model="erlang_c" if found.patience_ms is None else "erlang_a",
        places=asked.places,
        required=required,
        scheduled=None if required is None else scheduled_agents(required, shrinkage),
        hits=asked.hits,
        decided=asked.decided,
        coming=coming,
        level=end,
        backlog_gone_at=gone,
        rest_needed=None if coming is None else needed_of_rest(target, asked.hits, asked.decided, coming),
        best=None if coming is None else best_of_rest(asked.hits, asked.decided, coming),
        agents_needed=agents_of(needed, policy),
        no_return_at=no_return,
    )


def _required(asked: Question) -> int | None:
    """In equilibrium. Not known without a handling time, or while the feed is lost."""
    found, policy = asked.measured, asked.policy
    if found.aht_ms is None or found.aht_ms < AHT_MS_MIN or asked.missing in ("feed", "hours"):
        return None
    if not found.offered:
        return 0
    limits = limits_of(policy, asked.staffing)
    load = Load(found.offered, found.over_ms / 1000, found.aht_ms / 1000)
    places = required_agents(load, None if found.patience_ms is None else found.patience_ms / 1000, limits)
    return agents_of(places, policy)


def limits_of(policy: QueuePolicy, staffing: StaffingPolicy) -> Limits:
    """What the agents of a queue must keep."""
    return Limits(
        target=policy.target,
        formula=policy.formula,
        threshold_s=policy.threshold_ms / 1000,
        short_abandon_s=policy.short_abandon_ms / 1000,
        occupancy_max=staffing.occupancy_max,
    )


def agents_of(places: int | None, policy: QueuePolicy) -> int | None:
    """The models count contacts that can be in hand at once; an agent may have several."""
    return None if places is None else ceil(places / policy.concurrency)
