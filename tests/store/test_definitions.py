"""A changed definition leaves a mark on its series, across restarts."""

from __future__ import annotations

import json
from pathlib import Path

from floorwatch.metrics.catalogue import VERSIONS
from floorwatch.store.definitions import Mark, mark_changes
from tests.running import floorwatch


def test_a_version_that_changes_between_two_starts_is_marked_once(tmp_path: Path) -> None:
    """The first start only takes note; another version is marked with its instant, and stays marked."""
    assert mark_changes(tmp_path, {"asa": 1, "aht": 2}, 1_000) == []
    assert mark_changes(tmp_path, {"asa": 1, "aht": 2}, 2_000) == []
    changed = Mark(at=3_000, figure="asa", was=1, version=2)
    assert mark_changes(tmp_path, {"asa": 2, "aht": 2}, 3_000) == [changed]
    assert mark_changes(tmp_path, {"asa": 2, "aht": 2}, 4_000) == [changed]
    back = Mark(at=5_000, figure="asa", was=2, version=1)
    assert mark_changes(tmp_path, {"asa": 1, "aht": 2}, 5_000) == [changed, back]


def test_a_new_figure_has_nothing_before_it(tmp_path: Path) -> None:
    """It is no change; and a figure that an older version did not know keeps the version it had."""
    mark_changes(tmp_path, {"asa": 1}, 1_000)
    assert mark_changes(tmp_path, {"asa": 1, "patience": 3}, 2_000) == []
    assert mark_changes(tmp_path, {"asa": 1}, 3_000) == []
    [mark] = mark_changes(tmp_path, {"asa": 1, "patience": 4}, 4_000)
    assert (mark.figure, mark.was, mark.version) == ("patience", 3, 4)


def test_a_damaged_note_is_kept_aside(tmp_path: Path) -> None:
    """Marks are remarks: they never keep the daemon from starting, and what was there can be looked at."""
    (tmp_path / "definitions.json").write_text("{", encoding="utf-8")
    assert mark_changes(tmp_path, {"asa": 1}, 1_000) == []
    assert (tmp_path / "definitions.damaged").read_text(encoding="utf-8") == "{"
    assert json.loads((tmp_path / "definitions.json").read_bytes())["versions"] == {"asa": 1}


def test_a_daemon_of_another_version_shows_the_mark(tmp_path: Path) -> None:
    """What the last process showed by version 1, this one shows by another: the API says since when."""
    (tmp_path / "input").write_text("", encoding="utf-8")
    config = tmp_path / "floorwatch.yaml"
    config.write_text("http: {port: 0}\nsources: {pbx: {type: queue_log, path: input}}\n", encoding="utf-8")
    folder = tmp_path / "journal"
    folder.mkdir(mode=0o700)
    mark_changes(folder, VERSIONS | {"asa": VERSIONS["asa"] + 7}, 1_000)
    with floorwatch(tmp_path / "out", "run", "--config", str(config)) as daemon:
        definitions = daemon.get("/api/v1/definitions")
        assert daemon.stop() == 0
    [mark] = definitions["asa"]["marks"]
    assert (mark["was"], mark["version"]) == (VERSIONS["asa"] + 7, VERSIONS["asa"])
    assert mark["at"] > 1_000
    assert definitions["aht"]["marks"] == []
