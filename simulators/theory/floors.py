"""The floor of a case: its profile, how it begins, and how long it is watched.

A floor begins with as many contacts as the birth-death chain of the case has in equilibrium (exact for M/M/n and
M/M/n+M, since neither talk nor patience remembers how long it has lasted; near it for M/M/n+G). What comes in the
warm-up is not counted: 5 relaxation times, or a fifth of what is watched where that is less.

Where the queue cannot forget its beginning in a bearable run (it is watched for less than 10 relaxation times), a
replication is several short floors, whose beginnings are drawn from as many equal parts of the law: the mean is the
same, its spread much smaller, and replications remain independent of each other.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from floorwatch.metrics.staffing.equilibrium import Load
from floorwatch.metrics.staffing.erlang_a import shares_present
from simulators.chance import Chance
from simulators.profile.model import FloorProfile
from simulators.theory.cases import Case

MANY_CONTACTS = 12
"""A replication grows to so many times the usual number of contacts where the events of interest are rare."""
LONG_CONTACTS = 4
"""And to so many where the queue is slow to forget."""
EVENTS = 100
"""Waits, and abandons, that are wanted in all replications together."""
FORGETS = 10
"""Relaxation times after which a queue has forgotten where it began."""
PARTS = 8
"""Floors of a replication where it cannot."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a case is run: so many floors per replication, each watched for [warm_up_ms, until_ms) after it begins."""

    floors: int
    warm_up_ms: int
    until_ms: int
    contacts: float
    """Expected per replication, in what is watched."""


def plan_of(case: Case, contacts: int, replications: int) -> Plan:
    """How the case is run, `contacts` being the usual number watched in a replication."""
    wanted = float(contacts)
    rare = [share for column in ("p_wait", "p_abandon") if (share := case.exact.get(column, 0.0)) > 0]
    if rare:
        wanted = max(wanted, min(EVENTS / (min(rare) * replications), MANY_CONTACTS * contacts))
    forgotten = FORGETS * case.relaxation_s * case.arrival_rate
    wanted = max(wanted, min(forgotten, LONG_CONTACTS * contacts))
    floors = 1 if wanted >= forgotten else PARTS
    watched_s = wanted / case.arrival_rate / floors
    warm_up_ms = ceil(1000 * min(5 * case.relaxation_s, watched_s / 5))
    return Plan(floors, warm_up_ms, warm_up_ms + ceil(1000 * watched_s), wanted)


def profile_of(case: Case, backlog: int) -> FloorProfile:
    """The case as a profile: one queue, a flat day, agents who never leave and answer at once."""
    never = ("log_in_early", "late_ratio", "over_ratio", "leave_late", "decline_ratio", "ring", "speed_cv")
    queue = {
        "contacts": case.arrival_rate * 86_400,
        "backlog": backlog,
        "shape": [[0, 1], [24, 1]],
        "handling": {"law": "exponential", "mean": case.handling_s},
        "patience": case.patience,
        "room": 10**9,
        "open_when_empty": True,
    }
    return FloorProfile.model_validate(
        {
            "name": "theory",
            "site": {"timezone": "UTC"},
            "day_cv": 0,
            "overdispersion": 0,
            "switch_delay_ms": [1, 1],
            "habits": dict.fromkeys(never, 0),
            "shifts": {"always": {"spans": ["00:00-30:00"]}},  # the next day's prolongs it
            "queues": {"queue": queue},
            "teams": {"team": {"agents": case.agents, "queues": ["queue"], "shifts": ["always"]}},
        }
    )


class Beginning:
    """The number of contacts in equilibrium, talking and waiting: a birth-death chain's law."""

    def __init__(self, case: Case) -> None:
        load = Load(case.arrival_rate, 1.0, case.handling_s)
        self._lowest, shares = shares_present(load, case.agents, case.abandon_rate)
        self._cumulated = list(accumulate(shares))

    def draw(self, chance: Chance, part: int, parts: int) -> int:
        """A number out of the `part`-th of so many equally likely parts of the law, counted from 0."""
        level = (part + chance.uniform()) / parts * self._cumulated[-1]
        return self._lowest + min(bisect_right(self._cumulated, level), len(self._cumulated) - 1)
