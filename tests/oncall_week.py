"""A week of three teams in two time zones, over a clock change: what happens, and what the engine made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from random import Random
from typing import Any

import yaml

from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.config import load_config
from floorwatch.engine import Engine
from floorwatch.floor import internal as i
from floorwatch.floor.events import Event
from floorwatch.floor.rules import Condition, Level, Limit, Rule, Scope, Selector, Severity
from tests.oncall_recount import (
    DAY_MS,
    MINUTE_MS,
    SEVERITIES,
    AlertRecount,
    Fact,
    People,
    Sent,
    Told,
    Wall,
    is_about,
    on_call,
    within_hours,
)
from tests.oncall_week_events import SINCE, UNTIL, happens

LONG_MS = 2_400_000
LEAVES_WITHIN_MS = 180_000
"""A message waits for company, for the one before it, and for an output that is slow."""
RUN_OUT_MS = 6 * 3_600_000
"""So long after the last trouble everything is over."""

CONFIG = """
site: {name: hall, timezone: Europe/Warsaw}
queues:
  sales: {labels: {city: krakow}}
  loans: {labels: {city: shanghai, product: loans}}
  letters: {channel: email, labels: {city: krakow}}
outputs:
  sms: {type: webhook, url: "http://127.0.0.1:9/sms"}
  mail: {type: webhook, url: "http://127.0.0.1:9/mail"}
people:
  N1: {channels: [{output: sms, severity: critical}, {output: mail}], quiet_hours: {daily: "22:00-07:00"}}
  N2: {channels: [{output: mail}, {output: sms}]}
  N3: {channels: [{output: mail}]}
  S1:
    channels: [{output: sms}, {output: mail}]
    quiet_hours: {mon-fri: "12:00-13:00, 21:00-06:00"}
    timezone: Asia/Shanghai
  S2: {channels: [{output: mail, severity: emergency}]}
  E1: {channels: [{output: sms}]}
  E2: {channels: [{output: mail}]}
  boss: {channels: [{output: sms, severity: emergency}, {output: mail}]}
  silent: {channels: [{output: sms}]}
rotas:
  north:
    layers:
      - {people: [N1, N2, [N3, silent]], rotate: daily, handover: "02:30", from: 2026-10-05}
      - {people: [N2], hours: {sat-sun: "08:00-20:00"}}
      - {people: [silent, N1], rotate: weekly, handover: "mon 09:00", from: 2026-10-19, hours: {mon-fri: "01:00-05:00"}}
    holidays: {dates: [2026-10-27], people: [N3]}
    overrides: [{person: N1, since: 2026-10-25T01:30, until: 2026-10-25T02:45}]
  south:
    timezone: Asia/Shanghai
    layers: [{people: [S1, S2], rotate: 2 days, handover: "09:00", from: 2026-10-20, hours: {daily: "06:00-23:00"}}]
    overrides:
      - {person: S2, since: 2026-10-24T08:00, until: 2026-10-24T20:00}
      - {person: silent, since: 2026-10-24T10:00, until: 2026-10-24T12:00}
  east:
    layers:
      - {people: [E1, [E2, E1]], rotate: weekly, handover: "sun 02:15", from: 2026-10-18}
      - {people: [E2], hours: {sat-sun: "22:00-03:00"}}
  spare: {layers: [{people: [boss], hours: {mon-fri: "08:00-18:00"}}]}
