"""The lines of a schedule, checked one by one: what can be taken is, what cannot is refused with its place.

A line stands unless it is wrong itself. Of two lines of one agent that overlap, the one that comes first in the
document stands. What a line says does not depend on lines that are refused.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import NamedTuple
from zoneinfo import ZoneInfo

from floorwatch.floor.events import ScheduledActivity
from floorwatch.ingest.schedule.document import Refusal, Row, UnusableScheduleError
from floorwatch.ingest.schedule.times import RefusedTimeError, instants, local_length_ms, shown
from floorwatch.ingest.schedule.words import ACTIVITIES, ACTIVITY_WORDS, activity_of

TEXT_BYTES_MAX = 1_024
"""As in every event."""
DAY_MS = 86_400_000
NEAR_RATIO = 0.75
"""Numbers of agents are all alike: less alike than this, a hint would mislead."""
NEAREST_SOUGHT_MAX = 100
"""Unknown names for which a near one is looked for: among thousands of agents that takes a while."""


class Line(NamedTuple):
    """A line that is taken."""

    row: Row
    activity: ScheduledActivity


class _RefusedError(Exception):
    def __init__(self, reason: str, **values: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.values = values


class Checker:
    """Checks lines against what is known of the site.

    `known` are the agents there can be; where it is empty there can be any.
    """

    def __init__(self, zone: ZoneInfo, known: Collection[str]) -> None:
        self._zone = zone
        self._known = known
        self._strangers: dict[str, str] = {}
        """Agents nobody knows, each with the nearest known one, if any."""
        self._taken: dict[str, list[tuple[int, int, Line]]] = {}
        """Of each agent (start, end, line) of the lines taken, by start."""

    def check(self, rows: Iterable[Row]) -> tuple[list[Line], list[Refusal]]:
        """The lines that can be taken, in the order of the document, and those that cannot."""
        lines: list[Line] = []
        refused: list[Refusal] = []
        for row in rows:
            try:
                lines.append(self._line(row))
            except _RefusedError as wrong:
                refused.append(Refusal(row.where, wrong.reason, row.agent[:TEXT_BYTES_MAX], wrong.values))
        return lines, refused

    def _line(self, row: Row) -> Line:
        for column in ("agent", "activity", "start", "end"):
            if not getattr(row, column):
                raise _RefusedError("missing_value", column=column)
        for column in ("agent", "activity", "start", "end", "team", "site"):
            if len(str(getattr(row, column)).encode(errors="replace")) > TEXT_BYTES_MAX:
                raise _RefusedError("text_too_long", column=column, limit=TEXT_BYTES_MAX)
        agent = self._agent(row)
        activity = activity_of(row.activity)
        if activity is None:
            raise self._unknown_activity(row.activity)
        start, end = self._span(row)
        line = Line(row, ScheduledActivity(agent=agent, activity=activity, start=start, end=end))
        self._keep(line, start, end)
        return line

    def _agent(self, row: Row) -> str:
        """The agent's name. Of a calendar's two names the one that is known."""
        names = [name for name in (row.agent, row.agent_otherwise) if name]
        if not self._known:
            return names[0]
        for name in names:
            if name in self._known:
                return name
        name = names[0]
        if name not in self._strangers and len(self._strangers) < NEAREST_SOUGHT_MAX:
            self._strangers[name] = self._nearest(name)
        nearest = self._strangers.get(name)
        raise _RefusedError("unknown_agent", agent=name, **({"nearest": nearest} if nearest else {}))

    def _nearest(self, stranger: str) -> str:
        """The known agent that must be meant, for two digits are twisted or it is much like no other; else empty."""
        letters = sorted(stranger)
        twisted = [name for name in self._known if sorted(name) == letters]
        near = twisted or get_close_matches(stranger, self._known, 2, NEAR_RATIO)
        return near[0] if len(near) == 1 else ""

    def _unknown_activity(self, typed: str) -> _RefusedError:
        nearest = get_close_matches(typed.strip().casefold(), ACTIVITY_WORDS, 1)
        values = {"nearest": nearest[0]} if nearest else {}
        return _RefusedError("unknown_activity", activity=typed, known=", ".join(ACTIVITIES), **values)

    def _span(self, row: Row) -> tuple[int, int]:
        """[start, end) in ms since the epoch. Of a time that comes twice the one with which the line makes sense."""
        told: dict[str, tuple[int, ...]] = {}
        for column in ("start", "end"):
            try:
                told[column] = instants(getattr(row, column), self._zone)
            except RefusedTimeError as wrong:
                raise _RefusedError(
                    wrong.reason, column=column, typed=str(getattr(row, column)), **wrong.values
                ) from None
        spans = [(start, end) for start in told["start"] for end in told["end"]]
        sound = [span for span in spans if span[0] < span[1]]
        if not sound:
            start, end = spans[0]
            raise _RefusedError("reversed", start=shown(start, self._zone), end=shown(end, self._zone))
        if len(sound) > 1:
            column = "start" if len(told["start"]) > 1 else "end"
            first, second = (shown(instant, self._zone) for instant in told[column])
            typed = str(getattr(row, column))
            raise _RefusedError(
                "doubled_time", column=column, typed=typed, timezone=self._zone.key, first=first, second=second
            )
        start, end = sound[0]
        if local_length_ms(start, end, self._zone) > DAY_MS:
            raise _RefusedError("too_long", start=shown(start, self._zone), end=shown(end, self._zone))
        return start, end

    def _keep(self, line: Line, start: int, end: int) -> None:
        """Keep the agent's line, unless it overlaps one that was kept."""
        taken = self._taken.setdefault(line.activity.agent, [])
        at = bisect_left(taken, start, key=lambda kept: kept[0])
        for start_there, end_there, other in taken[max(0, at - 1) : at + 1]:
            if start_there < end and start < end_there:
                raise _RefusedError(
                    "overlap",
                    other=str(other.row.where),
                    activity=other.activity.activity,
                    start=shown(start_there, self._zone),
                    end=shown(end_there, self._zone),
                )
        taken.insert(at, (start, end, line))


def version_of(rows: Iterable[Row]) -> str:
    """The version the document names; empty when it names none. Raises `UnusableScheduleError` when it names two."""
    version = ""
    for row in rows:
        if len(row.version.encode(errors="replace")) > TEXT_BYTES_MAX:
            raise UnusableScheduleError("text_too_long", row.where, column="version", limit=TEXT_BYTES_MAX)
        if row.version and version and row.version != version:
            raise UnusableScheduleError("two_versions", row.where, first=version, second=row.version)
        version = version or row.version
    return version
