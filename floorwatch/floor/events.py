"""The event contract: one event is one fact about the floor, at one moment, in past tense.

Every source is translated into these types; the same JSON is what integrators publish, what the journal keeps
and what `floorwatch replay` reads. Additive changes only. Unknown attributes are ignored.

Times are integer milliseconds since the epoch (UTC) once an event has passed the reader; on the wire they may
also be RFC 3339 strings with an offset, which msgspec decodes to aware datetimes and `ingest.events` makes integers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Name = Annotated[str, Meta(min_length=1, max_length=1024)]
Text = Annotated[str, Meta(max_length=1024)]
WireTime = Annotated[datetime, Meta(tz=True)] | int
"""RFC 3339 with offset, or integer milliseconds since the epoch."""

AgentState = Literal[
    "offline", "available", "wrap_up", "paused", "unreachable", "alerting", "talking", "on_hold", "busy"
]


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    gc=False,
    forbid_unknown_fields=True,
):
    """What every event carries.

    The structs forbid unknown attributes so that a line without any, the normal case, costs one decode;
    `ingest.events` strips, counts and decodes again where there are some. Published schemas stay open.

    `seq` is given by adapters of ordered streams: facts of equal time keep the order of their `seq`.
    `received` (files only) is when the event reached the recorder: a replay uses it as engine time.
    """

    time: WireTime
    id: Text | None = None
    source: Text | None = None
    seq: int = 0
    received: WireTime | None = None


class ContactOffered(Event, frozen=True, kw_only=True, tag="contact.offered"):
    """The contact entered the queue: the wait clock starts."""

    contact: Name
    queue: Name
    channel: Text | None = None
    priority: int | None = None
    caller: Text | None = None


class ContactRefused(Event, frozen=True, kw_only=True, tag="contact.refused"):
    """Turned away at the door (`full`, `empty`, `closed`): never offered, in no service level."""

    contact: Name
    queue: Name
    reason: Text


class ContactAlerting(Event, frozen=True, kw_only=True, tag="contact.alerting"):
    """An agent's phone rings; the wait clock runs on."""

    contact: Name
    queue: Name
    agent: Name


class ContactDeclined(Event, frozen=True, kw_only=True, tag="contact.declined"):
    """The agent did not take it (`no_answer`, `busy`, `rejected`); the contact is still waiting."""

    contact: Name
    queue: Name
    agent: Name
    reason: Text = ""


class ContactAnswered(Event, frozen=True, kw_only=True, tag="contact.answered"):
    """The wait ends; talk starts. For mail and messages: the first reply."""

    contact: Name
    queue: Name
    agent: Name


class ContactHeld(Event, frozen=True, kw_only=True, tag="contact.held"):
    """The contact was put on hold."""

    contact: Name
    agent: Name
    queue: Text | None = None


class ContactResumed(Event, frozen=True, kw_only=True, tag="contact.resumed"):
    """The contact is back from hold."""

    contact: Name
    agent: Name
    queue: Text | None = None


class ContactTransferred(Event, frozen=True, kw_only=True, tag="contact.transferred"):
    """This agent's part ends by a transfer; wrap-up may follow."""

    contact: Name
    queue: Name
    agent: Name
    to: Text | None = None
    mode: Text | None = None


class ContactEnded(Event, frozen=True, kw_only=True, tag="contact.ended"):
    """Talk ends; wrap-up may follow. `by` is agent, customer or system."""

    contact: Name
    queue: Name
    agent: Name
    by: Text | None = None


class ContactAbandoned(Event, frozen=True, kw_only=True, tag="contact.abandoned"):
    """The customer left before an answer."""

    contact: Name
    queue: Name


class ContactExited(Event, frozen=True, kw_only=True, tag="contact.exited"):
    """Left unanswered, not by giving up: `timeout`, `key`, `empty`, `overflow`, `callback`, `transferred`, …"""

    contact: Name
    queue: Name
    reason: Text


class AgentStateChanged(Event, frozen=True, kw_only=True, tag="agent.state"):
    """What the source reports of the agent. With `queue`, a pause (or its end) holds for that queue only."""

    agent: Name
    state: AgentState
    reason: Text | None = None
    queue: Text | None = None


