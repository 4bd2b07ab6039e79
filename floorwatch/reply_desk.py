"""Where an answer from a chat becomes an acknowledgement: between the engine and the inbox."""

from __future__ import annotations

import hashlib

from floorwatch.alert_desk import AlertDesk
from floorwatch.alerts.lifecycle import Alert
from floorwatch.clock import Clock
from floorwatch.engine import Engine
from floorwatch.links import code_of
from floorwatch.metrics.catalogue import Language
from floorwatch.notify.pagerduty import dedup_key
from floorwatch.reply_view import Answered, Outcome

PAST_MAX = 1_000
"""So many alerts that are over are looked through for the one that is meant, to say that it is over."""


class ReplyDesk:
    """Finds the alert that is meant, and takes it in hand for who answered."""

    def __init__(self, engine: Engine, clock: Clock, alerts: AlertDesk) -> None:
        self._engine = engine
        self._clock = clock
        self._alerts = alerts

    def now_ms(self) -> int:
        """The present instant."""
        return self._clock.now_ms()

    def language(self, person: str) -> Language | None:
        """In which they are spoken to; None: not said."""
        return next((one.language or None for one in self._engine.settings.oncall.people if one.name == person), None)

    async def take(self, place: str, answered: Answered, person: str) -> Outcome:
        """The person takes the alert in hand that they mean. Raises `TimeoutError` when it was not on disk in time.

        The engine knows answers as it knows one-time links: one that comes again, or is played back, does nothing.
        """
        once = _once(place, answered)
        if once in self._engine.calling.links:
            return Outcome("used")
        meant = [
            alert for alert in self._engine.watch.pending_and_firing() if alert.is_live and _means(answered, alert)
        ]
        if len(meant) > 1:
            return Outcome("several")
        if not meant:
            past = reversed(self._engine.watch.history[-PAST_MAX:])
            over = next((alert for alert in past if _means(answered, alert)), None)
            return Outcome("no_such") if over is None else Outcome("over", self._alerts.shown(over))
        taken = await self._alerts.acknowledge(meant[0].id, "", person, once)
        return Outcome("over" if taken is None or taken.state == "resolved" else "taken", taken)


def _means(answered: Answered, alert: Alert) -> bool:
    if answered.incident:
        return answered.incident == dedup_key(alert.id)
    return bool(answered.code) and answered.code == code_of(alert.id)


def _once(place: str, answered: Answered) -> str:
    said = f"{place}\0{answered.id}".encode("utf-8", "surrogatepass")
    return f"reply/{hashlib.sha256(said).hexdigest()[:32]}"
