"""The scenario day: whatever the contract can say happens in it, and the engine and the recount agree on all of it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from floorwatch.floor.events import EVENT_TYPES, EXIT_REASONS, REFUSE_REASONS
from floorwatch.floor.settings import Formula, QueuePolicy, Settings
from floorwatch.replay import replay
from tests.audit import FORMULAS, Figures, differences, recount
from tests.scenario_day import ODD_GRID, SETTINGS, Fact, at, day, delivered, told, written

ORDERS = range(20)
MILLISECOND_EARLIER = -1


@pytest.fixture(scope="module")
def night() -> list[Fact]:
    """Every fact of the day, in order of time."""
    return day()


@pytest.fixture(scope="module")
def recounted(night: list[Fact]) -> Figures:
    """What the report must say."""
    return recount(night, SETTINGS)


def check(ours: Figures, report: dict[str, Any]) -> None:
    wrong = differences(ours, report)
    assert not wrong, f"{len(wrong)} figures differ:\n" + "\n".join(wrong[:30])


def test_the_report_agrees_with_the_recount(night: list[Fact], recounted: Figures, tmp_path: Path) -> None:
    """Every queue, interval and agent, as the night was recorded."""
    check(recounted, replay([written(night, tmp_path / "night.jsonl")], SETTINGS))


def test_on_another_grid(night: list[Fact], tmp_path: Path) -> None:
    """A business day that starts at 06:20 has its intervals at twenty and at ten to, also in the hour that repeats."""
    settings = replace(SETTINGS, **ODD_GRID)
    check(recount(night, settings), replay([written(night, tmp_path / "night.jsonl")], settings))


@pytest.mark.parametrize("seed", ORDERS)
def test_any_delivery_within_the_lateness(seed: int, night: list[Fact], recounted: Figures, tmp_path: Path) -> None:
    """Late by up to the horizon, shuffled, some facts twice: not one figure changes."""
    messy = delivered(night, random.Random(seed), SETTINGS.lateness_ms)
    report = replay([written(messy, tmp_path / "night.jsonl")], SETTINGS)
    check(recounted, report)
    assert report["input"]["duplicate"] == len(messy) - len(night)


def test_whatever_the_contract_can_say_is_said(night: list[Fact]) -> None:
    """No event type, exit, refusal or state is missing; every formula is some queue's; exits count and do not."""
    said = {kind: {fact.get("reason") for fact in night if fact["type"] == kind} for kind in EVENT_TYPES}
    assert {fact["type"] for fact in night} == set(EVENT_TYPES)
    assert said["contact.exited"] == EXIT_REASONS - {"unknown"}  # which only a resynchronisation may conclude
    assert said["contact.refused"] == REFUSE_REASONS
    states = {"offline", "available", "wrap_up", "paused", "unreachable", "alerting", "talking", "on_hold", "busy"}
    assert {fact["state"] for fact in night if fact["type"] == "agent.state"} == states
    assert {policy.formula for policy in SETTINGS.queues.values()} == set(FORMULAS)
    assert {policy.exits_count for policy in SETTINGS.queues.values()} == {True, False}
    reports = [fact for fact in night if fact["type"] == "floor.reported"]
    assert {fact["complete"] for fact in reports} == {True, False}


def test_the_day_is_as_hard_as_it_says(recounted: Figures) -> None:
    """Repeated hour, unseen ends, lost answers, open contacts, every activity: each leaves its trace in the recount."""
    queues, agents = recounted["queues"], recounted["agents"]
    starts = [interval["start"] for interval in queues["sales"]["intervals"]]
    assert {at("02:00:00A"), at("02:00:00B")} <= set(starts)
    assert at("02:00:00B") - at("02:00:00A") == 3_600_000
    assert sum(interval["incomplete"] for interval in queues["sales"]["intervals"]) == 2
    exits = sum((Counter(queue["exited"]) for queue in queues.values()), Counter[str]())
    assert set(exits) == EXIT_REASONS
    assert all(queues[name]["unknown_entry"] for name in ("sales", "service", "tech", "vip", "mail"))
    assert all(queues[name]["waiting_at_end"] for name in ("sales", "service", "chat"))
    activities = {activity for agent in agents.values() for activity in agent["seconds"]}
    assert activities == {
        "talking", "on_hold", "alerting", "wrap_up", "paused", "unreachable", "busy", "available", "offline", "unknown"
    }  # fmt: skip
    assert any(sum(a["paused_any_seconds"].values()) > a["seconds"].get("paused", 0) for a in agents.values())


