"""Levers: agents a queue could have back, and are not counted as its capacity.

On a break, in a training or a meeting, out of adherence, or idle in another queue with the skill for this one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from floorwatch.floor.activity import AVAILABLE, PAUSED
from floorwatch.floor.agent import Agent
from floorwatch.floor.settings import AgentProfile
from floorwatch.metrics.attendance import Attendance
from floorwatch.metrics.exceptions import BREAKS
from floorwatch.metrics.members import Members

Way = Literal["out_of_adherence", "on_break", "off_phone", "paused", "idle_elsewhere"]
"""out_of_adherence: not doing what is scheduled; on_break: on a break or lunch; off_phone: in a meeting, training or
the like; paused: for another reason, with nothing scheduled; idle_elsewhere: available, but not in this queue."""

OFF_PHONE = ("meeting", "training", "coaching", "off_phone")


@dataclass(frozen=True, slots=True)
class Lever:
    """One agent who could come. Personal data."""

    agent: str
    way: Way
    since: int
    """When the agent began what it is doing."""
    back_at: int
    """When the schedule has the agent back; 0 where it does not say."""


Able = Mapping[str, Agent]
"""Who could serve a queue, by name."""


def able_by_queue(
    agents: Iterable[Agent], profiles: Mapping[str, AgentProfile], members: Mapping[str, Members]
) -> dict[str, dict[str, Agent]]:
    """Who could serve each queue: its members, those configured for it, and those with a skill of its name."""
    able = {queue: {agent.name: agent for agent in of.agents} for queue, of in members.items()}
    for agent in agents:
        profile = profiles.get(agent.name)
        skills = (*profile.queues, *profile.skills) if profile is not None else ()
        for queue in (*agent.configured, *skills):
            able.setdefault(queue, {})[agent.name] = agent
    return able


def levers(
    queue: str, able: Able, members: Members | None, attendance: Attendance, out: Collection[str], now: int
) -> list[Lever]:
    """Who of those able could come to a queue of these members, those out of adherence (`out`) first.

    After `settle_agents`.
    """
    found = []
    belong = {agent.name for agent in members.agents} if members is not None else set()
    for name, agent in able.items():
        if agent.spent_until is None:
            continue
        activity, since = agent.now_doing(now)
        way: Way | None = "out_of_adherence" if name in out else _way(agent, activity, queue, is_member=name in belong)
        if way is not None:
            line = attendance.line_at(name, now)
            off_until = line.end if line is not None and line.activity != "work" else 0
            found.append(Lever(name, way, since, off_until))
    return sorted(found, key=lambda lever: (lever.way != "out_of_adherence", lever.way, lever.since, lever.agent))


def pause_reason(agent: Agent, activity: int, queue: str) -> str | None:
    """Why the agent is paused in this queue or, in this activity, in all of its own; None: it is not."""
    pauses = agent.state.pauses
    reasons = [reason for paused_in, reason in pauses if activity == PAUSED or paused_in in (None, queue)]
    return reasons[-1] if reasons else None


def _way(agent: Agent, activity: int, queue: str, *, is_member: bool) -> Way | None:
    reason = pause_reason(agent, activity, queue)
    if reason is not None and activity in (PAUSED, AVAILABLE):
        return "on_break" if reason in BREAKS else "off_phone" if reason in OFF_PHONE else "paused"
    return "idle_elsewhere" if activity == AVAILABLE and not is_member else None