class AgentJoined(Event, frozen=True, kw_only=True, tag="agent.joined"):
    """The agent became a member of the queue."""

    agent: Name
    queue: Name
    penalty: int | None = None


class AgentLeft(Event, frozen=True, kw_only=True, tag="agent.left"):
    """The agent's membership of the queue ended."""

    agent: Name
    queue: Name
    penalty: int | None = None


class AgentDescribed(Event, frozen=True, kw_only=True, tag="agent.described"):
    """Roster facts about an agent."""

    agent: Name
    name: Text | None = None
    team: Text | None = None
    site: Text | None = None


class SourceUp(Event, frozen=True, kw_only=True, tag="source.up"):
    """The feed connected."""

    reason: Text = ""


class SourceDown(Event, frozen=True, kw_only=True, tag="source.down"):
    """The feed was lost: its agents and queues are unknown, not idle and not empty."""

    reason: Text = ""


class SourceGap(Event, frozen=True, kw_only=True, tag="source.gap"):
    """Events between `since` and `time` may be missing."""

    since: WireTime


class SourceHeartbeat(Event, frozen=True, kw_only=True, tag="source.heartbeat"):
    """Alive; nothing happened."""


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """In `floor.reported`: a contact waiting in a queue since its true entry time."""

    contact: Name
    queue: Name
    since: WireTime | None = None


class Talking(msgspec.Struct, frozen=True, kw_only=True):
    """In `floor.reported`: a contact with an agent."""

    contact: Name
    queue: Name
    agent: Name
    since: WireTime | None = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """In `floor.reported`: a queue membership, with its pause."""

    agent: Name
    queue: Name
    paused: bool = False
    reason: Text = ""
    since: WireTime | None = None


class ReportedState(msgspec.Struct, frozen=True, kw_only=True):
    """In `floor.reported`: an agent's state."""

    agent: Name
    state: AgentState
    reason: Text | None = None
    since: WireTime | None = None


class FloorReported(Event, frozen=True, kw_only=True, tag="floor.reported"):
    """Resynchronisation after (re)connect; only `complete: true` may end what it omits."""

    complete: bool
    waiting: tuple[Waiting, ...] = ()
    talking: tuple[Talking, ...] = ()
    members: tuple[Member, ...] = ()
    states: tuple[ReportedState, ...] = ()


class ScheduledActivity(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a schedule: [start, end)."""

    agent: Name
    activity: Name
    start: WireTime
    end: WireTime


class ScheduleLoaded(Event, frozen=True, kw_only=True, tag="schedule.loaded"):
    """The schedule is an input like any other, so a replay sees the version that was in force."""

    version: Text
    activities: tuple[ScheduledActivity, ...] = ()
    document: Text = ""
    """Of what it is a version: it takes the place of what this document said before of the days it names."""


AnyEvent = (
    ContactOffered
    | ContactRefused
    | ContactAlerting
    | ContactDeclined
    | ContactAnswered
    | ContactHeld
    | ContactResumed
    | ContactTransferred
    | ContactEnded
    | ContactAbandoned
    | ContactExited
    | AgentStateChanged
    | AgentJoined
    | AgentLeft
    | AgentDescribed
    | SourceUp
    | SourceDown
    | SourceGap
    | SourceHeartbeat
    | FloorReported
    | ScheduleLoaded
)

EVENT_TYPES: dict[str, type[Event]] = {cls.__struct_config__.tag: cls for cls in AnyEvent.__args__}

INTERNAL_PREFIXES = (
    "operator.",
    "rules.",
    "delivery.",
    "daemon.",
    "source.clock",
    "source.described",
    "source.backfilled",
)
"""Events of the engine's own loop: refused from any ingest source, so that no feed forges an acknowledgement."""

EXIT_REASONS = frozenset(
    ("timeout", "key", "empty", "overflow", "callback", "transferred", "withdrawn", "unknown", "other")
)
REFUSE_REASONS = frozenset(("full", "empty", "closed"))
