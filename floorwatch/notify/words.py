"""A message in words, once for all outputs that people read: mail, chats, whatever apprise reaches."""

from __future__ import annotations

from typing import Literal, NamedTuple

from floorwatch.floor.outputs import Audience
from floorwatch.notify.output import Message

Languages = Literal["en", "zh", "both"]


class Site(NamedTuple):
    """Of whose floor it is."""

    name: str
    timezone: str = "UTC"
    """On whose clock instants are written."""


class Words(NamedTuple):
    """A message as people read it."""

    title: str
    """One line, at most `TITLE_CHARS_MAX`."""
    text: str


def worded(
    message: Message,
    *,
    site: Site,
    audience: Audience,
    language: Languages,
    bytes_max: int | None = None,
    chars_max: int | None = None,
) -> Words:
    """The message in words, no longer than that: the text without the title, in UTF-8 bytes or in characters."""
    raise NotImplementedError
