"""What is known of a FreeSWITCH floor's agents, and what is said of it as `agent.state`.

mod_callcenter keeps a status (what the agent chose: Logged Out, Available, On Break) apart from a state (what the agent
is doing: Waiting, Receiving, In a queue call, Idle). There is no wrap-up in either: after a talk an agent is only not
offered anything for `wrap_up_time` seconds. So

    Logged Out                              -> offline
    On Break                                -> paused, reason ''
    Available, and `wrap_up_time` not over  -> wrap_up
    Available, and Idle after a talk        -> wrap_up, until the agent's state is set to Waiting
    Available, and Idle without a talk      -> paused, reason 'idle', until then
    Available                               -> available

Idle is what an agent on demand is put into after a call, by older versions after an unanswered one too; anybody may set
it by hand. The switch offers an idle agent nothing. It follows a talk when the state was In a queue call before.

Going on break or logging out cuts a wrap-up short; coming back while the switch would still not offer anything resumes
it. A phone that rings ends it: the switch does not ring in a wrap-up, so its time must have been changed. Pure.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from floorwatch.floor import events as e
from floorwatch.floor.events import AgentState
from floorwatch.ingest.facts import Facts
from floorwatch.ingest.freeswitch.lists import Lists, Row, epoch_ms

LOGGED_OUT, ON_BREAK = "Logged Out", "On Break"
AVAILABLE = ("Available", "Available (On Demand)")
IDLE, IN_CALL, RECEIVING, WAITING = "Idle", "In a queue call", "Receiving", "Waiting"
_MS = 1_000

Doing = tuple[AgentState, str | None]
"""A state of the contract and, of a pause, the reason."""
OFFLINE: Doing = ("offline", None)
BREAK: Doing = ("paused", "")
NOT_ACCEPTING: Doing = ("paused", "idle")
WRAP_UP: Doing = ("wrap_up", None)
FREE: Doing = ("available", None)


@dataclass(slots=True)
class Agent:
    """One agent, as far as it has been told."""

    name: str
    status: str = ""
    state: str = ""
    idle: Doing | None = None
    """What being Idle means for it; None while it is not."""
    wrap_up_ms: int = 0
    """`wrap_up_time`, which only the list tells."""
    ready_ms: int = 0
    """When the wrap-up of the latest talk is over; 0 before any."""
    said: Doing | None = None
    """What was last told of the agent."""

    def doing_at(self, time_ms: int) -> Doing | None:
        """What the agent does, talks and ringing aside; None while the status is not known."""
        if self.status == LOGGED_OUT:
            return OFFLINE
        if self.status == ON_BREAK:
            return BREAK
        if self.status not in AVAILABLE:
            return None
        return self.idle or (WRAP_UP if time_ms < self.ready_ms else FREE)


class Agents:
    """The agents of one switch. Everything said goes into `facts`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._agents: dict[str, Agent] = {}
        self._resting: dict[str, Agent] = {}
        """Those whose wrap-up ends by time."""

    def status_of(self, name: str) -> str:
        """The agent's status, as the switch words it; "" when it is not known."""
        return self._known(name).status

    def status_changed(self, name: str, status: str, time_ms: int) -> bool:
        """The agent's status was set. False when it is none we know."""
        if status not in (LOGGED_OUT, ON_BREAK, *AVAILABLE):
            return False
        agent = self._settled(name, time_ms)
        agent.status = status
        self._say(agent, time_ms)
        return True

    def state_changed(self, name: str, state: str, time_ms: int) -> None:
        """The agent's state was set: only Idle keeps an available agent from being offered contacts."""
        agent = self._settled(name, time_ms)
        if state != IDLE:
            agent.idle = None
        elif agent.idle is None:
            agent.idle = WRAP_UP if agent.state == IN_CALL else NOT_ACCEPTING
        agent.state = state
        self._say(agent, time_ms)

    def rang(self, name: str, time_ms: int) -> None:
        """The switch offers the agent a contact: for it the wrap-up is over."""
        agent = self._settled(name, time_ms)
        if agent.said == WRAP_UP:
            agent.ready_ms, agent.idle = min(agent.ready_ms, time_ms), None
            self._say(agent, time_ms)

    def talked(self, name: str, time_ms: int) -> None:
        """A talk of the agent ended."""
        agent = self._settled(name, time_ms)
        agent.ready_ms = time_ms + agent.wrap_up_ms
        self._say(agent, time_ms)

    def tick(self, time_ms: int) -> None:
        """It is this time on the switch's clock: say of wrap-ups that are over when they ended."""
        for name in [name for name, agent in self._resting.items() if agent.ready_ms <= time_ms]:
            self._settled(name, time_ms)

    def restore(self, lists: Lists, at_ms: int, changed: Set[str], added: Set[str]) -> dict[str, object]:
        """Take over the lists of agents and memberships; what `floor.reported` says of them at this instant.

        Of the agents in `changed` something is told next that the lists may know already, so what was known of them
        stands. Those in `added` were added after this instant.
        """
        for row in lists.agents:
            if row["name"] in changed and self.status_of(row["name"]):
                self._known(row["name"]).wrap_up_ms = _wrap_up_ms(row)
            elif row["name"] not in added:
                self._listed(row)
        listed = {row["name"] for row in lists.agents}
        gone = [name for name in self._agents if name not in listed] if lists.whole else []
        for name in gone:
            self._agents[name].status = LOGGED_OUT  # deleted on the switch, which says nothing of it
        for agent in self._agents.values():
            agent.said = agent.doing_at(at_ms)
        self._resting = {agent.name: agent for agent in self._agents.values() if _ends_by_time(agent)}
        states = tuple(
            e.ReportedState(agent=agent.name, state=agent.said[0], reason=agent.said[1])
            for agent in self._agents.values()
            if agent.said is not None
        )
        for name in gone:
            del self._agents[name]
        seats = sorted({(tier["agent"], tier["queue"]) for tier in lists.tiers if tier["agent"] not in added})
        return {"members": tuple(e.Member(agent=agent, queue=queue) for agent, queue in seats), "states": states}

    def _listed(self, row: Row) -> None:
        agent = self._known(row["name"])
        agent.wrap_up_ms = _wrap_up_ms(row)
        agent.status, agent.state = row["status"], row["state"]
        ended_ms = epoch_ms(row, "last_bridge_end")
        # The list knows whole seconds only: what was heard of the same talk's end is better.
        if ended_ms is not None and not ended_ms <= agent.ready_ms - agent.wrap_up_ms < ended_ms + 2 * _MS:
            agent.ready_ms, agent.idle = ended_ms + agent.wrap_up_ms, None
        if agent.state != IDLE:
            agent.idle = None
        elif agent.idle is None:
            has_talked = ended_ms is not None and ended_ms >= (epoch_ms(row, "last_offered_call") or 0)
            agent.idle = WRAP_UP if has_talked else NOT_ACCEPTING

    def _known(self, name: str) -> Agent:
        agent = self._agents.get(name)
        if agent is None:
            agent = self._agents[name] = Agent(name)
        return agent

    def _settled(self, name: str, time_ms: int) -> Agent:
        """The agent, after a wrap-up that is over by this instant has been said to be."""
        agent = self._known(name)
        if name in self._resting and agent.ready_ms <= time_ms:
            self._say(agent, agent.ready_ms)
        return agent

    def _say(self, agent: Agent, time_ms: int) -> None:
        """Say what the agent does from this instant on, where that is news."""
        doing = agent.doing_at(time_ms)
        if doing is not None and doing != agent.said:
            agent.said = doing
            state, reason = doing
            self._facts.add(e.AgentStateChanged, time_ms, agent=agent.name, state=state, reason=reason)
        self._resting.pop(agent.name, None)
        if _ends_by_time(agent):
            self._resting[agent.name] = agent


def _wrap_up_ms(row: Row) -> int:
    seconds = row.get("wrap_up_time", "")
    return int(seconds) * _MS if seconds.isascii() and seconds.isdigit() and len(seconds) <= 6 else 0


def _ends_by_time(agent: Agent) -> bool:
    return agent.said == WRAP_UP and agent.idle is None
