from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import msgspec

from benchmarks.traffic import bench_lines
from floorwatch.floor import events as contract

ROOT = Path(__file__).parents[2]
LINES = bench_lines(1, events=40_000)


def test_lines_are_events_of_the_contract_in_order_of_time() -> None:
    """40,000 lines decode strictly, times never run backwards, ids are unique."""
    events = [msgspec.json.decode(line, type=contract.AnyEvent) for line in LINES]
    assert len(events) == 40_000
    assert all(one.time <= other.time for one, other in pairwise(events))
    assert len({event.id for event in events}) == len(events)
    assert all(line.endswith(b"}\n") for line in LINES)


def test_a_busy_floor() -> None:
    """5,000 agents, a Zipf of queues, about 90 events a second once contacts flow, about seven a contact."""
    events = [msgspec.json.decode(line, type=contract.AnyEvent) for line in LINES]
    kinds = Counter(type(event) for event in events)
    assert kinds[contract.AgentJoined] == 5_000
    contacts = [event for event in events if isinstance(event, contract.ContactOffered)]
    queues = Counter(event.queue for event in contacts).most_common()
    assert len(queues) > 450
    assert 1.5 < queues[0][1] / queues[1][1] < 2.7
    lines = bench_lines(1)[-50_000:]
    first, last = (msgspec.json.decode(line, type=contract.AnyEvent).time for line in (lines[0], lines[-1]))
    assert 80 < 50_000 / (last - first).total_seconds() < 100
    offered = sum(b"contact.offered" in line for line in lines)
    assert 6.3 < 50_000 / offered < 7.2


def test_an_agent_has_one_contact_at_a_time() -> None:
    """Nobody answers before the contact in hand has ended and its wrap-up is over."""
    state: dict[str, str] = {}
    lawful = {("available", "alerting"), ("alerting", "talking"), ("talking", "wrap_up"), ("wrap_up", "available")}
    for line in LINES:
        event = msgspec.json.decode(line, type=contract.AnyEvent)
        if isinstance(event, contract.AgentStateChanged):
            if event.agent in state:
                assert (state[event.agent], event.state) in lawful
            state[event.agent] = event.state


def test_the_same_lines_under_any_hash_seed() -> None:
    """The bytes do not depend on the process that makes them."""
    script = "import sys; from benchmarks.traffic import bench_lines as b; sys.stdout.buffer.writelines(b(1, 40_000))"
    environment = {**os.environ, "PYTHONHASHSEED": "3"}
    other = subprocess.run(
        [sys.executable, "-c", script], check=True, cwd=ROOT, env=environment, capture_output=True, timeout=60
    )
    assert other.stdout == b"".join(LINES)
