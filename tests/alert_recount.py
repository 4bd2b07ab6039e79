"""The auditor of alerts: says, for every queue and default rule, when an alert must have fired and been resolved.

It counts naively, tick by tick, from the visits of the independent recount and the written definitions, and shares no
code with the engine: a rule is a sight of the queue on every whole second, and `lives` says what follows from them.
Of days whose feed is never lost, and queues without business hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import asdict
from math import ceil, sqrt
from typing import Any, NamedTuple

from floorwatch.floor.settings import Settings
from tests.recount import FORMULAS, Recount, instant

MIN_15 = 900_000
HOURS_4 = 4 * 3_600_000
FASTEST_MS = (300_000, MIN_15, 3_600_000)


class Life(NamedTuple):
    """An alert that must have been: instants in milliseconds, and why it ended."""

    fired_at: int
    resolved_at: int | None
    reason: str


class Rule(NamedTuple):
    hold_s: int
    keep_s: int


RULES = {
    "service_level_low": Rule(60, 120),
    "longest_wait_high": Rule(30, 0),
    "projection_miss": Rule(0, 0),
    "no_agents": Rule(15, 0),
}


def lives(sights: Iterator[tuple[int, str]], rule: Rule) -> list[Life]:
    """What becomes of (tick in s, what is seen): `breach`, `clear`, `between`, `none`, or why nothing is to see."""
    found: list[Life] = []
    breached_for = cleared_for = -1
    fired_at: int | None = None
    for second, sight in sights:
        if sight.startswith("period_over"):
            if fired_at is not None:
                found.append(Life(fired_at * 1000, second * 1000, "period_over"))
            fired_at, breached_for, sight = None, -1, sight.removeprefix("period_over ")
        breached_for = breached_for + 1 if sight == "breach" else -1
        cleared_for = cleared_for + 1 if sight == "clear" else -1
        if fired_at is None and breached_for >= rule.hold_s:
            fired_at = second
        elif fired_at is not None and (sight == "no_contacts" or cleared_for >= rule.keep_s):
            found.append(Life(fired_at * 1000, second * 1000, "no_contacts" if sight == "no_contacts" else "cleared"))
            fired_at, breached_for, cleared_for = None, -1, -1
    return [*found, Life(fired_at * 1000, None, "")] if fired_at is not None else found


class Queue:
    """What is counted of one queue at any instant."""

    def __init__(self, day: Recount, name: str, settings: Settings) -> None:
        self.day, self.policy, self.interval_ms = day, settings.policy(name), settings.interval_ms
        self.min_sample = settings.min_sample
        visits = [visit for key in day.visits if key[2] == name for visit in day.visits[key]]
        hits, misses = FORMULAS[self.policy.formula]
        marks = [mark for visit in visits for mark in day.marks(visit)]
        self.hit_at = sorted(at for at, what in marks if what and what in hits)
        self.miss_at = sorted(at for at, what in marks if what and what in misses)
        self.offered_at = sorted(visit.opened for visit in visits)
        self.waits = sorted((visit.entry, visit.at) for visit in visits if visit.entry is not None)

    def decided(self, since: int, until: int) -> tuple[int, int]:
        """(hits, decided) in (since, until]."""
        hits, misses = (bisect_right(at, until) - bisect_right(at, since) for at in (self.hit_at, self.miss_at))
        return hits, hits + misses

    def offered(self, since: int, until: int) -> int:
        return bisect_right(self.offered_at, until) - bisect_right(self.offered_at, since)

    def waiting(self, ticks: range) -> Iterator[tuple[int, list[int]]]:
        """(tick, when those who wait then have entered)."""
        there: list[tuple[int, float]] = []
        to_come = iter([*self.waits, (1 << 62, 1 << 62)])
        following = next(to_come)
        for second in ticks:
            while following[0] <= second * 1000:
                there.append(following)
                following = next(to_come)
            there = [wait for wait in there if wait[1] > second * 1000]
            yield second, [entry for entry, _ in there]

    def is_empty(self, now: int, waiting: list[int]) -> bool:
        last = bisect_right(self.offered_at, now) - 1
        return not waiting and now - (self.offered_at[last] if last >= 0 else 0) >= MIN_15


def service_level_low(queue: Queue, now: int, waiting: list[int]) -> str:
    if queue.is_empty(now, waiting):
        return "no_contacts"
    hits, n = queue.decided(now - MIN_15, now)
    if n < queue.min_sample:
        return "none"
    target = queue.policy.target
    return "breach" if hits / n < target else "clear" if hits / n >= round(target + 0.02, 9) else "between"


def longest_wait_high(queue: Queue, now: int, waiting: list[int]) -> str:
    waited_ms = now - min(waiting) if waiting else 0
    if waited_ms > max(60_000, 3 * queue.policy.threshold_ms):
        return "breach"
    return "clear" if waited_ms == 0 or waited_ms < queue.policy.threshold_ms else "between"


def projection_miss(queue: Queue, now: int, waiting: list[int]) -> str:
    start = queue.day.interval(now)
    end, over = start + queue.interval_ms, "period_over " if now == start else ""
    if queue.is_empty(now, waiting):
        return over + "no_contacts"
    hits, n = queue.decided(start - 1, now)
    if n < queue.min_sample:
        return over + "none"
    known_ms = max(1_000, now - queue.day.start)
    rate = max(queue.offered(now - over_ms, now) / min(over_ms, known_ms) for over_ms in FASTEST_MS)
    expected = rate * (end - now)
    coming = sum(entry + queue.policy.threshold_ms > now for entry in waiting)
    coming += ceil(expected + 3.09 * sqrt(expected) + 1) if expected else 0
    best, target = (hits + coming) / (n + coming), queue.policy.target
    return over + ("breach" if best < target else "clear" if best >= round(target + 0.02, 9) else "between")


class Agents:
    """Who is there, second by second: told in order, like the day itself."""

    def __init__(self, day: Recount, settings: Settings) -> None:
        self.events = [(instant(e["time"]), e) for e in day.events if e.get("agent")][::-1]
        self.day = Recount(day.events[:1], asdict(settings))
        self.seen: dict[tuple[str, str], int] = {}
        """The interval in which each agent last answered a contact of each queue."""

    def tell(self, now: int) -> None:
        """Everything up to now."""
        while self.events and self.events[-1][0] <= now:
            at, event = self.events.pop()
            self.day.take(event, at)
            if event["type"] == "contact.answered":
                self.seen[event["agent"], event["queue"]] = self.day.interval(at)

    def nobody(self, queue: str, now: int) -> str:
        """Members are there when they are neither logged out, unreachable nor paused there.

        Where agents join queues, a queue that all have left has nobody; where none was seen to, nobody knows.
        """
        since, agents = self.day.interval(now) - HOURS_4, self.day.agents
        members = [agent for name, agent in agents.items() if self.belongs(name, agent, queue, since)]
        if any(self.is_there(agent, queue, now) for agent in members):
            return "clear"
        if members:
            is_known = any(agent.joined is not None or agent.state != "offline" for agent in members)
        else:
            is_known = any(agent.joined is not None for agent in agents.values())
        return "breach" if is_known else "none"

    def belongs(self, name: str, agent: Any, queue: str, since: int) -> bool:
        if agent.joined is None and not agent.configured:
            return self.seen.get((name, queue), 0) >= since
        return queue in (agent.configured if agent.joined is None else agent.joined)

    def is_there(self, agent: Any, queue: str, now: int) -> bool:
        if {None, queue} & set(agent.pauses):
            return False
        stages = {visit.stage for visit in agent.visits}
        is_busy = bool(stages & {"talking", "on_hold"} or agent.ringing or now < agent.wrap_until)
        queues = set(agent.configured if agent.joined is None else agent.joined)
        is_paused = bool(agent.pauses) and queues <= set(agent.pauses)
        return is_busy or not (is_paused or agent.state in ("offline", "unreachable"))


SIGHTS = {
    "service_level_low": service_level_low,
    "longest_wait_high": longest_wait_high,
    "projection_miss": projection_miss,
}


def alerts(events: list[dict[str, Any]], settings: Settings) -> dict[tuple[str, str], list[Life]]:
    """(queue, rule) to the alerts that there must have been by the end of these events."""
    day = Recount(events, asdict(settings))
    ticks = range(-(-day.start // 1000), (day.to - 1) // 1000 + 1)
    names = sorted({queue for _, _, queue in day.visits})
    queues = {name: Queue(day, name, settings) for name in names}
    waiting = {name: list(queue.waiting(ticks)) for name, queue in queues.items()}
    expected = {
        (name, rule): lives(
            ((now, sight(queues[name], now * 1000, there)) for now, there in waiting[name]), RULES[rule]
        )
        for name in names
        for rule, sight in SIGHTS.items()
    }
    agents, nobody = Agents(day, settings), dict[str, list[tuple[int, str]]]()
    for place, second in enumerate(ticks):
        agents.tell(second * 1000)
        for name in names:
            sight = agents.nobody(name, second * 1000) if waiting[name][place][1] else "clear"
            nobody.setdefault(name, []).append((second, sight))
    return expected | {(name, "no_agents"): lives(iter(nobody[name]), RULES["no_agents"]) for name in names}
