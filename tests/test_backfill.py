"""Gaps in recordings of a real Asterisk, back-filled from its queue_log: the figures are those of the switch's log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest

from floorwatch.engine import Engine
from floorwatch.floor.events import Event
from floorwatch.ingest.queue_log.backfill import NotCoveredError, backfill_events, read_gap
from floorwatch.ingest.source import Delivery, InputCounts
from floorwatch.reconcile.watched import watch
from floorwatch.report import build_report
from tests.ingest import gaps
from tests.ingest.recordings import NAMES, interfaces, part, true_visits, truth
from tests.reference import closes
from tests.test_recordings import COUNTS
from tests.test_recordings import _settings as recording_settings
from tests.test_recordings import _wrong as wrong

pytestmark = pytest.mark.skipif(not NAMES, reason="the recordings are not beside this checkout (../shared/recordings)")

CUTS = [(60, 20), (400, 1), (700, 90), (1000, 300)]
"""(seconds after the start, seconds long)."""
CASES = [("dev-a", *cut) for cut in CUTS] + [("dev-c", *cut) for cut in CUTS[:2]]


def _tell(name: str) -> Any:
    def tell(since: int, until: int, now: int) -> list[Event]:
        try:
            visits = read_gap(part(name, "queue_log"), since, until, interfaces(name))
        except NotCoveredError:
            return []
        return list(backfill_events(gaps.SOURCE, since, until, visits, now))

    return tell


def _report(deliveries: Iterable[Delivery], name: str) -> dict[str, Any]:
    engine = Engine(recording_settings(name))
    for at, event in deliveries:
        engine.advance(at)
        engine.apply(event)
    return build_report(engine, InputCounts())


def _gap(name: str, after_s: int, length_s: int) -> tuple[int, int]:
    since = gaps.heard(name)[0][0] + after_s * 1000 + 137
    return since, since + length_s * 1000 + 411


def _marks(report: dict[str, Any], since: int, until: int) -> set[tuple[bool, bool, bool]]:
    """(touches the gap, incomplete, back-filled) of every interval of every queue."""
    found = set()
    for queue in report["queues"].values():
        for interval in queue["intervals"]:
            start = datetime.fromisoformat(interval["start"]).timestamp() * 1000
            touches = since < start + 300_000 and until >= start
            found.add((touches, interval["incomplete"], interval["backfilled"]))
    return found


def _agents_are_right(report: dict[str, Any], name: str) -> None:
    for agent, known in truth(name)["agents"].items():
        got = report["agents"][agent]
        assert (got["answered"], got["declined"]) == (known["answered"], known["ring_no_answer"]), agent


@pytest.mark.parametrize(("name", "after_s", "length_s"), CASES)
@pytest.mark.parametrize("lists", ["complete", "partial", "none"])
def test_a_gap_cut_into_a_day_leaves_no_trace_in_its_counts(name: str, after_s: int, length_s: int, lists: str) -> None:
    """Whatever the switch says after it: every contact once, every outcome, every agent's answers and declines."""
    since, until = _gap(name, after_s, length_s)
    if lists == "none":
        cut = list(gaps.without_lists(name, since, until))
    else:
        cut = gaps.with_lists(gaps.heard(name), since, until, complete=lists == "complete")
    report = _report(gaps.backfilled(cut, _tell(name)), name)
    assert not wrong(report, name, COUNTS)
    assert closes(report)
    assert not report["input"]["anomalies"]
    assert not any(queue["unknown_entry"] for queue in report["queues"].values())
    assert _marks(report, since, until) == {(True, False, True), (False, False, False)}
    _agents_are_right(report, name)


@pytest.mark.parametrize("name", [name for name in NAMES if name == "dev-a"])
def test_without_the_log_the_same_gap_shows(name: str) -> None:
    """The comparison can fail: the figures of a gap that nobody fills are wrong, and marked."""
    since, until = _gap(name, 700, 90)
    report = _report(gaps.with_lists(gaps.heard(name), since, until), name)
    assert wrong(report, name, COUNTS)
    assert _marks(report, since, until) == {(True, True, False), (False, False, False)}


