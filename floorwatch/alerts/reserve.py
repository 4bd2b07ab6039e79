"""The reserve of a queue: who could come to it now, in words; counted for everybody, by name for a lead.

Those come first who are not keeping to the schedule. Then, until it is known what works here, who is free elsewhere
with the skill, who is off the phone, paused, and at last who is on a break as due; what has brought more than the
others goes before them (`in_order`). See `metrics.levers`, `metrics.exceptions` and docs/effects.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from floorwatch.alerts.actions import Worked
from floorwatch.floor.activity import PAUSED
from floorwatch.floor.agent import Agent
from floorwatch.metrics.attendance import Attendance
from floorwatch.metrics.catalogue import LANGUAGES
from floorwatch.metrics.exceptions import AdherenceException
from floorwatch.metrics.levers import Able, Lever, levers, pause_reason
from floorwatch.metrics.members import GROUP_MIN, Members
from floorwatch.metrics.phrases import message
from floorwatch.metrics.service_level import ratio

NAMES_MAX = 6
"""So many are named; of more, how many there are."""
MINUTE_MS = 60_000
ORDER = ("idle_elsewhere", "off_phone", "paused", "on_break")
BROUGHT_BY: dict[str, tuple[str, ...]] = {
    "idle_elsewhere": ("moved_agents",),
    "off_phone": ("back_from_training", "back_from_meeting"),
    "paused": ("pauses_ended",),
    "on_break": ("back_from_break",),
}
"""The kinds of action that bring agents back from each."""
PRIOR = 5
"""So many actions as good as all others are taken as seen of each way: one good day is no proof."""
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
    order: Sequence[str] = ORDER,
) -> list[Coming]:
    """Who could come to a queue of these members, the best first. `out`: who is not keeping to the schedule."""
    found = [against_schedule(one) for one in out if one.agent in able and one.scheduled == "work"]
    lost = {one.agent for one in found}
    others = levers(queue, able, members, attendance, lost, now)
    others = [lever for lever in others if lever.way != "out_of_adherence"]
    others.sort(key=lambda lever: (order.index(lever.way), lever.since, lever.agent))
    return found + [_coming(lever, queue, able[lever.agent], now) for lever in others]


def in_order(worked: Iterable[Worked]) -> tuple[str, ...]:
    """The ways by what they have brought here, none left out; of equal worth, and of unknown, as in `ORDER`.

    A way is worth the mean of its effects, drawn towards the mean of all ways as if `PRIOR` more had brought just that;
    one of which nothing is known is worth that mean.
    """
    known = {one.kind: one for one in worked}
    sums = {way: [known[kind] for kind in kinds if kind in known] for way, kinds in BROUGHT_BY.items()}
    n = {way: sum(one.n for one in found) for way, found in sums.items()}
    brought = {way: sum(one.n * one.effect for one in found) for way, found in sums.items()}
    usual = ratio(sum(brought.values()), sum(n.values())) or 0.0
    worth = {way: ratio(brought[way] + PRIOR * usual, n[way] + PRIOR) or 0.0 for way in ORDER}
    return tuple(sorted(ORDER, key=lambda way: (-round(worth[way], 9), ORDER.index(way))))


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