rules: {north: &any {figure: trouble, above: 1s}, south: *any, east: *any, spare: *any, feed: *any, waits: *any}
escalations:
  shanghai: {severity: warning, labels: {city: shang*}, steps: [{tell: [rota south]}, {tell: [person S2]}], rounds: 1}
  letters:
    channels: [email]
    rules: [waits]
    steps: [{tell: [rota east], times: 2, every: 6m}, {tell: [rota north]}]
    unresolved: 15m
  calls: {queues: [sal*], rules: [waits, north], steps: [{tell: [rota north], every: 4m}, {tell: [person boss]}]}
  south:
    severity: warning
    rules: [south*]
    steps: [{tell: [rota south], times: 2, every: 3m}, {tell: [rota spare, rota north], every: 7m}]
    rounds: 0
    unresolved: 20m
  grave:
    severity: emergency
    steps: [{tell: [person silent, rota north, person boss], times: 3, every: 90s}, {tell: [rota east]}]
    rounds: 2
    unresolved: 10m
  north:
    rules: [north]
    steps: [{tell: [rota spare], times: 2, every: 2m}, {tell: [rota north], times: 3, every: 4m}, {tell: [person boss]}]
    rounds: 2
    unresolved: 45m
  east:
    rules: [east]
    steps: [{tell: [rota east], times: 2, every: 5m}, {tell: [person silent]}]
    unresolved: 0s
  nobody: {rules: [spare*], steps: [{tell: [rota spare]}], rounds: 0}
"""


def _rule(name: str, *limits: tuple[Severity, int], hold_ms: int = 5_000, mutes: tuple[str, ...] = ()) -> Rule:
    """About troubles whose names begin as the team's does; it is graver the longer one lasts."""
    levels = tuple(Level(severity, Limit(ms)) for severity, ms in limits)
    team = Selector((f"{name.partition('_')[0]}*",))
    return Rule(name, "daemon", (Condition("trouble", "above", levels),), hold_ms, 30_000, team, mutes=mutes)


def _rule_of(name: str, scope: Scope, figure: str, *limits: tuple[Severity, int]) -> Rule:
    levels = tuple(Level(severity, Limit(limit)) for severity, limit in limits)
    return Rule(name, scope, (Condition(figure, "above", levels),), 20_000)


# Those of the configuration, each about the troubles of one team: no key says that.
RULES = (
    _rule("north", ("warning", 0), ("critical", 420_000), ("emergency", 3_000_000)),
    _rule("south", ("warning", 0), ("emergency", 5_400_000), hold_ms=0),
    _rule("east", ("critical", 0), ("emergency", 2_000_000)),
    _rule("spare", ("critical", 0)),
    # What lasts for over 40 minutes is said once: by this one, as long as it is not over.
    _rule("east_long", ("critical", LONG_MS), mutes=("east",)),
    _rule_of("waits", "queue", "waiting", ("critical", 0), ("emergency", 2)),
    _rule_of("feed", "source", "outage", ("warning", 0), ("emergency", 1_800_000)),
)
SCOPES = {rule.name: rule.scope for rule in RULES}


