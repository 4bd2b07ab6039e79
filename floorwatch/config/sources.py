"""The configuration of feeds: `sources:`. Which keys belong to which type stands in one table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.values import DurationMs, Name, Names, Section, TimeSpan, beside_the_config, written_in
from floorwatch.floor.internal import NO_FEEDS

SourceType = Literal["asterisk", "freeswitch", "mqtt", "http", "events", "queue_log", "simulator"]

_CONNECTION = frozenset(("host", "port", "user", "secret", "secret_file", "tls", "tls_ca"))
_EVERY_FEED = frozenset(("type", "heartbeat", "quiet", "quiet_hours"))
KEYS: dict[SourceType, frozenset[str]] = {
    "asterisk": _EVERY_FEED | _CONNECTION | {"queue_log", "reconcile"},
    "freeswitch": (_EVERY_FEED | _CONNECTION | {"reconcile"}) - {"user"},
    "mqtt": _EVERY_FEED | _CONNECTION | {"topics", "client_id"},
    "http": _EVERY_FEED,
    "events": _EVERY_FEED | {"path"},
    "queue_log": _EVERY_FEED | {"path"},
    "simulator": frozenset(("type",)),
}
REQUIRED: dict[SourceType, tuple[str, ...]] = {
    "asterisk": ("host", "user"),
    "freeswitch": ("host",),
    "mqtt": ("host", "topics"),
    "events": ("path",),
    "queue_log": ("path",),
}
_MEANING = {
    "path": "the 'path' of its file",
    "host": "the 'host' it connects to",
    "user": "the 'user' it logs in as",
    "topics": "the 'topics' it subscribes to",
}
PORTS: dict[tuple[SourceType, bool], int] = {
    ("asterisk", False): 5038,
    ("asterisk", True): 5039,
    ("freeswitch", False): 8021,
    ("freeswitch", True): 8021,
    ("mqtt", False): 1883,
    ("mqtt", True): 8883,
}
LIVE_HEARTBEAT_MS = 15_000
"""A live connection that says nothing for so long, not even an answer to a ping, is lost."""

HEARTBEAT_MS_MIN = 5_000


class Source(Section):
    """One feed."""

    type: SourceType
    host: Name | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    user: Name | None = None
    secret: SecretStr | None = None
    secret_file: Path | None = None
    tls: bool = False
    tls_ca: Path | None = None
    topics: Names = ()
    client_id: Name | None = None
    path: Path | None = None
    queue_log: Path | None = None
    reconcile_ms: DurationMs = Field(300_000, alias="reconcile")
    heartbeat_ms: DurationMs | None = Field(None, alias="heartbeat")
    quiet_ms: DurationMs | None = Field(None, alias="quiet")
    quiet_hours: TimeSpan | None = None

    @field_validator("path", "queue_log", "secret_file", "tls_ca")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)

    @property
    def is_connection(self) -> bool:
        """Whether we connect to it (and not it to us, or to a file)."""
        return (self.type, self.tls) in PORTS

    def connects_to(self) -> tuple[str, int]:
        """Host and port; the port of its kind where none is given."""
        assert self.host is not None  # the configuration demands it
        return self.host, self.port or PORTS[self.type, self.tls]

    def silence_ms(self) -> int | None:
        """After what silence it counts as lost; None for never."""
        return LIVE_HEARTBEAT_MS if self.heartbeat_ms is None and self.is_connection else self.heartbeat_ms

    def password(self) -> str:
        """The secret, of the configuration or of its file. Raises `OSError` when the file has none to read."""
        if self.secret_file is not None:
            return written_in(self.secret_file, "the secret")
        return "" if self.secret is None else self.secret.get_secret_value()


def contradictions(sources: dict[str, Source]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with feeds whose keys are each fine."""
    feeds: dict[tuple[object, ...], str] = {}
    for name, source in sources.items():
        place: KeyPath = ("sources", name)
        if name in NO_FEEDS:
            yield place, "is the name of what people decide: call the feed otherwise"
        given = {Source.model_fields[key].alias or key for key in source.model_fields_set}
        for key in sorted(given - KEYS[source.type]):
            yield (*place, key), f"a source of type {source.type} has no '{key}'"
        for key in REQUIRED.get(source.type, ()):
            if key not in given:
                yield place, f"needs {_MEANING[key]}"
        if {"secret", "secret_file"} <= given:
            yield (*place, "secret"), "is given twice: keep 'secret' or 'secret_file'"
        if "quiet_hours" in given and "quiet" not in given:
            yield (*place, "quiet_hours"), "means nothing without 'quiet', the silence that is too long in these hours"
        for at, topic in enumerate(source.topics):
            if wrong := _wrong_filter(topic):
                yield (*place, "topics", at), wrong
        if source.is_connection and (source.heartbeat_ms or LIVE_HEARTBEAT_MS) < HEARTBEAT_MS_MIN:
            yield (*place, "heartbeat"), f"is shorter than pings allow; use {HEARTBEAT_MS_MIN // 1000}s or more"
        if (feed := _identity(source)) is not None and (other := feeds.setdefault(feed, name)) != name:
            key = "path" if source.path else "host"
            yield (*place, key), f"is read by source {other} too: each event would count twice"


def _wrong_filter(topic: str) -> str:
    """What is wrong with an MQTT topic filter; empty when nothing."""
    if topic.startswith("$share/"):
        return "a shared subscription splits one contact's events; subscribe to the topic"
    levels = topic.split("/")
    if any("#" in level for level in levels[:-1]) or levels[-1] not in ("#", levels[-1].replace("#", "")):
        return "'#' stands only alone and as the last level, such as floor/v1/#"
    if any("+" in level and level != "+" for level in levels):
        return "'+' stands for a whole level, such as floor/v1/+/+/events"
    return "has a character that no topic may have" if "\0" in topic else ""


def _identity(source: Source) -> tuple[object, ...] | None:
    """What two sources must not share."""
    if source.path is not None:
        return (source.path,)
    if source.is_connection and source.host is not None:
        return (source.type, *source.connects_to(), *source.topics)
    return None