@pytest.mark.parametrize("name", [name for name in NAMES if name == "dev-a"])
@pytest.mark.parametrize("after_ms", [3_000, 400_000])
def test_when_the_log_is_read_changes_no_count(name: str, after_ms: int) -> None:
    """Before the stream has told all it tells late, or when contacts that knew no gap are forgotten."""
    since, until = _gap(name, 700, 90)
    cut = gaps.with_lists(gaps.heard(name), since, until)
    report = _report(gaps.backfilled(cut, _tell(name), after_ms), name)
    assert not wrong(report, name, COUNTS)
    _agents_are_right(report, name)


@pytest.mark.parametrize("name", [name for name in NAMES if name == "dev-a"])
def test_talk_and_handled_contacts_are_those_of_the_whole_day(name: str) -> None:
    """AHT and its parts follow: within a second for each contact that the gap touches."""
    since, until = _gap(name, 700, 90)
    whole = _report(gaps.heard(name), name)
    report = _report(gaps.backfilled(gaps.with_lists(gaps.heard(name), since, until), _tell(name)), name)
    for queue, figures in whole["queues"].items():
        got = report["queues"][queue]
        touched = [visit for visit in true_visits(name) if visit["queue"] == queue and _touches(visit, since, until)]
        assert got["handled"] == figures["handled"]
        talk = got["talk_seconds"] + got["hold_seconds"] - figures["talk_seconds"] - figures["hold_seconds"]
        assert abs(talk) <= len(touched) + 1, queue
        assert [interval["offered"] for interval in got["intervals"]] == [
            interval["offered"] for interval in figures["intervals"]
        ]


def _touches(visit: dict[str, Any], since: int, until: int) -> bool:
    over = visit["t_done"] or visit["t_end"]
    return bool(visit["t"] * 1000 <= until and over * 1000 + 1000 >= since)


@pytest.mark.parametrize("name", [name for name in NAMES if name == "dev-b"])
def test_a_real_gap_and_a_restart_are_back_filled(name: str) -> None:
    """The day whose connection was dropped and whose switch was restarted: counts as logged, intervals complete."""
    report = _report(gaps.backfilled(gaps.heard(name), _tell(name)), name)
    assert len(report["sources"][gaps.SOURCE]["gaps"]) == 2
    assert not wrong(report, name, COUNTS)
    assert closes(report)
    assert not report["input"]["anomalies"]
    _agents_are_right(report, name)
    intervals = [interval for queue in report["queues"].values() for interval in queue["intervals"]]
    assert not any(interval["incomplete"] for interval in intervals)
    assert any(interval["backfilled"] for interval in intervals)
    for queue, true in truth(name)["queues"].items():
        assert report["queues"][queue]["asa_seconds"] == pytest.approx(true["asa_s"], abs=0.2)


@pytest.mark.parametrize("name", NAMES)
def test_every_wait_is_the_logged_one_within_a_second(name: str) -> None:
    """Contact by contact, also of those that only the log has told: the wait, and what became of it."""
    watched = watch(gaps.heard(name), recording_settings(name), part(name, "queue_log"))
    ours = defaultdict(list)
    for queue, stays in watched.stays.items():
        for stay in sorted(stays, key=lambda stay: stay.visit.entered_at):
            ours[queue, stay.contact].append(stay.visit)
    true = defaultdict(list)
    for visit in true_visits(name):
        true[visit["queue"], visit["uid"]].append(visit)
    assert set(ours) == set(true)
    for key, visits in true.items():
        assert [visit.agent for visit in ours[key]] == [visit["agent"] or "" for visit in visits], key
        for visit, logged in zip(ours[key], visits, strict=True):
            assert abs(visit.wait_ms - logged["wait"] * 1000) <= 1000, key


@pytest.mark.parametrize("name", [name for name in NAMES if name == "dev-b"])
def test_thresholds_of_a_back_filled_day_differ_from_the_switch_only_by_its_rounding(name: str) -> None:
    """Who waited T to T + 1 s is a hit for the switch's whole seconds and a miss for our milliseconds; nobody else."""
    report = _report(gaps.backfilled(gaps.heard(name), _tell(name)), name)
    for queue, true in truth(name)["queues"].items():
        edge_s = true["queue_threshold_s"]
        waits = [visit["wait"] for visit in true_visits(name) if visit["queue"] == queue and visit["end"] == "CONNECT"]
        hits = report["queues"][queue]["answered_in_threshold"]
        assert sum(wait < edge_s for wait in waits) <= hits <= sum(wait <= edge_s + 1 for wait in waits), queue
