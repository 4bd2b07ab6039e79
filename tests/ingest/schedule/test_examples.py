"""The examples of docs/schedules.md are read as the page says, and the page names every reason there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from floorwatch.cli import app
from floorwatch.floor.settings import AgentProfile
from floorwatch.ingest.schedule import read_schedule
from floorwatch.ingest.schedule.words import ACTIVITY_WORDS
from floorwatch.metrics.phrases import PHRASES

KNOWN = {f"A{n}": AgentProfile() for n in range(17, 21)}
FOLDER = "docs/examples/schedules"


@pytest.mark.parametrize(
    ("name", "form", "encoding", "lines"),
    [
        ("week.csv", "csv", "utf-8", 11),
        ("week.xlsx", "xlsx", "", 11),
        ("gb18030.csv", "csv", "gb18030", 9),
        ("agent.ics", "icalendar", "utf-8", 6),
    ],
)
def test_an_example_is_good(repository: Path, name: str, form: str, encoding: str, lines: int) -> None:
    """Each in its format and encoding, nothing refused."""
    read = read_schedule(repository / FOLDER / name, name, "Europe/Berlin", KNOWN)
    assert (read.format, read.encoding, len(read.activities), read.refused) == (form, encoding, lines, ())


def test_the_same_week_says_the_same_in_both_formats(repository: Path) -> None:
    """A workbook and a CSV of the same lines are one schedule."""
    csv, xlsx = (
        read_schedule(repository / FOLDER / f"week.{suffix}", "w", "Europe/Berlin", KNOWN) for suffix in ("csv", "xlsx")
    )
    assert csv.digest == xlsx.digest


def test_the_page_names_every_reason_and_every_word(repository: Path) -> None:
    """A reason that can be given is explained; a word that is understood is written down."""
    page = (repository / "docs/schedules.md").read_text(encoding="utf-8")
    reasons = {key.partition(".")[2] for key in PHRASES if key.startswith("schedule.")}
    assert reasons == set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", page, re.MULTILINE)))) & reasons
    assert all(re.search(rf"\b{word}\b", page) for word in ACTIVITY_WORDS)


def test_check_says_what_the_page_says(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of the page, their output to the letter, and their exit statuses."""
    monkeypatch.chdir(repository)
    page = (repository / "docs/schedules.md").read_text(encoding="utf-8")
    (shown,) = [block for block in re.findall(r"```console\n(.*?)```", page, re.DOTALL) if "schedule check" in block]
    said = ""
    for command in re.findall(r"^\$ floorwatch (.*)$", shown, re.MULTILINE):
        ended = CliRunner().invoke(app, command.split())
        assert ended.exit_code == (1 if "mistakes" in command else 0)
        said += f"$ floorwatch {command}\n{ended.output}"
    assert said == shown
    assert "1 line of 1 agent (" in said


def test_check_as_json_is_what_http_answers(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines read the same keys in both places; a file that is none is a sentence."""
    monkeypatch.chdir(repository)
    ended = CliRunner().invoke(app, ["schedule", "check", f"{FOLDER}/week.csv", "--json"])
    assert '"days": [\n  "2026-03-02"\n ]' in ended.output
    assert CliRunner().invoke(app, ["schedule", "check", "nothing.csv"]).exit_code == 1
