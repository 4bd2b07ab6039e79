"""What the default service-level rule would do on a day, recounted from its events by the words of the definitions."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from floorwatch.floor import events as contract
from floorwatch.floor.settings import Settings

WINDOW_MS = 15 * 60_000
MIN_SAMPLE = 20
Decided = dict[str, list[tuple[int, bool]]]


@dataclass
class Alert:
    pending_ms: int
    fired_ms: int
    worst: float
    cleared_ms: int | None = None


def decided_visits(day: Iterable[contract.Event], settings: Settings) -> Decided:
    """By queue, (instant, hit) of every visit that counts by `short_abandons_excluded`, in order."""
    entered: dict[tuple[str, str], int] = {}
    decided: Decided = defaultdict(list)
    for event in day:
        if isinstance(event, contract.ContactOffered):
            entered[event.contact, event.queue] = event.time
        elif isinstance(event, contract.ContactAnswered | contract.ContactAbandoned | contract.ContactExited):
            policy = settings.policy(event.queue)
            since = entered.pop((event.contact, event.queue))
            wait = event.time - since
            if wait > policy.threshold_ms:
                decided[event.queue].append((since + policy.threshold_ms, False))
            elif isinstance(event, contract.ContactAnswered):
                decided[event.queue].append((event.time, True))
            elif isinstance(event, contract.ContactAbandoned) and wait > policy.short_abandon_ms:
                decided[event.queue].append((event.time, False))
    for (_, queue), since in entered.items():
        decided[queue].append((since + settings.policy(queue).threshold_ms, False))
    return {queue: sorted(visits) for queue, visits in decided.items()}


def window(visits: list[tuple[int, bool]], now: int) -> tuple[float | None, int]:
    """Service level and n of (now - 15 min, now]."""
    first = bisect_right(visits, (now - WINDOW_MS, True))
    last = bisect_right(visits, (now, True))
    n = last - first
    return (sum(hit for _, hit in visits[first:last]) / n if n else None), n


def alerts(visits: list[tuple[int, bool]], target: float, start: int, end: int) -> list[Alert]:
    """`service_level_low` on 1-second ticks: fires after 60 s under target, clears after 2 min at target + 2 points."""
    fired: list[Alert] = []
    under_since = good_since = None
    firing = False
    for now in range(start, end, 1000):
        level, n = window(visits, now)
        if level is None or n < MIN_SAMPLE:
            under_since = good_since = None
        elif not firing:
            under_since = None if level >= target else now if under_since is None else under_since
            if under_since is not None and now - under_since >= 60_000:
                fired.append(Alert(under_since, now, level))
                firing, under_since = True, None
        else:
            alert = fired[-1]
            alert.worst = min(alert.worst, level)
            good_since = None if level < target + 0.02 else now if good_since is None else good_since
            if good_since is not None and now - good_since >= 120_000:
                alert.cleared_ms, firing, good_since = now, False, None
    return fired
