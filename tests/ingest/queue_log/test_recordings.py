from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from floorwatch.ingest.queue_log.recording import QueueLog
from tests.ingest.recordings import NAMES, Day, fold, interfaces, part, true_visits, truth


def day_of(name: str) -> Day:
    log = QueueLog(part(name, "queue_log"), interfaces=interfaces(name))
    day = fold(log.deliveries(), truth(name)["t_last"] * 1000)
    assert not log.counts.invalid
    return day


@pytest.mark.parametrize("name", NAMES)
def test_queue_figures_equal_the_truth(name: str, shared: Path) -> None:
    """Offered, answered (also within T), abandoned (also short), every exit, transfers and talk, exactly."""
    day = day_of(name)
    for queue, expected in truth(name)["queues"].items():
        answered, abandoned = day.of(queue, "answered"), day.of(queue, "abandoned")
        threshold_ms = expected["queue_threshold_s"] * 1000
        talks = [stay for stay in answered if stay.ended is not None]
        assert {
            "offered": sum(stay.queue == queue for stay in day.stays),
            "answered": len(answered),
            "answered_within_20s": sum(stay.wait_ms <= 20_000 for stay in answered),
            "answered_within_queue_threshold": sum(stay.wait_ms <= threshold_ms for stay in answered),
            "abandoned": len(abandoned),
            "abandoned_wait_le_5s": sum(stay.wait_ms <= 5_000 for stay in abandoned),
            "exit_timeout": len(day.of(queue, "timeout")),
            "exit_key": len(day.of(queue, "key")),
            "exit_empty": len(day.of(queue, "empty")),
            "withdrawn": len(day.of(queue, "withdrawn")),
            "talk_s_total": sum(stay.talk_ms for stay in talks) / 1000,
            "transferred": sum(stay.transferred for stay in talks),
        } == {
            **{key: expected[key] for key in ("offered", "answered", "abandoned", "withdrawn", "talk_s_total")},
            **{key: expected[key] for key in ("answered_within_20s", "answered_within_queue_threshold")},
            **{key: expected[key] for key in ("abandoned_wait_le_5s", "exit_timeout", "exit_key", "exit_empty")},
            "transferred": expected["blindtransfer"] + expected["attendedtransfer"],
        }
    assert not day.strays


@pytest.mark.parametrize("name", NAMES)
def test_agents_equal_the_truth(name: str, shared: Path) -> None:
    """What each agent answered, talked, let ring and transferred, and its pauses by queue and by reason, exactly."""
    day = day_of(name)
    declined: Counter[str] = Counter()
    for (_, agent), attempts in day.declined.items():
        declined[agent] += attempts
    for agent, expected in truth(name)["agents"].items():
        stays = [stay for stay in day.stays if stay.agent == agent]
        assert len(stays) == expected["answered"]
        assert sum(stay.talk_ms or 0 for stay in stays) == expected["talk_s"] * 1000
        assert sum(stay.transferred for stay in stays) == expected["transfers"]
        assert declined[agent] == expected["ring_no_answer"] + expected["dumps"]
        assert day.pause_seconds(agent) == expected["paused_s"]
        for queue in {where for who, where, _ in day.pauses if who == agent} | set(expected["paused_s_by_queue"]):
            assert day.pause_seconds(agent, queue=queue) == expected["paused_s_by_queue"].get(queue, 0), queue
        for reason in {why for who, _, why in day.pauses if who == agent} | set(expected["paused_s_by_reason"]):
            assert day.pause_seconds(agent, reason=reason) == expected["paused_s_by_reason"].get(reason, 0), reason


@pytest.mark.parametrize("name", NAMES)
def test_every_visit_has_the_logged_seconds(name: str, shared: Path) -> None:
    """Contact by contact: entry, wait, agent and talk are those of the log."""
    stays = iter(day_of(name).stays)
    for expected in true_visits(name):
        stay = next(stays)
        assert (stay.contact, stay.queue, stay.entered) == (expected["uid"], expected["queue"], expected["t"] * 1000)
        if expected["end"] is not None:
            assert stay.wait_ms == expected["wait"] * 1000
        if expected.get("talk") is not None:
            assert (stay.agent, stay.talk_ms) == (expected["agent"], expected["talk"] * 1000)
    assert next(stays, None) is None


@pytest.mark.parametrize("name", NAMES)
def test_no_agent_is_named_like_a_device(name: str, shared: Path) -> None:
    """Without configuration, too, an interface in ADDMEMBER makes no agent."""
    agents = {getattr(event, "agent", "") for _, event in QueueLog(part(name, "queue_log")).deliveries()}
    assert agents - {""} <= set(truth(name)["agents"])


def test_a_recording_is_there_to_compare_with(shared: Path) -> None:
    """The tests above mean something only where recordings are found."""
    assert NAMES