@dataclass
class Week:
    """What happens, and what was seen of it."""

    engine: Engine
    plan: dict[str, Any]
    events: list[Event]
    random: Random
    poll_ms: int = 20_000
    said: dict[type[Event], list[Any]] = field(default_factory=lambda: defaultdict(list))
    """What was applied, by what it is."""
    facts: dict[str, list[Fact]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    left_at: dict[str, int] = field(default_factory=dict)
    """When each message left that is on its way, by output."""
    on_call_asked: int = 0
    recounts: dict[str, AlertRecount] = field(default_factory=dict)

    def __post_init__(self) -> None:
        zones = {name: rota.get("timezone", "Europe/Warsaw") for name, rota in self.plan["rotas"].items()}
        walls = {name: Wall(zone, SINCE - DAY_MS, UNTIL + DAY_MS) for name, zone in zones.items()}
        tell = self.engine.telling.changed

        def changed(change: AlertChange, now: int) -> None:
            self._heard(change)
            tell(change, now)

        self.engine.telling.changed = changed  # type: ignore[method-assign]
        self.people_now = cache(lambda rota, minute: on_call(self.plan["rotas"][rota], walls[rota], minute))

    # Living through it

    def live(self) -> None:
        """Apply everything in its time, with outputs that take what is owed every few seconds."""
        leaving: list[tuple[int, i.DeliverySent]] = []
        polls = list(range(SINCE, UNTIL + RUN_OUT_MS + 1, self.poll_ms))
        for at, event in sorted(
            [*((event.time, event) for event in self.events), *((poll, None) for poll in polls)],
            key=lambda one: (one[0], one[1] is None),
        ):
            assert isinstance(at, int)
            for there, sent in sorted((one for one in leaving if one[0] <= at), key=lambda one: one[0]):
                self._apply(replaced(sent, there))
            leaving = [one for one in leaving if one[0] > at]
            if event is not None:
                self._apply(self._named(event))
                continue
            self.engine.advance(at)
            if at % MINUTE_MS == 0 and at < UNTIL + RUN_OUT_MS:
                self._compare_rotas(at)
            for output in ("sms", "mail"):
                if not any(one.output == output for _, one in leaving):
                    leaving += self._take(output, at)

    def _heard(self, change: AlertChange) -> None:
        """Taken down at that moment: over a long silence an alert may be raised twice before the engine answers."""
        if change.change != "snoozed":
            who = change.alert.acknowledged_by if change.change == "acknowledged" else ""
            fact = Fact(change.at, change.change, change.alert.severity, who)
            self.facts.setdefault(change.alert.id, []).append(fact)

    def _apply(self, event: Event) -> None:
        assert isinstance(event.time, int)
        self.engine.advance(event.time)
        self.engine.apply(event)
        self.said[type(event)].append(event)
        if isinstance(event, i.DeliverySent):
            self.sent.append(Sent(self.left_at[event.output], event.pages, event.output))

    def _named(self, event: Event) -> Any:
        """People speak of an alert that is live: of its trouble here, of one of that name there."""
        if isinstance(event, i.OperatorAcknowledged | i.OperatorSnoozed):
            live = [one.id for one in self.engine.watch.pending_and_firing() if fnmatchcase(one.id, event.alert)]
            return replaced(event, event.time, alert=live[-1] if live else event.alert)
        return event

    def _take(self, output: str, at: int) -> Iterator[tuple[int, i.DeliverySent]]:
        """Begin to send what is owed; it is taken a little later."""
        notice = self.engine.calling.owed(output, at)
        if notice is None:
            return
        said = {"output": output, "key": notice.key, "pages": notice.pages}
        self._apply(i.DeliveryBegun(time=at, source="outputs", channel=notice.channel, **said))  # type: ignore[arg-type]
        self.left_at[output] = at
        there = at + self.random.choice([1, 700, 3_000, 47_123])
        yield there, i.DeliverySent(time=there, source="outputs", **said)  # type: ignore[arg-type]

    def _compare_rotas(self, at: int) -> None:
        for rota in self.plan["rotas"]:
            assert self.engine.calling.roster.on_call(rota, at) == self.people(rota, at), (rota, at)
            self.on_call_asked += 1

    # What it should have come to

    def _by(self, at: int, *kinds: type[Event]) -> list[Any]:
        """What was said of these kinds up to then, in order."""
        return sorted((one for kind in kinds for one in self.said[kind] if one.time <= at), key=lambda one: one.time)

    def people(self, rota: str, at: int) -> People:
        """Who is on call by what was said up to then: the override given last, or what is configured."""
        holding: dict[str, i.OperatorOverrode] = {}
        for event in self._by(at, i.OperatorOverrode, i.OperatorOverrideEnded):
            holding.pop(event.override, None)
            if isinstance(event, i.OperatorOverrode):
                holding[event.override] = event
        now = [one.person for one in holding.values() if one.rota == rota and one.since <= at < one.until]
        return (now[-1],) if now else self.people_now(rota, at // MINUTE_MS * MINUTE_MS)

    def is_muted(self, alert: str, at: int) -> bool:
        """Whether it is put off, silenced, or explained by an alert about the same trouble."""
        rule, subject, _ = alert.split("/")
        fired_at = self.facts[alert][0].at  # what does not fire yet cannot be put off
        off = [one.until for one in self._by(at, i.OperatorSnoozed) if one.alert == alert and one.time >= fired_at]
        silences: dict[str, i.OperatorSilenced] = {}
        for event in self._by(at, i.OperatorSilenced, i.OperatorSilenceEnded):
            silences.pop(event.silence, None)
            if isinstance(event, i.OperatorSilenced):
                silences[event.silence] = event
        return (
            (bool(off) and at < off[-1])
            or any(_silences(one, rule, subject, at) for one in silences.values())
            or (rule == "east" and self._lasts_long(subject, at))
        )

    def _lasts_long(self, subject: str, at: int) -> bool:
        """Whether `east_long` says it, and the trouble is not over."""
        since = [event for event in self._by(at, i.DaemonTroubled) if event.trouble == subject][-1]
        return not since.is_over and at - since.time > LONG_MS and self._is_live("east_long", subject, at)

    def _is_live(self, rule: str, subject: str, at: int) -> bool:
        known = [
            [fact.what for fact in facts if fact.at <= at]
            for alert, facts in self.facts.items()
            if alert.startswith(f"{rule}/{subject}/")
        ]
        return any(what and what[-1] != "resolved" for what in known)

    @cached_property
    def should_be_told(self) -> list[Told]:
        """Everything, by brute force."""
        found: list[Told] = []
        queues = self.plan["queues"]
        for alert, facts in self.facts.items():
            rule, subject, _ = alert.split("/")
            escalations = [
                one for one in self.plan["escalations"].values() if is_about(one, SCOPES[rule], subject, queues)
            ]
            muted = cache(lambda at, alert=alert: self.is_muted(alert, at))
            sent = [one for one in self.sent if any(key.startswith(f"{alert}/") for key in one.keys)]
            self.recounts[alert] = recount = AlertRecount(alert, facts, sent, escalations, muted, self.people)
            found += recount.told(UNTIL + RUN_OUT_MS)
        return sorted(found)

    def was_told(self) -> list[Told]:
        """Everything, by the engine."""
        records = self.engine.calling.records.values()
        return sorted(
            Told(page.made_at, page.alert, page.person, page.kind, page.key)
            for record in records
            for page in record.pages
        )


def _silences(silence: i.OperatorSilenced, rule: str, subject: str, at: int) -> bool:
    return (
        silence.since <= at < silence.until
        and (not silence.rules or rule in silence.rules)
        and (not silence.subjects or any(fnmatchcase(subject, name) for name in silence.subjects))
    )


def ways_of(person: dict[str, Any], severity: str) -> list[str]:
    """The outputs that reach a person of what is so grave."""
    rank = SEVERITIES.index(severity)
    return [one["output"] for one in person["channels"] if SEVERITIES.index(one.get("severity", "warning")) <= rank]


def free_at(person: dict[str, Any], severity: str, at: int) -> int:
    """The first instant from then on at which they may be told."""
    if "quiet_hours" not in person or severity == "emergency":
        return at
    wall = Wall(person.get("timezone", "Europe/Warsaw"), SINCE - DAY_MS, UNTIL + 2 * DAY_MS)
    if not within_hours(person["quiet_hours"], wall.reads(at)):
        return at
    return next(
        minute
        for minute in range(at // MINUTE_MS * MINUTE_MS, UNTIL + 2 * DAY_MS, MINUTE_MS)
        if not within_hours(person["quiet_hours"], wall.reads(minute))
    )


def replaced(event: Any, time: object, **changes: object) -> Any:
    """The same event at another time."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return type(event)(**{**fields, "time": time, **changes})


def week(seed: int, folder: Path, poll_ms: int = 20_000, text: str = CONFIG) -> Week:
    """One week of its own for each seed, lived through with this configuration."""
    path = folder / "floorwatch.yaml"
    path.write_text(text, encoding="utf-8")
    config, random = load_config(path), Random(seed)
    settings = replace(config.settings(), rules=RULES)
    lived = Week(Engine(settings), read(text), happens(config, random), random, poll_ms)
    lived.live()
    return lived


def read(text: str) -> dict[str, Any]:
    """The configuration with every value a text, as it was typed."""
    plan: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
    return plan
