"""What a reader must know beside the figures: what is missing, what was lost, what was counted otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from floorwatch.metrics import phrases
from floorwatch.reports.sums import Json
from floorwatch.store.history import History

if TYPE_CHECKING:
    from floorwatch.reports.build import Span

OFF_MS_MIN = 120_000
"""A pause between two runs that is shorter is no more than a restart: a run's end is known to the minute."""


def build(history: History, span: Span, document: Json) -> Iterator[Json]:
    """The notes in the order in which they matter, each with its sentence in every language."""
    if document["rebuilt"]:
        yield _note("rebuilt")
    if not span.is_over:
        yield _note("running", until=_clock(span, span.known_until()))
    for since, until in span.missing():
        yield _between("missing", span, since, until)
    runs = history.runs()
    for (_, ended), (begun, _) in pairwise(runs):
        if begun - ended >= OFF_MS_MIN and ended < span.end and begun > span.start:
            yield _between("off", span, ended, begun)
    for gap in history.gaps(span.start, span.end):
        kind = "backfilled" if gap.backfilled else gap.kind
        yield _between(kind, span, gap.since, span.end if gap.until is None else gap.until, source=gap.source)
    yield from _redefined(document)
    if document["grid_seconds"] != 1800:
        yield _note("grid", grid_ms=document["grid_seconds"] * 1000)
    for day in span.period.days:
        start, end = span.calendar.day_of(day)
        if end - start != 86_400_000:
            yield _note("hours", day=day.isoformat(), hours=(end - start) / 3_600_000)
    yield from _not_kept(span, document)


def _not_kept(span: Span, document: Json) -> Iterator[Json]:
    """Agents' days that are gone, or were never kept, while the day itself is known and somebody was there."""
    agents = document.get("agents")
    if agents is None:
        return
    if not agents:
        yield _note("no_individuals")
        return
    kept = {line["day"] for agent in agents.values() for line in agent["days"]}
    worked = {cell.day for cell in span.cells if cell.busy_ms or cell.available_ms}
    if gone := worked - kept:
        yield _note("some_individuals", n=len(gone))


def _redefined(document: Json) -> Iterator[Json]:
    for name, queue in document["queues"].items():
        for change in queue["defined"][1:]:
            yield _note("redefined", queue=name, since=change["from"][:16].replace("T", " "))


def _note(kind: str, **values: object) -> Json:
    return {"note": kind, **values, "text": phrases.message(f"report.note_{kind}", **values)}


def _between(kind: str, span: Span, since: int, until: int, **values: object) -> Json:
    whole = {"from": span.local(since), "to": span.local(until)}
    shown = {"since": _clock(span, since), "until": _clock(span, until)}
    return {"note": kind, **whole, **values, "text": phrases.message(f"report.note_{kind}", **shown, **values)}


def _clock(span: Span, instant: int) -> str:
    """To the minute; with its date in a report of several days, or of another day."""
    local = span.calendar.local(instant)
    is_plain = span.period.kind == "day" and local.date() == span.period.first
    return f"{local:%H:%M}" if is_plain else f"{local:%Y-%m-%d %H:%M}"
