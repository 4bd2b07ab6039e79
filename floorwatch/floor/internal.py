"""Events of the engine's own loop: journalled like any other, refused from every source that is not our own adapter.

They are no part of the public contract (`floor.events`), but share its form, so that the journal holds everything that
ever changed the state.
"""

from __future__ import annotations

import msgspec

from floorwatch.floor.events import AnyEvent, Event, Name, Text


class SourceClock(Event, frozen=True, kw_only=True, tag="source.clock"):
    """From now on this source's clock is taken to be `offset_ms` behind ours (negative: ahead).

    The times of its later events have been moved by as much before they were journalled: what the source said is
    `time - offset_ms`. `stepped`: its clock, or ours, was set, and did not merely drift.
    """

    offset_ms: int
    stepped: bool = False


class BackfilledVisit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One visit as the switch's own log tells it. Instants in milliseconds; None where the log has not told it (yet).

    `outcome`: "" while it waits or talks, else `answered` is told by `answered_at`, `abandoned`, or the reason of an
    exit. `ended_by`: agent, customer, system or transfer.
    """

    contact: Name
    queue: Name
    entered_at: int
    answered_at: int | None = None
    agent: Text = ""
    ended_at: int | None = None
    ended_by: Text = ""
    left_at: int | None = None
    outcome: Text = ""


class SourceBackfilled(Event, frozen=True, kw_only=True, tag="source.backfilled"):
    """What happened in the gap [`since`, `until`] is now known from the switch's own log: these visits touch it.

    Each takes the place of what was known of that visit. The gap is closed by it when it covers the whole of it.
    """

    since: int
    until: int
    visits: tuple[BackfilledVisit, ...] = ()


InternalEvent = SourceClock | SourceBackfilled

Journalled = AnyEvent | InternalEvent
"""Whatever the journal may hold."""
