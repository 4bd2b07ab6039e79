"""A switch's manager as a live source: connects, stays connected, and says when it is not."""

from __future__ import annotations

import asyncio
import ipaddress
import random
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from floorwatch.clock import Clock
from floorwatch.floor.events import Event, SourceDown, SourceUp
from floorwatch.ingest.ami.protocol import UNSEEN
from floorwatch.ingest.ami.session import AsteriskConnection, Session
from floorwatch.ingest.ami.translate import Translator
from floorwatch.ingest.feed import NEVER, Heard
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.source import Description, InputCounts

READ_BYTES = 1 << 18
TICK_S = 0.25
CONNECT_S = 10.0
BACKLOG_MAX = 50_000
"""Events kept while the inbox is full: minutes of a large floor, some 20 MB. With more, the connection is given up."""
FIRST_RETRY_S = 0.5
RETRY_S_MAX = 30.0
"""A connection that has lasted so long is a good one: after it the first retry is quick again."""
REFUSED_RETRY_S = 30.0
"""At least, after a refused login: nothing gets better by asking often, and some switches ban who does."""

log = structlog.get_logger("floorwatch.ingest.asterisk")


@dataclass(slots=True)
class AsteriskStats:
    """The life of a feed so far."""

    connections: int = 0
    """Logins that succeeded."""
    overflows: int = 0
    """Connections given up because events came faster, for longer, than they were taken."""
    heard_ms: int | None = None
    """When the last byte came, on our clock."""


class Retries:
    """How long to wait before the next connection: any time up to a limit that doubles, so that after a restart of a
    switch not all its clients come at once. `chance` returns a number in [0, 1)."""

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._limit_s = FIRST_RETRY_S

    def after(self, reason: str, *, lasted_ms: int) -> float:
        """Seconds to wait after a connection that lasted so long and ended for this reason."""
        if lasted_ms >= RETRY_S_MAX * 1000:
            self._limit_s = FIRST_RETRY_S
        limit_s, self._limit_s = self._limit_s, min(RETRY_S_MAX, self._limit_s * 2)
        return self._chance() * limit_s + (REFUSED_RETRY_S if reason == "login_refused" else 0)


class AsteriskFeed:
    """One switch. `interfaces` maps devices to agents, where the configuration does.

    The socket is read whatever becomes of the events: those the full inbox has no room for wait in a backlog. When that
    is full, too, the connection is given up, which marks a gap, and made again when the backlog has been taken.
    `chance` is for `Retries`.
    """

    def __init__(
        self,
        name: str,
        connection: AsteriskConnection,
        clock: Clock,
        interfaces: Mapping[str, str],
        heard: Heard = NEVER,
        *,
        chance: Callable[[], float] = random.random,
        backlog_max: int = BACKLOG_MAX,
    ) -> None:
        self._name = name
        self._connection = connection
        self._clock = clock
        self._heard = heard
        self._retries = Retries(chance)
        self._description = Description(UNSEEN)
        self._backlog: deque[Event] = deque()
        self._backlog_max = backlog_max
        self._filled, self._emptied = asyncio.Event(), asyncio.Event()
        self.counts = InputCounts()
        self.stats = AsteriskStats()
        self._translator = Translator(name, interfaces, self.counts)

    @property
    def is_asking(self) -> bool:
        """Lists have been asked for and have not all come."""
        return self._translator.is_awaiting

    async def run(self, inbox: Inbox) -> None:
        """Hear the switch, through every loss of it."""
        if self._heard.last_ms is not None:
            self._tell(self._translator.not_running(self._heard.last_ms))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._deliver(inbox))
            tasks.create_task(self._keep_connected())

    # Events on their way out

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, SourceUp):
                log.info("source_up", source=self._name)
            elif isinstance(event, SourceDown):
                log.warning("source_down", source=self._name, reason=event.reason)
            self._backlog.extend(self._description.after(event))
        if events:
            self._filled.set()

    async def _deliver(self, inbox: Inbox) -> None:
        backlog = self._backlog
        while True:
            while backlog:
                await inbox.put(backlog[0])
                backlog.popleft()
            self._emptied.set()
            self._filled.clear()
            await self._filled.wait()

    # The connection

    async def _keep_connected(self) -> None:
        while True:
            began_ms = self._clock.now_ms()
            reason = await self._live_once()
            delay_s = self._retries.after(reason, lasted_ms=self._clock.now_ms() - began_ms)
            if reason == "overflow":
                self._emptied.clear()
                await self._emptied.wait()
            await asyncio.sleep(delay_s)

    async def _live_once(self) -> str:
        """One connection from beginning to end; why it ended."""
        where = self._connection
        try:
            async with asyncio.timeout(CONNECT_S):
                reader, writer = await asyncio.open_connection(where.host, where.port, ssl=where.tls)
        except OSError as wrong:
            log.info("asterisk_unreachable", source=self._name, host=where.host, port=where.port, error=str(wrong))
            self._tell(self._translator.disconnected(self._clock.now_ms(), "unreachable"))
            return "unreachable"
        is_private = where.tls is not None or _is_this_machine(writer)
        session = Session(self._name, where, self._translator, self._clock.now_ms(), is_private=is_private)
        try:
            async with asyncio.TaskGroup() as tasks:
                watch = tasks.create_task(self._watch(session, writer))
                await self._read(session, reader, writer)
                watch.cancel()
        finally:
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()
        self._tell(session.lost())
        if session.ended == "login_refused":
            log.error(
                "asterisk_login_refused",
                source=self._name,
                user=where.user,
                says=session.explanation,
                fix=f"compare user and secret with [{where.user}] in the switch's manager.conf, and its permit= lines",
            )
        return session.ended

    async def _read(self, session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        was_hearing = False
        try:
            writer.write(session.to_send())
            while not session.ended and (piece := await reader.read(READ_BYTES)):
                self.stats.heard_ms = now_ms = self._clock.now_ms()
                self._tell(session.received(piece, now_ms))
                writer.write(session.to_send())
                if session.is_hearing and not was_hearing:
                    was_hearing = True
                    self.stats.connections += 1
                if len(self._backlog) > self._backlog_max:
                    self.stats.overflows += 1
                    session.end("overflow")
        except OSError as wrong:
            log.info("asterisk_connection_broke", source=self._name, error=str(wrong))
        session.end("closed")

    async def _watch(self, session: Session, writer: asyncio.StreamWriter) -> None:
        """Tell the session the time; a connection it has given up is cut, which ends the reading."""
        while not session.ended:
            await asyncio.sleep(TICK_S)
            self._tell(session.passed(self._clock.now_ms()))
            writer.write(session.to_send())
        writer.transport.abort()


def _is_this_machine(writer: asyncio.StreamWriter) -> bool:
    return ipaddress.ip_address(writer.get_extra_info("peername")[0]).is_loopback
