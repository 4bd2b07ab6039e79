"""A real mail server on loopback (aiosmtpd): with STARTTLS or TLS, sign-in, refusals, and deaths in the middle."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

USER, PASSWORD = "floorwatch", "a-secret-of-ours"


@dataclass(frozen=True, slots=True)
class Letter:
    """One that was taken."""

    sender: str
    to: tuple[str, ...]
    content: bytes
    was_encrypted: bool
    user: str
    """Who had signed in; empty: nobody."""

    def read(self) -> EmailMessage:
        """As a mail program reads it."""
        found = message_from_bytes(self.content, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    def text(self) -> str:
        """The plain part."""
        return _part(self.read(), "plain")

    def page(self) -> str:
        """The HTML part."""
        return _part(self.read(), "html")


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@dataclass  # without slots: aiosmtpd asks for every attribute, and Python 3.11.2's copy of the class holds one it lacks
class PostOffice:
    """What it does may be changed at any time."""

    port: int = 0
    taken: list[Letter] = field(default_factory=list)
    tried: list[EmailMessage] = field(default_factory=list)
    """Everything that came as a letter, also what was not taken."""
    commands: list[str] = field(default_factory=list)
    """What was said in the clear."""
    refuses: dict[str, str] = field(default_factory=dict)
    """Reply to RCPT, by address."""
    answers: list[str] = field(default_factory=list)
    """Replies to the next letters; then all are taken."""
    dies: int = 0
    """So many times the connection is lost while a letter is being read."""
    hangs: int = 0
    """So many times nothing is said any more when the letter is there."""

    async def handle_RCPT(  # noqa: N802 - as the library has it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Somebody it is for."""
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 fine"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """A letter."""
        content = envelope.original_content or b""
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.tried.append(mail)
        if self.dies > 0:
            self.dies -= 1
            assert server.transport is not None
            server.transport.abort()
            return "421 gone"
        if self.hangs > 0:
            self.hangs -= 1
            await asyncio.sleep(60)
        if self.answers:
            return self.answers.pop(0)
        user = session.auth_data.login.decode() if session.authenticated else ""
        letter = Letter(envelope.mail_from or "", tuple(envelope.rcpt_tos), content, session.ssl is not None, user)
        self.taken.append(letter)
        return f"250 2.0.0 queued as {len(self.taken)}"

    def has_tried(self, count: int) -> bool:
        """Whether so many letters came."""
        return len(self.tried) >= count


class _Heard(SMTP):
    """Writes down what is said in the clear."""

    async def smtp_AUTH(self, arg: str) -> None:  # noqa: N802 - as the library has it
        if self.session is not None and self.session.ssl is None:
            self.event_handler.commands.append(f"AUTH {arg}")
        await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if self.session is not None and self.session.ssl is None:
            self.event_handler.commands.append(f"MAIL {arg}")
        await super().smtp_MAIL(arg)


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _way: str, given: Any) -> AuthResult:
    is_right = isinstance(given, LoginPassword) and given == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_right, handled=False, auth_data=given)


@asynccontextmanager
async def post_office(
    certificate: Iterable[Any] | None = None, *, at_once: bool = False, signs_in: bool = False
) -> AsyncIterator[PostOffice]:
    """Listens on a free port of loopback, in this loop. With a certificate and its key it offers STARTTLS, or speaks
    TLS `at_once`; `signs_in`: nobody may send who has not.
    """
    office = PostOffice()
    tls = None
    if certificate is not None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(*certificate)
    connections: list[_Heard] = []

    def connection() -> _Heard:
        made = _Heard(
            office,
            hostname="mail.example.com",
            tls_context=None if at_once else tls,
            auth_required=signs_in,
            auth_require_tls=not at_once,
            authenticator=_authenticate,
            data_size_limit=1_000_000,
        )
        connections.append(made)
        return made

    loop = asyncio.get_running_loop()
    server = await loop.create_server(connection, "127.0.0.1", 0, ssl=tls if at_once else None)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        for made in connections:
            if made.transport is not None:
                with suppress(AttributeError):  # Python 3.11.2 has nothing left to abort of TLS that was closed twice
                    made.transport.abort()
        await server.wait_closed()
