"""What an alert says, in every language, filled with the figures it speaks of."""

from __future__ import annotations

from floorwatch.alerts.lifecycle import Alert
from floorwatch.floor.settings import Settings
from floorwatch.metrics import phrases

RULE_WINDOW_MS = 15 * 60_000


def message(alert: Alert, value: float | None, n: int, settings: Settings) -> dict[str, str]:
    """Language to sentence. `value` is a ratio for service-level rules and milliseconds for all others."""
    name, figure = alert.subject, alert.rule.figure
    if figure == "service_level":
        return phrases.message(
            "alert.service_level_low",
            queue=name,
            level=value or 0.0,
            threshold_ms=settings.policy(name).threshold_ms,
            window_ms=RULE_WINDOW_MS,
            n=n,
            target=alert.threshold,
        )
    ms = int(value or 0)
    if figure == "longest_wait":
        return phrases.message("alert.longest_wait_high", queue=name, wait_ms=ms, limit_ms=int(alert.threshold))
    if figure == "outage":
        return phrases.message("alert.feed_down", source=name, lost_ms=ms)
    key = "alert.clock_behind" if ms > 0 else "alert.clock_ahead" if ms < 0 else "alert.clock_set"
    return phrases.message(key, source=name, offset_ms=abs(ms) // 100 * 100)
