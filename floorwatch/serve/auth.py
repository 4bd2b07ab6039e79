"""Who may ask for what: roles, tokens, and the decision. No HTTP in here; `serve.gate` puts it in front of the routes.

A token is text of high entropy, made by `floorwatch token`. We keep its SHA-256 only: there is nothing to guess, so a
slow hash would protect nothing and cost every request.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import structlog

from floorwatch.serve.attempts import Attempts

Role = Literal["viewer", "lead", "supervisor", "admin", "ingest", "metrics"]
Need = Literal["open", "viewer", "lead", "supervisor", "admin", "ingest", "metrics"]
"""What a place asks of who comes: a role, or nothing (`open`)."""

PEOPLE: tuple[Role, ...] = ("viewer", "lead", "supervisor", "admin")
"""Each may do what those before may. `ingest` and `metrics` are machines and may do only the one thing."""

log = structlog.get_logger("floorwatch.access")


@dataclass(frozen=True, slots=True)
class Grant:
    """What the bearer of one token may do. `hash` is `sha256:` and hex; `sources`: the feeds it may speak for."""

    name: str
    role: Role
    hash: str
    sources: tuple[str, ...] = ()


class TooManyAttemptsError(Exception):
    """This address presented too many wrong tokens; it may try again in `wait_s` seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"too many wrong tokens; try again in {wait_s:.0f} s")
        self.wait_s = wait_s


class OpenBindingError(Exception):
    """The daemon would serve other machines and ask nobody who they are."""


def suffices(role: Role, need: Need) -> bool:
    """Whether a bearer of `role` may enter where `need` is asked for."""
    if need == "open" or role == need:
        return True
    if need == "metrics":
        return role == "admin"
    return role in PEOPLE and need in PEOPLE and PEOPLE.index(role) >= PEOPLE.index(need)


def new_token(role: Role) -> str:
    """A fresh token, 256 bits of it random. The words in front tell people, and scanners for leaked secrets, of it."""
    return f"fw_{role}_{secrets.token_urlsafe(32)}"


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return "sha256:" + hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def refuse_open_binding(host: str, grants: Iterable[Grant]) -> None:
    """Raises `OpenBindingError` when `host` can be reached from other machines and no token says who may ask."""
    if any(True for _ in grants) or is_loopback(host):
        return
    raise OpenBindingError(
        f"http.host: {host} can be reached from other machines, and there is no token that says who may ask; "
        "make one with 'floorwatch token --role viewer' and put it under http.tokens, or set http.host to 127.0.0.1"
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can connect to `host`. Of names only `localhost` is known to mean it."""
    try:
        return ipaddress.ip_address(host.removeprefix("[").removesuffix("]")).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


class Access:
    """Who may ask for what. Without grants everybody may ask for everything (then nobody but this machine can).

    `open_to_viewers`: what a viewer may see needs no token.
    """

    def __init__(self, grants: Iterable[Grant] = (), *, open_to_viewers: bool = False) -> None:
        self.grants = tuple(grants)
        self._open_to_viewers = open_to_viewers
        self._attempts = Attempts()

    def is_open(self, need: Need) -> bool:
        """Whether nobody is asked for a token there."""
        return not self.grants or need == "open" or (need == "viewer" and self._open_to_viewers)

    def identify(self, token: str, address: str, now_s: float) -> Grant | None:
        """Whose token this is; None for nobody's. `now_s` is any steady clock, in seconds.

        Raises `TooManyAttemptsError` for an address that has presented too many wrong ones, whatever it presents now:
        unless this very token was good from there before. So an attacker behind the same proxy locks nobody out
        who is in, and still learns nothing faster than the limit.
        """
        place = place_of(address)
        grant = self._find(token)
        if wait_s := self._attempts.wait_s(place, now_s):
            if grant is not None and self._attempts.was_good(place, grant.name):
                return grant
            raise TooManyAttemptsError(wait_s)
        if grant is None:
            log.warning("access.unknown_token", remote=address, failed=self._attempts.failed(place, now_s))
            return None
        self._attempts.good(place, grant.name)
        return grant

    def _find(self, token: str) -> Grant | None:
        """Every hash is compared to its end, whichever fits: the time taken tells nothing."""
        presented = hash_of(token)
        found: Grant | None = None
        for grant in self.grants:
            if hmac.compare_digest(presented, grant.hash):
                found = grant
        return found


def place_of(address: str) -> str:
    """What counts as one address: of IPv6 the network of a site, for anyone there owns 2^64 of them."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(ipaddress.ip_network((int(known), 64), strict=False).network_address)
