"""What Asterisk's manager says, as events of the contract. Pure: messages and connection facts in, events out.

The order of a connection's life: `connected`, `message` for each, `disconnected`, and `passed` when time goes by in
silence. After `connected` the lists asked for (CoreShowChannels, QueueStatus) are collected, and events that arrive
meanwhile are held until the report made of the lists is out, so that nobody sees an event about a floor not described
yet. Lists that do not come are not waited for. The same may be asked again later (`looked`), to correct what has
drifted.

A report tells the floor as it was when it was asked for: what held events tell of is left to them.

Times are the switch's own: the Timestamp of the message. Lists and connection facts have none, so they take our clock,
corrected by how far the last Timestamp was from its arrival.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.ingest.ami.protocol import Message, UnusableError
from floorwatch.ingest.ami.roster import Roster
from floorwatch.ingest.ami.snapshot import LIST_READERS, Held, Snapshot, before_all, made_before
from floorwatch.ingest.ami.told import EVENT_READERS, OCCURS_IN, Told
from floorwatch.ingest.ami.visits import Visits
from floorwatch.ingest.facts import Facts
from floorwatch.ingest.source import InputCounts

LIST_PATIENCE_MS = 5_000
"""How long after the last sign of a list the rest of it is waited for."""
SETTLE_MS = 250
"""Events are still held for so long after the lists have come: the switch makes lists and events in different threads,
and an event may come after a list that is past it (a few ms in every trial)."""
HELD_MAX = 10_000
"""Events held back while lists are collected; with more, the lists are given up."""
CLOCK_STEP_MS = 60_000
"""A Timestamp that differs more from its arrival than the one before is a step of the switch's clock, or wrong."""
EARLIEST_MS = 946_684_800_000  # 2000-01-01T00:00:00Z


