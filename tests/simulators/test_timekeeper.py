"""Both ends of a shared clock, over a real socket: what is seen when, who waits for whom, and what follows a loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from floorwatch.floor.events import SourceHeartbeat
from floorwatch.shared_clock import InboxInStep, SharedClock
from simulators.play import timekeeper
from simulators.play.timekeeper import NotHeardError, Timekeeper, UnusableClockError

START = 1_772_521_200_000


class Daemon:
    """What of a daemon a clock sees."""

    def __init__(self, path: Path) -> None:
        self.clock = SharedClock(path)
        self.lines = 0
        self.is_settled = True


@asynccontextmanager
async def together(path: Path) -> AsyncIterator[tuple[Timekeeper, Daemon]]:
    """An owner, and a daemon that lives by the clock, at START."""
    keeper, daemon = Timekeeper(path), Daemon(path)
    await keeper.start()
    begun = asyncio.create_task(daemon.clock.begun())
    await keeper.followed()
    assert not begun.done()
    keeper.move(START, 1.0)
    await begun
    following = asyncio.create_task(daemon.clock.follow(lambda: daemon.lines, lambda: daemon.is_settled))
    yield keeper, daemon
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    daemon.clock.close()
    await keeper.stop()


async def test_a_move_is_seen_before_anything_that_is_said_after_it(tmp_path: Path) -> None:
    """Without a turn of the event loop in between: else a fact could overtake its own instant."""
    async with together(tmp_path / "clock") as (keeper, daemon):
        for instant in range(START, START + 1_000, 100):
            keeper.move(instant, 60.0)
            assert daemon.clock.now_ms() == instant
        assert daemon.clock.speed == 60.0
        assert daemon.clock.seconds_until(START) == 0.0
        assert 0 < daemon.clock.seconds_until(START + 86_400_000) < 1


async def test_time_never_goes_back(tmp_path: Path) -> None:
    """Whatever the owner says, and whatever the journal knew before."""
    async with together(tmp_path / "clock") as (keeper, daemon):
        keeper.move(START - 5_000, 1.0)
        assert daemon.clock.now_ms() == START
        daemon.clock.not_before(START + 5_000)
        keeper.move(START + 1_000, 1.0)
        assert daemon.clock.now_ms() == START + 5_000


async def test_time_waits_for_what_was_said(tmp_path: Path) -> None:
    """Until so many lines have been read, and until they have been applied; counted from the last answer on."""
    async with together(tmp_path / "clock") as (keeper, daemon):
        await keeper.settled(0)
        waiting = asyncio.create_task(keeper.settled(3))
        for lines, is_settled in ((2, True), (3, False)):
            daemon.lines, daemon.is_settled = lines, is_settled
            await asyncio.sleep(0.05)
            assert not waiting.done()
        daemon.is_settled = True
        await waiting
        again = asyncio.create_task(keeper.settled(1))
        await asyncio.sleep(0.05)
        assert not again.done()
        daemon.lines = 4
        await again


async def test_in_a_window_the_clock_goes_with_what_is_heard(tmp_path: Path) -> None:
    """To the time of each fact, never beyond the window, and never back; the inbox notes it as the arrival."""
    async with together(tmp_path / "clock") as (keeper, daemon):
        keeper.move(START, 0.0, START + 60_000)
        inbox = InboxInStep(daemon.clock)
        for at_ms in (1_000, 30_000, 20_000, 90_000):
            inbox.offer(SourceHeartbeat(time=START + at_ms))
        assert inbox.oldest_ms() == START + 1_000
        arrivals = await inbox.take(0)
        assert [arrival.received_ms - START for arrival in arrivals] == [1_000, 30_000, 30_000, 60_000]
        assert daemon.clock.now_ms() == keeper.now_ms() == START + 60_000


async def test_a_daemon_that_does_not_hear_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Better than a day that stands still without a word."""
    monkeypatch.setattr(timekeeper, "HEARD_WITHIN_S", 0.2)
    async with together(tmp_path / "clock") as (keeper, daemon):
        with pytest.raises(NotHeardError, match="not taken in"):
            await keeper.settled(1)
        daemon.lines = 1  # it need not answer when it ends


async def test_a_daemon_that_goes_is_not_waited_for_until_it_is_back(tmp_path: Path) -> None:
    """The question ends with it; the next one waits, and time stands still meanwhile."""
    path = tmp_path / "clock"
    async with together(path) as (keeper, daemon):
        waiting = asyncio.create_task(keeper.settled(1))
        await asyncio.sleep(0.05)
        daemon.clock.close()
        await waiting
        following = asyncio.create_task(keeper.settled(0))  # the same daemon connects again by itself
        await following
        assert daemon.clock.now_ms() == START


async def test_the_clock_stands_between_two_owners(tmp_path: Path) -> None:
    """The second learns how late it is, so that it can begin later."""
    path = tmp_path / "clock"
    async with together(path) as (keeper, daemon):
        keeper.move(START + 7_000, 1.0)
        assert daemon.clock.now_ms() == START + 7_000
        await keeper.stop()
        assert daemon.clock.now_ms() == START + 7_000
        second = Timekeeper(path)
        await second.start()
        await second.followed()
        assert second.latest_ms == START + 7_000
        await second.stop()


async def test_only_one_may_move_a_clock_and_what_is_no_clock_is_left_alone(tmp_path: Path) -> None:
    """A second owner is refused, a file is not overwritten, a killed player's socket is; a long path is told so."""
    path = tmp_path / "clock"
    first = Timekeeper(path)
    await first.start()
    with pytest.raises(UnusableClockError, match="another player"):
        await Timekeeper(path).start()
    await first.stop()
    text = tmp_path / "notes"
    text.write_text("mine", encoding="utf-8")
    with pytest.raises(UnusableClockError, match="no clock"):
        await Timekeeper(text).start()
    assert text.read_text(encoding="utf-8") == "mine"
    with pytest.raises(UnusableClockError, match="too long"):
        await Timekeeper(tmp_path / ("long" * 40)).start()
    with pytest.raises(UnusableClockError, match="no such file"):
        await Timekeeper(tmp_path / "nowhere" / "clock").start()
    left = Timekeeper(path)
    await left.start()
    assert left._server is not None
    left._server.close()  # as if killed: the socket file stays
    await left._server.wait_closed()
    again = Timekeeper(path)
    await again.start()
    await again.stop()
