"""Which agents an action has brought, and when they would have come without it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf
from statistics import median
from typing import NamedTuple

from floorwatch.alerts.actions import AGENTS, COMING_MS, Action
from floorwatch.effects.case import Away
from floorwatch.floor.activity import ABSENT, BUSY, PAUSED
from floorwatch.metrics.books import FloorBooks
from floorwatch.metrics.timeline import Stretch

BEFORE_MS = 120_000
"""Who came so shortly before it was said what was done came by it: people act first, and tell afterwards."""
LOG_IN = ("called_in", "moved_agents")
"""Kinds by which agents come who were not paused."""
SHORT_MS = 300_000
"""Who was away for less than this, for no reason of this kind of action, was not brought by it: a switch pauses whoever
lets it ring, for a minute or two."""
KNOWN_PAUSES = 5
"""So many pauses of a reason that are over tell how long it usually lasts, of this long back."""
PAUSES_MS = 12 * 3_600_000
AWAY = (*ABSENT, BUSY)


class Coming(NamedTuple):
    """An agent who came around an action."""

    agent: str
    at: int
    fits: bool
    """From where agents of this kind of action come."""
    back_at: int
    """When they would have come back anyway; 0: that is not known."""


def brought(
    books: FloorBooks, action: Action, did: Mapping[str, Sequence[Stretch]], answered: Collection[str] = ()
) -> dict[str, Coming]:
    """Agents who came by the action, by name.

    Where it was said how many, the first so many to come, those who came from where such agents come first; else all
    of these. `answered`: who has had contacts of the queue since.
    """
    if action.kind not in AGENTS:
        return {}
    found = []
    for name, stretches in did.items():
        came = _came(books, action, name, stretches, answered)
        if came is not None:
            found.append(came)
    if action.agents:
        found.sort(key=lambda one: (not one.fits, one.at, one.agent))
        found = found[: action.agents]
    else:
        found = [one for one in found if one.fits]
    return {one.agent: one for one in found}


def _came(
    books: FloorBooks, action: Action, name: str, stretches: Sequence[Stretch], answered: Collection[str]
) -> Coming | None:
    since, until = action.at - BEFORE_MS, action.at + COMING_MS
    if action.kind == "moved_agents":
        is_here = action.queue in (books.agents[name].state.joined or ()) or name in answered
        return Coming(name, action.at, fits=True, back_at=0) if is_here and name not in action.members else None
    if stretches and since < stretches[0].start <= until:  # nothing was known before: logged in for the first time
        return Coming(name, stretches[0].start, fits=action.kind in LOG_IN, back_at=0)
    for before, after in pairwise(stretches):
        is_back = before.activity in AWAY and after.activity not in AWAY and since < after.start <= until
        if is_back and not _is_short(action, before):
            return Coming(name, after.start, _fits(action, before), _back_at(books, action, name, before))
    return None


def _fits(action: Action, before: Stretch) -> bool:
    """Whether agents of this kind of action come from there."""
    if action.kind in LOG_IN:
        return before.activity != PAUSED
    reasons = AGENTS[action.kind]
    return before.activity == PAUSED and (not reasons or not before.reason or before.reason in reasons)


def _is_short(action: Action, before: Stretch) -> bool:
    """Whether it would have ended by itself as likely as not: nobody had to be called for it."""
    is_named = before.activity == PAUSED and before.reason in AGENTS[action.kind]
    return not is_named and before.end - before.start < SHORT_MS


def _back_at(books: FloorBooks, action: Action, name: str, before: Stretch) -> int:
    """When they would have come back anyway: by the schedule, or as such pauses usually last here; 0: not known."""
    line = books.attendance.line_at(name, before.end - 1)
    if line is not None:
        return line.end if line.activity != "work" else 0
    if before.activity != PAUSED or not before.reason:
        return 0
    lengths = [
        one.end - one.start
        for member in action.members
        for one in books.timeline(member).since(action.at - PAUSES_MS)
        if one.activity == PAUSED and one.reason == before.reason and one.end < action.at
    ]
    return before.start + round(median(lengths)) if len(lengths) >= KNOWN_PAUSES else 0


def without(there: Sequence[tuple[int, int]], coming: Coming | None, at: int, until: int) -> list[tuple[int, int]]:
    """When an agent would have been there, had they not come by the action."""
    if coming is None:
        return list(there)
    back_at = coming.back_at if coming.back_at > coming.at else until + 1
    spans = [(since, min(end, coming.at)) for since, end in there if since < coming.at]
    return spans + [(max(since, back_at), end) for since, end in there if end > back_at]


def away(there: Sequence[tuple[int, int]], own: Iterable[tuple[int, int, int]], at: int, until: int) -> Iterator[Away]:
    """Between these spans, from the action to the end of the span, or for ever. `own`: contacts (from, to, …).

    Who goes when a contact is over was due to go while it was in hand, at one time as likely as at another: by half of
    it on average. Taken by when it went, an agent would be there for longer than it was.
    """
    middles = {end: (since + end) // 2 for since, end, _ in own}
    left_at = at
    for since, end in (*((since, end) for since, end in there if end > at), (until, until)):
        if since > left_at:
            for_s = (since - left_at) / 1000 if since < until else inf
            yield Away((middles.get(left_at, left_at) - at) / 1000, for_s)
        left_at = max(left_at, end)
