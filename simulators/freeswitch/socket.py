"""mod_event_socket: a server that greets, asks for the password, takes commands and sends events."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from simulators.freeswitch.wire import (
    Headers,
    api_response,
    command_reply,
    event_message,
    notice,
    serialized,
    serialized_json,
)

GOODBYE = "Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"

Api = Callable[[str], str]
"""What the switch writes back to `api COMMAND`."""


class Listener:
    """One connection: `listener_run` and `parse_command`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, password: str, api: Api) -> None:
        self._reader = reader
        self._writer = writer
        self._password = password
        self._api = api
        self._format = "plain"
        self._names: set[str] = set()
        self._subclasses: set[str] = set()
        self.is_authed = False
        self.is_frozen = False
        """Nothing is sent or answered any more, though the connection stands: a half-open one, seen from the client."""

    async def run(self) -> None:
        """Serve until the client goes, or is sent away."""
        self._send(b"Content-Type: auth/request\n\n")
        running = True
        while running:
            try:
                lines = (await self._reader.readuntil(b"\n\n")).decode().strip().replace("\r", "").split("\n")
            except (asyncio.IncompleteReadError, ConnectionError):
                return
            running = self._obey(lines[0])
        self._send(notice("text/disconnect-notice", GOODBYE))
        self._writer.close()

    @property
    def is_hearing(self) -> bool:
        """Whether events are subscribed to."""
        return bool(self._names)

    async def drain(self) -> None:
        """Wait until what was sent is on its way."""
        try:
            await self._writer.drain()
        except ConnectionError:
            return  # nobody waits for it any more

    def send_event(self, headers: Headers) -> None:
        """`event_handler`: what is subscribed to is sent."""
        name, subclass = headers["Event-Name"], headers.get("Event-Subclass")
        if name not in self._names or (subclass is not None and subclass not in self._subclasses):
            return
        event = serialized_json(headers) if self._format == "json" else serialized(headers)
        self._send(event_message(event, self._format))

    def cut(self) -> None:
        """Drop the connection as a dying network does, without a word."""
        self._writer.transport.abort()

    def _send(self, message: bytes) -> None:
        if not self.is_frozen and not self._writer.is_closing():
            self._writer.write(message)

    def _obey(self, command: str) -> bool:
        """Do what a command says and answer it; whether the connection goes on."""
        name, _, rest = command.partition(" ")
        if name in ("exit", "..."):
            self._send(command_reply("+OK bye"))
            return False
        if not self.is_authed:
            return self._log_in(name, rest)
        if name == "api":
            self._send(api_response(self._api(rest)))
        elif name == "event":
            self._send(command_reply(self._subscribe(rest.split(" "))))
        else:
            self._send(command_reply("-ERR command not found"))
        return True

    def _log_in(self, name: str, password: str) -> bool:
        if name != "auth":
            self._send(command_reply("-ERR command not found"))
            return True
        self.is_authed = password == self._password
        self._send(command_reply("+OK accepted" if self.is_authed else "-ERR invalid"))
        return self.is_authed

    def _subscribe(self, words: list[str]) -> str:
        if words and words[0] in ("plain", "json"):
            self._format = words.pop(0)
        names = words[: words.index("CUSTOM") + 1] if "CUSTOM" in words else words
        if not names:
            return "-ERR no keywords supplied"
        self._names.update(names)
        self._subclasses.update(words[len(names) :])
        return f"+OK event listener enabled {self._format}"


class EventSocket:
    """The server: as many connections as come."""

    def __init__(self, password: str, api: Api) -> None:
        self._password = password
        self._api = api
        self._server: asyncio.Server | None = None
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

    def fire(self, headers: Headers) -> None:
        """Send an event to whoever subscribed to it."""
        for listener in self.listeners:
            listener.send_event(headers)

    @property
    def is_heard(self) -> bool:
        """Whether anybody has subscribed to events."""
        return any(listener.is_hearing for listener in self.listeners)

    async def drain(self) -> None:
        """Wait until what was sent is on its way to everybody."""
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

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener = Listener(reader, writer, self._password, self._api)
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
