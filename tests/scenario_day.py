"""The scenario day: the stories of `scenarios/october_change.yaml` among a night of ordinary, seeded traffic."""

from __future__ import annotations

import json
import random
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.rule_tests.day import Day, Fact

STORIES = Path(__file__).parent / "scenarios" / "october_change.yaml"
BERLIN = ZoneInfo("Europe/Berlin")
DAY = Day(date(2026, 10, 25), BERLIN)

SETTINGS = Settings(
    site="night",
    timezone="Europe/Berlin",
    queues={
        "sales": QueuePolicy(),
        "service": QueuePolicy(formula="abandons_missed", exits_count=True),
        "tech": QueuePolicy(
            threshold_ms=30_000, short_abandon_ms=10_000, formula="abandons_ignored", wrap_up_ms=15_000
        ),
        "chat": QueuePolicy(channel="chat", threshold_ms=60_000, short_abandon_ms=10_000, formula="abandons_met"),
        "vip": QueuePolicy(threshold_ms=10_000, short_abandon_ms=2_000, formula="short_abandons_met", exits_count=True),
        "mail": QueuePolicy(
            channel="email", threshold_ms=300_000, short_abandon_ms=30_000, formula="answered_only", wrap_up_ms=5_000
        ),
    },
    agents={
        "A1": AgentProfile(team="night", queues=("sales", "service")),
        "A7": AgentProfile(team="night", queues=("sales", "vip")),
        "A8": AgentProfile(team="night"),
        **{f"B{n}": AgentProfile(team="day", queues=("sales", "service", "tech")) for n in range(1, 9)},
    },
)
ODD_GRID = {"day_start_ms": 22_800_000, "interval_ms": 1_800_000}
"""A business day from 06:20, in half hours that start at twenty and at ten to."""


def at(clock: str) -> int:
    """Milliseconds since the epoch of a wall-clock time of the night; 02:30A is the first 02:30, 02:30B the second."""
    return DAY.at(clock)


def rfc3339(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, BERLIN).isoformat(timespec="milliseconds")


def read(line: str | Fact) -> Fact:
    """A fact as the stories write it, in the form of the event contract."""
    return DAY.fact(line, "pbx")


def told() -> list[Fact]:
    """The facts of all stories, each with its id."""
    stories = yaml.safe_load(STORIES.read_text())["stories"]
    facts = [(n, read(line)) for n, story in enumerate(stories) for line in story["facts"]]
    return [{"id": f"{n:02d}-{place:03d}", **fact} for place, (n, fact) in enumerate(facts)]


def ordinary(seed: int = 25) -> list[Fact]:
    """A night of ordinary traffic on a third switch: calls come, wait, and are answered, abandoned or sent away."""
    rng = random.Random(seed)
    facts: list[Fact] = []

    def fact(ms: int, kind: str, **rest: Any) -> None:
        facts.append({"id": f"n{len(facts):05d}", "time": ms, "source": "acd", "type": kind, **rest})

    free = {f"B{n}": at("01:00:00") + n * 700 for n in range(1, 9)}
    for agent, since in free.items():
        fact(since, "agent.state", agent=agent, state="available")
    now = at("01:01:00")
    while now < at("03:58:00"):
        now += rng.randrange(1_000, 40_000)
        contact, queue = f"n-{now}", rng.choice(["sales", "sales", "service", "tech", "vip", "mail"])
        fact(now, "contact.offered", contact=contact, queue=queue)
        agent = min(free, key=lambda name: (free[name], name))
        answer = max(now + rng.randrange(0, 3_000), free[agent])
        patience = now + round(rng.expovariate(1 / 90_000))
        if patience < answer:
            kind = "contact.exited" if rng.random() < 0.3 else "contact.abandoned"
            fact(patience, kind, contact=contact, queue=queue, **({"reason": "key"} if "exited" in kind else {}))
            continue
        fact(answer - min(500, answer - now), "contact.alerting", contact=contact, queue=queue, agent=agent)
        fact(answer, "contact.answered", contact=contact, queue=queue, agent=agent)
        end = answer + round(rng.expovariate(1 / 120_000))
        fact(end, "contact.ended", contact=contact, queue=queue, agent=agent)
        free[agent] = end + 1
        if rng.random() < 0.15:
            fact(end, "agent.state", agent=agent, state="paused", reason=rng.choice(["break", "lunch"]))
            free[agent] = end + rng.randrange(10_000, 400_000)
            fact(free[agent], "agent.state", agent=agent, state="available")
    return [one for one in facts if one["time"] <= at("04:00:00")]


def day() -> list[Fact]:
    """Everything of the night in order of time, as a recorder without delay would have written it."""
    return sorted(told() + ordinary(), key=lambda fact: (fact["time"], fact.get("seq", 0)))


def delivered(facts: list[Fact], rng: random.Random, lateness_ms: int) -> list[Fact]:
    """The same facts as a poor line brings them: late by up to the horizon, out of order, some of them twice."""
    arrivals = []
    for fact in facts:
        for _ in range(2 if rng.random() < 0.05 else 1):
            late_ms = rng.choice([0, rng.randrange(1_000), rng.randrange(lateness_ms)])
            arrivals.append((fact["time"] + late_ms, rng.random(), fact))
    arrivals.sort(key=lambda arrival: arrival[:2])
    return [{**fact, "received": received} for received, _, fact in arrivals]


def written(facts: list[Fact], path: Path) -> Path:
    """The facts as a JSON Lines file; every third time is written as RFC 3339."""
    lines = [{**f, "time": rfc3339(f["time"])} if n % 3 == 0 else f for n, f in enumerate(facts)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path
