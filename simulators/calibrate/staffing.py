"""Who worked when, on what, and how long an agent needs from one contact to the next, as the contacts themselves tell.

Recordings of contacts seldom hold log-ins or pauses. But a contact that waits is a witness: as long as one waits that
an agent could have taken, and did not, the agent was not there to take it. So the time between two contacts is known in
full when somebody waited all the while, and is known to have been longer than the part during which somebody did.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from simulators.calibrate.survival import Lasting
from simulators.calibrate.visits import Day, Visit

QUARTER_MS, MINUTE_MS = 900_000, 60_000
SHORT_DAY_MS = 14_400_000
ABSENT_MS = 600_000
"""Whoever was not back after so long, though others waited, was on a pause."""
WAITS_MS = 3_000
"""Who waits less may only have been on the way to a free agent."""

Skills = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Duty:
    """An agent's day: at work in [since, until), less the pauses; milliseconds of the day."""

    agent: str
    since_ms: int
    until_ms: int
    pauses: tuple[tuple[int, int], ...]
    queues: tuple[str, ...]


def skills(days: Sequence[Day]) -> Skills:
    """Agent to the queues served: those of which the agent takes a fifth or more of what an agent takes on average."""
    by_agent: defaultdict[str, Counter[str]] = defaultdict(Counter)
    floor: Counter[str] = Counter()
    for day in days:
        for visit in day.answered:
            if visit.agent:
                by_agent[visit.agent][visit.queue] += 1
                floor[visit.queue] += 1
    total = floor.total()
    return {
        agent: frozenset(queue for queue, count in taken.items() if count * total >= 0.2 * taken.total() * floor[queue])
        or frozenset(taken)
        for agent, taken in by_agent.items()
    }


def skills_on(day: Day, known: Skills, days: Sequence[Day]) -> Skills:
    """The same on one day: without the queues of which the agent usually has several, and had none that day."""
    usual: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for other in days:
        for visit in other.answered:
            usual[visit.agent][visit.queue] += 1
    taken: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for visit in day.answered:
        if visit.agent:
            taken[visit.agent][visit.queue] += 1
    found: dict[str, frozenset[str]] = {}
    for agent, today in taken.items():
        expected = today.total() / usual[agent].total()
        found[agent] = frozenset(
            queue for queue in known[agent] if today[queue] or usual[agent][queue] * expected < 4
        ) | frozenset(queue for queue, count in today.items() if count >= 3)
    return found


class Witnesses:
    """When contacts waited on one day, by queue."""

    def __init__(self, day: Day) -> None:
        self._waits: dict[str, list[tuple[int, int]]] = {}
        for visit in day.visits:
            if visit.taken_ms - visit.arrived_ms >= WAITS_MS or visit.outcome != "answered":
                until_ms = visit.taken_ms if visit.outcome == "answered" else visit.left_ms
                self._waits.setdefault(visit.queue, []).append((visit.arrived_ms, until_ms))
        self._unions = {queue: _union(waits) for queue, waits in self._waits.items()}
        self._of_several: dict[frozenset[str], tuple[list[int], list[tuple[int, int]]]] = {}

    def until(self, queues: frozenset[str], since_ms: int) -> int:
        """To when somebody waited in one of these queues without a break, from then on; then itself when nobody did."""
        starts, spans = self._merged(queues)
        place = bisect_right(starts, since_ms)
        return max(since_ms, spans[place - 1][1]) if place else since_ms

    def last(self, queues: frozenset[str], since_ms: int, until_ms: int) -> int:
        """When in [since, until) somebody last waited in one of these queues; since itself when nobody did."""
        starts, spans = self._merged(queues)
        place = bisect_right(starts, until_ms - 1)
        return max(since_ms, min(spans[place - 1][1], until_ms)) if place else since_ms

    def _merged(self, queues: frozenset[str]) -> tuple[list[int], list[tuple[int, int]]]:
        if queues not in self._of_several:
            spans = _union(span for queue in sorted(queues) for span in self._unions.get(queue, ()))
            self._of_several[queues] = ([start for start, _ in spans], spans)
        return self._of_several[queues]


