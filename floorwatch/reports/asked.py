"""The report of a day, as the daemon gives it to who asks: read from the history while that is being written."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from floorwatch.reports.build import build, calendar_of
from floorwatch.reports.period import last_complete, named
from floorwatch.reports.sums import Json
from floorwatch.store.history import NAME, History


def day_report(folder: Path, day: str | None, queue: str | None, *, individuals: bool) -> Json | None:
    """The report of this business day, else of the last complete one; None where nothing is known of it.

    Reads the disk. Raises `UnknownPeriodError` for a day that is none, and `sqlite3.Error`.
    """
    with closing(History(folder / NAME)) as history:
        site = history.site
        if site is None:
            return None
        today = calendar_of(site).date(history.written_until)
        period = last_complete("day", today) if day is None else named("day", day)
        report = build(history, period, queue=queue, individuals=individuals)
        return report if report["queues"] or report["known_hours"] else None
