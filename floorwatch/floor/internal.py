"""Events of the engine's own loop: journalled like any other, refused from every source that is not our own adapter.

They are no part of the public contract (`floor.events`), but share its form, so that the journal holds everything that
ever changed the state.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from floorwatch.floor.events import AnyEvent, Event, Name, Text

AlertName = Annotated[str, Meta(min_length=1, max_length=4_096)]
"""The id of an alert, or the key of a stage of it: made of two names of up to 1,024 characters, and more."""


class SourceClock(Event, frozen=True, kw_only=True, tag="source.clock"):
    """From now on this source's clock is taken to be `offset_ms` behind ours (negative: ahead).

    The times of its later events have been moved by as much before they were journalled: what the source said is
    `time - offset_ms`. `stepped`: its clock, or ours, was set, and did not merely drift.
    """

    offset_ms: int
    stepped: bool = False


class SourceDescribed(Event, frozen=True, kw_only=True, tag="source.described"):
    """What this source cannot tell, because its protocol does not carry it: words of `floor.unseen`.

    Said by its adapter, once in each of its lives. It takes the place of what was said before.
    """

    unseen: tuple[Name, ...] = ()


class BackfilledDecline(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agent did not take the contact. `at` is the second of the log, in milliseconds."""

    agent: Name
    at: int
    reason: Text = ""


