"""`floorwatch token`: what it prints lets its bearer in, and what it cannot make it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
import yaml
from typer.testing import CliRunner

from floorwatch.cli.token import token
from floorwatch.config import load_config
from floorwatch.serve.auth import Access, Grant
from tests.serve.grants import ROLES

app = typer.Typer()
app.command()(token)


def printed(*arguments: str) -> tuple[str, str]:
    """The token, and the lines for the configuration."""
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    found = re.search(r"fw_\w+_[\w-]{43}", done.stdout)
    assert found is not None
    return found[0], done.stdout[done.stdout.index("http:") :]


@pytest.mark.parametrize("role", ROLES)
def test_what_is_printed_lets_its_bearer_in(tmp_path: Path, role: str) -> None:
    """The lines are a configuration that loads, and the token is the one they know; no two are the same."""
    sources = ["--source", "cloud"] if role == "ingest" else []
    fresh, lines = printed("--role", role, "--name", "大厅 A17", *sources)
    path = tmp_path / "floorwatch.yaml"
    path.write_text(lines + "sources: {cloud: {type: http}}\n", encoding="utf-8")
    known = load_config(path).http.tokens
    grants = [Grant(name, entry.role, entry.hash, entry.sources) for name, entry in known.items()]
    bearer = Access(grants).identify(fresh, "127.0.0.1", 0.0)
    assert bearer is not None
    assert (bearer.name, bearer.role, bearer.sources) == ("大厅 A17", role, tuple(sources[1:]))
    assert fresh not in lines
    assert printed("--role", role, *sources)[0] != fresh


def test_without_a_name_the_role_is_it() -> None:
    """There is always something for the log to say."""
    assert yaml.safe_load(printed("--role", "metrics")[1])["http"]["tokens"].keys() == {"metrics"}


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--role", "ingest"], "--source"),
        (["--role", "viewer", "--source", "cloud"], "--source"),
        (["--role", "root"], "root"),
        ([], "--role"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], wrong: str) -> None:
    """An ingest token speaks for sources, any other for none; status 2, and the option is named."""
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})
    assert done.exit_code == 2
    assert wrong in done.stderr
    assert "fw_" not in done.output