@pytest.mark.parametrize(
    ("contact", "later_ms", "hits"),
    [("tie-1", 0, 0), ("tie-1", 1, -1), ("tie-2", 0, 0), ("tie-2", MILLISECOND_EARLIER, 1)],
)
def test_one_millisecond_decides(contact: str, later_ms: int, hits: int, tmp_path: Path) -> None:
    """Moving an answer by a millisecond over T moves it between hit and miss."""
    stories = sorted(told(), key=lambda fact: (fact["time"], fact.get("seq", 0)))
    moved = [
        {**fact, "time": fact["time"] + later_ms}
        if (fact["type"], fact.get("contact")) == ("contact.answered", contact)
        else fact
        for fact in stories
    ]
    before = replay([written(stories, tmp_path / "before.jsonl")], SETTINGS)["queues"]["sales"]
    after = replay([written(moved, tmp_path / "after.jsonl")], SETTINGS)["queues"]["sales"]
    assert after["answered_in_threshold"] - before["answered_in_threshold"] == hits


PUBLISHED = {
    "abandons_met": 83.02,
    "answered_only": 86.00,
    "abandons_missed": 81.13,
    "abandons_ignored": 82.69,
    "short_abandons_met": 82.08,
    "short_abandons_excluded": 81.90,
}
"""Percent, for 1000 answered, 860 of them in 20 s, and 60 abandoned: 10 in 5 s, 10 more in 20 s, 40 later."""


def published_calls() -> Iterator[Fact]:
    """The calls of that example, one every two minutes, each answered or given up at an edge of its class."""
    answers = [20_000] * 860 + [20_001] * 140
    abandons = [5_000] * 10 + [5_001] * 5 + [20_000] * 5 + [20_001] * 40
    waits = [("contact.answered", wait) for wait in answers] + [("contact.abandoned", wait) for wait in abandons]
    for n, (outcome, wait) in enumerate(waits):
        offered = at("04:00:00") + n * 120_000
        call = {"source": "pbx", "contact": f"call-{n}", "queue": "desk"}
        yield {**call, "id": f"{n}-in", "time": offered, "type": "contact.offered"}
        agent = {"agent": "A1"} if outcome == "contact.answered" else {}
        yield {**call, **agent, "id": f"{n}-out", "time": offered + wait, "type": outcome}
        if agent:
            yield {**call, **agent, "id": f"{n}-end", "time": offered + wait + 30_000, "type": "contact.ended"}


@pytest.mark.parametrize("formula", PUBLISHED)
def test_the_published_example(formula: Formula, tmp_path: Path) -> None:
    """Six formulas, one floor, six percentages, to the two decimals they were published with; all decided."""
    settings = Settings(queues={"desk": QueuePolicy(formula=formula)})
    desk = replay([written(list(published_calls()), tmp_path / "calls.jsonl")], settings)["queues"]["desk"]
    assert desk["service_level"][formula] * 100 == pytest.approx(PUBLISHED[formula], abs=0.005)
    assert {name: round(level * 100, 2) for name, level in desk["service_level"].items()} == PUBLISHED
    in_intervals = sum(interval["answered_in_threshold"] for interval in desk["intervals"])
    assert (desk["answered"], desk["abandoned"], in_intervals) == (1000, 60, 860)
