from __future__ import annotations

import gzip
from collections import Counter
from itertools import pairwise
from math import sqrt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from floorwatch.floor.events import Event
from floorwatch.ingest.events import EventReader
from simulators.faults import APPLIED, DUPLICATE, Told, tell
from simulators.faults.nonsense import KINDS
from simulators.play.days import Day
from tests.simulators.truth import differences
from tests.simulators.two_sites import FLOOR, START_MS, events_of, incident, of_day, played

EVENTS = events_of()
"""An ordinary day, as it truly is."""
LOSS = incident('{kind: feed_loss, at: "09:31", until: "09:41"}')
DUPLICATED = incident('{kind: duplicates, at: "09:00", until: "11:00", ratio: 0.2}')
LATE = incident('{kind: late_events, at: "09:00", until: "11:00", ratio: 0.2}')
VERY_LATE = incident(
    '{kind: late_events, at: "09:00", until: "11:00", ratio: 0.1, delay: {law: uniform, low: 0, high: 320}}'
)
NONSENSE = incident('{kind: malformed, at: "09:00", until: "11:00", ratio: 0.3}')
BEHIND = incident('{kind: clock_skew, at: "06:00", until: "18:00", by: 90s}')
AHEAD = incident('{kind: clock_skew, at: "06:00", until: "18:00", by: 90s, ahead: true}')
NOT_COMPARED = frozenset(("adherence",))
"""A replay reads no schedule here."""


def told_of(*incidents: Any, seed: int = 1) -> list[Told]:
    """What is told of the ordinary day."""
    return list(tell(EVENTS, incidents, seed=seed, start_ms=START_MS))


def is_near(count: int, ratio: float, n: int) -> bool:
    """Whether so many of n is what chance makes of this ratio: within four standard deviations."""
    return abs(count - ratio * n) <= 4 * sqrt(n * ratio * (1 - ratio))


def during(since: float, until: float) -> list[Event]:
    """The true events of these hours of the day."""
    return [event for event in EVENTS if of_day(since) <= event.time < of_day(until)]  # type: ignore[operator]


def test_without_faults_every_event_arrives_as_it_happens() -> None:
    """An incident of the floor changes nothing of how things are told."""
    surge = incident('{kind: surge, at: "09:00", until: "10:00", factor: 2}')
    assert told_of(surge) == [Told(event.time, event) for event in EVENTS]  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", [LOSS, DUPLICATED, LATE, NONSENSE], ids=lambda fault: fault.kind)
def test_outside_its_hours_a_fault_changes_nothing(fault: Any) -> None:
    """What happens before and after an incident of the feed is told once, at once, as it is."""
    told = told_of(fault)
    ordinary = {event.id: event for event in EVENTS}
    others = [one for one in told if isinstance(one.what, Event) and not of_day(9) <= one.what.time < of_day(11)]  # type: ignore[operator]
    assert len(others) > 1_000
    assert all(ordinary[one.what.id] is one.what and one.received_ms == one.what.time for one in others)  # type: ignore[union-attr]
    assert len({one.what.id for one in others}) == len(others)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "faults", [(LOSS,), (DUPLICATED, LATE, NONSENSE), (VERY_LATE, LOSS, DUPLICATED)], ids=["lost", "messy", "all"]
)
def test_items_come_in_order_of_arrival(faults: tuple[Any, ...]) -> None:
    """Nothing arrives before what was told before it, nor before it happens."""
    told = told_of(*faults)
    assert all(one.received_ms <= other.received_ms for one, other in pairwise(told))
    assert all(one.received_ms >= one.what.time for one in told if isinstance(one.what, Event))  # type: ignore[operator]


def test_the_same_seed_tells_the_same_and_one_more_fault_leaves_the_others_alone() -> None:
    """What is doubled does not depend on what else goes wrong, only on the seed."""

    def doubled(*faults: Any, seed: int = 1) -> list[str]:
        told = told_of(*faults, seed=seed)
        return sorted(one.what.id or "" for one in told if one.fate == DUPLICATE and isinstance(one.what, Event))

    assert told_of(DUPLICATED, LATE) == told_of(DUPLICATED, LATE)
    assert doubled(DUPLICATED) == doubled(DUPLICATED, NONSENSE, LATE)
    assert doubled(DUPLICATED) != doubled(DUPLICATED, seed=2)


