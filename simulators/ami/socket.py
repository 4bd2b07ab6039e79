"""The manager's server: a greeting, a login in the clear or by challenge, actions in, answers and events out."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from contextlib import suppress

from simulators.ami.wire import ALL, CLASSES, Action, answer, mask_of, refusal

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
WRITE_BYTES_MAX = 64 << 20
"""Who has left so much unread is sent away: a switch does not wait for its listeners, and keeps nothing for them."""

Answer = Callable[[Action], bytes]
"""What is written back to an action of somebody who has logged in."""


class Listener:
    """One connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: ManagerServer, challenge: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._server = server
        self._challenge = challenge
        self._mask = 0
        self.user = ""
        """Who has logged in; "" while nobody has."""
        self.is_frozen = False
        """Nothing is sent or answered any more, though the connection stands: a half-open one, seen from the client."""

    async def run(self) -> None:
        """Serve until the client goes, or is sent away."""
        self.send(BANNER)
        with suppress(ConnectionError, ValueError):
            while (action := await self._next_action()) is not None:
                if not self._obey(action):
                    break
                await self._writer.drain()
        self._writer.close()

    def hears(self, kind: int) -> bool:
        """Whether events of this class are sent here."""
        return bool(self._mask & kind)

    def send_event(self, kind: int, message: bytes) -> None:
        """What is subscribed to is sent."""
        if self.hears(kind):
            self.send(message)

    def send(self, message: bytes) -> None:
        """Write, unless there is nobody to write to."""
        if not self.is_frozen and not self._writer.is_closing():
            self._writer.write(message)
            if self._writer.transport.get_write_buffer_size() > WRITE_BYTES_MAX:
                self.cut()

    async def drain(self) -> None:
        """Wait until most of what was written has been taken."""
        with suppress(ConnectionError):
            await self._writer.drain()

    def cut(self) -> None:
        """Drop the connection as a dying network does, without a word."""
        self._writer.transport.abort()

    @property
    def addresses(self) -> tuple[str, str]:
        """Ours and the client's, as the switch writes them."""
        ours, theirs = (self._writer.get_extra_info(name) for name in ("sockname", "peername"))
        return f"IPV4/TCP/{ours[0]}/{ours[1]}", f"IPV4/TCP/{theirs[0]}/{theirs[1]}"

    async def _next_action(self) -> Action | None:
        """The next action; None when the client has gone."""
        headers: dict[str, str] = {}
        while line := await self._reader.readline():
            text = line.decode("utf-8", "replace").strip()
            if not text and headers:
                return headers
            name, colon, value = text.partition(":")
            if colon:
                headers.setdefault(name.strip().lower(), value.strip())
        return None

    def _obey(self, action: Action) -> bool:
        """Do what it says and answer it; whether the connection goes on."""
        name = action.get("action", "").lower()
        if name == "challenge":
            known = action.get("authtype", "").lower() == "md5"
            self.send(answer(action, f"Challenge: {self._challenge}") if known else refusal(action, _NO_TYPE))
        elif name == "login":
            return self._log_in(action)
        elif name == "logoff":
            self.send(answer(action, "Message: Thanks for all the fish.", response="Goodbye"))
            return False
        elif not self.user:
            self.send(refusal(action, "Permission denied"))
        elif name == "events":
            self._mask = mask_of(action.get("eventmask", ""))
            self.send(answer(action, f"Events: {'On' if self._mask else 'Off'}"))
        else:
            self.send(self._server.answer(action))
        return True

    def _log_in(self, action: Action) -> bool:
        if not self._server.lets_in(action, self._challenge):
            self.send(refusal(action, "Authentication failed"))
            return False
        self.user = action["username"]
        self._mask = mask_of(action["events"]) if "events" in action else ALL
        self.send(answer(action, "Message: Authentication accepted"))
        if self._mask & CLASSES["system"]:
            self.send(self._server.booted())
        self._server.authenticated(self)
        return True


_NO_TYPE = "Must specify AuthType"


class ManagerServer:
    """As many connections as come. `authenticated` is told of each that has logged in."""

    def __init__(
        self,
        user: str,
        secret: str,
        answer: Answer,
        booted: Callable[[], bytes],
        authenticated: Callable[[Listener], None],
    ) -> None:
        self._user = user
        self._secret = secret
        self.answer = answer
        self.booted = booted
        self.authenticated = authenticated
        self._server: asyncio.Server | None = None
        self._made = 0
        self.listeners: list[Listener] = []
        self._serving: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen; returns the port, which is a free one where 0 was asked for."""
        self._server = await asyncio.start_server(self._serve, host, port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Listen no longer, and drop every connection."""
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()
            await asyncio.gather(*self._serving)
            self._server = None

    def fire(self, kind: int, message: bytes) -> None:
        """Send an event to whoever subscribed to its class."""
        for listener in self.listeners:
            listener.send_event(kind, message)

    async def drain(self) -> None:
        """Wait until every listener has taken most of what was written to it."""
        for listener in list(self.listeners):
            await listener.drain()

    def cut(self) -> None:
        """Drop every connection."""
        for listener in self.listeners:
            listener.cut()

    def freeze(self) -> None:
        """Say nothing more on the connections that stand."""
        for listener in self.listeners:
            listener.is_frozen = True

    def lets_in(self, action: Action, challenge: str) -> bool:
        """Whether user and secret, or the answer to the challenge, are right."""
        if action.get("username") != self._user:
            return False
        if action.get("authtype", "").lower() == "md5":
            expected = hashlib.md5((challenge + self._secret).encode(), usedforsecurity=False).hexdigest()
            return hmac.compare_digest(action.get("key", "").encode(), expected.encode())
        return hmac.compare_digest(action.get("secret", "").encode(), self._secret.encode())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._made += 1
        challenge = str(100_000_000 + self._made * 7_919 % 900_000_000)
        listener = Listener(reader, writer, self, challenge)
        self.listeners.append(listener)
        serving = asyncio.current_task()
        assert serving is not None
        self._serving.add(serving)
        serving.add_done_callback(self._serving.discard)
        try:
            await listener.run()
        finally:
            self.listeners.remove(listener)
            writer.close()
