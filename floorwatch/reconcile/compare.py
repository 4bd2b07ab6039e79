"""Reconciliation: our figures beside what the switch itself counts, and every contact in which the two differ.

The switch is no referee. It counts by rules of its own (a time-out is an abandon, a talk whose agent has logged out is
never completed, thresholds compare whole seconds), so we count our contacts by its rules, too: what differs then is an
error, ours or the switch's, and is called unexplained. What differs between its rules and our definitions is explained,
contact by contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from floorwatch.floor.settings import QueuePolicy
from floorwatch.floor.visit import ABANDONED, ENDED, EXITED, ON_HOLD, TALKING, WAITING, Visit
from floorwatch.ingest.ami.reconcile import SwitchCounters, SwitchQueue
from floorwatch.metrics.parts import parts
from floorwatch.metrics.service_level import FORMULAS, decided, ratio
from floorwatch.reconcile.watched import Stay, Watched, over_at

COUNTED_AS_ABANDONED = ("timeout", "empty", "withdrawn")
"""Exits that the switch adds to its `Abandoned`."""
SECOND_MS = 1_000
EDGE_MS = 20
"""The stream's milliseconds and the switch's seconds are two readings of its clock, about so far apart at most."""


class Difference(NamedTuple):
    """A contact that the switch counts otherwise than we do."""

    contact: str
    why: str


class Row(NamedTuple):
    """One figure of one queue. `ours` None: we have no figure of this kind."""

    figure: str
    switch: float
    by_its_rule: float
    """Our contacts, counted as the switch counts."""
    ours: float | None
    differences: list[Difference]
    """What its rule and our definition count differently."""
    doubts: list[Difference]
    """What the switch may have seen on the other side of a second's edge."""
    is_count: bool = True

    @property
    def unexplained(self) -> float:
        """What the switch counts and its own rule does not give us, unless a doubt is the reason; 0 is good."""
        missing = round(self.switch - self.by_its_rule, 1)
        return 0.0 if abs(missing) <= len(self.doubts) or (self.doubts and not self.is_count) else missing


class Reconciled(NamedTuple):
    """One queue."""

    queue: str
    rows: list[Row]
    levels: dict[str, float | None]
    """Our service level, by every formula."""
    notes: list[str]
    """Why something may be missing on our side."""


def reconcile(watched: Watched, counters: SwitchCounters) -> list[Reconciled]:
    """Our contacts beside the switch's counters, queue by queue in the order of their names."""
    found = []
    since = watched.counts_since if counters.since is None else counters.since
    for said in sorted(counters.queues, key=lambda queue: queue.queue):
        policy = watched.policies.get(said.queue, QueuePolicy())
        side = _Side(watched, since, counters.at, said, policy)
        found.append(Reconciled(said.queue, list(side.rows()), side.levels(), list(_notes(watched, since))))
    return found


def _notes(watched: Watched, since: int) -> Iterator[str]:
    """Why something may be missing on our side."""
    if since < watched.heard_since:
        yield f"the switch had counted for {(watched.heard_since - since) / 1000:g} s when we began to hear it"
    for start, end in watched.gaps:
        yield f"nothing was heard for {(end - start) / 1000:g} s, and that is not back-filled"


