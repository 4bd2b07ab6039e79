"""Stories retold by the switch's own log: each a corner in which a contact could be lost, or counted twice."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import msgspec

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.internal import BackfilledDecline, BackfilledVisit, Journalled, SourceBackfilled
from floorwatch.floor.settings import Settings
from floorwatch.ingest.source import InputCounts
from floorwatch.picture import picture
from floorwatch.report import build_report

START = 1_772_500_200_000
PLACE: dict[str, Any] = {"contact": "c", "queue": "q"}


class Floor:
    """An engine that is told a story; times are seconds after the start."""

    def __init__(self) -> None:
        self.engine = Engine(Settings(interval_ms=60_000))
        self.seq = 0

    def tell(self, kind: type[Event], at: float, **more: Any) -> None:
        """A fact heard live, as it happens."""
        self.seq += 1
        time = START + int(at * 1000)
        self.engine.advance(max(self.engine.now, time))
        self.engine.apply(kind(time=time, source="pbx", seq=self.seq, **more))

    def gap(self, since: float, until: float, **report: Any) -> None:
        """The connection is lost and comes back; the switch says what the floor is like then."""
        self.tell(e.SourceDown, since)
        self.tell(e.SourceUp, until)
        self.tell(e.SourceGap, until, since=START + int(since * 1000))
        self.tell(e.FloorReported, until, complete=True, **report)

    def backfill(self, since: float, until: float, *visits: BackfilledVisit, at: float, more: bool = False) -> None:
        """The log tells."""
        gap = {"since": START + int(since * 1000), "until": START + int(until * 1000)}
        self.tell(SourceBackfilled, at, visits=visits, more=more, **gap)

    def until(self, at: float) -> None:
        """Time passes."""
        self.engine.advance(START + int(at * 1000))

    def counts(self) -> dict[str, Any]:
        """The figures of the queue; what is 0 is left out."""
        queue = self.report()["queues"]["q"]
        names = ("offered", "answered", "abandoned", "exited", "declined", "unknown_entry", "waiting_at_end")
        return {name: queue[name] for name in names if queue[name]}

    def report(self) -> dict[str, Any]:
        """What the report would be now; the story may go on."""
        return build_report(deepcopy(self.engine), InputCounts())


def visit(entered: float | None = None, **more: Any) -> BackfilledVisit:
    """A visit as the log tells it: instants in whole seconds after the start."""
    for key in ("left_at", "ended_at"):
        if key in more:
            more[key] = START + more[key] * 1000
    entered_at = None if entered is None else START + int(entered * 1000)
    return BackfilledVisit(contact=more.pop("contact", "c"), queue="q", entered_at=entered_at, **more)


def test_who_came_and_went_unseen_is_counted() -> None:
    """A contact that no stream ever named: its wait, its answer and its talk are those of the log."""
    floor = Floor()
    floor.gap(10, 60)
    told = visit(
        12, left_at=20, wait_ms=8_000, outcome="answered", agent="A17", ended_at=45, talk_ms=25_000, ended_by="agent"
    )
    floor.backfill(10, 60, told, at=70)
    queue = floor.report()["queues"]["q"]
    assert (queue["offered"], queue["answered"], queue["asa_seconds"], queue["talk_seconds"]) == (1, 1, 8, 25)
    assert floor.report()["agents"]["A17"]["answered"] == 1


def test_a_known_entry_keeps_its_milliseconds_and_gets_the_logged_end() -> None:
    """It waited when the connection was lost; the log knows that it timed out, and after how long."""
    floor = Floor()
    floor.tell(e.ContactOffered, 5.4, **PLACE)
    floor.gap(10, 60)
    assert floor.counts() == {"offered": 1, "exited": {"unknown": 1}}
    floor = Floor()
    floor.tell(e.ContactOffered, 5.4, **PLACE)
    floor.gap(10, 60)
    floor.backfill(10, 60, visit(5, left_at=35, wait_ms=30_000, outcome="timeout"), at=70)
    assert floor.counts() == {"offered": 1, "exited": {"timeout": 1}}
    assert floor.report()["queues"]["q"]["wait_seconds_max"] == 30.0


def test_what_was_concluded_at_the_loss_gives_way() -> None:
    """A caller seen leaving just before the loss looked like an abandon; the log says it was a time-out."""
    floor = Floor()
    floor.tell(e.ContactOffered, 1, **PLACE)
    floor.tell(e.ContactAbandoned, 9.8, **PLACE)
    floor.gap(10, 60)
    floor.backfill(10, 60, visit(1, left_at=9, wait_ms=8_000, outcome="timeout"), at=70)
    assert floor.counts() == {"offered": 1, "exited": {"timeout": 1}}


def test_a_contact_still_open_after_the_gap_lives_on() -> None:
    """The log told how it began, the stream tells how it ends: one visit, its wait known, its talk whole."""
    floor = Floor()
    floor.gap(10, 60, talking=(e.Talking(contact="c", queue="q", agent="A17"),))
    floor.backfill(10, 60, visit(20, left_at=30, wait_ms=10_000, outcome="answered", agent="A17"), at=70)
    floor.tell(e.ContactEnded, 90, agent="A17", **PLACE)
    queue = floor.report()["queues"]["q"]
    assert floor.counts() == {"offered": 1, "answered": 1}
    assert (queue["asa_seconds"], queue["talk_seconds"]) == (10, 60)


def test_what_the_stream_tells_after_the_log_is_the_same_fact() -> None:
    """The answer at the gap's very end is heard late: counted once, with its milliseconds; a decline, too."""
    floor = Floor()
    floor.tell(e.ContactOffered, 5.4, **PLACE)
    floor.gap(10, 60.2, waiting=(e.Waiting(contact="c", queue="q", since=START + 5_400),))
    told = visit(
        5,
        left_at=60,
        wait_ms=55_000,
        outcome="answered",
        agent="A17",
        declined=(BackfilledDecline(agent="B2", at=START + 60_000, reason="no_answer"),),
    )
    floor.backfill(10, 60.2, told, at=62)
    floor.tell(e.ContactDeclined, 60.5, agent="B2", reason="rejected", **PLACE)
    floor.tell(e.ContactAnswered, 60.9, agent="A17", **PLACE)
    floor.tell(e.ContactEnded, 80, agent="A17", **PLACE)
    report = floor.report()
    assert floor.counts() == {"offered": 1, "answered": 1, "declined": 1}
    assert report["queues"]["q"]["asa_seconds"] == 55.5
    assert not report["input"]["anomalies"]
    assert report["agents"]["B2"]["declined"] == 1


