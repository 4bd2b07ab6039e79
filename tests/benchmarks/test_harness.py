from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import ami, measure, pipeline
from benchmarks.__main__ import main
from benchmarks.manager_traffic import manager_bytes
from benchmarks.traffic import bench_lines
from floorwatch.metrics.tally import read


def test_contestants_run_in_turns() -> None:
    """Each as often as the other, neither twice in a row."""
    order: list[str] = []
    medians = measure.in_turns(lambda: order.append("a"), lambda: order.append("b"), rounds=3)
    assert order == ["a", "b"] * 3
    assert len(medians) == 2
    assert all(seconds >= 0 for seconds in medians)


@pytest.mark.parametrize(("ratio", "at_most", "is_met"), [(12.0, True, True), (12.1, True, False), (3.0, False, True)])
def test_a_goal_bounds_a_cost_from_above_and_a_speed_from_below(ratio: float, at_most: bool, is_met: bool) -> None:
    """The bound itself is met."""
    contest = measure.Contest("x", "lines", 1, 1, "we", 1.0, "they", 1.0, ratio, 12.0 if at_most else 3.0, at_most)
    assert contest.is_met is is_met


def test_the_pipeline_does_all_the_work_it_is_timed_for() -> None:
    """Every line is applied, contacts are offered and answered in many queues, agents have worked."""
    lines = bench_lines(pipeline.SEED, 30_000)
    engine = pipeline.pipeline(lines)
    assert (engine.applied, engine.duplicates, engine.anomalies.total()) == (len(lines), 0, 0)
    offered = sum(read(ledger.rolling.total, "offered") for ledger in engine.books.ledgers.values())
    assert offered == sum(b'"contact.offered"' in line for line in lines)


def test_both_sides_read_the_same_made_up_session(tmp_path: Path) -> None:
    """panoramisk sees every message, and our floor every contact, answered and ended."""
    session = manager_bytes(contacts=50)
    chunks = [session[start : start + 1_000] for start in range(0, len(session), 1_000)]
    assert ami.panoramisk_parses(chunks) == session.count(b"Event: ")
    path = tmp_path / "session.ami"
    path.write_bytes(session)
    engine = ami.manager_to_state(path)
    total = sum(ledger.rolling.total for ledger in engine.books.ledgers.values())
    assert [read(total, figure) for figure in ("offered", "answered", "handled")] == [50, 50, 50]
    assert engine.anomalies.total() == 0


def test_the_command_prints_a_table_and_writes_the_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both contests, with their goals, on paper and in the file; a missed goal is the exit status only if asked for."""
    monkeypatch.setattr("benchmarks.__main__.QUICK_EVENTS", 2_000)
    monkeypatch.setattr("benchmarks.__main__.QUICK_BYTES", 200_000)
    monkeypatch.setattr(pipeline, "GOAL", 0.0)
    path = tmp_path / "figures.json"
    assert main(["--quick", "--json", str(path)]) == 0
    figures = json.loads(path.read_text())
    assert [contest["name"].split()[0] for contest in figures["contests"]] == ["pipeline", "manager"]
    assert figures["contests"][0]["is_met"] is False
    printed = capsys.readouterr().out
    assert "goal at most 0: MISSED" in printed
    assert "goal at least 3" in printed
    assert main(["--quick", "--check"]) == 1
