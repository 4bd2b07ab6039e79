"""`floorwatch dashboards export`: what it writes, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from floorwatch.cli import app
from tests.grafana.boards import FOLDER, NAMES


def export(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["dashboards", "export", *map(str, arguments)])


def files(folder: Path) -> dict[str, str]:
    """What is in it."""
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_all_that_is_needed_is_written(tmp_path: Path) -> None:
    """The dashboards of one language as they are committed, the rules, and a configuration for each program."""
    done = export(tmp_path / "new" / "folder")
    assert done.exit_code == 0
    written = files(tmp_path / "new" / "folder")
    committed = files(FOLDER.parent)
    assert {name: text for name, text in written.items() if name.startswith("dashboards/")} == {
        f"dashboards/{name}.json": committed[f"dashboards/en/{name}.json"] for name in NAMES
    }
    others = {name: text for name, text in written.items() if not name.startswith("dashboards/")}
    assert others == {
        name: committed[name]
        for name in (
            "provisioning/datasources/prometheus.yaml",
            "provisioning/dashboards/floorwatch.yaml",
            "prometheus/prometheus.yml",
            "prometheus/rules/alerts.yml",
            "prometheus/rules/recording.yml",
            "alertmanager/alertmanager.yml",
        )
    }
    assert done.stdout.splitlines() == [str(tmp_path / "new" / "folder" / name) for name in sorted(written)]


def test_what_the_user_has_changed_is_left(tmp_path: Path) -> None:
    """A second export writes dashboards and rules again, and says which configurations it has left as they are."""
    export(tmp_path)
    for name in ("alertmanager/alertmanager.yml", "dashboards/queue-detail.json", "prometheus/rules/alerts.yml"):
        (tmp_path / name).write_text("mine", encoding="utf-8")
    done = export(tmp_path)
    assert [name for name, text in files(tmp_path).items() if text == "mine"] == ["alertmanager/alertmanager.yml"]
    assert f"{tmp_path / 'alertmanager/alertmanager.yml'}: left as it is" in done.stdout.splitlines()


def test_links_lead_to_the_wallboard_that_is_named(tmp_path: Path) -> None:
    """In Chinese, with another address: that is all that differs from what is committed."""
    assert export(tmp_path, "--lang", "zh", "--wallboard", "https://floor.example/").exit_code == 0
    for name in NAMES:
        board = json.loads((tmp_path / "dashboards" / f"{name}.json").read_text(encoding="utf-8"))
        (wallboard,) = (one for one in board["templating"]["list"] if one["name"] == "wallboard")
        assert wallboard["query"] == "https://floor.example"
        wallboard["query"] = "http://127.0.0.1:8321"
        assert board == json.loads((FOLDER / "zh" / f"{name}.json").read_text(encoding="utf-8"))


def test_what_is_no_address_or_folder_is_refused(tmp_path: Path) -> None:
    """With a sentence, before anything is written."""
    wrong = export(tmp_path / "new", "--wallboard", "javascript:alert(1)")
    assert (wrong.exit_code, (tmp_path / "new").exists()) == (2, False)
    assert "--wallboard: 'javascript:alert(1)' is no address" in wrong.stderr
    (tmp_path / "file").touch()
    assert export(tmp_path / "file").exit_code == 1
