"""What an alert says, in every language, filled with the figures it speaks of."""

from __future__ import annotations

from floorwatch.alerts.lifecycle import Alert
from floorwatch.floor.settings import QueuePolicy
from floorwatch.metrics import phrases

RULE_WINDOW_MS = 15 * 60_000


def message(alert: Alert, value: float | None, n: int, policy: QueuePolicy) -> dict[str, str]:
    """Language to sentence. `value` is a ratio for service-level rules and milliseconds for waiting rules."""
    if alert.rule.figure == "service_level":
        return phrases.message(
            "alert.service_level_low",
            queue=alert.queue,
            level=value or 0.0,
            threshold_ms=policy.threshold_ms,
            window_ms=RULE_WINDOW_MS,
            n=n,
            target=alert.threshold,
        )
    return phrases.message(
        "alert.longest_wait_high", queue=alert.queue, wait_ms=int(value or 0), limit_ms=int(alert.threshold)
    )
