"""Real recordings beside the checkout, what is true of them, and a small fold of events: nothing of the engine."""

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
    """Events of one source, in the order of delivery; open pauses are closed at `until_ms`, else at the last event."""
    folding, at = _Folding(), 0
    for _, event in deliveries:
        at = int(event.time)  # type: ignore[arg-type]
        folding.contact(event, at)
        folding.agent(event, at)
        if isinstance(event, e.SourceGap):
            folding.day.gaps.append((int(event.since), at))  # type: ignore[arg-type]
        elif isinstance(event, e.FloorReported):
            folding.day.reports.append(event)
    for agent, queue in list(folding.paused):
        folding.resume(agent, queue, until_ms or at)
    return folding.day


class _Folding:
    def __init__(self) -> None:
        self.day = Day()
        self.latest: dict[tuple[str, str], Stay] = {}
        self.paused: dict[tuple[str, str], tuple[int, str]] = {}

    def contact(self, event: e.Event, at: int) -> None:
        match event:
            case e.ContactOffered():
                stay = self.latest[event.contact, event.queue] = Stay(event.contact, event.queue, at)
                self.day.stays.append(stay)
            case e.ContactAnswered():
                self.leave(event, at, "answered").agent = event.agent
            case e.ContactAbandoned():
                self.leave(event, at, "abandoned")
            case e.ContactExited():
                self.leave(event, at, event.reason)
            case e.ContactEnded() | e.ContactTransferred():
                found = self.latest.get((event.contact, event.queue))
                if found is None or found.how != "answered" or found.agent != event.agent:
                    self.day.strays.append(event)
                else:
                    found.ended, found.transferred = at, isinstance(event, e.ContactTransferred)
            case e.ContactDeclined():
                self.day.declined[event.queue, event.agent] += 1
            case e.ContactRefused():
                self.day.refused[event.queue, event.reason] += 1

    def leave(self, event: e.ContactAnswered | e.ContactAbandoned | e.ContactExited, at: int, how: str) -> Stay:
        key = event.contact, event.queue
        stay = self.latest.setdefault(key, Stay(*key, None))
        stay.left, stay.how = at, how
        if stay.entered is None:
            self.day.strays.append(event)
        return stay

    def agent(self, event: e.Event, at: int) -> None:
        match event:
            case e.AgentStateChanged(queue=str(queue)):
                self.resume(event.agent, queue, at)
                if event.state == "paused":
                    self.pause(event.agent, queue, event.reason or "", at)
            case e.AgentStateChanged(state="available" | "offline"):
                for agent, queue in list(self.paused):
                    if agent == event.agent:
                        self.resume(agent, queue, at)
            case e.AgentLeft():
                self.resume(event.agent, event.queue, at)

    def pause(self, agent: str, queue: str, why: str, at: int) -> None:
        spans = self.day.pauses[agent, queue, why]
        goes_on = bool(spans) and spans[-1][1] == at  # told again, in the same instant
        self.paused[agent, queue] = (spans.pop()[0] if goes_on else at, why)

    def resume(self, agent: str, queue: str, at: int) -> None:
        since, why = self.paused.pop((agent, queue), (at, ""))
        if at > since:
            self.day.pauses[agent, queue, why].append((since, at))
