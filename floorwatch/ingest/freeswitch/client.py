"""FreeSWITCH's event socket as a live feed: connect, log in, subscribe, list the floor, hear, ask again now and then.

The socket answers commands in the order they were given, so answers need no ids. One task reads and never waits for
anything but the inbox; another asks. What is told goes through one lock, so that facts stay in order.
"""

from __future__ import annotations

import asyncio
import random
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from floorwatch.clock import Clock
from floorwatch.floor.events import Event
from floorwatch.ingest.feed import NEVER, Heard
from floorwatch.ingest.freeswitch.lists import ListError, Lists
from floorwatch.ingest.freeswitch.protocol import UNSEEN, Message, Protocol
from floorwatch.ingest.freeswitch.translate import SUBCLASS, Translator
from floorwatch.ingest.inbox import Inbox
from floorwatch.ingest.source import Description, InputCounts

log = structlog.get_logger("floorwatch.ingest")

DEFAULT_PASSWORD = "ClueCon"  # noqa: S105 - the well-known one of every fresh installation, to warn of
SUBSCRIBE = f"event plain CHANNEL_HOLD CHANNEL_UNHOLD CUSTOM {SUBCLASS}"
"""Plain is the one format every version speaks. CUSTOM comes last: what follows it is read as its subclasses."""
CLOCK = "api strmicroepoch"
"""What the switch's clock shows: the keep-alive too, being as light as any."""
CORE = "api global_getvar core_uuid"
ANSWER_S = 30.0
CONNECT_S = 10.0
TICK_S = 1.0
BACK_OFF_S = (0.5, 30.0)
PIECE_BYTES = 65_536
_ANSWERS = ("auth/request", "command/reply", "api/response")


@dataclass(frozen=True, slots=True)
class Connection:
    """Where the event socket listens, and the password it asks for."""

    host: str
    port: int
    password: str = field(repr=False)
    tls: bool = False
    """Behind a TLS proxy: the event socket itself speaks none."""
    tls_ca: Path | None = None


class LostError(Exception):
    """The connection is of no more use; the text is the reason `source.down` gives."""


class FreeswitchFeed:
    """One FreeSWITCH: an `ingest.feed.Feed`.

    `heard` is what is remembered of the source from before this process. It is lost after a silence of `silence_ms`,
    in which it was asked for the time at least twice, and looked over every `reconcile_ms`.
    """

    def __init__(
        self,
        name: str,
        connection: Connection,
        clock: Clock,
        heard: Heard = NEVER,
        *,
        silence_ms: int = 15_000,
        reconcile_ms: int = 300_000,
    ) -> None:
        self.counts = InputCounts()
        self._name = name
        self._connection = connection
        self._clock = clock
        self._heard = heard
        self._silence_s = silence_ms / 1000
        self._reconcile_s = reconcile_ms / 1000
        self._translator = Translator(name, self.counts)
        self._description = Description(UNSEEN)
        self._telling = asyncio.Lock()
        self._unsaid: deque[Event] = deque()
        """What had been translated when a connection ended in the middle of saying it."""

    @property
    def is_asking(self) -> bool:
        """Lists have been asked for and have not all come."""
        return self._translator.is_holding

    async def run(self, inbox: Inbox) -> None:
        """Hear the switch, over as many connections as it takes, until cancelled."""
        if self._connection.password == DEFAULT_PASSWORD:
            log.warning("default_password", source=self._name, hint="anybody may control a switch that still has it")
        if self._heard.last_ms is not None:
            await self._tell(inbox, partial(self._translator.not_running, self._heard.last_ms))
        least_s, most_s = BACK_OFF_S
        delay_s = least_s
        while True:
            session = _Session(self._connection, self._clock, self._translator, self.counts)
            reason = await self._hear(session, inbox)
            log.warning("source_down", source=self._name, reason=reason)
            await self._tell(inbox, partial(self._translator.disconnected, session.last_byte_ms, reason))
            delay_s = least_s if session.was_listed else min(2 * delay_s, most_s)
            # Spread, so that many feeds of one switch do not all come back in the same instant.
            await asyncio.sleep(delay_s * (0.5 + random.random() / 2))  # noqa: S311 - no secret hangs on it

    async def _hear(self, session: _Session, inbox: Inbox) -> str:
        """One connection from beginning to end; why it ended."""
        try:
            await session.open()
        except LostError as lost:
            return str(lost)
        # Who asks comes first: a refusal explains the end of the connection that follows it.
        work = [asyncio.ensure_future(self._ask(session, inbox)), asyncio.ensure_future(self._read(session, inbox))]
        try:
            done, _ = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in work:
                task.cancel()
            await asyncio.gather(*work, return_exceptions=True)
            session.close()
        for task in (task for task in work if task in done):
            try:
                task.result()
            except LostError as lost:
                if str(lost) in _HINTS:
                    log.error(str(lost), source=self._name, hint=_HINTS[str(lost)])
                return str(lost)
        raise AssertionError("neither task ends by itself")

    async def _read(self, session: _Session, inbox: Inbox) -> None:
        while True:
            for message in await session.read(self._silence_s):
                if message.event is not None:
                    said = partial(self._translator.event, message.event, session.last_byte_ms)
                    await self._tell(inbox, said)
                else:
                    self.counts.ignored += 1
                    session.take(message)
                    await asyncio.sleep(0)  # whoever waited for it goes on before the next message is looked at

    async def _ask(self, session: _Session, inbox: Inbox) -> None:
        await session.log_in()
        self._translator.connected()
        await self._list(session, inbox)
        log.info("source_up", source=self._name)
        loop = asyncio.get_running_loop()
        ping_at, list_at = loop.time(), loop.time() + self._reconcile_s
        while True:
            await asyncio.sleep(TICK_S)
            await self._tell(inbox, self._tick)
            if loop.time() >= list_at or self._translator.wants_lists:
                self._translator.asking()
                await self._list(session, inbox)
                list_at = loop.time() + self._reconcile_s
            elif loop.time() >= ping_at:
                await session.clock()
                ping_at = loop.time() + self._silence_s / 3

    async def _list(self, session: _Session, inbox: Inbox) -> None:
        lists = await session.lists()
        await self._tell(inbox, partial(self._translator.listed, lists))
        session.was_listed = True

    def _tick(self) -> list[Event]:
        return self._translator.tick(self._clock.now_ms())

    async def _tell(self, inbox: Inbox, say: Callable[[], list[Event]]) -> None:
        """Put what is to be said into the inbox, all of it before anything else is said."""
        async with self._telling:
            for event in say():
                self._unsaid.extend(self._description.after(event))
            while self._unsaid:
                await inbox.put(self._unsaid[0])
                self._unsaid.popleft()


