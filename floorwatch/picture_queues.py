"""The part of the picture that a queue gives: its tile, and what its figures are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from floorwatch.engine import Engine
from floorwatch.floor import unseen as u
from floorwatch.floor.activity import ABSENT, ACTIVITIES
from floorwatch.floor.agent import Agent
from floorwatch.floor.hours import BusinessClock
from floorwatch.metrics import tally as t
from floorwatch.metrics.accounts import accounts_now
from floorwatch.metrics.interval import Interval
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.measures import abandon_ratio, finished
from floorwatch.metrics.members import Members
from floorwatch.metrics.occupancy import at_work_ms, load_occupancy, occupancy
from floorwatch.metrics.service_level import FORMULAS, decided, level, ratio
from floorwatch.metrics.unseen import unseen_of_queue
from floorwatch.view import WINDOWS, Ahead, HoursView, IntervalView, QueueView, TrendPoint, Verdict, WindowView

Doing = Mapping[str, tuple[int, int]]
"""Agent to (activity, since when)."""
Occupied = Mapping[tuple[str, int], Sequence[int]]
"""(queue, interval start) to the members' milliseconds by activity; see `occupancy.by_interval`."""

OPEN = "interval"
TREND_MS = 3_600_000
"""How far back a trend goes."""
NOBODY: Sequence[Agent] = ()


def figures(ledger: QueueLedger, tally: int, unseen: frozenset[str]) -> WindowView:
    """What a tally says, but for what the queue's feeds cannot tell."""
    policy = ledger.policy
    levels = {f: decided(tally, f, exits_count=policy.exits_count) for f in FORMULAS}
    hits, n = levels[policy.formula]
    handled = t.read(tally, "handled")
    return WindowView(
        offered=t.read(tally, "offered"),
        answered=t.read(tally, "answered"),
        answered_in_threshold=t.read(tally, "in_threshold"),
        abandoned=t.read(tally, "abandoned"),
        abandoned_short=t.read(tally, "abandoned_short"),
        exited=sum(t.exits(tally).values()),
        level=ratio(hits, n),
        level_n=n,
        level_hits=hits,
        service_level={formula: ratio(*counts) for formula, counts in levels.items()},
        service_level_n={formula: counts[1] for formula, counts in levels.items()},
        asa_ms=ratio(t.read(tally, "wait_ms"), t.read(tally, "timed")),
        asa_n=t.read(tally, "timed"),
        abandon_ratio=abandon_ratio(tally),
        abandon_ratio_n=finished(tally),
        aht_ms=None if u.WRAP_UP in unseen else ratio(t.read(tally, "handling_ms"), handled),
        handled=handled,
    )


