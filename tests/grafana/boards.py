"""The committed dashboards, read as Grafana would read them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

Json = dict[str, Any]
FOLDER = Path(__file__).parents[2] / "grafana" / "dashboards"
NAMES = ("floor-overview", "queue-detail", "adherence-and-staffing", "alerts-and-actions", "feeds-and-daemon")

CHOSEN = {
    "${queue:regex}": "sales",
    "$__rate_interval": "10m",
    "$__range": "12h",
    "$interval": "30m",
    "$window": "15m",
    "$site": ".*",
}
"""What somebody has chosen who chose nothing; `$queue` is asked for apart."""


class Asked(NamedTuple):
    """One query, and where it stands."""

    board: str
    panel: str
    expr: str
    is_instant: bool


def board(name: str, lang: str = "en") -> Json:
    """A dashboard as it is committed."""
    read: Json = json.loads((FOLDER / lang / f"{name}.json").read_text(encoding="utf-8"))
    return read


def panels(dashboard: Json) -> list[Json]:
    """Its panels, without the rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def filled(expr: str, name: str) -> str:
    """A query as it is sent: every variable replaced."""
    queue = "sales" if name == "queue-detail" else ".*"
    for variable, value in (*CHOSEN.items(), ("$queue", queue)):
        expr = expr.replace(variable, value)
    assert "$" not in expr, expr
    return expr


def queries(name: str) -> Iterator[Asked]:
    """Every query of every panel and annotation."""
    dashboard = board(name)
    for panel in panels(dashboard):
        for target in panel.get("targets", ()):
            yield Asked(name, panel["title"], filled(target["expr"], name), bool(target.get("instant")))
    for note in dashboard["annotations"]["list"]:
        yield Asked(name, f"annotation {note['name']}", filled(note["expr"], name), is_instant=False)


def label_values(dashboard: Json, name: str) -> Iterator[tuple[str, str, str]]:
    """(variable, selector, label) of each variable that asks the data source."""
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            found = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]["query"])
            assert found, variable["query"]
            yield variable["name"], filled(found[1], name), found[2]
