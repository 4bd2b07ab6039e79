"""The names of topics: which carry events, which say whether a publisher is there, and where we say so ourselves.

A publisher sends events to `floor/v1/{site}/{source}/events` and keeps `online` or `offline` at the `status` beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal
from urllib.parse import quote, unquote

ONLINE, OFFLINE = b"online", b"offline"

DROPPED = "$SYS/broker/publish/messages/dropped"
"""Where Mosquitto says how many messages it had to drop since its start."""

_EVENTS, _STATUS = "/events", "/status"

Kind = Literal["events", "status", "dropped", "other"]


def level(identifier: str) -> str:
    """An id as one level of a topic: `/`, `+`, `#`, `$`, `%` and whatever else is not plain are percent-encoded."""
    return quote(identifier, safe="")


def own_status(client_id: str) -> str:
    """Where floorwatch says whether it is there itself."""
    return f"floorwatch/v1/{level(client_id)}/status"


def subscriptions(filters: Iterable[str]) -> tuple[str, ...]:
    """The filters asked for, and beside each of events the one of their publishers' status; each once."""
    wanted: dict[str, None] = {}
    for asked in filters:
        wanted[asked] = None
        if asked.endswith(_EVENTS):
            wanted[asked.removesuffix(_EVENTS) + _STATUS] = None
    return tuple(wanted)


def matches(topic_filter: str, topic: str) -> bool:
    """Whether a topic is among those that a filter with `+` and `#` asks for."""
    if topic.startswith("$") != topic_filter.startswith("$"):
        return False
    asked, given = topic_filter.split("/"), topic.split("/")
    for place, name in enumerate(asked):
        if name == "#":
            return True
        if place >= len(given) or name not in ("+", given[place]):
            return False
    return len(asked) == len(given)


def kind_of(topic: str, subscribed: Iterable[str]) -> Kind:
    """What a message at this topic is; `other` when nobody asked (any more) for it."""
    if topic == DROPPED:
        return "dropped"
    if not any(matches(topic_filter, topic) for topic_filter in subscribed):
        return "other"
    return "status" if topic.endswith(_STATUS) else "events"


def source_of(topic: str) -> str:
    """The source whose publisher speaks there: the last level but one; empty at a topic of another shape."""
    for ending in (_EVENTS, _STATUS):
        if topic.endswith(ending):
            return unquote(topic.removesuffix(ending).rpartition("/")[2])
    return ""
