"""A day is played from beginning to end: what `floorwatch simulate --as` does."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack, nullcontext

from floorwatch.clock import Clock, WallClock
from simulators.play.conduct import Conductor, begin
from simulators.play.moving import local
from simulators.play.order import Order
from simulators.play.player import Player, Reel
from simulators.play.timekeeper import Timekeeper
from simulators.play.watching import LineWatcher, TerminalWatcher, Watcher, reached


def play(order: Order) -> None:
    """Play it until its end, or until told to stop.

    Raises `UnusableInputError` for the day, `UnusableClockError`, `UnsaidError` for who speaks, and `OSError`.
    """
    asyncio.run(_play(order))


async def _play(order: Order) -> None:
    reel = order.reel()
    watcher = _watcher(order, reel)
    playing = asyncio.ensure_future(_through(order, reel, watcher))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, playing.cancel)
    with watcher.watching() if isinstance(watcher, TerminalWatcher) else nullcontext():
        try:
            await playing
        except asyncio.CancelledError:
            watcher.say("ended before its end")


def _watcher(order: Order, reel: Reel) -> Watcher:
    if not sys.stderr.isatty():
        return LineWatcher(sys.stderr, order.day.zone)
    last_ms = order.day.last_ms() if reel.until_ms is None else reel.until_ms
    return TerminalWatcher(order.day.zone, reel.first_ms, last_ms, is_wall=order.is_wall)


async def _through(order: Order, reel: Reel, watcher: Watcher) -> None:
    wall = WallClock()
    async with AsyncExitStack() as parts:
        if order.clock is None:
            speaker = order.speaker(wall)
            parts.push_async_callback(speaker.stop)
            if not order.is_switch:
                await speaker.start()
            keeper, player = None, _player(order, reel, wall, 0)
            if order.is_switch:
                # It has worked all day before anybody logs in, who then asks it how the floor is.
                await Conductor(player, speaker, None, wall, watcher).catch_up()
                await speaker.start()
            watcher.say(f"{order.kind}: {speaker.where}")
        else:
            keeper = Timekeeper(order.clock)
            await keeper.start()
            parts.push_async_callback(keeper.stop)
            watcher.say(f"waiting for a daemon that lives by this clock: floorwatch run --clock {order.clock}")
            await keeper.followed()
            player = _player(order, reel, wall, keeper.latest_ms)
            begins_ms = order.clock_begins_ms(reel.first_ms + player.moved_ms)
            keeper.prepare(begins_ms)
            speaker = order.speaker(keeper)
            parts.push_async_callback(speaker.stop)
            watcher.say(f"{order.kind}: {speaker.where}")
            await begin(speaker, keeper, begins_ms)
        if player.moved_ms:
            watcher.say(f"the day plays on {local(reel.first_ms + player.moved_ms, order.day.zone):%Y-%m-%d}")
        await Conductor(player, speaker, keeper, wall, watcher).play()
        watcher.say(reached(player, order.day.zone, 0))


def _player(order: Order, reel: Reel, wall: Clock, after_ms: int) -> Player:
    place = order.place(reel, wall)
    return Player(
        reel,
        place,
        order.speed,
        loop=order.loop,
        flows=order.is_wall,
        in_windows=order.in_windows,
        after_ms=after_ms,
    )
