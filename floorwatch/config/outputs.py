"""The configuration of outputs: `outputs:`. Which keys belong to which type stands in one table.

What the core needs to know of an output is `policy`; the rest is how it is reached, and stays outside of it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from floorwatch.config import hours as business_hours
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.rules import Channel
from floorwatch.config.values import DurationMs, Name, Names, Section, beside_the_config
from floorwatch.floor.outputs import Audience, OutputPolicy
from floorwatch.floor.rules import Selector, Severity
from floorwatch.notify.signals import TIERS, Signals

OutputType = Literal["mqtt", "webhook", "tower", "alertmanager"]

_WHOM = frozenset(("type", "timeout", "severity", "rules", "queues", "channels", "labels"))
_MESSAGES = frozenset(("group_by", "group_wait", "group_interval", "remind", "quiet_hours", "storm_max", "flaps_max"))
_LOGIN = frozenset(("user", "secret", "secret_file", "tls_ca"))
KEYS: dict[OutputType, frozenset[str]] = {
    "mqtt": _WHOM | _MESSAGES | _LOGIN | {"audience", "host", "port", "tls", "client_id", "prefix", "resend"},
    "webhook": (_WHOM | _MESSAGES | _LOGIN | {"audience", "url"}) - {"user"},
    "tower": _WHOM
    | {"url", "tls_ca", "resend", "quiet_hours", "tiers", "lamps", "calm", "buzzer", "buzzer_max"}
    | {"read_back", "read_back_paths"},
    "alertmanager": _WHOM | _LOGIN | {"audience", "urls", "resend", "link"},
}
REQUIRED: dict[OutputType, tuple[str, str]] = {
    "mqtt": ("host", "the 'host' of its broker"),
    "webhook": ("url", "the 'url' that messages are posted to"),
    "tower": ("url", "the 'url' of its control, such as http://10.0.0.7/api/control"),
    "alertmanager": ("urls", "the 'urls' of all its peers"),
}
STATES: frozenset[OutputType] = frozenset(("tower", "alertmanager"))
"""These show what is; the others are told of each change."""
PORTS = {False: 1883, True: 8883}
RESEND_MS: dict[OutputType, int] = {"mqtt": 15_000, "tower": 15_000, "alertmanager": 60_000}
RESEND_MS_MIN = 1_000
TIMEOUT_MS_MIN, TIMEOUT_MS_MAX = 100, 60_000

_POLICY = OutputPolicy("")
_SIGNALS = Signals()


def _web_address(typed: str) -> str:
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


WebAddress = Annotated[str, Field(max_length=2048), AfterValidator(_web_address)]
Pattern = Annotated[int, Field(ge=0, le=3)]


class Output(Section):
    """One output."""

    type: OutputType
    severity: Severity = _POLICY.severity_min
    rules: Names = ()
    queues: Names = ()
    channels: tuple[Channel, ...] = ()
    labels: dict[Name, Name] = Field({})
    audience: Audience = _POLICY.audience
    group_by: Names = _POLICY.group_by
    group_wait_ms: DurationMs = Field(_POLICY.group_wait_ms, alias="group_wait")
    group_interval_ms: DurationMs = Field(_POLICY.group_interval_ms, alias="group_interval")
    remind_ms: DurationMs = Field(_POLICY.remind_ms, alias="remind")
    quiet_hours: business_hours.BusinessHours | None = None
    storm_max: int = Field(_POLICY.storm_max, ge=1, le=1000)
    flaps_max: int = Field(_POLICY.flaps_max, ge=0, le=100)
    timeout_ms: DurationMs = Field(5_000, alias="timeout")
    resend_ms: DurationMs | None = Field(None, alias="resend")
    url: WebAddress | None = None
    urls: tuple[WebAddress, ...] = ()
    host: Name | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    user: Name | None = None
    secret: SecretStr | None = None
    secret_file: Path | None = None
    tls: bool = False
    tls_ca: Path | None = None
    client_id: Name | None = None
    prefix: Name = "floorwatch/v1/alerts"
    link: WebAddress | None = None
    tiers: Annotated[Names, Field(min_length=1, max_length=TIERS)] = _SIGNALS.tiers
    lamps: dict[Severity, Names] = Field({})
    calm: Names = _SIGNALS.calm
    buzzer: dict[Severity, Pattern] = Field({})
    buzzer_max_ms: DurationMs = Field(_SIGNALS.buzzer_max_ms, alias="buzzer_max")
    read_back: WebAddress | None = None
    read_back_paths: Annotated[Names, Field(max_length=TIERS + 1)] = ()

    @field_validator("secret_file", "tls_ca")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)

    @field_validator("resend_ms")
    @classmethod
    def _not_too_often(cls, resend_ms: int | None) -> int | None:
        if resend_ms is not None and resend_ms < RESEND_MS_MIN:
            raise ValueError(f"must be at least {RESEND_MS_MIN // 1000}s")
        return resend_ms

    @field_validator("timeout_ms")
    @classmethod
    def _of_use(cls, timeout_ms: int) -> int:
        if not TIMEOUT_MS_MIN <= timeout_ms <= TIMEOUT_MS_MAX:
            raise ValueError(f"must be from {TIMEOUT_MS_MIN}ms to {TIMEOUT_MS_MAX // 1000}s")
        return timeout_ms

    @field_validator("prefix")
    @classmethod
    def _is_topic(cls, prefix: str) -> str:
        if any(letter in prefix for letter in "+#\0") or prefix[0] in "/$" or prefix.endswith("/"):
            raise ValueError("must be the beginning of a topic such as floorwatch/v1/alerts, without + and #")
        return prefix

    def password(self) -> str:
        """The secret, of the configuration or of its file. Raises `OSError` when the file has none to read.

        An empty file must not mean that nothing is signed, and nobody signs in.
        """
        if self.secret_file is None:
            return "" if self.secret is None else self.secret.get_secret_value()
        try:
            if secret := self.secret_file.read_text(encoding="utf-8").strip():
                return secret
        except UnicodeDecodeError:
            raise OSError(errno.EINVAL, "is no text: write the secret in letters", str(self.secret_file)) from None
        raise OSError(errno.EINVAL, "is empty: write the secret into it", str(self.secret_file))

    def connects_to(self) -> tuple[str, int]:
        """Host and port of a broker."""
        assert self.host is not None  # the configuration demands it
        return self.host, self.port or PORTS[self.tls]

    def shown_again_ms(self) -> int:
        """How often what stands is shown, changed or not."""
        return self.resend_ms if self.resend_ms is not None else RESEND_MS[self.type]

    def signals(self) -> Signals:
        """What a tower shows for what; the severities that are not named keep their defaults."""
        return Signals(
            self.tiers,
            {**_SIGNALS.lamps, **self.lamps},
            self.calm,
            {**_SIGNALS.buzzer, **self.buzzer},
            self.buzzer_max_ms,
        )

    def policy(self, name: str) -> OutputPolicy:
        """What the core needs to know, plain."""
        return OutputPolicy(
            name,
            is_state=self.type in STATES,
            audience="lead" if self.type == "tower" else self.audience,  # a lamp has no words to say who
            severity_min=self.severity,
            rules=self.rules,
            selector=Selector(self.queues, self.channels, tuple(sorted(self.labels.items()))),
            group_by=self.group_by,
            group_wait_ms=self.group_wait_ms,
            group_interval_ms=self.group_interval_ms,
            remind_ms=self.remind_ms,
            quiet=None if self.quiet_hours is None else business_hours.hours_of(self.quiet_hours, ()),
            storm_max=self.storm_max,
            flaps_max=self.flaps_max,
        )


OutputsTyped = dict[Name, Output]


def policies(outputs: Mapping[str, Output]) -> tuple[OutputPolicy, ...]:
    """What the core needs to know of all of them."""
    return tuple(output.policy(name) for name, output in outputs.items())


def contradictions_of_outputs(outputs: Mapping[str, Output]) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong with outputs whose keys are each fine."""
    places: dict[tuple[object, ...], str] = {}
    for name, output in outputs.items():
        place: KeyPath = ("outputs", name)
        given = {Output.model_fields[key].alias or key for key in output.model_fields_set}
        for key in sorted(given - KEYS[output.type]):
            yield (*place, key), f"an output of type {output.type} has no '{key}'"
        key, meaning = REQUIRED[output.type]
        if key not in given or not getattr(output, key):
            yield place, f"needs {meaning}"
            continue
        if {"secret", "secret_file"} <= given:
            yield (*place, "secret"), "is given twice: keep 'secret' or 'secret_file'"
        if output.quiet_hours is not None:
            for at, text in _wrong_hours(output.quiet_hours):
                yield (*place, "quiet_hours", *at), text
        if output.type == "tower":
            yield from _wrong_lamps(place, output)
        for own in _places(output):
            if (other := places.setdefault(own, name)) != name or list(_places(output)).count(own) > 1:
                whose = "twice" if other == name else f"by output {other} too: one would undo what the other shows"
                yield (*place, key), f"is used {whose}"
                break


