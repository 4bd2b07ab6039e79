"""Same input, same report, byte for byte: whatever the speed, the run, the hash seed or the cuts in the bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from floorwatch.config import load_config
from floorwatch.floor.settings import Settings
from floorwatch.ingest.ami.recording import AmiRecording
from floorwatch.replay import replay, run
from floorwatch.report import build_report, canonical_json

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
    report = replay([morning], load_config(DAY / "floorwatch.yaml").settings())
    digest = report.pop("digest")
    assert digest == hashlib.sha256(canonical_json(report)).hexdigest()


TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.ami"))


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_same_bytes_wherever_a_manager_session_is_cut(transcript: Path) -> None:
    """A chunk ends anywhere, in the middle of a line or of a letter; with and without the index of arrivals."""

    def report(seed: int | None, index: Path | None) -> bytes:
        dice = random.Random(seed)

        def cut(received: bytes) -> Iterator[bytes]:
            while seed is not None and received:
                size = dice.randint(1, dice.choice((1, 7, 400)))
                yield received[:size]
                received = received[size:]
            yield received

        recording = AmiRecording(transcript, index, cut=cut)
        return canonical_json(build_report(run([recording], Settings()), recording.counts))

    for index in (transcript.with_suffix(".idx.jsonl"), None):
        uncut = report(None, index)
        assert json.loads(uncut)["queues"]
        assert {report(seed, index) for seed in range(5)} == {uncut}
