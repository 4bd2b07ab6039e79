"""Who knows the alerts, for tests of what lies before: it holds what it is given, and does at once what it is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from floorwatch.alert_view import AlertView, Story
from tests.serve.floors import AT


class AlertsKept:
    """A desk without an engine behind it. `told`: what was asked of it, by whom."""

    def __init__(self, *alerts: AlertView) -> None:
        self.kept = {alert.id: alert for alert in alerts}
        self.given: dict[str, dict[str, Any]] = {}
        self.stories: dict[str, Story] = {}
        self.told: list[tuple[Any, ...]] = []
        self.is_slow = False

    timezone = "Europe/Berlin"

    def now_ms(self) -> int:
        return AT

    def alerts(self, back_ms: int) -> Sequence[AlertView]:
        since = AT - back_ms
        return [one for one in self.kept.values() if one.resolved_at is None or one.resolved_at >= since]

    def story(self, alert: str) -> Story | None:
        return self.stories.get(alert)

    async def acknowledge(self, alert: str, note: str, who: str) -> AlertView | None:
        taken = {"state": "acknowledged", "acknowledged_at": AT, "acknowledged_by": who, "note": note}
        return self._change("acknowledge", alert, who, note, **taken)

    async def snooze(self, alert: str, until: int, why: str, who: str) -> AlertView | None:
        return self._change("snooze", alert, who, why, snoozed_until=until, snoozed_by=who)

    def _change(self, act: str, alert: str, who: str, words: str, **fields: Any) -> AlertView | None:
        if self.is_slow:
            raise TimeoutError
        self.told.append((act, alert, who, words))
        found = self.kept.get(alert)
        if found is not None and found.state in ("firing", "acknowledged"):
            found = self.kept[alert] = replace(found, **fields)
        return found

    def silences(self) -> list[dict[str, Any]]:
        return list(self.given.values())

    async def silence(
        self, rules: Sequence[str], subjects: Sequence[str], since: int, until: int, why: str, who: str
    ) -> dict[str, Any]:
        silence = {
            "id": f"s{len(self.told)}",
            "since": since,
            "until": until,
            "rules": list(rules),
            "subjects": list(subjects),
            "who": who,
            "why": why,
            "at": AT,
        }
        self.told.append(("silence", silence["id"], who, why))
        self.given[str(silence["id"])] = silence
        return silence

    async def end_silence(self, key: str, why: str, who: str) -> dict[str, Any] | None:
        self.told.append(("end", key, who, why))
        return self.given.pop(key, None)
