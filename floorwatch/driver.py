"""The driver: the one task that touches the engine. It owns the clock, takes from the inbox, and publishes pictures.

What has arrived is written to the journal with the engine time at which it is applied, then applied. Sources are told
that it is safe when the disk says so, which nobody waits for here.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import msgspec
import structlog
from msgspec.structs import replace

from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.clock import Clock
from floorwatch.engine import Engine
from floorwatch.floor.events import ContactOffered, Event, SourceDown, SourceGap
from floorwatch.floor.internal import SourceBackfilled, SourceClock
from floorwatch.ingest.clocks import SourceClocks
from floorwatch.ingest.inbox import BATCH, Arrival, Inbox
from floorwatch.ingest.source import InputCounts
from floorwatch.picture import picture
from floorwatch.view import FloorView

PUBLISH_EVERY_MS = 500
"""Real milliseconds between two pictures, at least: a page that changes faster is not read better."""

CATCH_UP_S = 60.0
"""Files that take longer to read than this are not waited for: what they still tell is applied as it comes, as late."""
LOOK_S = 0.05
SAID_UNHEARD = frozenset((SourceDown, SourceGap, SourceClock, SourceBackfilled))
"""What is said of a source without hearing it: it does not tell how far it has been heard."""

log = structlog.get_logger("floorwatch.driver")


class Keeper(Protocol):
    """Where what happened is kept: the journal."""

    @property
    def is_full(self) -> bool:
        """Whether so much is not on disk yet that no more should be taken in."""

    def append(
        self,
        applied_at: int,
        event: bytes,
        source: str,
        received_ms: int,
        *,
        heard: bool,
        position: str,
        actor: str,
        durable: Callable[[], None] | None,
    ) -> int:
        """Take note of an event."""

    def commit(self) -> None:
        """Write what was noted."""


class Nowhere:
    """Keeps nothing, for floors that need no memory: what was applied counts as safe."""

    is_full = False

    def append(
        self,
        applied_at: int,
        event: bytes,
        source: str,
        received_ms: int,
        *,
        heard: bool,
        position: str,
        actor: str,
        durable: Callable[[], None] | None,
    ) -> int:
        """Forget the event."""
        if durable is not None:
            durable()
        return 0

    def commit(self) -> None:
        """Nothing to write."""


def tune_gc() -> None:
    """Look for cycles seldom: the engine makes none, and at the default thresholds that costs a third of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def _instant(arrival: Arrival) -> int:
    time = arrival.event.time
    assert isinstance(time, int)  # past the readers, all are
    return time


def _without_caller(event: Event) -> Event:
    """The event as it may be kept: who called is personal, and no figure needs it."""
    if type(event) is ContactOffered and event.caller is not None:
        return replace(event, caller=None)
    return event


