"""Links by which a person told of an alert takes it in hand from wherever they are: signed, and good for one use.

A token holds no name and no id of an alert that could be read out of it: an address ends up in the logs of proxies, and
in chats. It refers to them by keyed digests, and who can look at the engine finds what they stand for. So it has one
length, however long an id is:

    version 1 | purpose 1 | expires_at 6 | id 12 | alert 16 | person 9 | signature 18      = 63 bytes, 84 letters

Nothing is kept of the links we give: whether one is ours its signature says, and whether it was used the engine, which
learns it together with what was done by it (ADR 35). The same page leads to the same link, also after a restart.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
import struct
from pathlib import Path
from typing import Literal, NamedTuple

import structlog

from floorwatch.whole_file import write_whole

KEY_BYTES = 32
KEY_FILE = "link.key"
PATH = "/take/"
"""Where links lead; the token follows."""
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, which make words, and nothing that looks like a digit; in either case."""
CODE_LENGTH = 6

_BODY = struct.Struct(">BB6s12s16s9s")
_SIGNATURE_BYTES = 18
_TOKEN_LETTERS = (_BODY.size + _SIGNATURE_BYTES) * 4 // 3
_VERSION = 1

Purpose = Literal["take", "act"]
"""What a link is for: to take the alert in hand, or to say what was done about it."""
_PURPOSES: tuple[Purpose, ...] = ("take", "act")

log = structlog.get_logger("floorwatch.links")


class LinkKeyError(Exception):
    """The file of the key is not as it was made: what it says cannot be trusted, and is for a person to decide."""


class Link(NamedTuple):
    """What a token of ours says."""

    id: str
    """By which the engine knows whether it was used."""
    purpose: Purpose
    expires_at: int
    """Engine time, ms: from then on it does nothing."""
    alert: bytes
    person: bytes
    """Digests: see `LinkSigner.is_about` and `is_for`."""


class LinkSigner:
    """Makes links, and knows its own. `address`: of the wallboard, as people reach it; `valid_ms`: how long one is
    good."""

    def __init__(self, key: bytes, address: str, valid_ms: int) -> None:
        self._key = key
        self._address = address.rstrip("/")
        self.valid_ms = valid_ms

    def address_for(self, alert: str, person: str, page_key: str, expires_ms: int) -> str:
        """The link of this page, by which this person can take this alert until `expires_ms`."""
        link = self._id("take", page_key)
        return f"{self._address}{PATH}{self._token('take', expires_ms, link, self._alert(alert), self._person(person))}"

    def following(self, link: Link, expires_ms: int) -> str:
        """The token by which the same person can say what they did about the alert, once the one before is used."""
        return self._token("act", expires_ms, self._id("act", link.id), link.alert, link.person)

    def read(self, token: str) -> Link | None:
        """What a token says; None for one that we have not made. Whether it has expired is for the reader to see."""
        raw = _bytes_of(token)
        if raw is None:
            return None
        body, signature = raw[: _BODY.size], raw[_BODY.size :]
        if not hmac.compare_digest(signature, self._signature(body)):
            return None
        version, purpose, expires, link, alert, person = _BODY.unpack(body)
        if version != _VERSION or purpose >= len(_PURPOSES):
            return None
        return Link(link.hex(), _PURPOSES[purpose], int.from_bytes(expires, "big"), alert, person)

    def is_about(self, link: Link, alert: str) -> bool:
        """Whether the alert of this id is meant."""
        return hmac.compare_digest(link.alert, self._alert(alert))

    def is_for(self, link: Link, person: str) -> bool:
        """Whether it was given to this person."""
        return hmac.compare_digest(link.person, self._person(person))

    def _token(self, purpose: Purpose, expires_ms: int, link: bytes, alert: bytes, person: bytes) -> str:
        expires = expires_ms.to_bytes(6, "big")
        body = _BODY.pack(_VERSION, _PURPOSES.index(purpose), expires, link, alert, person)
        return base64.urlsafe_b64encode(body + self._signature(body)).decode()

    def _id(self, purpose: Purpose, of: str) -> bytes:
        return self._digest(f"link {purpose}", of)[:12]

    def _alert(self, alert: str) -> bytes:
        return self._digest("alert", alert)[:16]

    def _person(self, person: str) -> bytes:
        return self._digest("person", person)[:9]

    def _signature(self, body: bytes) -> bytes:
        return hmac.digest(self._key, b"floorwatch token\0" + body, "sha256")[:_SIGNATURE_BYTES]

    def _digest(self, kind: str, text: str) -> bytes:
        return hmac.digest(self._key, f"floorwatch {kind}\0{text}".encode("utf-8", "surrogatepass"), "sha256")


def _bytes_of(token: str) -> bytes | None:
    """The bytes of a token; None for what no token of ours looks like. Each has one spelling only."""
    if len(token) != _TOKEN_LETTERS or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return raw if base64.urlsafe_b64encode(raw).decode() == token else None


def code_of(alert: str) -> str:
    """What people answer in a chat to take this alert in hand: six letters, the same for the same alert.

    It is no secret, and two alerts may have the same: it counts only from somebody who is known, among live alerts.
    """
    number = int.from_bytes(hashlib.sha256(alert.encode("utf-8", "surrogatepass")).digest()[:8], "big")
    letters = []
    for _ in range(CODE_LENGTH):
        number, letter = divmod(number, len(CODE_LETTERS))
        letters.append(CODE_LETTERS[letter])
    return "".join(letters)


def load_link_key(folder: Path) -> bytes:
    """The key of this daemon, made when there is none. Raises `LinkKeyError` and `OSError`.

    Who takes the file away makes every link that was given so far one that we have not made.
    """
    path = folder / KEY_FILE
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return _make_link_key(path)
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            raise LinkKeyError(f"{path} is no file: take it away, and a new key is made")
        key = os.read(file, KEY_BYTES + 1)
        if len(key) != KEY_BYTES or len(set(key)) == 1:
            why = f"{path} does not hold the {KEY_BYTES} bytes that were written to it"
            raise LinkKeyError(f"{why}: bring it back, or delete it: then every link that was sent is refused")
        if found.st_mode & 0o077:
            os.fchmod(file, 0o600)
            log.warning("link.key_was_open", path=str(path), mode=oct(stat.S_IMODE(found.st_mode)))
    finally:
        os.close(file)
    return key


def _make_link_key(path: Path) -> bytes:
    """On disk before it is used: were it lost, every link given with it would count as made up."""
    key = secrets.token_bytes(KEY_BYTES)
    write_whole(path, key)
    log.info("link.key_made", path=str(path))
    return key
