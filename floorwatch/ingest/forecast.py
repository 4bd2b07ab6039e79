"""A forecast of contacts, as CSV: `queue,start,contacts[,aht_seconds]`, one line an interval of a queue.

Times are ISO 8601; without an offset they are local times of the site. An interval lasts as long as the shortest step
from one start to the next of the same queue; where there is only one, of the file; else, as the site's intervals. Lines
that cannot be used are refused with their number and the fix; the others are taken.

Actuals are of the same form, and count what came in intervals of a forecast: it says which there are and how long they
are, the actuals never do.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from itertools import pairwise
from math import isfinite
from pathlib import Path
from zoneinfo import ZoneInfo

from floorwatch.ingest.schedule.times import RefusedTimeError, instants
from floorwatch.metrics.staffing.forecast import Planned

COLUMNS = ("queue", "start", "contacts")
CONTACTS_MAX = 1e6
_AHT_S_MAX = 7 * 86_400

_Starts = dict[str, dict[int, tuple[float, float | None]]]
"""By queue and start: contacts, and handling time in seconds where one is given."""


class UnusableForecastError(Exception):
    """The file is no forecast; the sentence says why."""


@dataclass(slots=True)
class ForecastRead:
    """By queue, its intervals in order; and what was refused, a sentence per line."""

    queues: dict[str, tuple[Planned, ...]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ActualsRead:
    """By queue, what came in intervals of its forecast, by their start; and what was refused, a sentence per line."""

    queues: dict[str, dict[int, float]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def read_forecast(path: Path, timezone: str, interval_ms: int) -> ForecastRead:
    """Read a file. Raises UnusableForecastError, or OSError."""
    return forecast_of(_lines(path), timezone, interval_ms)


def forecast_of(lines: Iterable[str], timezone: str, interval_ms: int) -> ForecastRead:
    """Read lines, the heading first. Raises UnusableForecastError."""
    starts, refused = _taken(lines, ZoneInfo(timezone), lambda queue, start: None)
    read = ForecastRead(refused=refused)
    usual = min((step for found in starts.values() if (step := _step(found))), default=interval_ms)
    for queue, found in sorted(starts.items()):
        length = _step(found) or usual
        read.queues[queue] = tuple(Planned(start, start + length, *found[start]) for start in sorted(found))
    return read


def read_actuals(path: Path, timezone: str, forecast: Mapping[str, tuple[Planned, ...]]) -> ActualsRead:
    """Read a file of what came so far of a forecast. Raises UnusableForecastError, or OSError."""
    return actuals_of(_lines(path), timezone, forecast)


def actuals_of(lines: Iterable[str], timezone: str, forecast: Mapping[str, tuple[Planned, ...]]) -> ActualsRead:
    """Read lines, the heading first. Raises UnusableForecastError.

    A queue with a line inside an interval of its forecast is left out altogether: its lines are counts of other
    intervals than those forecast, even where they start at the same time.
    """
    zone = ZoneInfo(timezone)
    grids = {queue: _Grid(queue, intervals, zone) for queue, intervals in forecast.items()}

    def check(queue: str, start: int) -> None:
        if queue not in grids:
            raise ValueError(f"queue '{queue}' is not in the forecast{meant(queue, grids)}")
        grids[queue].check(start)

    taken, refused = _taken(lines, zone, check)
    kept = {queue: found for queue, found in sorted(taken.items()) if not grids[queue].is_another}
    return ActualsRead(
        {queue: {start: contacts for start, (contacts, _) in found.items()} for queue, found in kept.items()}, refused
    )


def meant(typed: str, known: Iterable[str]) -> str:
    """The name that was meant by a wrong one, as the end of a sentence; nothing where none is near."""
    folded = {name.casefold(): name for name in known}
    near = get_close_matches(typed.casefold(), folded, 1)
    return f"; did you mean '{folded[near[0]]}'?" if near else ""


class _Grid:
    """The intervals of a queue's forecast, for which alone there can be actuals."""

    def __init__(self, queue: str, intervals: tuple[Planned, ...], zone: ZoneInfo) -> None:
        self._queue, self._intervals, self._zone = queue, intervals, zone
        self._starts = [planned.start for planned in intervals]
        self._days = sorted({self._day(start) for start in self._starts})
        self.is_another = False
        """Whether a line lay inside an interval: the actuals are of other intervals."""

    def check(self, start: int) -> None:
        """Raises ValueError unless an interval starts then."""
        place = bisect_right(self._starts, start) - 1
        before = self._intervals[place] if place >= 0 else None
        if before is not None and before.start == start:
            return
        if before is not None and start < before.end:
            self.is_another = True
            interval = f"{self._local(before.start, '%H:%M')}-{self._local(before.end, '%H:%M')}"
            raise ValueError(
                f"start {self._local(start)} lies inside the interval {interval} of the forecast of queue "
                f"{self._queue}: give one line for each of its intervals; the queue is left as forecast"
            )
        if (day := self._day(start)) not in self._days:
            days = ", ".join(map(str, self._days[:3])) + (", ..." if len(self._days) > 3 else "")
            raise ValueError(f"start {self._local(start)} is of {day}, the forecast of queue {self._queue} of {days}")
        raise ValueError(
            f"start {self._local(start)}: the forecast of queue {self._queue} has no interval then; add it there"
        )

    def _day(self, instant: int) -> date:
        return datetime.fromtimestamp(instant / 1000, self._zone).date()

    def _local(self, instant: int, form: str = "%Y-%m-%dT%H:%M") -> str:
        return f"{datetime.fromtimestamp(instant / 1000, self._zone):{form}}"


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as wrong:
        raise UnusableForecastError("is not UTF-8; save it as CSV UTF-8") from wrong


