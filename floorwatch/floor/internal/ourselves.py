"""What our own parts say: of messages, of what the models make of the floor, and of what is wrong with us."""

from __future__ import annotations

import msgspec

from floorwatch.floor.events import Event, Name, Text
from floorwatch.floor.internal.decisions import AlertName


class DeliveryBegun(Event, frozen=True, kw_only=True, tag="delivery.begun"):
    """A message with these pages is about to leave: should we end meanwhile, it is the same again.

    It goes by the so-many-th channel of its person, from 0: their addresses are no part of any event.
    """

    output: Name
    key: Name
    channel: int = 0
    pages: tuple[AlertName, ...] = ()


class DeliveryRefused(Event, frozen=True, kw_only=True, tag="delivery.refused"):
    """An output works, and will never take this by this channel of its person, who is told otherwise."""

    output: Name
    key: Name
    why: Text
    channel: int = 0
    pages: tuple[AlertName, ...] = ()
    requests: int = 1
    """See `DeliverySent`."""


class DeliverySent(Event, frozen=True, kw_only=True, tag="delivery.sent"):
    """An output has taken this message: it need not be told again."""

    output: Name
    key: Name
    """Of the notice; the same notice has the same key however often it is sent."""
    group: Text = ""
    told: tuple[AlertName, ...] = ()
    """What it said of each alert: stage keys, see `alerts.telling`."""
    pages: tuple[AlertName, ...] = ()
    """Who was told of what, as somebody on call: keys of pages, see `alerts.oncall`."""
    requests: int = 1
    """How many requests there were since the last message that was taken or refused, those that failed, too: so many of
    what its service takes are used up."""


class DeliveryFailed(Event, frozen=True, kw_only=True, tag="delivery.failed"):
    """An output has not taken what it was given, so many times in a row."""

    output: Name
    why: Text
    attempts: int = 1


class DeliveryRecovered(Event, frozen=True, kw_only=True, tag="delivery.recovered"):
    """An output that failed has taken what it was given."""

    output: Name


class RulesForeseen(Event, frozen=True, kw_only=True, tag="rules.foreseen"):
    """What the models make of a queue as it was at `time`: what an alert about it advises. None: cannot be told."""

    queue: Name
    until: int
    """When the period ends."""
    present: int
    """Agents on the queue then, and the contacts they could have in hand at once."""
    places: int
    model: Text = ""
    missing: Text = ""
    """Why nothing can be told: see `metrics.outlook.Missing`."""
    required: int | None = None
    """Agents needed in the long run."""
    needed: int | None = None
    """Agents on the queue from `by` on with which the period ends at target, with the probability `chance`."""
    by: int | None = None
    chance: float | None = None
    chance_without: float | None = None
    """With the agents there are."""
    level: float | None = None
    """Service level at the end with the agents there are, and the band that holds eight times in ten."""
    level_low: float | None = None
    level_high: float | None = None
    best: float | None = None
    """The level at the end with as many agents as one likes."""
    no_return_at: int | None = None
    """Until when adding agents can still reach the target. `until`: it is met without; None: it is too late."""


class ForeseenSpan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was expected of a queue, at the moment of an action and without it: by the end of a span."""

    span: Name
    level: float
    """Service level of what is decided in the span: the median, and the band that holds eight times in ten."""
    low: float
    high: float
    waiting: float


class ActionForeseen(Event, frozen=True, kw_only=True, tag="action.foreseen"):
    """What a queue was headed for when an action was taken, seen at `time`. `missing`: why that cannot be told."""

    action: Name
    spans: tuple[ForeseenSpan, ...] = ()
    missing: Text = ""


class ActionMeasured(Event, frozen=True, kw_only=True, tag="action.measured"):
    """What an action has brought by the end of a span (docs/effects.md). None: not known, `why` says why."""

    action: Name
    span: Name
    queue: Name
    kind: Name
    agents: int = 0
    level: float | None = None
    """Service level of the `n` visits decided in the span."""
    n: int = 0
    effect: float | None = None
    """How much of it is the action's, a difference of ratios; and the band that holds eight times in ten."""
    low: float | None = None
    high: float | None = None
    waiting: int | None = None
    waiting_without: float | None = None
    """Who waits at the end of the span, and who would without the action."""
    shared: bool = False
    """Something else was done about the queue at the same time: what came of it is theirs together."""
    why: Text = ""


class DaemonTroubled(Event, frozen=True, kw_only=True, tag="daemon.troubled"):
    """Something is wrong with floorwatch itself (`journal`, `inbox`, `clock`, `heartbeat`), or is over."""

    trouble: Name
    why: Text = ""
    is_over: bool = False
