"""The list of every metric in docs/metrics.md, written from what is really exported.

After a change of what is exported: `python -m tests.serve.metrics_page` writes it anew.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families

from floorwatch.agent_series import AgentSeries
from floorwatch.clock import WallClock
from floorwatch.config.metrics import Metrics
from floorwatch.engine import Engine
from floorwatch.floor.oncall import OnCall
from floorwatch.floor.settings import Settings
from floorwatch.heartbeat import Heartbeat, heartbeat_metrics
from floorwatch.ingest.inbox import Inbox
from floorwatch.metrics.catalogue import FIGURES
from floorwatch.notify.exposition import output_metrics
from floorwatch.oncall_metrics import oncall_metrics
from floorwatch.own_metrics import OwnMetrics
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import FAMILIES, Exposition
from floorwatch.serve.exposition_ahead import FAMILIES_AHEAD
from floorwatch.serve.exposition_queue import FAMILIES_QUEUE
from floorwatch.serve.text_format import Family
from floorwatch.store.journal import Journal
from floorwatch.vitals import Vitals
from tests.serve.floors import floor, looking_ahead

PAGE = Path(__file__).parents[2] / "docs/metrics.md"
BEGIN, END = "<!-- the list begins -->\n", "<!-- the list ends -->\n"
SPECIAL = ("le",)
"""Labels that the kind of a metric brings with it."""


def whole() -> bytes:
    """The text of a floor of which all is known, with its agents."""
    return Exposition(lambda: [("A17", "talking"), ("A18", "paused")]).render(looking_ahead(floor()))


def own_text(folder: Path) -> bytes:
    """What a daemon with a journal says of itself."""

    async def told() -> bytes:
        journal = Journal(folder)
        own = OwnMetrics(
            Board().viewers, Inbox(WallClock()), journal, AgentSeries(Engine(Settings()), Metrics(per_agent="id"))
        )
        own.scraped(0.03, 50_000)
        text = own.text()
        await journal.close()
        return text

    return asyncio.run(told())


def heartbeat_text() -> bytes:
    """What it says of its signs of life."""
    vitals = Vitals({}, lambda: True)

    async def nobody() -> None:
        """Calls nobody."""

    return heartbeat_metrics(vitals, Heartbeat(nobody, 60.0, 5.0, vitals))()


def _families(text: bytes) -> dict[str, Metric]:
    """By the name that is written in front of their samples."""
    found = {}
    for family in text_string_to_metric_families(text.decode()):
        found[f"{family.name}_total" if family.type == "counter" else family.name] = family
    return found


def _labels(family: Metric) -> str:
    names = dict.fromkeys(label for sample in family.samples for label in sample.labels if label not in SPECIAL)
    return ", ".join(f"`{name}`" for name in names)


def _of_figures(families: Iterable[str], written: dict[str, Metric]) -> Iterator[str]:
    yield "| metric | type | labels | meaning | its n |"
    yield "|---|---|---|---|---|"
    for name in families:
        family: Family = FAMILIES[name]
        meaning = FIGURES[family.figure].text("en").replace("|", "\\|")
        n = f"`{family.sample}`" if family.sample else ""
        yield f"| `{name}` | {family.kind} | {_labels(written[name])} | {meaning} | {n} |"


def _of_texts(families: dict[str, Metric], labels: str = "") -> Iterator[str]:
    yield "| metric | type | labels | meaning |"
    yield "|---|---|---|---|"
    for name, family in families.items():
        yield f"| `{name}` | {family.type} | {labels or _labels(family)} | {family.documentation} |"


def listed(folder: Path) -> str:
    """The list, heading by heading."""
    written = _families(whole())
    counters = [name for name in FAMILIES if FAMILIES[name].kind != "gauge" and not name.startswith(NOT_OF_QUEUES)]
    alerts = [name for name in FAMILIES if name.startswith(("floorwatch_alert_", "floorwatch_alerts_"))]
    apart = {*FAMILIES_QUEUE, *FAMILIES_AHEAD, *counters, *alerts}
    parts = {
        "Queues: now, and over windows": _of_figures(FAMILIES_QUEUE, written),
        "Queues: what has settled": _of_figures(counters, written),
        "What lies ahead, and who keeps to the schedule": _of_figures(FAMILIES_AHEAD, written),
        "Alerts": _of_figures(alerts, written),
        "The floor, its feeds and their input": _of_figures((n for n in FAMILIES if n not in apart), written),
        "Outputs": _of_texts(_families(output_metrics(list)()), "`output`, `place`"),
        "On call": _of_texts(_families(oncall_metrics(Engine(Settings(oncall=OnCall(rotas=("north",)))))())),
        "floorwatch itself": _of_texts(_families(own_text(folder) + heartbeat_text())),
    }
    return "".join(f"### {heading}\n\n{chr(10).join(rows)}\n\n" for heading, rows in parts.items())


NOT_OF_QUEUES = tuple(
    f"floorwatch_{begin}" for begin in ("source_", "events_", "anomalies_", "unknown_", "corrections_", "alert")
)


def page_with(text: str, listed_now: str) -> str:
    """The page with this list in it."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{listed_now}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8"), listed(Path(made) / "journal")), encoding="utf-8")