def test_incidents_of_the_feed_come_again_every_day() -> None:
    """On the second of two days the same hours are faulty, with other chances."""
    following = [
        msgspec.structs.replace(event, id=f"next-{event.id}", time=event.time + 86_400_000)  # type: ignore[operator]
        for event in EVENTS
    ]
    told = list(tell([*EVENTS, *following], [DUPLICATED], seed=1, start_ms=START_MS, days=2))
    doubled = [one.what.id or "" for one in told if one.fate == DUPLICATE and isinstance(one.what, Event)]
    first = {name for name in doubled if not name.startswith("next-")}
    second = {name.removeprefix("next-") for name in doubled if name.startswith("next-")}
    n = len(during(9, 11))
    assert is_near(len(first), 0.2, n)
    assert is_near(len(second), 0.2, n)
    assert first != second


# Duplicates, late events and nonsense: nothing is lost.


@pytest.mark.parametrize(
    "faults",
    [(DUPLICATED,), (LATE,), (VERY_LATE,), (NONSENSE,), (DUPLICATED, VERY_LATE, NONSENSE)],
    ids=["duplicates", "late", "very_late", "malformed", "all"],
)
def test_nothing_is_lost(tmp_path: Path, faults: tuple[Any, ...]) -> None:
    """Every figure of the report, and every count of its input, is exactly what is true.

    Except `corrected` where facts are late: how many of them change an interval that is closed, only its keeper knows.
    """
    truth, report = played(tmp_path, *faults)
    late = truth["input"]["late"] > 0
    assert not list(differences(truth, report, without=NOT_COMPARED | ({"corrected"} if late else set())))
    assert truth["input"] == report["input"]
    corrections = [interval["corrected"] for queue in truth["queues"].values() for interval in queue["intervals"]]
    assert corrections == [None if late else 0] * len(corrections)


def test_facts_that_correct_closed_intervals_are_late_ones(tmp_path: Path) -> None:
    """Facts minutes late correct closed intervals: those in which a contact came, was decided, and left, at most."""
    truth, report = played(tmp_path, VERY_LATE)
    corrected = sum(interval["corrected"] for queue in report["queues"].values() for interval in queue["intervals"])
    assert 0 < corrected <= 3 * truth["input"]["late"]


def test_so_many_are_doubled_delayed_and_beside_nonsense_as_typed() -> None:
    """The ratios are those of the file, within chance; a duplicate comes within 15 s, a delay has its law."""
    told, n = told_of(DUPLICATED, LATE, NONSENSE), len(during(9, 11))
    fates = Counter(one.fate for one in told)
    assert fates[APPLIED] == len(EVENTS)
    assert is_near(fates[DUPLICATE], 0.2, n)
    assert is_near(len(told) - fates[APPLIED] - fates[DUPLICATE], 0.3, n)
    first: dict[str | None, Told] = {}
    for one in told:
        if one.fate == APPLIED and isinstance(one.what, Event):
            first[one.what.id] = one
        elif one.fate == DUPLICATE and isinstance(one.what, Event):
            assert first[one.what.id].what == one.what
            assert 15 <= one.received_ms - first[one.what.id].received_ms <= 15_000
    delays_ms = [one.received_ms - one.what.time for one in first.values() if one.received_ms > one.what.time]  # type: ignore[operator, union-attr]
    assert is_near(len(delays_ms), 0.2, n)
    assert abs(sum(delays_ms) / len(delays_ms) - 8_000) < 4 * 8_000 / sqrt(len(delays_ms))


def test_each_kind_of_nonsense_is_refused_for_the_reason_it_says() -> None:
    """Every line is refused by the reader of the contract, under the very reason; all kinds occur."""
    seen: Counter[str] = Counter()
    for one in told_of(NONSENSE, incident('{kind: malformed, at: "11:00", until: "13:00", ratio: 1}')):
        if isinstance(one.what, bytes):
            refused: list[str] = []
            reader = EventReader("file", on_reject=lambda reason, line, refused=refused: refused.append(reason))  # type: ignore[misc]
            assert reader.decode(one.what) is None
            assert refused == [one.fate]
            assert b"\n" not in one.what
            seen[one.fate] += 1
    assert set(seen) == {reason for reason, _ in KINDS}
    assert min(seen.values()) > 20


