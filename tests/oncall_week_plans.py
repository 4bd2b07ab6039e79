"""Rotas and escalations that nobody has thought of, made by lot for the people and the rules of `oncall_week`."""

from __future__ import annotations

from random import Random
from typing import Any

ZONES = ("Europe/Warsaw", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe")
CHOICES: tuple[dict[str, Any], ...] = (
    *({}, {}, {"queues": ["sal*"]}, {"labels": {"city": "krak*"}}),
    *({"channels": ["email"]}, {"labels": {"product": "loans"}}),
)


def planned(random: Random, plan: dict[str, Any]) -> dict[str, Any]:
    """The same configuration with other rotas, under the same names, and other escalations."""
    people, rotas = list(plan["people"]), list(plan["rotas"])
    escalations = {f"e{n}": _escalation(random, people, rotas) for n in range(random.randint(2, 6))}
    return plan | {"rotas": {name: _rota(random, people) for name in rotas}, "escalations": escalations}


def _time(random: Random) -> str:
    return f"{random.randrange(24):02d}:{random.choice([0, 7, 15, 30, 45]):02d}"


def _layer(random: Random, people: list[str]) -> dict[str, Any]:
    entries = [random.sample(people, random.choice([1, 1, 2])) for _ in range(random.randint(1, 4))]
    layer: dict[str, Any] = {"people": entries}
    if random.random() < 0.6:
        layer |= {"from": f"2026-10-{random.randint(1, 26):02d}", "handover": _time(random)}
        if random.random() < 0.8:
            layer["rotate"] = random.choice(["daily", "weekly", "2 days", "3 days"])
    since, until = _time(random), _time(random)
    if random.random() < 0.6 and since != until:
        layer["hours"] = {random.choice(["daily", "mon-fri", "sat-sun", "wed", "fri-mon"]): f"{since}-{until}"}
    return layer


def _rota(random: Random, people: list[str]) -> dict[str, Any]:
    rota: dict[str, Any] = {"layers": [_layer(random, people) for _ in range(random.randint(1, 3))]}
    rota["timezone"] = random.choice(ZONES)
    if random.random() < 0.4:
        rota["holidays"] = {"dates": [f"2026-10-{random.randint(22, 28)}"], "people": random.sample(people, 1)}
    days = [random.randint(22, 27) for _ in range(random.randint(0, 2))]
    rota["overrides"] = [
        {
            "person": random.choice(people),
            "since": f"2026-10-{day}T{_time(random)}",
            "until": f"2026-10-{day + 1}T{_time(random)}",
        }
        for day in days
    ]
    return rota


def _step(random: Random, people: list[str], rotas: list[str]) -> dict[str, Any]:
    return {
        "tell": [
            f"rota {random.choice(rotas)}" if random.random() < 0.75 else f"person {random.choice(people)}"
            for _ in range(random.randint(1, 3))
        ],
        "times": str(random.choice([1, 1, 2, 4])),
        "every": random.choice(["37s", "1m", "90s", "3m", "11m"]),
    }


def _escalation(random: Random, people: list[str], rotas: list[str]) -> dict[str, Any]:
    return {
        "severity": random.choice(["warning", "critical", "critical", "emergency"]),
        "rules": random.choice([["*"], ["north"], ["south", "east"], ["s*"], ["waits"], ["feed", "waits"]]),
        "steps": [_step(random, people, rotas) for _ in range(random.randint(1, 4))],
        "rounds": str(random.randint(0, 4)),
        "unresolved": random.choice(["0s", "45s", "5m", "20m"]),
        **random.choice(CHOICES),
    }
