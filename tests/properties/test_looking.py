"""Looking changes nothing: an engine of which pictures were taken goes on exactly like one nobody looked at."""

from __future__ import annotations

import random
from typing import Any, Literal

import pytest

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.internal import BackfilledVisit, SourceBackfilled
from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.ingest.source import InputCounts
from floorwatch.metrics import tally as t
from floorwatch.picture import picture
from floorwatch.report import build_report, canonical_json
from floorwatch.view import FloorView

START_MS = 1_772_500_020_000
SETTINGS = Settings(
    interval_ms=60_000,
    lateness_ms=5_000,
    min_sample=3,
    queues={
        "sales": QueuePolicy(wrap_up_ms=20_000),
        "billing": QueuePolicy(threshold_ms=5_000, short_abandon_ms=1_000, wrap_up_ms=3_000),
        "chat": QueuePolicy(),
    },
    agents={"A1": AgentProfile(queues=("sales",))},
)
QUEUES = (*SETTINGS.queues, "walk_in")
STATES = ("available", "available", "wrap_up", "paused", "busy", "offline")
TURNS = ("contact",) * 12 + ("state",) * 4 + ("ring",) * 2 + ("joined", "left", "outage", "reported", "told_again")
Delivery = tuple[int, e.Event]


class _Floor:
    """Half an hour of a small floor; most facts come at once, some late, some much too late, some before their time."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.deliveries: list[Delivery] = []
        self.contacts = 0
        at = START_MS
        while at < START_MS + 1_800_000:
            at += int(self.dice.expovariate(1 / self.dice.choice((500, 3_000, 15_000))))
            getattr(self, f"_{self.dice.choice(TURNS)}")(at)
        self.deliveries.sort(key=lambda delivery: delivery[0])

    def _say(self, kind: Any, at: int, **more: Any) -> None:
        late_ms = self.dice.choice((0, 0, 0, 0, self.dice.randint(0, 9_000), self.dice.randint(0, 700_000)))
        fact = kind(time=at + self.dice.choice((0,) * 30 + (8_000,)), **({"source": "pbx"} | more))
        self.deliveries.append((at + late_ms, fact))

    def _place(self) -> dict[str, str]:
        return {"queue": self.dice.choice(QUEUES), "agent": f"A{self.dice.randint(1, 4)}"}

    def _contact(self, at: int) -> None:
        self.contacts += 1
        place = {"contact": f"c{self.contacts}", **self._place()}
        stay = {name: place[name] for name in ("contact", "queue")}
        self._say(e.ContactOffered, at, **stay)
        answered = at + int(self.dice.expovariate(1 / 8_000))
        if self.dice.random() < 0.2:
            self._say(e.ContactAbandoned, answered, **stay)
            return
        self._say(e.ContactAlerting, at, **place)
        self._say(e.ContactAnswered, answered, **place)
        over = answered + int(self.dice.expovariate(1 / 30_000))
        if self.dice.random() < 0.9:
            self._say(self.dice.choice((e.ContactEnded, e.ContactTransferred)), over, **place)

    def _ring(self, at: int) -> None:
        """A phone rings in vain, sometimes without end: it may interrupt a timed wrap-up."""
        place = {"contact": f"c{self.dice.randint(1, self.contacts + 1)}", **self._place()}
        self._say(e.ContactAlerting, at, **place)
        if self.dice.random() < 0.6:
            self._say(e.ContactDeclined, at + self.dice.randint(0, 30_000), **place)

    def _state(self, at: int) -> None:
        place = self._place()
        if self.dice.random() < 0.8:
            del place["queue"]
        self._say(e.AgentStateChanged, at, state=self.dice.choice(STATES), **place)

    def _joined(self, at: int) -> None:
        self._say(e.AgentJoined, at, **self._place())

    def _left(self, at: int) -> None:
        self._say(e.AgentLeft, at, **self._place())

    def _outage(self, at: int) -> None:
        source = self.dice.choice(("pbx", "web"))
        self._say(e.SourceDown, at, source=source)
        self._say(e.SourceUp, at + self.dice.randint(0, 40_000), source=source)

    def _reported(self, at: int) -> None:
        place = {"contact": f"c{self.dice.randint(1, self.contacts + 1)}", **self._place()}
        talking = (e.Talking(since=at - self.dice.randint(0, 30_000), **place),)
        self._say(e.FloorReported, at, complete=self.dice.random() < 0.3, talking=talking)

    def _told_again(self, at: int) -> None:
        since = at - self.dice.randint(20_000, 400_000)
        self._say(e.SourceGap, at, since=since)
        left = self.dice.randint(since, at) // 1000 * 1000
        place: dict[str, Any] = {"contact": f"c{self.dice.randint(1, self.contacts + 1)}", **self._place()}
        visit = BackfilledVisit(
            entered_at=left - 4_000, left_at=left, wait_ms=4_000, outcome="answered", ended_at=left + 9_000, **place
        )
        self._say(SourceBackfilled, at, since=since, until=at, visits=(visit,))


def _look(engine: Engine) -> FloorView:
    return picture(engine, {}, individuals=True)


def _run(deliveries: list[Delivery], looks: random.Random | None) -> tuple[FloorView, list[tuple[object, ...]], bytes]:
    """The last picture, the alerts and the report."""
    engine = Engine(SETTINGS)
    for at, fact in deliveries:
        for _ in range(looks.choice((0, 0, 1, 2)) if looks is not None and engine.now else 0):
            assert looks is not None
            engine.advance(looks.randint(engine.now, max(engine.now, at)))
            _look(engine)
        engine.advance(at)
        engine.apply(fact)
        if looks is not None and looks.random() < 0.3:
            _look(engine)
    engine.advance(deliveries[-1][0] + 1_500)
    last = _look(engine)
    alerts = [tuple(getattr(alert, name) for name in SEEN) for alert in engine.watch.history]
    return last, alerts, canonical_json(build_report(engine, InputCounts()))


SEEN = ("subject", "state", "pending_at", "fired_at", "resolved_at", "reason", "value_at_fire", "n_at_fire")


@pytest.mark.parametrize("seed", range(15))
def test_a_floor_looked_at_goes_on_like_one_nobody_looked_at(seed: int) -> None:
    """Pictures at random moments leave the last picture, the alerts and the report as they are, byte for byte."""
    deliveries = _Floor(seed).deliveries
    unseen = _run(deliveries, None)
    assert _run(deliveries, random.Random(seed)) == unseen
    assert unseen[0].input.corrections > 10, "a floor without corrections would prove little"
    assert sum(queue.windows["day"].handled for queue in unseen[0].queues) > 10


def test_a_wrap_up_that_a_phone_interrupts_ends_in_its_own_time() -> None:
    """The contact is handled when its timed wrap-up would be over, whoever looks, and in that interval."""
    place: dict[str, Any] = {"source": "pbx", "agent": "A2", "queue": "billing"}
    minute = START_MS // 60_000 * 60_000
    ended = minute + 56_000
    for looks in ((), (1_000, 6_000)):
        engine = Engine(SETTINGS)
        for at, kind, contact in (
            (ended - 9_000, e.ContactAnswered, "c1"),
            (ended, e.ContactEnded, "c1"),
            (ended + 500, e.ContactAlerting, "c2"),
        ):
            engine.advance(at)
            engine.apply(kind(time=at, contact=contact, **place))
        for after_ms in (*looks, 8_000):
            engine.advance(ended + after_ms)
            _look(engine)
        tally = engine.books.ledgers["billing"].intervals[minute].tally
        figures = [t.read(tally, name) for name in ("handled", "handling_ms", "wrap_up_ms")]
        assert figures == [1, 9_000 + 500, 500], "talk, and the wrap-up until the phone rang"


def test_a_late_fact_far_too_old_keeps_its_place_whoever_looks() -> None:
    """One older than anything that is kept counts from the earliest instant there is: the same, looked at or not."""
    reports = set()
    for looks in (None, random.Random(1)):
        deliveries: list[Delivery] = []
        for minute in range(40):
            at = START_MS + minute * 60_000
            state: Literal["available", "paused"] = "paused" if minute % 2 else "available"
            deliveries.append((at, e.AgentStateChanged(time=at, source="pbx", agent="A2", state=state)))
        end = deliveries[-1][0] + 1_000
        old = START_MS + 30_000
        place: dict[str, Any] = {"source": "pbx", "agent": "A2", "contact": "c1", "queue": "sales"}
        deliveries.append((end, e.ContactAnswered(time=old, **place)))
        deliveries.append((end + 1, e.ContactEnded(time=old + 9_000, **place)))
        reports.add(_run(deliveries, looks)[2])
    assert len(reports) == 1
