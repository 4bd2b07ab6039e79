"""The tables: every visit and every stretch of an agent's time, added up as they are over.

All instants and durations are integer milliseconds. Each visit is decided once (see `terms.md`, service-level event):
at its outcome, or at t_q + T where it waited past T. Letters of `decided`: `a` answered in T; `s` abandoned in S, `t`
in T; `x` exited in T; `m` waited past T.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from math import lcm
from zoneinfo import ZoneInfo

from floorwatch.floor import unseen as u
from floorwatch.floor.events import ContactRefused
from simulators.flow.entities import Visit
from simulators.flow.stage import Spans, Spent
from simulators.profile.model import FloorProfile
from simulators.truth.open_times import OpenTimes
from simulators.truth.told import EVENTS, Told

INTERVAL_MS = 900_000
OCCUPIED = frozenset(("talking", "on_hold", "alerting", "wrap_up"))
HIDE_OCCUPANCY = frozenset((u.WRAP_UP, u.ALERTING, u.LOG_IN))
"""Unseen, they look like available time."""
ON_QUEUE = OCCUPIED | {"available"}
Row = Counter[str]
Line = tuple[str, int, int]
"""(activity, start, end) of a schedule, instants in milliseconds."""


class Grid:
    """The site's quarter-hours: counted in elapsed time from the local midnight of each day."""

    def __init__(self, timezone: str) -> None:
        self._zone = ZoneInfo(timezone)
        self._midnight = self._next = 0

    def start(self, at_ms: int) -> int:
        """The start of the quarter-hour that holds the instant."""
        if not self._midnight <= at_ms < self._next:
            day = self.local(at_ms).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            self._midnight = int(day.timestamp()) * 1000
            self._next = int((day + timedelta(days=1)).timestamp()) * 1000
        return at_ms - (at_ms - self._midnight) % INTERVAL_MS

    def local(self, at_ms: int) -> datetime:
        """The instant on the site's clock."""
        whole, ms = divmod(at_ms, 1000)
        return datetime.fromtimestamp(whole, self._zone).replace(microsecond=ms * 1000)

    def split(self, since_ms: int, until_ms: int) -> list[tuple[int, int]]:
        """(start of the quarter-hour, milliseconds in it) of a stretch of time."""
        pieces = []
        while since_ms < until_ms:
            start = self.start(since_ms)
            end = min(start + INTERVAL_MS, self._next, until_ms)
            pieces.append((start, end - since_ms))
            since_ms = end
        return pieces


class QueueTable:
    """One queue. `total` and the intervals count what `letters` of `QueueTable.visit` say."""

    def __init__(self) -> None:
        self.total: Row = Counter()
        self.exited: Row = Counter()
        self.refused: Row = Counter()
        self.wait_ms_max: int | None = None
        self.by_event: defaultdict[int, Row] = defaultdict(Counter)
        self.by_arrival: defaultdict[int, Row] = defaultdict(Counter)
        self.longest: dict[int, int] = {}
        """Interval to the longest wait that ended in it."""
        self.members_ms: defaultdict[int, Row] = defaultdict(Counter)
        """Interval to its members' `occupied` and `available` time, and to their `load`, in parts of `Tables.whole`."""
        self.members: defaultdict[int, set[str]] = defaultdict(set)
        """Interval to its members, where what they do cannot be told of all of them."""


class AgentTable:
    """One agent's time."""

    def __init__(self) -> None:
        self.spent_ms: Row = Counter()
        self.paused_ms: Row = Counter()
        self.paused_by_queue_ms: defaultdict[str, Row] = defaultdict(Counter)
        self.counts: Row = Counter()
        self.load_ms = 0
        self.scheduled: list[Line] = []
        """In order of time."""
        self.in_ms = self.worked_ms = self.extra_ms = 0
        """In adherence (preset `strict`); on the queue at all; on the queue while nothing was scheduled."""
        self._line = 0

    def adhere(self, activity: str, reason: str, since_ms: int, until_ms: int) -> None:
        """Hold one stretch of time, not earlier than the one before it, against the schedule.

        Strict: at work when on the queue, elsewhere when paused with the activity's name as reason.
        """
        is_on_queue = activity in ON_QUEUE
        if is_on_queue:
            self.worked_ms += until_ms - since_ms
            self.extra_ms += until_ms - since_ms
        while self._line < len(self.scheduled) and self.scheduled[self._line][2] <= since_ms:
            self._line += 1
        for planned, begins_ms, ends_ms in self.scheduled[self._line :]:
            if begins_ms >= until_ms:
                break
            both_ms = min(until_ms, ends_ms) - max(since_ms, begins_ms)
            if is_on_queue:
                self.extra_ms -= both_ms
            if is_on_queue if planned == "work" else activity == "paused" and reason == planned:
                self.in_ms += both_ms


