"""Events of the engine's own loop: journalled like any other, refused from every source that is not our own adapter.

They are no part of the public contract (`floor.events`), but share its form, so that the journal holds everything that
ever changed the state.
"""

from __future__ import annotations

from floorwatch.floor.events import AnyEvent
from floorwatch.floor.internal.decisions import (
    AlertName,
    OperatorAcknowledged,
    OperatorActed,
    OperatorActWithdrawn,
    OperatorExcused,
    OperatorExcuseWithdrawn,
    OperatorOverrideEnded,
    OperatorOverrode,
    OperatorSilenced,
    OperatorSilenceEnded,
    OperatorSnoozed,
    RotaLoaded,
    RotaTurn,
)
from floorwatch.floor.internal.ourselves import (
    ActionForeseen,
    ActionMeasured,
    DaemonTroubled,
    DeliveryBegun,
    DeliveryFailed,
    DeliveryRecovered,
    DeliveryRefused,
    DeliverySent,
    ForeseenSpan,
    RulesForeseen,
)
from floorwatch.floor.internal.sources import (
    BackfilledDecline,
    BackfilledVisit,
    SourceBackfilled,
    SourceClock,
    SourceDescribed,
)

__all__ = [
    "HOLDS",
    "NO_FEEDS",
    "SAID_BY_PEOPLE",
    "ActionForeseen",
    "ActionMeasured",
    "AlertName",
    "BackfilledDecline",
    "BackfilledVisit",
    "DaemonTroubled",
    "Decided",
    "DeliveryBegun",
    "DeliveryFailed",
    "DeliveryRecovered",
    "DeliveryRefused",
    "DeliverySent",
    "ForeseenSpan",
    "InternalEvent",
    "Journalled",
    "OfOurselves",
    "OperatorAcknowledged",
    "OperatorActWithdrawn",
    "OperatorActed",
    "OperatorExcuseWithdrawn",
    "OperatorExcused",
    "OperatorOverrideEnded",
    "OperatorOverrode",
    "OperatorSilenceEnded",
    "OperatorSilenced",
    "OperatorSnoozed",
    "RotaLoaded",
    "RotaTurn",
    "RulesForeseen",
    "SourceBackfilled",
    "SourceClock",
    "SourceDescribed",
]

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