class Driver:
    """Feeds one engine from one inbox, by one clock."""

    def __init__(
        self,
        engine: Engine,
        inbox: Inbox,
        clock: Clock,
        counts: Mapping[str, InputCounts],
        publish: Callable[[FloorView], None],
        *,
        journal: Keeper | None = None,
        clocks: SourceClocks | None = None,
        catching_up: Sequence[asyncio.Event] = (),
        on_gap: Sequence[Callable[[SourceGap], None]] = (),
        publish_every_ms: int = PUBLISH_EVERY_MS,
        individuals: bool = False,
    ) -> None:
        self._engine = engine
        self._inbox = inbox
        self._clock = clock
        self._counts = counts
        """What each feed has met, by its name."""
        self._publish = publish
        self._journal = journal or Nowhere()
        self._clocks = clocks or SourceClocks()
        self._on_gap = on_gap
        """Told of every gap, in the time of its source."""
        self._catching_up = catching_up
        """Set, each, when a feed has told what it had kept from before."""
        self._publish_every_ms = publish_every_ms
        """In the clock's time: a scaled clock publishes as often in real time."""
        self._individuals = individuals
        self._encode = msgspec.json.Encoder().encode
        self.is_live = False
        """History has been read; from now on events are applied as they come."""

    def recall(self, history: Iterable[Event]) -> None:
        """Apply what happened before we were there, each event at its own time."""
        self._recall([Arrival(event, self._clock.now_ms()) for event in history])

    def _recall(self, history: list[Arrival]) -> None:
        applied_at = self._engine.now
        for arrival in history:
            applied_at = max(applied_at, min(_instant(arrival), arrival.received_ms))
            self._take_in(arrival, applied_at)
        self._journal.commit()

    async def run(self, *, live: bool = False) -> None:
        """Catch up with what the feeds have kept (not when `live`), then take, apply, tick, publish until cancelled."""
        if not live:
            history = await self._history()
            history.sort(key=_instant)
            self._recall(history)
            log.info("live", history=len(history))
        self.is_live = True
        publish_at = 0
        while True:
            now = self._now()
            if now >= publish_at:
                self._tell(self._engine.advance(now))
                self._publish(picture(self._engine, self._counts, individuals=self._individuals))
                publish_at = now + self._publish_every_ms
            next_tick = now - now % 1000 + 1001
            await self._take(self._clock.seconds_until(min(publish_at, next_tick)))
            self._tell(self._engine.advance(self._now()))

    async def _take(self, timeout_s: float) -> None:
        """Take in what arrives within this time; nothing while the disk lags far behind, which slows the sources."""
        if self._journal.is_full:
            await asyncio.sleep(min(timeout_s, LOOK_S))
            return
        for arrival in await self._inbox.take(timeout_s):
            self._take_in(arrival, self._now())
        self._journal.commit()

    def _take_in(self, arrival: Arrival, applied_at: int) -> None:
        *before, event = self._clocks.hear(_without_caller(arrival.event), arrival.received_ms)
        for said in before:
            self._apply(Arrival(said, arrival.received_ms), said, applied_at)
        self._apply(arrival, event, applied_at)
        if type(event) is SourceGap:
            self._tell_of_gap(event)

    def _tell_of_gap(self, gap: SourceGap) -> None:
        """In the time of its source, in which its log is written; `gap` is in ours, and rather too wide."""
        offset_ms = self._clocks.offset_ms(gap.source or "")
        assert isinstance(gap.time, int)
        assert isinstance(gap.since, int)
        for tell in self._on_gap:
            tell(replace(gap, time=gap.time - offset_ms, since=gap.since - offset_ms))

    def _apply(self, arrival: Arrival, event: Event, applied_at: int) -> None:
        """Keep the event, and apply it. `event` is what arrived, in our time."""
        self._journal.append(
            applied_at,
            self._encode(event),
            event.source or "",
            arrival.received_ms,
            heard=type(event) not in SAID_UNHEARD,
            position=arrival.position,
            actor=arrival.actor,
            durable=arrival.durable,
        )
        self._tell(self._engine.advance(applied_at))
        self._engine.apply(event)

    def _now(self) -> int:
        """Engine time never goes back, not even over a restart after which our own clock was."""
        return max(self._engine.now, self._clock.now_ms())

    async def _history(self) -> list[Arrival]:
        """Everything that comes until each feed has told what it had kept."""
        history: list[Arrival] = []
        give_up_at = self._clock.now_ms() + int(CATCH_UP_S * 1000)
        while True:
            told = all(feed.is_set() for feed in self._catching_up)
            batch = await self._inbox.take(LOOK_S)
            history.extend(batch)
            if (told and len(batch) < BATCH) or self._clock.now_ms() >= give_up_at:
                return history

    def _tell(self, changes: list[AlertChange]) -> None:
        for change in changes:
            alert = change.alert
            log.warning(
                "alert",
                change=change.change,
                rule=alert.rule.name,
                **alert.labels,
                severity=alert.severity,
                value=alert.value,
                threshold=alert.threshold,
                n=alert.n,
                reason=alert.reason or None,
            )
