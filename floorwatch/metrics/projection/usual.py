"""What the days before were like: contacts and levels by place in the day, of days of the same kind."""

from __future__ import annotations

from floorwatch.metrics import tally as t
from floorwatch.metrics.calendar import Calendar
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.projection.state import UsualDay
from floorwatch.metrics.service_level import level

BACK_MS = 21 * 86_400_000
FADING = 0.85
"""The weight of a day, as a part of that of the next day of its kind."""

SETTLED_MS = 600_000
"""By so long after the day began, the last interval of the day before is closed."""

WORKING_DAYS = 5


class UsualDays:
    """The usual day of each queue, added up once a day."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._of: dict[str, tuple[tuple[int, bool], UsualDay]] = {}

    def of(self, ledger: QueueLedger, now: int) -> UsualDay:
        """Of working days on a working day, of weekends on a weekend, days without contacts left out."""
        day_start = self._calendar.day(now)[0]
        mark = (day_start, now - day_start >= SETTLED_MS)
        known = self._of.get(ledger.name)
        if known is None or known[0] != mark:
            known = self._of[ledger.name] = (mark, self._add_up(ledger, day_start))
        return known[1]

    def _is_working_day(self, day_start: int) -> bool:
        return self._calendar.local(day_start).weekday() < WORKING_DAYS

    def _add_up(self, ledger: QueueLedger, today: int) -> UsualDay:
        days: dict[int, dict[int, tuple[int, int, int]]] = {}
        kind = self._is_working_day(today)
        for interval in ledger.recent(today - BACK_MS):
            if interval.start < today and interval.tally:
                day_start = self._calendar.day(interval.start)[0]
                if self._is_working_day(day_start) == kind:
                    place = (interval.start - day_start) // self._calendar.interval_ms
                    counts = (t.read(interval.tally, "offered"), *level(interval.tally, ledger.policy))
                    days.setdefault(day_start, {})[place] = counts
        weights = {day: FADING**back for back, day in enumerate(sorted(days, reverse=True))}
        total = sum(weights.values())
        slots = [[0.0, 0.0, 0.0] for _ in range(1 + max((max(places) for places in days.values()), default=-1))]
        for day, places in days.items():
            for place, counts in places.items():
                for figure, count in enumerate(counts):
                    slots[place][figure] += weights[day] / total * count
        return UsualDay(
            tuple((offered, hits, decided) for offered, hits, decided in slots),
            sum(hits for _, hits, _ in slots),
            sum(decided for *_, decided in slots),
        )
