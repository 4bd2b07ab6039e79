"""docs/metrics.md lists what is exported: no more, no less, and as it is."""

from __future__ import annotations

import re
from pathlib import Path

from floorwatch.serve.exposition import FAMILIES
from tests.serve.metrics_page import PAGE, listed, page_with


def test_the_list_is_what_is_exported(tmp_path: Path) -> None:
    """Name, type, labels, meaning and n of each metric; `python -m tests.serve.metrics_page` writes it."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == page_with(text, listed(tmp_path / "journal"))
    assert all(f"| `{name}` |" in text for name in FAMILIES)


def test_the_page_names_no_metric_that_is_not_there() -> None:
    """Whatever the advice around the list speaks of is in the list."""
    text = PAGE.read_text(encoding="utf-8")
    there = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    histograms = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bfloorwatch_\w+", text)}
    assert histograms <= there
