"""Whether a place can be reached: its name, its port, its certificate, its greeting. Nothing is asked of it."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from floorwatch.doctor.finding import Finding, failed, ok, warned
from floorwatch.notify.output import unreachable

CONNECT_S = 4.0
WITHIN_S = 8.0
"""All places together: a name server that hangs is not waited for."""
CERTIFICATE_DAYS = 14
_DAY_MS = 86_400_000

_Made = TypeVar("_Made")
Talk = Callable[[socket.socket], str]
"""Reads what the place says first; what is wrong with it, or nothing. Raises `OSError`."""


class Target(NamedTuple):
    """A place to reach. `subject` is what its lines begin with."""

    subject: str
    host: str
    port: int
    is_tls: bool = False
    tls_ca: Path | None = None
    talk: Talk | None = None
    is_starttls: bool = False
    """SMTP that becomes TLS when asked to."""
    away: str = ""
    """Why nobody need listen there just now, where that is known: it is warned of then."""


def of_url(subject: str, url: str, tls_ca: Path | None = None) -> Target:
    """The place an address of the web leads to."""
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    return Target(subject, parts.hostname or "", parts.port or (443 if is_tls else 80), is_tls, tls_ca)


def greeted(*beginnings: bytes, what: str) -> Talk:
    """That what comes first begins with one of these."""

    def talk(line: socket.socket) -> str:
        said = line.recv(256)
        return "" if said.startswith(beginnings) else f"what answers there is no {what}"

    return talk


def reached(targets: Sequence[Target], now_ms: int) -> list[Finding]:
    """How each was reached, all at once."""
    found = all_at_once([lambda target=target: _reach(target, now_ms) for target in targets])  # type: ignore[misc]
    return [
        failed(target.subject, f"no answer within {WITHIN_S:g} s", "see the network, and the name server")
        if finding is None
        else finding
        for target, finding in zip(targets, found, strict=True)
    ]


def all_at_once(works: Sequence[Callable[[], _Made]]) -> list[_Made | None]:
    """What each returns; None for one that takes too long, which is left to itself."""
    made: list[_Made | None] = [None] * len(works)
    one_more, ended = threading.Condition(), list[int]()

    def run(place: int, work: Callable[[], _Made]) -> None:
        try:
            made[place] = work()
        finally:
            with one_more:
                ended.append(place)
                one_more.notify()

    for pair in enumerate(works):
        threading.Thread(target=run, args=pair, daemon=True).start()
    with one_more:
        one_more.wait_for(lambda: len(ended) == len(works), WITHIN_S)
    return list(made)


def _reach(target: Target, now_ms: int) -> Finding:
    subject, place = target.subject, f"{target.host} port {target.port}"
    try:
        tls = ssl.create_default_context(cafile=target.tls_ca)
    except OSError as wrong:
        return failed(subject, f"tls_ca: {wrong.strerror or wrong}", "name a file of certificates in PEM")
    try:
        certificate, wrong_greeting = _connected(target, tls)
    except ssl.SSLCertVerificationError as wrong:
        fix = "renew it, or name its CA in 'tls_ca'"
        return failed(subject, f"{place}: its certificate is not trusted: {wrong.verify_message}", fix)
    except TimeoutError:
        return failed(subject, f"{place}: no answer within {CONNECT_S:g} s", "see the address, and firewalls between")
    except socket.gaierror as wrong:
        return failed(
            subject, f"the name {target.host} is not known: {wrong.strerror}", "correct it, or the name server"
        )
    except ConnectionRefusedError as wrong:
        return _refused(target, unreachable(target.host, target.port, wrong))
    except (OSError, smtplib.SMTPException, UnicodeError) as wrong:
        why = unreachable(target.host, target.port, wrong) if isinstance(wrong, OSError) else f"{place}: {wrong}"
        return failed(subject, why, "see whether it runs, the address, and firewalls between")
    if wrong_greeting:
        return failed(subject, f"{place}: {wrong_greeting}", "correct host and port")
    return _certified(subject, place, certificate, now_ms)


def _refused(target: Target, why: str) -> Finding:
    if target.away:
        return warned(target.subject, f"{why}; {target.away}", "start it, and look again")
    return failed(target.subject, why, "see whether it runs, the address, and firewalls between")


def _connected(target: Target, tls: ssl.SSLContext) -> tuple[dict[str, Any] | None, str]:
    """The certificate, where there is one, and what is wrong with what was said first."""
    if target.is_starttls:
        with smtplib.SMTP(target.host, target.port, timeout=CONNECT_S) as mail:
            mail.starttls(context=tls)
            assert isinstance(mail.sock, ssl.SSLSocket)
            return mail.sock.getpeercert(), ""
    with socket.create_connection((target.host, target.port), CONNECT_S) as line:
        if not target.is_tls:
            return None, "" if target.talk is None else target.talk(line)
        with tls.wrap_socket(line, server_hostname=target.host) as safe:
            return safe.getpeercert(), "" if target.talk is None else target.talk(safe)


def _certified(subject: str, place: str, certificate: dict[str, Any] | None, now_ms: int) -> Finding:
    if certificate is None:
        return ok(subject, f"{place} answers")
    until_s = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    until = f"{datetime.fromtimestamp(until_s, UTC):%Y-%m-%d}"
    if until_s * 1000 - now_ms < CERTIFICATE_DAYS * _DAY_MS:
        return warned(subject, f"{place} answers; its certificate ends on {until}", "renew the certificate")
    return ok(subject, f"{place} answers, with a certificate good until {until}")
