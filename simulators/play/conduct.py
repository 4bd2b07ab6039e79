"""Playing: the player says what is due, the speaker says it, the clock moves on when it has been taken in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from floorwatch.clock import Clock
from floorwatch.floor.events import Event
from simulators.play.player import Player, Step
from simulators.play.timekeeper import NotHeardError, Timekeeper
from simulators.speakers.speaker import Item, Speaker, UnsaidError


class Watching(Protocol):
    """Whoever watches a day being played, and may meddle."""

    def shown(self, player: Player, behind_ms: int) -> None:
        """It has come so far."""
        ...

    def wished(self) -> Callable[[Player], list[Event] | None] | None:
        """What to do to the player next, None for nothing; it returns what must be said because of it, None to end."""
        ...


class Conductor:
    """Plays a day to its end. `keeper` is the shared clock, None where time is the wall's (`wall`)."""

    def __init__(
        self, player: Player, speaker: Speaker, keeper: Timekeeper | None, wall: Clock, watching: Watching
    ) -> None:
        self._player = player
        self._speaker = speaker
        self._keeper = keeper
        self._wall = wall
        self._watching = watching

    async def play(self) -> None:
        """Say all of it. Raises `UnsaidError`, `OSError`."""
        player, watching = self._player, self._watching
        while True:
            wish = watching.wished()
            if wish is not None:
                at = player.at
                closing = wish(player)
                if closing is None:
                    return
                if closing:
                    await self._take(Step(at, closing))
            real_s = self._real_s()
            step = player.step(real_s)
            if step is None:
                return
            await self._take(step)
            watching.shown(player, player.behind_ms(real_s))
            await asyncio.sleep(step.wait_s)

    async def catch_up(self) -> None:
        """Say what is over. Raises `UnsaidError`, `OSError`."""
        is_over = False
        while not is_over:
            step = self._player.step(self._real_s())
            is_over = step is None or not (step.items or step.wait_s == 0.0)
            if step is not None:
                await self._take(step)

    async def _take(self, step: Step) -> None:
        """Move the clock there, say what is to be said, and wait until it has been heard."""
        if self._keeper is not None:
            self._keeper.move(step.at, 0.0 if self._player.is_paused else self._player.speed, step.until)
        if step.items:
            await self._say(step.items)

    async def _say(self, items: Sequence[Item]) -> None:
        lines = await self._speaker.say(items)
        if self._keeper is not None:
            try:
                await self._keeper.settled(lines)
            except NotHeardError as wrong:
                raise UnsaidError(f"{wrong}: is it told to hear {self._speaker.where}?") from wrong

    def _real_s(self) -> float:
        if self._keeper is None:
            return self._wall.now_ms() / 1000
        return asyncio.get_running_loop().time()


async def begin(speaker: Speaker, keeper: Timekeeper, at_ms: int) -> None:
    """Let whoever lives by the clock begin at this instant, and see that the speaker is heard. Raises `UnsaidError`.

    The speaker is there before the clock goes: a daemon that finds nobody says that its source is down.
    """
    lines = await speaker.start()
    keeper.move(at_ms, 0.0)
    await speaker.attended()
    try:
        await keeper.settled(lines)
    except NotHeardError as wrong:
        raise UnsaidError(f"{wrong}: is it told to hear {speaker.where}?") from wrong
