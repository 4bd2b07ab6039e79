"""The configuration, as people type it: YAML, checked key by key, every problem named with its line and the way out.

The core never sees these classes: `Config.settings()` turns them into plain, immutable `floorwatch.floor.settings`.
Every key, its default and its meaning: docs/configuration.md (a test keeps it complete).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import (
    Field,
    RootModel,
    ValidationInfo,
    field_validator,
)

from floorwatch.config import hours as business_hours
from floorwatch.config.adherence import Adherence
from floorwatch.config.heartbeat import Heartbeat, contradictions_of_heartbeat
from floorwatch.config.http import Http, Token
from floorwatch.config.links import Links, contradictions_of_links
from floorwatch.config.marked_yaml import KeyPath
from floorwatch.config.metrics import Metrics, contradictions_of_metrics
from floorwatch.config.oncall import EscalationsTyped, OnCallTyped, PeopleTyped
from floorwatch.config.output_sense import contradictions_of_outputs
from floorwatch.config.outputs import OutputsTyped, policies
from floorwatch.config.problems import ConfigError, Problem, dotted
from floorwatch.config.reading import read_as
from floorwatch.config.replies import Reply, contradictions_of_replies
from floorwatch.config.rotas import RotasTyped
from floorwatch.config.rule_sense import Known, unheard
from floorwatch.config.rules import RulesFile, RulesTyped
from floorwatch.config.rules_in_force import contradictions as contradictions_of_rules
from floorwatch.config.rules_in_force import in_force
from floorwatch.config.schedule import ScheduleInput
from floorwatch.config.shift_reports import ShiftReports, contradictions_of_shift_reports
from floorwatch.config.sources import Source
from floorwatch.config.sources import contradictions as contradictions_of_sources
from floorwatch.config.staffing import Staffing
from floorwatch.config.values import (
    DurationMs,
    LongDurationMs,
    Name,
    Names,
    Ratio,
    Section,
    TimeOfDayMs,
    Timezone,
    beside_the_config,
)
from floorwatch.floor.channels import CHANNELS
from floorwatch.floor.settings import AgentProfile, Formula, QueuePolicy, Settings

_INTERVALS_MIN = (5, 6, 10, 12, 15, 20, 30, 60)

_SETTINGS = Settings()
_POLICY = QueuePolicy()


class Site(Section):
    """Where the floor is, and when its business day begins."""

    name: Name = _SETTINGS.site
    timezone: Timezone = _SETTINGS.timezone
    day_start_ms: TimeOfDayMs = Field(_SETTINGS.day_start_ms, alias="day_start")
    holidays: business_hours.Holidays = ()


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
    wrap_up_ms: DurationMs | None = Field(_POLICY.wrap_up_ms, alias="wrap_up")
    service_level: ServiceLevel = ServiceLevel()
    hours: business_hours.BusinessHours | None = None
    holidays: business_hours.Holidays = ()
    concurrency: int = Field(_POLICY.concurrency, ge=1, le=20)
    labels: dict[Name, Name] = Field({})


class Agent(Section):
    """Roster facts of one agent."""

    team: str = ""
    site: str = ""
    queues: Names = ()
    skills: Names = ()
    interfaces: Names = ()
    concurrency: int | None = Field(None, ge=1, le=20)


class DeadLetters(Section):
    """Where rejected input is kept."""

    path: Path = Field(Path("rejected.jsonl"), validate_default=True)
    limit_bytes: int = Field(10_000_000, ge=0, alias="limit")

    @field_validator("path")
    @classmethod
    def _resolved(cls, path: Path, info: ValidationInfo) -> Path:
        return beside_the_config(path, info)


class Store(Section):
    """Where what was heard is kept, and for how long."""

    path: Path = Field(Path("journal"), validate_default=True)
    keep_ms: DurationMs = Field(30 * 86_400_000, alias="keep")
    history_ms: LongDurationMs = Field(400 * 86_400_000, alias="history")
    individuals_keep_ms: LongDurationMs = Field(62 * 86_400_000, alias="individuals_keep")

    @field_validator("path")
    @classmethod
    def _resolved(cls, path: Path, info: ValidationInfo) -> Path:
        return beside_the_config(path, info)


class Config(Section):
    """The whole file."""

    site: Site = Site()
    interval_ms: DurationMs = Field(_SETTINGS.interval_ms, alias="interval")
    lateness_ms: DurationMs = Field(_SETTINGS.lateness_ms, alias="lateness")
    min_sample: int = Field(_SETTINGS.min_sample, ge=1)
    defaults: Queue = Queue()
    queues: dict[Name, Queue] = Field({})
    agents: dict[Name, Agent] = Field({})
    adherence: Adherence = Adherence()
    staffing: Staffing = Field({}, validate_default=True)
    schedule: ScheduleInput = ScheduleInput()
    http: Http = Http()
    sources: dict[Name, Source] = Field({})
    outputs: OutputsTyped = Field({})
    people: PeopleTyped = Field({})
    rotas: RotasTyped = Field({})
    escalations: EscalationsTyped = Field({})
    dead_letters: DeadLetters = Field({}, validate_default=True)
    store: Store = Field({}, validate_default=True)
    rules: RulesTyped = Field({})
    rules_file: Path | None = None
    individuals: bool = False
    metrics: Metrics = Metrics()
    heartbeat: Heartbeat = Heartbeat()
    links: Links = Links()
    replies: dict[Name, Reply] = Field({})
    shift_reports: ShiftReports = ShiftReports()

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

    @field_validator("rules_file")
    @classmethod
    def _resolved(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        return None if path is None else beside_the_config(path, info)

    def policy(self, queue: Queue | None = None) -> QueuePolicy:
        """The policy of a queue, or of one that is not configured.

        What it does not say is taken from `defaults`; what that does not say either, from its channel.
        """
        chosen: dict[str, Any] = {"holidays": self.site.holidays}
        for layer in (self.defaults, queue or Queue()):
            for section in (layer, layer.service_level):
                names = section.model_fields_set - {"service_level"}
                chosen.update((name, getattr(section, name)) for name in names)
        typed, holidays = chosen.pop("hours", None), chosen.pop("holidays")
        if typed is not None:
            chosen["hours"] = business_hours.hours_of(typed, holidays)
        chosen["labels"] = tuple(sorted(chosen.get("labels", {}).items()))
        return replace(CHANNELS[chosen.get("channel", _POLICY.channel)], **chosen)

    @property
    def oncall(self) -> OnCallTyped:
        """Who is told when nobody takes an alert in hand."""
        return OnCallTyped(self.people, self.rotas, self.escalations)

    def known(self) -> Known:
        """Whom the rules can be about."""
        queues = {name: self.policy(queue) for name, queue in self.queues.items()}
        return Known(self.policy(), queues, self.sources, self.outputs)

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
            adherence=self.adherence.policy(),
            staffing=self.staffing.policy(),
            agents={name: AgentProfile(**agent.model_dump()) for name, agent in self.agents.items()},
            rules=in_force(self.rules, self.site.holidays),
            outputs=policies(self.outputs),
            oncall=replace(self.oncall.plan(self.site.timezone), shift_outputs=self.shift_reports.outputs),
        )


class TokensFile(RootModel[dict[Name, Token]]):
    """A file of tokens and nothing else, so that it can have readers and owners of its own."""


def load_config(path: Path) -> Config:
    """Read and check a configuration file; an empty one means the defaults. Raises `ConfigError`.

    Paths inside the file are relative to the folder it is in. What stands in `http.tokens_file` and `rules_file` is
    read with it.
    """
    config = read_as(path, Config, contradictions)
    if config.http.tokens_file is not None:
        more = read_as(config.http.tokens_file, TokensFile).root
        if twice := sorted(more.keys() & config.http.tokens.keys()):
            text = f"stands in {path} too: keep one of them"
            raise ConfigError([Problem(str(config.http.tokens_file), None, name, text) for name in twice])
        http = config.http.model_copy(update={"tokens": config.http.tokens | more})
        config = config.model_copy(update={"http": http})
        if found := list(_who_may_ask(config)):
            raise ConfigError([Problem(str(path), None, dotted(key), text) for key, text in found])
    if config.rules_file is not None:
        config = with_rules(config, config.rules_file)
        if found := list(_unheard(config)):
            raise ConfigError([Problem(str(path), None, dotted(key), text) for key, text in found])
    return config


def with_rules(config: Config, path: Path) -> Config:
    """The same with the rules of this file instead of its own. Raises `ConfigError`."""
    rules = read_as(
        path, RulesFile, lambda file: contradictions_of_rules(file.root, config.site.holidays, config.known())
    )
    return config.model_copy(update={"rules": rules.root})


def contradictions(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """(the key, what is wrong and what mends it): keys that are each fine, and not together."""
    policies: dict[KeyPath, QueuePolicy] = {("defaults",): config.policy()}
    policies |= {("queues", name): config.policy(queue) for name, queue in config.queues.items()}
    for key, policy in policies.items():
        if policy.short_abandon_ms > policy.threshold_ms:
            seconds = f"{policy.threshold_ms / 1000:g}s"
            yield (*key, "service_level"), f"short_abandon is longer than threshold: set it to {seconds} or less"
    yield from _shared_interfaces(config)
    yield from _impossible_hours(config)
    yield from contradictions_of_sources(config.sources)
    yield from contradictions_of_outputs(config.outputs)
    yield from config.oncall.contradictions(config.outputs)
    yield from _who_may_ask(config)
    for key, text in contradictions_of_metrics(config.metrics, individuals=config.individuals):
        yield ("metrics", *key), text
    for key, text in contradictions_of_links(config.links, config.http.allowed_hosts):
        yield ("links", *key), text
    for key, text in contradictions_of_replies(config.replies, config.people):
        yield ("replies", *key), text
    for key, text in contradictions_of_shift_reports(config.shift_reports, config.outputs):
        yield ("shift_reports", *key), text
    for key, text in contradictions_of_heartbeat(config.heartbeat):
        yield ("heartbeat", *key), text
    if config.rules and config.rules_file is not None:
        yield ("rules_file",), "rules stand under 'rules' already: keep one of the two"
    for key, text in contradictions_of_rules(config.rules, config.site.holidays, config.known()):
        yield ("rules", *key), text
    if config.rules_file is None:
        yield from _unheard(config)


def _shared_interfaces(config: Config) -> Iterator[tuple[KeyPath, str]]:
    owners: dict[str, str] = {}
    for name, agent in config.agents.items():
        for at, interface in enumerate(agent.interfaces):
            if owners.setdefault(interface, name) != name:
                yield (
                    ("agents", name, "interfaces", at),
                    f"'{interface}' is already an interface of {owners[interface]}",
                )


def _unheard(config: Config) -> Iterator[tuple[KeyPath, str]]:
    rules = [rule.name for rule in in_force(config.rules, config.site.holidays)]
    for section, choosing in (("outputs", config.outputs), ("escalations", config.escalations)):
        yield from (((section, *key), text) for key, text in unheard(choosing, rules, config.known()))


def _impossible_hours(config: Config) -> Iterator[tuple[KeyPath, str]]:
    places: dict[KeyPath, Queue] = {("defaults",): config.defaults}
    places |= {("queues", name): queue for name, queue in config.queues.items()}
    for place, queue in places.items():
        if queue.hours is not None:
            for key, text in business_hours.contradictions(queue.hours):
                yield (*place, "hours", *key), text


def _who_may_ask(config: Config) -> Iterator[tuple[KeyPath, str]]:
    """Tokens that do not fit the sources, and a host that only tokens may open."""
    http = config.http
    for name, token in http.tokens.items():
        if (token.role == "ingest") != bool(token.sources):
            yes = "names the sources it may speak for" if token.role == "ingest" else "is only for the role ingest"
            yield ("http", "tokens", name, "sources"), f"{yes}: sources: [NAME]"
        for at, source in enumerate(token.sources):
            if source not in config.sources or config.sources[source].type != "http":
                yield ("http", "tokens", name, "sources", at), f"there is no source '{source}' of type http"
