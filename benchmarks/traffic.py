"""The benchmark's traffic: a busy floor as JSON Lines, the same bytes on every machine.

5,000 agents log in during the first minute; then contacts come to 500 queues, a few of them large and most of them
small (Zipf), fast enough for about 90 events a second. A contact makes seven: offered, alerting, answered, talking,
ended, wrap-up, available; one in sixteen is abandoned instead. Each queue has agents of its own in proportion to its
traffic.
"""

from __future__ import annotations

import heapq
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate
from operator import itemgetter

from simulators.chance import Chance

QUEUES = 500
AGENTS = 5_000
DAY = "2026-03-03"
_START_MS = 9 * 3_600_000  # of that day, UTC
_LOG_IN_MS = 60_000
_GAP_MS = 75.0  # mean time between contacts: 13.3 a second of nearly seven events

Fact = tuple[int, str]
"""Milliseconds of the day, and the JSON attributes that follow `time`."""


def bench_lines(seed: int, events: int = 200_000) -> list[bytes]:
    """`events` lines in order of time, each ending in a newline; ids, RFC 3339 times with milliseconds, one source."""
    facts = sorted(_facts(Chance.of(seed, "benchmark"), events), key=itemgetter(0))[:events]
    return [
        f'{{"id":"b{n:07d}","source":"switch","time":"{_stamp(ms)}",{rest}}}\n'.encode()
        for n, (ms, rest) in enumerate(facts)
    ]


def _facts(chance: Chance, events: int) -> Iterator[Fact]:
    """Rather more facts than asked for, so that those kept end in the thick of it; not in order."""
    weights = [1 / rank for rank in range(1, QUEUES + 1)]
    reach = list(accumulate(weights))
    pools: list[list[tuple[int, str]]] = []
    seats = [round(AGENTS * mark / reach[-1]) for mark in reach]
    for queue, (first, last) in enumerate(zip([0, *seats], seats, strict=False)):
        # A queue too small for an agent of its own shares the neighbour's; the pool is a heap of (free from, agent).
        pool = [(_START_MS + chance.between(0, _LOG_IN_MS), f"A{seat:04d}") for seat in range(first, last)]
        for logged_in_ms, agent in pool:
            yield logged_in_ms, f'"type":"agent.joined","agent":"{agent}","queue":"q{queue:03d}"'
            yield logged_in_ms, f'"type":"agent.state","agent":"{agent}","state":"available"'
        heapq.heapify(pool)
        pools.append(pool or pools[-1])

    contacts = events // 6
    arrival_ms = float(_START_MS + _LOG_IN_MS)
    for contact in range(contacts):
        arrival_ms += chance.exponential(_GAP_MS)
        queue = min(bisect(reach, chance.uniform() * reach[-1]), QUEUES - 1)
        yield from _contact(chance, int(arrival_ms), f"c{contact:06d}", f"q{queue:03d}", pools[queue])


def _contact(chance: Chance, offered_ms: int, contact: str, queue: str, pool: list[tuple[int, str]]) -> Iterator[Fact]:
    visit = f'"contact":"{contact}","queue":"{queue}"'
    yield offered_ms, f'"type":"contact.offered",{visit}'
    free_ms, agent = pool[0]
    alerting_ms = max(offered_ms + chance.between(100, 400), free_ms + chance.between(100, 400))
    if chance.happens(0.05) or alerting_ms - offered_ms > 180_000:
        yield offered_ms + chance.between(2_000, 180_000), f'"type":"contact.abandoned",{visit}'
        return
    answered_ms = alerting_ms + chance.between(1_000, 6_000)
    ended_ms = answered_ms + int(chance.lognormal(200_000, 0.6)) + 1_000
    available_ms = ended_ms + int(chance.lognormal(20_000, 0.6)) + 1_000
    heapq.heapreplace(pool, (available_ms, agent))
    yield alerting_ms, _state(agent, "alerting")
    yield answered_ms, f'"type":"contact.answered",{visit},"agent":"{agent}"'
    yield answered_ms, _state(agent, "talking")
    yield ended_ms, f'"type":"contact.ended",{visit},"agent":"{agent}"'
    yield ended_ms, _state(agent, "wrap_up")
    yield available_ms, _state(agent, "available")


def _state(agent: str, state: str) -> str:
    return f'"type":"agent.state","agent":"{agent}","state":"{state}"'


def _stamp(ms: int) -> str:
    seconds, ms = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{DAY}T{hours:02d}:{minutes:02d}:{seconds:02d}.{ms:03d}Z"