class QueuesShown:
    """Keeps from one picture to the next what has not changed: in half a second most windows of most queues.

    What is kept is the same object in both pictures, so that readers need not compare what is in it.
    """

    def __init__(self) -> None:
        self._windows: dict[tuple[str, str], tuple[int, frozenset[str], WindowView]] = {}
        """(queue, window) to the tally and what is unseen of it, and what they are shown as."""
        self._trends: dict[str, tuple[object, tuple[TrendPoint, ...]]] = {}

    def of(
        self,
        engine: Engine,
        ledger: QueueLedger,
        members: Members | None,
        doing: Doing,
        occupied: Occupied,
        states: set[str],
        ahead: Ahead,
    ) -> QueueView:
        """One queue as it is now. `states`: of its alerts. After `settle_agents`."""
        now, policy = engine.now, ledger.policy
        known, unseen = ledger.unknown_since is None, unseen_of_queue(engine.books, ledger)
        accounts = accounts_now(engine.books, ledger, now, occupied)
        windows = {name: self._window(ledger, name, accounts[name].tally, unseen) for name in WINDOWS}
        heard = [engine.books.sources[name].last_event_at for name in ledger.sources]
        oldest = ledger.oldest_wait() if known else None
        longest_ms = None if oldest is None else max(0, ledger.waited_ms(oldest, now))
        staff = _staff(engine, NOBODY if members is None else members.agents, ledger.name, doing)
        is_staffed = known and members is not None
        return QueueView(
            name=ledger.name,
            channel=ledger.channel,
            target=policy.target,
            threshold_ms=policy.threshold_ms,
            short_abandon_ms=policy.short_abandon_ms,
            formula=policy.formula,
            verdict=_verdict(engine, ledger, windows["15m"], states),
            unknown_since=ledger.unknown_since,
            waiting=len(ledger.waiting) if known else None,
            waiting_past_threshold=sum(visit.deadline < now for visit in ledger.waiting) if known else None,
            longest_wait_ms=longest_ms,
            oldest_since=None if oldest is None else oldest.entered_at,
            projection=ahead.projection if known else None,
            outlook=ahead.outlook if known else None,
            hours=None if ledger.clock is None else _hours(ledger.clock, now, longest_ms),
            concurrency=policy.concurrency,
            room=sum(staff.rooms) if is_staffed else None,
            with_room=sum(map(bool, staff.rooms)) if is_staffed else None,
            windows=windows,
            interval=self._interval(engine, ledger, ledger.interval_at(now), unseen, occupied),
            trend=self._trend(engine, ledger.name),
            gaps=_gaps(engine, ledger),
            members=staff.activities,
            present=staff.present if is_staffed else None,
            elsewhere=staff.elsewhere if is_staffed else None,
            membership=members.membership if members is not None else "none",
            sources=tuple(ledger.sources),
            last_event_at=max(heard, default=0) or None,
            exits_count=policy.exits_count,
            settled=ledger.settled(),
            tells_wrap_up=u.WRAP_UP not in unseen,
            accounts=accounts,
        )

    def _window(self, ledger: QueueLedger, name: str, tally: int, unseen: frozenset[str]) -> WindowView:
        kept = self._windows.get((ledger.name, name))
        if kept is not None and kept[0] == tally and kept[1] == unseen:
            return kept[2]
        shown = figures(ledger, tally, unseen)
        self._windows[ledger.name, name] = (tally, unseen, shown)
        return shown

    def _trend(self, engine: Engine, queue: str) -> tuple[TrendPoint, ...]:
        points = engine.trends.of(queue)
        kept = self._trends.get(queue)
        if kept is not None and kept[0] == points:
            return kept[1]
        shown = tuple(TrendPoint(*point) for point in points)
        self._trends[queue] = (points, shown)
        return shown

    def _interval(
        self, engine: Engine, ledger: QueueLedger, interval: Interval, unseen: frozenset[str], occupied: Occupied
    ) -> IntervalView:
        hits, n = level(interval.arrival, ledger.policy)
        spent = occupied.get((ledger.name, interval.start))
        incomplete, backfilled = engine.books.gap_marks(ledger, interval.start, interval.end)
        return IntervalView(
            start=interval.start,
            end=interval.end,
            incomplete=incomplete,
            backfilled=backfilled,
            corrected=interval.corrected,
            figures=self._window(ledger, OPEN, interval.tally, unseen),
            level_by_arrival=ratio(hits, n),
            level_by_arrival_n=n,
            occupancy=None if spent is None else occupancy(spent),
            load_occupancy=None if spent is None else load_occupancy(spent, engine.books.capacities.whole),
            occupancy_of_ms=None if spent is None else at_work_ms(spent),
        )


def _gaps(engine: Engine, ledger: QueueLedger) -> tuple[tuple[int, int], ...]:
    sources = [source for source in map(engine.books.sources.__getitem__, ledger.sources) if source.gaps]
    since = engine.now - TREND_MS
    return tuple(sorted(gap for source in sources for gap in source.open_gaps() if gap[1] >= since))


def _hours(clock: BusinessClock, now: int, longest_ms: int | None) -> HoursView:
    is_open, changes_at = clock.change_after(now)
    counts_from = now - longest_ms if is_open and longest_ms is not None else None
    return HoursView(week=clock.hours.texts(), is_open=is_open, changes_at=changes_at, counts_from=counts_from)


def _verdict(engine: Engine, ledger: QueueLedger, window: WindowView, states: set[str]) -> Verdict:
    """`states`: of the queue's alerts."""
    if ledger.unknown_since is not None:
        return "unknown"
    if states & {"firing", "acknowledged"}:
        return "breach"
    if "pending" in states:
        return "warning"
    if window.level is None or window.level_n < engine.settings.min_sample:
        return "small_sample"
    return "warning" if window.level < ledger.policy.target else "fine"


class _Staff(NamedTuple):
    activities: dict[str, int]
    """Members by activity."""
    present: int
    elsewhere: int
    """Present, but on another queue's contact."""
    rooms: list[int]
    """How many contacts of the queue each of those present could take now."""


def _staff(engine: Engine, members: Sequence[Agent], queue: str, doing: Doing) -> _Staff:
    counts = [0] * len(ACTIVITIES)
    present = elsewhere = 0
    rooms, times = [], engine.books.times
    for agent in members:
        activity, state = doing[agent.name][0], agent.state
        counts[activity] += 1
        if activity in ABSENT or (state.pauses and any(paused_in in (None, queue) for paused_in, _ in state.pauses)):
            continue
        present += 1
        contacts = state.contacts
        elsewhere += bool(contacts) and all(contact[2] != queue for contact in contacts)
        rooms.append(times[agent.name].capacity.room(contacts, activity, queue))
    return _Staff({ACTIVITIES[code]: n for code, n in enumerate(counts) if n}, present, elsewhere, rooms)
