"""Counters of settled facts against a brute-force recount: whatever comes, in whatever order, looked at or not."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.hours import Hours
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.floor.visit import ABANDONED, EXITED, WAITING, Visit
from floorwatch.metrics import tally as t
from floorwatch.metrics.ledger import QueueLedger
from floorwatch.metrics.parts import parts
from floorwatch.metrics.settled import OUTCOMES, Settled
from floorwatch.store.snapshot import freeze, thaw

START_MS = 1_772_500_020_000
LATENESS_MS = 20_000
LONG_S = 200
CLOSED_S = 60
MINUTES = Hours(tuple(tuple((m * 120_000, m * 120_000 + 60_000) for m in range(720)) for _ in range(7)))
SETTINGS = Settings(
    interval_ms=60_000,
    lateness_ms=LATENESS_MS,
    queues={
        "sales": QueuePolicy(threshold_ms=7_000, short_abandon_ms=2_000, wrap_up_ms=15_000),
        "desk": QueuePolicy(threshold_ms=12_500, hours=MINUTES, exits_count=True),
    },
    agents={"A1": AgentProfile(queues=("sales",))},
    rules=(),  # they look at agents
)
AGENTS = ("A1", "A2", "A3")
Delivery = tuple[int, e.Event]
Place = tuple[str, int]
"""(queue, second)."""

LAST_MS = (LONG_S - 90) * 1000
instants = st.one_of(st.integers(0, LAST_MS), st.integers(0, LAST_MS // 1000).map(lambda second: second * 1000))
delays_ms = st.one_of(
    st.just(0),
    st.integers(-3_000, LATENESS_MS),
    st.integers(LATENESS_MS, LATENESS_MS + 3_000),
    st.integers(LATENESS_MS, 150_000),
)


def _at(fact: e.Event) -> int:
    assert isinstance(fact.time, int)
    return fact.time


@st.composite
def stories(draw: st.DrawFn, *, is_whole: bool = False) -> list[e.Event]:
    """What becomes of one contact. Its entry or its answer may never be told, or nobody knows how it left, unless the
    story `is_whole`: a later fact then says more of an instant long past.
    """
    contact = {"source": "pbx", "contact": f"c{draw(st.integers(1, 25))}"}
    place: dict[str, Any] = contact | {"queue": draw(st.sampled_from(("sales", "desk", "walk_in")))}
    with_agent: dict[str, Any] = place | {"agent": draw(st.sampled_from(AGENTS))}
    at = START_MS + draw(instants)
    left = at + draw(st.integers(0, 30_000))
    is_told = st.just(True) if is_whole else st.integers(0, 9).map(bool)
    facts: list[e.Event] = [e.ContactOffered(time=at, **place)] if draw(is_told) else []
    match draw(st.sampled_from(("answered", "answered", "abandoned", "exited", "waits", "declined", "refused"))):
        case "answered":
            over = left + draw(st.integers(0, 40_000))
            facts += [e.ContactAnswered(time=left, **with_agent)] if draw(is_told) else []
            facts += [draw(st.sampled_from((e.ContactEnded, e.ContactTransferred)))(time=over, **with_agent)]
        case "abandoned":
            facts.append(e.ContactAbandoned(time=left, **place))
        case "exited":
            reasons = ("timeout", "overflow", "never heard of") + (() if is_whole else ("unknown",))
            facts.append(e.ContactExited(time=left, reason=draw(st.sampled_from(reasons)), **place))
        case "declined":
            facts.append(e.ContactAlerting(time=at, **with_agent))
            facts.append(e.ContactDeclined(time=left, **with_agent))
        case "refused":
            facts = [e.ContactRefused(time=at, reason=draw(st.sampled_from(("full", "odd"))), **place)]
    return facts


@st.composite
def states(draw: st.DrawFn) -> list[e.Event]:
    """What an agent says of itself."""
    at, agent = START_MS + draw(instants), draw(st.sampled_from(AGENTS))
    said: tuple[e.AgentState, ...] = ("available", "wrap_up", "paused", "offline")
    state = draw(st.sampled_from(said))
    return [e.AgentStateChanged(time=at, source="pbx", agent=agent, state=state)]


@st.composite
def outages(draw: st.DrawFn) -> list[e.Event]:
    """The feed is lost for a while."""
    at = START_MS + draw(instants)
    return [e.SourceDown(time=at, source="pbx"), e.SourceUp(time=at + draw(st.integers(0, 60_000)), source="pbx")]


@st.composite
def reports(draw: st.DrawFn) -> list[e.Event]:
    """The feed says how the floor is."""
    at = START_MS + draw(instants)
    who = {"contact": f"c{draw(st.integers(1, 25))}", "queue": "sales", "agent": draw(st.sampled_from(AGENTS))}
    return [e.FloorReported(time=at, source="pbx", complete=True, talking=(e.Talking(since=at - 5_000, **who),))]


@st.composite
def floors(draw: st.DrawFn) -> list[Delivery]:
    """Facts in the order in which they come: in time, early by a clock that runs ahead, late, much too late."""
    told = draw(st.lists(st.one_of(stories(), stories(), states(), states(), outages(), reports()), max_size=25))
    deliveries = [(_at(fact) + draw(delays_ms), fact) for facts in told for fact in facts]
    return sorted(deliveries, key=lambda delivery: delivery[0])


class Floor:
    """An engine, told what comes second by second."""

    def __init__(self, deliveries: list[Delivery], engine: Engine | None = None, second: int = 0) -> None:
        self.engine = engine or Engine(SETTINGS)
        self.second = second
        self._coming = [delivery for delivery in deliveries if delivery[0] > START_MS + second * 1000 or not second]

    def step(self) -> None:
        """Apply what comes in the next second, then run its tick."""
        self.second += 1
        until = START_MS + self.second * 1000
        while self._coming and self._coming[0][0] <= until:
            at, fact = self._coming.pop(0)
            self.engine.advance(max(at, self.engine.now))
            self.tell(fact)
        self.engine.advance(until + 1)

    def tell(self, fact: e.Event) -> None:
        """Apply one fact."""
        self.engine.apply(fact)

    def settled(self) -> dict[str, Settled]:
        """Of every queue, as a picture has it."""
        self.engine.books.settle_agents(self.engine.now)
        return {name: ledger.settled() for name, ledger in self.engine.books.ledgers.items()}


class Recounted(Floor):
    """Counts by itself each second as the facts stand when it settles; and sees what comes later for it."""

    def __init__(self, deliveries: list[Delivery]) -> None:
        super().__init__(deliveries)
        self.until_s = START_MS // 1000 - 1_000
        self.tallies: dict[str, int] = {}
        self.waits: dict[str, list[tuple[int, int]]] = {}
        """(place of the outcome, wait in ms) by queue."""

    def step(self) -> None:
        super().step()
        due_s = (START_MS + self.second * 1000 - LATENESS_MS - 1) // 1000
        for name, ledger in self._settled_agents():
            posted = sum(tally for second, tally in _buckets(ledger) if self.until_s < second <= due_s)
            visited = [visit for visit in self._visits() if visit.ledger is ledger]
            if any(visit.ledger is ledger for visit in self._visits()):
                self._compare(posted, [part for visit in visited for part in parts(visit)], due_s)
            self.tallies[name] = self.tallies.get(name, 0) + posted
            ended = [v for v in visited if v.phase != WAITING and v.timed and v.reason != "unknown"]
            self.waits.setdefault(name, []).extend(
                (1 if visit.phase == ABANDONED else 2 if visit.phase == EXITED else 0, visit.wait_ms)
                for visit in ended
                if self.until_s < -(-visit.left_at // 1000) <= due_s
            )
        self.until_s = due_s

    def _compare(self, posted: int, made: list[tuple[int, int, int]], due_s: int) -> None:
        """What the windows hold of these seconds is what the visits make, field by field."""
        counted = sum(tally for at, tally, _ in made if self.until_s < -(-at // 1000) <= due_s)
        for field in ("offered", "answered", "timed", "in_threshold", "abandoned", "past_threshold", "wait_ms"):
            assert t.read(posted, field) == t.read(counted, field), field

    def tell(self, fact: e.Event) -> None:
        """A fact that changes what has settled, or a closed interval, is one correction; any other in time is none.

        Seconds are compared here. A late fact may also move something within its second, which is a correction, too.
        """
        books = self.engine.books
        before, corrections = self._until(self.until_s), self.engine.corrections
        closed_s = books.calendar.closed_before // 1000
        closed = {place: tally for place, tally in self._by_second().items() if place[1] < closed_s}
        super().tell(fact)
        if self._until(self.until_s) != before:
            assert self.engine.corrections == corrections + 1
        elif {place: tally for place, tally in self._by_second().items() if place[1] < closed_s} == closed:
            assert self.engine.corrections - corrections in (0, _at(fact) <= self.until_s * 1000)

    def _settled_agents(self) -> Iterator[tuple[str, QueueLedger]]:
        self.engine.books.settle_agents(self.engine.now)
        yield from self.engine.books.ledgers.items()

    def _visits(self) -> list[Visit]:
        sources = self.engine.books.sources.values()
        return [visit for source in sources for contact in source.contacts.values() for visit in contact.visits]

    def _by_second(self) -> dict[Place, int]:
        found = ((name, _buckets(ledger)) for name, ledger in self._settled_agents())
        return {(name, second): tally for name, buckets in found for second, tally in buckets if tally}

    def _until(self, second: int) -> dict[Place, int]:
        return {place: tally for place, tally in self._by_second().items() if place[1] <= second}


def _buckets(ledger: QueueLedger) -> list[tuple[int, int]]:
    return list(zip(ledger.rolling.seconds, ledger.rolling.tallies, strict=True))


def _fields(settled: Settled) -> list[int]:
    """Every number, none of which may ever fall."""
    waits = [n for waits in settled.waits for n in (*waits.counts, waits.sum_ms)]
    return [t.read(settled.tally, name) for name in t.FIELDS] + waits


@settings(max_examples=25)
@given(floors())
def test_what_has_settled_is_what_was_known_when_it_settled(deliveries: list[Delivery]) -> None:
    """Every second counts as it stood when it settled: each figure, each class of waits, each correction."""
    floor = Recounted(deliveries)
    before: dict[str, list[int]] = {}
    for _ in range(LONG_S):
        floor.step()
        for name, settled in floor.settled().items():
            assert settled.tally == floor.tallies.get(name, 0)
            for place in range(len(OUTCOMES)):
                ended = [wait_ms for outcome, wait_ms in floor.waits[name] if outcome == place]
                counts = [0] * (len(settled.bounds_ms) + 1)
                for wait_ms in ended:
                    counts[bisect_left(settled.bounds_ms, wait_ms)] += 1
                assert settled.waits[place] == (tuple(counts), sum(ended))
            fields = _fields(settled)
            assert all(was <= now for was, now in zip(before.get(name, fields), fields, strict=True))
            before[name] = fields


@settings(max_examples=25)
@given(floors(), st.sets(st.integers(1, LONG_S - 1), max_size=8), st.integers(1, LONG_S - 1))
def test_nobody_need_look_for_it_to_settle(deliveries: list[Delivery], looks: set[int], cut: int) -> None:
    """Looked at every second, now and then, never, or put away and taken out again: the same totals."""
    seen, seldom = Floor(deliveries), Floor(deliveries)
    for second in range(1, LONG_S + 1):
        seen.step()
        seldom.step()
        settled = seen.settled()
        if second in looks:
            assert seldom.settled() == settled
        if second == cut:
            seldom = Floor(deliveries, thaw(freeze(seldom.engine)), second)
    assert seldom.settled() == settled
    assert seldom.engine.corrections == seen.engine.corrections


@settings(max_examples=25)
@given(st.lists(st.one_of(stories(is_whole=True), stories(is_whole=True), states()), max_size=30), st.data())
def test_in_time_everything_is_counted_in_the_end(told: list[list[e.Event]], data: st.DataObject) -> None:
    """Of whole stories told in time and in order the totals are those of all intervals, and nothing is a correction."""
    deliveries: list[Delivery] = []
    for place, story in enumerate(told):
        heard_at = 0
        for fact in story:
            heard_at = max(heard_at, _at(fact) + data.draw(st.integers(-3_000, LATENESS_MS - 1_000)))
            deliveries.append((heard_at, _of_its_own(fact, place)))
    floor = Floor(sorted(deliveries, key=lambda delivery: delivery[0]))
    for _ in range(LONG_S + CLOSED_S):  # outside its hours a queue's clock stands still
        floor.step()
    assert floor.engine.corrections == 0
    for name, settled in floor.settled().items():
        ledger = floor.engine.books.ledgers[name]
        assert settled.tally == sum(interval.tally for interval in ledger.intervals.values())
        assert _answered_within(settled, ledger.threshold_ms) == t.read(settled.tally, "in_threshold")
        assert [sum(waits.counts) for waits in settled.waits] == [
            t.read(settled.tally, "timed"),
            t.read(settled.tally, "abandoned"),
            sum(t.exits(settled.tally).values()),
        ]
        assert settled.waits[0].sum_ms == t.read(settled.tally, "wait_ms")


def test_what_was_known_in_time_is_counted_though_it_is_accounted_later() -> None:
    """Nobody looks at an agent for a minute; a late fact about it then brings its account up to date, and is late."""
    place: dict[str, Any] = {"source": "pbx", "agent": "A2", "queue": "walk_in", "contact": "c1"}
    late = e.AgentStateChanged(time=START_MS + 21_500, source="pbx", agent="A2", state="paused")
    deliveries: list[Delivery] = [
        (START_MS + 21_000, e.ContactAnswered(time=START_MS + 21_000, **place)),
        (START_MS + 29_000, e.ContactEnded(time=START_MS + 29_000, **place)),
        (START_MS + 59_500, late),  # before the minute is closed, which would bring it up to date as well
    ]
    floor = Floor(deliveries)
    for _ in range(70):
        floor.step()
    assert floor.engine.applied == 3
    settled = floor.settled()["walk_in"]
    assert (t.read(settled.tally, "handled"), t.read(settled.tally, "handling_ms")) == (1, 8_000)


def _of_its_own(fact: e.Event, place: int) -> e.Event:
    """The fact, of a contact that no other story tells of."""
    return replace(fact, contact=f"c{place}") if hasattr(fact, "contact") else fact


def _answered_within(settled: Settled, threshold_ms: int) -> int:
    return sum(settled.waits[0].counts[: settled.bounds_ms.index(threshold_ms) + 1])