@dataclass(frozen=True, slots=True)
class Gap:
    """What lies between two contacts of an agent: instants in milliseconds since the epoch."""

    agent: str
    since_ms: int
    until_ms: int
    waited_ms: int
    """To when others waited without a break; `since_ms` where nobody did."""
    missed_ms: int
    """When somebody last waited whom the agent could have taken; `since_ms` where nobody did."""

    @property
    def length_ms(self) -> int:
        """From the end of one contact to the next."""
        return self.until_ms - self.since_ms


def gaps(day: Day, served: Skills) -> tuple[list[Gap], list[Gap]]:
    """The gaps of a day in which the agents were there, and those that were pauses.

    A pause is a gap in which others were still seen waiting when it had lasted for `ABSENT_MS`. It ends when the last
    of them was not waiting any more: what is left of the gap may have been idle time.
    """
    witnesses = Witnesses(day)
    there: list[Gap] = []
    pauses: list[Gap] = []
    for agent, visits in by_agent(day).items():
        queues = served[agent]
        for visit, following in pairwise(visits):
            since_ms, until_ms = visit.ended_ms, following.taken_ms
            if since_ms >= until_ms:
                continue
            waited_ms = min(witnesses.until(queues, since_ms), until_ms)
            gap = Gap(agent, since_ms, until_ms, waited_ms, witnesses.last(queues, since_ms, until_ms))
            if gap.missed_ms - since_ms < ABSENT_MS:
                there.append(gap)
            else:
                pauses.append(replace(gap, until_ms=gap.missed_ms))
    return there, pauses


def turnarounds(there: Sequence[Gap]) -> tuple[list[Lasting], list[tuple[int, int]]]:
    """From the end of a contact to when the agent could take the next.

    First of those that ended while others waited, as far as they went on waiting; then of those that ended when nobody
    did, as (more than, at most) milliseconds: while somebody waited later on, the agent was not back yet, and at the
    next contact the agent was.
    """
    hurried: list[Lasting] = []
    unhurried: list[tuple[int, int]] = []
    for gap in there:
        if gap.waited_ms > gap.since_ms:
            hurried.append(Lasting(gap.waited_ms - gap.since_ms, is_over=gap.waited_ms == gap.until_ms))
        else:
            missed_ms = min(gap.missed_ms, gap.until_ms - 1000) - gap.since_ms
            unhurried.append((max(missed_ms, 0), gap.length_ms))
    return hurried, unhurried


def duties(day: Day, served: Skills, pauses: Sequence[Gap]) -> list[Duty]:
    """Every agent's day in quarters of an hour (of a recording under four hours, in minutes), by the agents' names."""
    is_short = day.visits[-1].arrived_ms - day.visits[0].arrived_ms < SHORT_DAY_MS
    step_ms = MINUTE_MS if is_short else QUARTER_MS
    found: list[Duty] = []
    for agent, visits in sorted(by_agent(day).items()):
        since_ms = _nearest(visits[0].taken_ms - day.start_ms, step_ms)
        until_ms = _nearest(max(visit.ended_ms for visit in visits) - day.start_ms, step_ms)
        until_ms = max(until_ms, since_ms + step_ms)
        away = (
            (pause.since_ms - day.start_ms, pause.until_ms - day.start_ms) for pause in pauses if pause.agent == agent
        )
        inside = tuple(span for span in away if since_ms < span[0] and span[1] < until_ms)
        found.append(Duty(agent, since_ms, until_ms, inside, tuple(sorted(served[agent]))))
    return found


def by_agent(day: Day) -> dict[str, list[Visit]]:
    """Answered visits of each agent that is named, in order."""
    found: defaultdict[str, list[Visit]] = defaultdict(list)
    for visit in sorted(day.answered, key=lambda visit: (visit.taken_ms, visit.ended_ms)):
        if visit.agent:
            found[visit.agent].append(visit)
    return dict(found)


def _nearest(ms: int, step_ms: int) -> int:
    return (ms + step_ms // 2) // step_ms * step_ms


def _union(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of time that overlap, made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
