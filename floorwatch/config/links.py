"""The configuration of links in messages: `links:`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from floorwatch.config.addresses import web_address
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.values import DurationMs, Section

VALID_MS_MIN = 5 * 60_000
VALID_MS_MAX = 7 * 86_400_000
_ADDRESS_LETTERS_MAX = 400
"""With its token a link has less than 500 letters: longer ones are broken by mail programs and text messages."""


def _of_a_wallboard(typed: str) -> str:
    address = web_address(typed)
    parts = urlsplit(address)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(f"is the address of the wallboard alone: {parts.scheme}://{parts.netloc}")
    return address


class Links(Section):
    """What links in messages to people on call lead to, and for how long they are good."""

    address: Annotated[str, Field(max_length=_ADDRESS_LETTERS_MAX), AfterValidator(_of_a_wallboard)] | None = None
    valid_ms: DurationMs = Field(8 * 3_600_000, alias="valid")

    @field_validator("valid_ms")
    @classmethod
    def _of_use(cls, valid_ms: int) -> int:
        if not VALID_MS_MIN <= valid_ms <= VALID_MS_MAX:
            raise ValueError("must be from 5m to 7d")
        return valid_ms


def contradictions_of_links(links: Links, allowed_hosts: Collection[str]) -> Iterator[tuple[KeyPath, str]]:
    """(the key in `links`, what is wrong and what mends it)."""
    name = urlsplit(links.address).hostname if links.address is not None else None
    if name is None or name in {host.lower() for host in allowed_hosts} or _needs_no_leave(name):
        return
    yield ("address",), f"the server does not answer to that name: put '{name}' under http.allowed_hosts"


def _needs_no_leave(name: str) -> bool:
    """What `serve.http.host_allowed` lets in by itself."""
    if name.rstrip(".") == "localhost" or name.rstrip(".").endswith((".localhost", "localhost.localdomain")):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
