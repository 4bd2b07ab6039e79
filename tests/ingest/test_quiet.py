"""Quiet feeds: connected, and saying nothing at hours at which contacts should flow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from floorwatch.clock import ScaledClock
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import SourceDescribed
from floorwatch.ingest import quiet
from floorwatch.ingest.inbox import Arrival, Inbox
from floorwatch.ingest.quiet import QuietRule, QuietWatch
from floorwatch.ingest.source import InputCounts

BERLIN = ZoneInfo("Europe/Berlin")
SPEED = 100.0
HOUR_MS = 3_600_000


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1000)


NOON = _ms("2026-03-04T12:00")


def test_hours_are_the_sites_and_may_pass_midnight() -> None:
    """Since when they last; None outside; also on the day on which the clocks change."""
    day = QuietRule(60_000, (8 * HOUR_MS, 20 * HOUR_MS), BERLIN)
    assert day.opened_at(_ms("2026-03-04T07:59:59")) is None
    assert day.opened_at(_ms("2026-03-04T08:00")) == _ms("2026-03-04T08:00")
    assert day.opened_at(_ms("2026-03-04T19:59:59")) == _ms("2026-03-04T08:00")
    assert day.opened_at(_ms("2026-03-04T20:00")) is None
    assert day.opened_at(_ms("2026-03-29T12:00")) == _ms("2026-03-29T08:00")
    night = QuietRule(60_000, (22 * HOUR_MS, 6 * HOUR_MS), BERLIN)
    assert night.opened_at(_ms("2026-03-04T05:59")) == _ms("2026-03-03T22:00")
    assert night.opened_at(_ms("2026-03-04T23:00")) == _ms("2026-03-04T22:00")
    assert night.opened_at(_ms("2026-03-04T12:00")) is None
    assert QuietRule(60_000, None, BERLIN).opened_at(NOON) == 0


class _Spoken:
    """A feed that says what the test tells it to."""

    def __init__(self) -> None:
        self.counts = InputCounts()
        self.inbox: Inbox | None = None
        self.started = asyncio.Event()

    async def run(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.started.set()
        await asyncio.Event().wait()


class _Floor:
    """A watched feed on a clock a hundred times as fast, and the inbox behind it."""

    def __init__(self, clock: ScaledClock, feed: _Spoken, inbox: Inbox) -> None:
        self.clock, self.feed, self.inbox = clock, feed, inbox

    async def say(self, kind: Callable[..., Event], source: str = "switch", **attributes: object) -> None:
        assert self.feed.inbox is not None
        await self.feed.inbox.put(kind(time=self.clock.now_ms(), source=source, **attributes))

    async def until(self, kind: type[Event]) -> list[Event]:
        """Everything up to the first event of this kind."""
        heard: list[Event] = []
        async with asyncio.timeout(20):
            while not any(isinstance(event, kind) for event in heard):
                heard += [arrival.event for arrival in await self.inbox.take(1)]
        return heard

    async def for_seconds(self, seconds: float) -> list[Event]:
        """What arrives within so many seconds of the floor's clock."""
        heard: list[Arrival] = []
        until = self.clock.now_ms() + seconds * 1000
        while self.clock.now_ms() < until:
            heard += await self.inbox.take(self.clock.seconds_until(int(until)))
        return [arrival.event for arrival in heard]


@asynccontextmanager
async def _floor(monkeypatch: pytest.MonkeyPatch, rule: QuietRule, start_ms: int = NOON) -> AsyncIterator[_Floor]:
    monkeypatch.setattr(quiet, "LOOK_EVERY_S", 0.01)
    clock, feed = ScaledClock(start_ms, SPEED), _Spoken()
    inbox = Inbox(clock)
    running = asyncio.create_task(QuietWatch(feed, rule, clock).run(inbox))
    await feed.started.wait()
    try:
        yield _Floor(clock, feed, inbox)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


ALWAYS = QuietRule(60_000, None, BERLIN)