def test_a_faulty_file_says_when_each_event_arrived_and_another_does_not(tmp_path: Path) -> None:
    """`received` stands on every event of a day with an incident of the feed; without one, the file is as ever."""
    played(tmp_path / "faulty", LATE)
    played(tmp_path / "ordinary")
    for name, stamped in (("faulty", True), ("ordinary", False)):
        with gzip.open(tmp_path / name / "events.jsonl.gz") as lines:
            assert {b'"received":' in line for line in lines} == {stamped}


def test_a_faulty_day_is_played_as_it_was_told(tmp_path: Path) -> None:
    """Whoever plays the files of the day says the same, nonsense too, in the same order, events when they arrived."""
    faults = (LATE, DUPLICATED, NONSENSE, LOSS)
    played(tmp_path, *faults)
    told = told_of(*faults)
    cues = list(Day(tmp_path, ZoneInfo(FLOOR.timezone)).cues())
    assert [_said(cue.item) for cue in cues] == [_said(one.what) for one in told]
    arrived = [cue.at for cue in cues if isinstance(cue.item, Event)]
    assert arrived == [one.received_ms for one in told if isinstance(one.what, Event)]


def _said(what: Event | bytes) -> bytes | str | None:
    return what if isinstance(what, bytes) else what.id


# A wrong clock.


@pytest.mark.parametrize("skew", [BEHIND, AHEAD], ids=["behind", "ahead"])
def test_a_clock_that_is_wrong_all_day_is_found_out_and_put_right(tmp_path: Path, skew: Any) -> None:
    """All figures of contacts are the true ones to the millisecond, for the offset is found while agents still log in.

    What agents who came before that did, counts from a wrong instant: their first stretch of time is off by the skew.
    """
    truth, report = played(tmp_path, skew)
    begins = NOT_COMPARED | {"from", "corrected", "occupancy", "load_occupancy", "available"}
    assert not list(differences(truth, report, without=begins))
    for name, agent in truth["agents"].items():
        off_s = report["agents"][name]["seconds"]["available"] - agent["seconds"]["available"]
        assert abs(off_s) in (0, pytest.approx(90, abs=0.001))
    assert truth["input"]["read"] == report["input"]["read"]
    assert truth["input"]["applied"] is None


def test_a_clock_that_is_set_wrong_for_an_hour_disturbs_only_that_time(tmp_path: Path) -> None:
    """Intervals before the skew are exact, and from a quarter of an hour after it all but the occupancy.

    A contact whose end seems to lie before its answer leaves its agent talking, until a report of the floor says not.
    """
    skew = incident('{kind: clock_skew, at: "09:32", until: "10:32", by: 90s}')
    truth, report = played(tmp_path, skew)
    for name, queue in truth["queues"].items():
        pairs = list(zip(queue["intervals"], report["queues"][name]["intervals"], strict=True))
        begins = [true["start"][11:16] for true, _ in pairs]
        first, second = begins.index("09:15"), begins.index("10:45")
        for true, said in pairs[:first]:
            assert not list(differences(true, said, without=frozenset(("corrected",))))
        for true, said in pairs[second:]:
            assert not list(differences(true, said, without=frozenset(("corrected", "occupancy", "load_occupancy"))))


def test_a_clock_too_far_ahead_is_refused_and_said_to_be() -> None:
    """Times over five minutes ahead of their arrival are impossible, by the contract: each is counted as that."""
    skew = incident('{kind: clock_skew, at: "09:00", until: "10:00", by: 301s, ahead: true}')
    told = told_of(skew, DUPLICATED)
    refused = [one for one in told if one.fate == "impossible_time"]
    assert len(refused) == len(during(9, 10))
    reader = EventReader("file")
    for one in refused:
        assert isinstance(one.what, Event)
        assert reader.decode(msgspec.json.encode(msgspec.structs.replace(one.what, received=one.received_ms))) is None
    assert reader.counts.invalid == {"impossible_time": len(refused)}
