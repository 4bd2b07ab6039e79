"""What a rule can look at: every figure by name, what it is about, in which unit, over which windows.

What each figure *is* stands in the catalogue; how it is read, in `alerts.gauges`, under the same name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from floorwatch.floor.rules import Scope
from floorwatch.metrics.window import SPANS

Unit = Literal["ratio", "ms", "count"]

ROLLING = tuple(SPANS)
WINDOWS = (*ROLLING, "interval", "day")
"""`interval` and `day`: what there is of them so far."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, as rules know it."""

    scopes: tuple[Scope, ...]
    unit: Unit
    windows: tuple[str, ...] = ()
    """Empty: of this instant, or of the queue's own period."""
    has_sample: bool = False
    """A ratio with its n: under the minimum sample there is no verdict."""
    every_s: int = 1
    """How often it is worth reading, at most."""
    is_foreseen: bool = False
    """Of contacts to come: where none have come for a while, there is nothing to foresee."""
    is_immediate: bool = False
    """Whether an event can change it, and be answered at once."""


_QUEUE: tuple[Scope, ...] = ("queue",)
_PEOPLE: tuple[Scope, ...] = ("team", "floor")

FIGURES: dict[str, Figure] = {
    # a queue's contacts
    "service_level": Figure(_QUEUE, "ratio", WINDOWS, has_sample=True, is_immediate=True),
    "abandon_ratio": Figure(_QUEUE, "ratio", WINDOWS, has_sample=True, is_immediate=True),
    "asa": Figure(_QUEUE, "ms", WINDOWS, has_sample=True, is_immediate=True),
    "offered": Figure(_QUEUE, "count", WINDOWS, is_immediate=True),
    "longest_wait": Figure(_QUEUE, "ms"),
    "waiting": Figure(_QUEUE, "count", is_immediate=True),
    "waiting_past_threshold": Figure(_QUEUE, "count", is_immediate=True),
    # a queue's agents
    "present": Figure(_QUEUE, "count"),
    "occupancy": Figure(_QUEUE, "ratio", ROLLING, every_s=15),
    "lost_agents": Figure(_QUEUE, "count", every_s=15),
    # where a queue's period ends
    "best_possible": Figure(_QUEUE, "ratio", has_sample=True),
    "projection": Figure(_QUEUE, "ratio", every_s=5, is_foreseen=True),
    "projection_low": Figure(_QUEUE, "ratio", every_s=5, is_foreseen=True),
    "projection_high": Figure(_QUEUE, "ratio", every_s=5, is_foreseen=True),
    "miss_chance": Figure(_QUEUE, "ratio", every_s=5, is_foreseen=True),
    "no_return": Figure(_QUEUE, "ms", is_foreseen=True),
    "agents_short": Figure(_QUEUE, "count", is_foreseen=True),
    # people and their schedule
    "adherence": Figure(_PEOPLE, "ratio", every_s=15),
    "exceptions": Figure(_PEOPLE, "count", every_s=15),
    # what we hear, and what we say
    "outage": Figure(("source",), "ms"),
    "clock_offset": Figure(("source",), "ms"),
    "delay": Figure(("source",), "ms"),
    "failing": Figure(("output",), "ms"),
    "pages_refused": Figure(("output",), "count"),
    "trouble": Figure(("daemon",), "ms"),
}
