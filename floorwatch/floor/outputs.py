"""What the core knows of an output: whom it tells what, and how often. Where it is and how it is reached stays outside.

Durations in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from floorwatch.floor.hours import Hours
from floorwatch.floor.rules import EVERYBODY, Scope, Selector, Severity

Audience = Literal["public", "lead"]
"""public: counts only, for a wall or a group; lead: also who, for somebody who may know."""
PUBLIC_SCOPES: frozenset[Scope] = frozenset(("queue", "source", "output", "daemon"))
"""What alerts in public are about. One about a team may speak of a few people, and stays inside, as one about the whole
floor does, whose figures are made of people too."""


@dataclass(frozen=True, slots=True)
class OutputPolicy:
    """One output.

    `is_state`: it shows what is (a lamp), is set again and again, and is never told of what was. Any other is told of
    each change once (a message), by the log of what it was last told.
    """

    name: str
    is_state: bool = False
    audience: Audience = "public"
    severity_min: Severity = "warning"
    rules: tuple[str, ...] = ()
    """Names or globs; empty: all."""
    selector: Selector = EVERYBODY
    """Which queues, and the sources that tell of them. One that chooses none is told of everything else, too."""
    group_by: tuple[str, ...] = ()
    """Alerts that agree in these labels (`rule`, `queue`, `severity`, …) share a message; empty: all of them do."""
    group_wait_ms: int = 1_000
    """How long the first message of a group waits for company; an emergency and an immediate rule wait for nobody."""
    group_interval_ms: int = 30_000
    """How long the next message of the group waits after the last; what is new and an emergency, or worse than
    before, waits for nobody."""
    remind_ms: int = 900_000
    """When it is told again of what nobody has acknowledged; each time after twice as long, an emergency after as long
    as the first time. 0: never."""
    quiet: Hours | None = None
    """When it is told of emergencies only."""
    storm_max: int = 20
    """Messages in a minute; what is more waits, and is told together. New emergencies have a share of their own, and
    past it are told together every 60 s / `storm_max`."""
    flaps_max: int = 4
    """An alert about the same subject that has fired so often within `FLAPPING_MS` is told once more as flapping, and
    then not before it has been as it is for `CALM_MS`, or is worse than before; 0: it is told every time."""
    only_oncall: bool = False
    """It is told of nothing as such: it carries what people on call are told, and shift reports."""
    alerts_max: int = 50
    """Alerts in one message."""
    pages_max: int = 50
    """The same of what one person on call is told, which may hold a link for each."""


FLAPPING_MS = 30 * 60_000
CALM_MS = 10 * 60_000
