"""Alerts as outputs are shown them, for tests of what they make of it."""

from __future__ import annotations

from typing import Any

from floorwatch.alert_view import AlertView
from floorwatch.notify.output import Standing

NOW = 1_795_900_000_000


def alert(number: int = 1, **given: Any) -> AlertView:
    """The so-many-th alert about `sales`, firing since a second; with what is given instead."""
    plain: dict[str, Any] = {
        "id": f"longest_wait_high/sales/{number}",
        "rule": "longest_wait_high",
        "scope": "queue",
        "labels": {"queue": "sales", "owner": "operations"},
        "severity": "critical",
        "state": "firing",
        "pending_at": NOW - 2_000,
        "fired_at": NOW - 1_000,
        "resolved_at": None,
        "value": 91_000.0,
        "threshold": 60_000.0,
        "message": {"en": "sales: 1:31", "zh": "sales：1:31"},
        "advice": {"en": "Send one.", "zh": "派一人。"},
        "lead_advice": {"en": "Send Ada.", "zh": "派 Ada。"},
    }
    return AlertView(**{**plain, **given})


def standing(*alerts: AlertView, at: int = NOW, is_quiet: bool = False) -> Standing:
    """These alerts stand."""
    return Standing(at, alerts, is_quiet=is_quiet, queues=("sales", "support"))
