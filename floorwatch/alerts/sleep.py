"""When a condition that does not hold may hold next: until then its rule need not be read.

A rule is *defined* on every tick. It is *read* only when it can have changed: each sleeper here names a tick, and sets
what wakes the queue earlier (so many decisions, so many waiting, something said of an agent). The property tests prove
the two equal. A figure without a sleeper is read on every tick.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, floor

from floorwatch.alerts.figures import FIGURES
from floorwatch.alerts.gauges import Gauges
from floorwatch.alerts.reading import Asked, holds
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.reachable import misses_to_spare, period_so_far
from floorwatch.metrics.service_level import level
from floorwatch.metrics.window import SPANS

NEVER_S = 1 << 62
STEPS_S = (60, 10)
"""So far ahead it is asked whether the best a period can come to stays above its limit."""

Sleeper = Callable[[Gauges, QueueLedger, Asked, int], int | None]
"""(gauges, queue, condition, tick) to the tick on which to look again; None: it cannot sleep."""


def tick_of(instant: int) -> int:
    """The first tick at or after the instant."""
    return -(-instant // 1000)


def by_level(gauges: Gauges, ledger: QueueLedger, asked: Asked, now_s: int) -> int | None:
    """A service level that must not be low: so many decisions may come, and so many hits may leave the window.

    While n is under the minimum sample, only decisions can bring a breach. From then on each miss that comes costs
    `limit` of the spare hits - limit * n, each hit that leaves 1 - limit, and nothing else costs anything. Half of what
    there is to spare is given to each; when either may be used up, the rule is read again.
    """
    window, least, limit = asked.condition.window, asked.sample, asked.limit
    if asked.condition.compare != "below" or window not in SPANS:
        return None
    hits, n = level(ledger.rolling.window(window, now_s), ledger.policy)
    following = NEVER_S
    if n < least:
        ledger.spend(1, least - n - 1)
    elif hits / n < limit:
        return None
    else:
        spare = (hits - limit * n) / 2
        ledger.spend(0, int(spare / limit) if limit > 0 else n)
        if limit < 1:
            following = ledger.rolling.when_hits_leave(window, int(spare / (1 - limit))) or NEVER_S
    entering = ledger.rolling.next_entry(now_s)
    return following if entering is None else min(following, entering)


def by_period(gauges: Gauges, ledger: QueueLedger, asked: Asked, now_s: int) -> int | None:
    """The best a period can come to is no worse than what it has: until that is under the limit, misses must come.

    And when it is, what may still come keeps the best up for a while: it is looked at in steps.
    """
    if asked.condition.compare != "below":
        return None
    least, limit = asked.sample, asked.limit
    hits, n, end = period_so_far(ledger, gauges.books.calendar, now_s * 1000)
    if n < least:
        ledger.spend(1, least - n - 1)
    elif hits / n < limit:
        return _by_coming(gauges, ledger, limit, now_s, tick_of(end))
    else:
        ledger.spend(0, int((hits - limit * n) / limit) if limit > 0 else n)
    return tick_of(end)


def _by_coming(gauges: Gauges, ledger: QueueLedger, limit: float, now_s: int, end_s: int) -> int | None:
    known_ms = now_s * 1000 - gauges.books.attendance.begun_at
    for step_s in STEPS_S:
        later_s = now_s + step_s
        if later_s < end_s:
            args = (ledger, gauges.books.calendar, now_s * 1000, later_s * 1000, known_ms, limit)
            spare = misses_to_spare(*args)
            if spare >= 0:
                ledger.spend(0, spare)
                return later_s
    return None


def by_wait(gauges: Gauges, ledger: QueueLedger, asked: Asked, now_s: int) -> int | None:
    """The wait of the contact that waits longest grows by the clock; nobody overtakes it."""
    limit_ms = floor(asked.limit)
    if asked.condition.compare != "above" or limit_ms < 0:
        return None
    oldest = ledger.oldest_wait()
    if oldest is None:
        if limit_ms <= ledger.threshold_ms:  # a contact waiting past T wakes the queue as it is
            ledger.line_alarm = 1
        return NEVER_S
    return tick_of(ledger.waits_so_long_until(oldest, limit_ms) + 1)


def by_line(gauges: Gauges, ledger: QueueLedger, asked: Asked, now_s: int) -> int | None:
    """So many must wait: the queue tells when they do."""
    compare, limit = asked.condition.compare, asked.limit
    if compare not in ("above", "at_least"):
        return None
    least = floor(limit) + 1 if compare == "above" else ceil(limit)
    if len(ledger.waiting) >= least:
        return None
    ledger.line_alarm = min(ledger.line_alarm, least)
    return NEVER_S


def by_presence(gauges: Gauges, ledger: QueueLedger, asked: Asked, now_s: int) -> int | None:
    """Nobody must be there: while one is known to be, it takes a word about that agent."""
    if asked.condition.compare not in ("below", "at_most") or holds(asked.condition, 1, asked.limit):
        return None
    until = gauges.presence.is_staffed_until(ledger, now_s * 1000)
    return None if until is None else tick_of(until)


def silent_until(gauges: Gauges, ledger: QueueLedger, asked: Asked, now_s: int) -> int:
    """The tick on which what a live alert looks at may be another although nothing more is said."""
    figure, window = asked.condition.figure, asked.condition.window
    if window in SPANS and FIGURES[figure].has_sample | (figure == "offered"):
        return ledger.rolling.next_change(window, now_s) or NEVER_S
    if figure == "longest_wait":
        return _wait_passes(ledger, asked, now_s)
    if figure in ("waiting", "waiting_past_threshold"):
        return NEVER_S  # that a contact now waits past T is said by a timer
    if figure == "best_possible" and _is_lost(gauges, ledger, asked, now_s):
        return ledger.rolling.next_entry(now_s) or NEVER_S  # without a contact that comes it only gets worse
    if figure == "present":
        gauges.books.minding[ledger] = None
        if gauges.presence.count(ledger, now_s * 1000):
            return now_s + 1  # a wrap-up may end
        # nobody comes without a word; but who belonged by its answers, and is not known to be away, may belong no more
        return tick_of(gauges.books.calendar.interval(now_s * 1000)[1])
    return now_s + 1


def _is_lost(gauges: Gauges, ledger: QueueLedger, asked: Asked, now_s: int) -> bool:
    """Whether the best that a period can come to is under every limit there is."""
    condition = asked.condition
    seen = gauges.best_possible(ledger, "", now_s * 1000)
    if condition.compare not in ("below", "at_most") or seen.value is None or seen.n < asked.sample:
        return False
    limits = (asked.limit, *(limit for _, limit in asked.graver))
    return all(holds(condition, seen.value, limit) for limit in limits)


def _wait_passes(ledger: QueueLedger, asked: Asked, now_s: int) -> int:
    """When the longest wait passes the next of the limits."""
    oldest = ledger.oldest_wait()
    if oldest is None:
        return NEVER_S
    limits = (asked.limit, *(limit for _, limit in asked.graver), *(() if asked.clear is None else (asked.clear,)))
    passes = [tick_of(ledger.waits_so_long_until(oldest, round(limit))) for limit in limits]
    # at the limit, or past it, as the comparison says: both ticks are looked at
    return min((tick for at in passes for tick in (at, at + 1) if tick > now_s), default=NEVER_S)


SLEEPERS: dict[str, Sleeper] = {
    "service_level": by_level,
    "best_possible": by_period,
    "longest_wait": by_wait,
    "waiting": by_line,
    "waiting_past_threshold": by_line,
    "present": by_presence,
}
