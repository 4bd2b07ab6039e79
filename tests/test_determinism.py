"""Same input, same report, byte for byte: whatever the speed, the run, the hash seed or the cuts in the bytes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from floorwatch.config import load_config
from floorwatch.replay import replay
from floorwatch.report import canonical_json

REPOSITORY = Path(__file__).parents[1]
DAY = Path(__file__).parent / "reference_days/small"
LINES = 1_500
"""Enough of the day for late and repeated facts, alerts and pauses, and quick at any speed."""


@pytest.fixture
def morning(tmp_path: Path) -> Path:
    """The first lines of the messy day."""
    with gzip.open(DAY / "events_messy.jsonl.gz", "rb") as lines:
        (tmp_path / "morning.jsonl").write_bytes(b"".join(line for line, _ in zip(lines, range(LINES), strict=False)))
    return tmp_path / "morning.jsonl"


def _in_a_process(arguments: list[str], hash_seed: str) -> bytes:
    ran = subprocess.run(
        [sys.executable, "-m", "floorwatch", *arguments],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
        timeout=120,
    )
    return ran.stdout


def test_the_same_bytes_in_every_process(morning: Path) -> None:
    """Two hash seeds and a repeated run print one and the same report."""
    arguments = ["replay", str(morning), "--config", str(DAY / "floorwatch.yaml")]
    reports = {_in_a_process(arguments, seed) for seed in ("0", "0", "4711")}
    assert len(reports) == 1
    assert json.loads(reports.pop())["queues"]["support"]["offered"] > 0


def test_the_same_bytes_when_paced(morning: Path) -> None:
    """Pacing changes when, never what."""
    settings = load_config(DAY / "floorwatch.yaml").settings()
    at_once = canonical_json(replay([morning], settings))
    assert canonical_json(replay([morning], settings, speed=5_000.0)) == at_once


def test_the_digest_is_of_everything_above_it(morning: Path) -> None:
    """A reader can check a report: sha256 of the canonical JSON without the digest."""
    import hashlib

    report = replay([morning], load_config(DAY / "floorwatch.yaml").settings())
    digest = report.pop("digest")
    assert digest == hashlib.sha256(canonical_json(report)).hexdigest()
