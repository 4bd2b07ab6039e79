"""One connection to a broker: the only file that knows the client library.

aiomqtt 2.5 has no words for three things we cannot do without, so they are said to the paho client inside it, here and
nowhere else: acknowledging a message later than it came, whether the broker still had our session, and to stop reading
for a while. docs/adr/0009 has the reasons; `tests/live/test_mqtt.py` holds each of them to a real broker.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from floorwatch.ingest.mqtt.session import CONNECTION_LOST, TAKEN_OVER, UNREACHABLE
from floorwatch.ingest.mqtt.topics import DROPPED, OFFLINE, ONLINE, own_status

ANSWER_S = 5
"""How long the broker may take for an answer while we connect, subscribe or take leave."""
SESSION_EXPIRY_S = 7 * 86_400
"""How long the broker shall keep our subscriptions and what is published for us while we are away."""
UNACKNOWLEDGED_MAX = 1_000
"""Messages the broker may send before it must wait for acknowledgements (its own limit may be lower)."""
READS_AT_ONCE = 50
"""Messages read before the event loop has its turn: about a millisecond."""

_LOGIN_REFUSED = (0x86, 0x87)  # bad user name or password, not authorized
_TAKEN_OVER = 0x8E
_FAILURE = 0x80

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class MqttConnection:
    """Where the broker is, and what we ask of it."""

    host: str
    port: int
    topics: tuple[str, ...]
    user: str = ""
    secret: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None
    client_id: str = ""
    """Names our session at the broker: no two clients may share it. Empty: `floorwatch-` and the source's name."""
    heartbeat_ms: int = 15_000
    """A broker that is silent for longer, asked or not, counts as lost."""


