"""A clock that processes share: one owns it and moves it, the others live by it. A Unix socket is between them.

A day that is played into a daemon (`floorwatch simulate`) at 60 times real time, or as fast as it goes, is exact only
if the daemon's time is the day's. So the owner moves the clock from happening to happening, and between two of them it
asks: has everything that was said until now been taken in? Only then does time go on. The figures are those of a floor
that works at the pace of its own day, however slow the machine.

A question costs a turn of two processes. So the owner may open a *window* of up to a minute: within it, the clock goes
with the times of the facts that are heard, and they are applied at these, as they would have been one by one.

The owner says `MOVE` (instant, end of the window, speed in thousandths, question, lines), we say `ANSWER` (question,
lines read so far, our instant). A question of 0 asks nothing; the answer 0 is what we say first: that we are here, and
how late it is with us. While nobody owns the clock it stands still.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import structlog

from floorwatch.floor.events import Event
from floorwatch.ingest.inbox import Inbox

MOVE = struct.Struct("<qqqqq")
ANSWER = struct.Struct("<qqq")

LOOK_S = 0.05
"""Real time between two looks at the clock, at most, of whoever waits for an instant."""
RETRY_S = 0.1
TURNS = 10
"""Turns of the event loop without anything new after which all that lay in our sockets has been taken in: bytes become
messages, messages events, and events are applied, each in a turn of its own."""
SPINS = 300
"""Turns in which an answer is waited for without a pause: about a tenth of a second of work."""
PAUSE_S = 0.001

log = structlog.get_logger("floorwatch.clock")


class SharedClock:
    """The clock as we see it. Engine time: it never goes back, whatever its owner says."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._socket: socket.socket | None = None
        self._rest = b""
        self._now_ms = self._until_ms = 0
        self._question = self._answered = self._lines = 0
        self._moved = asyncio.Event()
        self._is_set = False
        self.speed = 1.0
        """At which it is moved just now; 0 while it stands."""

    def not_before(self, instant_ms: int) -> None:
        """It has been this late already, in an earlier process."""
        self._now_ms = max(self._now_ms, instant_ms)

    def behind_ms(self) -> int:
        """Never: it stands still where its owner says so, and nobody sets it back."""
        return 0

    def now_ms(self) -> int:
        """The present instant: as it was said last, even if that still lies unread in the socket."""
        self._read()
        return self._now_ms

    def heard_ms(self, time_ms: int) -> int:
        """The present instant, a fact of this time being heard: within a window the clock goes with it."""
        self._read()
        self._now_ms = max(self._now_ms, min(time_ms, self._until_ms))
        return self._now_ms

    def seconds_until(self, instant_ms: int) -> float:
        """Real seconds until it is worth another look; 0 when the instant has passed."""
        return 0.0 if instant_ms <= self.now_ms() else LOOK_S

    async def begun(self) -> None:
        """Wait for an owner, and for the first instant it says."""
        log.info("waiting_for_clock", path=str(self._path), so="start `floorwatch simulate … --clock` with this path")
        while not self._is_set:
            await self._connect()
            while self._socket is not None and not self._is_set:
                self._moved.clear()
                await self._moved.wait()
        log.info("clock_found", path=str(self._path))

    async def follow(self, lines_read: Callable[[], int], is_settled: Callable[[], bool]) -> None:
        """Follow the clock, from one owner to the next, and answer what it asks, until cancelled.

        `lines_read`: what all feeds have read so far. `is_settled`: whether all of it has been applied.
        """
        while True:
            await self._connect()
            while self._socket is not None:
                if self._question == self._answered:
                    self._moved.clear()
                    await self._moved.wait()
                else:
                    await self._settle(lines_read, is_settled)
            log.info("clock_stands", path=str(self._path), so="its owner has gone")

    async def _settle(self, lines_read: Callable[[], int], is_settled: Callable[[], bool]) -> None:
        """Answer the question when so many lines have been read, applied, and nothing more comes."""
        quiet = turns = 0
        while quiet < TURNS and self._socket is not None:
            turns += 1
            await asyncio.sleep(0 if turns < SPINS else PAUSE_S)
            quiet = quiet + 1 if is_settled() and lines_read() >= self._lines else 0
        self._answered = self._question
        self._say(self._answered, lines_read())

    async def _connect(self) -> None:
        """Find the owner, and say that we are here."""
        loop = asyncio.get_running_loop()
        while self._socket is None:
            found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            found.setblocking(False)
            try:
                await loop.sock_connect(found, str(self._path))
            except OSError:
                found.close()
                await asyncio.sleep(RETRY_S)
                continue
            self._socket, self._rest = found, b""
            self._question = self._answered = 0
            loop.add_reader(found.fileno(), self._read)
            self._say(0, 0)

    def _say(self, question: int, lines: int) -> None:
        if self._socket is None:
            return
        try:
            self._socket.send(ANSWER.pack(question, lines, self._now_ms))
        except OSError:
            self._lose()

    def _read(self) -> None:
        """Take what the owner has said."""
        while self._socket is not None:
            try:
                said = self._socket.recv(65_536)
            except BlockingIOError:
                return
            except OSError:
                said = b""
            if not said:
                self._lose()
                return
            said = self._rest + said
            whole = len(said) // MOVE.size * MOVE.size
            self._rest = said[whole:]
            for instant_ms, until_ms, speed, question, lines in MOVE.iter_unpack(said[:whole]):
                self._now_ms, self._is_set = max(self._now_ms, instant_ms), True
                self._until_ms = until_ms
                self.speed = speed / 1000
                if question:
                    self._question, self._lines = question, lines
            self._moved.set()

    def _lose(self) -> None:
        assert self._socket is not None
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None
        self._moved.set()

    def close(self) -> None:
        """Leave the owner alone."""
        if self._socket is not None:
            self._lose()


class InboxInStep(Inbox):
    """The inbox of a daemon that lives by a shared clock."""

    def __init__(self, clock: SharedClock) -> None:
        super().__init__(clock)
        self._shared = clock

    def received_ms(self, event: Event) -> int:
        """When it has reached us: the clock goes with what is heard."""
        assert isinstance(event.time, int)  # past the readers, all are
        return self._shared.heard_ms(event.time)
