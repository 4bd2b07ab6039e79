"""Who is on call in each rota at which instant: the turns that were last said of it, and the overrides given since."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from floorwatch.floor.internal import OperatorOverrideEnded, OperatorOverrode, RotaLoaded, RotaTurn

OVERRIDES_MAX = 500
"""What is not over yet is kept up to this number; past it the one that was given first is dropped."""
OVER_KEPT_MS = 28 * 86_400_000
"""What is over is kept so long, the latest `OVER_MAX`: since when somebody is on call depends on who was before."""
OVER_MAX = 100
HANDOVERS_MAX = 500
HANDOVERS_KEPT_MS = 14 * 86_400_000
NOBODY: tuple[str, ...] = ()


class Override(NamedTuple):
    """In [`since`, `until`) this person is on call in the rota, whoever else would be; `until` is when it was ended,
    if it was."""

    id: str
    rota: str
    person: str
    since: int
    until: int
    who: str
    why: str
    at: int
    """When it was given."""


class Handover(NamedTuple):
    """The people of a rota have changed, at `until`; `since` is when those before had begun."""

    rota: str
    since: int
    until: int
    people: tuple[str, ...]
    next_people: tuple[str, ...]

    @property
    def key(self) -> str:
        """Of the report about it."""
        return f"shift:{self.rota}:{self.until}"


class _Known(NamedTuple):
    """What is known of one rota."""

    loaded: RotaLoaded
    starts: tuple[int, ...]
    """Of its turns."""

    def turn(self, at: int) -> RotaTurn | None:
        place = bisect_right(self.starts, at) - 1
        turn = self.loaded.turns[place] if place >= 0 else None
        return turn if turn is not None and at < turn.until else None


class Roster:
    """Every rota. What is not known of one, or not that far ahead, is nobody: the alert must go on to somebody else."""

    def __init__(self) -> None:
        self.overrides: dict[str, Override] = {}
        """By id, in the order in which they were given; also those that were over not long before the latest."""
        self.handovers: list[Handover] = []
        """Those of the last two weeks, the latest last."""
        self._known: dict[str, _Known] = {}
        self._current: dict[str, tuple[int, tuple[str, ...]]] = {}
        """(since when, who) is on call now."""
        self._said_at: dict[str, int] = {}
        """When something was last said of each: what that has changed is so from then on, whenever a turn began."""
        self._fresh: list[Handover] = []
        """Those found since it was asked last."""
        self.due = 0
        """When somebody's turn may end."""

    # What is said

    def load(self, event: RotaLoaded, now: int) -> None:
        """The turns of a rota, from now on instead of what was said of it."""
        self._settle(event.rota, now)
        self._known[event.rota] = _Known(event, tuple(turn.since for turn in event.turns))
        self.due = 0

    def override(self, event: OperatorOverrode, now: int) -> None:
        """Somebody takes over."""
        self._settle(event.rota, now)
        if (before := self.overrides.get(event.override)) is not None:
            self._settle(before.rota, now)
        at: int = event.time  # type: ignore[assignment]
        self.overrides.pop(event.override, None)
        self._forget_overrides(max(now, at))
        self.overrides[event.override] = Override(
            event.override, event.rota, event.person, event.since, event.until, event.who, event.why, at
        )
        self.due = 0

    def _forget_overrides(self, at: int) -> None:
        """There is room for one more."""
        over = [one for one in self.overrides.values() if one.until <= at]
        ahead = [one for one in self.overrides.values() if one.until > at]
        gone = {one.id for one in over if at - one.until > OVER_KEPT_MS} | {one.id for one in over[:-OVER_MAX]}
        gone |= {one.id for one in ahead[: len(ahead) + 1 - OVERRIDES_MAX]} if len(ahead) >= OVERRIDES_MAX else set()
        self.overrides = {id_: one for id_, one in self.overrides.items() if id_ not in gone}

    def end_override(self, event: OperatorOverrideEnded, now: int) -> None:
        """An override is over now, or never comes; nothing happens where there is none of this id."""
        at: int = event.time  # type: ignore[assignment]
        at = max(now, at)  # of what was said long ago, a recovery hears before it knows what time it is
        if (one := self.overrides.get(event.override)) is None or at >= one.until:
            return
        self._settle(one.rota, now)
        if one.since < at:
            self.overrides[one.id] = one._replace(until=at)
        else:
            del self.overrides[one.id]
        self.due = 0

    # What is known

    @property
    def rotas(self) -> list[str]:
        """Those of which something is known, in the order in which they were said first."""
        return list(self._known)

    def loaded(self, rota: str) -> RotaLoaded | None:
        """What was last said of a rota."""
        known = self._known.get(rota)
        return None if known is None else known.loaded

    def overriding(self, rota: str, at: int) -> Override | None:
        """The override that holds: of several the one that was given last."""
        holding = [one for one in self.overrides.values() if one.rota == rota and one.since <= at < one.until]
        return holding[-1] if holding else None

    def on_call(self, rota: str, at: int) -> tuple[str, ...]:
        """Who is on call."""
        if (override := self.overriding(rota, at)) is not None:
            return (override.person,)
        known = self._known.get(rota)
        turn = None if known is None else known.turn(at)
        return NOBODY if turn is None else turn.people

    def change_after(self, rota: str, at: int) -> int | None:
        """The first instant after this one at which other people are on call; None: not as far as is known.

        Where what was said of the rota ends, nobody's turn does; an override ends when it was said to, also after that.
        """
        people, known, edges = self.on_call(rota, at), self._known.get(rota), self._edges(rota, at)
        if known is not None and at < known.loaded.until and self.overriding(rota, at) is None:
            edges = [edge for edge in edges if edge < known.loaded.until]
        return next((edge for edge in edges if self.on_call(rota, edge) != people), None)

    def _edges(self, rota: str, after: int) -> list[int]:
        known, edges = self._known.get(rota), set[int]()
        if known is not None:
            place = max(0, bisect_right(known.starts, after) - 1)
            for turn in known.loaded.turns[place:]:
                edges |= {turn.since, turn.until}
        for one in self.overrides.values():
            if one.rota == rota:
                edges |= {one.since, one.until}
        return sorted(edge for edge in edges if edge > after)

    # Hand-overs

    def current(self, rota: str) -> tuple[int, tuple[str, ...]] | None:
        """(since when, who) is on call, as of the last tick; None: nobody is."""
        current = self._current.get(rota)
        return current if current is not None and current[1] else None

    def tick(self, now: int) -> list[Handover]:
        """The hand-overs up to now, since it was asked last; `due` says when to ask again."""
        if now < self.due:
            return []
        found, self._fresh = self._fresh, []
        ends: list[int] = []
        for rota in self._rotas_ever():
            found += self._handed_over(rota, now)
            if (edges := self._edges(rota, now)) != []:
                ends.append(edges[0])
        self.due = min(ends, default=1 << 62)
        self.handovers += found
        self.handovers = [one for one in self.handovers if now - one.until <= HANDOVERS_KEPT_MS][-HANDOVERS_MAX:]
        return found

    def _rotas_ever(self) -> Iterable[str]:
        return dict.fromkeys([*self._known, *(one.rota for one in self.overrides.values())])

    def _settle(self, rota: str, now: int) -> None:
        """Something else is about to be said of a rota: until now what is known holds."""
        if rota in self._current:
            self._fresh += self._handed_over(rota, now)
            self._said_at[rota] = now

    def _handed_over(self, rota: str, now: int) -> list[Handover]:
        people = self.on_call(rota, now)
        if (current := self._current.get(rota)) is None:
            self._current[rota] = self.began(rota, now), people
            return []
        since, before = current
        if people == before:
            return []
        began = max(self.began(rota, now), self._said_at.get(rota, 0))
        at = began if since < began <= now else now
        self._current[rota] = at, people
        return [Handover(rota, since, at, before, people)] if before else []

    def began(self, rota: str, at: int) -> int:
        """Since when those of then are on call, as far as it is known."""
        people, since = self.on_call(rota, at), at
        known = self._known.get(rota)
        starts = [] if known is None else list(known.starts)
        starts += [edge for one in self.overrides.values() if one.rota == rota for edge in (one.since, one.until)]
        for edge in sorted((edge for edge in starts if edge <= at), reverse=True):
            if self.on_call(rota, edge) != people:
                break
            since = edge
        return since
