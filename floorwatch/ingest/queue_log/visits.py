"""The visits a queue_log tells of a stretch of time: what a back-fill of a gap is made of.

Unlike `translate`, which makes facts of lines as they come, this keeps the lines of a visit together, with the seconds
of the lines themselves: the engine looks for what it has heard live of the same visit, and needs both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from floorwatch.floor.internal import BackfilledDecline, BackfilledVisit
from floorwatch.ingest.queue_log.protocol import (
    COMPLETIONS,
    DECLINES,
    EXITS,
    TRANSFERS,
    Line,
    UnusableLineError,
    parse,
)

MARGIN_MS = 3_000
"""What ended so shortly before the gap, or began so shortly after it, is told too: the log rounds down to seconds."""
OPEN_MAX = 100_000
"""Open visits kept; of more (a log that lost its ends) the oldest are forgotten."""


@dataclass(slots=True)
class _Stay:
    """A visit as far as it has been read."""

    contact: str
    queue: str
    entered_at: int | None
    left_at: int | None = None
    wait_ms: int | None = None
    outcome: str = ""
    agent: str = ""
    ended_at: int | None = None
    talk_ms: int | None = None
    ended_by: str = ""
    declined: list[BackfilledDecline] = field(default_factory=list)

    def told(self) -> BackfilledVisit:
        return BackfilledVisit(
            contact=self.contact,
            queue=self.queue,
            entered_at=self.entered_at,
            left_at=self.left_at,
            wait_ms=self.wait_ms,
            outcome=self.outcome,
            agent=self.agent,
            ended_at=self.ended_at,
            talk_ms=self.talk_ms,
            ended_by=self.ended_by,
            declined=tuple(self.declined),
        )


class GapVisits:
    """Reads lines, oldest first, and keeps the visits that touch [`since`, `until`], in ms of the switch's clock.

    `interfaces` maps a device (`PJSIP/1001`) to the agent it means, where the configuration says so.
    """

    def __init__(self, since: int, until: int, interfaces: Mapping[str, str]) -> None:
        self._since = since - MARGIN_MS
        self._until = until + MARGIN_MS
        self._interfaces = interfaces
        self._open: dict[tuple[str, str], _Stay] = {}
        self._over: list[_Stay] = []
        self.begins_at: int | None = None
        """The time of the first line."""
        self.is_past = False
        """A line later than all that is asked for has come: everything has been told."""

    def line(self, raw: bytes) -> None:
        """One line, without its line end. What is not a line of a queue log is passed over."""
        try:
            line = parse(raw)
            if self.begins_at is None:
                self.begins_at = line.time_ms
            if line.time_ms > self._until:
                self.is_past = True
            elif not self.is_past:
                self._take(line)
        except UnusableLineError:
            return

    def visits(self) -> list[BackfilledVisit]:
        """The visits that touch the gap, in the order they began, each as the log tells it up to shortly after."""
        found = [*self._over, *self._open.values()]
        found.sort(key=lambda stay: stay.entered_at or 0)
        return [stay.told() for stay in found]

    def _take(self, line: Line) -> None:
        if line.event == "QUEUESTART":
            self._restarted(line.time_ms)
        elif not line.contact or not line.queue:
            return
        elif line.event == "ENTERQUEUE":
            self._close((line.contact, line.queue))
            self._begin(line, line.time_ms)
        elif line.event in DECLINES:
            at_agent = BackfilledDecline(agent=self._agent(line), at=line.time_ms, reason=DECLINES[line.event])
            if line.time_ms >= self._since:
                self._stay(line).declined.append(at_agent)
        elif line.event == "CONNECT":
            self._left(line, "answered").agent = self._agent(line)
        elif line.event in EXITS:
            self._left(line, EXITS[line.event][0] or "abandoned")
            self._close((line.contact, line.queue))
        elif line.event in COMPLETIONS or line.event in TRANSFERS:
            self._ended(line)

    def _begin(self, line: Line, entered_at: int | None) -> _Stay:
        if len(self._open) >= OPEN_MAX:
            del self._open[next(iter(self._open))]
        stay = self._open[line.contact, line.queue] = _Stay(line.contact, line.queue, entered_at)
        return stay

    def _stay(self, line: Line) -> _Stay:
        return self._open.get((line.contact, line.queue)) or self._begin(line, None)

    def _left(self, line: Line, outcome: str) -> _Stay:
        wait_s = line.wait_seconds()
        stay = self._stay(line)
        stay.left_at, stay.outcome = line.time_ms, outcome
        stay.wait_ms = None if wait_s is None else wait_s * 1000
        return stay

    def _ended(self, line: Line) -> None:
        talk_s, agent = line.talk_seconds(), self._agent(line)
        stay = self._stay(line)
        if stay.outcome == "answered":  # else its answer is in a part of the log that is not read: only the live
            stay.ended_at, stay.agent = line.time_ms, agent  # stream can have heard it
            stay.ended_by = "transfer" if line.event in TRANSFERS else COMPLETIONS[line.event]
            stay.talk_ms = None if talk_s is None else talk_s * 1000
        self._close((line.contact, line.queue))

    def _close(self, key: tuple[str, str]) -> None:
        stay = self._open.pop(key, None)
        if stay is not None and (stay.ended_at or stay.left_at or 0) >= self._since:
            self._over.append(stay)

    def _restarted(self, at: int) -> None:
        """The switch is back: whoever waited or talked does so no longer, and nobody logged how that ended."""
        for key, stay in list(self._open.items()):
            if stay.outcome == "answered":
                stay.ended_at = at
            else:
                stay.left_at, stay.outcome = at, "unknown"
            self._close(key)

    def _agent(self, line: Line) -> str:
        if not line.agent:
            raise UnusableLineError("missing_attribute")
        return self._interfaces.get(line.agent, line.agent)


def in_parts(visits: Iterable[BackfilledVisit], limit: int) -> list[tuple[BackfilledVisit, ...]]:
    """The visits in parts of about `limit`, all of one contact in one part; at least one part."""
    contacts: dict[str, list[BackfilledVisit]] = {}
    for visit in visits:
        contacts.setdefault(visit.contact, []).append(visit)
    parts: list[tuple[BackfilledVisit, ...]] = []
    part: list[BackfilledVisit] = []
    for of_contact in contacts.values():
        part += of_contact
        if len(part) >= limit:
            parts.append(tuple(part))
            part = []
    if part or not parts:
        parts.append(tuple(part))
    return parts
