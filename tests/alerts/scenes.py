"""Situations a supervisor meets, as the floor tells them: what is said of each, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from floorwatch.alerts.actions import ENOUGH
from floorwatch.alerts.advice import Advisor, Told
from floorwatch.alerts.lifecycle import Alert
from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.internal import ActionMeasured, DaemonTroubled, DeliveryFailed, RulesForeseen, SourceClock
from floorwatch.floor.rules import (
    CLOCK_OFFSET,
    DAEMON_TROUBLE,
    FEED_DOWN,
    LONGEST_WAIT_HIGH,
    NO_AGENTS,
    OUTPUT_FAILING,
    PROJECTION_MISS,
    TARGET,
    Condition,
    Level,
    Limit,
    Rule,
    Severity,
)
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from tests.metrics.attending import Told as Times
from tests.metrics.attending import play

TIMES = Times()
AT = TIMES.ms("10:04")
ZONE = "Europe/Warsaw"
"""An hour ahead of the times below in winter: what is said is in the site's time."""
SALES = ("A11", "A12", "A13", "A14", "A15", "A16", "A17", "A18")
SUPPORT = ("B21", "B22", "B23")
CRITICAL = Level("critical", Limit(-0.20, "target"))
LEVEL = Condition("service_level", "below", (Level("warning", TARGET), CRITICAL), window="15m")


def settings(*rules: Rule, sales: Iterable[str] = SALES, **more: Any) -> Settings:
    """Sales, a queue of eight; support, of three who can also sell."""
    agents = {name: AgentProfile(team="north", queues=("sales",)) for name in sales}
    agents |= {name: AgentProfile(team="south", queues=("support",), skills=("sales",)) for name in SUPPORT}
    queues = {"sales": QueuePolicy(), "support": QueuePolicy(), "night": QueuePolicy()}
    return Settings(site="Kraków", timezone=ZONE, queues=queues, agents=agents, rules=rules, **more)


def floor(*facts: tuple[str, str], schedule: bool = True, told: Settings | None = None) -> Engine:
    """The floor at 10:04 UTC. Everybody is free from 8:00 on; then these facts, each a line and its agent."""
    engine = Engine(told or settings())
    names = list(engine.settings.agents)
    if schedule:
        lines = ["work 08:00-09:50", "break 09:50-09:58", "work 09:58-12:00"]
        plans = [TIMES.schedule(lines, agent=name).activities for name in names if name != "B23"]
        engine.plan([e.ScheduleLoaded(time=0, source="schedule", version="v1", activities=tuple(sum(plans, ())))])
    said = [TIMES.fact("08:00 available", name) for name in names] + [TIMES.fact(*fact) for fact in facts]
    return play(engine, sorted(said, key=lambda fact: fact.time), AT + 1)


AWAY = (
    ("09:50 paused break", "A17"),
    ("09:50 paused break", "A18"),
    ("09:30 paused training", "B23"),
    ("10:01 offline", "A16"),
)
"""Two have not come back from their break, one is in a training, one has logged out; B21 and B22 are free."""


def waiting(engine: Engine, queue: str, *since: str) -> Engine:
    """Contacts that entered at these times and wait."""
    for n, time in enumerate(since):
        said = e.ContactOffered(time=TIMES.ms(time), source="pbx", contact=f"{queue}{n}", queue=queue)
        engine.apply(said)
    engine.advance(AT + 1)
    return engine


def busy(engine: Engine, queue: str, *names: str) -> Engine:
    """Agents with a contact of this queue since 10:03."""
    for name in names:
        at = {"time": TIMES.ms("10:03"), "source": "pbx", "contact": f"{queue}-{name}", "queue": queue}
        engine.apply(e.ContactOffered(**at))  # type: ignore[arg-type]
        engine.apply(e.ContactAnswered(**at, agent=name))  # type: ignore[arg-type]
    engine.advance(AT + 1)
    return engine


def foreseen(engine: Engine, queue: str = "sales", **said: Any) -> Engine:
    """What the models make of the queue, in full where nothing else is said."""
    full: dict[str, Any] = {
        "until": TIMES.ms("10:15"),
        "present": 5,
        "places": 5,
        "required": 9,
        "needed": 9,
        "by": TIMES.ms("10:06"),
        "chance": 0.91,
        "chance_without": 0.08,
        "level": 0.559,
        "level_low": 0.484,
        "level_high": 0.63,
        "best": 0.94,
        "no_return_at": TIMES.ms("10:11"),
    }
    engine.apply(RulesForeseen(time=AT, source="rules", queue=queue, **(full | said)))
    return engine


def alert(
    rule: Rule, subject: str, value: float | None, *, n: int = 0, severity: Severity = "warning", **more: Any
) -> Alert:
    """One that fires since 10:02."""
    found = Alert(rule, subject, severity, 0.0, TIMES.ms("10:02"), state="firing", value=value, n=n, **more)
    found.fired_at, found.value_at_fire, found.n_at_fire = TIMES.ms("10:03"), value, n
    return found


