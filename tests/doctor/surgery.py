"""Running `floorwatch doctor`, and finding the line that matters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from typer.testing import CliRunner

from floorwatch.cli import app


class Told(NamedTuple):
    """What it said."""

    exit_code: int
    rows: list[dict[str, Any]]
    text: str

    def level(self, area: str, subject: str, words: str = "") -> str:
        """The level of the one line about this that has these words; empty: there is none."""
        found = [row for row in self.rows if (row["area"], row["subject"]) == (area, subject) and words in row["text"]]
        assert len(found) <= 1, found
        return found[0]["level"] if found else ""

    def not_ok(self) -> set[tuple[str, str]]:
        """(area, subject) of every warning and failure."""
        return {(row["area"], row["subject"]) for row in self.rows if row["level"] != "ok"}


def doctor(config: Path, *more: str) -> Told:
    """Everything it says of this configuration."""
    done = CliRunner().invoke(app, ["doctor", "--config", str(config), "--json", *more])
    rows = json.loads(done.stdout)["findings"] if done.exit_code < 2 else []
    return Told(done.exit_code, rows, done.output)


def free_port() -> int:
    """One that nobody listens at just now."""
    import socket

    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return int(line.getsockname()[1])
