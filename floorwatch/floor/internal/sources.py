"""What adapters say of their source, beside what the source itself has said."""

from __future__ import annotations

import msgspec

from floorwatch.floor.events import Event, Name, Text


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
