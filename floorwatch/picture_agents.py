"""The part of the picture that agents give, and where each one's time of today went."""

from __future__ import annotations

from floorwatch.agent_view import AgentView
from floorwatch.engine import Engine
from floorwatch.floor.activity import ACTIVITIES
from floorwatch.floor.agent import Agent
from floorwatch.metrics.occupancy import open_ms
from floorwatch.metrics.unseen import unseen_activities, unseen_of_agent


class AgentsShown:
    """Keeps from one picture to the next who does what they did."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[object, AgentView]] = {}

    def of(self, agent: Agent, activity: int, since: int) -> AgentView:
        """One agent as he is now, doing this since then."""
        state = agent.state
        queues = state.joined if state.joined is not None else agent.configured
        of = (activity, since, state.pauses, queues, len(state.contacts), agent.team, agent.site)
        kept = self._kept.get(agent.name)
        if kept is not None and kept[0] == of:
            return kept[1]
        shown = AgentView(
            name=agent.name,
            team=agent.team,
            site=agent.site,
            activity=ACTIVITIES[activity],
            reason=state.pauses[-1][1] if state.pauses else "",
            since=since,
            queues=queues,
            paused_in={queue or "": reason for queue, reason in state.pauses},
            contacts=len(state.contacts),
        )
        self._kept[agent.name] = (of, shown)
        return shown


def seconds_today(engine: Engine, agent: Agent) -> dict[str, float | None]:
    """Today's time of an agent by activity, up to now. None: the feed cannot tell it; left out: there was none.

    After `Agent.settle`.
    """
    books, now = engine.books, engine.now
    day_start = books.calendar.day(now)[0]
    settled = books.times[agent.name].spent_ms(day_start)
    spent = [a + b for a, b in zip(settled, open_ms(agent, day_start, now), strict=True)]
    seconds: dict[str, float | None] = {ACTIVITIES[code]: ms / 1000 for code, ms in enumerate(spent) if ms}
    return seconds | {ACTIVITIES[code]: None for code in unseen_activities(unseen_of_agent(books, agent))}
