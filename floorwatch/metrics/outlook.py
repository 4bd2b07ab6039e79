"""The outlook of a queue: what is measured of it now, how many agents it needs, and where its period ends.

In two steps, so that the second can be taken aside: `question` reads the books, `answer` runs the models on what was
read. A period is the interval or the day, as the queue's `service_level.per` says; the models are Erlang C or, where
patience could be measured, Erlang A (docs/staffing.md). What cannot be measured is not assumed: the outlook then says
what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from operator import sub
from typing import Literal, NamedTuple

from floorwatch.floor.activity import ABSENT, ALERTING, BUSY, WRAP_UP
from floorwatch.floor.agent import Agent
from floorwatch.floor.settings import QueuePolicy, StaffingPolicy
from floorwatch.metrics import tally as t
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.service_level import level, ratio
from floorwatch.metrics.staffing.equilibrium import Load
from floorwatch.metrics.staffing.forecast import Planned, reforecast
from floorwatch.metrics.staffing.patience import kaplan_meier
from floorwatch.metrics.staffing.recovery import Situation, recovery
from floorwatch.metrics.staffing.required import Limits, required_agents, scheduled_agents
from floorwatch.metrics.staffing.targets import best_of_rest, least_agents, needed_of_rest, point_of_no_return
from floorwatch.metrics.window import SPANS

ARRIVALS = {"15m": 15 * 60_000, "5m": 5 * 60_000}
"""Arrivals are those of the last 15 minutes, which is more than chance; of the last 5 where they are another load."""
LATELY = ("5m", "15m", "30m", "60m")
"""Windows between which a rate may have changed."""
DEVIATIONS = 2.0
"""By so many standard deviations of the shorter window two loads differ."""
PATIENCE_MS = 24 * 3_600_000
ABANDONS_MIN = 10
"""Under so many abandons a mean patience is off by a third or more: Erlang C, which has none, is said instead."""
HANDLED_MIN = 10
"""Under so many contacts handled in the last hour, those of the day tell the handling time."""

PRESENT_MAX = 1_000
"""Contacts present at once, up to which a course is worked out: it takes seconds there, and minutes at ten times it."""

ANSWER_MS_MAX = 5_000
AHT_MS_MIN = 1_000
"""A mean below a second is none of people's work: contacts were told too late, or too coarsely, to be timed."""

Missing = Literal["", "feed", "members", "handling", "hours", "forecast", "overload"]
"""What is not known: the feed is lost; nobody belongs to the queue; no contact was handled yet (or its wrap-up is not
told); the queue's clock stands still at times, which no model here does; the rest of a day is not forecast; so much
more work than agents that the line would grow beyond what is worked out."""


class Stretch(NamedTuple):
    """What was counted in so long: contacts offered, and those handled with the time that took."""

    over_ms: int
    offered: int
    handled: int
    handling_ms: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What the models are fed with, and from how much of it."""

    offered: int
    over_ms: int
    """Contacts offered in so long."""
    handled: int
    aht_ms: float | None
    """Mean handling time, and of how many contacts."""
    waits: int
    abandons: int
    patience_ms: float | None
    """Mean patience: total wait over abandons, of so many waits; None under `ABANDONS_MIN`."""
    lately: tuple[Stretch, ...] = ()
    """The last hour, the latest first: what tells whether something has changed."""
    answer_ms: int = 0
    """How long even those wait whom an agent is free for: ringing, and the switch. The wait that a quarter of the
    answered do not exceed, and `ANSWER_MS_MAX` at most: on a bad day most of them have waited for an agent."""


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


def measured(ledger: QueueLedger, now: int, tick_s: int, day_start: int, begun_at: int) -> Measured:
    """Arrivals of the last minutes, handling of the last hour, patience of the last day. After the latest tick."""
    known_ms = max(1_000, now - begun_at)
    offered, over_ms = _arrivals_now(ledger, tick_s, known_ms)
    hour = ledger.rolling.window("60m", tick_s)
    if t.read(hour, "handled") < HANDLED_MIN:
        hour = sum(interval.tally for interval in ledger.recent(day_start))
    handled = t.read(hour, "handled")
    patience = kaplan_meier(
        (one.wait_ms, one.was_abandoned) for one in ledger.waited if one.left_at > now - PATIENCE_MS
    )
    return Measured(
        offered=offered,
        over_ms=over_ms,
        handled=handled,
        aht_ms=ratio(t.read(hour, "handling_ms"), handled),
        waits=patience.n,
        abandons=patience.abandons,
        patience_ms=patience.mean_ms if patience.abandons >= ABANDONS_MIN and patience.mean_ms else None,
        lately=tuple(_lately(ledger, tick_s, known_ms)),
        answer_ms=_answer_ms(ledger),
    )


def _lately(ledger: QueueLedger, tick_s: int, known_ms: int) -> Iterator[Stretch]:
    inner = Stretch(0, 0, 0, 0)
    for name in LATELY:
        tally, until_ms = ledger.rolling.window(name, tick_s), min(SPANS[name] * 1000, known_ms)
        outer = Stretch(until_ms, *(t.read(tally, column) for column in ("offered", "handled", "handling_ms")))
        if until_ms > inner.over_ms:
            yield Stretch(*map(sub, outer, inner))
        inner = outer


def _answer_ms(ledger: QueueLedger) -> int:
    waits = sorted(one.wait_ms for one in ledger.waited if not one.was_abandoned)
    return min(waits[len(waits) // 4], ANSWER_MS_MAX) if waits else 0


def _arrivals_now(ledger: QueueLedger, tick_s: int, known_ms: int) -> tuple[int, int]:
    """(contacts offered, in so many ms): a surge is told after minutes, not after a quarter."""
    usual, recent = (t.read(ledger.rolling.window(name, tick_s), "offered") for name in ARRIVALS)
    usual_ms, recent_ms = (min(ms, known_ms) for ms in ARRIVALS.values())
    expected = usual * recent_ms / usual_ms
    if recent_ms < usual_ms and abs(recent - expected) > DEVIATIONS * sqrt(expected):
        return recent, recent_ms
    return usual, usual_ms


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
        ledger.name, now, until, policy, books.settings.staffing, found, places, situation, missing, hits, decided
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
