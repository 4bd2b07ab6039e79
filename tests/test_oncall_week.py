"""A week of three teams in two time zones, over a clock change: who is told what, and when, equals a recount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cache, cached_property
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.config import Config, load_config
from floorwatch.engine import Engine
from floorwatch.floor import internal as i
from floorwatch.floor.events import Event
from floorwatch.floor.rota import horizon, loaded
from floorwatch.floor.rules import Condition, Level, Limit, Rule, Selector
from floorwatch.rotas import read_rota
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
    on_call,
    within_hours,
)

SINCE = int(datetime(2026, 10, 21, 22, tzinfo=UTC).timestamp()) * 1000
"""The clocks of Warsaw are set back in the night to Sunday the 25th."""
UNTIL = SINCE + 7 * DAY_MS
LONG_MS = 2_400_000
LEAVES_WITHIN_MS = 180_000
"""A message waits for company, for the one before it, and for an output that is slow."""
RUN_OUT_MS = 6 * 3_600_000
"""So long after the last trouble everything is over."""

CONFIG = """
site: {name: hall, timezone: Europe/Warsaw}
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
rules: {north: &any {figure: trouble, above: 1s}, south: *any, east: *any, spare: *any}
escalations:
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


def _rule(name: str, *limits: tuple[str, int], hold_ms: int = 5_000, mutes: tuple[str, ...] = ()) -> Rule:
    """About troubles whose names begin as the team's does; it is graver the longer one lasts."""
    levels = tuple(Level(severity, Limit(ms)) for severity, ms in limits)  # type: ignore[arg-type]
    team = Selector((f"{name.partition('_')[0]}*",))
    return Rule(name, "daemon", (Condition("trouble", "above", levels),), hold_ms, 30_000, team, mutes=mutes)


# Those of the configuration, each about the troubles of one team: no key says that.
RULES = (
    _rule("north", ("warning", 0), ("critical", 420_000), ("emergency", 3_000_000)),
    _rule("south", ("warning", 0), ("emergency", 5_400_000), hold_ms=0),
    _rule("east", ("critical", 0), ("emergency", 2_000_000)),
    _rule("spare", ("critical", 0)),
    # What lasts for over 40 minutes is said once: by this one, as long as it is not over.
    _rule("east_long", ("critical", LONG_MS), mutes=("east",)),
)
TEAMS = ("north", "south", "east", "spare")


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
            self._advance(at)
            if at % MINUTE_MS == 0 and at < UNTIL + RUN_OUT_MS:
                self._compare_rotas(at)
            for output in ("sms", "mail"):
                if not any(one.output == output for _, one in leaving):
                    leaving += self._take(output, at)

    def _advance(self, to: int) -> None:
        for change in self.engine.advance(to):
            self._heard(change)

    def _heard(self, change: AlertChange) -> None:
        if change.change != "snoozed":
            who = change.alert.acknowledged_by if change.change == "acknowledged" else ""
            fact = Fact(change.at, change.change, change.alert.severity, who)
            self.facts.setdefault(change.alert.id, []).append(fact)

    def _apply(self, event: Event) -> None:
        assert isinstance(event.time, int)
        self._advance(event.time)
        self.engine.apply(event)
        self.said[type(event)].append(event)
        if isinstance(event, i.DeliverySent):
            self.sent.append(Sent(event.time, event.pages, event.output, self.left_at[event.output]))
        self._advance(event.time)  # what it has changed is told then

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
        self._apply(i.DeliveryBegun(time=at, source="outputs", to=notice.to, **said))  # type: ignore[arg-type]
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
        off = [event.until for event in self._by(at, i.OperatorSnoozed) if event.alert == alert]
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
        escalations = self.plan["escalations"]
        for alert, facts in self.facts.items():
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


def _ways(person: dict[str, Any], severity: str) -> list[str]:
    """The outputs that reach a person of what is so grave."""
    rank = SEVERITIES.index(severity)
    return [one["output"] for one in person["channels"] if SEVERITIES.index(one.get("severity", "warning")) <= rank]


def _free_at(person: dict[str, Any], severity: str, at: int) -> int:
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


# What happens


def rotas_told(config: Config) -> Iterator[Event]:
    """What the daemon tells of the rotas: at the start, and each day."""
    for day in range(9):
        at = SINCE + day * DAY_MS + (0 if day == 0 else 7_003)
        for name, rota in config.rotas.items():
            since, until = horizon(at, rota.timezone or config.site.timezone)
            yield loaded(read_rota(config, name, until), since, until, at)


def troubles(random: Random) -> Iterator[i.DaemonTroubled]:
    """Of every team: short and long ones, some over the hours that are repeated, some that come back at once."""
    night = int(datetime(2026, 10, 25, tzinfo=UTC).timestamp()) * 1000
    for team in TEAMS:
        for n in range(9):
            at = random.randrange(SINCE + 60_000, UNTIL) if n else night + random.randrange(-3_600_000, 5_400_000)
            lasts = random.choice([41_000, 300_000, 900_000, 3_400_000, 9_000_000])
            subject = f"{team}-{n}"
            yield _trouble(subject, at)
            yield _trouble(subject, at + lasts, is_over=True)
            if random.random() < 0.3:
                yield _trouble(subject, at + lasts + 12_000)
                yield _trouble(subject, at + lasts + 200_000, is_over=True)