class LinkError(Exception):
    """The broker is not there any more, or never was. `reason` is one word, the text says more."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason


class Link:
    """A connection that is opened once, read until it ends, and closed.

    `take` is called with every message as it arrives, in order, in the event loop.
    """

    def __init__(self, connection: MqttConnection, take: Callable[[aiomqtt.Message], None]) -> None:
        self._connection = connection
        self._take = take
        self._arrived: list[aiomqtt.Message] = []
        self._is_paused = False
        self._is_open = True
        self._bug: Exception | None = None
        self.had_session = False
        """Whether the broker still had our session: nothing published meanwhile is missing."""
        self._loop = asyncio.get_running_loop()
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = UNACKNOWLEDGED_MAX
        self._status = own_status(connection.client_id)
        self._client = aiomqtt.Client(
            connection.host,
            connection.port,
            username=connection.user or None,
            password=connection.secret or None,
            identifier=connection.client_id,
            protocol=aiomqtt.ProtocolVersion.V5,
            clean_start=False,
            properties=properties,
            tls_context=connection.tls,
            keepalive=_keepalive_s(connection.heartbeat_ms),
            timeout=ANSWER_S,
            will=aiomqtt.Will(self._status, OFFLINE, qos=1, retain=True),
            queue_type=_arrivals(self._arrived),
        )
        self._paho = self._client._client
        self._paho.disable_logger()  # what is wrong is in the errors
        self._paho.manual_ack_set(True)
        self._paho.on_connect = self._answered
        self._paho.on_socket_open = self._opened

    async def open(self) -> None:
        """Connect. Messages may come before this returns. Raises `LinkError`."""
        try:
            await _to_its_end(self._client.__aenter__())
        except aiomqtt.MqttError as wrong:
            raise _explained(wrong, UNREACHABLE) from None

    async def subscribe(self, filters: Iterable[str]) -> None:
        """Subscribe at QoS 1, and say that we are there. Raises `LinkError`.

        The broker's own count of what it dropped is asked for too; few brokers have it, and none must.
        """
        wanted = (*filters, DROPPED)
        try:
            codes = await _to_its_end(self._client.subscribe([(topic, int(topic != DROPPED)) for topic in wanted]))
            for topic, code in zip(wanted, codes, strict=True):
                if isinstance(code, ReasonCode) and code.value >= _FAILURE and topic != DROPPED:
                    raise LinkError("subscription_refused", f"{topic}: {code}")
            await _to_its_end(self._client.publish(self._status, ONLINE, qos=1, retain=True))
        except aiomqtt.MqttError as wrong:
            raise _explained(wrong, CONNECTION_LOST) from None
        except ValueError as wrong:  # the library does not even ask the broker
            raise LinkError("subscription_refused", f"{wrong} One of: {', '.join(wanted)}") from None

    async def ended(self) -> None:
        """Wait for the end of the connection, and raise it as a `LinkError`; a bug of ours as it is."""
        if self._bug is not None:  # met while connecting, where the library forgets it
            raise self._bug
        try:
            await asyncio.shield(self._client._disconnected)
        except (aiomqtt.MqttError, OSError) as wrong:
            raise _explained(wrong, CONNECTION_LOST) from None
        raise LinkError(CONNECTION_LOST, "the broker ended the connection")

    def acknowledge(self, message_id: int) -> None:
        """Tell the broker that it may forget this message. After the end of the connection it does nothing."""
        if self._is_open:
            self._paho.ack(message_id, 1)

    def pause(self) -> None:
        """Read no more: the broker keeps what it has."""
        self._is_paused = True
        if (socket := self._paho.socket()) is not None:
            self._loop.remove_reader(socket.fileno())

    def resume(self) -> None:
        """Read on."""
        self._is_paused = False
        if (socket := self._paho.socket()) is not None:
            self._loop.add_reader(socket.fileno(), self._read)
            self._loop.call_soon(self._read)  # TLS may hold what the socket no longer shows

    async def close(self) -> None:
        """Take leave, if the broker is still there, and free the socket."""
        try:
            if self._is_online():
                with contextlib.suppress(aiomqtt.MqttError):
                    await _to_its_end(self._client.publish(self._status, OFFLINE, qos=1, retain=True))
                with contextlib.suppress(aiomqtt.MqttError):
                    await _to_its_end(self._client.__aexit__(None, None, None))
        finally:
            self._is_open = False
            if (socket := self._paho.socket()) is not None:
                self._loop.remove_reader(socket.fileno())
                self._loop.remove_writer(socket.fileno())
                socket.close()
            if self._client._misc_task is not None:
                self._client._misc_task.cancel()
            if self._client._disconnected.done() and not self._client._disconnected.cancelled():
                self._client._disconnected.exception()  # seen

    def _is_online(self) -> bool:
        connected = self._client._connected
        return connected.done() and connected.exception() is None and not self._client._disconnected.done()

    def _answered(self, client: Any, userdata: Any, flags: Any, code: Any, properties: Any = None) -> None:
        """CONNACK."""
        self.had_session = flags.session_present
        self._client._on_connect(client, userdata, flags, code, properties)

    def _opened(self, client: Any, userdata: Any, socket: Any) -> None:
        """The socket is open (said in the connecting thread): read it our way, which can pause."""
        self._client._on_socket_open(client, userdata, socket)
        self._loop.call_soon_threadsafe(self._loop.add_reader, socket.fileno(), self._read)

    def _read(self) -> None:
        """Take what has come, up to a limit."""
        ended = self._client._disconnected
        for _ in range(READS_AT_ONCE):
            if self._is_paused or self._paho.socket() is None:
                return
            try:
                self._paho.loop_read()
            except Exception as wrong:  # noqa: BLE001 # whatever the library makes of broken bytes, the connection ends
                _fail(ended, aiomqtt.MqttError(str(wrong)))
                return
            arrived = self._arrived.copy()
            self._arrived.clear()
            try:
                for message in arrived:
                    self._take(message)
            except Exception as bug:  # noqa: BLE001 # a callback cannot crash: whoever waits for the end does it
                self._bug = bug
                _fail(ended, bug)
                return
            if not arrived and not self._holds_more():
                return
        if self._holds_more():
            self._loop.call_soon(self._read)

    def _holds_more(self) -> bool:
        """Whether TLS has bytes that the socket no longer shows."""
        socket = self._paho.socket()
        return isinstance(socket, ssl.SSLSocket) and socket.pending() > 0


async def _to_its_end(work: Coroutine[Any, Any, _T]) -> _T:
    """Await a call of the library that ends within `ANSWER_S`, also when we are cancelled meanwhile.

    A thread may be connecting, and what it opens must be closed; and `asyncio.wait_for`, which the library uses, can
    swallow a cancellation in Python 3.11.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _arrivals(arrived: list[aiomqtt.Message]) -> type[asyncio.Queue[aiomqtt.Message]]:
    """A queue for aiomqtt that only hands on: no task and no wake-up for each message."""

    class Arrivals(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            arrived.append(item)

    return Arrivals


def _keepalive_s(heartbeat_ms: int) -> int:
    """Seconds of silence before the client asks; it waits as long for the answer, and looks once a second."""
    return max(1, (heartbeat_ms // 1000 - 2) // 2)


def _fail(ended: asyncio.Future[None], wrong: Exception) -> None:
    if not ended.done():
        ended.set_exception(wrong)


def _explained(wrong: Exception, otherwise: str) -> LinkError:
    """The library's error in our words."""
    code = getattr(wrong, "rc", None)
    value = code.value if isinstance(code, ReasonCode) else None
    if value in _LOGIN_REFUSED:
        return LinkError("login_refused", str(wrong))
    if value == _TAKEN_OVER:
        return LinkError(TAKEN_OVER, str(wrong))
    if isinstance(wrong, MqttConnectError):
        return LinkError("connection_refused", str(wrong))
    return LinkError(otherwise, str(wrong))
