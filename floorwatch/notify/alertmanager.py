"""Prometheus Alertmanager, by its API v2: told again and again of what fires, and for a while of what no longer does.

An Alertmanager forgets what it is not told again: it counts an alert as resolved when its `endsAt` has passed. So each
message says an end that lies ahead, and the next one moves it. Every peer is told by itself, as Alertmanager asks of
its clients; it is they who see to it that people are told once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from floorwatch.alert_view import AlertView
from floorwatch.floor.outputs import Audience
from floorwatch.notify.output import Message, NotTakenError, Standing
from floorwatch.notify.payload import encoded
from floorwatch.notify.web import Web

Json = dict[str, Any]
Labels = tuple[tuple[str, str], ...]

AHEAD = 3
"""An alert ends by itself after so many times `resend` without a word from us."""
RESOLVED_AGAIN_MS = 300_000
"""For so long it is said again that an alert has ended: to peers that were away, too."""
AT_ONCE = 64
"""Alerts in one request, as Prometheus has it."""
TEST_MS = 60_000


def labels_of(alert: AlertView, site: str) -> Labels:
    """Who the alert is, for Alertmanager: nothing in here moves while it fires, but its severity."""
    labels = {**alert.labels, "site": site, "alertname": alert.rule, "severity": alert.severity}
    return tuple(sorted(labels.items()))


class Alertmanager:
    """One peer."""

    needs_texts = True

    def __init__(self, url: str, web: Web, resend_s: float, *, site: str, audience: Audience, link: str = "") -> None:
        self._url = url.rstrip("/") + "/api/v2/alerts"
        self._web = web
        self._site = site
        self._audience = audience
        self._link = link
        self.resend_s = resend_s
        self._firing: dict[Labels, Json] = {}
        """What this peer was told that fires."""
        self._ended: dict[Labels, tuple[int, Json]] = {}
        """What has ended, and when."""

    def picture(self, standing: Standing) -> tuple[tuple[str, str, str], ...]:
        """Which alerts fire."""
        return tuple((alert.id, alert.state, alert.severity) for alert in standing.alerts)

    def changes_at(self, standing: Standing) -> int | None:
        """Never by itself."""
        return None

    async def show(self, standing: Standing) -> None:
        """Tell what fires, and what has ended. Raises `NotTakenError`."""
        now = standing.now
        ends_at = now + int(AHEAD * self.resend_s * 1000)
        firing = {labels_of(alert, self._site): self._alert(alert, ends_at) for alert in standing.alerts}
        for labels in self._firing.keys() - firing.keys():
            self._ended[labels] = (now, {**self._firing[labels], "endsAt": _instant(now)})
        self._ended = {
            labels: (at, alert)
            for labels, (at, alert) in self._ended.items()
            if labels not in firing and now - at < RESOLVED_AGAIN_MS
        }
        self._firing = firing
        await self._post([*firing.values(), *(alert for _, alert in self._ended.values())])

    async def leave(self, now: int) -> None:
        """Nothing is said: what fires ends there by itself, unless we come back before."""

    async def test(self, message: Message, each_s: float) -> AsyncIterator[str]:
        """Send an alert that ends by itself after a minute, and look whether it is there."""
        alert = message.said[0].alert
        sent = self._alert(alert, message.at + TEST_MS)
        await self._post([sent])
        only_it = quote(f'alertname="{alert.rule}"')
        found = (await self._web.get(f"{self._url}?filter={only_it}")).text()
        if alert.rule not in found:
            raise NotTakenError("took the test, and does not show it")
        yield f"taken, and shown there as {alert.rule}; it ends by itself after a minute"

    async def close(self) -> None:
        """Let go of the connection."""
        await self._web.close()

    async def _post(self, alerts: list[Json]) -> None:
        """Nothing is posted too: a peer that is not there is to be missed before it is needed."""
        for place in range(0, max(1, len(alerts)), AT_ONCE):
            await self._web.post(self._url, encoded(alerts[place : place + AT_ONCE]))

    def _alert(self, alert: AlertView, ends_at: int) -> Json:
        advice = alert.lead_advice or alert.advice if self._audience == "lead" else alert.advice
        annotations = {
            "summary": alert.message.get("en", ""),
            "summary_zh": alert.message.get("zh", ""),
            "description": advice.get("en", ""),
            "description_zh": advice.get("zh", ""),
        }
        if alert.state == "acknowledged":
            by = alert.acknowledged_by if self._audience == "lead" else ""
            annotations["acknowledged"] = by or "somebody has it in hand"
        return {
            "labels": dict(labels_of(alert, self._site)),
            "annotations": {name: text for name, text in annotations.items() if text},
            "startsAt": _instant(alert.fired_at if alert.fired_at is not None else alert.pending_at),
            "endsAt": _instant(ends_at),
            "generatorURL": self._link,
        }


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
