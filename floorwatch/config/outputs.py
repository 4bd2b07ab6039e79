"""The configuration of outputs: `outputs:`. Which keys belong to which type stands in `output_types`.

What the core needs to know of an output is `policy`; the rest is how it is reached, and stays outside of it.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from floorwatch.config import hours as business_hours
from floorwatch.config import output_types as types
from floorwatch.config.addresses import MailAddress, MailSender, WebAddress, wrong_address
from floorwatch.config.output_types import OutputType
from floorwatch.config.rules import Channel
from floorwatch.config.values import DurationMs, Name, Names, Section, Share, beside_the_config, written_in
from floorwatch.floor.outputs import Audience, OutputPolicy
from floorwatch.floor.rules import Selector, Severity
from floorwatch.notify.bucket import Limits
from floorwatch.notify.signals import TIERS, Signals
from floorwatch.notify.words import Languages

_POLICY = OutputPolicy("")
_SIGNALS = Signals()

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
    language: Languages = "both"
    calls_everybody: bool = False
    per_minute: int | None = Field(None, ge=1, le=10_000)
    reserve: Share = types.RESERVE
    only_oncall: bool = _POLICY.only_oncall
    group_by: Names = _POLICY.group_by
    group_wait_ms: DurationMs = Field(_POLICY.group_wait_ms, alias="group_wait")
    group_interval_ms: DurationMs = Field(_POLICY.group_interval_ms, alias="group_interval")
    remind_ms: DurationMs = Field(_POLICY.remind_ms, alias="remind")
    quiet_hours: business_hours.BusinessHours | None = None
    storm_max: int = Field(_POLICY.storm_max, ge=1, le=1000)
    flaps_max: int = Field(_POLICY.flaps_max, ge=0, le=100)
    timeout_ms: DurationMs = Field(5_000, alias="timeout")
    resend_ms: DurationMs | None = Field(None, alias="resend")
    url: str | None = Field(None, max_length=2048, repr=False)
    url_file: Path | None = None
    urls: tuple[WebAddress, ...] = ()
    host: Name | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    user: Name | None = None
    secret: SecretStr | None = None
    secret_file: Path | None = None
    tls: bool = False
    starttls: bool | None = None
    sender: MailSender | None = None
    to: tuple[MailAddress, ...] = ()
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

    @field_validator("secret_file", "url_file", "tls_ca")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)

    @field_validator("resend_ms")
    @classmethod
    def _not_too_often(cls, resend_ms: int | None) -> int | None:
        if resend_ms is not None and resend_ms < types.RESEND_MS_MIN:
            raise ValueError(f"must be at least {types.RESEND_MS_MIN // 1000}s")
        return resend_ms

    @field_validator("timeout_ms")
    @classmethod
    def _of_use(cls, timeout_ms: int) -> int:
        if not types.TIMEOUT_MS_MIN <= timeout_ms <= types.TIMEOUT_MS_MAX:
            raise ValueError(f"must be from {types.TIMEOUT_MS_MIN}ms to {types.TIMEOUT_MS_MAX // 1000}s")
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
        if self.secret_file is not None:
            return written_in(self.secret_file, "the secret")
        return "" if self.secret is None else self.secret.get_secret_value()

    def address(self) -> str:
        """Where it is, as configured, of its file, or as its type has it. Raises `OSError` as `password` does."""
        if self.url_file is None:
            return self.url or types.URLS.get(self.type, "")
        found = written_in(self.url_file, "the address")
        if wrong := wrong_address(self.type, found):
            raise OSError(errno.EINVAL, wrong, str(self.url_file))
        return found

    def connects_to(self) -> tuple[str, int]:
        """Host and port of a broker, or of a mail server."""
        assert self.host is not None  # the configuration demands it
        return self.host, self.port or types.PORTS[self.type][self.tls]

    def limits(self) -> Limits | None:
        """How many messages it takes in which time; None where nothing is known of a limit."""
        per_minute = self.per_minute or types.PER_MINUTE.get(self.type)
        if per_minute is None:
            return None
        windows = [(per_minute, 60_000)]
        if (per_second := types.PER_SECOND.get(self.type)) is not None:
            windows.append((per_second, 1_000))
        return Limits(tuple(windows), self.reserve, avoids_half_hours=self.type == "feishu")

    def _wait_ms(self, key: Literal["group_wait_ms", "group_interval_ms"]) -> int:
        """Where a message is of one alert it waits for no company, unless it is said that it should."""
        is_alone = types.ALERTS_MAX.get(self.type) == 1 and key not in self.model_fields_set
        return 0 if is_alone else int(getattr(self, key))

    def _storm_max(self) -> int:
        """Never more than the service takes of what is no emergency: so the last message there is room for tells
        everything. Where a message is of one alert it is as many: there is nothing to be told together.
        """
        if (limits := self.limits()) is None:
            return self.storm_max
        shared = limits.shared(limits.windows[0][0])
        is_alone = types.ALERTS_MAX.get(self.type) == 1 and "storm_max" not in self.model_fields_set
        return shared if is_alone else min(self.storm_max, shared)

    def shown_again_ms(self) -> int:
        """How often what stands is shown, changed or not."""
        return self.resend_ms if self.resend_ms is not None else types.RESEND_MS[self.type]

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
            is_state=self.type in types.STATES,
            audience="lead" if self.type == "tower" else self.audience,  # a lamp has no words to say who
            severity_min=self.severity,
            rules=self.rules,
            selector=Selector(self.queues, self.channels, tuple(sorted(self.labels.items()))),
            group_by=self.group_by,
            group_wait_ms=self._wait_ms("group_wait_ms"),
            group_interval_ms=self._wait_ms("group_interval_ms"),
            remind_ms=self.remind_ms,
            quiet=None if self.quiet_hours is None else business_hours.hours_of(self.quiet_hours, ()),
            storm_max=self._storm_max(),
            flaps_max=self.flaps_max,
            only_oncall=self.only_oncall or (self.type == "mail" and not self.to),
            alerts_max=types.ALERTS_MAX.get(self.type, _POLICY.alerts_max),
            pages_max=types.PAGES_MAX.get(self.type, _POLICY.pages_max),
        )


OutputsTyped = dict[Name, Output]


def policies(outputs: Mapping[str, Output]) -> tuple[OutputPolicy, ...]:
    """What the core needs to know of all of them."""
    return tuple(output.policy(name) for name, output in outputs.items())
