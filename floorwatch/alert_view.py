"""AlertView: one alert as readers share it, a part of `FloorView`; and its story.

Instants are integer milliseconds since the epoch. Who has it in hand, what people wrote, and the lead's advice name
people: what a public screen may know of an alert is written out in `serve.public`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from floorwatch.floor.rules import Scope, Severity

Text = dict[str, str]
"""Language code ("en", "zh") to the sentence."""


class MutedView(msgspec.Struct, frozen=True, kw_only=True):
    """Why nobody is told of an alert, which lives on all the same."""

    by: Literal["snooze", "silence", "rule"]
    what: str
    """Who snoozed it; the silence; the alert that mutes it."""
    until: int | None
    """None: as long as that alert fires."""


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """One alert."""

    id: str
    rule: str
    scope: Scope
    labels: dict[str, str]
    """What it is about, under its scope: {"queue": name}; and the labels of its rule."""
    severity: Severity
    state: Literal["pending", "firing", "acknowledged", "resolved"]
    pending_at: int
    fired_at: int | None
    resolved_at: int | None
    value: float | None
    """In the unit of the rule's figure: a ratio, milliseconds, or a count."""
    threshold: float
    message: Text
    """What broke."""
    n: int | None = None
    """Decided visits behind `value`; None where it is no ratio."""
    raised_at: int | None = None
    """When it last got worse."""
    until: int | None = None
    """When the period it is about ends; None where it is about none."""
    acknowledged_at: int | None = None
    """Since when somebody has it in hand."""
    acknowledged_by: str = ""
    """Who: personal data, never on a public screen."""
    note: str = ""
    """What they wrote: never on a public screen."""
    snoozed_until: int | None = None
    snoozed_by: str = ""
    muted: MutedView | None = None
    advice: Text = {}
    """What to do, counts only."""
    lead_advice: Text = {}
    """The same with individuals: never on a public screen."""


class LevelThen(msgspec.Struct, frozen=True, kw_only=True):
    """Service level of the queue over the 15 minutes before `at`. None: nothing was decided, or it was unknown."""

    at: int
    level: float | None
    n: int


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody took the alert in hand. `who` and `note` are personal data, never on a public screen."""

    at: int
    who: str
    note: str


class Snoozed(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody put the alert off. `who` is personal data, never on a public screen."""

    at: int
    until: int
    who: str


class Story(msgspec.Struct, kw_only=True):
    """What became of one alert since it fired."""

    severity_at_fire: str
    message: Text
    """What broke, as it was when the alert fired."""
    reason: str = ""
    """Why it was resolved; empty while it lives."""
    advice: Text = {}
    """What was to be done then, counts only; empty where that is not known any more."""
    lead_advice: Text = {}
    """The same with individuals: never on a public screen."""
    taken: list[Taken] = []
    """Every time it was, the first one first."""
    snoozed: list[Snoozed] = []
    target: float | None = None
    """Of the queue; None where the alert is about none."""
    levels: dict[str, LevelThen] = {}
    """How the queue fared when it `fired`, was `acknowledged` first, was `resolved`, and 15 minutes `later`."""
