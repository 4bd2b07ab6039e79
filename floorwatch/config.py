"""The configuration, as people type it: YAML, checked key by key, every problem named with its line and the way out.

The core never sees these classes: `Config.settings()` turns them into plain, immutable `floorwatch.floor.settings`.
Every key, its default and its meaning: docs/configuration.md (a test keeps it complete).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from floorwatch.config_problems import ConfigError, Problem, dotted, explain, keys_of
from floorwatch.floor.settings import AgentProfile, Formula, QueuePolicy, Settings
from floorwatch.marked_yaml import KeyPath, UnusableYamlError, read_marked

_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "": 1_000}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|)\s*")
_DURATION_MS_MAX = 30 * 86_400_000
_INTERVALS_MIN = (5, 6, 10, 12, 15, 20, 30, 60)

_SETTINGS = Settings()
_POLICY = QueuePolicy()


def duration_ms(typed: object) -> int:
    """Milliseconds of `20s`, `15m`, `500ms`, `1h`, `1m30s`; a bare number is seconds."""
    text = str(typed).strip()
    parts = list(_DURATION.finditer(text))
    if isinstance(typed, bool | dict | list) or not parts or "".join(part[0] for part in parts) != text:
        raise ValueError("must be a duration such as 20s, 500ms, 15m or 1h")
    total = sum(Decimal(part[1]) * _UNITS_MS[part[2]] for part in parts)
    if total != int(total):
        raise ValueError("is finer than a millisecond")
    if total > _DURATION_MS_MAX:
        raise ValueError("is longer than 30 days")
    return int(total)


def ratio(typed: object) -> float:
    """A ratio above 0 and up to 1, of `0.8` or `80%`."""
    text = str(typed).strip()
    percent = text.endswith("%")
    if not re.fullmatch(r"\d+(\.\d+)?", number := text.removesuffix("%").strip()):
        raise ValueError("must be a ratio such as 0.80, or 80%")
    value = Decimal(number) / (100 if percent else 1)
    if not 0 < value <= 1:
        hint = f"; did you mean {number}%?" if not percent and 1 < value <= 100 else ""
        raise ValueError(f"must be above 0 and at most 1 (or 100%){hint}")
    return float(value)


def _time_of_day_ms(typed: object) -> int:
    if not (match := re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(typed).strip())):
        raise ValueError("must be a time of day such as 06:00")
    return (int(match[1]) * 60 + int(match[2])) * 60_000


DurationMs = Annotated[int, BeforeValidator(duration_ms)]
Ratio = Annotated[float, BeforeValidator(ratio)]
TimeOfDayMs = Annotated[int, BeforeValidator(_time_of_day_ms)]
Name = Annotated[str, Field(min_length=1, max_length=1024)]
Names = tuple[Name, ...]


class Section(BaseModel):
    """What every part of the file has in common: unknown keys are refused, an empty value means the default."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=False)

    @model_validator(mode="before")
    @classmethod
    def _empty_means_default(cls, typed: Any) -> Any:
        if typed is None:
            return {}
        if isinstance(typed, dict):
            return {key: value for key, value in typed.items() if value is not None or key not in keys_of(cls)}
        return typed


class Site(Section):
    """Where the floor is, and when its business day begins."""

    name: Name = _SETTINGS.site
    timezone: Name = _SETTINGS.timezone
    day_start_ms: TimeOfDayMs = Field(_SETTINGS.day_start_ms, alias="day_start")

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            nearest = get_close_matches(name, sorted(available_timezones()), 1)
            hint = f"did you mean '{nearest[0]}'?" if nearest else "use a name such as Europe/Berlin or UTC"
            raise ValueError(f"unknown time zone; {hint}") from None
        return name


class ServiceLevel(Section):
    """A queue's service-level policy."""

    target: Ratio = _POLICY.target
    threshold_ms: DurationMs = Field(_POLICY.threshold_ms, alias="threshold")
    short_abandon_ms: DurationMs = Field(_POLICY.short_abandon_ms, alias="short_abandon")
    formula: Formula = _POLICY.formula
    per: Literal["interval", "day"] = _POLICY.per
    exits_count: bool = _POLICY.exits_count


class Queue(Section):
    """A queue; what it does not say stands in `defaults`."""

    channel: Literal["voice", "chat", "email", "message", "task", "callback"] = "voice"
    wrap_up_ms: DurationMs = Field(_POLICY.wrap_up_ms, alias="wrap_up")
    service_level: ServiceLevel = ServiceLevel()


class Agent(Section):
    """Roster facts of one agent."""

    team: str = ""
    site: str = ""
    queues: Names = ()
    skills: Names = ()
    interfaces: Names = ()


class Adherence(Section):
    """Which rule matrix says whether an agent keeps to the schedule."""

    preset: Literal["default", "strict"] = "default"


class Http(Section):
    """Where the wallboard, the API and the metrics are served."""

    host: Name = "127.0.0.1"
    port: int = Field(8321, ge=0, le=65535)
    allowed_hosts: Names = ()