_HINTS = {
    "login_refused": "the password of event_socket.conf.xml is another one",
    "address_refused": "the switch takes no connection from this address: apply-inbound-acl in event_socket.conf.xml",
    "subscription_refused": "the switch does not let this password hear callcenter::info",
    "no_callcenter": "mod_callcenter is not loaded, or its lists cannot be read",
}


class _Session:
    """One connection: bytes to messages, and a command at a time with its answer."""

    def __init__(self, connection: Connection, clock: Clock, translator: Translator, counts: InputCounts) -> None:
        self._connection = connection
        self._clock = clock
        self._translator = translator
        self._counts = counts
        self._protocol = Protocol(counts)
        self._awaited: deque[asyncio.Future[Message]] = deque()
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter
        self._greeting = self._expect()
        self.last_byte_ms = clock.now_ms()
        self.was_listed = False

    async def open(self) -> None:
        """Connect. Raises `LostError`."""
        where = self._connection
        context = None
        if where.tls:
            context = ssl.create_default_context(cafile=where.tls_ca)
        try:
            async with asyncio.timeout(CONNECT_S):
                self._reader, self._writer = await asyncio.open_connection(where.host, where.port, ssl=context)
        except (OSError, TimeoutError) as error:
            raise LostError("unreachable") from error

    def close(self) -> None:
        """Let go of the connection."""
        self._protocol.close()
        self._writer.close()

    async def read(self, silence_s: float) -> list[Message]:
        """The next messages. Raises `LostError` when nothing comes for so long, or nothing can come any more."""
        try:
            async with asyncio.timeout(silence_s):
                received = await self._reader.read(PIECE_BYTES)
        except TimeoutError as error:
            raise LostError("silent") from error
        except OSError as error:
            raise LostError("connection_lost") from error
        if not received:
            raise LostError("connection_lost")
        self.last_byte_ms = self._clock.now_ms()
        messages = self._protocol.feed(received)
        if self._protocol.broken:
            raise LostError(self._protocol.broken)
        return messages

    def take(self, message: Message) -> None:
        """A message that is no event: an answer, or the switch's farewell."""
        if message.kind == "text/rude-rejection":
            raise LostError("address_refused")
        if message.kind == "text/disconnect-notice":
            raise LostError("disconnected")
        if message.kind in _ANSWERS and self._awaited:
            answered = self._awaited.popleft()
            if not answered.done():
                answered.set_result(message)

    async def log_in(self) -> None:
        """Give the password and subscribe to the events. Raises `LostError`."""
        greeting = await self._come(self._greeting)
        if greeting.kind != "auth/request":
            raise LostError("not_an_event_socket")
        if not (await self._ask(f"auth {self._connection.password}")).startswith("+OK"):
            raise LostError("login_refused")
        if not (await self._ask(SUBSCRIBE)).startswith("+OK"):
            raise LostError("subscription_refused")

    async def clock(self) -> int:
        """What the switch's clock shows, in ms; by our reckoning where it would not tell."""
        answer = await self._ask(CLOCK)
        now_ms = self._clock.now_ms()
        if answer.isascii() and answer.isdigit() and len(answer) <= 17:
            self._translator.reckon(int(answer) // 1000, now_ms)
            return int(answer) // 1000
        return self._translator.switch_ms(now_ms)

    async def lists(self) -> Lists:
        """The floor as it is now. Raises `LostError` when the switch does not list it."""
        lists = Lists(await self.clock())
        core = await self._ask(CORE)
        lists.core = "" if core.startswith("-") else core
        try:
            lists.read_queues(await self._ask("api callcenter_config queue list"))
            for queue in lists.queues:
                name = f"'{queue}'" if " " in queue else queue
                lists.read_members(await self._ask(f"api callcenter_config queue list members {name}"))
            lists.read_agents(await self._ask("api callcenter_config agent list"))
            lists.read_tiers(await self._ask("api callcenter_config tier list"))
        except ListError as error:
            log.error("no_list", answer=str(error))
            raise LostError("no_callcenter") from error
        await self.clock()  # what happened before the last list has been told when this is answered
        return lists

    async def _ask(self, command: str) -> str:
        answered = self._expect()
        self._writer.write(f"{command}\n\n".encode())
        return (await self._come(answered)).answer.strip()

    def _expect(self) -> asyncio.Future[Message]:
        """A place in the line of answers."""
        answered: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._awaited.append(answered)
        return answered

    async def _come(self, answered: asyncio.Future[Message]) -> Message:
        try:
            async with asyncio.timeout(ANSWER_S):
                return await answered
        except TimeoutError as error:
            raise LostError("no_answer") from error