class Tables:
    """Writes down a simulated day, as one protocol can tell it. A `Witness`. `schedule`: (agent, line) in order."""

    def __init__(self, profile: FloorProfile, schedule: Iterable[tuple[str, Line]] = (), told: Told = EVENTS) -> None:
        self.profile = profile
        self.told = told
        self.grid = Grid(profile.timezone)
        self.queues = {name: QueueTable() for name in profile.queues}
        self.agents: defaultdict[str, AgentTable] = defaultdict(AgentTable)
        self.from_ms: int | None = None
        self.to_ms: int | None = None
        self._names_members = not told.unseen.isdisjoint(HIDE_OCCUPANCY)
        self._policies = {name: queue.policy for name, queue in profile.queues.items()}
        self._open_times = {
            name: OpenTimes(policy.hours, profile.timezone)
            for name, policy in self._policies.items()
            if policy.hours is not None
        }
        self.whole = lcm(*(policy.concurrency for policy in self._policies.values()))
        """One agent, in parts that any number of contacts at once divides evenly."""
        for agent, line in schedule:
            self.agents[agent].scheduled.append(line)

    def unseen_of(self, agent: str) -> frozenset[str]:
        """What of an agent cannot be told: who took no contact wrapped none up, who joined a queue is logged in."""
        table, known = self.agents[agent], {u.REFUSED}
        known |= {u.LOG_IN} if table.spent_ms else set()
        known |= set() if table.counts["answered"] else {u.WRAP_UP}
        return self.told.unseen - known

    def closed(self, spans: Spans) -> None:
        """The day is over: it lasted from the first to the last fact that can be told."""
        untold = ContactRefused if u.REFUSED in self.told.unseen else None
        told = [span for kind, span in spans.items() if kind is not untold]
        if told:
            self.from_ms = self.told.instant(min(first_ms for first_ms, _ in told))
            self.to_ms = self.told.instant(max(last_ms for _, last_ms in told))

    def refused(self, queue: str, reason: str, at_ms: int) -> None:
        """A contact was turned away."""
        self.queues[queue].refused[reason] += 1

    def declined(self, queue: str, agent: str, at_ms: int) -> None:
        """An agent let a contact ring, or rejected it."""
        self.queues[queue].total["declined"] += 1
        self.agents[agent].counts["declined"] += 1

    def over(self, visit: Visit) -> None:
        """A visit is over, with its talk and its wrap-up."""
        table, policy, told = self.queues[visit.queue.name], self._policies[visit.queue.name], self.told
        entered_ms, left_ms = told.instant(visit.entered_ms), told.instant(visit.left_ms)
        wait_ms = self._waited_ms(visit.queue.name, entered_ms, left_ms)
        in_threshold = wait_ms <= policy.threshold_ms
        total, event = table.total, table.by_event[self.grid.start(left_ms)]
        arrived = self.grid.start(entered_ms)
        table.by_event[arrived]["offered"] += 1
        total["offered"] += 1
        if visit.outcome == "answered":
            self._answered(visit, table, wait_ms, left_ms)
            letter, kind = "a", "answered"
        elif visit.outcome == "abandoned":
            letter, kind = ("s" if wait_ms <= policy.short_abandon_ms else "t"), "abandoned"
            total["abandoned_in_threshold"] += in_threshold
        else:
            letter, kind = "x", "exited"
            table.exited[told.exits_as.get(visit.outcome, visit.outcome)] += 1
        for row in (total, event):
            row[kind] += 1
            row["answered_in_threshold"] += letter == "a" and in_threshold
            row["abandoned_short"] += letter == "s"
        letter, at_ms = (letter, left_ms) if in_threshold else ("m", self._due_ms(visit.queue.name, entered_ms))
        for row in (total, table.by_event[self.grid.start(at_ms)], table.by_arrival[arrived]):
            row[letter] += 1
        if kind == "answered":
            for row in (event, table.by_arrival[arrived]):
                row["timed"] += 1
                row["wait_ms"] += wait_ms
        table.wait_ms_max = max(wait_ms, table.wait_ms_max or 0)
        interval = self.grid.start(left_ms)
        table.longest[interval] = max(wait_ms, table.longest.get(interval, 0))

    def waits(self, visit: Visit) -> None:
        """A contact still waits at the end, and was a miss if T has passed by then."""
        table, entered_ms = self.queues[visit.queue.name], self.told.instant(visit.entered_ms)
        arrived, due_ms = self.grid.start(entered_ms), self._due_ms(visit.queue.name, entered_ms)
        table.by_event[arrived]["offered"] += 1
        table.total["offered"] += 1
        table.total["waiting_at_end"] += 1
        if self.to_ms is not None and due_ms <= self.to_ms:
            for row in (table.total, table.by_event[self.grid.start(due_ms)], table.by_arrival[arrived]):
                row["m"] += 1

    def _waited_ms(self, queue: str, entered_ms: int, left_ms: int) -> int:
        times = self._open_times.get(queue)
        return left_ms - entered_ms if times is None else times.waited_ms(entered_ms, left_ms)

    def _due_ms(self, queue: str, entered_ms: int) -> int:
        times, threshold_ms = self._open_times.get(queue), self._policies[queue].threshold_ms
        return entered_ms + threshold_ms if times is None else times.due_ms(entered_ms, threshold_ms)

    def _answered(self, visit: Visit, table: QueueTable, wait_ms: int, left_ms: int) -> None:
        assert visit.agent is not None
        ended_ms = self.told.instant(visit.ended_ms)
        hold_ms = 0 if "hold" in self.told.unseen else visit.hold_ms
        self.agents[visit.agent.name].counts["answered"] += 1
        total = table.total
        total["timed"] += 1
        total["wait_ms"] += wait_ms
        total["talk_ms"] += ended_ms - left_ms - hold_ms
        total["hold_ms"] += hold_ms
        total["wrap_up_ms"] += 0 if self.told.times_wrap_up else visit.wrap_up_ms
        total["handled"] += 1
        total["transferred"] += visit.is_transferred

    def spent(self, agent: str, spent: Spent) -> None:
        """An agent has spent a stretch of time."""
        table, queues = self.agents[agent], spent.queues
        since_ms, until_ms = self.told.instant(spent.since_ms), self.told.instant(spent.until_ms)
        if self.to_ms is not None:
            until_ms = max(since_ms, min(until_ms, self.to_ms))
        seen = self.told.seen_as.get(spent.activity, spent.activity)
        load = self._load(seen, spent.in_hand)
        table.spent_ms[seen] += until_ms - since_ms
        table.load_ms += load * (until_ms - since_ms)
        table.adhere(seen, spent.reason, since_ms, until_ms)
        if seen == "paused":
            table.paused_ms[spent.reason] += until_ms - since_ms
            for queue in queues:
                table.paused_by_queue_ms[queue][spent.reason] += until_ms - since_ms
        kind = "occupied" if seen in OCCUPIED else seen
        if kind not in ("occupied", "available") and not self._names_members:
            return
        for start, ms in self.grid.split(since_ms, until_ms):
            for queue in queues:
                members = self.queues[queue]
                members.members_ms[start][kind] += ms
                members.members_ms[start]["load"] += load * ms
                if self._names_members:
                    members.members[start].add(agent)

    def _load(self, activity: str, in_hand: tuple[str, ...]) -> int:
        """How much of the agent it took, `whole` being all: each contact its share, wrap-up everything."""
        if activity not in OCCUPIED:
            return 0
        return sum(self.whole // self._policies[queue].concurrency for queue in in_hand) or self.whole


class Together:
    """Several witnesses of one day."""

    def __init__(self, *witnesses: Tables) -> None:
        self._witnesses = witnesses

    def closed(self, spans: Spans) -> None:
        """The day is over."""
        for witness in self._witnesses:
            witness.closed(spans)

    def refused(self, queue: str, reason: str, at_ms: int) -> None:
        """A contact was turned away."""
        for witness in self._witnesses:
            witness.refused(queue, reason, at_ms)

    def declined(self, queue: str, agent: str, at_ms: int) -> None:
        """An agent let a contact ring, or rejected it."""
        for witness in self._witnesses:
            witness.declined(queue, agent, at_ms)

    def over(self, visit: Visit) -> None:
        """A visit is over."""
        for witness in self._witnesses:
            witness.over(visit)

    def waits(self, visit: Visit) -> None:
        """A contact still waits at the end."""
        for witness in self._witnesses:
            witness.waits(visit)

    def spent(self, agent: str, spent: Spent) -> None:
        """An agent has spent a stretch of time."""
        for witness in self._witnesses:
            witness.spent(agent, spent)
