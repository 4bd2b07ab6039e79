"""The owner's end of a shared clock: it says what time it is, and waits until all who live by it have followed.

A daemon that goes away stops the time; when it comes back, time goes on. So nothing is lost over a restart of it.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from pathlib import Path

from floorwatch.shared_clock import ANSWER, MOVE

HEARD_WITHIN_S = 20.0
"""Real time after which what was said and not taken in is taken for lost on the way."""
SOCKET_PATH_BYTES_MAX = 107
"""What the system takes for the path of a socket."""


class NotHeardError(Exception):
    """A daemon lives by the clock and does not hear what is said."""


class UnusableClockError(Exception):
    """The clock cannot be made at this path; the sentence says why."""


class _Follower:
    """A daemon that lives by the clock."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.lines = 0
        """What it had read when it answered last."""
        self.answered: asyncio.Future[None] | None = None
        """Done when it has answered what it was asked, or has gone."""

    def release(self) -> None:
        """Whoever waits for its answer need not wait any longer."""
        if self.answered is not None and not self.answered.done():
            self.answered.set_result(None)


class Timekeeper:
    """A clock that stands unless it is moved: a `floorwatch.clock.Clock`. `path` is that of its socket."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._server: asyncio.Server | None = None
        self._followers: list[_Follower] = []
        self._serving: set[asyncio.Task[None]] = set()
        self._came = asyncio.Event()
        self._question = 0
        self._now_ms = self._until_ms = 0
        self._speed = 1.0
        self.latest_ms = 0
        """How late it is with the daemons: their time cannot go back."""

    async def start(self) -> None:
        """Open the clock. Raises `UnusableClockError`."""
        if len(str(self._path).encode()) > SOCKET_PATH_BYTES_MAX:
            raise UnusableClockError(f"{self._path} is too long for the path of a clock; name a shorter one")
        if self._path.exists():
            self._remove_left_over()
        try:
            self._server = await asyncio.start_unix_server(self._serve, self._path)
        except OSError as wrong:
            raise UnusableClockError(f"{self._path}: {(wrong.strerror or str(wrong)).lower()}") from wrong

    def _remove_left_over(self) -> None:
        """A socket that nobody listens on is what a killed player left; anything else is not ours."""
        if not self._path.is_socket():
            raise UnusableClockError(f"{self._path} is a file, and no clock; name a path where nothing is yet")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self._path))
            except ConnectionRefusedError:
                self._path.unlink()
                return
        raise UnusableClockError(f"{self._path} is moved by another player; end it, or name another path")

    async def stop(self) -> None:
        """Let go of the clock: it stands still for all who live by it."""
        if self._server is None:
            return
        self._server.close()
        for follower in self._followers:
            follower.writer.transport.abort()
        await self._server.wait_closed()
        await asyncio.gather(*self._serving)
        self._path.unlink(missing_ok=True)

    def now_ms(self) -> int:
        """The instant it was moved to, with its window."""
        return self._until_ms

    def seconds_until(self, instant_ms: int) -> float:
        """Nobody knows: it is moved."""
        return 0.0 if instant_ms <= self.now_ms() else 0.02

    def behind_ms(self) -> int:
        """Never: it is not set back."""
        return 0

    @property
    def is_followed(self) -> bool:
        """Whether a daemon lives by it now."""
        return bool(self._followers)

    async def followed(self) -> None:
        """Wait for a daemon."""
        while not self._followers:
            self._came.clear()
            await self._came.wait()

    def prepare(self, instant_ms: int) -> None:
        """It will be this instant when it begins to move; nobody is told yet."""
        self._now_ms = self._until_ms = instant_ms

    def move(self, instant_ms: int, speed: float, until_ms: int = 0) -> None:
        """It is this instant now, and goes with what is heard until the end of the window, where there is one.

        `speed` is for pages that show ticking clocks; 0 while it stands.
        """
        self._now_ms, self._until_ms, self._speed = instant_ms, max(instant_ms, until_ms), speed
        for follower in self._followers:
            self._say(follower, 0, 0)

    async def settled(self, lines: int) -> None:
        """Wait until every daemon has read so many lines since the last time, and applied all that has come.

        Raises `NotHeardError`. A daemon that goes meanwhile is waited for: what it was told, it finds again.
        """
        await self.followed()
        self._question += 1
        loop = asyncio.get_running_loop()
        asked = list(self._followers)
        for follower in asked:
            follower.answered = loop.create_future()
            self._say(follower, self._question, follower.lines + lines)
        waiting = [follower.answered for follower in asked if follower.answered is not None]
        _, unheard = await asyncio.wait(waiting, timeout=HEARD_WITHIN_S)
        if unheard:
            raise NotHeardError(f"the daemon has not taken in what was said {HEARD_WITHIN_S:.0f} s ago")

    def _say(self, follower: _Follower, question: int, lines: int) -> None:
        speed = 0 if self._speed == float("inf") else round(self._speed * 1000)
        follower.writer.write(MOVE.pack(self._now_ms, self._until_ms, speed, question, lines))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        follower = _Follower(writer)
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        try:
            while True:
                question, follower.lines, instant_ms = ANSWER.unpack(await reader.readexactly(ANSWER.size))
                self.latest_ms = max(self.latest_ms, instant_ms)
                if question == 0:
                    self._followers.append(follower)
                    if self._now_ms:
                        self._say(follower, 0, 0)
                    self._came.set()
                elif question == self._question:
                    follower.release()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            if follower in self._followers:
                self._followers.remove(follower)
            follower.release()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
