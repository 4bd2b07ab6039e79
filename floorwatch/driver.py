"""The driver: the one task that touches the engine. It owns the clock, takes from the inbox, and publishes pictures.

What has arrived is written to the journal with the engine time at which it is applied, then applied. Sources are told
that it is safe when the disk says so, which nobody waits for here.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Protocol

import msgspec
import structlog
from msgspec.structs import replace

from floorwatch.ahead import LookingAhead
from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.clock import Clock, monotonic_s
from floorwatch.engine import FAR_FUTURE, Engine
from floorwatch.floor.events import ContactOffered, Event, SourceDown, SourceGap
from floorwatch.floor.internal import SourceBackfilled, SourceClock, SourceDescribed
from floorwatch.ingest.clocks import SourceClocks
from floorwatch.ingest.inbox import BATCH, Arrival, Inbox
from floorwatch.ingest.source import InputCounts
from floorwatch.picture import Pictures
from floorwatch.picture_alerts import AT_ONCE, AlertsShown
from floorwatch.turns import in_turns
from floorwatch.view import FloorView

PUBLISH_EVERY_S = 0.5
"""Real time between two pictures, about: a page that changes faster is not read better."""
HALF_MS = 500

HISTORY_MAX = 50_000
"""Arrivals collected before they are applied, while feeds tell what they have kept: some 50 MB."""
CATCH_UP_S = 60.0
"""Files that take longer to read than this are not waited for: what they still tell is applied as it comes, as late."""
LOOK_S = 0.05
BACK_MS = 5_000
"""Our clock may be set back by this much without a word."""
SAID_UNHEARD = frozenset((SourceDown, SourceGap, SourceClock, SourceDescribed, SourceBackfilled))
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


def _nobody() -> None:
    """Who is to be told of nothing."""


def tune_gc() -> None:
    """Look for cycles seldom: the engine makes none, and at the default thresholds that costs a third of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)


def _instant(event: Event) -> int:
    assert isinstance(event.time, int)  # past the readers, all are
    return event.time


Told = list[tuple[int, Arrival]]
"""(when to apply it, arrival), in order."""


