"""The schedule in force: who is to do what, when, and by which version it is said.

A loaded schedule is a version of a document (a file, what is handed in under one name): it takes the place of what that
document said before of the business days it names, and leaves other days and other documents alone. An unbroken chain
of one agent's lines is one shift and belongs to the day on which it starts, so a shift over midnight is one shift; the
two halves of a split shift are two chains of one day. What was replaced is kept with its version.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from floorwatch.floor.events import ScheduledActivity
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.rule_matrix import SCHEDULED

SHIFT_MAX_MS = 24 * 3_600_000
"""No shift is longer: a chain that goes on is another one, of the day on which it goes on."""


class Line(NamedTuple):
    """One scheduled activity of one agent, [start, end). Instants in milliseconds."""

    start: int
    end: int
    activity: str
    day: int
    """The start of the business day the shift belongs to."""


Lines = dict[str, list[Line]]
"""By agent, in order of time."""


class Version(NamedTuple):
    """One loaded schedule, as far as it speaks of one day."""

    document: str
    name: str
    loaded_at: int
    """Engine time; 0 for one that was in force from the start."""
    order: int
    """Of loading: what was loaded later stands where two documents contradict each other."""
    lines: Lines


class Schedule:
    """Every day that has a schedule, with all its versions in the order in which they were loaded."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self.days: dict[int, list[Version]] = {}
        """By the start of the business day."""
        self.lines: Lines = {}
        """What is in force."""
        self.refused: Counter[str] = Counter()
        """Lines that could not be taken, by reason."""
        self._loaded = 0

    @property
    def changed_at(self) -> int | None:
        """When a version was last loaded, engine time; None where what is in force was so from the start."""
        return max((version.loaded_at for versions in self.days.values() for version in versions), default=0) or None

    def load(self, document: str, version: str, activities: Iterable[ScheduledActivity], at: int) -> set[str]:
        """Put a version in force. Returns the agents whose lines it has changed.

        Lines that cannot be (unknown activity, end before start, overlapping another of the agent) are left out and
        counted: who reads a schedule names them to whoever wrote it.
        """
        loaded: dict[int, Lines] = {}
        for agent, lines in self._by_agent(activities).items():
            for line in self._in_shifts(lines):
                loaded.setdefault(line.day, {}).setdefault(agent, []).append(line)
        changed: set[str] = set()
        self._loaded += 1
        for day, lines_of in loaded.items():
            for before in self.in_force(day):
                changed.update(before.lines if before.document == document else ())
            changed.update(lines_of)
            self.days.setdefault(day, []).append(Version(document, version, at, self._loaded, lines_of))
        for agent in sorted(changed):
            self._put_in_force(agent)
        return changed

    def _by_agent(self, activities: Iterable[ScheduledActivity]) -> dict[str, list[tuple[int, int, str]]]:
        read: dict[str, list[tuple[int, int, str]]] = {}
        for told in activities:
            assert isinstance(told.start, int)
            assert isinstance(told.end, int)
            if told.activity not in SCHEDULED:
                self.refused["unknown_activity"] += 1
            elif told.end <= told.start:
                self.refused["reversed"] += 1
            else:
                read.setdefault(told.agent, []).append((told.start, told.end, told.activity))
        return read

    def _in_shifts(self, lines: list[tuple[int, int, str]]) -> Iterator[Line]:
        """The lines of one agent that do not overlap, rows of one activity joined, each with the day of its shift."""
        begun = end_before = 0
        last: Line | None = None
        for start, end, activity in sorted(lines):
            if start < end_before:
                self.refused["overlapping"] += 1
                continue
            if start != end_before or end - begun > SHIFT_MAX_MS:
                begun = start
            day = self._calendar.day(begun)[0]
            if last is not None and (last.end, last.activity, last.day) == (start, activity, day):
                last = last._replace(end=end)  # one break in two rows is one break
            else:
                if last is not None:
                    yield last
                last = Line(start, end, activity, day)
            end_before = end
        if last is not None:
            yield last

    def _put_in_force(self, agent: str) -> None:
        """Of two documents' lines, or two days' shifts, that overlap, what was loaded later stands."""
        told = [
            (line, version.order)
            for day in self.days
            for version in self.in_force(day)
            for line in version.lines.get(agent, ())
        ]
        standing: list[tuple[Line, int]] = []
        for line, order in sorted(told):
            while standing and line.start < standing[-1][0].end and order > standing[-1][1]:
                standing.pop()
                self.refused["overlapping_another"] += 1
            if standing and line.start < standing[-1][0].end:
                self.refused["overlapping_another"] += 1
            else:
                standing.append((line, order))
        if standing:
            self.lines[agent] = [line for line, _ in standing]
        else:
            self.lines.pop(agent, None)

    @property
    def was_loaded(self) -> bool:
        """Whether a schedule was ever known, though its days may be forgotten by now."""
        return self._loaded > 0

    def in_force(self, day: int) -> list[Version]:
        """The latest version of each document that names the business day which starts then."""
        return list({version.document: version for version in self.days.get(day, ())}.values())

    def version(self, day: int) -> str | None:
        """What is in force on the business day that starts then, by name; None when nothing is scheduled on it."""
        return ", ".join(version.name for version in self.in_force(day)) or None

    def forget(self, before: int) -> None:
        """Drop the days that start before this instant: what they come to has been counted."""
        gone = [day for day in self.days if day < before]
        for day in gone:
            del self.days[day]
        if gone:
            kept = {agent: [line for line in lines if line.day >= before] for agent, lines in self.lines.items()}
            self.lines = {agent: lines for agent, lines in kept.items() if lines}
