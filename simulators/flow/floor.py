"""A call floor as a discrete-event simulation: pure, lazy, seeded. The same arguments, the same events, everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from floorwatch.floor.events import Event
from simulators.chance import Chance
from simulators.flow.agents import Agents
from simulators.flow.arrivals import arrivals, factors
from simulators.flow.contacts import Contacts
from simulators.flow.entities import Agent, Queue
from simulators.flow.roster import Stint, agents_of, day_starts, plan, reality
from simulators.flow.stage import DAY_MS, Stage, Unseen, Witness
from simulators.incidents.model import Incident, Outage, Surge, SwitchRestart
from simulators.profile.model import HOUR_MS, FloorProfile

_HALF_DAY_MS = DAY_MS // 2


def floor_day(
    profile: FloorProfile,
    seed: int,
    start_ms: int,
    days: int = 1,
    *,
    incidents: Sequence[Incident] = (),
    witness: Witness | None = None,
) -> Iterator[Event]:
    """The events of `days` days, the first beginning (its hour 0) at `start_ms`, in order of time, in milliseconds.

    Lazy: can be driven live. What is still in hand when the last day closes is finished past it. Incidents happen every
    day; those of the feed change nothing here (`simulators.faults`). `witness` is told what truly happened.
    """
    return _Floor(Stage(profile, seed, start_ms, tuple(incidents), witness or Unseen()), days).run()


class _Floor:
    agents: type[Agents] = Agents
    contacts: type[Contacts] = Contacts
    """A comparison of two days has its own, in which every contact takes its chances from a stream of its own."""

    def __init__(self, stage: Stage, days: int) -> None:
        self._stage = stage
        self._starts = day_starts(stage.now_ms, days, stage.profile.timezone)
        self._agents = self.agents(stage)
        self._contacts = self.contacts(stage, self._agents)
        self._stints: list[Stint] = plan(stage.profile, stage.incidents)
        streams = Chance.of(stage.seed, "agents")
        for seat, (name, team_name, team) in enumerate(agents_of(stage.profile)):
            queues = tuple((stage.queues[queue], penalty) for queue, penalty in team.penalties.items())
            speed = streams.factor(stage.profile.habits.speed_cv)
            room = max((queue.profile.at_once for queue, _ in queues), default=1)
            stage.agents[name] = Agent(seat, name, team_name, team.site, queues, speed, room)
        self._await_dawn(0)

    def run(self) -> Iterator[Event]:
        return self._stage.run()

    # Arrivals and shifts are drawn from streams of their own, so that changing one leaves the other alone.

    def _await_dawn(self, day: int) -> None:
        midnight_ms = next(self._starts, None)
        if midnight_ms is not None:
            self._stage.at(midnight_ms, partial(self._dawn, day, midnight_ms))

    def _dawn(self, day: int, midnight_ms: int) -> None:
        stage = self._stage
        stage.begin_day(midnight_ms)
        noon = datetime.fromtimestamp((midnight_ms + _HALF_DAY_MS) / 1000, ZoneInfo(stage.profile.timezone))
        by_half_hour = factors(stage.profile, noon.weekday(), Chance.of(stage.seed, day, "volume"))
        surges = [incident for incident in stage.incidents if isinstance(incident, Surge)]
        for name, queue in stage.queues.items():
            own = [surge for surge in surges if not surge.queues or name in surge.queues]
            stream = Chance.of(stage.seed, day, "arrivals", name)
            self._expect(queue, midnight_ms, arrivals(queue.profile, by_half_hour, own, stream))
            if queue.profile.backlog and not day:
                opens_ms = int(queue.profile.shape[0][0] * HOUR_MS)
                stage.at(midnight_ms + opens_ms, partial(self._bring_backlog, queue))
        stream = Chance.of(stage.seed, day, "shifts")
        for stint in self._stints:
            real = reality(stint, stage.profile.habits, stage.incidents, stream)
            if real is not None:
                self._agents.expect(stage.agents[stint.agent], real, midnight_ms)
        for incident in stage.incidents:
            if isinstance(incident, Outage | SwitchRestart):
                stage.at(midnight_ms + incident.at_ms, partial(self._cut, incident, midnight_ms + incident.until_ms))
        self._await_dawn(day + 1)

    def _expect(self, queue: Queue, midnight_ms: int, times_ms: Iterator[int]) -> None:
        time_ms = next(times_ms, None)
        if time_ms is not None:
            self._stage.at(midnight_ms + time_ms, partial(self._arrive, queue, midnight_ms, times_ms))

    def _arrive(self, queue: Queue, midnight_ms: int, times_ms: Iterator[int]) -> None:
        self._contacts.call(queue)
        self._expect(queue, midnight_ms, times_ms)

    def _bring_backlog(self, queue: Queue) -> None:
        for _ in range(queue.profile.backlog):
            self._contacts.call(queue)

    def _cut(self, incident: Outage | SwitchRestart, until_ms: int) -> None:
        is_restart = isinstance(incident, SwitchRestart)
        if is_restart:
            self._contacts.drop_waiting()
        for agent in self._stage.agents.values():
            if is_restart or agent.team in incident.teams or agent.site in incident.sites:  # type: ignore[union-attr]
                agent.dark_until_ms = max(agent.dark_until_ms, until_ms)
                self._contacts.cut_off(agent)
                self._agents.go_dark(agent, until_ms)
