"""The auditor itself is audited: by days whose figures were computed elsewhere, and for what it promises to be."""

from __future__ import annotations

import ast
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from floorwatch.config import load_config
from tests.audit import recount
from tests.reference import differences

HERE = Path(__file__).parent
DAYS = [HERE / "reference_days", HERE.parent / "../shared/days"]
LINES = 150


def reference_days() -> list[Path]:
    return sorted(path.parent for root in DAYS if root.is_dir() for path in root.glob("*/expected.json"))


def events(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("delivery", ["events.jsonl.gz", "events_messy.jsonl.gz"])
@pytest.mark.parametrize("day", reference_days(), ids=lambda day: f"{day.parent.name}-{day.name}")
def test_the_recount_meets_the_reference_days(day: Path, delivery: str) -> None:
    """Every figure of every queue, interval and agent that somebody else computed comes out of it, but adherence."""
    ours = recount(events(day / delivery), load_config(day / "floorwatch.yaml").settings())
    for queue in ours["queues"].values():
        for interval in queue["intervals"]:
            interval["start"] = datetime.fromtimestamp(interval["start"] / 1000, UTC).isoformat()
    expected = json.loads((day / "expected.json").read_text(encoding="utf-8"))
    for agent in expected["agents"].values():
        del agent["adherence"]  # the auditor reads no schedule
    wrong = [*differences(expected["queues"], ours["queues"]), *differences(expected["agents"], ours["agents"])]
    assert not wrong, "\n".join(wrong[:20])


def code_lines(tree: ast.Module) -> set[int]:
    """The lines that hold code: neither blank nor comment nor docstring."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    told = [node for node in ast.walk(tree) if isinstance(node, documented) and ast.get_docstring(node)]
    docstrings = [node.body[0] for node in told]
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and node not in docstrings]
    simple = [node for node in statements if not hasattr(node, "body")]
    heads = [node for node in statements if hasattr(node, "body")]
    lines = {line for node in simple for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    return lines | {line for node in heads for line in range(node.lineno, max(node.lineno + 1, node.body[0].lineno))}


def test_the_recount_is_short_and_shares_no_code() -> None:
    """At most 150 lines of code, nothing of the engine, only the standard library: it can be read and believed."""
    source = (HERE / "recount.py").read_text(encoding="utf-8")
    tree = ast.parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    modules = {name.name for node in imports for name in node.names if isinstance(node, ast.Import)}
    modules |= {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
    assert modules == {"collections", "datetime", "types", "zoneinfo"}
    assert len(code_lines(tree)) <= LINES
