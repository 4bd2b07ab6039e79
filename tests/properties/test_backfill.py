"""Any floor, any gap: what the stream tells around it and the log tells of it come to the figures of the whole day."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from floorwatch.engine import Engine
from floorwatch.floor import events as e
from floorwatch.floor.events import Event
from floorwatch.floor.settings import QueuePolicy, Settings
from floorwatch.floor.visit import Visit
from floorwatch.ingest.queue_log.backfill import backfill_events
from floorwatch.ingest.queue_log.visits import GapVisits
from floorwatch.ingest.source import InputCounts
from floorwatch.report import Json, build_report
from tests.ingest.gaps import SOURCE, backfilled, with_lists

START_MS = 1_772_500_000_000
APART_MS = 3_000
"""Visits of one contact begin at least so far apart: closer, whole seconds do not tell which is which."""
LATER_MS = START_MS + 1_200_000
"""When every wrap-up is over, and contacts are being forgotten."""
SETTINGS = Settings(interval_ms=60_000, queues={"sales": QueuePolicy(), "billing": QueuePolicy()})
EXITS = {"timeout": "EXITWITHTIMEOUT|1|1|{wait}", "key": "EXITWITHKEY|5|1|1|{wait}", "empty": "EXITEMPTY|1|1|{wait}"}


@dataclass(frozen=True)
class Stay:
    """A visit of the true day. Durations in ms; `pause` is the time since the visit before, or since the start."""

    pause: int
    queue: str
    declined: int | None
    wait: int
    outcome: str
    talk: int


stays = st.builds(
    Stay,
    pause=st.integers(0, 60_000) | st.integers(0, 900),
    queue=st.sampled_from(["sales", "billing"]),
    declined=st.none() | st.integers(0, 8_000),
    wait=st.integers(0, 40_000) | st.integers(0, 1_500),
    outcome=st.sampled_from(["answered", "answered", "transferred", "abandoned", "timeout", "key", "empty"]),
    talk=st.integers(0, 90_000) | st.integers(0, 1_500),
)
floors = st.lists(st.lists(stays, min_size=1, max_size=3), min_size=1, max_size=6)


class Day:
    """The true facts, in order, and the lines the switch logs of them."""

    def __init__(self, floor: list[list[Stay]]) -> None:
        told: list[tuple[int, int, Event, str]] = []
        for number, contact in enumerate(floor):
            over = earliest = START_MS
            for stay in contact:
                at = max(over + stay.pause, earliest)
                over = self._tell(told, f"c{number}", f"Agent {number % 4}", at, stay)
                earliest = at + APART_MS
        told.sort(key=lambda one: one[:2])
        self.deliveries = [(at, event) for at, _, event, _ in told]
        self.lines = [f"{at // 1000}|{line}" for at, _, _, line in told if line]
        self.end_ms = told[-1][0]

    def _tell(self, told: list[tuple[int, int, Event, str]], contact: str, agent: str, at: int, stay: Stay) -> int:
        place = {"contact": contact, "queue": stay.queue}

        def say(kind: Any, when: int, line: str, who: str = "", **more: str) -> None:
            seq = len(told) + 1
            if who:
                more["agent"] = who
            name = who or "NONE"
            text = f"{contact}|{stay.queue}|{name}|{line}" if line else ""
            told.append((when, seq, kind(time=when, source=SOURCE, seq=seq, **place, **more), text))

        left = at + stay.wait
        wait_s = left // 1000 - at // 1000
        say(e.ContactOffered, at, "ENTERQUEUE||x|1")
        if stay.declined is not None and stay.declined < stay.wait:
            say(e.ContactDeclined, at + stay.declined, "RINGNOANSWER|1000", agent)
        if stay.outcome == "abandoned":
            say(e.ContactAbandoned, left, f"ABANDON|1|1|{wait_s}")
        elif stay.outcome in EXITS:
            say(e.ContactExited, left, EXITS[stay.outcome].format(wait=wait_s), reason=stay.outcome)
        else:
            over = left + stay.talk
            talk_s = over // 1000 - left // 1000
            say(e.ContactAnswered, left, f"CONNECT|{wait_s}|x|1", agent)
            if stay.outcome == "transferred":
                say(e.ContactTransferred, over, f"BLINDTRANSFER|1|x|{wait_s}|{talk_s}|1", agent)
            else:
                say(e.ContactEnded, over, f"COMPLETEAGENT|{wait_s}|{talk_s}|1", agent)
            return over
        return left

    def told(self, since: int, until: int, now: int) -> list[Event]:
        """What the log says of a gap."""
        gap = GapVisits(since, until, {})
        for line in self.lines:
            gap.line(line.encode())
        return list(backfill_events(SOURCE, since, until, gap.visits(), now))


def _run(deliveries: Any) -> tuple[Engine, Json]:
    engine = Engine(SETTINGS)
    engine.books.forgotten = []
    for at, event in [*deliveries, (LATER_MS, e.SourceHeartbeat(time=LATER_MS, source=SOURCE))]:
        engine.advance(at)
        engine.apply(event)
    return engine, build_report(engine, InputCounts())


def _counts(report: Json) -> dict[str, Any]:
    figures = ("offered", "answered", "abandoned", "exited", "declined", "transferred", "unknown_entry")
    return {queue: {name: found[name] for name in figures} for queue, found in report["queues"].items()}


def _visits(engine: Engine) -> dict[tuple[str, str], list[Visit]]:
    found: dict[tuple[str, str], list[Visit]] = {}
    contacts = [*(engine.books.forgotten or ())]
    for source in engine.books.sources.values():
        contacts.extend(source.contacts.values())
    for contact in contacts:
        for visit in contact.visits:
            found.setdefault((contact.id, visit.queue), []).append(visit)
    return {key: sorted(visits, key=lambda visit: visit.entered_at) for key, visits in found.items()}


@given(
    floors,
    st.integers(0, 200_000),
    st.integers(1, 100_000) | st.integers(1, 2_000),
    st.sampled_from([True, False, None]),
    st.sampled_from([4_000, 10_000, 120_000]),
)
@example([[Stay(0, "sales", None, 600, "answered", 500), Stay(0, "sales", 3, 700, "key", 0)]], 650, 2900, True, 4_000)
def test_a_back_filled_day_is_the_day(
    floor: list[list[Stay]], since: int, length: int, complete: bool | None, after_ms: int
) -> None:
    """Counts exactly, waits and talks within a second of the truth; nothing contradicts, nothing is incomplete."""
    day = Day(floor)
    gap = (START_MS + since, START_MS + since + length)
    cut = with_lists(day.deliveries, *gap, complete=bool(complete))
    if complete is None:
        cut = [(at, event) for at, event in cut if not isinstance(event, e.FloorReported)]
    engine, report = _run(backfilled(cut, day.told, after_ms))
    whole_engine, whole = _run(day.deliveries)

    assert _counts(report) == _counts(whole)
    assert not report["input"]["anomalies"]
    assert not any(i["incomplete"] for queue in report["queues"].values() for i in queue["intervals"])
    ours, true = _visits(engine), _visits(whole_engine)
    assert {key: len(visits) for key, visits in ours.items()} == {key: len(visits) for key, visits in true.items()}
    for key, visits in true.items():
        for mine, theirs in zip(ours[key], visits, strict=True):
            assert (mine.phase, mine.reason, mine.agent) == (theirs.phase, theirs.reason, theirs.agent)
            assert abs(mine.wait_ms - theirs.wait_ms) <= 1_000, key
            assert abs(mine.talk_ms - theirs.talk_ms) <= 1_000, key


@given(floors, st.integers(0, 200_000), st.integers(1, 100_000))
def test_telling_a_gap_twice_changes_nothing(floor: list[list[Stay]], since: int, length: int) -> None:
    """A back-fill that is repeated after a restart leaves every figure as it is."""
    day = Day(floor)
    gap = (START_MS + since, START_MS + since + length)
    cut = with_lists(day.deliveries, *gap)
    _, once = _run(backfilled(cut, day.told))
    _, twice = _run(backfilled(cut, lambda *gap: day.told(*gap) * 2))
    assert _counts(twice) == _counts(once)
    assert _summed(twice) == _summed(once)


def _summed(report: Json) -> Counter[str]:
    total: Counter[str] = Counter()
    for queue in report["queues"].values():
        total.update({name: queue[name] for name in ("wait_seconds_total", "talk_seconds", "answered_in_threshold")})
    return total
