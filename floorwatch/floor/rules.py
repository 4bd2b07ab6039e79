"""Rules: which figure is looked at, when an alert of it fires, when it clears, and whom it concerns. Plain values.

`floorwatch.config.rules` (YAML) is where people type them; what a figure is and how it is read stands in
`alerts.figures`. The built-in rules are those of `terms.md`, "Default rules": they hold when nothing is configured.
Durations in milliseconds, ratios 0 to 1.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, Protocol

from floorwatch.floor.hours import Hours

Severity = Literal["warning", "critical", "emergency"]
RANKS: tuple[Severity, ...] = ("warning", "critical", "emergency")

Scope = Literal["queue", "team", "floor", "source", "output", "daemon"]
"""What the alerts of a rule are about; it is the name of their label."""


def any_fits(name: str, patterns: Collection[str]) -> bool:
    """Whether a name is among these names and globs; none of them: every name is."""
    return not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


Compare = Literal["below", "above", "at_least", "at_most"]


class Aims(Protocol):
    """What a queue has of its own: a target, and a threshold T."""

    @property
    def target(self) -> float:
        """A ratio."""

    @property
    def threshold_ms(self) -> int:
        """T."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A `number`, or one that each queue has of its own: max(`least`, `factor` x its target or T + `number`)."""

    number: float = 0.0
    of: Literal["", "target", "threshold"] = ""
    factor: float = 1.0
    least: float = float("-inf")

    def value(self, policy: Aims) -> float:
        """For a queue of this policy, as the decimal that people mean: 0.8 - 0.2 is 0.6 on every machine."""
        if not self.of:
            return self.number
        own = policy.target if self.of == "target" else policy.threshold_ms
        return round(max(self.least, self.factor * own + self.number), 9)


@dataclass(frozen=True, slots=True)
class Level:
    """From this limit on the alert has this severity."""

    severity: Severity
    limit: Limit


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of one figure. A rule holds when all of its conditions do."""

    figure: str
    """A name in `alerts.figures.FIGURES`."""
    compare: Compare
    levels: tuple[Level, ...]
    """Of rising severity; the first is where the rule begins to hold."""
    clear: Limit | None = None
    """Cleared from here on (a figure that must not be low), or under it (one that must not be high). None: as soon as
    the first level no longer holds."""
    window: str = ""
    """`5m`, `15m`, `30m`, `60m`, `interval` or `day`; empty for a figure of this instant."""
    min_sample: int | None = None
    """Of a ratio: under so many there is no verdict. None: the floor's `min_sample`."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Whom a rule concerns: all of what is given must fit; what is not given fits everybody. Names may be globs."""

    names: tuple[str, ...] = ()
    """Of queues, teams, sources or outputs, as the rule's scope says."""
    channels: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    """Of queues."""

    def fits(self, name: str, channel: str = "", labels: tuple[tuple[str, str], ...] = ()) -> bool:
        """Whether a subject of this name is meant."""
        if not any_fits(name, self.names):
            return False
        if self.channels and channel not in self.channels:
            return False
        return all(any(key == k and fnmatchcase(v, value) for k, v in labels) for key, value in self.labels)


EVERYBODY = Selector()


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. Its first condition gives the alert its value and its severity."""

    name: str
    scope: Scope
    conditions: tuple[Condition, ...]
    hold_ms: int = 0
    """How long it must hold before the alert fires (`for`)."""
    keep_ms: int = 0
    """How long it must be cleared before a firing alert is resolved (`keep_firing_for`)."""
    selector: Selector = EVERYBODY
    hours: Hours | None = None
    """When it is looked at, in the site's time; None: always."""
    immediate: bool = False
    """Read when an event has touched its figure, and not only on ticks. Without a hold."""
    every_s: int = 1
    """Read on every so many-th tick."""
    mutes: tuple[str, ...] = ()
    """Rules whose alerts about the same queue nobody is told of while an alert of this one fires; of a source: about
    the queues it tells of. Names may be globs."""
    labels: tuple[tuple[str, str], ...] = ()
    playbook: tuple[str, ...] = ()
    """What to do: keys of the catalogue, in order; see `alerts.advice`. Empty: as its figure suggests."""
    advice: tuple[tuple[str, str], ...] = ()
    """The site's own advice, by language, with the names of facts in braces; said first."""

    @property
    def figure(self) -> str:
        """What its alerts' value is."""
        return self.conditions[0].figure


def _one(figure: str, compare: Compare, *levels: Level, clear: Limit | None = None, window: str = "") -> Condition:
    return Condition(figure, compare, levels, clear, window)


TARGET = Limit(of="target")

SERVICE_LEVEL_LOW = Rule(
    "service_level_low",
    "queue",
    (
        _one(
            "service_level",
            "below",
            Level("warning", TARGET),
            # "from 20 points under": a level of exactly target - 20 points is critical
            Level("critical", Limit(-0.20, "target")),
            clear=Limit(0.02, "target"),
            window="15m",
        ),
    ),
    hold_ms=60_000,
    keep_ms=120_000,
)
LONGEST_WAIT_HIGH = Rule(
    "longest_wait_high",
    "queue",
    (
        _one(
            "longest_wait",
            "above",
            Level("warning", Limit(of="threshold", factor=3.0, least=60_000)),
            clear=Limit(of="threshold"),
        ),
    ),
    hold_ms=30_000,
)
PROJECTION_MISS = Rule(
    "projection_miss",
    "queue",
    (_one("best_possible", "below", Level("emergency", TARGET), clear=Limit(0.02, "target")),),
)
NO_AGENTS = Rule(
    "no_agents",
    "queue",
    (
        _one("waiting", "at_least", Level("emergency", Limit(1))),
        _one("present", "at_most", Level("emergency", Limit(0))),
    ),
    hold_ms=15_000,
    mutes=("service_level_low", "longest_wait_high"),
)
FEED_DOWN = Rule(
    "feed_down", "source", (_one("outage", "above", Level("warning", Limit(0))),), 15_000, 60_000, mutes=("*",)
)
CLOCK_OFFSET = Rule(
    "clock_offset", "source", (_one("clock_offset", "above", Level("warning", Limit(2_000))),), keep_ms=60_000
)
OUTPUT_FAILING = Rule(
    "output_failing", "output", (_one("failing", "above", Level("warning", Limit(0))),), hold_ms=30_000
)
PAGE_REFUSED = Rule(
    "page_refused", "output", (_one("pages_refused", "above", Level("warning", Limit(0))),), keep_ms=900_000
)
DAEMON_TROUBLE = Rule(
    "daemon_trouble", "daemon", (_one("trouble", "above", Level("critical", Limit(0))),), hold_ms=5_000, keep_ms=30_000
)

DEFAULT_RULES = (
    SERVICE_LEVEL_LOW,
    LONGEST_WAIT_HIGH,
    PROJECTION_MISS,
    NO_AGENTS,
    FEED_DOWN,
    CLOCK_OFFSET,
    OUTPUT_FAILING,
    PAGE_REFUSED,
    DAEMON_TROUBLE,
)