class _Side:
    """One queue: our visits since the switch counts, as they stood when it was asked."""

    def __init__(self, watched: Watched, since: int, at: int, said: SwitchQueue, policy: QueuePolicy) -> None:
        self._at = at
        self._unheard = watched.unheard
        stays = watched.stays.get(said.queue, [])
        self._said = said
        self._policy = policy
        self._stays = [stay for stay in stays if stay.visit.entered_at <= at and _ends_in(stay.visit, since)]
        self._left = [stay for stay in self._stays if stay.visit.phase != WAITING and stay.visit.left_at <= at]
        self._answered = [stay for stay in self._left if stay.visit.phase in (TALKING, ON_HOLD, ENDED)]
        self._gave_up = [stay for stay in self._left if stay.visit.phase == ABANDONED]
        self._completed = [stay for stay in self._answered if self._is_over(stay.visit) and stay.was_member]
        self._abandoned = [stay for stay in self._left if _is_abandon(stay.visit)]

    def _is_over(self, visit: Visit) -> bool:
        return visit.phase == ENDED and visit.talk_ms >= 0 and visit.ended_at <= self._at

    def rows(self) -> Iterator[Row]:
        """Every figure that the switch has."""
        said, edge = self._said, [*self._just_then(), *self._ended_unheard()]
        completed, abandoned = len(self._completed), len(self._abandoned)
        hits, quits = sum(map(self._in_time, self._completed)), sum(map(self._in_time, self._abandoned))
        waiting = len(self._stays) - len(self._left)
        yield Row("completed", said.completed, completed, len(self._answered), list(self._not_completed()), edge)
        yield Row("abandoned", said.abandoned, abandoned, len(self._gave_up), list(self._other_abandons()), edge)
        yield Row("waiting", said.waiting, waiting, waiting, [], edge)
        timed = [stay for stay in self._answered if stay.visit.timed]
        ours = _percent(sum(stay.visit.left_at <= stay.visit.deadline for stay in timed), len(timed))
        in_time, of_all = _percent(hits, completed), _percent(hits + quits, completed + abandoned)
        doubts = [*edge, *self._near_threshold(self._completed)]
        late = list(self._at_the_threshold())
        yield Row("level_of_completed", said.percent_of_completed, in_time, ours, late, doubts, False)
        doubts = [*doubts, *self._near_threshold(self._abandoned)]
        yield Row("level_of_all", said.percent_of_all, of_all, None, [], doubts, False)
        ours_hold = _mean_s(stay.visit.wait_ms for stay in timed)
        yield Row("hold_seconds", said.hold_s, self._hold_s(), ours_hold, [], edge, False)
        talks = [stay.visit for stay in self._answered if self._is_over(stay.visit)]
        ours_talk = _mean_s(visit.talk_ms + visit.hold_ms for visit in talks)
        yield Row("talk_seconds", said.talk_s, self._talk_s(), ours_talk, [], edge, False)

    def levels(self) -> dict[str, float | None]:
        """Our service level of the same visits at the same instant, by every formula."""
        counted = (part for stay in self._stays for part in parts(stay.visit))
        tally = sum(amount for at, amount, _ in counted if at <= self._at)
        levels = {f: decided(tally, f, exits_count=self._policy.exits_count) for f in FORMULAS}
        return {formula: ratio(hits, n) for formula, (hits, n) in levels.items()}

    def _in_time(self, stay: Stay) -> bool:
        """As the switch sees it: the difference of two readings of its clock, each cut to the second."""
        return stay.visit.timed and _seconds(stay.visit.entered_at, stay.visit.left_at) <= self._said.threshold_s

    def _hold_s(self) -> int:
        counted = [over_at(stay.visit) for stay in self._completed] + [stay.visit.left_at for stay in self._abandoned]
        first_at, held_s = min(counted, default=self._at), 0
        for stay in sorted(self._answered, key=lambda stay: stay.visit.left_at):
            new_s = _seconds(stay.visit.entered_at, stay.visit.left_at)
            held_s = new_s if stay.visit.left_at <= first_at else (3 * held_s + new_s) >> 2
        return held_s

    def _talk_s(self) -> int:
        talked_s: int | None = None
        in_order = all(stay.order for stay in self._completed)  # a log's seconds do not tell it, its lines do
        for stay in sorted(self._completed, key=lambda stay: stay.order if in_order else stay.visit.ended_at):
            new_s = _seconds(stay.visit.left_at, stay.visit.ended_at)
            talked_s = new_s if talked_s is None else (3 * talked_s + new_s) >> 2
        return talked_s or 0

    # Contact by contact

    def _not_completed(self) -> Iterator[Difference]:
        for stay in self._answered:
            if not self._is_over(stay.visit):
                yield Difference(stay.contact, "answered, and talk is not over: the switch counts it at its end")
            elif not stay.was_member:
                gone = f"{stay.visit.agent} was no member of the queue when talk ended"
                yield Difference(stay.contact, f"{gone}: the switch never counts it")

    def _other_abandons(self) -> Iterator[Difference]:
        for stay in self._abandoned:
            if stay.visit.phase == EXITED:
                yield Difference(stay.contact, f"left by {stay.visit.reason}: no abandon for us, one for the switch")

    def _just_then(self) -> Iterator[Difference]:
        for stay in self._stays:
            instants = (stay.visit.entered_at, stay.visit.left_at, over_at(stay.visit))
            if any(abs(instant - self._at) <= SECOND_MS for instant in instants):
                yield Difference(stay.contact, "changed within a second of the moment the switch was asked")

    def _ended_unheard(self) -> Iterator[Difference]:
        for stay in self._answered:
            over = over_at(stay.visit)
            if self._is_over(stay.visit) and any(since <= over <= until for since, until in self._unheard):
                where = "whether its agent belonged to the queue then is not known"
                yield Difference(stay.contact, f"talk ended while the switch was not heard: {where}")

    def _near_threshold(self, stays: Iterable[Stay]) -> Iterator[Difference]:
        for stay in stays:
            start, end = stay.visit.entered_at, stay.visit.left_at
            if start % SECOND_MS and stay.visit.timed:  # else from a log, whose seconds are the switch's own
                shortest, longest = _seconds(start + EDGE_MS, end - EDGE_MS), _seconds(start - EDGE_MS, end + EDGE_MS)
                if shortest <= self._said.threshold_s < longest:
                    yield Difference(stay.contact, f"waited {shortest} s or {longest} s by the switch's clocks")

    def _at_the_threshold(self) -> Iterator[Difference]:
        completed = set(map(id, self._completed))
        for stay in self._answered:
            if not stay.visit.timed:
                yield Difference(stay.contact, "its entry is not known: out of every service level of ours")
                continue
            hit, theirs = stay.visit.left_at <= stay.visit.deadline, self._in_time(stay)
            waited_s = stay.visit.wait_ms / 1000
            if id(stay) not in completed:
                yield Difference(stay.contact, f"{'in' if hit else 'not in'} time for us, not completed for the switch")
            elif hit is not theirs and self._policy.hours is not None:
                yield Difference(stay.contact, f"waited {waited_s:.1f} s of the queue's hours: the switch knows none")
            elif hit is not theirs and self._policy.threshold_ms != self._said.threshold_s * 1000:
                yield Difference(
                    stay.contact,
                    f"waited {waited_s:.1f} s: the switch's threshold is {self._said.threshold_s} s,"
                    f" ours {self._policy.threshold_ms / 1000:g} s",
                )
            elif hit is not theirs:
                theirs_s = _seconds(stay.visit.entered_at, stay.visit.left_at)
                yield Difference(stay.contact, f"waited {waited_s:.3f} s: the switch's clocks, cut, say {theirs_s} s")


def _is_abandon(visit: Visit) -> bool:
    return visit.phase == ABANDONED or (visit.phase == EXITED and visit.reason in COUNTED_AS_ABANDONED)


def _ends_in(visit: Visit, since: int) -> bool:
    """Whether it was not over before the switch began to count."""
    return visit.phase in (WAITING, TALKING, ON_HOLD) or over_at(visit) >= since


def _seconds(start: int, end: int) -> int:
    return end // 1000 - start // 1000


def _percent(part: int, whole: int) -> float:
    """As the switch prints it: one digit, and 0 of nothing."""
    return round(100 * part / whole, 1) if whole else 0.0


def _mean_s(values_ms: Iterable[int]) -> float | None:
    values = list(values_ms)
    return round(sum(values) / len(values) / 1000, 1) if values else None
