"""A forecast of contacts, as CSV: `queue,start,contacts[,aht_seconds]`, one line an interval of a queue.

Times are ISO 8601; without an offset they are local times of the site. An interval lasts as long as the shortest step
from one start to the next of the same queue; where there is only one, of the file; else, as the site's intervals. Lines
that cannot be used are refused with their number and the fix; the others are taken.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from pathlib import Path
from zoneinfo import ZoneInfo

from floorwatch.ingest.schedule.times import RefusedTimeError, instants
from floorwatch.metrics.staffing.forecast import Planned

COLUMNS = ("queue", "start", "contacts")
CONTACTS_MAX = 1e6
_AHT_S_MAX = 7 * 86_400


class UnusableForecastError(Exception):
    """The file is no forecast; the sentence says why."""


@dataclass(slots=True)
class ForecastRead:
    """By queue, its intervals in order; and what was refused, a sentence per line."""

    queues: dict[str, tuple[Planned, ...]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


def read_forecast(path: Path, timezone: str, interval_ms: int) -> ForecastRead:
    """Read a file. Raises UnusableForecastError, or OSError."""
    try:
        return forecast_of(path.read_text(encoding="utf-8-sig").splitlines(), timezone, interval_ms)
    except UnicodeDecodeError as wrong:
        raise UnusableForecastError("is not UTF-8; save it as CSV UTF-8") from wrong


def forecast_of(lines: Iterable[str], timezone: str, interval_ms: int) -> ForecastRead:
    """Read lines, the heading first. Raises UnusableForecastError."""
    rows = csv.reader(lines)
    heading = [name.strip().lower() for name in next(rows, [])]
    if missing := [name for name in COLUMNS if name not in heading]:
        raise UnusableForecastError(
            f"line 1: no column {', '.join(missing)}; the heading is queue,start,contacts[,aht_seconds]"
        )
    read, zone = ForecastRead(), ZoneInfo(timezone)
    starts: dict[str, dict[int, tuple[float, float | None]]] = {}
    try:
        for cells in rows:
            if any(cells):
                typed = dict(zip(heading, map(str.strip, cells), strict=False))
                try:
                    _take(typed, zone, starts)
                except ValueError as wrong:
                    read.refused.append(f"line {rows.line_num}: {wrong}")
    except csv.Error as wrong:
        raise UnusableForecastError(f"line {rows.line_num}: not CSV: {wrong}") from wrong
    usual = min((step for found in starts.values() if (step := _step(found))), default=interval_ms)
    for queue, found in sorted(starts.items()):
        length = _step(found) or usual
        read.queues[queue] = tuple(Planned(start, start + length, *found[start]) for start in sorted(found))
    return read


def _take(typed: dict[str, str], zone: ZoneInfo, starts: dict[str, dict[int, tuple[float, float | None]]]) -> None:
    queue = typed.get("queue", "")
    if not queue:
        raise ValueError("queue is empty: name one")
    contacts = _number(typed, "contacts", CONTACTS_MAX)
    if contacts is None:
        raise ValueError("contacts is empty: give the number expected, 0 for none")
    aht_s = _number(typed, "aht_seconds", _AHT_S_MAX)
    if aht_s == 0:
        raise ValueError("aht_seconds is 0: give the mean handling time in seconds, or leave it empty")
    known = starts.get(queue, {})
    # A doubled local time (clocks set back) is meant once, then again.
    new = [instant for instant in _instants(typed.get("start", ""), zone) if instant not in known]
    if not new:
        raise ValueError(f"start {typed['start']} of queue {queue} is there already: keep one of the lines")
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
