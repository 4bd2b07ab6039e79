"""A connection to a broker for publishing: the only file of outputs that knows the client library.

aiomqtt 2.5 connects in the pool of threads that everybody shares, and does not look at what a broker answers to a
message (MQTT 5 refuses one that way, for lack of rights). So it is given a connection that stands, and the paho client
inside is asked for the answers, here and nowhere else. docs/adr/0022 has the reasons, and
`tests/live/test_output_mqtt.py` holds each to a real broker.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiomqtt
from paho.mqtt.reasoncodes import ReasonCode

from floorwatch.notify.aside import Aside
from floorwatch.notify.output import NotTakenError, unreachable

KEEPALIVE_S = 10
"""After so long without a word the broker is asked whether it is there, and must answer within as long again."""
CONNECT_S = 5.0
"""How long a connection may take, for its TLS too."""
KEPT_S = 0.3
"""After so long without another message a broker has told all that it keeps."""
_FAILURE = 0x80
_LOGIN_REFUSED = (0x86, 0x87)  # bad user name or password, not authorized


@dataclass(frozen=True, kw_only=True)
class Broker:
    """Where a broker is, and who we are there."""

    host: str
    port: int
    client_id: str
    user: str = ""
    secret: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None
    will_topic: str = ""
    """Where the broker says `offline` for us when we are gone without a word; empty: nowhere."""


class MqttLink:
    """One connection, opened once. `lost` is called when it ends unasked."""

    def __init__(self, broker: Broker, names: Aside, lost: Callable[[], None]) -> None:
        self._broker = broker
        self._names = names
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        will = aiomqtt.Will(broker.will_topic, b"offline", qos=1, retain=True) if broker.will_topic else None
        self._client = aiomqtt.Client(
            broker.host,
            broker.port,
            username=broker.user or None,
            password=broker.secret or None,
            identifier=broker.client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=True,
            keepalive=KEEPALIVE_S,
            timeout=CONNECT_S,
            will=will,
        )
        self._paho = self._client._client
        self._paho.disable_logger()  # what is wrong is in the errors
        self._paho.on_publish = self._answered

    @property
    def is_open(self) -> bool:
        """Whether the broker is there, as far as we know."""
        connected, ended = self._client._connected, self._client._disconnected
        return connected.done() and connected.exception() is None and not ended.done()

    async def open(self) -> None:
        """Connect. Raises `NotTakenError` or `OSError`; the link is then to be closed."""
        connected = await self._secured(await self._reach())
        self._paho._create_socket = lambda: connected  # type: ignore[method-assign]
        self._client._client_connect()  # only writes: the connection is there
        try:
            await self._client._wait_for(self._client._connected, timeout=CONNECT_S)
        except aiomqtt.MqttError as wrong:
            raise NotTakenError(_why(wrong)) from None
        self._client._disconnected.add_done_callback(self._ended)

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish at QoS 1, and wait for the broker's word that it has it. Raises `NotTakenError`."""
        info = self._paho.publish(topic, payload, 1, retain)
        if info.rc != 0:
            raise NotTakenError(f"{topic}: the connection is lost")
        answer: asyncio.Future[Any] = self._loop.create_future()
        self._answers[info.mid] = answer
        ended = self._client._disconnected
        try:
            await asyncio.wait({answer, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._answers.pop(info.mid, None)
        if not answer.done():
            raise NotTakenError(f"{topic}: the connection was lost before the broker had it")
        code = answer.result()
        if isinstance(code, ReasonCode) and code.value >= _FAILURE:
            raise NotTakenError(f"{topic}: refused: {code}; allow this user to write the topic")

    async def kept(self, topic_filter: str) -> dict[str, bytes]:
        """What the broker keeps at these topics; nothing where we may not read them."""
        found: dict[str, bytes] = {}
        try:
            await self._client.subscribe(topic_filter, qos=1)
            with contextlib.suppress(TimeoutError):
                while True:
                    async with asyncio.timeout(KEPT_S):
                        message = await anext(self._client.messages)
                    if message.retain:
                        found[message.topic.value] = bytes(message.payload)
            await self._client.unsubscribe(topic_filter)
        except aiomqtt.MqttError as wrong:
            raise NotTakenError(_why(wrong)) from None
        return found

    async def close(self) -> None:
        """Take leave, if the broker is still there, and free the socket."""
        try:
            if self.is_open:
                self._client._disconnected.remove_done_callback(self._ended)
                with contextlib.suppress(aiomqtt.MqttError):
                    await self._client._wait_for(self._goodbye(), timeout=1.0)
        finally:
            if (open_socket := self._paho.socket()) is not None:
                self._loop.remove_reader(open_socket.fileno())
                self._loop.remove_writer(open_socket.fileno())
                open_socket.close()
            if self._client._misc_task is not None:
                self._client._misc_task.cancel()
            ended = self._client._disconnected
            if ended.done() and not ended.cancelled():
                ended.exception()  # seen

    async def _goodbye(self) -> None:
        self._paho.disconnect()
        await asyncio.shield(self._client._disconnected)

    async def _reach(self) -> socket.socket:
        """A socket that is connected. Raises `NotTakenError`."""
        host, port = self._broker.host, self._broker.port
        try:
            found = await self._names.call(lambda: socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        except socket.gaierror as wrong:
            raise NotTakenError(unreachable(host, port, wrong)) from wrong
        refused: OSError = OSError(f"{host} has no address")
        for kind, _, proto, _, address in found:
            raw = socket.socket(kind, socket.SOCK_STREAM, proto)
            raw.setblocking(False)
            try:
                await self._loop.sock_connect(raw, address)
            except OSError as wrong:
                refused = wrong
                raw.close()
            except BaseException:
                raw.close()
                raise
            else:
                # A state and a message right behind it: the second must not wait until the first is acknowledged.
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return raw
        raise NotTakenError(unreachable(host, port, refused)) from refused

    async def _secured(self, raw: socket.socket) -> socket.socket:
        """The same socket, speaking TLS where that is asked for. Raises `OSError`."""
        tls = self._broker.tls
        if tls is None:
            return raw
        secured = tls.wrap_socket(raw, server_hostname=self._broker.host, do_handshake_on_connect=False)
        secured.settimeout(CONNECT_S)
        greeting = asyncio.ensure_future(Aside(f"TLS with {self._broker.host}").call(secured.do_handshake))
        try:
            await asyncio.shield(greeting)
        except BaseException:
            await asyncio.wait({greeting})  # it ends within CONNECT_S, also when nobody waits for it any more
            secured.close()
            if not greeting.cancelled():
                greeting.exception()  # seen
            raise
        return secured

    def _answered(self, client: Any, userdata: Any, mid: int, code: Any, properties: Any) -> None:
        """PUBACK."""
        answer = self._answers.get(mid)
        if answer is not None and not answer.done():
            answer.set_result(code)

    def _ended(self, _: object) -> None:
        self._lost()


def _why(wrong: Exception) -> str:
    """The library's error in plain words."""
    code = getattr(wrong, "rc", None)
    if isinstance(code, ReasonCode) and code.value in _LOGIN_REFUSED:
        return f"{code}: check 'user' and 'secret' of this output, and the users of the broker"
    return str(wrong) or "the connection is lost"
