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


class CalledView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was, or is to be, told of an alert as being on call. Personal data, never on a public screen."""

    at: int
    """When it was decided."""
    person: str
    kind: Literal["call", "taken", "over"]
    """That they must act; that somebody else has it; that it is over."""
    rota: str
    """Empty: they are named in person."""
    step: int
    round: int
    output: str = ""
    """By which they were told; while they were not, by which they are being told."""
    sent_at: int | None = None
    """None: not yet, or not any more, since it was overtaken."""
    refused: tuple[str, ...] = ()
    """Outputs that would not take it."""
    held_until: int | None = None
    """Not before then: they have their quiet hours."""


class EscalationView(msgspec.Struct, frozen=True, kw_only=True):
    """How far an alert has been carried, and what comes next. Steps and rounds count from 1."""

    name: str
    steps: int
    rounds: int
    """0: without end."""
    step: int = 0
    """The last one that was done; 0: none yet."""
    round: int = 1
    next_at: int | None = None
    """When the next is done, if nobody takes the alert in hand; None: nothing more comes."""
    next_step: int | None = None
    state: Literal["climbing", "taken", "muted", "exhausted", "over"] = "climbing"
    """`taken`: somebody has it, and `next_at` is when it begins anew if it is not resolved by then."""
    called: tuple[CalledView, ...] = ()
    """Never on a public screen."""


class EffectView(msgspec.Struct, frozen=True, kw_only=True):
    """What an action has brought by the end of a span after it. Levels are of contacts decided within the span."""

    due_at: int
    level: float | None = None
    n: int = 0
    projected: float | None = None
    """What was expected when the action was recorded, with those who were there by then."""
    effect: float | None = None
    """What the action has brought, a difference of ratios (0.09: nine points). None: not known, or not yet."""
    waiting: int | None = None
    waiting_projected: float | None = None
    why: str = ""
    """Why it is not known; empty while it is only not due."""
    low: float | None = None
    high: float | None = None
    """Eight times in ten the effect lies between: what is not known leaves that open."""
    waiting_without: float | None = None
    """Who would wait without the action, by what came meanwhile."""
    shared: bool = False
    """Something else was done about the queue at the same time: the effect is theirs together."""


class WorkedView(msgspec.Struct, frozen=True, kw_only=True):
    """What actions of a kind have brought in 15 minutes, as far as they were measured apart from others."""

    kind: str
    queue: str
    """Empty: in all queues together."""
    n: int
    effect: float
    """The mean, a difference of ratios; and its standard error."""
    error: float
    low: float
    high: float
    """Eight in ten of them lie between."""


class ActionView(msgspec.Struct, frozen=True, kw_only=True):
    """Something was done about an alert. `who` and `note` are personal data, never on a public screen."""

    id: str
    kind: str
    at: int
    who: str
    note: str = ""
    agents: int = 0
    effects: dict[str, EffectView] = {}
    """By span: "5m", "15m", "30m"; empty where the alert is about no queue."""


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
    escalation: EscalationView | None = None
    """None: no escalation fits it."""
    actions: tuple[ActionView, ...] = ()
    """What was done about it, in order."""


class OnCallView(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on call in a rota. Personal data, never on a public screen."""

    rota: str
    team: str
    people: tuple[str, ...]
    """Nobody: a gap, or nothing is known."""
    until: int | None
    """When that changes; None: not as far as is known."""
    next_people: tuple[str, ...] = ()
    known_until: int | None = None
    """Up to there the rota says who it is; None: nothing is known of it."""
    override: str = ""
    """The id of the override that says so; empty: the rota does."""


class LevelThen(msgspec.Struct, frozen=True, kw_only=True):
    """Service level of the queue over the 15 minutes before `at`. None: nothing was decided, or it was unknown.

    `at` is less than a minute from the moment that it tells of: a second, but where nobody looked then.
    """

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
