"""A source: one switch or feed, whether it is up, what it may have missed, and the contacts it has named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from floorwatch.floor.events import FloorReported, SourceDown, SourceUp
from floorwatch.floor.order import put_in_order

if TYPE_CHECKING:
    from floorwatch.floor.agent import Agent
    from floorwatch.floor.contact import Contact
    from floorwatch.floor.visit import Visit

RETOLD_WITHIN_MS = 4 * 3_600_000
"""A gap may be back-filled for so long after its end; until then nothing that touches it is forgotten."""

TOUCHES_MS = 5_000
"""A contact that was over so shortly before a gap, or began so shortly after it, is taken to touch it: a log that tells
whole seconds may tell of it."""

REMEMBERED_IDS = 1 << 17
"""Event ids kept for de-duplication, at least; twice as many at most."""


class Source:
    """State of one feed. Contact ids are its own: two switches may use the same one."""

    __slots__ = (
        "_ids",
        "_ids_before",
        "agents",
        "backfills",
        "contacts",
        "down_since",
        "downs",
        "gaps",
        "last_event_at",
        "name",
        "outages",
        "queues",
        "report",
        "reported_at",
        "suspended",
        "unseen",
        "up_since",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.contacts: dict[str, Contact] = {}
        self.agents: dict[str, Agent] = {}
        """Agents this source has named."""
        self.outages: list[SourceDown | SourceUp] = []
        """What was said of the connection, in order."""
        self.queues: dict[str, None] = {}
        """Queues this source has named, in order."""
        self.down_since: int | None = None
        self.up_since: int | None = None
        self.downs: list[tuple[int, int]] = []
        """[from, to) in which the feed was lost, ended ones only."""
        self.gaps: list[tuple[int, int]] = []
        self.backfills: list[tuple[int, int]] = []
        """[from, to] which the switch's own log has told, in order; none touches the next."""
        self.last_event_at = 0
        """The newest time of its events; 0 before the first."""
        self.report: FloorReported | None = None
        """The newest complete report of the floor."""
        self.reported_at = 0
        self.suspended: list[Visit] = []
        """Visits whose threshold passed while the source was down: decided when it is back, if they still wait."""
        self.unseen: frozenset[str] = frozenset()
        """What it cannot tell: words of `floor.unseen`. Empty where nobody has said so."""
        self._ids: set[str] = set()
        self._ids_before: set[str] = set()

    def is_repeat(self, event_id: str) -> bool:
        """Whether this id was seen before; remembers it."""
        ids = self._ids
        if event_id in ids or event_id in self._ids_before:
            return True
        ids.add(event_id)
        if len(ids) >= REMEMBERED_IDS:
            self._ids_before, self._ids = ids, set()
        return False

    def hear(self, fact: SourceDown | SourceUp) -> None:
        """The feed was lost, or is back: said in order or late."""
        self.outages.append(fact)
        put_in_order(self.outages)
        self.downs.clear()
        self.down_since = None
        for said in self.outages:
            at: int = said.time  # type: ignore[assignment]
            if isinstance(said, SourceDown):
                self.down_since = at if self.down_since is None else self.down_since
            else:
                self.up_since = at
                if self.down_since is not None:
                    self.downs.append((self.down_since, at))
                    self.down_since = None

    def was_lost_between(self, deadline: int, left_at: int) -> bool:
        """Whether the outage before `left_at` hid this deadline. After an earlier one it was decided all the same."""
        if self.down_since is not None and self.down_since < left_at:
            return deadline > self.down_since
        lost, back = next(((lost, back) for lost, back in reversed(self.downs) if lost < left_at), (0, 0))
        return lost < deadline <= back

    def backfill(self, since: int, until: int) -> None:
        """What happened between has been told by the switch's own log."""
        joined: list[tuple[int, int]] = []
        for start, end in sorted((*self.backfills, (since, until))):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            else:
                joined.append((start, end))
        self.backfills = joined

    def is_lost(self, start: int, end: int) -> bool:
        """Whether nothing of [start, end) was heard from it, nor read in its own log afterwards."""
        open_end = [] if self.down_since is None else [(self.down_since, end)]
        lost = [*self.open_gaps(), *(down for down in (*self.downs, *open_end) if not self.is_backfilled(down))]
        return any(since <= start and end <= until for since, until in lost)

    def is_backfilled(self, gap: tuple[int, int]) -> bool:
        """Whether the whole gap has been told."""
        return any(since <= gap[0] and gap[1] <= until for since, until in self.backfills)

    def open_gaps(self) -> list[tuple[int, int]]:
        """Gaps of which something is missing still."""
        return [gap for gap in self.gaps if not self.is_backfilled(gap)]

    def gap_within(self, since: int, until: int) -> tuple[int, int]:
        """The gap that lies in this time, as it was marked here: a back-fill of it may claim a little more."""
        gaps = [gap for gap in self.gaps if gap[0] <= until and gap[1] >= since]
        if not gaps:
            return since, until
        return max(since, min(gap[0] for gap in gaps)), min(until, max(gap[1] for gap in gaps))

    def told_again_by(self, begun: int | None, over: int) -> int:
        """Until when a back-fill may tell of a contact that lived so; 0: none will. `begun` None: it was not seen."""
        by = 0
        for since, until in self.gaps:
            touches = over >= since - TOUCHES_MS and (begun is None or begun <= until + TOUCHES_MS)
            if touches and until + RETOLD_WITHIN_MS > max(by, over) and not self.is_backfilled((since, until)):
                by = until + RETOLD_WITHIN_MS
        return by

    def down_ms(self, until: int) -> int:
        """Time lost so far."""
        lost = sum(back - since for since, back in self.downs)
        return lost + (max(0, until - self.down_since) if self.down_since is not None else 0)
