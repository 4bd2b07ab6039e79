from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from floorwatch.ingest.ami.recording import AmiRecording
from tests.ingest.recordings import NAMES, Day, Stay, fold, interfaces, part, true_visits, truth

WAYS = {"ABANDON": "abandoned", "EXITWITHTIMEOUT": "timeout", "EXITEMPTY": "empty", "EXITWITHKEY": "key"}


@cache
def day_of(name: str) -> Day:
    recording = AmiRecording(part(name, "ami"), part(name, "idx.jsonl"), interfaces=interfaces(name))
    deliveries = list(recording.deliveries())
    assert not recording.counts.invalid
    assert [at for at, _ in deliveries] == sorted(at for at, _ in deliveries)
    return fold(deliveries)


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
    """Queue by queue; a threshold count may differ only by contacts whose whole seconds hide which side they were on."""
    day = day_of(name)
    if day.gaps:
        pytest.skip("this recording has gaps; its visits are compared one by one")
    pairs = paired(name)
    for queue, expected in truth(name)["queues"].items():
        assert sum(stay.queue == queue for stay in day.stays) == expected["offered"]
        assert len(day.of(queue, "answered")) == expected["answered"]
        assert len(day.of(queue, "abandoned")) == expected["abandoned"]
        assert len(day.of(queue, "timeout")) == expected["exit_timeout"]
        assert len(day.of(queue, "key")) == expected["exit_key"]
        assert len(day.of(queue, "empty")) == expected["exit_empty"]
        for limit_s, how, count in (
            (20, "answered", expected["answered_within_20s"]),
            (expected["queue_threshold_s"], "answered", expected["answered_within_queue_threshold"]),
            (5, "abandoned", expected["abandoned_wait_le_5s"]),
        ):
            inside = sum(stay.wait_ms <= limit_s * 1000 for stay in day.of(queue, how))
            unclear = sum(
                visit["wait"] <= limit_s < stay.wait_ms / 1000
                for visit, stay in pairs
                if stay.queue == queue and stay.how == how
            )
            early = sum(
                visit["wait"] > limit_s >= stay.wait_ms / 1000
                for visit, stay in pairs
                if stay.queue == queue and stay.how == how
            )
            print(name, queue, how, limit_s, count, inside, unclear, early)
            assert inside == count - unclear + early
    declined: Counter[str] = Counter()
    for (_, agent), attempts in day.declined.items():
        declined[agent] += attempts
    agents = truth(name)["agents"]
    assert declined == Counter({who: agent["ring_no_answer"] for who, agent in agents.items() if agent["ring_no_answer"]})
