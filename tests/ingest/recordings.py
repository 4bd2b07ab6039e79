"""Real recordings beside the checkout, what is true of them, and a small fold of events that shares nothing with the engine."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from floorwatch.floor import events as e
from floorwatch.ingest.source import Delivery

FOLDER = (Path(__file__).parents[2] / "../shared/recordings").resolve()
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/*.truth.json"))


def part(name: str, ending: str) -> Path:
    """A file of a recording, plain or packed."""
    plain = FOLDER / name / f"{name}.{ending}"
    return plain if plain.exists() else plain.with_name(plain.name + ".gz")


def text(name: str, ending: str) -> str:
    raw = part(name, ending).read_bytes()
    return (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode()


def truth(name: str) -> dict[str, Any]:
    """What queue_log says of the recording, computed by those who made it."""
    found: dict[str, Any] = json.loads(text(name, "truth.json"))
    return found


def true_visits(name: str) -> list[dict[str, Any]]:
    """One line per queue entry."""
    return [json.loads(line) for line in text(name, "truth_calls.jsonl").splitlines()]


def interfaces(name: str) -> dict[str, str]:
    """Device to agent, as a configuration would say."""
    return {agent["interface"]: who for who, agent in truth(name)["agents"].items()}


@dataclass
class Stay:
    """One visit, folded from events."""

    contact: str
    queue: str
    entered: int | None
    left: int | None = None
    how: str = ""
    agent: str = ""
    ended: int | None = None
    transferred: bool = False

    @property
    def wait_ms(self) -> int | None:
        return None if self.entered is None or self.left is None else self.left - self.entered

    @property
    def talk_ms(self) -> int | None:
        return None if self.left is None or self.ended is None else self.ended - self.left


@dataclass
class Day:
    """What a list of events comes to."""

    stays: list[Stay] = field(default_factory=list)
    declined: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(queue, agent)."""
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    pauses: dict[tuple[str, str, str], list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    """(agent, queue, reason) to [from, to)."""
    strays: list[e.Event] = field(default_factory=list)
    """Facts about no visit that was seen to begin."""
    gaps: list[tuple[int, int]] = field(default_factory=list)
    reports: list[e.FloorReported] = field(default_factory=list)

    def of(self, queue: str, how: str) -> list[Stay]:
        return [stay for stay in self.stays if stay.queue == queue and stay.how == how]

    def pause_seconds(self, agent: str, queue: str | None = None, reason: str | None = None) -> float:
        """The union of the agent's pauses that match."""
        spans = sorted(
            span
            for (who, where, why), found in self.pauses.items()
            if who == agent and queue in (None, where) and reason in (None, why)
            for span in found
        )
        total = until = 0
        for start, stop in spans:
            total += max(0, stop - max(start, until))
            until = max(until, stop)
        return total / 1000


def fold(deliveries: Iterable[Delivery], until_ms: int | None = None) -> Day:
    """Events of one source, in the order of delivery; open pauses are closed at `until_ms`."""
    day = Day()
    latest: dict[tuple[str, str], Stay] = {}
    paused: dict[tuple[str, str], tuple[int, str]] = {}

    def close(agent: str, queue: str, at: int) -> None:
        since, why = paused.pop((agent, queue), (at, ""))
        if at > since:
            day.pauses[agent, queue, why].append((since, at))

    for _, event in deliveries:
        at = int(event.time)  # type: ignore[arg-type]
        match event:
            case e.ContactOffered():
                latest[event.contact, event.queue] = stay = Stay(event.contact, event.queue, at)
                day.stays.append(stay)
            case e.ContactAnswered():
                stay = latest.setdefault((event.contact, event.queue), Stay(event.contact, event.queue, None))
                stay.left, stay.how, stay.agent = at, "answered", event.agent
                if stay.entered is None:
                    day.strays.append(event)
            case e.ContactAbandoned() | e.ContactExited():
                how = event.reason if isinstance(event, e.ContactExited) else "abandoned"
                stay = latest.setdefault((event.contact, event.queue), Stay(event.contact, event.queue, None))
                stay.left, stay.how = at, how
                if stay.entered is None:
                    day.strays.append(event)
            case e.ContactEnded() | e.ContactTransferred():
                found = latest.get((event.contact, event.queue))
                if found is None or found.how != "answered" or found.agent != event.agent:
                    day.strays.append(event)
                else:
                    found.ended, found.transferred = at, isinstance(event, e.ContactTransferred)
            case e.ContactDeclined():
                day.declined[event.queue, event.agent] += 1
            case e.ContactRefused():
                day.refused[event.queue, event.reason] += 1
            case e.AgentStateChanged(queue=str(queue)):
                close(event.agent, queue, at)
                if event.state == "paused":
                    paused[event.agent, queue] = (at, event.reason or "")
            case e.AgentStateChanged(state="available" | "offline"):
                for agent, queue in list(paused):
                    if agent == event.agent:
                        close(agent, queue, at)
            case e.AgentLeft():
                close(event.agent, event.queue, at)
            case e.SourceGap():
                day.gaps.append((int(event.since), at))  # type: ignore[arg-type]
            case e.FloorReported():
                day.reports.append(event)
    for agent, queue in list(paused):
        close(agent, queue, until_ms or at)
    return day
