"""The state of every queue, read from the books: figures as they stand at the latest tick, none of them changed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

from floorwatch.floor.activity import AVAILABLE, OFFLINE
from floorwatch.floor.agent import Agent
from floorwatch.floor.agent_state import AtAgent
from floorwatch.floor.steps import Steps, at_once
from floorwatch.metrics import tally as t
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.capacity import Capacity
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.members import INFERRED_MS, Members
from floorwatch.metrics.projection.state import SPANS_S, Flow, Period, QueueState, Usual, UsualDay, Waiting
from floorwatch.metrics.projection.usual import UsualDays
from floorwatch.metrics.service_level import level

LIKELY_FREE_MS = 120_000
"""Where no log-in is seen: who has ended a contact is taken to be free for so long; after that it was a break."""

ALIKE = 2.0
"""Levels of queues whose thresholds differ by more than this factor say nothing about each other."""

REGULAR = 0.2
"""Who has answered less than this part of what an agent of the queue answers in the mean has just helped out."""

QUEUES_A_STEP = 5

SAME_LINE = 0.5
"""From this share on, contacts of another queue wait in the same line."""


def period(ledger: QueueLedger, start: int, end: int) -> Period:
    """What has been decided of [start, end) so far, by the queue's own formula."""
    tally = sum(interval.tally for interval in ledger.recent(start) if interval.start < end)
    return Period(start, end, *level(tally, ledger.policy))


class _Look:
    """What is read of each queue once, for itself and for all whose pool it is in."""

    __slots__ = ("entries", "flows", "ledger", "today", "usual")

    def __init__(self, ledger: QueueLedger, tick_s: int, day_start: int, usual: UsualDay) -> None:
        self.ledger = ledger
        self.entries = sorted(visit.entered_at for visit in ledger.waiting if visit.entered_at <= tick_s * 1000)
        self.flows = tuple(_flow(ledger, ledger.rolling.window(name, tick_s)) for name in SPANS_S)
        self.today = level(sum(interval.tally for interval in ledger.recent(day_start)), ledger.policy)
        self.usual = usual


class Reader:
    """Reads states. It remembers for a day what the days before were like: they are over, and change no more."""

    def __init__(self, books: FloorBooks) -> None:
        self._books = books
        self._usual = UsualDays(books.calendar)

    def states(self, members: Mapping[str, Members]) -> dict[str, QueueState]:
        """The state of each queue whose feed is heard, at the latest tick. After `settle_agents`."""
        return at_once(self.steps(members))

    def steps(self, members: Mapping[str, Members]) -> Steps[dict[str, QueueState]]:
        """The same in steps, between which the books must stand still."""
        books = self._books
        now = books.tick_s * 1000
        day_start = books.calendar.day(now)[0]
        looks = {}
        for place, (name, ledger) in enumerate(books.ledgers.items(), 1):
            if ledger.unknown_since is None:
                looks[name] = _Look(ledger, books.tick_s, day_start, self._usual.of(ledger, now))
            if place % QUEUES_A_STEP == 0:
                yield
        bits = {name: 1 << place for place, name in enumerate(books.agents)}
        groups = {
            name: _bits(_regulars(members[name], look.ledger, now), bits)
            for name, look in looks.items()
            if name in members
        }
        yield
        free, several = _free(books, bits, now)
        states = {}
        for place, (name, look) in enumerate(looks.items(), 1):
            if place % QUEUES_A_STEP == 0:
                yield
            pool, own = [(look, 1.0)], groups.get(name, 0)
            for other, group in groups.items():
                common = (group & own).bit_count()
                if common and other != name:
                    pool.append((looks[other], common / group.bit_count()))
            usual = Usual(day_start, books.calendar.interval_ms, _usual(pool, look.ledger.threshold_ms))
            room = sum(capacity.room(contacts, AVAILABLE, name) for bit, contacts, capacity in several if bit & own)
            states[name] = _state(look, pool, (free & own).bit_count() + room, now, usual)
        return states


