"""The page of rules: its table is written from the code, and every example on it works."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from floorwatch.alerts.figures import FIGURES, Figure
from floorwatch.alerts.texts import figure_name
from floorwatch.cli import app
from floorwatch.config import load_config
from floorwatch.floor.rules import DEFAULT_RULES

BEGIN, END = "<!-- from alerts.figures.FIGURES -->\n", "<!-- end -->\n"
LIMITS = {"ratio": "ratio", "ms": "time", "count": "number"}


def as_markdown() -> str:
    """Every figure a rule can look at: what docs/rules.md shows."""
    lines = ["| figure | | about | limit | windows | read |", "|---|---|---|---|---|---|"]
    lines += [_row(name, figure) for name, figure in FIGURES.items()]
    return "\n".join((*lines, ""))


def _row(name: str, figure: Figure) -> str:
    windows = ", ".join(figure.windows) + (", n" if figure.has_sample and figure.windows else "")
    windows = windows or ("n" if figure.has_sample else "")
    read = "event" if figure.is_immediate else f"{figure.every_s} s"
    cells = (f"`{name}`", figure_name(name, "en"), ", ".join(figure.scopes), LIMITS[figure.unit], windows, read)
    return f"| {' | '.join(cell.strip() for cell in cells)} |"


def page(repository: Path) -> str:
    return (repository / "docs/rules.md").read_text(encoding="utf-8")


def test_the_page_shows_the_figures(repository: Path) -> None:
    """Whoever adds a figure, or changes what it is about, changes the page."""
    assert page(repository).partition(BEGIN)[2].partition(END)[0] == as_markdown()


def test_the_page_names_the_built_in_rules(repository: Path) -> None:
    """One row each, in their order."""
    text = page(repository).partition("| rule | fires |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [rule.name for rule in DEFAULT_RULES]


def test_the_examples_of_the_page_work(repository: Path, tmp_path: Path) -> None:
    """The configuration is taken, and the tests of rules are as expected."""
    rules, tests = re.findall(r"```yaml\n(.*?)```", page(repository), re.DOTALL)
    config = tmp_path / "floor.yaml"
    config.write_text(rules, encoding="utf-8")
    assert "sales_drowning" in {rule.name for rule in load_config(config).settings().rules}
    story = tmp_path / "loans_test.yaml"
    story.write_text(tests, encoding="utf-8")
    result = CliRunner().invoke(app, ["test-rules", str(story)])
    assert result.exit_code == 0, result.output
