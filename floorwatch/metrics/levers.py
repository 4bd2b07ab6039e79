"""Levers: agents a queue could have back, and are not counted as its capacity.

On a break, in a training or a meeting, out of adherence, or idle in another queue with the skill for this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from floorwatch.floor.activity import AVAILABLE, PAUSED
from floorwatch.floor.agent import Agent
from floorwatch.floor.settings import AgentProfile
from floorwatch.metrics.attendance import Attendance
from floorwatch.metrics.exceptions import BREAKS

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
    back_at: int
    """When the schedule has the agent back; 0 where it does not say."""


def levers(
    queue: str,
    agents: Mapping[str, Agent],
    profiles: Mapping[str, AgentProfile],
    attendance: Attendance,
    out: Collection[str],
    now: int,
) -> list[Lever]:
    """Who could come to this queue, those out of adherence (`out`) first. After `settle_agents`."""
    found = []
    for name, agent in agents.items():
        if agent.spent_until is None:
            continue
        serves = agent.state.joined or agent.configured
        profile = profiles.get(name)
        can = queue in serves or (profile is not None and queue in (*profile.queues, *profile.skills))
        if can and (way := _way(agent, queue in serves, name in out, now)) is not None:
            line = attendance.line_at(name, now)
            _, since = agent.now_doing(now)
            off_until = line.end if line is not None and line.activity != "work" else 0
            found.append(Lever(name, way, since, off_until))
    return sorted(found, key=lambda lever: (lever.way != "out_of_adherence", lever.way, lever.since, lever.agent))


def _way(agent: Agent, is_member: bool, is_out: bool, now: int) -> Way | None:
    activity, _ = agent.now_doing(now)
    if is_out:
        return "out_of_adherence"
    if activity == PAUSED:
        reason = agent.state.pauses[-1][1]
        return "on_break" if reason in BREAKS else "off_phone" if reason in OFF_PHONE else "paused"
    return "idle_elsewhere" if activity == AVAILABLE and not is_member else None