def _beside_the_config(path: Path, info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path.expanduser()


class Source(Section):
    """One feed."""

    type: Literal["events", "queue_log", "simulator"]
    path: Path | None = None
    heartbeat_ms: DurationMs | None = Field(None, alias="heartbeat")

    @field_validator("path")
    @classmethod
    def _beside_the_config(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else _beside_the_config(path, info)


class DeadLetters(Section):
    """Where rejected input is kept."""

    path: Path = Field(Path("rejected.jsonl"), validate_default=True)
    limit_bytes: int = Field(10_000_000, ge=0, alias="limit")

    @field_validator("path")
    @classmethod
    def _resolved(cls, path: Path, info: ValidationInfo) -> Path:
        return _beside_the_config(path, info)


class Config(Section):
    """The whole file."""

    site: Site = Site()
    interval_ms: DurationMs = Field(_SETTINGS.interval_ms, alias="interval")
    lateness_ms: DurationMs = Field(_SETTINGS.lateness_ms, alias="lateness")
    min_sample: int = Field(_SETTINGS.min_sample, ge=1)
    defaults: Queue = Queue()
    queues: dict[Name, Queue] = {}
    agents: dict[Name, Agent] = {}
    adherence: Adherence = Adherence()
    http: Http = Http()
    sources: dict[Name, Source] = {}
    dead_letters: DeadLetters = Field({}, validate_default=True)
    individuals: bool = False

    @field_validator("interval_ms")
    @classmethod
    def _divides_the_hour(cls, interval_ms: int) -> int:
        if interval_ms not in {minutes * 60_000 for minutes in _INTERVALS_MIN}:
            hint = f"; did you mean {interval_ms // 1000}m?" if interval_ms // 1000 in _INTERVALS_MIN else ""
            raise ValueError(f"must divide an hour: {', '.join(f'{minutes}m' for minutes in _INTERVALS_MIN)}{hint}")
        return interval_ms

    @field_validator("lateness_ms")
    @classmethod
    def _within_the_hour(cls, lateness_ms: int) -> int:
        if lateness_ms > 3_600_000:
            raise ValueError("must be at most 1h")
        return lateness_ms

    def policy(self, queue: Queue | None = None) -> QueuePolicy:
        """The policy of a queue (or of one that is not configured), with what it does not say taken from `defaults`."""
        chosen: dict[str, Any] = {}
        for layer in (self.defaults, queue or Queue()):
            for section in (layer, layer.service_level):
                names = section.model_fields_set - {"service_level"}
                chosen.update((name, getattr(section, name)) for name in names)
        return QueuePolicy(**chosen)

    def settings(self) -> Settings:
        """What the core needs to know, plain and immutable."""
        return Settings(
            site=self.site.name,
            timezone=self.site.timezone,
            day_start_ms=self.site.day_start_ms,
            interval_ms=self.interval_ms,
            lateness_ms=self.lateness_ms,
            min_sample=self.min_sample,
            default_policy=self.policy(),
            queues={name: self.policy(queue) for name, queue in self.queues.items()},
            agents={name: AgentProfile(**agent.model_dump()) for name, agent in self.agents.items()},
        )


def load_config(path: Path) -> Config:
    """Read and check a configuration file; an empty one means the defaults. Raises `ConfigError`.

    Paths inside the file are relative to the folder it is in.
    """
    try:
        tree = read_marked(_text(path))
    except UnusableYamlError as wrong:
        raise ConfigError([Problem(str(path), wrong.line, "", wrong.why)]) from wrong
    if not isinstance(tree.content, dict | None):
        raise ConfigError([Problem(str(path), 1, "", "must be keys and values, such as 'queues:'")])
    try:
        config = Config.model_validate(tree.content or {}, context={"folder": path.parent})
    except ValidationError as wrong:
        found = [(error["loc"], explain(error, Config)) for error in wrong.errors()]
    else:
        found = list(_contradictions(config))
    if found:
        raise ConfigError([Problem(str(path), tree.line(key), dotted(key), text) for key, text in found])
    return config


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except IsADirectoryError:
        raise ConfigError([Problem(str(path), None, "", "is a folder, not a file")]) from None
    except OSError as wrong:
        raise ConfigError([Problem(str(path), None, "", f"cannot be read: {wrong.strerror}")]) from wrong
    except UnicodeDecodeError as wrong:
        line = wrong.object.count(b"\n", 0, wrong.start) + 1
        why = f"not UTF-8 text (byte 0x{wrong.object[wrong.start]:02x}): save the file as UTF-8"
        raise ConfigError([Problem(str(path), line, "", why)]) from wrong


def _contradictions(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """What no single key shows: keys that are each fine, and not together."""
    policies: dict[KeyPath, QueuePolicy] = {("defaults",): config.policy()}
    policies |= {("queues", name): config.policy(queue) for name, queue in config.queues.items()}
    for key, policy in policies.items():
        if policy.short_abandon_ms > policy.threshold_ms:
            seconds = f"{policy.threshold_ms / 1000:g}s"
            yield (*key, "service_level"), f"short_abandon is longer than threshold: set it to {seconds} or less"
    owners: dict[str, str] = {}
    for name, agent in config.agents.items():
        for at, interface in enumerate(agent.interfaces):
            if owners.setdefault(interface, name) != name:
                yield (
                    ("agents", name, "interfaces", at),
                    f"'{interface}' is already an interface of {owners[interface]}",
                )
    feeds: dict[Path, str] = {}
    for name, source in config.sources.items():
        if (source.path is None) != (source.type == "simulator"):
            is_simulator = source.type == "simulator"
            yield ("sources", name), "a simulator reads no 'path'" if is_simulator else "needs the 'path' of its file"
        elif source.path and feeds.setdefault(source.path, name) != name:
            yield ("sources", name, "path"), f"is read by source {feeds[source.path]} too: each event would count twice"
