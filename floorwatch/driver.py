"""The driver: the one task that touches the engine. It owns the clock, takes from the inbox, and publishes pictures."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable

import structlog

from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.clock import Clock
from floorwatch.engine import Engine
from floorwatch.floor.events import Event
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.source import InputCounts
from floorwatch.picture import picture
from floorwatch.view import FloorView

PUBLISH_EVERY_MS = 500
"""Real milliseconds between two pictures, at least: a page that changes faster is not read better."""

QUIET_S = 0.6
"""A feed that says nothing for so long at the start has told all it had kept."""

CURRENT_MS = 2_000
"""An event not older than this is live, not history."""

log = structlog.get_logger("floorwatch.driver")


def tune_gc() -> None:
    """Look for cycles seldom: the engine makes none, and at the default thresholds that costs a third of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def _instant(event: Event) -> int:
    assert isinstance(event.time, int)  # past the readers, all are
    return event.time


class Driver:
    """Feeds one engine from one inbox, by one clock."""

    def __init__(
        self,
        engine: Engine,
        inbox: Inbox,
        clock: Clock,
        counts: Callable[[], InputCounts],
        publish: Callable[[FloorView], None],
        *,
        publish_every_ms: int = PUBLISH_EVERY_MS,
        individuals: bool = False,
    ) -> None:
        self._engine = engine
        self._inbox = inbox
        self._clock = clock
        self._counts = counts
        self._publish = publish
        self._publish_every_ms = publish_every_ms
        """In the clock's time: a scaled clock publishes as often in real time."""
        self._individuals = individuals
        self.is_live = False
        """History has been read; from now on events are applied as they come."""

    def recall(self, history: Iterable[Event]) -> None:
        """Apply what happened before we were there, each event at its own time."""
        engine = self._engine
        applied_at = 0
        for event in history:
            applied_at = max(applied_at, _instant(event))
            self._tell(engine.advance(applied_at))
            engine.apply(event)

    async def run(self, *, live: bool = False) -> None:
        """Catch up with what the feeds have kept (not when `live`), then take, apply, tick, publish until cancelled."""
        if not live:
            history = await self._history()
            history.sort(key=_instant)
            self.recall(history)
            log.info("live", history=len(history))
        self.is_live = True
        publish_at = 0
        while True:
            now = self._clock.now_ms()
            if now >= publish_at:
                self._tell(self._engine.advance(now))
                self._publish(picture(self._engine, self._counts(), individuals=self._individuals))
                publish_at = now + self._publish_every_ms
            next_tick = now - now % 1000 + 1001
            for arrival in await self._inbox.take(self._clock.seconds_until(min(publish_at, next_tick))):
                self._tell(self._engine.advance(self._clock.now_ms()))
                self._engine.apply(arrival.event)
            self._tell(self._engine.advance(self._clock.now_ms()))

    async def _history(self) -> list[Event]:
        """What feeds have kept from before: everything until they pause, or what they say is of now."""
        history: list[Event] = []
        while batch := await self._inbox.take(QUIET_S):
            history.extend(arrival.event for arrival in batch)
            if _instant(batch[-1].event) > self._clock.now_ms() - CURRENT_MS:
                break
        return history

    def _tell(self, changes: list[AlertChange]) -> None:
        for change in changes:
            alert = change.alert
            log.warning(
                "alert",
                change=change.change,
                rule=alert.rule.name,
                queue=alert.queue,
                severity=alert.severity,
                value=alert.value,
                threshold=alert.threshold,
                n=alert.n,
                reason=alert.reason or None,
            )