def _state(look: _Look, pool: Sequence[tuple[_Look, float]], free: int, now: int, usual: Usual) -> QueueState:
    threshold_ms = look.ledger.threshold_ms
    alike = [(other.today, share) for other, share in pool if _is_alike(other.ledger.threshold_ms, threshold_ms)]
    line = sorted(entry for other, share in pool if share >= SAME_LINE for entry in other.entries)
    waiting = sorted(
        (visit.entered_at, look.ledger.waited_ms(visit, now))
        for visit in look.ledger.waiting
        if visit.timed and visit.deadline > now
    )
    return QueueState(
        now=now,
        threshold_ms=threshold_ms,
        waiting=tuple(Waiting(age_ms, bisect_left(line, entry)) for entry, age_ms in waiting),
        own=dict(zip(SPANS_S, look.flows, strict=True)),
        pool={name: _add_flows(pool, place, threshold_ms) for place, name in enumerate(SPANS_S)},
        pool_waiting=sum(share * len(other.entries) for other, share in pool),
        pool_longest_ms=now - line[0] if line else 0,
        pool_free=free,
        today=(sum(today[0] * share for today, share in alike), sum(today[1] * share for today, share in alike)),
        usual=usual,
    )


def _flow(ledger: QueueLedger, tally: int) -> Flow:
    return Flow(t.read(tally, "offered"), t.read(tally, "answered"), *level(tally, ledger.policy))


def _add_flows(pool: Sequence[tuple[_Look, float]], place: int, threshold_ms: int) -> Flow:
    offered = answered = hits = decided = 0.0
    for look, share in pool:
        flow = look.flows[place]
        offered += share * flow.offered
        answered += share * flow.answered
        if _is_alike(look.ledger.threshold_ms, threshold_ms):
            hits += share * flow.hits
            decided += share * flow.decided
    return Flow(offered, answered, hits, decided)


def _usual(pool: Sequence[tuple[_Look, float]], threshold_ms: int) -> tuple[tuple[UsualDay, float, bool], ...]:
    return tuple(
        (look.usual, share, _is_alike(look.ledger.threshold_ms, threshold_ms))
        for look, share in pool
        if look.usual.slots
    )


def _is_alike(threshold_ms: int, other_ms: int) -> bool:
    return max(threshold_ms, other_ms) <= ALIKE * min(threshold_ms, other_ms)


def _regulars(members: Members, ledger: QueueLedger, now: int) -> list[Agent]:
    """The members; where they are known by their answers alone, without those who just helped out."""
    if members.membership != "inferred":
        return members.agents
    answered: dict[str, int] = {}
    for interval in ledger.recent(now - INFERRED_MS):
        for agent, n in interval.answered_by.items():
            answered[agent] = answered.get(agent, 0) + n
    least = REGULAR * sum(answered.values()) / max(1, len(answered))
    return [agent for agent in members.agents if answered.get(agent.name, 0) >= least]


def _bits(agents: Iterable[Agent], bits: Mapping[str, int]) -> int:
    group = 0
    for agent in agents:
        group |= bits[agent.name]
    return group


def _free(
    books: FloorBooks, bits: Mapping[str, int], now: int
) -> tuple[int, list[tuple[int, tuple[AtAgent, ...], Capacity]]]:
    """(agents who are free, those who have contacts in hand and may have room for more, not paused)."""
    free, several = 0, []
    for agent in books.agents.values():
        capacity, contacts = books.times[agent.name].capacity, agent.state.contacts
        if _is_free(agent, now):
            if capacity.is_split:
                several.append((bits[agent.name], contacts, capacity))
            else:
                free |= bits[agent.name]
        elif contacts and capacity.is_split and not agent.state.pauses:
            several.append((bits[agent.name], contacts, capacity))
    return free, several


def _is_free(agent: Agent, now: int) -> bool:
    """Whether the agent could take a contact at once; where nothing tells, whether one has just been ended."""
    activity, since = agent.now_doing(now)
    if activity == AVAILABLE:
        return True
    return activity == OFFLINE and agent.state.slot is None and since > 0 and now - since <= LIKELY_FREE_MS
