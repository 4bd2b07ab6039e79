"""Addresses as people type them: of the web, of mail, and of services that apprise knows.

The address of a robot is a secret, so what is wrong with one is said without quoting it.
"""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from floorwatch.config.output_types import OutputType
from floorwatch.notify.letter import is_mail_address

NATIVE_SCHEMES: dict[str, OutputType] = {
    "dingtalk": "dingtalk",
    "wecombot": "wecom",
    "feishu": "feishu",
    "lark": "feishu",
}
"""What apprise speaks worse than we do: it takes errors with status 200 for success, or signs nothing (ADR 0034)."""
NO_MAIL_ADDRESS = "must be a mail address such as floor@example.com"
"""What is wrong with one that is none."""
_NAMED = re.compile(r"(?P<name>[^<>\"\x00-\x1f\x7f]*)<(?P<address>[^<>]*)>")
_SERVICE = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://\S+")


def web_address(typed: str) -> str:
    """The same. Raises `ValueError` unless it is an address of the web that holds no password."""
    try:
        parts = urlsplit(typed)
        found = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        found = False
    if not found or any(letter.isspace() for letter in typed):
        raise ValueError("must be an address such as http://10.0.0.7/path or https://…")
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a user or a password, which would be seen in logs: use 'user' and 'secret_file'")
    return typed


def mail_address(typed: str) -> str:
    """The same. Raises `ValueError` unless it can be the address of one person or list."""
    if not is_mail_address(typed):
        raise ValueError(NO_MAIL_ADDRESS)
    return typed


def _mail_sender(typed: str) -> str:
    named = _NAMED.fullmatch(typed)
    mail_address(typed if named is None else named["address"])
    return typed


WebAddress = Annotated[str, Field(max_length=2048), AfterValidator(web_address)]
MailAddress = Annotated[str, Field(max_length=320), AfterValidator(mail_address)]
MailSender = Annotated[str, Field(max_length=400), AfterValidator(_mail_sender)]
"""An address, or `Name <address>`."""


def wrong_address(kind: OutputType, address: str) -> str:
    """What is wrong with the address of such an output, and the way out; empty: nothing is."""
    if kind != "apprise":
        try:
            web_address(address)
        except ValueError as wrong:
            return str(wrong)
        return ""
    service = _SERVICE.fullmatch(address)
    if service is None:
        return "must be an address as apprise has them, such as tgram://TOKEN/CHAT or smtps://…"
    if (native := NATIVE_SCHEMES.get(service["scheme"].casefold())) is not None:
        return f"of {service['scheme']}:// we speak ourselves: use type: {native}, with the address of the robot"
    return ""