def _taken(lines: Iterable[str], zone: ZoneInfo, check: Callable[[str, int], None]) -> tuple[_Starts, list[str]]:
    """By queue and start what was typed, and what was refused, also by `check`, with a ValueError."""
    rows = csv.reader(lines)
    heading = [name.strip().lower() for name in next(rows, [])]
    if missing := [name for name in COLUMNS if name not in heading]:
        raise UnusableForecastError(
            f"line 1: no column {', '.join(missing)}; the heading is queue,start,contacts[,aht_seconds]"
        )
    starts: _Starts = {}
    refused: list[str] = []
    try:
        for cells in rows:
            if any(cells):
                typed = dict(zip(heading, map(str.strip, cells), strict=False))
                try:
                    _take(typed, zone, starts, check)
                except ValueError as wrong:
                    refused.append(f"line {rows.line_num}: {wrong}")
    except csv.Error as wrong:
        raise UnusableForecastError(f"line {rows.line_num}: not CSV: {wrong}") from wrong
    return starts, refused


def _take(typed: dict[str, str], zone: ZoneInfo, starts: _Starts, check: Callable[[str, int], None]) -> None:
    queue = typed.get("queue", "")
    if not queue:
        raise ValueError("queue is empty: name one")
    contacts = _number(typed, "contacts", CONTACTS_MAX)
    if contacts is None:
        raise ValueError("contacts is empty: give the number, 0 for none, or leave out the line")
    aht_s = _number(typed, "aht_seconds", _AHT_S_MAX)
    if aht_s == 0:
        raise ValueError("aht_seconds is 0: give the mean handling time in seconds, or leave it empty")
    known = starts.get(queue, {})
    # A doubled local time (clocks set back) is meant once, then again.
    new = [instant for instant in _instants(typed.get("start", ""), zone) if instant not in known]
    if not new:
        raise ValueError(f"start {typed['start']} of queue {queue} is there already: keep one of the lines")
    check(queue, new[0])
    starts.setdefault(queue, {})[new[0]] = contacts, aht_s


def _number(typed: dict[str, str], column: str, most: float) -> float | None:
    text = typed.get(column, "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or not 0 <= number <= most:
        raise ValueError(f"{column} is '{text}': give a number from 0 to {most:g}, with a point for decimals")
    return number


def _instants(text: str, zone: ZoneInfo) -> tuple[int, ...]:
    try:
        return instants(text, zone)
    except RefusedTimeError as wrong:
        if instead := wrong.values.get("instead"):
            raise ValueError(
                f"start {text} does not exist in {zone.key}, the clocks skip it: write {instead}"
            ) from None
        raise ValueError(f"start is '{text}': give a time such as 2026-03-02T09:00 or 2026-03-02T09:00+01:00") from None


def _step(found: dict[int, tuple[float, float | None]]) -> int | None:
    """The shortest step from one start to the next."""
    return min((later - start for start, later in pairwise(sorted(found))), default=None)
