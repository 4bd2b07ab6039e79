"""Floors that miss their target, made by the project's own simulator and watched by the product's own engine.

One queue of 6 to 80 Erlang; something goes wrong (more customers, agents away, slow systems, too few planned); when
`service_level_low` fires, the floor is frozen: what the engine knows (`Breach.asked`), and what is true of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from floorwatch.alerts.lifecycle import AlertChange
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.metrics.members import members_by_queue
from floorwatch.metrics.outlook import Question, question
from floorwatch.metrics.service_level import level, ratio
from floorwatch.metrics.staffing.equilibrium import Load
from floorwatch.metrics.staffing.required import Limits, required_agents
from simulators.chance import Chance, exp, log
from simulators.day import settings_of
from simulators.flow import agents_of, day_start_ms, floor_day
from simulators.flow.arrivals import area, factors, height
from simulators.incidents.model import Incident, SlowSystems, Surge, Timeline
from simulators.profile.model import HOUR_MS, FloorProfile

DATE = "2026-03-03"
OPENS, CLOSES = 7, 13
WATCHED_FROM_MS = int(8.25 * HOUR_MS)
"""Breaches before it are not asked about: an hour has been measured by then."""
WATCHED_UNTIL_MS = int(12.25 * HOUR_MS)
"""Nor after it: nobody goes home, or comes back from a pause, in the period of a breach."""
TROUBLES = ("surge", "away", "slow", "short")
SIZES = ((6, 12), (12, 25), (25, 50), (50, 80))
"""Erlangs, in turn by seed."""


@dataclass(slots=True)
class InHand:
    """A contact, or its wrap-up, at an agent."""

    agent: str
    since_ms: int
    is_wrap_up: bool


@dataclass(slots=True)
class Truth:
    """Who waits and who works, from the events alone."""

    waiting: dict[str, int] = field(default_factory=dict)
    """Contact to its entry."""
    in_hand: dict[str, InHand] = field(default_factory=dict)
    """By agent; who rings has nothing in hand yet."""
    here: dict[str, None] = field(default_factory=dict)
    """Agents logged in and not paused."""

    def hear(self, event: e.Event) -> None:
        """What happened next."""
        at = event.time
        assert isinstance(at, int)
        if isinstance(event, e.ContactOffered):
            self.waiting[event.contact] = at
        elif isinstance(event, e.ContactAbandoned):
            del self.waiting[event.contact]
        elif isinstance(event, e.ContactAnswered):
            del self.waiting[event.contact]
            self.in_hand[event.agent] = InHand(event.agent, at, is_wrap_up=False)
        elif isinstance(event, e.ContactEnded):
            self.in_hand.pop(event.agent, None)
        elif isinstance(event, e.AgentStateChanged):
            self._hear_agent(event, at)

    def _hear_agent(self, event: e.AgentStateChanged, at: int) -> None:
        self.in_hand.pop(event.agent, None)
        if event.state == "wrap_up":
            self.in_hand[event.agent] = InHand(event.agent, at, is_wrap_up=True)
        if event.state in ("paused", "offline", "unreachable"):
            self.here.pop(event.agent, None)
        else:
            self.here[event.agent] = None


@dataclass(slots=True)
class Breach:
    """A floor as it was when the alert fired, and what its simulator went on to."""

    seed: int
    erlangs: float
    trouble: str
    profile: FloorProfile
    incidents: tuple[Incident, ...]
    start_ms: int
    """Hour 0 of the day."""
    asked: Question
    truth: Truth
    speeds: Mapping[str, float]
    volume: Mapping[int, float]
    """Half-hour of the day to the factor on arrivals."""
    level: float | None = None
    """How the period ended on the simulated floor, with nobody added."""

    def rate(self, at_ms: float) -> float:
        """Contacts a second that truly come at an instant."""
        queue = self.profile.queues["sales"]
        day_ms = at_ms - self.start_ms
        hour = day_ms / HOUR_MS
        rate = queue.contacts / area(queue.shape) / 3600 * height(queue.shape, hour) * self.volume[int(hour * 2)]
        for incident in self.incidents:
            if isinstance(incident, Surge) and incident.holds(day_ms):
                rate *= incident.factor
        return rate

    def drag(self, at_ms: float) -> float:
        """How much longer contacts take that are answered at an instant."""
        slow = [
            one.factor for one in self.incidents if isinstance(one, SlowSystems) and one.holds(at_ms - self.start_ms)
        ]
        return slow[0] if slow else 1.0


def breach_of(seed: int) -> Breach | None:
    """The first breach of a floor; None where it keeps its target all morning."""
    chance = Chance.of("breaches", seed)
    low, high = SIZES[seed % len(SIZES)]
    erlangs = low * exp(chance.uniform() * log(high / low))
    trouble = TROUBLES[seed // len(SIZES) % len(TROUBLES)]
    profile, incidents = _floor(erlangs, trouble, chance)
    start_ms = day_start_ms(DATE, "UTC")
    settings = replace(settings_of(profile), interval_ms=900_000 * chance.between(1, 2))
    truth, engine = Truth(), Engine(settings)
    told = floor_day(profile, seed, start_ms, incidents=incidents)
    asked = _until_breach(engine, told, truth, start_ms)
    if asked is None:
        return None
    streams = Chance.of(seed, "agents")
    speeds = {name: streams.factor(profile.habits.speed_cv) for name, _, _ in agents_of(profile)}
    weekday = datetime.fromtimestamp(start_ms / 1000, UTC).weekday()
    volume = factors(profile, weekday, Chance.of(seed, 0, "volume"))
    end = _until_end(engine, told, asked)
    return Breach(seed, erlangs, trouble, profile, incidents, start_ms, asked, truth, speeds, volume, end)


def _until_breach(engine: Engine, told: Iterator[e.Event], truth: Truth, start_ms: int) -> Question | None:
    for event in told:
        assert isinstance(event.time, int)
        changes = engine.advance(event.time)
        if event.time - start_ms >= WATCHED_FROM_MS and any(map(_is_breach, changes)):
            asked = _asked(engine)
            engine.apply(event)  # of this instant, and so no part of what is asked about
            return asked
        if event.time - start_ms > WATCHED_UNTIL_MS:
            return None
        engine.apply(event)
        truth.hear(event)
    return None


def _is_breach(change: AlertChange) -> bool:
    return change.change == "fired" and change.alert.rule.name == "service_level_low"


def _asked(engine: Engine) -> Question:
    """As `LookingAhead` asks it."""
    books, now = engine.books, engine.now
    books.settle_agents(now)
    return question(books, books.ledgers["sales"], members_by_queue(books, now)["sales"].agents, now)


def _until_end(engine: Engine, told: Iterator[e.Event], asked: Question) -> float | None:
    """The level of the period, when the simulated floor has gone on to its end."""
    for event in told:
        assert isinstance(event.time, int)
        if event.time >= asked.until:
            break
        engine.advance(event.time)
        engine.apply(event)
    engine.advance(asked.until)
    since = engine.books.calendar.interval(asked.at)[0]
    ledger = engine.books.ledgers["sales"]
    tally = sum(one.tally for one in ledger.recent(since) if one.start == since)
    return ratio(*level(tally, asked.policy))


def _floor(erlangs: float, trouble: str, chance: Chance) -> tuple[FloorProfile, tuple[Incident, ...]]:
    """A queue with handling, patience and volume of its own, planned for its target; and what goes wrong on it."""
    talk_s, sigma = 60 + 240 * chance.uniform(), 0.5 + 0.5 * chance.uniform()
    wrap_s = 10 + 40 * chance.uniform()
    talks = (
        {"law": "lognormal", "median": talk_s * exp(-sigma * sigma / 2), "sigma": sigma},
        {"law": "gamma", "shape": 0.9 + 1.6 * chance.uniform(), "mean": talk_s},
        {
            "law": "mixed",
            "weights": [0.25, 0.75],
            "of": [_lognormal(talk_s * 0.3, 0.5), _lognormal(talk_s * 1.233, 0.6)],
        },
    )
    patience_s = 120 + 480 * chance.uniform()
    patiences = (
        {"law": "announced", "base": _lognormal(patience_s, 0.8)},
        {"law": "weibull", "shape": 0.7 + 0.8 * chance.uniform(), "scale": patience_s},
        {"law": "lognormal", "median": patience_s * 0.7, "sigma": 1.0},
    )
    aht_s = talk_s + wrap_s + 2
    bends = [[hour, 0.85 + 0.25 * chance.uniform()] for hour in (OPENS, 8.5, 10, 11.5, CLOSES)]
    hours = CLOSES - OPENS
    planned = required_agents(Load(erlangs / aht_s, 1.0, aht_s + 3), None, Limits(target=0.8)) or 1
    short = trouble == "short"
    agents = max(2, planned - (max(1, round(planned * (0.05 + 0.10 * chance.uniform()))) if short else 0))
    none = ("log_in_early", "late_ratio", "over_ratio", "leave_late", "decline_ratio")
    profile = FloorProfile.model_validate(
        {
            "name": "breach",
            "site": {"timezone": "UTC"},
            "day_cv": 0.05,
            "habits": dict.fromkeys(none, 0),
            "shifts": {"day": {"spans": [f"0{OPENS}:00-{CLOSES}:00"]}},
            "queues": {
                "sales": {
                    "contacts": erlangs / aht_s * 3600 * hours * 0.975,
                    "shape": bends,
                    "handling": talks[chance.between(0, 2)],
                    "wrap_up": _lognormal(wrap_s, 0.5),
                    "hold": {"ratio": 0.08},
                    "patience": patiences[chance.between(0, 2)],
                }
            },
            "teams": {"sales": {"agents": agents, "queues": ["sales"], "shifts": ["day"]}},
        }
    )
    return profile, _incidents(trouble, agents, chance)


def _lognormal(mean_s: float, sigma: float) -> dict[str, object]:
    return {"law": "lognormal", "median": mean_s * exp(-sigma * sigma / 2), "sigma": sigma}


def _incidents(trouble: str, agents: int, chance: Chance) -> tuple[Incident, ...]:
    at = WATCHED_FROM_MS // 60_000 + chance.between(0, 75)
    length = chance.between(40, 120)
    when = {"at": _clock(at), "until": _clock(at + length)}
    typed: dict[str, object] = {
        "surge": {"kind": "surge", "factor": 1.15 + 0.45 * chance.uniform()},
        "slow": {"kind": "slow_systems", "factor": 1.12 + 0.3 * chance.uniform()},
        "away": {
            "kind": "long_pause",
            "agents": max(1, round(agents * (0.06 + 0.14 * chance.uniform()))),
            "teams": ["sales"],
        },
    }.get(trouble, {})
    if not typed:
        return ()
    if trouble == "away":
        when["until"] = _clock(CLOSES * 60)
    return Timeline.model_validate({"incidents": [{**typed, **when}]}).incidents


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