def _wrong_hours(hours: business_hours.Typed) -> Iterator[tuple[tuple[str, ...], str]]:
    if not any(hours.values()):
        yield (), "has no hours: leave it out"
        return
    yield from business_hours.contradictions(hours)


def _wrong_lamps(place: KeyPath, output: Output) -> Iterator[tuple[KeyPath, str]]:
    if len(set(output.tiers)) < len(output.tiers):
        yield (*place, "tiers"), "names a colour twice: call the tiers as they are to be told apart"
    signals = output.signals()
    lit: list[tuple[KeyPath, tuple[str, ...]]] = [((*place, "calm"), signals.calm)]
    lit += [((*place, "lamps", severity), colours) for severity, colours in signals.lamps.items()]
    for key, colours in lit:
        for colour in colours:
            if colour not in output.tiers:
                yield key, f"there is no tier '{colour}'; 'tiers' has {', '.join(output.tiers)}"
    if output.read_back_paths and output.read_back is None:
        yield (*place, "read_back_paths"), "means nothing without 'read_back', the address that tells the status"


def _places(output: Output) -> tuple[tuple[object, ...], ...]:
    """What two outputs must not share: where a state is shown."""
    if output.type == "mqtt":
        return ((*output.connects_to(), output.prefix),)
    if output.type == "tower":
        return ((output.url,),)
    return tuple((url.rstrip("/"),) for url in output.urls)
