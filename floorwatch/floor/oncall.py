"""What the core knows of who is on call: people and their channels, and the steps by which they are told. Plain values.

`floorwatch.config.oncall` (YAML) is where people type them. Their addresses stay there: where a channel leads is looked
up when a message leaves. Who is on call when is no part of this, either: a rota is read from outside and told to the
engine as a list of turns (`floor.internal.RotaLoaded`). Durations in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from floorwatch.floor.hours import Hours
from floorwatch.floor.rules import EVERYBODY, Selector, Severity


@dataclass(frozen=True, slots=True)
class PersonChannel:
    """One way to reach a person."""

    output: str
    """By which output."""
    severity_min: Severity = "warning"
    """It is not used for what is less urgent."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be on call. A name that stands for a group (a chat) is one, too."""

    name: str
    channels: tuple[PersonChannel, ...] = ()
    """In the order in which they are tried."""
    quiet: Hours | None = None
    """When they are told of emergencies only, on the clock of `timezone`."""
    timezone: str = "UTC"
    language: Literal["", "en", "zh"] = ""
    """Empty: as the output has it."""


@dataclass(frozen=True, slots=True)
class Whom:
    """Whom a step tells: a person, or whoever is on call in a rota at that moment."""

    kind: Literal["person", "rota"]
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation. The next one comes `times` x `every_ms` later; at once where nobody was on call."""

    tell: tuple[Whom, ...]
    times: int = 1
    every_ms: int = 300_000


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who is told of an alert that nobody has in hand. An alert has the first escalation that fits it."""

    name: str
    steps: tuple[Step, ...]
    severity_min: Severity = "critical"
    rules: tuple[str, ...] = ()
    """Names or globs; empty: all."""
    selector: Selector = EVERYBODY
    """Which queues, and the sources that tell of them. One that chooses none fits everything else, too."""
    rounds: int = 3
    """So often all steps are gone through; 0: until somebody has it."""
    unresolved_ms: int = 1_800_000
    """So long after it was taken in hand it begins anew, unless it is over or was taken in hand again; 0: never."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """Everybody, and every escalation, the first that fits first."""

    people: tuple[Person, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    rotas: tuple[str, ...] = ()
    """Names of the rotas there are."""
    shift_outputs: tuple[str, ...] = ()
    """Outputs that are sent the report of each turn of a rota at its hand-over."""
