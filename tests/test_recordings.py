"""Recordings of a real Asterisk through the whole engine: figures against what the switch's own log says is true."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from floorwatch.floor.settings import AgentProfile, QueuePolicy, Settings
from floorwatch.replay import replay
from tests.ingest.recordings import NAMES, part, true_visits, truth
from tests.reference import closes

pytestmark = pytest.mark.skipif(not NAMES, reason="the recordings are not beside this checkout (../shared/recordings)")

COUNTS = {
    "offered": "offered",
    "answered": "answered",
    "abandoned": "abandoned",
    "exit_timeout": ("exited", "timeout"),
    "exit_key": ("exited", "key"),
    "exit_empty": ("exited", "empty"),
    "withdrawn": ("exited", "withdrawn"),
}
IN_WHOLE_SECONDS = {
    "answered_within_queue_threshold": "answered_in_threshold",
    "abandoned_wait_le_5s": "abandoned_short",
    "talk_s_total": "talk_seconds",
    "max_wait_any_s": "wait_seconds_max",
}


def _settings(name: str) -> Settings:
    true = truth(name)
    return Settings(
        interval_ms=300_000,
        queues={
            queue: QueuePolicy(threshold_ms=figures["queue_threshold_s"] * 1000)
            for queue, figures in true["queues"].items()
        },
        agents={agent: AgentProfile(interfaces=(known["interface"],)) for agent, known in true["agents"].items()},
    )


def _figure(queue: dict[str, Any], place: str | tuple[str, str]) -> Any:
    return queue[place] if isinstance(place, str) else queue[place[0]].get(place[1], 0)


def _wrong(report: dict[str, Any], name: str, figures: dict[str, Any]) -> list[str]:
    return [
        f"{queue} {figure}: the log says {true[figure]}, the report {_figure(report['queues'][queue], place)}"
        for queue, true in truth(name)["queues"].items()
        for figure, place in figures.items()
        if _figure(report["queues"][queue], place) != true[figure]
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_queue_log_gives_every_figure_exactly(name: str) -> None:
    """Counts, thresholds, talk, transfers, declines and pauses by agent, queue and reason."""
    report = replay([part(name, "queue_log")], _settings(name), input_format="queue_log")
    true = truth(name)
    assert not _wrong(report, name, COUNTS | IN_WHOLE_SECONDS)
    assert closes(report)
    for queue, figures in true["queues"].items():
        assert report["queues"][queue]["transferred"] == figures["blindtransfer"] + figures["attendedtransfer"]
        assert report["queues"][queue]["asa_seconds"] == pytest.approx(figures["asa_s"], abs=0.0006)
    for agent, known in true["agents"].items():
        got = report["agents"][agent]
        assert (got["answered"], got["declined"]) == (known["answered"], known["ring_no_answer"]), agent
        by_queue = {queue: sum(reasons.values()) for queue, reasons in got["paused_by_queue"].items()}
        assert by_queue == {queue: s for queue, s in known["paused_s_by_queue"].items() if s}, agent
        assert got["paused_any_seconds"] == {why: s for why, s in known["paused_s_by_reason"].items() if s}, agent


@pytest.mark.parametrize("name", NAMES)
def test_manager_bytes_give_the_same_counts(name: str) -> None:
    """Offered, answered, abandoned and every exit, whatever the connection went through."""
    report = replay([part(name, "ami")], _settings(name), input_format="ami")
    gaps = report["sources"]["asterisk"]["gaps"]
    wrong = _wrong(report, name, COUNTS)
    assert closes(report)
    assert not report["input"]["invalid"]
    if not gaps:
        assert not wrong
        declined = {agent: known["ring_no_answer"] for agent, known in truth(name)["agents"].items()}
        assert {agent: report["agents"][agent]["declined"] for agent in declined} == declined
        return
    lost = [visit for visit in true_visits(name) if any(_touches(visit, gap) for gap in gaps)]
    assert sum(_distance(line) for line in wrong) <= 2 * len(lost), wrong
    for queue, figures in report["queues"].items():
        true = Counter(visit["t"] // 300 * 300 for visit in true_visits(name) if visit["queue"] == queue)
        for interval in figures["intervals"]:
            start = datetime.fromisoformat(interval["start"]).timestamp()
            marked = any(_ms(gap["from"]) < start + 300 and _ms(gap["to"]) >= start for gap in gaps)
            assert interval["incomplete"] is marked
            if not marked:
                assert interval["offered"] == pytest.approx(true[int(start)], abs=1), (queue, interval["start"])


def _ms(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _touches(visit: dict[str, Any], gap: dict[str, str]) -> bool:
    over = visit["t_done"] or visit["t_end"]
    return bool(visit["t"] - 1 <= _ms(gap["to"]) and over + 1 >= _ms(gap["from"]))


def _distance(line: str) -> int:
    said, got = (int(word.rstrip(",")) for word in line.split() if word.rstrip(",").isdigit())
    return abs(said - got)


@pytest.mark.parametrize("name", NAMES)
def test_our_service_level_differs_from_the_switch_by_contacts_that_can_be_named(name: str) -> None:
    """Theirs is a / (A + B - B_S): it has no E. Ours counts who left unanswered after T as missed, one by one."""
    report = replay([part(name, "queue_log")], _settings(name), input_format="queue_log")
    for queue, true in truth(name)["queues"].items():
        threshold_s = true["queue_threshold_s"]
        exited_late = [
            visit["uid"]
            for visit in true_visits(name)
            if visit["queue"] == queue and visit["end"].startswith("EXIT") and visit["wait"] > threshold_s
        ]
        theirs = true["answered"] + true["abandoned"] - true["abandoned_wait_le_5s"]
        ours = report["queues"][queue]["service_level_n"]["short_abandons_excluded"]
        assert ours == theirs + len(exited_late), f"{queue}: left after T: {exited_late}"
        level = report["queues"][queue]["service_level"]["short_abandons_excluded"]
        hits = true["answered_within_queue_threshold"]
        assert level == (pytest.approx(hits / ours) if ours else None)


@pytest.mark.parametrize("name", NAMES)
def test_thresholds_differ_from_the_switch_only_within_its_rounding(name: str) -> None:
    """The switch compares differences of truncated seconds, we compare milliseconds: at the edge of T, no further."""
    report = replay([part(name, "ami")], _settings(name), input_format="ami")
    gaps = report["sources"]["asterisk"]["gaps"]
    for queue, true in truth(name)["queues"].items():
        edge_s = true["queue_threshold_s"]
        answers = [
            visit["wait"] for visit in true_visits(name) if visit["queue"] == queue and visit["end"] == "CONNECT"
        ]
        visits = [visit for visit in true_visits(name) if visit["queue"] == queue]
        lost = sum(any(_touches(visit, gap) for gap in gaps) for visit in visits)
        surely = sum(wait < edge_s for wait in answers) - lost
        perhaps = sum(wait <= edge_s + 1 for wait in answers)
        assert surely <= report["queues"][queue]["answered_in_threshold"] <= perhaps, queue