def _in_order(history: list[Arrival]) -> tuple[Told, int]:
    """Feeds side by side, each in its own order, so that positions stay in theirs; and until when all have told.

    What a feed says of its connection (now) is apart from what its file tells (of long ago).
    """
    feeds: dict[tuple[str, str | None], Told] = {}
    for arrival in history:
        told = feeds.setdefault((arrival.feed, None if arrival.feed else arrival.event.source), [])
        told.append((max(_instant(arrival.event), told[-1][0] if told else 0), arrival))
    until = min((told[-1][0] for (feed, _), told in feeds.items() if feed), default=FAR_FUTURE)
    return list(heapq.merge(*feeds.values(), key=itemgetter(0))), until


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
        heed: Callable[[], None] = _nobody,
        journal: Keeper | None = None,
        clocks: SourceClocks | None = None,
        catching_up: Sequence[asyncio.Event] = (),
        on_gap: Sequence[Callable[[SourceGap], None]] = (),
        individuals: bool = False,
        in_step: bool = False,
        ahead: LookingAhead | None = None,
        alerts: AlertsShown | None = None,
        pictured: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        self._engine = engine
        self._inbox = inbox
        self._clock = clock
        self._publish = publish
        self._heed = heed
        """Called whenever the floor has moved on, once it is live."""
        self._journal = journal or Nowhere()
        self._clocks = clocks or SourceClocks()
        self._on_gap = on_gap
        """Told of every gap, in the time of its source."""
        self._catching_up = catching_up
        """Set, each, when a feed has told what it had kept from before."""
        self._pictures = Pictures(
            engine,
            counts,
            individuals=individuals,
            ahead=ahead.latest if ahead is not None else {},
            alerts=alerts or AlertsShown(engine, AT_ONCE),
        )
        self._rest = ahead.rest if ahead is not None else asyncio.Lock()
        """Who holds it has the engine to himself, and it stands still."""
        self._pictured = pictured
        """Told of each picture how long it took."""
        self._in_step = in_step
        """The clock goes with what is heard: what waits to be applied is applied at the instant at which it came."""
        self._encode = msgspec.json.Encoder().encode
        self._was_set_back = False
        self.is_live = False
        """History has been read; from now on events are applied as they come."""
        self.in_hand = 0
        """So many arrivals are out of the inbox and not applied: the engine may have to stand still first."""
        self.turned_s = monotonic_s()
        """When it has last come round, on the clock that never jumps: a driver that hangs is seen by it."""

    def recall(self, history: Iterable[Event]) -> None:
        """Apply what happened before we were there, each event at its own time."""
        for event in history:
            self._take_in(Arrival(event, self._clock.now_ms()), max(self._engine.now, _instant(event)))

    async def run(self, *, live: bool = False) -> None:
        """Catch up with what the feeds have kept (not when `live`), then take, apply, tick, publish until cancelled."""
        if not live:
            async with self._rest:
                await self._catch_up()
        self.is_live = True
        publish_at_s = 0.0
        while True:
            self.turned_s = monotonic_s()
            now = self._present_ms()
            self._watch_clock()
            if monotonic_s() >= publish_at_s:
                async with self._rest:
                    self._tell(self._engine.advance(now))
                    began_s = monotonic_s()
                    view = await in_turns(self._pictures.steps())
                    self._pictured(monotonic_s() - began_s)
                    self._publish(view)
                publish_at_s = monotonic_s() + self._next_picture_s()
            next_tick_s = self._clock.seconds_until(now - now % 1000 + 1001)
            await self._take(max(0.0, min(publish_at_s - monotonic_s(), next_tick_s)))
            async with self._rest:
                self._tell(self._engine.advance(self._present_ms()))
                self._heed()

    def _next_picture_s(self) -> float:
        """Until the next picture: on the half seconds of our clock, so that what a tick brings about is seen at once.

        Half a second from now where our clock does not go as time does: it may stand still, and the board must say so.
        """
        now, until = self._clock.now_ms(), self._clock.seconds_until
        if self._clock.behind_ms() or not 0.9 < until(now + HALF_MS) / PUBLISH_EVERY_S <= 1:
            return PUBLISH_EVERY_S
        wait_s = until(now - now % HALF_MS + HALF_MS + 1)
        return wait_s if wait_s >= PUBLISH_EVERY_S / 10 else wait_s + PUBLISH_EVERY_S

    def _present_ms(self) -> int:
        """Until when all is known that has come."""
        oldest_ms = self._inbox.oldest_ms() if self._in_step else None
        return self._clock.now_ms() if oldest_ms is None else oldest_ms

    def _watch_clock(self) -> None:
        was_set_back, behind_ms = self._was_set_back, self._clock.behind_ms()
        self._was_set_back = behind_ms > BACK_MS
        if self._was_set_back and not was_set_back:
            log.warning("clock_set_back", by_ms=behind_ms, so="the floor stands still until our clock has caught up")

    async def _catch_up(self) -> None:
        """Apply what the feeds have kept from before, in the order in which it happened, a part at a time."""
        give_up_at = self._clock.now_ms() + int(CATCH_UP_S * 1000)
        told, n, held = False, 0, list[Arrival]()
        while not told and self._clock.now_ms() < give_up_at:
            history, told = await self._history()
            n += len(history)
            _, until = _in_order(history)
            in_order, _ = _in_order(held + history)
            held.clear()
            for place, (applied_at, arrival) in enumerate(in_order, 1):
                if applied_at > until and not told:
                    held.append(arrival)  # a file has not told so far yet
                else:
                    self._take_in(arrival, max(self._engine.now, min(applied_at, arrival.received_ms)))
                if place % BATCH == 0 or place == len(in_order):
                    await self._let_others_in()
        log.info("live", history=n)

    async def _take(self, timeout_s: float) -> None:
        """Take in what arrives within this time; nothing while the disk lags far behind, which slows the sources."""
        if self._journal.is_full:
            await asyncio.sleep(min(timeout_s, LOOK_S))
            return
        arrivals = await self._inbox.take(timeout_s)
        self.in_hand = len(arrivals)
        async with self._rest:
            for arrival in arrivals:
                self._take_in(arrival, arrival.received_ms if self._in_step else self._clock.now_ms())
            self._journal.commit()
        self.in_hand = 0

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
            arrival.feed or event.source or "",
            arrival.received_ms,
            heard=type(event) not in SAID_UNHEARD,
            position=arrival.position,
            actor=arrival.actor,
            durable=arrival.durable,
        )
        self._tell(self._engine.advance(applied_at))
        self._engine.apply(event)

    async def _let_others_in(self) -> None:
        self._journal.commit()
        self.turned_s = monotonic_s()
        await asyncio.sleep(0)
        while self._journal.is_full:
            await asyncio.sleep(LOOK_S)
            self.turned_s = monotonic_s()

    async def _history(self) -> tuple[list[Arrival], bool]:
        """What has come, up to a limit; and whether each feed has now told all it had kept."""
        history: list[Arrival] = []
        while len(history) < HISTORY_MAX:
            self.turned_s = monotonic_s()
            if all(feed.is_set() for feed in self._catching_up):
                rest = len(self._inbox)
                while rest > 0 and (batch := await self._inbox.take(LOOK_S)):
                    history.extend(batch)
                    rest -= len(batch)
                return history, True
            history.extend(await self._inbox.take(LOOK_S))
        return history, False

    def _tell(self, changes: list[AlertChange]) -> None:
        for change in changes:
            alert = change.alert
            log.warning(
                "alert",
                change=change.change,
                at=change.at,
                rule=alert.rule.name,
                **{alert.rule.scope: alert.subject},
                labels=dict(alert.rule.labels) or None,  # a site may call them as it likes, also `at` or `event`
                severity=alert.severity,
                value=alert.value,
                threshold=alert.threshold,
                n=alert.n,
                reason=alert.reason or None,
            )