class BackfilledVisit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One visit as the switch's own log tells it. Instants are the seconds of the log's lines, in milliseconds.

    None where the log does not tell (yet): the entry was before the log begins, or the visit is not over.
    """

    contact: Name
    queue: Name
    entered_at: int | None = None
    left_at: int | None = None
    """When the wait ended."""
    wait_ms: int | None = None
    """The wait as the switch logged it: the difference of two other readings of its clock."""
    outcome: Text = ""
    """How the wait ended: `answered`, `abandoned`, or the reason of an exit (`unknown` when the switch restarted)."""
    agent: Text = ""
    """Who answered."""
    ended_at: int | None = None
    """When talk ended."""
    talk_ms: int | None = None
    ended_by: Text = ""
    """`agent`, `customer`, `transfer`; empty where talk ended unseen, by a restart."""
    declined: tuple[BackfilledDecline, ...] = ()

    @property
    def over_at(self) -> int | None:
        """When the visit ended; None while it goes on."""
        return self.ended_at if self.outcome == "answered" else self.left_at


class SourceBackfilled(Event, frozen=True, kw_only=True, tag="source.backfilled"):
    """What happened in the gap [`since`, `until`] is now known from the switch's own log: these visits touch it.

    Each takes the place of what was known of that visit. With the last part of it (`more` false) that time is covered:
    a gap is closed when what is covered covers the whole of it. All visits of one contact are in one part.
    """

    since: int
    until: int
    visits: tuple[BackfilledVisit, ...] = ()
    more: bool = False
    """More parts follow."""


class OperatorExcused(Event, frozen=True, kw_only=True, tag="operator.excused"):
    """A supervisor takes [`since`, `until`) out of adherence, for one agent or for everybody: it counts neither way."""

    excuse: Name
    """By which it can be taken back."""
    since: int
    until: int
    who: Text
    why: Text
    agent: Text = ""
    """Empty: everybody."""


class OperatorExcuseWithdrawn(Event, frozen=True, kw_only=True, tag="operator.excuse_withdrawn"):
    """An excuse is taken back, as if it had never been given."""

    excuse: Name
    who: Text
    why: Text = ""


class OperatorAcknowledged(Event, frozen=True, kw_only=True, tag="operator.acknowledged"):
    """Somebody has taken an alert in hand. An alert that is not live is not changed."""

    alert: AlertName
    who: Text
    note: Text = ""
    link: Text = ""
    """The one-time link by which they did; one that was used already does nothing."""


class OperatorSnoozed(Event, frozen=True, kw_only=True, tag="operator.snoozed"):
    """Nobody is told of this alert until then; with a time that has passed, at once again."""

    alert: AlertName
    until: int
    who: Text
    why: Text = ""


class OperatorSilenced(Event, frozen=True, kw_only=True, tag="operator.silenced"):
    """Nobody is told in [`since`, `until`) of alerts of these rules about these subjects. Names may be globs."""

    silence: Name
    """By which it can be ended."""
    since: int
    until: int
    who: Text
    why: Text
    rules: tuple[Text, ...] = ()
    """Empty: of every rule."""
    subjects: tuple[Text, ...] = ()
    """Names of queues, sources, teams, outputs; empty: about everything."""


class OperatorSilenceEnded(Event, frozen=True, kw_only=True, tag="operator.silence_ended"):
    """A silence ends before its time."""

    silence: Name
    who: Text
    why: Text = ""


class OperatorActed(Event, frozen=True, kw_only=True, tag="operator.acted"):
    """Somebody has done something about an alert: `alerts.actions` has the kinds."""

    action: Name
    """Its id."""
    alert: AlertName
    kind: Name
    who: Text
    note: Text = ""
    agents: int = 0
    """How many agents it brought; 0: not said."""
    link: Text = ""
    """The one-time link by which they said so; one that was used already says nothing."""


class OperatorActWithdrawn(Event, frozen=True, kw_only=True, tag="operator.act_withdrawn"):
    """What somebody said they had done is taken back, as if it had never been said."""

    action: Name
    alert: AlertName
    who: Text


class OperatorOverrode(Event, frozen=True, kw_only=True, tag="operator.overrode"):
    """In [`since`, `until`) this person is on call in the rota, whoever else would be."""

    override: Name
    """By which it can be ended."""
    rota: Name
    person: Name
    since: int
    until: int
    who: Text
    why: Text = ""


class OperatorOverrideEnded(Event, frozen=True, kw_only=True, tag="operator.override_ended"):
    """An override is over now, or never comes."""

    override: Name
    who: Text


class RotaTurn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """In [`since`, `until`) these people are on call; nobody: a gap."""

    since: int
    until: int
    people: tuple[Name, ...] = ()


class RotaLoaded(Event, frozen=True, kw_only=True, tag="rota.loaded"):
    """Who is on call in a rota, in [`since`, `until`). From now on it takes the place of what was said of the rota.

    Turns are in order, do not overlap, and follow each other without a gap that is not said. The first may have begun
    before.
    """

    rota: Name
    since: int
    until: int
    turns: tuple[RotaTurn, ...] = ()
    team: Text = ""
    site: Text = ""


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


Decided = (
    OperatorExcused
    | OperatorExcuseWithdrawn
    | OperatorAcknowledged
    | OperatorSnoozed
    | OperatorSilenced
    | OperatorSilenceEnded
    | OperatorActed
    | OperatorActWithdrawn
    | OperatorOverrode
    | OperatorOverrideEnded
    | RotaLoaded
)
OfOurselves = (
    DeliveryBegun
    | DeliveryRefused
    | DeliverySent
    | DeliveryFailed
    | DeliveryRecovered
    | RulesForeseen
    | ActionForeseen
    | ActionMeasured
    | DaemonTroubled
)

InternalEvent = SourceClock | SourceDescribed | SourceBackfilled | Decided | OfOurselves

SAID_BY_PEOPLE = frozenset(("schedule", "operator"))
"""Names under which people speak: what they have decided holds, however long ago they did."""
HOLDS = SAID_BY_PEOPLE | {"effects"}
"""Names of those whose word holds for good: of people, and of what was learnt from what they did."""
NO_FEEDS = HOLDS | {"outputs", "rules", "daemon"}
"""Names of sources that are no feeds: they tell nothing that happened on the floor."""

Journalled = AnyEvent | InternalEvent
"""Whatever the journal may hold."""
