"""Rules beside what became of the periods: what was missed, what was warned of, and what was a false alarm."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from floorwatch.backtest.firings import Firing
from floorwatch.backtest.periods import Period
from floorwatch.floor.rules import Rule
from floorwatch.floor.settings import Settings

IN_TIME_MS = 5 * 60_000
"""A warning comes at least so long before the end of the period: later, nothing can be done any more."""
FRESH_MS = 30 * 60_000
"""It began no earlier than so long before that end, or than the period where that is longer."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule and what it was good for. Nothing is judged of a rule that is not about queues."""

    rule: Rule
    firings: Sequence[Firing]
    missed: Sequence[Period]
    """Of the queues that the rule concerns."""
    warned: Mapping[Period, int]
    """Those of them that were warned of: how long before their end, in ms, the first warning began."""
    covered: int
    """Those during which an alert fired in time, whenever it had begun."""
    false_alarms: Sequence[Firing]

    @property
    def is_judged(self) -> bool:
        """Whether its firings can be held against periods."""
        return self.rule.scope == "queue"


def judge(
    settings: Settings,
    found: Mapping[str, Sequence[Period]],
    firings: Iterable[Firing],
    channels: Mapping[str, str],
) -> list[Judged]:
    """Every rule in force, in its order. `found`: each queue's periods in order; `channels`: of the queues, by name."""
    by_rule: dict[str, list[Firing]] = {rule.name: [] for rule in settings.rules}
    for firing in firings:
        by_rule[firing.rule.name].append(firing)
    return [
        _judged(
            rule,
            by_rule[rule.name],
            {
                queue: some
                for queue, some in found.items()
                if rule.scope == "queue" and rule.selector.fits(queue, channels[queue], settings.policy(queue).labels)
            },
        )
        for rule in settings.rules
    ]


def _judged(rule: Rule, firings: Sequence[Firing], found: Mapping[str, Sequence[Period]]) -> Judged:
    by_queue: dict[str, list[Firing]] = {queue: [] for queue in found}
    for firing in firings if found else ():
        by_queue[firing.subject].append(firing)
    missed, warned, covered = [], {}, 0
    false_alarms: list[Firing] = []
    for queue, fired in by_queue.items():
        for period in found[queue]:
            if period.is_missed:
                missed.append(period)
                began = _first_warning(fired, period)
                if began is not None:
                    warned[period] = period.end - began
                covered += _is_covered(fired, period)
        false_alarms += [firing for firing in fired if not _is_about_something(firing, found[queue])]
    return Judged(rule, firings, missed, warned, covered, false_alarms)


def _first_warning(fired: Sequence[Firing], period: Period) -> int | None:
    """When the first alert began that warned of the end of this period."""
    fresh_ms = max(FRESH_MS, period.end - period.start)
    place = bisect_left(fired, period.end - fresh_ms, key=_fired_at)
    if place < len(fired) and fired[place].fired_at <= period.end - IN_TIME_MS:
        return fired[place].fired_at
    return None


def _is_covered(fired: Sequence[Firing], period: Period) -> bool:
    """Whether an alert fired at any time of the period but its last minutes; one ends before the next begins."""
    place = bisect_right(fired, period.end - IN_TIME_MS, key=_fired_at)
    return place > 0 and fired[place - 1].until > period.start


def _is_about_something(firing: Firing, periods: Sequence[Period]) -> bool:
    """Whether a period that it touches was missed, or its end is not known."""
    place = max(0, bisect_right(periods, firing.fired_at, key=lambda period: period.start) - 1)
    touched = takewhile(lambda period: period.start <= firing.until, periods[place:])
    return any(
        period.is_missed or period.is_incomplete for period in touched if firing.touches(period.start, period.end)
    )


def _fired_at(firing: Firing) -> int:
    return firing.fired_at