def _trouble(subject: str, at: int, *, is_over: bool = False) -> i.DaemonTroubled:
    return i.DaemonTroubled(time=at // 1000 * 1000 + 137, source="daemon", trouble=subject, is_over=is_over)


def words(random: Random, began: list[i.DaemonTroubled]) -> Iterator[Event]:
    """What people say: nobody hears a word of `silent`."""
    for n, trouble in enumerate(began):
        assert isinstance(trouble.time, int)
        alert, at = f"*/{trouble.trouble}/*", trouble.time
        for _ in range(random.choice([0, 0, 1, 1, 2, 3])):
            at += random.randrange(2_000, 2_000_000)
            who = random.choice(["N1", "N2", "S1", "E1", "E2", "boss", "a lead"])
            yield i.OperatorAcknowledged(time=at, source="operator", alert=alert, who=who)
        at = trouble.time + random.randrange(5_000, 900_000)
        if random.random() < 0.25:
            until = at + random.choice([-1_000, 90_000, 700_000, 4_000_000])
            yield i.OperatorSnoozed(time=at, source="operator", alert=alert, until=until, who="E1")
        if random.random() < 0.35:
            since = at + random.choice([-60_000, 0, 61_500, 400_000])
            team = trouble.trouble.partition("-")[0]
            rules, subjects = random.choice([((team,), ()), ((), (trouble.trouble,)), ((), (f"{team}*",))])
            until = since + random.choice([30_000, 100_000, 1_800_000])
            yield i.OperatorSilenced(
                time=at, source="operator", silence=f"s{n}", since=since, until=until, who="boss", why="drill",
                rules=rules, subjects=subjects,
            )  # fmt: skip
            if random.random() < 0.3:
                ends = at + random.randrange(1_000, 900_000)
                yield i.OperatorSilenceEnded(time=ends, source="operator", silence=f"s{n}", who="boss")


def overrides(random: Random) -> Iterator[Event]:
    """People who take each other's place: now, later, twice over, and not after all."""
    for n in range(14):
        at = random.randrange(SINCE + 1, UNTIL)
        since = at + random.choice([-3_600_000, 0, 1_234_567, 20 * 3_600_000])
        yield i.OperatorOverrode(
            time=at, source="operator", override=f"o{n % 11}", who="boss",
            rota=random.choice(["north", "south", "east", "spare"]),
            person=random.choice(["N1", "N3", "S1", "E2", "boss", "silent"]),
            since=since, until=since + random.choice([600_000, 7_777_777, 12 * 3_600_000]),
        )  # fmt: skip
        if random.random() < 0.4:
            ends = at + random.randrange(1_000, 30_000_000)
            yield i.OperatorOverrideEnded(time=ends, source="operator", override=f"o{n % 11}", who="boss")


def week(seed: int, folder: Path, poll_ms: int = 20_000) -> Week:
    """One week of its own for each seed, lived through."""
    path = folder / "floorwatch.yaml"
    path.write_text(CONFIG, encoding="utf-8")
    config, random = load_config(path), Random(seed)
    began = sorted(troubles(random), key=lambda event: str(event.time))
    events = [*rotas_told(config), *began, *words(random, [one for one in began if not one.is_over])]
    events += overrides(random)
    settings = replace(config.settings(), rules=RULES)
    lived = Week(Engine(settings), yaml.load(CONFIG, yaml.BaseLoader), events, random)
    lived.live()
    return lived


@pytest.fixture(scope="module", params=[1, 2])
def lived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Week:
    """A week in which outputs take what is owed within a minute."""
    return week(request.param, tmp_path_factory.mktemp("week"))


def test_who_is_told_what_and_when_equals_a_recount(lived: Week) -> None:
    """Everything everybody is to be told in the week, to the second; and who is on call, minute by minute."""
    was = lived.was_told()
    assert was == lived.should_be_told
    assert lived.on_call_asked == 4 * (7 * DAY_MS + RUN_OUT_MS) // MINUTE_MS
    kinds = {kind: sum(one.kind == kind for one in was) for kind in ("call", "taken", "over")}
    assert min(kinds.values()) > 20, kinds
    assert {"e1.2.", "e2.1.", "e3.1."} <= {one.key.split("/")[3][:5] for one in was}, (
        "rounds and climbs that begin anew"
    )
    assert sum(one.person == "silent" for one in was) > 30


def test_everybody_is_reached_by_the_right_way_and_not_at_night(lived: Week) -> None:
    """A call leaves while it is wanted, by the channel whose turn it is, and in quiet hours if it is an emergency."""
    assert lived.should_be_told
    left = {key: sent for sent in lived.sent for key in sent.keys}
    calls = [one for one in lived.was_told() if one.kind == "call"]
    last = {(one.alert, one.person, left[one.key]): one for one in calls if one.key in left}
    n_held = n_lost = 0
    for call in calls:
        climb, _, _, time = map(int, call.key.split("/")[3][1:].split("."))
        recount, person = lived.recounts[call.alert], lived.plan["people"][call.person]
        severity, ends = recount.severities[climb], recount.ends.get(climb, UNTIL + RUN_OUT_MS)
        ways, free_at = _ways(person, severity), _free_at(person, severity, call.at)
        n_held += free_at > call.at
        n_lost += not ways
        sent = left.get(call.key)
        if sent is None:
            assert not ways or ends < free_at + LEAVES_WITHIN_MS, call
            continue
        assert free_at <= sent.left_at <= min(ends, free_at + LEAVES_WITHIN_MS), call
        if last[call.alert, call.person, sent] == call:  # what was not sent before is told with it
            assert sent.output == ways[(time - 1) % len(ways)], call
    assert n_held > 5
    assert n_lost > 0


def test_a_week_of_long_silences_equals_a_recount(tmp_path: Path) -> None:
    """Where nobody looks for hours, the engine leaps from one thing to the next, and misses nothing."""
    quiet = week(3, tmp_path, poll_ms=DAY_MS)
    assert quiet.was_told() == quiet.should_be_told
    assert len(quiet.was_told()) > 100