class Translator:
    """Translates one manager feed, over all its connections.

    `source` is the feed's configured name. `interfaces` maps a device (`PJSIP/1001`) to the agent it means, where the
    configuration says so. `counts` gets `ignored` for messages that gave no event and `invalid` for unusable ones.
    """

    def __init__(
        self, source: str = "asterisk", interfaces: Mapping[str, str] | None = None, counts: InputCounts | None = None
    ) -> None:
        self.counts = InputCounts() if counts is None else counts
        self._facts = Facts(source)
        self._visits = Visits(self._facts)
        self._roster = Roster(self._facts, interfaces or {}, self._visits.open.rings)
        self._told = Told(self._visits, self._roster)
        self._snapshot: Snapshot | None = None
        self._held: list[tuple[Message, int]] = []
        self._asked_ms = 0
        """When the lists were asked for, on our clock."""
        self._heard_ms = 0
        """The newest time of an event handled, on the switch's clock."""
        self._due_ms = 0
        """When the lists are given up or, once complete, have settled; on our clock."""
        self._is_current = False
        """The floor was reported on this connection, and everything since has been heard."""
        self._offset_ms = 0
        """How far the switch's clock is ahead of ours, by the last message that had a Timestamp."""
        self._last_offset_ms: int | None = None
        self._is_up = False
        self._down_since_ms: int | None = None
        """Since when the switch has not been heard; None when it never was lost."""
        self._down_reason = ""
        self._refused = False
        """The message at hand was unusable."""

    @property
    def is_asking(self) -> bool:
        """Lists are awaited."""
        return self._snapshot is not None

    @property
    def is_awaiting(self) -> bool:
        """Lists have been asked for and have not all come; what is made of them takes a while longer."""
        return self._snapshot is not None and not self._snapshot.is_complete()

    def not_running(self, since_ms: int) -> list[Event]:
        """It was we who were not there, since this instant on our clock."""
        self._lose(since_ms, "not_running")
        return self._facts.take()

    def connected(self, received_ms: int, lists: bool = True) -> list[Event]:
        """A connection was made, on our clock. `lists`: the floor is asked for, so a snapshot will come."""
        self._told.shutdown = ""
        self._is_current = False
        if lists:
            self._ask(received_ms)
        if not lists or self._down_since_ms is None:
            self._come_up(received_ms + self._offset_ms)
        return self._facts.take()

    def looked(self, received_ms: int) -> None:
        """The floor is asked for again while we hear it: what has drifted will be corrected, and no gap marked."""
        if self._snapshot is None:
            self._ask(received_ms)

    def message(self, message: Message, received_ms: int) -> list[Event]:
        """The events that follow from a message which was complete at `received_ms` on our clock; often none."""
        time_ms = message.time_ms
        if time_ms is None:
            time_ms = received_ms + self._offset_ms
        elif time_ms < EARLIEST_MS:
            self.counts.invalid["impossible_time"] += 1
            return []
        else:
            self._reckon(time_ms - received_ms)
        self._conclude(received_ms)
        if self._snapshot is not None:
            self._collect(self._snapshot, message, time_ms, received_ms)
        else:
            self._handle(message, time_ms)
        events = self._facts.take()
        if not events and not self._refused:
            self.counts.ignored += 1
        self._refused = False
        return events

    def passed(self, received_ms: int) -> list[Event]:
        """It is `received_ms` on our clock and nothing has come for a while: what follows from that."""
        self._conclude(received_ms)
        if self._snapshot is None:
            self._visits.decide_due(received_ms + self._offset_ms)
        return self._facts.take()

    def disconnected(self, received_ms: int, reason: str = "") -> list[Event]:
        """The connection was lost, or cannot be made; `received_ms` is when its last byte came.

        A `reason` is told when it is news; that the switch shuts down comes before any other.
        """
        if self._snapshot is not None:
            self._end_lists(received_ms, come_up=bool(self._held))
        self._visits.decide_left_before(received_ms + self._offset_ms)
        reason = self._told.shutdown or reason
        if self._is_up or self._down_since_ms is None or reason not in ("", self._down_reason):
            self._lose(received_ms + self._offset_ms, reason)
        self._is_current = False
        return self._facts.take()

    def finished(self, received_ms: int) -> list[Event]:
        """A recording ends while connected: decide what was still open."""
        if self._snapshot is not None:
            self._end_lists(received_ms)
        self._visits.decide_all()
        return self._facts.take()

    def _reckon(self, offset_ms: int) -> None:
        """Follow the switch's clock; a step is believed when the next message confirms it, the first one at once."""
        last, self._last_offset_ms = self._last_offset_ms, offset_ms
        if last is None or abs(offset_ms - last) <= CLOCK_STEP_MS:
            if last is not None and abs(offset_ms - self._offset_ms) > CLOCK_STEP_MS:
                self._visits.decide_all()  # what awaits an hour of the old clock would wait too long, or not at all
            self._offset_ms = offset_ms

    def _handle(self, message: Message, time_ms: int) -> None:
        self._visits.decide_due(time_ms)
        reader = EVENT_READERS.get(message.name)
        if reader is not None:
            self._heard_ms = time_ms
            try:
                reader(self._told, message, time_ms)
            except UnusableError as reason:
                self._refuse(reason)

    def _refuse(self, reason: UnusableError) -> None:
        self._refused = True
        self.counts.invalid[str(reason)] += 1

    # Connection and lists

    def _come_up(self, time_ms: int) -> None:
        self._is_up = True
        self._facts.add(e.SourceUp, time_ms)
        if self._down_since_ms is not None:
            self._facts.add(e.SourceGap, time_ms, since=self._down_since_ms)

    def _lose(self, time_ms: int, reason: str) -> None:
        if self._is_up or self._down_since_ms is None:
            self._down_since_ms = time_ms
        self._is_up, self._down_reason = False, reason
        self._facts.add(e.SourceDown, time_ms, reason=reason)

    def _ask(self, received_ms: int) -> None:
        self._snapshot = Snapshot()
        self._asked_ms = received_ms
        self._due_ms = received_ms + LIST_PATIENCE_MS

    def _collect(self, snapshot: Snapshot, message: Message, time_ms: int, received_ms: int) -> None:
        reader = LIST_READERS.get(message.name)
        if reader is not None and not snapshot.is_complete():
            self._due_ms = received_ms + LIST_PATIENCE_MS
            try:
                reader(snapshot, message, time_ms)
            except UnusableError as reason:
                snapshot.whole = False
                self._refuse(reason)
            if snapshot.is_complete():
                self._due_ms = received_ms + SETTLE_MS
        elif message.name in EVENT_READERS:
            self._held.append((message, time_ms))

    def _conclude(self, received_ms: int) -> None:
        """End the lists when they have settled, or have been waited for long enough."""
        if self._snapshot is not None and (received_ms >= self._due_ms or len(self._held) > HELD_MAX):
            self._end_lists(received_ms)

    def _end_lists(self, received_ms: int, come_up: bool = True) -> None:
        """Report what they say. If they did not come, or not all, go on with what is known."""
        snapshot, held = self._snapshot, self._held
        assert snapshot is not None
        self._snapshot, self._held = None, []
        asked_ms = self._asked_ms + self._offset_ms
        if not snapshot.is_complete():
            if come_up and not self._is_up:
                self._come_up(received_ms + self._offset_ms)
        elif self._is_current:
            before, at_ms = made_before(held, asked_ms, self._heard_ms)
            for message, time_ms in held[:before]:
                self._handle(message, time_ms)
            self._report(snapshot, at_ms, held)
            held = held[before:]
        else:
            at_ms = before_all(held, asked_ms)
            if not self._is_up:
                self._come_up(at_ms)
            self._report(snapshot, at_ms, held)
        for message, time_ms in held:
            self._handle(message, time_ms)

    def _report(self, snapshot: Snapshot, at_ms: int, held: list[tuple[Message, int]]) -> None:
        report = snapshot.report(self._visits, self._roster, Held.of(held), drifted=self._is_current)
        self._facts.add(e.FloorReported, at_ms, **report)
        self._is_current = True


_FOR_THE_CLOCK = ("SuccessfulAuth",)
"""Says nothing of the floor, but is the first message of a connection that has a Timestamp."""

WANTED: Final[Mapping[str, bytes]] = {
    name: OCCURS_IN.get(name, b"") for name in (*EVENT_READERS, *LIST_READERS, *_FOR_THE_CLOCK)
}
"""For `Protocol`: the events a `Translator` looks at, and what must occur in them."""
