"""Can the target still be met, by how many agents, and until when must something be done?

What is arithmetic is done by arithmetic: with a target p over hits and decided visits, the k visits still to come must
be hits at a rate of (p (decided + k) - hits) / k, and more than k hits there are not. What depends on how the queue
goes on meanwhile is asked of its course (`recovery`).
"""

from __future__ import annotations

from dataclasses import replace

from floorwatch.metrics.service_level import ratio
from floorwatch.metrics.staffing.recovery import Course, Look, Situation
from floorwatch.metrics.staffing.required import least_number

_BEFORE_0 = -1e-12
_PLENTY = 10_000
"""Where so many agents do not meet a target, a few more would not."""


def needed_of_rest(target: float, hits: float, decided: float, coming: float) -> float | None:
    """The service level the visits still to be decided must reach; above 1: it cannot be recovered. None: none come.

    0 where the target is met whatever happens.
    """
    needed = ratio(target * (decided + coming) - hits, coming)
    return None if needed is None else max(0.0, needed)


def best_of_rest(hits: float, decided: float, coming: float) -> float | None:
    """The level at the end if all visits still to be decided are hits."""
    return ratio(hits + coming, decided + coming)


def best_reachable(now: Situation, from_s: float = 0.0) -> float | None:
    """The level at the end if from `from_s` seconds on everything is answered at once, and until then as now."""
    until = min(from_s, now.remaining_s)
    before = tuple((min(end, until), rate) for end, rate in now.arrivals) if until else ()
    course = Course(replace(now, arrivals=before), now.agents)
    return ratio(*_at_best(now, course, course.looks[-1]))


def _at_best(now: Situation, course: Course, look: Look) -> tuple[float, float]:
    """(hits, decided) at the end, if all that is not decided at that look is answered then, and the rest at once."""
    found = course.tally(look.at_s)
    hits, decided = found.level(now.formula)
    rest = found.undecided + _coming(now, look.at_s)
    if now.formula == "answered_only":
        decided += look.waiting - found.undecided  # answered then, too late
    return now.hits + hits + rest, now.decided + decided + rest


def least_agents(now: Situation, target: float, from_s: float = 0.0) -> int | None:
    """The least number of agents, from `from_s` seconds on, with which the target is still met at the end.

    None where it cannot be met even if everyone were answered at once from then on. More agents never make a level
    worse, but for `answered_only`: it does not see who is left waiting, and can gain by leaving the late unanswered.
    """
    best = best_reachable(now, from_s)
    if best is not None and best < target:
        return None

    def margin(agents: int) -> float:
        level = Course(now, agents, from_s).recovery().level
        return 0.0 if level is None else level - target

    return least_number(margin, now.agents, _PLENTY)


def point_of_no_return(now: Situation, target: float) -> float | None:
    """Until when, in seconds from now, acting can still reach the target, if until then the present agents go on.

    Acting is to answer everything from then on at once: the latest time at which that still suffices. The end of the
    period where the target is met without acting; None where it is too late now.
    """
    course = Course(now, now.agents)

    def spare(look: Look) -> float:
        """Hits above what is needed, if from then on all is well."""
        hits, decided = _at_best(now, course, look)
        return hits - target * decided

    looks = course.looks
    if spare(looks[0]) < 0:
        return None
    late = least_number(lambda place: _BEFORE_0 - spare(looks[place]), len(looks) // 2, len(looks) - 1)
    if late is None:
        return now.remaining_s
    one, other = looks[late - 1], looks[late]
    share = spare(one) / (spare(one) - spare(other))
    return one.at_s + share * (other.at_s - one.at_s)


def _coming(now: Situation, since_s: float) -> float:
    """Contacts expected from then to the end of the period."""
    coming, begin = 0.0, 0.0
    for until, rate in now.arrivals:
        coming += rate * max(0.0, until - max(begin, since_s))
        begin = until
    return coming
