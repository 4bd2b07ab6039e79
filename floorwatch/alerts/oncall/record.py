"""What is kept of one alert that is carried to people: how far it has climbed, and what each of them was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from floorwatch.alerts.lifecycle import Alert
from floorwatch.floor.oncall import Escalation

PageKind = Literal["call", "taken", "over"]
"""That they must act; that somebody else has it; that it is over."""

COVERS_MAX = 100
"""Somebody who cannot be told for days is not told of each step of them."""


@dataclass(slots=True)
class Page:
    """One thing that one person is told of one alert. Instants in milliseconds."""

    key: str
    alert: str
    """Its id."""
    kind: PageKind
    person: str
    made_at: int
    rota: str = ""
    """In which they are on call; empty: they are named in person."""
    climb: int = 0
    round: int = 0
    step: int = 0
    time: int = 1
    """The so-many-th telling within the step."""
    first_output: str = ""
    """Of what is not a call: the output that reached them last, which is tried first."""
    unresolved_since: int | None = None
    """Of a climb that began because an alert in hand was not resolved: when it was taken in hand."""
    covers: tuple[str, ...] = ()
    """Keys of earlier pages that were not sent: they are told with this one. The latest `COVERS_MAX` of them."""
    is_overtaken: bool = False
    """A later page covers it."""
    owed_since: int = 0
    """When the first of those it covers was made; else when it was itself."""
    sent_at: int | None = None
    output: str = ""
    """By which it was sent."""
    refused: tuple[tuple[str, int], ...] = ()
    """(output, channel of its person) that will not take it."""
    lost_at: int | None = None
    """When no way led to its person any more."""


@dataclass(slots=True)
class Climb:
    """An alert on its way from step to step."""

    number: int
    escalation: Escalation
    began_at: int
    round_at: int
    """When its present round began."""
    next_at: int | None
    """When the next telling is due; None: all rounds are gone through."""
    round: int = 1
    step: int = 0
    """Place of the step that is told next, or again."""
    time: int = 1
    """Which telling of that step is next."""
    done_step: int = 0
    """The step that was told last, from 1; 0: none yet."""
    done_round: int = 1
    found_anybody: bool = False
    """In this round."""
    had_gap: bool = False
    """At one of its steps nobody was on call."""
    unresolved_since: int | None = None


@dataclass(slots=True)
class Record:
    """One alert."""

    alert: Alert
    escalation: Escalation
    """The one that fits it now, or fitted last."""
    climbs: int = 0
    climb: Climb | None = None
    is_muted: bool = False
    """As it was seen last."""
    pages: list[Page] = field(default_factory=list)
    """In the order in which they were made."""
    unsent: dict[str, Page] = field(default_factory=dict)
    """By person, what they are to be told yet: the latest, which covers what came before it."""