def rule(figure: str, compare: Any, limit: Limit | float, scope: Any = "queue", window: str = "", **more: Any) -> Rule:
    """A rule of one condition."""
    limit = limit if isinstance(limit, Limit) else Limit(limit)
    return Rule("r", scope, (Condition(figure, compare, (Level("warning", limit),), window=window),), **more)


LEVEL_LOW = Rule("service_level_low", "queue", (LEVEL,))


def level_alert(severity: Severity = "warning", **more: Any) -> Alert:
    """Sales has answered 61 % in time."""
    return alert(LEVEL_LOW, "sales", 0.6149, n=143, severity=severity, **more)


def told(engine: Engine, about: Alert) -> Told:
    """What is said of it now."""
    return Advisor(engine.watch.gauges).told(about, engine.now)


def clock_off(engine: Engine, source: str, offset_ms: int) -> Engine:
    """A source whose clock is off."""
    engine.apply(SourceClock(time=AT, source=source, offset_ms=offset_ms))
    return engine


def failing(engine: Engine, output: str) -> Engine:
    """An output that does not take what it is given."""
    engine.apply(DeliveryFailed(time=AT, source="outputs", output=output, why="connection refused"))
    return engine


def worked(engine: Engine) -> Engine:
    """It is known what calling somebody in brings to sales."""
    said = {"time": AT, "source": "effects", "kind": "called_in", "queue": "sales", "span": "15m"}
    for n in range(ENOUGH):
        engine.apply(ActionMeasured(**said, action=f"a{n}", effect=0.09, n=40))  # type: ignore[arg-type]
    return engine


def troubled(engine: Engine, trouble: str) -> Engine:
    """Something is wrong with floorwatch itself."""
    engine.apply(DaemonTroubled(time=AT, source="daemon", trouble=trouble))
    return engine


def over(about: Alert, value: float, reason: str = "cleared") -> Alert:
    """The alert, resolved now."""
    about.state, about.resolved_at, about.reason, about.value = "resolved", AT, reason, value
    return about


def lost(engine: Engine) -> Engine:
    """The switch, which has named two queues, is not heard any more since 10:03."""
    waiting(engine, "sales", "10:02:50")
    waiting(engine, "support", "10:02:55")
    engine.apply(e.SourceDown(time=TIMES.ms("10:03"), source="pbx", reason="connection refused"))
    engine.advance(AT + 60_000)
    return engine


def samples() -> dict[str, Told]:
    """What is said, in situations that the documentation shows."""
    ahead: dict[str, Any] = {"needed": None, "no_return_at": None, "chance": 0.0, "best": 0.774}
    enough: dict[str, Any] = {"needed": 5, "chance": 0.93, "chance_without": 0.93, "no_return_at": TIMES.ms("10:15")}
    return {
        "A level under target, and agents who could come": told(
            foreseen(busy(floor(*AWAY), "support", "A11", "A12")), level_alert()
        ),
        "Nobody more is needed": told(foreseen(floor(), **enough), level_alert()),
        "It will not do, whoever comes": told(foreseen(floor(*AWAY), needed=None, chance=0.46), level_alert()),
        "A period that is certain to miss its target": told(
            foreseen(floor(*AWAY), **ahead),
            alert(PROJECTION_MISS, "sales", 0.774, n=80, severity="emergency", until=TIMES.ms("10:15")),
        ),
        "A long wait while agents are free": told(
            waiting(floor(), "sales", "10:01", "10:02:30", "10:03:55"), alert(LONGEST_WAIT_HIGH, "sales", 161_000)
        ),
        "Nobody is there": told(
            waiting(floor(*(("09:50 paused break", name) for name in SALES)), "sales", "10:02", "10:03"),
            alert(NO_AGENTS, "sales", 2, severity="emergency"),
        ),
        "A lost feed": told(lost(floor()), alert(FEED_DOWN, "pbx", 61_000)),
        "A clock that is off": told(clock_off(floor(), "pbx", -2_500), alert(CLOCK_OFFSET, "pbx", -2_500)),
        "An output that does not get through": told(failing(floor(), "hook"), alert(OUTPUT_FAILING, "hook", 61_000)),
        "floorwatch itself": told(
            troubled(floor(), "journal"), alert(DAEMON_TROUBLE, "journal", 6_000, severity="critical")
        ),
        "Too busy for too long": told(
            floor(*AWAY), alert(rule("occupancy", "above", 0.9, window="30m"), "sales", 0.931)
        ),
        "A team that does not keep to its schedule": told(
            floor(*AWAY), alert(rule("exceptions", "at_least", 2, "team"), "north", 3)
        ),
        "An alert that is over": told(floor(), over(level_alert(), 0.83)),
    }
