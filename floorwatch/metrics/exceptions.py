"""Exceptions: who is not doing what the schedule says, right now, and what that costs the queues that need them.

    harm = productive agents lost to the queues now at risk

An agent out of adherence while scheduled to work is one productive agent lost to each queue at risk that the agent
serves, and none where no such queue is at risk. So exceptions are read by harm, then by how much worse off the worst of
those queues is, and only then by how long they have lasted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from floorwatch.floor.activity import ACTIVITIES, PAUSED, UNKNOWN, UNREACHABLE
from floorwatch.floor.agent import Agent
from floorwatch.floor.steps import Steps, at_once
from floorwatch.metrics.adherence import Judge
from floorwatch.metrics.attendance import Attendance
from floorwatch.metrics.schedule import Line

AGENTS_A_STEP = 250

Kind = Literal[
    "late",
    "missing",
    "early_leave",
    "logged_out",
    "long_break",
    "unscheduled_break",
    "other_pause",
    "unreachable",
    "break_not_taken",
    "not_there",
    "unscheduled_work",
]
"""late: not on the queue yet, less than `MISSING_MS` after the shift began; missing: for longer. early_leave: logged
out in the last activity of the shift; logged_out: before that. long_break: a break or lunch that has not ended when it
should have; unscheduled_break: one that was not due. other_pause: paused for another reason. break_not_taken: working,
or paused for something else, when a break is due. not_there: elsewhere than in a meeting, training or the like.
unscheduled_work: on the queue when nothing is scheduled."""

MISSING_MS = 30 * 60_000
BREAKS = ("break", "lunch")

Risks = Mapping[str, float]
"""Queues now at risk, and how far each is from its target: 0 to 1."""


@dataclass(frozen=True, slots=True)
class AdherenceException:
    """One agent. Personal data: never on a public screen."""

    agent: str
    team: str
    kind: Kind
    scheduled: str
    """The scheduled activity; empty for none."""
    actual: str
    reason: str
    since: int
    until: int
    """When the scheduled activity ends; 0 for none."""
    minutes: int
    harm: float
    """Productive agents lost to the queues now at risk."""
    queues: tuple[str, ...]
    """Those queues, the worst first."""
    risk: float
    """How far the worst of them is from its target."""


def exceptions(
    attendance: Attendance, agents: Mapping[str, Agent], risks: Risks, now: int, delay_ms: int
) -> list[AdherenceException]:
    """Those of these agents who have been out for at least the delay, the most harmful first. After `settle_agents`."""
    return at_once(exceptions_steps(attendance, agents, risks, now, delay_ms))


def exceptions_steps(
    attendance: Attendance, agents: Mapping[str, Agent], risks: Risks, now: int, delay_ms: int
) -> Steps[list[AdherenceException]]:
    """The same in steps."""
    found = []
    for place, (name, agent) in enumerate(agents.items(), 1):
        if place % AGENTS_A_STEP == 0:
            yield
        exception = _of(attendance, agent, risks, now) if name in attendance.schedule.lines else None
        if exception is not None and now - exception.since >= delay_ms:
            found.append(exception)
    return sorted(found, key=lambda one: (-one.harm, -one.risk, one.since, one.agent))


def _of(attendance: Attendance, agent: Agent, risks: Risks, now: int) -> AdherenceException | None:
    judge, line = attendance.judge(agent.name, now), attendance.line_at(agent.name, now)
    activity, reason, _ = judge.doing  # as of `now`: the agent may have gone on since
    if line is not None and line.activity not in attendance.matrix.rows:
        line = None
    if line is None:
        if not judge.extra_since:
            return None
        kind: Kind = "unscheduled_work"
        since = judge.extra_since
    elif not judge.out_since or activity == UNKNOWN:
        return None
    else:
        kind, since = _kind(attendance, agent.name, line, judge, now)
    serves = agent.state.joined or agent.configured  # who has left every queue still belongs to those configured
    queues = tuple(sorted((queue for queue in serves if queue in risks), key=lambda queue: (-risks[queue], queue)))
    is_lost = line is not None and line.activity == "work"
    return AdherenceException(
        agent=agent.name,
        team=agent.team,
        kind=kind,
        scheduled=line.activity if line is not None else "",
        actual=ACTIVITIES[activity],
        reason=reason if activity == PAUSED else "",
        since=since,
        until=line.end if line is not None else 0,
        minutes=(now - since) // 60_000,
        harm=1.0 if is_lost and queues else 0.0,
        queues=queues if is_lost else (),
        risk=risks[queues[0]] if is_lost and queues else 0.0,
    )


def _kind(attendance: Attendance, agent: str, line: Line, judge: Judge, now: int) -> tuple[Kind, int]:
    """(what it is, since when)."""
    lines, since = attendance.schedule.lines[agent], judge.out_since
    activity, reason, activity_since = judge.doing
    if line.activity in BREAKS:
        return "break_not_taken", since
    if line.activity != "work":
        return "not_there", since
    if activity == PAUSED:
        if reason not in BREAKS:
            return "other_pause", since
        place = lines.index(line)
        before = lines[place - 1] if place else None
        follows = before is not None and before.activity in BREAKS and before.end == line.start
        return "long_break" if follows and activity_since <= line.start else "unscheduled_break", since
    if activity == UNREACHABLE:
        return "unreachable", since
    shift = _shift(lines, line)
    if judge.worked_at <= shift[0].start:
        begun = max(shift[0].start, attendance.begun_at, judge.neutral_until)
        return "late" if now - begun < MISSING_MS else "missing", begun
    return "early_leave" if line is shift[-1] else "logged_out", since


def _shift(lines: list[Line], line: Line) -> list[Line]:
    """The unbroken chain of lines this one belongs to."""
    first = last = lines.index(line)
    while first and lines[first - 1].end == lines[first].start:
        first -= 1
    while last + 1 < len(lines) and lines[last + 1].start == lines[last].end:
        last += 1
    return lines[first : last + 1]