async def test_a_feed_that_says_nothing_is_lost_and_back_with_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Down with the reason `quiet` after the silence; with the next news up, then the gap since the last, then the
    news."""
    async with _floor(monkeypatch, ALWAYS) as floor:
        await floor.say(e.SourceUp)
        before_ms = floor.clock.now_ms()
        await floor.say(e.ContactOffered, contact="c1", queue="sales")
        last_ms = floor.clock.now_ms()
        *_, down = await floor.until(e.SourceDown)
        assert isinstance(down, e.SourceDown)
        assert (down.source, down.reason) == ("switch", "quiet")
        assert int(down.time) >= before_ms + 60_000  # type: ignore[arg-type]
        await floor.say(e.ContactAbandoned, contact="c1", queue="sales")
        up, gap, news = await floor.until(e.ContactAbandoned)
        assert isinstance(up, e.SourceUp)
        assert isinstance(gap, e.SourceGap)
        assert isinstance(news, e.ContactAbandoned)
        assert before_ms <= int(gap.since) <= last_ms  # type: ignore[arg-type]


async def test_a_connection_that_is_alive_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """Heartbeats, answers to what we ask, and words on its protocol do not keep a feed up that brings nothing more."""
    async with _floor(monkeypatch, ALWAYS) as floor:
        await floor.say(e.SourceUp)
        await floor.say(e.ContactOffered, contact="c1", queue="sales")
        heard: list[Event] = []
        async with asyncio.timeout(20):
            while not any(isinstance(event, e.SourceDown) for event in heard):
                await floor.say(e.SourceHeartbeat)
                await floor.say(SourceDescribed, unseen=("wrap_up",))
                await floor.say(e.FloorReported, complete=True)
                heard += await floor.for_seconds(5)
        await floor.say(e.SourceHeartbeat)
        assert not any(isinstance(event, e.SourceUp) for event in await floor.for_seconds(5))


async def test_outside_the_hours_silence_means_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """At night a quiet floor is a quiet floor; when the hours begin, the silence counts from there."""
    hours = (8 * HOUR_MS, 20 * HOUR_MS)
    opens = _ms("2026-03-04T08:00")
    async with _floor(monkeypatch, QuietRule(60_000, hours, BERLIN), opens - 120_000) as floor:
        await floor.say(e.SourceUp)
        [*_, down] = await floor.until(e.SourceDown)
        assert int(down.time) >= opens + 60_000  # type: ignore[arg-type]


async def test_what_is_down_already_is_not_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lost connection is told once, by the feed; and its return starts the silence anew."""
    async with _floor(monkeypatch, ALWAYS) as floor:
        await floor.say(e.SourceUp)
        await floor.say(e.SourceDown, reason="silent")
        said = await floor.for_seconds(200)
        assert [event.reason for event in said if isinstance(event, e.SourceDown)] == ["silent"]
        back_ms = floor.clock.now_ms()
        await floor.say(e.SourceUp)
        [_, down] = await floor.until(e.SourceDown)
        assert int(down.time) >= back_ms + 60_000  # type: ignore[arg-type]


async def test_sources_of_one_broker_are_quiet_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """News of one shows that the broker is heard; its silence takes all of them, and any news brings all back."""
    async with _floor(monkeypatch, QuietRule(150_000, None, BERLIN)) as floor:
        for source in ("broker", "a", "b"):
            await floor.say(e.SourceUp, source)
        for _ in range(18):
            await floor.say(e.ContactOffered, "a", contact="c", queue="sales")
            assert not any(isinstance(event, e.SourceDown) for event in await floor.for_seconds(10))
        heard = await floor.until(e.SourceDown)
        heard += await floor.for_seconds(5)
        assert [event.source for event in heard if isinstance(event, e.SourceDown)] == ["a", "b", "broker"]
        await floor.say(e.ContactOffered, "b", contact="c", queue="sales")
        back = await floor.until(e.ContactOffered)
        assert [event.source for event in back if isinstance(event, e.SourceUp)] == ["a", "b", "broker"]


async def test_who_cannot_wait_is_told_whether_there_was_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """An offer to a full inbox is refused with nothing said; once there is room, all of it is."""
    async with _floor(monkeypatch, ALWAYS) as floor:
        await floor.say(e.SourceUp)
        await floor.until(e.SourceDown)
        seen = floor.feed.inbox
        assert seen is not None
        news = e.ContactOffered(time=NOON, source="switch", contact="c", queue="sales")
        while floor.inbox.room() > 2:
            floor.inbox.offer(e.SourceHeartbeat(time=NOON, source="other"))
        assert (seen.room(), seen.offer(news)) == (2, False)
        await floor.inbox.take(1)
        assert seen.offer(news)
        left: list[Event] = []
        while len(floor.inbox):
            left += [arrival.event for arrival in await floor.inbox.take(1)]
        assert [type(event) for event in left[-3:]] == [e.SourceUp, e.SourceGap, e.ContactOffered]
