"""`floorwatch backtest`: the same bytes every time, and what cannot be used is said in a sentence."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from floorwatch.cli import app
from floorwatch.report import canonical_json
from tests.backtest_days import contacts, morning, recorded


def floorwatch(*typed: str | Path, hash_seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "floorwatch", "backtest", *map(str, typed)]
    return subprocess.run(command, capture_output=True, check=False, env={"PYTHONHASHSEED": hash_seed})


def test_the_command_gives_the_same_bytes(tmp_path: Path) -> None:
    """Whatever order sets have in a process; rules come from YAML, and the text fits the width."""
    day = recorded(tmp_path, *contacts(morning())).inputs[0]
    rules = tmp_path / "rules.yaml"
    rules.write_text(
        "so_far: {figure: service_level, window: interval, below: 80 %, min_sample: 5}\nno_agents: {enabled: false}\n"
    )
    typed = (day, "--rules", rules, "--period", "30m")
    runs = [floorwatch(*typed, "--format", "json", hash_seed=seed) for seed in ("1", "2")]
    assert [run.returncode for run in runs] == [0, 0]
    assert runs[0].stdout == runs[1].stdout
    found = json.loads(runs[0].stdout)
    assert [rule["rule"] for rule in found["rules"]][-1] == "so_far"
    assert canonical_json(found) == runs[0].stdout
    text = CliRunner().invoke(app, ["backtest", *map(str, typed)]).output
    assert f"digest {found['digest']}" in text
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (["missing.jsonl"], "missing.jsonl: no such file"),
        (["day.jsonl", "--period", "20m"], "--period: '20m' must be a multiple of the interval, 15m"),
        (["day.jsonl", "--period", "soon"], "--period: 'soon' must be a duration such as 20s"),
        (["day.jsonl", "--since", "march"], "--since: 'march' is no day: write it as 2026-03-01"),
        (["day.jsonl", "--rules", "wrong.yaml"], "did you mean 'service_level'?"),
        (["day.jsonl", "--compare", "wrong.yaml"], "did you mean 'service_level'?"),
    ],
)
def test_what_cannot_be_used_is_named(tmp_path: Path, typed: list[str], says: str) -> None:
    """Exit status 2, and the way out, before anything is replayed."""
    recorded(tmp_path, *contacts({0: 5}))
    (tmp_path / "wrong.yaml").write_text("mine: {figure: service_levle, below: 80 %}\n")
    named = [str(tmp_path / one) if "." in one and not one.startswith("--") else one for one in typed]
    done = CliRunner().invoke(app, ["backtest", *named])
    assert (done.exit_code, says in done.output) == (2, True), done.output


def test_a_damaged_day_is_said_to_be_one(tmp_path: Path) -> None:
    """What came before the damage is told, and the exit status is 1, as that of a replay."""
    whole = gzip.compress(recorded(tmp_path, *contacts(morning())).inputs[0].read_bytes())
    damaged = tmp_path / "day.jsonl.gz"
    damaged.write_bytes(whole[: len(whole) // 2])
    done = CliRunner().invoke(app, ["backtest", str(damaged)])
    assert done.exit_code == 1
    assert "RULES" in done.output
    assert "an input is damaged" in done.output
