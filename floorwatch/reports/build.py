"""A report as a document: sums of closed intervals, by part of the day, by day, by time of day, and in all.

One builder for days, weeks and months; writers (`text`, `page`, `table`) show what stands in the document and divide
nothing. Seconds have millisecond precision, ratios are full floats, and what is not known is null.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from floorwatch import __version__
from floorwatch.metrics.calendar import Calendar
from floorwatch.reports import agents, notes
from floorwatch.reports.known import known_cells
from floorwatch.reports.period import Period
from floorwatch.reports.sums import Json, Sums, figures
from floorwatch.store.history import History, Site
from floorwatch.store.rows import AlertRow, CellRow, Definition, QueueRow

HALF_HOUR_MS = 1_800_000
HOUR_MS = 3_600_000

Key = tuple[str, str | int]
"""Which line of the report: ("total", ""), ("day", its date), ("slot", its start) or ("time", time of day)."""
TOTAL: Key = ("total", "")


def calendar_of(site: Site) -> Calendar:
    """The business days of a site; the intervals of its grid are in the history."""
    return Calendar(site.timezone, site.day_start_ms, HALF_HOUR_MS)


class Span:
    """A period on the calendar of its site, and what of it is known."""

    def __init__(
        self, period: Period, calendar: Calendar, cells: list[CellRow], closed_until: int, written_until: int
    ) -> None:
        self.period = period
        self.calendar = calendar
        self.cells = cells
        self.start = calendar.day_of(period.first)[0]
        self.end = calendar.day_of(period.last)[1]
        self.closed_until = closed_until
        """The end of the newest interval that is closed, be it that nothing is known of it."""
        self.written_until = written_until
        """When the history was written last; what came after nobody knows."""
        self.grid_ms = _grid_ms(cells)

    @property
    def is_over(self) -> bool:
        """Whether the period had ended, and all of it had closed, when the history was written last."""
        return self.closed_until >= self.end

    def known_until(self) -> int:
        """The end of the newest interval that is known."""
        return self.cells[-1].end if self.cells else self.start

    def missing(self) -> Iterator[tuple[int, int]]:
        """[from, to) of which nothing is known, up to when something could be."""
        at = self.start
        for cell in self.cells:
            if cell.start > at:
                yield at, cell.start
            at = max(at, cell.end)
        end = min(self.end, self.written_until)
        is_closed = not self.cells or at < self.closed_until
        if at < end and (is_closed or end - at > 2 * self.grid_ms):  # the newest intervals are just not closed yet
            yield at, end

    def local(self, instant: int) -> str:
        """RFC 3339 in the site's time zone."""
        return self.calendar.local(instant).isoformat()

    def slots(self) -> Iterator[tuple[int, int]]:
        """The grid of the report without gaps."""
        for day in self.period.days:
            start, end = self.calendar.day_of(day)
            while start < end:
                yield start, min(start + self.grid_ms, end)
                start += self.grid_ms

    def keys(self, cell: CellRow) -> Iterator[Key]:
        """The lines in which an interval counts."""
        day_start = self.calendar.day(cell.start)[0]
        slot = cell.start - (cell.start - day_start) % self.grid_ms
        yield TOTAL
        yield "day", cell.day
        if self.period.kind == "day":
            yield "slot", slot
        else:
            yield "time", self.time_of(slot)

    def time_of(self, slot: int) -> str:
        """What the clock on the wall shows at the start of a slot; in an hour that comes twice, twice the same."""
        return f"{self.calendar.local(slot):%H:%M}"


def _grid_ms(cells: Iterable[CellRow]) -> int:
    """Half an hour, where the site's intervals make half hours; else its own interval, or an hour for several."""
    lengths = {cell.end - cell.start for cell in cells}
    if all(HALF_HOUR_MS % length == 0 for length in lengths):
        return HALF_HOUR_MS
    return lengths.pop() if len(lengths) == 1 else HOUR_MS


def build(
    history: History, period: Period, *, queue: str | None = None, individuals: bool = False, rebuilt: bool = False
) -> Json:
    """The report of a period. `queue`: of this one alone. `individuals`: the agents' days as well.

    `rebuilt`: the history was counted anew from the journal. Raises `LookupError` for a history in which nothing was
    ever written, and `sqlite3.Error`.
    """
    site = history.site
    if site is None:
        raise LookupError("nothing was written into the history yet")
    first, last = period.first.isoformat(), period.last.isoformat()
    written = list(history.queues(first, last))
    closed = history.cells(first, last)
    cells = known_cells(closed, written, history.runs())
    span = Span(period, calendar_of(site), cells, closed[-1].end if closed else 0, history.written_until)
    rows = _by_queue(written, queue)
    shown = [alert for alert in history.alerts(first, last) if queue in (None, alert.subject)]
    definitions: dict[Definition, int] = {}
    document: Json = {
        "kind": period.kind,
        "period": period.label,
        "from": span.local(span.start),
        "to": span.local(span.end),
        "known_hours": sum(cell.end - cell.start for cell in cells) / HOUR_MS,
        "hours": (span.end - span.start) / HOUR_MS,
        "site": site.name,
        "timezone": site.timezone,
        "version": __version__,
        "min_sample": site.min_sample,
        "grid_seconds": span.grid_ms // 1000,
        "is_over": span.is_over,
        "known_until": span.local(span.known_until()),
        "rebuilt": rebuilt,
        "queues": {name: _queue(span, of_queue, definitions) for name, of_queue in rows.items()},
        "alerts": [_alert(span, alert) for alert in shown],
    }
    if queue is None:
        document["floor"] = _floor(span, rows)
    if individuals:
        document["agents"] = agents.build(history.agents(first, last))
    document["definitions"] = [_definition(definition) for definition in definitions]
    document["notes"] = list(notes.build(history, span, document))
    return document


