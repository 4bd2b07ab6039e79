from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from floorwatch.ingest.ami.recording import AmiRecording
from floorwatch.ingest.queue_log.recording import QueueLog
from tests.ingest.recordings import NAMES, Day, Stay, fold, interfaces, part, true_visits, truth

WAYS = {"ABANDON": "abandoned", "EXITWITHTIMEOUT": "timeout", "EXITEMPTY": "empty", "EXITWITHKEY": "key"}


@cache
def day_of(name: str) -> Day:
    recording = AmiRecording(part(name, "ami"), part(name, "idx.jsonl"), interfaces=interfaces(name))
    deliveries = list(recording.deliveries())
    assert not recording.counts.invalid
    assert [at for at, _ in deliveries] == sorted(at for at, _ in deliveries)
    return fold(deliveries, truth(name)["t_last"] * 1000)


def touches_gap(day: Day, visit: dict[str, Any]) -> bool:
    """Whether part of this visit, as the queue log has it, may have been missed; its seconds are whole ones."""
    last = max(visit["t"], visit.get("t_end") or 0, visit.get("t_done") or 0) * 1000
    return any(visit["t"] * 1000 <= to + 1000 and since - 1000 <= last + 1000 for since, to in day.gaps)


def paired(name: str) -> list[tuple[dict[str, Any], Stay | None]]:
    """Each true visit with ours: the same contact's n-th visit to the same queue."""
    ours: dict[tuple[str, str, int], Stay] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for stay in day_of(name).stays:
        ours[stay.contact, stay.queue, seen[stay.contact, stay.queue]] = stay
        seen[stay.contact, stay.queue] += 1
    seen.clear()
    pairs = []
    for visit in true_visits(name):
        key = visit["uid"], visit["queue"]
        pairs.append((visit, ours.pop((*key, seen[key]), None)))
        seen[key] += 1
    assert not ours, "visits that never were"
    return pairs


@pytest.mark.parametrize("name", NAMES)
def test_every_visit_outside_gaps_is_the_true_one(name: str, shared: Path) -> None:
    """Contact by contact: how it left, which agent, transferred or not, wait and talk within the log's second."""
    day = day_of(name)
    compared = 0
    for visit, stay in paired(name):
        if touches_gap(day, visit):
            continue
        compared += 1
        assert stay is not None, visit
        assert stay.how == WAYS.get(visit["end"], "answered"), visit
        assert stay.wait_ms is not None
        assert abs(stay.wait_ms - visit["wait"] * 1000) <= 1000, visit
        if visit["end"] == "CONNECT":
            assert stay.agent == visit["agent"]
            assert stay.talk_ms is not None
            assert abs(stay.talk_ms - visit["talk"] * 1000) <= 1000, visit
            assert stay.transferred == (visit["done"] in ("BLINDTRANSFER", "ATTENDEDTRANSFER"))
    assert compared >= 0.9 * len(true_visits(name))


@pytest.mark.parametrize("name", NAMES)
def test_counts_equal_the_truth_where_nothing_was_missed(name: str, shared: Path) -> None:
    """Queue by queue: offered, answered, abandoned, every exit, transfers; agent by agent: attempts declined."""
    day = day_of(name)
    if day.gaps:
        pytest.skip("this recording has gaps; its visits are compared one by one")
    for queue, expected in truth(name)["queues"].items():
        assert sum(stay.queue == queue for stay in day.stays) == expected["offered"]
        assert len(day.of(queue, "answered")) == expected["answered"]
        assert len(day.of(queue, "abandoned")) == expected["abandoned"]
        assert len(day.of(queue, "timeout")) == expected["exit_timeout"]
        assert len(day.of(queue, "key")) == expected["exit_key"]
        assert len(day.of(queue, "empty")) == expected["exit_empty"]
        transferred = sum(stay.transferred for stay in day.of(queue, "answered"))
        assert transferred == expected["blindtransfer"] + expected["attendedtransfer"]
    declined: Counter[str] = Counter()
    for (_, agent), attempts in day.declined.items():
        declined[agent] += attempts
    expected_declines = {who: agent["ring_no_answer"] for who, agent in truth(name)["agents"].items()}
    assert declined == +Counter(expected_declines)


@pytest.mark.parametrize("name", NAMES)
def test_only_a_fraction_of_a_second_puts_a_wait_on_the_other_side_of_a_threshold(name: str, shared: Path) -> None:
    """Our waits are exact, the log's are whole seconds: where the two disagree on "within", both are at the limit."""
    day = day_of(name)
    for visit, stay in paired(name):
        if stay is None or touches_gap(day, visit) or stay.wait_ms is None:
            continue
        for limit_s in (5, 10, 20):
            if (stay.wait_ms <= limit_s * 1000) != (visit["wait"] <= limit_s):
                assert abs(stay.wait_ms - limit_s * 1000) < 1000
                assert abs(visit["wait"] - limit_s) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_pauses_are_those_of_the_log_to_the_second(name: str, shared: Path) -> None:
    """By agent, queue and reason; each pause may be off by the log's whole seconds."""
    day = day_of(name)
    if day.gaps:
        pytest.skip("this recording has gaps, and a restart that ends pauses without a log line")
    log_deliveries = QueueLog(part(name, "queue_log"), interfaces=interfaces(name)).deliveries()
    log = fold(log_deliveries, truth(name)["t_last"] * 1000)
    assert day.pauses.keys() == log.pauses.keys()
    for key, spans in log.pauses.items():
        ours = day.pauses[key]
        assert len(ours) == len(spans)
        for (since, to), (log_since, log_to) in zip(ours, spans, strict=True):
            # the log reads its clock a moment before or after the manager, perhaps in another second
            assert log_since - 50 < since < log_since + 1050
            assert log_to - 50 < to < log_to + 1050
