"""Whoever watches a day being played: a person at a terminal with a bar and keys, or a log with a line now and then."""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO
from zoneinfo import ZoneInfo

from floorwatch.floor.events import Event
from simulators.play.moving import MINUTE_MS, local
from simulators.play.player import MAX, Player

LINE_EVERY_S = 10.0
DRAW_EVERY_S = 0.1
LEAP_MS = 5 * MINUTE_MS
BEHIND_MS = 5_000
"""Of the day, from which it is said that whoever listens is slow."""
SPEEDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, MAX)
KEYS = "space: pause   ←/→: 5 min back/on   +/−: speed   q: end"
WALL_KEYS = "q: end   (pause, speed and leaps need --clock: the wall's time cannot be held)"

Wish = Callable[[Player], list[Event] | None]


def pace(speed: float) -> str:
    """The speed, for people."""
    return "max" if speed == MAX else f"{speed:g}×"


def reached(player: Player, zone: ZoneInfo, behind_ms: int) -> str:
    """How far it has come, in a line."""
    speed = "paused" if player.is_paused else pace(player.speed)
    late = f"{behind_ms / 1000:,.0f} s behind" if behind_ms > BEHIND_MS else "in step"
    rounds = f"  round {player.round}" if player.round > 1 else ""
    return f"{local(player.at, zone):%Y-%m-%d %H:%M:%S}  {speed}  {player.said:,} events  {late}{rounds}"


def end(_: Player) -> None:
    """The wish to end."""
    return


def pause(player: Player) -> list[Event]:
    """The wish to stand still, or to go on."""
    player.pause()
    return []


def forward(player: Player) -> list[Event]:
    """The wish to be 5 minutes on."""
    player.forward(LEAP_MS)
    return []


def back(player: Player) -> list[Event]:
    """The wish to be 5 minutes back."""
    return player.back(LEAP_MS)


def faster(player: Player) -> list[Event]:
    """The wish for the next greater speed."""
    player.set_speed(next((speed for speed in SPEEDS if speed > player.speed), MAX))
    return []


def slower(player: Player) -> list[Event]:
    """The wish for the next smaller speed."""
    player.set_speed(next((speed for speed in reversed(SPEEDS) if speed < player.speed), SPEEDS[0]))
    return []


WISHES: dict[str, Wish] = {
    " ": pause,
    "\x1b[C": forward,
    "\x1b[D": back,
    "+": faster,
    "=": faster,
    "-": slower,
    "q": end,
}


class Watcher:
    """Takes wishes, and shows nothing."""

    def __init__(self) -> None:
        self._wishes: deque[Wish] = deque()

    def wish(self, wish: Wish) -> None:
        """Do this to the player next."""
        self._wishes.append(wish)

    def wished(self) -> Wish | None:
        """The next wish."""
        return self._wishes.popleft() if self._wishes else None

    def say(self, sentence: str) -> None:
        """Something to know."""

    def shown(self, player: Player, behind_ms: int) -> None:
        """It has come so far."""


class LineWatcher(Watcher):
    """Writes a line now and then."""

    def __init__(self, out: TextIO, zone: ZoneInfo) -> None:
        super().__init__()
        self._out = out
        self._zone = zone
        self._next_s = 0.0

    def say(self, sentence: str) -> None:
        """Write it."""
        self._out.write(f"{sentence}\n")
        self._out.flush()

    def shown(self, player: Player, behind_ms: int) -> None:
        """Write it, unless that was done just now."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._next_s:
            self._next_s = now_s + LINE_EVERY_S
            self.say(reached(player, self._zone, behind_ms))


class TerminalWatcher(Watcher):
    """A bar, and keys."""

    def __init__(self, zone: ZoneInfo, first_ms: int, last_ms: int, *, is_wall: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        super().__init__()
        self._zone = zone
        self._first_ms = first_ms
        self._is_wall = is_wall
        self._next_s = 0.0
        self._bar = Progress(BarColumn(), TextColumn("{task.description}"), console=Console(stderr=True))
        self._task = self._bar.add_task("", total=max(1, last_ms - first_ms))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Show the bar and heed the keys, until left."""
        self.say(WALL_KEYS if self._is_wall else KEYS)
        with self._bar, _keys(self._pressed):
            yield

    def say(self, sentence: str) -> None:
        """Write it above the bar."""
        self._bar.console.print(sentence, highlight=False, markup=False)

    def shown(self, player: Player, behind_ms: int) -> None:
        """Draw it."""
        now_s = asyncio.get_running_loop().time()
        if now_s >= self._next_s:
            self._next_s = now_s + DRAW_EVERY_S
            done_ms = player.day_ms - self._first_ms
            self._bar.update(self._task, completed=done_ms, description=reached(player, self._zone, behind_ms))

    def _pressed(self, key: str) -> None:
        wish = WISHES.get(key)
        if wish is None:
            return
        if self._is_wall and wish is not end:
            self.say(WALL_KEYS)
        else:
            self.wish(wish)


@contextmanager
def _keys(pressed: Callable[[str], None]) -> Iterator[None]:
    """Tell of each key that is pressed, at once and unseen."""
    import os
    import termios
    import tty

    if not sys.stdin.isatty():
        yield
        return
    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    loop = asyncio.get_running_loop()

    def read() -> None:
        typed = os.read(keyboard, 64).decode(errors="ignore")
        while typed:
            key = typed[:3] if typed.startswith("\x1b[") else typed[:1]
            typed = typed[len(key) :]
            pressed(key)

    tty.setcbreak(keyboard)
    loop.add_reader(keyboard, read)
    try:
        yield
    finally:
        loop.remove_reader(keyboard)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
