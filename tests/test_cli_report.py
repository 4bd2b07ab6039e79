"""`floorwatch report` as a user types it: from a daemon's folder, into files, and with the reason when it cannot."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from floorwatch.cli import app
from floorwatch.floor.settings import Settings
from floorwatch.store.history import NAME, History
from tests.reports.floors import HOUR, contact, told, written
from tests.reports.test_writers import START


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a daemon kept of two days."""
    folder = tmp_path_factory.mktemp("journal")
    facts = [fact for n in range(40) for fact in contact(START + n * HOUR, agent="Ada")]
    history = History(folder / NAME, writable=True)
    written(told(Settings(site="hall"), facts, START + 41 * HOUR), history)
    history.close()
    return folder


def _report(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["report", *map(str, arguments)])


def test_without_a_date_it_is_the_last_complete_day(folder: Path) -> None:
    """The second day was going on when the history was written last."""
    said = _report("day", "--store", folder)
    assert said.exit_code == 0
    assert said.stdout.startswith("Day report 2026-11-04\nhall, 2026-11-04 00:00 to 2026-11-05 00:00 (UTC), 24 h\n")
    assert "Ada" not in said.stdout


def test_a_day_that_is_not_over_says_up_to_when(folder: Path) -> None:
    """Today can be asked for too."""
    said = _report("day", "2026-11-05", "--store", folder, "--lang", "zh")
    assert "时段尚未结束：数据截至 16:45。" in said.stdout


def test_csv_comes_as_files_that_spreadsheets_read(folder: Path, tmp_path: Path) -> None:
    """One for the figures, one for the alerts and, where they are asked for, one for the agents."""
    out = tmp_path / "day.csv"
    said = _report("day", "2026-11-04", "--store", folder, "--format", "csv", "--agents", "--out", out)
    assert (said.exit_code, said.stdout) == (0, "")
    assert "personal figures of 1 agent:" in said.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.agents.csv", "day.alerts.csv", "day.csv"]
    assert out.read_bytes().startswith(b"\xef\xbb\xbfline,queue,day,")
    with out.open(encoding="utf-8-sig", newline="") as file:
        totals = [row for row in csv.DictReader(file) if row["line"] == "total"]
    assert [(row["queue"], row["offered"]) for row in totals] == [("sales", "24"), ("", "24")]


def test_json_and_html_hold_the_same_day(folder: Path, tmp_path: Path) -> None:
    """A page for people, a document for machines."""
    document = json.loads(_report("week", "2026-W45", "--store", folder, "--format", "json").stdout)
    assert document["queues"]["sales"]["total"]["offered"] == 40
    assert (
        _report("day", "2026-11-04", "--store", folder, "--format", "html", "--out", tmp_path / "a.html").exit_code == 0
    )
    assert "Day report 2026-11-04" in (tmp_path / "a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (["day"], 2, "name the daemon's --config FILE, or its --store FOLDER"),
        (["day", "yesterday"], 2, "'yesterday' is no day; write it as 2026-10-25"),
        (["month", "2026-13"], 2, "'2026-13' is no month"),
        (["day", "2027-01-01"], 1, "nothing is known of 2027-01-01; name --config FILE to count it from the journal"),
        (["day", "2026-11-04", "--queue", "tech"], 2, "nothing is known of 'tech' in 2026-11-04"),
        (["day", "2026-11-04", "--out", "/no/such/folder/a.html"], 2, "there is no folder /no/such/folder"),
    ],
)
def test_what_cannot_be_reported_is_said(folder: Path, arguments: list[str], status: int, why: str) -> None:
    """In one sentence, with the way out."""
    where = [] if arguments == ["day"] else ["--store", str(folder)]
    said = _report(*arguments, *where)
    assert (said.exit_code, said.stdout) == (status, "")
    assert why in said.stderr


def test_where_nothing_is_kept_it_says_so(tmp_path: Path) -> None:
    """A folder without a history, and one whose file is none."""
    assert "no history is here" in _report("day", "--store", tmp_path).stderr
    (tmp_path / NAME).write_bytes(b"nothing of the kind" * 300)
    said = _report("day", "--store", tmp_path)
    assert (said.exit_code, "move it away" in said.stderr) == (1, True)
