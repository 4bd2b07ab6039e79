"""Where outputs learn what they are to show and to tell, and say what has become of it: between engine and inbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable

from floorwatch.alert_view import AlertView
from floorwatch.alerts.lifecycle import Alert
from floorwatch.clock import Clock
from floorwatch.engine import Engine
from floorwatch.floor.events import Event
from floorwatch.floor.internal import DeliveryFailed, DeliveryRecovered, DeliverySent
from floorwatch.floor.rules import RANKS
from floorwatch.ingest.inbox import Inbox
from floorwatch.notify.output import Message, Said, Standing
from floorwatch.picture_alerts import AlertsShown

SOURCE = "outputs"
KEPT_WITHIN_S = 2.0
"""A disk that is slower than this, or refuses, must not keep from the floor what is wrong; see docs/adr/0022."""
HEARD_WITHIN_S = 1.0
"""What was put into the inbox is applied by then, also while the disk refuses it."""


class OutputDesk:
    """Reads the engine, and puts what outputs report into the inbox like any other event.

    `on_disk` waits until everything that was applied so far is on disk.
    """

    def __init__(self, engine: Engine, inbox: Inbox, clock: Clock, on_disk: Callable[[], Awaitable[object]]) -> None:
        self._engine = engine
        self._inbox = inbox
        self._clock = clock
        self._on_disk = on_disk
        self._shown = AlertsShown(engine)
        self._views: dict[str, AlertView] = {}
        self._viewed: Hashable = None

    def now(self) -> int:
        """The present, never before what the engine knows."""
        return max(self._engine.now, self._clock.now_ms())

    def seconds_until(self, instant: int) -> float:
        """Real seconds until then."""
        return self._clock.seconds_until(instant)

    def version(self) -> Hashable:
        """Differs when anything that is told or shown may have changed."""
        return self._engine.telling.version, len(self._engine.books.ledgers)

    def owed(self, output: str) -> Message | None:
        """What this output is to be told now."""
        now = self.now()
        notice = self._engine.telling.owed(output, now)
        if notice is None:
            return None
        said = tuple(
            Said(
                one.key,
                self._shown.one(one.alert),
                was=one.before,
                reminder=one.reminder,
                firings=one.firings,
                is_flapping=one.is_flapping,
            )
            for one in notice.alerts
        )
        return Message(notice.key, output, now, said, notice.told, notice.more, notice.group)

    def next_due(self, output: str) -> int | None:
        """When something becomes owed although nothing happens."""
        return self._engine.telling.next_due(output, self.now())

    def standing(self, output: str) -> Standing:
        """What this output is to show now."""
        engine, now = self._engine, self.now()
        telling = engine.telling
        shown: list[Alert] = []
        changes = [silence.since for silence in telling.muting.silences.values() if silence.since > now]
        n_muted = 0
        for alert in engine.watch.pending_and_firing():
            if not alert.is_live or not telling.concerns(output, alert):
                continue
            muted = telling.muted(alert, now)
            if muted is None:
                shown.append(alert)
                continue
            n_muted += 1
            if muted.until is not None:
                changes.append(muted.until)
        is_quiet, changes_at = telling.quiet(output, now)
        if changes_at is not None:
            changes.append(changes_at)
        shown.sort(key=lambda alert: (-RANKS.index(alert.severity), -(alert.fired_at or 0), alert.id))
        return Standing(
            now,
            tuple(map(self._view, shown)),
            n_muted,
            is_quiet,
            tuple(queue for queue in engine.books.ledgers if telling.concerns_queue(output, queue)),
            min(changes, default=None),
        )

    def is_failing(self, output: str) -> bool:
        """Whether it counts as failing, maybe since before we were started."""
        return self._engine.telling.failing_since(output) is not None

    async def kept(self) -> None:
        """Wait until what is owed now is derived from nothing that a crash could lose; not for ever."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(KEPT_WITHIN_S):
                await self._on_disk()

    async def sent(self, message: Message) -> None:
        """It was taken. Returns when the floor knows."""
        told = DeliverySent(
            time=self.now(),
            source=SOURCE,
            output=message.output,
            key=message.key,
            group=message.group,
            told=message.told,
        )
        await self._say(told)

    async def failed(self, output: str, why: str, attempts: int) -> None:
        """It was not taken, so many times in a row."""
        await self._say(DeliveryFailed(time=self.now(), source=SOURCE, output=output, why=why, attempts=attempts))

    async def recovered(self, output: str) -> None:
        """What failed works again."""
        await self._say(DeliveryRecovered(time=self.now(), source=SOURCE, output=output))

    async def _say(self, event: Event) -> None:
        heard = asyncio.Event()
        await self._inbox.put(event, durable=heard.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEARD_WITHIN_S):
                await heard.wait()

    def _view(self, alert: Alert) -> AlertView:
        """The alert with its texts, made once for all outputs."""
        viewed = self.version(), self._engine.now // 1000
        if viewed != self._viewed:
            self._views, self._viewed = {}, viewed
        if alert.id not in self._views:
            self._views[alert.id] = self._shown.one(alert)
        return self._views[alert.id]
