"""Where outputs learn what they are to show and to tell, and say what has become of it: between engine and inbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import replace

from floorwatch.alert_view import AlertView
from floorwatch.alerts.lifecycle import Alert
from floorwatch.alerts.notice import Notice, stage_of
from floorwatch.alerts.oncall.reaching import PageNotice
from floorwatch.alerts.oncall.record import Page
from floorwatch.clock import Clock
from floorwatch.engine import Engine
from floorwatch.floor.events import Event
from floorwatch.floor.internal import (
    DeliveryBegun,
    DeliveryFailed,
    DeliveryRecovered,
    DeliveryRefused,
    DeliverySent,
)
from floorwatch.floor.rules import RANKS
from floorwatch.ingest.inbox import Inbox
from floorwatch.links import LinkSigner, code_of
from floorwatch.notify.output import Message, OnCallNote, Said, Standing
from floorwatch.picture_alerts import AlertsShown
from floorwatch.shift_report import build_shift

SOURCE = "outputs"
KEPT_WITHIN_S = 2.0
"""A disk that is slower than this, or refuses, must not keep from the floor what is wrong; see docs/adr/0022."""
AT_ONCE = 10
"""Alerts put into words before others have their turn: a few milliseconds."""
SPOKEN_MS = 5_000
"""Words and figures of an alert that has not changed may be so old."""
SPOKEN_MAX = 500
TEXT_CHARS_MAX = 1_024
"""Of a text in an event: a longer one could be written, and never be read again."""
HEARD_WITHIN_S = 1.0
"""What was put into the inbox is applied by then, also while the disk refuses it."""


class OutputDesk:
    """Reads the engine, and puts what outputs report into the inbox like any other event.

    `on_disk` waits until everything that was applied so far is on disk.
    """

    def __init__(
        self,
        engine: Engine,
        inbox: Inbox,
        clock: Clock,
        on_disk: Callable[[], Awaitable[object]],
        address: Callable[[str, int], str],
        links: LinkSigner | None = None,
        answered_in: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """`address`: where the so-many-th channel of a person leads, which the engine does not know. `links`: makes the
        links by which people take an alert in hand; None: messages hold none. `answered_in`: the chats in which a
        person's answers count, by person.
        """
        self._engine = engine
        self._address = address
        self._links = links
        self._answered_in = answered_in or {}
        self._inbox = inbox
        self._clock = clock
        self._on_disk = on_disk
        self._shown = AlertsShown(engine)
        self._spoken: dict[tuple[object, ...], tuple[int, AlertView]] = {}
        """When each was put into words, by alert and what it was."""

    def now(self) -> int:
        """The present, never before what the engine knows."""
        return max(self._engine.now, self._clock.now_ms())

    def seconds_until(self, instant: int) -> float:
        """Real seconds until then."""
        return self._clock.seconds_until(instant)

    def version(self) -> Hashable:
        """Differs when anything that is told or shown may have changed."""
        engine = self._engine
        return engine.telling.version, engine.calling.version, len(engine.books.ledgers)

    async def owed(self, output: str, *, together: bool = False) -> Message | None:
        """What this output is to be told now: first of emergencies, then what people on call wait for."""
        now, calling = self.now(), self._engine.calling
        pages, notice = calling.owed(output, now), self._engine.telling.owed(output, now, together=together)
        if pages is not None and (notice is None or _goes_before(pages, notice)):
            return await self._to_person(pages, now)
        if notice is not None:
            return await self._as_output(notice, now)
        handover = calling.owed_shift(output, now)
        if handover is None:
            return None
        return Message(handover.key, output, now, (), shift=build_shift(self._engine, handover))

    async def _as_output(self, notice: Notice, now: int) -> Message:
        views = await self._all_spoken([one.alert for one in notice.alerts])
        said = tuple(
            Said(
                one.key,
                view,
                was=one.before,
                reminder=one.reminder,
                firings=one.firings,
                is_flapping=one.is_flapping,
            )
            for one, view in zip(notice.alerts, views, strict=True)
        )
        return Message(notice.key, notice.output, now, said, notice.told, notice.more, notice.group)

    async def _to_person(self, notice: PageNotice, now: int) -> Message:
        views = await self._all_spoken([alert for _, alert in notice.alerts])
        said = tuple(
            Said(page.key, view, oncall=self._note(page, alert))
            for (page, alert), view in zip(notice.alerts, views, strict=True)
        )
        return Message(
            notice.key,
            notice.output,
            now,
            said,
            more=notice.more,
            to=self._address(notice.person, notice.channel),
            channel=notice.channel,
            person=notice.person,
            language=notice.language,
            timezone=self._timezone(notice.person),
            pages=notice.pages,
        )

    def _timezone(self, person: str) -> str:
        people = self._engine.settings.oncall.people
        return next((one.timezone for one in people if one.name == person), "")

    def _note(self, page: Page, alert: Alert) -> OnCallNote:
        record, link = self._engine.calling.records[alert.id], ""
        if self._links is not None and page.kind == "call":
            until = self.now() + self._links.valid_ms  # it may have been held for a night
            link = self._links.address_for(alert.id, page.person, page.key, until)
        return OnCallNote(
            page.key,
            page.kind,
            page.rota,
            page.step or 1,
            len(record.escalation.steps),
            page.round or 1,
            page.time,
            page.unresolved_since,
            link,
            code_of(alert.id),
            self._answered_in.get(page.person, ()),
        )

    def next_due(self, output: str) -> int | None:
        """When something becomes owed although nothing happens."""
        now, engine = self.now(), self._engine
        times = (engine.telling.next_due(output, now), engine.calling.next_due(output, now))
        return min((at for at in times if at is not None), default=None)

    def told_lately(self, output: str) -> list[int]:
        """When it was told something of late, also before we were started."""
        return self._engine.calling.told_lately(output)

    def standing(self, output: str) -> Standing:
        """What this output is to show now, without words."""
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
            tuple(map(_without_words, shown)),
            n_muted,
            is_quiet,
            tuple(queue for queue in engine.books.ledgers if telling.concerns_queue(output, queue)),
            min(changes, default=None),
        )

    async def spoken(self, standing: Standing) -> Standing:
        """The same with the figures and texts of its alerts."""
        live = {alert.id: alert for alert in self._engine.watch.pending_and_firing()}
        views = await self._all_spoken([live[shown.id] for shown in standing.alerts])
        return standing._replace(alerts=tuple(views))

    def is_failing(self, output: str) -> bool:
        """Whether it counts as failing, maybe since before we were started."""
        return self._engine.telling.failing_since(output) is not None

    def dropped(self, output: str) -> int:
        """Alerts of which it was not told how they ended: there were too many, or it took over a day."""
        return self._engine.telling.dropped(output)

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
            group=message.group[:TEXT_CHARS_MAX],
            told=message.told,
            pages=message.pages,
            requests=message.requests,
        )
        await self._say(told)

    async def begun(self, message: Message) -> None:
        """A message to a person is about to leave. Returns when that is on disk, or the disk too slow to wait for."""
        event = DeliveryBegun(
            time=self.now(),
            source=SOURCE,
            output=message.output,
            key=message.key,
            channel=message.channel,
            pages=message.pages,
        )
        await self._say(event, KEPT_WITHIN_S)

    async def refused(self, message: Message, why: str) -> None:
        """A message to a person will never be taken at their address."""
        event = DeliveryRefused(
            time=self.now(),
            source=SOURCE,
            output=message.output,
            key=message.key,
            why=why[:TEXT_CHARS_MAX],
            channel=message.channel,
            pages=message.pages,
            requests=message.requests,
        )
        await self._say(event)

    async def failed(self, output: str, why: str, attempts: int) -> None:
        """It was not taken, so many times in a row."""
        await self._say(
            DeliveryFailed(time=self.now(), source=SOURCE, output=output, why=why[:TEXT_CHARS_MAX], attempts=attempts)
        )

    async def recovered(self, output: str) -> None:
        """What failed works again."""
        await self._say(DeliveryRecovered(time=self.now(), source=SOURCE, output=output))

    async def _say(self, event: Event, within_s: float = HEARD_WITHIN_S) -> None:
        heard = asyncio.Event()
        await self._inbox.put(event, durable=heard.set)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await heard.wait()

    async def _all_spoken(self, alerts: Sequence[Alert]) -> list[AlertView]:
        """Alerts as they are now with their texts, a few at a time, so that the floor has its turn in between."""
        now, copies = self._engine.now, [replace(alert) for alert in alerts]
        if len(self._spoken) > SPOKEN_MAX:
            self._spoken = {key: said for key, said in self._spoken.items() if now - said[0] < SPOKEN_MS}
        views = []
        for place, alert in enumerate(copies, 1):
            views.append(self._one_spoken(alert))
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)
        return views

    def _one_spoken(self, alert: Alert) -> AlertView:
        """Made once for all outputs, and anew when the alert has changed, or when its figures are old."""
        key = alert.id, alert.state, alert.severity, alert.acknowledged_at
        said = self._spoken.get(key)
        if said is None or not 0 <= self._engine.now - said[0] < SPOKEN_MS:
            said = self._spoken[key] = self._engine.now, self._shown.one(alert)
        return said[1]


def _goes_before(pages: PageNotice, notice: Notice) -> bool:
    """Whether a message to a person leaves before one to the output as such: emergencies do; and what has failed before
    lets others have a try, for it may be this address only."""
    is_urgent = stage_of(notice.alerts[0].key).is_new_emergency
    if pages.is_again:
        return pages.is_emergency and not is_urgent
    return pages.is_emergency or not is_urgent


def _without_words(alert: Alert) -> AlertView:
    """What can be seen of an alert at a glance."""
    return AlertView(
        id=alert.id,
        rule=alert.rule.name,
        scope=alert.rule.scope,
        labels=alert.labels,
        severity=alert.severity,
        state="acknowledged" if alert.state == "acknowledged" else "firing",
        pending_at=alert.pending_at,
        fired_at=alert.fired_at,
        raised_at=alert.raised_at,
        resolved_at=None,
        value=None,
        threshold=alert.threshold,
        message={},
    )
