"""What the page of agents shows besides the public picture: who does what, who keeps to the schedule, who could come.

A floor may have thousands of agents and is drawn twice a second, so what is sent stands still while nothing happens:
the page ticks from `since`, reads what is scheduled now off the lines of the day, and ratios and times are cut coarsely
enough to move seldom. Nothing here is for a public screen.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from floorwatch.agent_view import AdherenceView, AgentView, AttendanceView, ExceptionView, LeverView
from floorwatch.metrics.rule_matrix import SCHEDULED
from floorwatch.metrics.schedule import Line
from floorwatch.view import FloorView

COUNTED_STEP_MS = 360_000
"""A tenth of an hour: twenty agents move what a team is counted over every 18 s, and not with each picture."""

_PLACES = {activity: place for place, activity in enumerate(SCHEDULED)}

Json = dict[str, Any]
_Of = tuple[AgentView, tuple[Line, ...], int, float | None]
"""What is written of an agent comes from these: also the lines of the day, its start, and the adherence."""


class AgentsPage:
    """Keeps what it has written of each agent, for on a large floor few have changed from one picture to the next."""

    def __init__(self) -> None:
        self._written: dict[str, tuple[_Of, Json]] = {}

    def now(self, view: FloorView) -> Json:
        """Everybody by name, and today's attendance; None while no schedule is known."""
        kept = view.attendance
        return {
            "agents": [self._agent(agent, kept) for agent in sorted(view.agents, key=lambda agent: agent.name)],
            "attendance": None if kept is None else _attendance(kept),
        }

    def _agent(self, agent: AgentView, kept: AttendanceView | None) -> Json:
        day = kept.agents.get(agent.name) if kept is not None else None
        of: _Of = (
            agent,
            kept.lines.get(agent.name, ()) if kept is not None else (),
            kept.day if kept is not None else 0,
            None if day is None else _hundredths(day.adherence),
        )
        written = self._written.get(agent.name)
        if written is None or written[0] != of:
            written = self._written[agent.name] = (of, _agent(*of))
        return written[1]


def _agent(agent: AgentView, lines: Sequence[Line], day: int, adherence: float | None) -> Json:
    return {
        "name": agent.name,
        "team": agent.team,
        "site": agent.site,
        "activity": agent.activity,
        "reason": agent.reason if agent.activity == "paused" else "",
        "since": agent.since or None,
        "queues": agent.queues,
        # A pause in some queues only is none on the whole: it is said beside the activity.
        "paused_in": sorted(filter(None, agent.paused_in)) if agent.activity != "paused" else (),
        "shift": _shift(lines, day),
        "adherence": adherence,
    }


def _shift(lines: Sequence[Line], day: int) -> list[int]:
    """When what begins, in turns: seconds since the day began, and the place in `SCHEDULED`, or -1 for nothing.

    Written out, the lines of 5,000 agents are 1.4 MB; so, 0.3.
    """
    told: list[int] = []
    end = None
    for line in lines:
        if end is not None and line.start != end:
            told += [(end - day) // 1000, -1]
        told += [(line.start - day) // 1000, _PLACES[line.activity]]
        end = line.end
    return told if end is None else [*told, (end - day) // 1000, -1]


def _hundredths(ratio: float | None) -> float | None:
    """Cut, never rounded up; as the page writes percent."""
    return None if ratio is None else math.floor(ratio * 100 + 1e-6) / 100


def _attendance(kept: AttendanceView) -> Json:
    return {
        "day": kept.day,
        "activities": SCHEDULED,
        "version": kept.version,
        "unknown": kept.unknown,
        "floor": _group(kept.floor),
        "teams": _groups(kept.teams),
        "sites": _groups(kept.sites),
        "exceptions": [_exception(one) for one in kept.exceptions],
        "risks": [
            {"name": queue, "lost": lost, "levers": [_lever(one) for one in kept.levers.get(queue, ())]}
            for queue, lost in kept.lost.items()
        ],
        "excuses": msgspec.to_builtins(kept.excuses),
    }


def _groups(groups: Mapping[str, AdherenceView]) -> list[Json]:
    return [{"name": name, **_group(groups[name])} for name in sorted(groups)]


def _group(kept: AdherenceView) -> Json:
    """The ratio of sums of several agents, and over how much time."""
    counted_ms = kept.in_ms + kept.out_ms
    return {
        "agents": kept.agents,
        "adherence": _hundredths(kept.adherence),
        "counted_ms": counted_ms - counted_ms % COUNTED_STEP_MS,
    }


def _exception(found: ExceptionView) -> Json:
    """Without its minutes: they are those since `since`."""
    return {
        "name": found.agent,
        "team": found.team,
        "kind": found.kind,
        "scheduled": found.scheduled,
        "actual": found.actual,
        "reason": found.reason,
        "since": found.since,
        "until": found.until,
        "harm": found.harm,
        "queues": found.queues,
    }


def _lever(lever: LeverView) -> Json:
    return {"name": lever.agent, "way": lever.way, "since": lever.since, "back_at": lever.back_at}
