"""The back-test as a document: plain JSON, the same bytes for the same rules, days and configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from statistics import median

from floorwatch.alerts.figures import FIGURES
from floorwatch.backtest.compare import Compared, compare
from floorwatch.backtest.firings import Firing
from floorwatch.backtest.judge import Judged
from floorwatch.backtest.periods import Period
from floorwatch.backtest.run import Tried
from floorwatch.metrics.service_level import ratio
from floorwatch.report import Json, canonical_json, rfc3339, seconds

HOUR_MS = 3_600_000
JUDGED = ("missed", "warned", "warned_ratio", "covered", "lead_seconds_median", "false_alarms", "false_alarms_per_day")
"""What a rule is held against; null of one that is not about queues."""


def document(new: Tried, old: Tried | None = None) -> Json:
    """What the rules would have done; with `old`, beside those rules on the same days."""
    found: Json = {
        "timezone": new.settings.timezone,
        "from": rfc3339(new.start) if new.end else None,
        "to": rfc3339(new.end) if new.end else None,
        "open_hours": new.open_ms / HOUR_MS,
        "days": new.days,
        "min_sample": new.settings.min_sample,
        "input": {"read": new.counts.read, "invalid": dict(new.counts.invalid)},
        "queues": {queue: _queue(periods) for queue, periods in sorted(new.periods.items())},
        "rules": [_rule(judged, new) for judged in new.rules],
        "firings": _firings(new),
        "misses": _misses(new),
    }
    if old is not None:
        found["compared"] = _compared(compare(new.firings, old.firings), old)
    return found | {"digest": hashlib.sha256(canonical_json(found)).hexdigest()}


def _queue(periods: Sequence[Period]) -> Json:
    return {
        "periods": sum(period.is_judged for period in periods),
        "missed": sum(period.is_missed for period in periods),
        "incomplete": sum(period.is_incomplete for period in periods),
    }


def _rule(judged: Judged, of: Tried) -> Json:
    pages = sum(firing.pages for firing in judged.firings)
    found: Json = {
        "rule": judged.rule.name,
        "scope": judged.rule.scope,
        "firings": len(judged.firings),
        "pages": pages,
        "pages_per_hour": ratio(pages * HOUR_MS, of.open_ms),
        "firing_seconds": seconds(sum(firing.until - firing.fired_at for firing in judged.firings)),
        "unacknowledged_seconds": seconds(sum(firing.unacknowledged_ms for firing in judged.firings)),
    }
    if not judged.is_judged:
        return found | dict.fromkeys(JUDGED)
    false_alarms = len(judged.false_alarms)
    return found | {
        "missed": len(judged.missed),
        "warned": len(judged.warned),
        "warned_ratio": ratio(len(judged.warned), len(judged.missed)),
        "covered": judged.covered,
        "lead_seconds_median": seconds(round(median(judged.warned.values()))) if judged.warned else None,
        "false_alarms": false_alarms,
        "false_alarms_per_day": ratio(false_alarms, of.days),
    }


def _firings(of: Tried) -> list[Json]:
    false_alarms = {firing.key for judged in of.rules for firing in judged.false_alarms}
    return [_firing(firing, firing.key in false_alarms) for firing in sorted(of.firings, key=lambda one: one.key)]


def _firing(firing: Firing, is_false: bool) -> Json:
    return {
        "rule": firing.rule.name,
        "labels": {firing.rule.scope: firing.subject},
        "severity_at_fire": firing.severity_at_fire,
        "severity": firing.severity,
        "fired_at": rfc3339(firing.fired_at),
        "resolved_at": rfc3339(firing.until) if firing.resolved_by else None,
        "resolved_by": firing.resolved_by or None,
        "value_at_fire": firing.value,
        "unit": FIGURES[firing.rule.figure].unit,
        "n_at_fire": firing.n,
        "pages": firing.pages,
        "unacknowledged_seconds": seconds(firing.unacknowledged_ms),
        "false_alarm": is_false if firing.rule.scope == "queue" else None,
    }


def _misses(of: Tried) -> list[Json]:
    missed = [period for periods in of.periods.values() for period in periods if period.is_missed]
    return [
        {
            "queue": period.queue,
            "from": rfc3339(period.start),
            "to": rfc3339(period.end),
            "service_level": period.hits / period.decided,
            "n": period.decided,
            "target": period.target,
            "lead_seconds": {
                judged.rule.name: seconds(judged.warned[period]) for judged in of.rules if period in judged.warned
            },
        }
        for period in sorted(missed, key=lambda period: (period.start, period.queue))
    ]


def _compared(found: Compared, old: Tried) -> Json:
    return {
        "rules": [_rule(judged, old) for judged in old.rules],
        "same": found.same,
        "only_new": [_brief(firing) for firing in found.only_new],
        "only_old": [_brief(firing) for firing in found.only_old],
        "moved": [_moved(before, after) for before, after in found.moved],
    }


def _brief(firing: Firing) -> Json:
    return {
        "rule": firing.rule.name,
        "labels": {firing.rule.scope: firing.subject},
        "severity": firing.severity,
        "fired_at": rfc3339(firing.fired_at),
        "resolved_at": rfc3339(firing.until) if firing.resolved_by else None,
    }


def _moved(before: Firing, after: Firing) -> Json:
    """By how much it fires and is resolved later than it did; below 0: earlier. None: one of them is not resolved."""
    both_resolved = before.resolved_by and after.resolved_by
    return _brief(after) | {
        "severity_before": before.severity,
        "fires_later_seconds": seconds(after.fired_at - before.fired_at),
        "resolves_later_seconds": seconds(after.until - before.until) if both_resolved else None,
    }
