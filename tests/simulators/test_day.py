from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
import yaml

from floorwatch.floor.events import AgentJoined, AnyEvent
from simulators.day import PROFILES, simulate

ROOT = Path(__file__).parents[2]


def files_of(out_dir: Path) -> dict[str, bytes]:
    """Every file written, by name."""
    return {path.name: path.read_bytes() for path in out_dir.iterdir()}


def test_same_seed_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    """Two processes with different string hashing write the same three files, to the byte."""
    script = (
        "import sys, pathlib; from simulators.day import simulate; simulate('demo', 7, None, pathlib.Path(sys.argv[1]))"
    )
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / hash_seed)], check=True, cwd=ROOT, env=environment, timeout=60
        )
    first, second = files_of(tmp_path / "1"), files_of(tmp_path / "2")
    assert sorted(first) == ["events.jsonl.gz", "floorwatch.yaml", "schedule.csv"]
    assert first == second


def test_another_seed_is_another_day_on_the_same_floor(tmp_path: Path) -> None:
    """The events differ, the configuration and the schedule do not."""
    simulate("small", 1, None, tmp_path / "one")
    simulate("small", 2, None, tmp_path / "other")
    one, other = files_of(tmp_path / "one"), files_of(tmp_path / "other")
    assert one["events.jsonl.gz"] != other["events.jsonl.gz"]
    assert one["floorwatch.yaml"] == other["floorwatch.yaml"]
    assert one["schedule.csv"] == other["schedule.csv"]


@pytest.mark.parametrize("profile", list(PROFILES))
def test_the_files_belong_together(profile: str, tmp_path: Path) -> None:
    """Every line is an event of the contract; the agents who join are those configured and those scheduled."""
    simulate(profile, 3, "2026-06-15", tmp_path)
    decoder = msgspec.json.Decoder(AnyEvent)
    with gzip.open(tmp_path / "events.jsonl.gz") as lines:
        events = [decoder.decode(line) for line in lines]
    config = yaml.safe_load((tmp_path / "floorwatch.yaml").read_text(encoding="utf-8"))
    with (tmp_path / "schedule.csv").open(encoding="utf-8", newline="") as file:
        schedule = list(csv.DictReader(file))
    joined = {event.agent for event in events if isinstance(event, AgentJoined)}
    assert joined == set(config["agents"]) == {row["agent"] for row in schedule}
    assert {event.queue for event in events if hasattr(event, "queue") and event.queue} == set(config["queues"])
    assert list(schedule[0]) == ["agent", "activity", "start", "end"]
    first = min(datetime.fromisoformat(row["start"]) for row in schedule)
    assert first.isoformat() == "2026-06-15T08:00:00+02:00"
    assert abs((events[0].time - first).total_seconds()) < 600


def test_an_unknown_profile_is_refused_with_those_there_are(tmp_path: Path) -> None:
    """A typo is answered with the names to choose from, and nothing is written."""
    with pytest.raises(ValueError, match=r"'smal'.*small, demo"):
        simulate("smal", 1, None, tmp_path / "out")
    assert not (tmp_path / "out").exists()
