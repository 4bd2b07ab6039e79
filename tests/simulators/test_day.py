from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
import yaml

from floorwatch.config import load_config
from floorwatch.config.file import ServiceLevel
from floorwatch.floor.events import AgentJoined, AnyEvent
from floorwatch.ingest.schedule.read import read_schedule
from floorwatch.replay import replay
from simulators.day import config_of, planned, settings_of, simulate
from simulators.profile import UnknownProfileError, bundled, load_profile
from tests.simulators.truth import differences

ROOT = Path(__file__).parents[2]
FILES = [
    "events.jsonl.gz",
    "floorwatch.yaml",
    "schedule.csv",
    "truth.ami.json",
    "truth.freeswitch.json",
    "truth.json",
    "truth.queue_log.json",
]
QUICK = ("small", "demo", "property-desk")


def files_of(out_dir: Path) -> dict[str, bytes]:
    """Every file written, by name."""
    return {path.name: path.read_bytes() for path in out_dir.iterdir()}


def made(out_dir: Path, profile: str, seed: int, date: str | None = None) -> Path:
    """A simulated day, written."""
    floor, incidents = planned(profile, date, None)
    simulate(floor, seed, out_dir, incidents)
    return out_dir


def test_same_seed_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    """Two processes with different string hashing write the same files, to the byte."""
    script = (
        "import sys, pathlib; from simulators.day import planned, simulate; "
        "simulate(planned('property-desk', None, None)[0], 7, pathlib.Path(sys.argv[1]))"
    )
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / hash_seed)], check=True, cwd=ROOT, env=environment, timeout=60
        )
    first, second = files_of(tmp_path / "1"), files_of(tmp_path / "2")
    assert set(FILES) <= set(first)
    assert first == second


def test_another_seed_is_another_day_on_the_same_floor(tmp_path: Path) -> None:
    """The events differ, the configuration and the schedule do not."""
    one, other = (files_of(made(tmp_path / str(seed), "small", seed)) for seed in (1, 2))
    assert one["events.jsonl.gz"] != other["events.jsonl.gz"]
    assert one["floorwatch.yaml"] == other["floorwatch.yaml"]
    assert one["schedule.csv"] == other["schedule.csv"]


@pytest.mark.parametrize("profile", QUICK)
def test_the_files_belong_together(profile: str, tmp_path: Path) -> None:
    """Every line is an event of the contract; who joins is configured, and who is configured is scheduled."""
    made(tmp_path, profile, 3, "2026-06-15")
    decoder = msgspec.json.Decoder(AnyEvent)
    with gzip.open(tmp_path / "events.jsonl.gz") as lines:
        events = [decoder.decode(line) for line in lines]
    config = yaml.safe_load((tmp_path / "floorwatch.yaml").read_text(encoding="utf-8"))
    with (tmp_path / "schedule.csv").open(encoding="utf-8", newline="") as file:
        schedule = list(csv.DictReader(file))
    joined = {event.agent for event in events if isinstance(event, AgentJoined)}
    assert joined <= set(config["agents"]) == {row["agent"] for row in schedule}
    assert len(joined) > 0.85 * len(config["agents"])
    assert {event.queue for event in events if hasattr(event, "queue") and event.queue} == set(config["queues"])
    assert list(schedule[0]) == ["agent", "activity", "start", "end", "version", "site", "team"]
    first = min(datetime.fromisoformat(row["start"]) for row in schedule)
    assert f"{first:%Y-%m-%d}" == "2026-06-15"
    joins = [event.time for event in events if isinstance(event, AgentJoined)]
    assert abs((joins[0] - first).total_seconds()) < 600


def test_the_configuration_is_that_of_the_floor(tmp_path: Path) -> None:
    """What a monitor reads in it is what the profile says, to the last key of a service level."""
    small = load_profile("small")
    typed = {"target": 0.9, "threshold": "15s", "short_abandon": "3s", "formula": "abandons_met", "per": "day"}
    level = ServiceLevel.model_validate(typed | {"exits_count": True})
    queues = {name: queue.model_copy(update={"service_level": level}) for name, queue in small.queues.items()}
    floor = small.model_copy(update={"queues": queues})
    path = tmp_path / "floorwatch.yaml"
    path.write_text(config_of(floor), encoding="utf-8")
    assert load_config(path).settings() == settings_of(floor)


@pytest.mark.parametrize("profile", QUICK)
@pytest.mark.parametrize("seed", [1, 2])
def test_what_the_simulation_wrote_down_is_what_the_engine_reports(profile: str, seed: int, tmp_path: Path) -> None:
    """Every figure of the report equals the simulation's own truth, exactly; adherence by the schedule it wrote."""
    made(tmp_path, profile, seed)
    settings = load_config(tmp_path / "floorwatch.yaml").settings()
    schedule = read_schedule(tmp_path / "schedule.csv", "schedule.csv", settings.timezone, settings.agents)
    report = replay([tmp_path / "events.jsonl.gz"], settings, schedule=schedule.events(0))
    truth = json.loads((tmp_path / "truth.json").read_bytes())
    assert len(truth["queues"]) == len(report["queues"])
    assert sum(queue["offered"] for queue in truth["queues"].values()) > 800
    assert list(differences(truth, json.loads(json.dumps(report)))) == []


def test_a_wrong_figure_would_be_found(tmp_path: Path) -> None:
    """The comparison is no idle one: one millisecond of talk, one contact, one null more is a difference."""
    made(tmp_path, "small", 1)
    truth = json.loads((tmp_path / "truth.json").read_bytes())
    for key, wrong in (("talk_seconds", 0.001), ("offered", 1)):
        other = json.loads(json.dumps(truth))
        other["queues"]["support"][key] += wrong
        assert len(list(differences(truth, other))) == 1
    truth["queues"]["support"]["asa_seconds"] = None
    assert list(differences(truth, json.loads((tmp_path / "truth.json").read_bytes())))


def test_adherence_of_the_truth_is_counted_against_the_schedule(tmp_path: Path) -> None:
    """Who keeps to the plan is in for 85 to 100 % of it; in and out make up what was scheduled."""
    made(tmp_path, "small", 1)
    agents = json.loads((tmp_path / "truth.json").read_bytes())["agents"].values()
    kept = [agent["adherence"] for agent in agents if agent["seconds"]]
    assert all(abs(a["in_seconds"] + a["out_seconds"] - a["scheduled_seconds"]) < 0.002 for a in kept)
    ratios = sorted(a["ratio"] for a in kept)
    assert ratios[len(ratios) // 2] == pytest.approx(0.95, abs=0.05)
    assert ratios[0] > 0.7


def test_every_bundled_profile_can_be_read() -> None:
    """Each loads, by its name, and calls itself so."""
    names = list(bundled())
    assert {"small", "property-desk", "bpo", "mega", "demo"} <= set(names)
    for name in names:
        assert planned(name, None, None)[0].name == name
    mega = planned("mega", None, None)[0]
    assert (len(mega.queues), sum(team.agents for team in mega.teams.values())) == (500, 10_000)


def test_an_unknown_profile_is_refused_with_those_there_are() -> None:
    """A typo is answered with the names to choose from."""
    with pytest.raises(UnknownProfileError, match=r"'smal'.*mega.*small"):
        planned("smal", None, None)