def test_who_had_just_gone_is_not_counted_again_after_a_long_gap() -> None:
    """The log's seconds reach back over the gap's start; the contact is kept until the gap has been told."""
    floor = Floor()
    floor.tell(e.ContactOffered, 1, **PLACE)
    floor.tell(e.ContactAbandoned, 9.5, **PLACE)
    floor.gap(10, 3_600)
    floor.until(7_200)
    floor.backfill(10, 3_600, visit(1, left_at=9, wait_ms=8_000, outcome="abandoned"), at=7_200)
    assert floor.counts() == {"offered": 1, "abandoned": 1}


def test_a_contact_that_touches_a_told_gap_is_forgotten_as_any_other() -> None:
    """Nothing is kept for a back-fill that has been: memory does not grow with gaps."""
    floor = Floor()
    floor.tell(e.ContactOffered, 1, **PLACE)
    floor.gap(10, 60)
    floor.backfill(10, 60, visit(1, left_at=30, wait_ms=29_000, outcome="abandoned"), at=70)
    floor.tell(e.ContactOffered, 71, contact="other", queue="q")
    floor.tell(e.ContactAbandoned, 72, contact="other", queue="q")
    floor.until(72 + 400)
    assert not floor.engine.books.sources["pbx"].contacts


def test_a_back_fill_that_comes_too_late_changes_nothing() -> None:
    """Four hours after the gap contacts are forgotten: what would count twice is refused, and the gap stays."""
    floor = Floor()
    floor.tell(e.ContactOffered, 1, **PLACE)
    floor.gap(10, 60)
    late = 60 + 4 * 3600 + 1
    floor.until(late)
    floor.backfill(10, 60, visit(1, left_at=30, wait_ms=29_000, outcome="abandoned"), at=late)
    report = floor.report()
    assert floor.counts() == {"offered": 1, "exited": {"unknown": 1}}
    assert report["input"]["anomalies"] == {"backfilled_too_late": 1}
    assert any(interval["incomplete"] for interval in report["queues"]["q"]["intervals"])


def _marks(report: dict[str, Any]) -> list[tuple[bool, bool]]:
    return [(one["incomplete"], one["backfilled"]) for one in report["queues"]["q"]["intervals"]][:4]


def test_a_gap_is_closed_by_what_covers_the_whole_of_it() -> None:
    """Half of it leaves it open; the other half, told apart, closes it; so does the last part of several."""
    floor = Floor()
    floor.tell(e.ContactOffered, 1, **PLACE)
    floor.gap(70, 170)
    floor.backfill(70, 120, at=180)
    floor.backfill(110, 170, visit(1, left_at=80, wait_ms=79_000, outcome="abandoned"), at=181, more=True)
    assert _marks(floor.report()) == [(False, False), (True, False), (True, False), (False, False)]
    floor.backfill(110, 170, at=182)
    assert _marks(floor.report()) == [(False, False), (False, True), (False, True), (False, False)]


