"""One agent's day, written as a supervisor would tell it, played through the engine."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.settings import AdherencePolicy, AgentProfile, QueuePolicy, Settings

AGENT = "A17"
QUEUE = "sales"
DATE = "2026-03-03"
STATES = ("available", "paused", "offline", "wrap_up", "busy", "unreachable", "talking", "alerting")


class Told:
    """Reads `HH:MM[:SS]` of a date (`+1 HH:MM` is the day after) in a time zone."""

    def __init__(self, date: str = DATE, timezone: str = "UTC") -> None:
        self._day = datetime.fromisoformat(date)
        self._zone = ZoneInfo(timezone)

    def ms(self, time: str) -> int:
        """The instant."""
        day, _, clock = time.rpartition(" ")
        hours, minutes, *seconds = map(int, clock.split(":"))
        local = self._day + timedelta(days=int(day or 0))
        local = local.replace(hour=hours, minute=minutes, second=seconds[0] if seconds else 0)
        return int(local.replace(tzinfo=self._zone).timestamp() * 1000)

    def schedule(self, lines: Iterable[str], version: str = "v1", agent: str = AGENT) -> e.ScheduleLoaded:
        """Lines such as `work 08:00-12:00`; `work 22:00-+1 06:00` ends on the day after."""
        activities = []
        for line in lines:
            activity, _, times = line.partition(" ")
            start, _, end = times.rpartition("-")
            activities.append(
                e.ScheduledActivity(agent=agent, activity=activity, start=self.ms(start), end=self.ms(end))
            )
        return e.ScheduleLoaded(time=0, source="schedule", version=version, activities=tuple(activities))

    def fact(self, line: str, agent: str = AGENT) -> e.Event:
        """A line such as `08:00 available`, `10:00 paused break`, `09:58 rings c1`, `10:04 ends c1`, `11:00 down`."""
        words = line.split()
        day = f"{words.pop(0)} " if words[0].startswith("+") else ""
        at, what, *rest = self.ms(day + words[0]), words[1], *words[2:]
        who = {"time": at, "source": "pbx", "agent": agent}
        if what in STATES:
            return e.AgentStateChanged(**who, state=what, reason=rest[0] if rest else None)  # type: ignore[arg-type]
        if what == "down":
            return e.SourceDown(time=at, source="pbx")
        if what == "up":
            return e.SourceUp(time=at, source="pbx")
        kinds = {"rings": e.ContactAlerting, "answers": e.ContactAnswered, "ends": e.ContactEnded}
        if what == "offered":
            return e.ContactOffered(time=at, source="pbx", contact=rest[0], queue=QUEUE)
        return kinds[what](**who, contact=rest[0], queue=QUEUE)


def engine_of(preset: str = "default", lateness_ms: int = 30_000, **policy: object) -> Engine:
    """A floor of one queue and one agent."""
    return Engine(
        Settings(
            lateness_ms=lateness_ms,
            queues={QUEUE: QueuePolicy()},
            agents={AGENT: AgentProfile(team="red", queues=(QUEUE,))},
            adherence=AdherencePolicy(preset=preset, **policy),  # type: ignore[arg-type]
        )
    )


def play(engine: Engine, facts: Iterable[e.Event], until: int) -> Engine:
    """Everything applied in this order, and time gone on to `until`."""
    for fact in facts:
        assert isinstance(fact.time, int)
        engine.advance(max(engine.now, fact.time))
        engine.apply(fact)
    engine.advance(until)
    engine.books.settle_agents(until)
    return engine
