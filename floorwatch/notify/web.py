"""HTTP to one output: connections of its own, kept open; names looked up aside; no redirect followed, no proxy asked.

Whatever goes wrong is a `NotTakenError` in plain words. How long a try may take is its caller's to say.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from floorwatch.clock import Clock
from floorwatch.notify.aside import Aside
from floorwatch.notify.backoff import asked_pause_s
from floorwatch.notify.output import NotTakenError, unaddressed, unreachable

BODY_BYTES_MAX = 65_536
BODY_S = 1.0
"""The status says whether it was taken: a body that takes longer than this is not waited for."""
KEPT_OPEN_S = 60.0
EXCERPT_CHARS = 120
SECRET_CHARS_MIN = 8
"""Shorter parts of an address are words, such as `hook`."""


class Answer(NamedTuple):
    """What came back."""

    code: int
    body: bytes

    def text(self) -> str:
        """The body as text, whatever its bytes."""
        return self.body.decode("utf-8", "replace").strip()


class AnsweredError(NotTakenError):
    """What came back has a status that says it was not taken."""

    def __init__(self, why: str, pause_s: float | None, answer: Answer) -> None:
        super().__init__(why, pause_s)
        self.answer = answer


class _Resolver(AbstractResolver):
    """Names to addresses, by the system's resolver, in a thread of its own."""

    def __init__(self, name: str) -> None:
        self._aside = Aside(f"names of {name}")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of a host. Raises `OSError`."""
        found = await self._aside.call(lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM))
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=int(address[1]), family=kind, proto=proto, flags=0)
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Nothing is held."""


class Web:
    """Speaks HTTP for one output.

    `tls` is what certificates are checked with; None for what the system trusts. `headers` go with every request.
    `is_kept_open`: connections are used again; where each request counts, none is ever sent twice for that.
    `body_s`: how long the body of an answer is waited for.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        tls: ssl.SSLContext | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        is_kept_open: bool = True,
        body_s: float = BODY_S,
    ) -> None:
        self._name = name
        self._is_kept_open = is_kept_open
        self._body_s = body_s
        self._clock = clock
        self._tls = tls
        self._headers = {"User-Agent": "floorwatch", "Accept-Encoding": "identity", **(headers or {})}
        self._session: aiohttp.ClientSession | None = None
        self._has_spoken = False
        """The last request went well, so its connection may have been kept, and closed at the other end since."""

    async def get(self, url: str) -> Answer:
        """GET. Raises `NotTakenError`."""
        return await self._send("GET", url, None, {})

    async def post(self, url: str, body: bytes, headers: Mapping[str, str] | None = None, *, to: str = "") -> Answer:
        """POST JSON. Raises `NotTakenError`, which does not quote the address of a person that the body holds: `to`."""
        return await self._send("POST", url, body, {"Content-Type": "application/json", **(headers or {})}, to)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], to: str = ""
    ) -> Answer:
        was_kept, self._has_spoken = self._has_spoken, False
        try:
            try:
                answer = await self._once(method, url, body, headers, to)
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if not was_kept:
                    raise
                answer = await self._once(method, url, body, headers, to)  # on a new connection
        except (aiohttp.ClientError, OSError, ValueError) as wrong:  # a name that is none, a header that is none
            raise NotTakenError(_why(wrong)) from None
        self._has_spoken = self._is_kept_open
        return answer

    async def _once(self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], to: str) -> Answer:
        async with self._open().request(method, url, data=body, headers=headers, allow_redirects=False) as response:
            text = await _body(response, self._body_s)
            if 200 <= response.status < 300:
                return Answer(response.status, text)
            raise self._refusal(url, response, text, to)

    def _refusal(self, url: str, response: aiohttp.ClientResponse, body: bytes, to: str) -> NotTakenError:
        code = response.status
        if 300 <= code < 400:
            return NotTakenError(f"answers {code}: redirects are not followed; write the final address into 'url'")
        said = " ".join(body[: 8 * EXCERPT_CHARS].decode("utf-8", "replace").split())
        said = unaddressed(_without_path(url, said), to)
        excerpt = "".join(letter for letter in said if letter.isprintable())[:EXCERPT_CHARS]
        pause_s = asked_pause_s(response.headers.get("Retry-After"), self._clock.now_ms())
        return AnsweredError(f"answers {code}" + (f": {excerpt}" if excerpt else ""), pause_s, Answer(code, body))

    def _open(self) -> aiohttp.ClientSession:
        """The session, made where there is a loop to run it."""
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=_Resolver(self._name),
                ssl=True if self._tls is None else self._tls,
                keepalive_timeout=KEPT_OPEN_S if self._is_kept_open else None,
                force_close=not self._is_kept_open,
                limit=2,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=None),
                auto_decompress=False,  # a few bytes can unpack to gigabytes
                trust_env=False,
            )
        return self._session


def _without_path(url: str, said: str) -> str:
    """What an answer says, without the parts of the address that may be a secret: some repeat what they were asked."""
    parts = urlsplit(url)
    given = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    for secret in sorted(given, key=len, reverse=True):
        if len(secret) >= SECRET_CHARS_MIN:
            said = said.replace(secret, "…")
    return said


async def _body(response: aiohttp.ClientResponse, within_s: float) -> bytes:
    """The body, as far as it comes in time and is no longer than anybody would read."""
    parts: list[bytes] = []
    room = BODY_BYTES_MAX
    try:
        async with asyncio.timeout(within_s):
            while room > 0 and (part := await response.content.read(room)):
                parts.append(part)
                room -= len(part)
    except (TimeoutError, aiohttp.ClientError):
        room = 0
    if room <= 0:
        response.close()  # the rest is not wanted: the connection cannot be used again
    return b"".join(parts)


def _why(wrong: Exception) -> str:
    """The library's error in plain words, without the address: its path may be a secret."""
    if isinstance(wrong, aiohttp.InvalidURL | UnicodeError):
        return "its address cannot be used: correct 'url'"
    if isinstance(wrong, aiohttp.ClientResponseError):
        return f"its answer is no HTTP: {' '.join(wrong.message.split())[:EXCERPT_CHARS]}"
    if isinstance(wrong, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not trusted: {wrong.certificate_error}; name its CA in 'tls_ca'"
    if isinstance(wrong, aiohttp.ClientConnectorError):
        return unreachable(wrong.host, wrong.port, wrong.os_error)
    if isinstance(wrong, aiohttp.ServerDisconnectedError):
        return "closed the connection without an answer"
    if isinstance(wrong, ValueError):  # after the library's own errors, some of which are this, too
        return "what it is sent can be no header of HTTP: write the secret in one line"
    return str(wrong) or type(wrong).__name__
