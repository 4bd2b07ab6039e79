"""The reserve of a queue: who could come to it now, in words; counted for everybody, by name for a lead.

Those come first who are not keeping to the schedule, then who is free elsewhere with the skill, then who is off the
phone, paused, and at last who is on a break as due. See `metrics.levers` and `metrics.exceptions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from floorwatch.floor.activity import PAUSED
from floorwatch.floor.agent import Agent
from floorwatch.metrics.attendance import Attendance
from floorwatch.metrics.catalogue import LANGUAGES
from floorwatch.metrics.exceptions import AdherenceException
from floorwatch.metrics.levers import Able, Lever, levers, pause_reason
from floorwatch.metrics.members import GROUP_MIN, Members
from floorwatch.metrics.phrases import message

NAMES_MAX = 6
"""So many are named; of more, how many there are."""
MINUTE_MS = 60_000
ORDER = ("idle_elsewhere", "off_phone", "paused", "on_break")
Text = dict[str, str]


@dataclass(frozen=True, slots=True)
class Coming:
    """One agent who could come. Personal data."""

    agent: str
    way: str
    """Of the phrases `way.…`."""
    queue: str = ""
    """Where the agent is free, if that is one queue."""
    minutes: int = 0
    """For how long, or how much too long; 0: not said."""
    back_at: int = 0
    """When the schedule has the agent back; 0 where it does not say."""


def reserve(
    queue: str,
    able: Able,
    members: Members | None,
    attendance: Attendance,
    out: Iterable[AdherenceException],
    now: int,
) -> list[Coming]:
    """Who could come to a queue of these members, the best first. `out`: who is not keeping to the schedule."""
    found = [against_schedule(one) for one in out if one.agent in able and one.scheduled == "work"]
    lost = {one.agent for one in found}
    others = levers(queue, able, members, attendance, lost, now)
    others = [lever for lever in others if lever.way != "out_of_adherence"]
    others.sort(key=lambda lever: (ORDER.index(lever.way), lever.since, lever.agent))
    return found + [_coming(lever, queue, able[lever.agent], now) for lever in others]


def _coming(lever: Lever, queue: str, agent: Agent, now: int) -> Coming:
    if lever.way == "idle_elsewhere":
        queues = agent.state.joined or agent.configured
        only = queues[0] if len(queues) == 1 else ""
        return Coming(lever.agent, "idle_in" if only else "idle_elsewhere", only)
    activity, since = agent.now_doing(now)
    way = (pause_reason(agent, activity, queue) or lever.way) if lever.way == "off_phone" else lever.way
    # since when somebody is paused in one queue, and free in others, is not kept
    minutes = (now - since) // MINUTE_MS if activity == PAUSED else 0
    return Coming(lever.agent, way, "", minutes, lever.back_at if lever.back_at > now else 0)


def against_schedule(one: AdherenceException) -> Coming:
    """Somebody who is not doing what the schedule says."""
    return Coming(one.agent, one.kind, "", one.minutes)


def counted(coming: list[Coming], group: int) -> Text:
    """`3 on a break over time, 4 free in support with the skill`: of a group of so many agents, and of one so small
    that each way would tell of somebody, their number only."""
    if group < GROUP_MIN:
        return message("advice.could_come", n=len(coming))
    return joined([message("advice.counted", n=len(of), way=way) for way, of in _by_way(coming)], ", ", "，")


def named(coming: list[Coming], time_of: Callable[[int], str]) -> Text:
    """`A17 (6 min) on a break over time; A4 (until 10:30) in training; and 4 more`."""
    parts = [
        message("advice.named", way=way, names=joined([_name(one, time_of) for one in of], ", ", "、"))
        for way, of in _by_way(coming[:NAMES_MAX])
    ]
    if len(coming) > NAMES_MAX:
        parts.append(message("advice.more_names", n=len(coming) - NAMES_MAX))
    return joined(parts, "; ", "；")


def joined(parts: list[Text], english: str, chinese: str) -> Text:
    """The parts as one text, in every language."""
    return {lang: {"en": english, "zh": chinese}[lang].join(part[lang] for part in parts) for lang in LANGUAGES}


def in_every_language(name: str) -> Text:
    """A name, which is the same everywhere."""
    return dict.fromkeys([*LANGUAGES], name)


def _by_way(coming: list[Coming]) -> list[tuple[Text, list[Coming]]]:
    """Grouped by the way they could come, in the order of the first of each."""
    groups: dict[tuple[str, str], list[Coming]] = {}
    for one in coming:
        groups.setdefault((one.way, one.queue), []).append(one)
    return [(message(f"way.{way}", queue=queue), of) for (way, queue), of in groups.items()]


def _name(one: Coming, time_of: Callable[[int], str]) -> Text:
    if one.back_at:
        return message("advice.name_until", name=one.agent, until=time_of(one.back_at))
    if one.minutes:
        return message("advice.name_minutes", name=one.agent, minutes=one.minutes)
    return in_every_language(one.agent)
