"""A mail server, spoken to by SMTP (RFC 5321): one connection for each letter, encrypted before anything is said.

Everything here blocks, and belongs into a thread. Whatever goes wrong is a `NotTakenError` in plain words; what the
server says is quoted without the addresses in it.
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from floorwatch.notify.output import NotTakenError, unreachable

Security = Literal["starttls", "tls", "none"]
"""TLS is turned to before anything is said; spoken from the first byte; or not at all, and no password either."""
EXCERPT_CHARS = 120
PERMANENT = 500
"""From this reply on it is of no use to try again (RFC 5321, 4.2.1)."""
_ADDRESS = re.compile(r"<?[^\s<>]+@[^\s<>]+>?")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where it is, and who we are there."""

    host: str
    port: int
    tls: ssl.SSLContext
    """What its certificate is checked with."""
    security: Security = "starttls"
    user: str = ""
    """Empty: nobody signs in."""
    secret: str = field(default="", repr=False)
    timeout_s: float = 5.0
    """How long each of its replies is waited for."""


class Refusal(NamedTuple):
    """Why somebody gets no letter."""

    code: int
    said: str

    @property
    def is_permanent(self) -> bool:
        """Whether it is of no use to try again."""
        return self.code >= PERMANENT

    def __str__(self) -> str:
        return f"answers {self.code}: {self.said}" if self.code > 0 else f"speaks no SMTP: {self.said}"


class Receipt(NamedTuple):
    """A letter was handed over, or nobody would take it: then `refused` has everybody."""

    said: str
    """What the server said last, and whether that was encrypted."""
    refused: dict[str, Refusal]
    """By address, who gets none of those it is for."""


class LetterRefusedError(NotTakenError):
    """The server would not have this letter for anybody, having agreed to who it is from and for."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class Posting:
    """One letter on its way. Another thread may give it up."""

    def __init__(self, server: MailServer) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None
        self._is_given_up = False

    def send(self, sender: str, to: Iterable[str], letter: bytes) -> Receipt:
        """Hand the letter over. Raises `NotTakenError`."""
        with self._plain_words():
            smtp = self._connected()
            try:
                receipt = self._handed_over(smtp, sender, to, letter)
            except BaseException:
                smtp.close()
                raise
        with contextlib.suppress(smtplib.SMTPException, OSError):  # it has the letter: how it says goodbye is nothing
            smtp.quit()
        return receipt

    def greet(self) -> str:
        """Connect, encrypt and sign in, and send nothing; how that went. Raises `NotTakenError`."""
        with self._plain_words():
            smtp = self._connected()
            how = f"{'signed in' if self._server.user else 'greeted'}, {_secured(smtp)}"
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        return how

    def give_up(self) -> None:
        """End it wherever it is: the thread that waits for the server hears so at once."""
        self._is_given_up = True
        sock = None if self._smtp is None else self._smtp.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                # Below TLS: its own way forgets the encryption first, and what is written meanwhile is in the clear.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _connected(self) -> smtplib.SMTP:
        """Encrypted and signed in, as is configured."""
        server = self._server
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(timeout=server.timeout_s, context=server.tls)
        else:
            smtp = smtplib.SMTP(timeout=server.timeout_s)
        self._smtp = smtp
        try:
            # Named before it connects, so that certificates are checked against it.
            smtp._host = server.host  # type: ignore[attr-defined] # its own way is to connect at once
            _checked(*smtp.connect(server.host, server.port))
            smtp.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                self._encrypt(smtp)
            if server.user:
                smtp.login(server.user, server.secret)
            if self._is_given_up:
                raise smtplib.SMTPServerDisconnected
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        if not smtp.has_extn("starttls"):
            why = "offers no STARTTLS, and nothing is sent in the clear: 'tls: true' where it speaks TLS at once"
            raise NotTakenError(f"{why}, 'starttls: false' where the network is your own")
        _checked(*smtp.starttls(context=self._server.tls))
        smtp.ehlo_or_helo_if_needed()

    def _handed_over(self, smtp: smtplib.SMTP, sender: str, to: Iterable[str], letter: bytes) -> Receipt:
        _checked(*smtp.mail(sender, (f"size={len(letter)}",) if smtp.has_extn("size") else ()))
        refused: dict[str, Refusal] = {}
        for address in (addresses := list(to)):
            code, said = smtp.rcpt(address)
            if code == 421:  # it closes the connection, whoever it is for
                _checked(code, said)
            if not 200 <= code < 300:
                refused[address] = Refusal(code, _excerpt(said))
        if len(refused) == len(addresses):
            return Receipt("", refused)
        try:
            code, said = smtp.data(letter)
        except smtplib.SMTPDataError as wrong:
            code, said = wrong.smtp_code, _bytes(wrong.smtp_error)
        if not 200 <= code < 300:
            raise LetterRefusedError(Refusal(code, _excerpt(said)))
        return Receipt(f"{code} {_excerpt(said)} ({_secured(smtp)})", refused)

    @contextlib.contextmanager
    def _plain_words(self) -> Iterator[None]:
        server = self._server
        try:
            yield
        except smtplib.SMTPAuthenticationError as wrong:
            text = f"refuses user and secret: {wrong.smtp_code} {_excerpt(_bytes(wrong.smtp_error))}"
            raise NotTakenError(text) from None
        except smtplib.SMTPResponseException as wrong:
            raise NotTakenError(str(Refusal(wrong.smtp_code, _excerpt(_bytes(wrong.smtp_error))))) from None
        except smtplib.SMTPServerDisconnected as wrong:
            if isinstance(wrong.__context__, TimeoutError):  # the library calls a reply that never comes that, too
                raise NotTakenError(self._no_reply()) from None
            raise NotTakenError("closed the connection before it said that it has the letter") from None
        except smtplib.SMTPNotSupportedError:
            raise NotTakenError("offers no way to sign in: leave out 'user' and the secret") from None
        except smtplib.SMTPException as wrong:
            raise NotTakenError(f"refuses user and secret: {_excerpt(str(wrong).encode())}") from None
        except ssl.SSLCertVerificationError as wrong:
            why = f"its certificate is not trusted: {wrong.verify_message}; name its CA in 'tls_ca'"
            raise NotTakenError(why) from None
        except ssl.SSLError as wrong:
            why = wrong.reason or str(wrong)
            raise NotTakenError(f"TLS fails: {why}; 'tls' is for ports such as 465, else leave it out") from None
        except TimeoutError:
            raise NotTakenError(self._no_reply()) from None
        except OSError as wrong:
            raise NotTakenError(unreachable(server.host, server.port, wrong)) from None
        except UnicodeError:
            raise NotTakenError("user or secret hold letters that mail servers have not: write them in ASCII") from None

    def _no_reply(self) -> str:
        return f"no reply within {self._server.timeout_s:g} s"


def _checked(code: int, said: bytes) -> None:
    if not 200 <= code < 300:
        raise smtplib.SMTPResponseException(code, said)


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode("utf-8", "replace")


def _excerpt(said: bytes) -> str:
    """What the server says, without addresses: they are of employees, and would be seen in logs."""
    text = _ADDRESS.sub("ADDRESS", " ".join(said.decode("utf-8", "replace").split()))
    return "".join(letter for letter in text if letter.isprintable())[:EXCERPT_CHARS]


def _secured(smtp: smtplib.SMTP) -> str:
    version = smtp.sock.version() if isinstance(smtp.sock, ssl.SSLSocket) else None
    return version or "in the clear"