def _by_queue(rows: Iterable[QueueRow], queue: str | None) -> dict[str, list[QueueRow]]:
    by_queue: dict[str, list[QueueRow]] = {}
    for row in rows:
        if queue in (None, row.queue):
            by_queue.setdefault(row.queue, []).append(row)
    return by_queue


class _Lines:
    """Sums by line of the report, of one queue or of the floor."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self._keys = {cell.start: tuple(span.keys(cell)) for cell in span.cells}
        self.sums: dict[Key, Sums] = {}
        self.days: dict[Key, set[str]] = {}
        """Of how many days a line is made."""
        for cell in span.cells:
            for key in self._keys[cell.start]:
                self.sums.setdefault(key, Sums()).know(cell)
                self.days.setdefault(key, set()).add(cell.day)

    def add(self, row: QueueRow) -> None:
        """Count a row; one whose interval is not known to be closed is none."""
        for key in self._keys.get(row.start, ()):
            self.sums[key].add(row)

    def occupy(self, start: int, busy_ms: int | None, available_ms: int | None) -> None:
        """Add agents' time of an interval."""
        for key in self._keys.get(start, ()):
            self.sums[key].occupy(busy_ms, available_ms)

    def as_json(self) -> Json:
        """Every line, with what of its time is known."""
        span = self._span
        document: Json = {"total": self._line(TOTAL, span.end - span.start)}
        document["days"] = [self._day(day) for day in span.period.days]
        if span.period.kind == "day":
            document["slots"] = [
                {"start": span.local(start), **self._line(("slot", start), end - start)} for start, end in span.slots()
            ]
        else:
            times = {span.time_of(start) for start, _ in span.slots()}
            document["times"] = [self._time(time) for time in sorted(times, key=self._from_day_start)]
        return document

    def _time(self, time: str) -> Json:
        days = self.days.get(("time", time), ())
        return {"time": time, "days": len(days), **self._line(("time", time), 0)}

    def _from_day_start(self, time: str) -> int:
        hours, minutes = map(int, time.split(":"))
        start = self._span.calendar.local(self._span.start)
        return ((hours - start.hour) * 60 + minutes - start.minute) % 1440

    def _day(self, day: date) -> Json:
        start, end = self._span.calendar.day_of(day)
        line = self._line(("day", day.isoformat()), end - start)
        return {"day": day.isoformat(), "hours": (end - start) / HOUR_MS, **line}

    def _line(self, key: Key, length_ms: int) -> Json:
        sums = self.sums.get(key, Sums())
        return {**figures(sums), "partial": 0 < sums.known_ms < length_ms}


def _queue(span: Span, rows: list[QueueRow], definitions: dict[Definition, int]) -> Json:
    lines, changes = _Lines(span), list[Json]()
    before: Definition | None = None
    for row in rows:
        lines.add(row)
        lines.occupy(row.start, row.busy_ms, row.available_ms)
        if row.definition != before:
            place = definitions.setdefault(row.definition, len(definitions))
            changes.append({"from": span.local(row.start), "definition": place})
            before = row.definition
    return {"defined": changes, **lines.as_json()}


def _floor(span: Span, rows: dict[str, list[QueueRow]]) -> Json:
    lines = _Lines(span)
    for of_queue in rows.values():
        for row in of_queue:
            lines.add(row)
    for cell in span.cells:
        lines.occupy(cell.start, cell.busy_ms, cell.available_ms)
    return lines.as_json()


def _definition(definition: Definition) -> Json:
    return {
        "channel": definition.channel,
        "target": definition.target,
        "threshold_seconds": definition.threshold_ms / 1000,
        "short_abandon_seconds": definition.short_abandon_ms / 1000,
        "formula": definition.formula,
        "exits_count": definition.exits_count,
        "versions": {pair.partition(":")[0]: int(pair.partition(":")[2]) for pair in definition.versions.split()},
    }


def _alert(span: Span, alert: AlertRow) -> Json:
    lasted = None if alert.resolved_at is None else (alert.resolved_at - alert.fired_at) / 1000
    return {
        "rule": alert.rule,
        "labels": {alert.kind: alert.subject},
        "severity": alert.severity,
        "severity_at_fire": alert.severity_at_fire,
        "pending_at": span.local(alert.pending_at),
        "fired_at": span.local(alert.fired_at),
        "resolved_at": None if alert.resolved_at is None else span.local(alert.resolved_at),
        "resolved_by": alert.reason or None,
        "seconds": lasted,
        "value_at_fire": alert.value,
        "n_at_fire": alert.n,
        "message": {"en": alert.message_en, "zh": alert.message_zh},
    }