def test_an_interval_with_two_gaps_is_complete_when_both_are_told() -> None:
    """The one that nobody has told keeps the interval incomplete, on the screen as in the report."""
    floor = Floor()
    floor.tell(e.ContactOffered, 1, **PLACE)
    floor.gap(10, 12, waiting=(e.Waiting(contact="c", queue="q"),))
    floor.gap(20, 22, waiting=(e.Waiting(contact="c", queue="q"),))
    floor.backfill(10, 12, visit(1), at=30)
    interval = picture(floor.engine, {}, individuals=False).queues[0].interval
    assert (interval.incomplete, interval.backfilled) == (True, False)
    floor.backfill(20, 22, visit(1), at=31)
    interval = picture(floor.engine, {}, individuals=False).queues[0].interval
    assert (interval.incomplete, interval.backfilled) == (False, True)
    assert floor.counts() == {"offered": 1, "waiting_at_end": 1}


def test_a_closed_interval_counts_the_correction() -> None:
    """Past the lateness its figures change, visibly."""
    floor = Floor()
    floor.tell(e.ContactOffered, 1, **PLACE)
    floor.gap(10, 20)
    floor.until(200)
    floor.backfill(10, 20, visit(1, left_at=15, wait_ms=14_000, outcome="abandoned"), at=200)
    assert floor.report()["queues"]["q"]["intervals"][0]["corrected"] == 1
    assert floor.engine.corrections == 1


def test_who_the_log_leaves_open_and_the_report_leaves_out_is_not_waited_for() -> None:
    """A line that never was: the report at the gap's end says that nobody waits, and it holds."""
    floor = Floor()
    floor.gap(10, 60)
    floor.backfill(10, 60, visit(20), at=70)
    assert floor.counts() == {"offered": 1, "exited": {"unknown": 1}}


def test_a_restart_in_the_gap_ends_what_nobody_logged() -> None:
    """How it ended is unknown, and stays so; the talk that ended unseen has no length."""
    floor = Floor()
    floor.tell(e.ContactOffered, 1, **PLACE)
    floor.gap(10, 60)
    talk = visit(2, contact="d", left_at=12, wait_ms=10_000, outcome="answered", agent="A17", ended_at=40)
    floor.backfill(10, 60, visit(1, left_at=40, outcome="unknown"), talk, at=70)
    assert floor.counts() == {"offered": 2, "answered": 1, "exited": {"unknown": 1}}
    assert floor.report()["queues"]["q"]["talk_seconds"] == 0


def test_a_back_fill_that_claims_more_than_the_gap_takes_nothing_from_the_stream() -> None:
    """Where the switch's clock is off, its span is a little wide: what was heard live around the gap stays."""
    floor = Floor()
    floor.tell(e.ContactOffered, 2, **PLACE)
    floor.gap(10, 60, waiting=(e.Waiting(contact="c", queue="q", since=START + 2_000),))
    floor.tell(e.ContactAnswered, 66, agent="A17", **PLACE)
    floor.tell(e.ContactEnded, 72, agent="A17", **PLACE)
    floor.backfill(0, 75, visit(2), at=80)
    assert floor.counts() == {"offered": 1, "answered": 1}
    assert floor.report()["queues"]["q"]["talk_seconds"] == 6
    assert _marks(floor.report())[0] == (False, True)


def test_two_visits_of_one_contact_are_two() -> None:
    """It timed out of the queue and came back within the second: the live half and the logged half of each fit."""
    floor = Floor()
    floor.tell(e.ContactOffered, 1.2, **PLACE)
    floor.gap(10, 40.5, waiting=(e.Waiting(contact="c", queue="q", since=START + 31_000),))
    floor.backfill(10, 40.5, visit(1, left_at=31, wait_ms=30_000, outcome="timeout"), visit(31), at=50)
    floor.tell(e.ContactAnswered, 51.5, agent="A17", **PLACE)
    assert floor.counts() == {"offered": 2, "answered": 1, "exited": {"timeout": 1}}
    assert not floor.report()["input"]["anomalies"]


def test_agents_time_in_the_gap_stays_unknown() -> None:
    """The log tells of talks, not of ringing phones, holds and lost phones: nobody becomes idle by a back-fill."""
    floor = Floor()
    floor.tell(e.AgentStateChanged, 0, agent="A17", state="available")
    floor.gap(10, 60)
    told = visit(12, left_at=20, outcome="answered", agent="A17", ended_at=45, talk_ms=25_000, ended_by="agent")
    floor.backfill(10, 60, told, at=70)
    floor.tell(e.SourceHeartbeat, 100)
    assert floor.report()["agents"]["A17"]["seconds"] == {"available": 50.0, "unknown": 50.0}


def test_the_journal_keeps_a_back_fill_as_it_was() -> None:
    """Written and read again it is the same event."""
    event = SourceBackfilled(time=5, source="pbx", since=1, until=4, visits=(visit(1, left_at=2, outcome="key"),))
    assert msgspec.json.decode(msgspec.json.encode(event), type=Journalled) == event
