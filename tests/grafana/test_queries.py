"""Every query of every dashboard, asked of a real Prometheus: after a simulated day, and of a daemon that runs."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from floorwatch.serve.auth import hash_of, new_token
from tests.grafana.asking import BUNDLED, Asking
from tests.grafana.boards import NAMES, Asked, board, label_values, queries
from tests.grafana.history import SimulatedDay, stored
from tests.live.receiver import receiver
from tests.running import floorwatch

CONFIG = """
site: {{name: main}}
http:
  port: 0
  open_to_viewers: true
  tokens:
    prometheus: {{role: metrics, hash: "{hash}"}}
metrics: {{per_agent: pseudonym}}
sources: {{pbx: {{type: events, path: events.jsonl}}}}
rules:
  line: {{figure: waiting, at_least: {{emergency: 1}}, immediate: true}}
people: {{A18: {{}}}}
rotas: {{north: {{layers: [{{people: [A18]}}]}}}}
outputs:
  hook: {{type: webhook, url: "{address}/hook", secret: s, group_interval: 0s}}
"""
SCRAPES = 8


class Asker(NamedTuple):
    """The server, the day that is in it, and when the daemon was scraped last."""

    server: Asking
    day: SimulatedDay
    live_s: float


def spoken(path: Path) -> None:
    """A little traffic of this minute: one contact waits, one was answered, one gave up twice, a line is nonsense."""
    at = int(time.time() * 1000)
    events: list[dict[str, Any]] = [
        {"type": "agent.state", "agent": "A17", "state": "available"},
        {"type": "contact.offered", "contact": "c1"},
        {"type": "contact.offered", "contact": "c2"},
        {"type": "contact.offered", "contact": "c3"},
        {"type": "contact.answered", "contact": "c1", "agent": "A17"},
        {"type": "contact.abandoned", "contact": "c2"},
        {"type": "contact.abandoned", "contact": "c2"},
    ]
    lines = [json.dumps({"time": at + n, "queue": "sales", **event}) for n, event in enumerate(events)]
    path.write_text("\n".join([*lines, "not JSON", ""]), encoding="utf-8")


@pytest.fixture(scope="module")
def asker(tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asker]:
    """The day is simulated, put into storage, and served together with some seconds of a live daemon."""
    folder = tmp_path_factory.mktemp("asking")
    day = SimulatedDay()
    day.openmetrics(folder / "day.om")
    stored(tool("promtool"), folder / "day.om", folder / "data")
    with ExitStack() as stack:
        to = stack.enter_context(receiver())
        token = new_token("metrics")
        (folder / "metrics.token").write_text(token, encoding="utf-8")
        told = CONFIG.format(address=to.address, hash=hash_of(token))
        (folder / "floorwatch.yaml").write_text(told, encoding="utf-8")
        spoken(folder / "events.jsonl")
        config = str(folder / "floorwatch.yaml")
        running = stack.enter_context(floorwatch(folder / "daemon.log", "run", "--config", config))
        stack.enter_context(urllib.request.urlopen(running.address + "/events", timeout=5))  # a viewer
        floor = running.address.removeprefix("http://")
        server = Asking(tool("prometheus"), folder, folder / "data", floor, folder / "metrics.token")
        server.start()
        stack.callback(server.stop)
        scrapes = 'count_over_time(floorwatch_view_timestamp_seconds{instance!="floor:8321"}[1m])'

        def scraped() -> bool:
            found = server.now(scrapes, time.time())
            return bool(found) and float(found[0]["value"][1]) >= SCRAPES

        running.wait_for(scraped, 40)
        yield Asker(server, day, time.time())


def answers(asker: Asker, asked: Asked) -> bool:
    """Whether it shows something at a moment of the day, or of the live daemon."""
    server, start_s, end_s = asker.server, asker.day.start_ms / 1000, asker.day.end_ms / 1000
    if asked.is_instant:
        moments = (start_s + 5_280, start_s + 3 * 3_600, end_s, asker.live_s)
        return any(server.now(asked.expr, at_s) for at_s in moments)
    spans = ((start_s, end_s, 600), (asker.live_s - 5, asker.live_s, 1))
    return any(server.over(asked.expr, *span) for span in spans)


def value(asker: Asker, expr: str, at_s: float) -> float:
    """The one number that a query answers."""
    (series,) = asker.server.now(expr, at_s)
    return float(series["value"][1])


@pytest.mark.parametrize("name", NAMES)
def test_every_query_parses_and_shows_something(asker: Asker, name: str) -> None:
    """Panels and annotations: each query answers with data. None is excepted; what a floor must have for that, the
    simulated one or the daemon has (docs/grafana.md says which panels are empty without)."""
    assert [(asked.panel, asked.expr) for asked in queries(name) if not answers(asker, asked)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_has_something_to_choose(asker: Asker, name: str) -> None:
    """What a variable asks for has values, of the day and of the live daemon."""
    for variable, selector, label in label_values(board(name), name):
        for end_s in (asker.day.end_ms / 1000, asker.live_s):
            span = {"match[]": selector, "start": end_s - 60, "end": end_s}
            assert asker.server.ask(f"label/{label}/values", **span), variable


def test_the_table_of_intervals_counts_every_contact(asker: Asker) -> None:
    """The rows of the day's table add up to what the counter has: nothing is extrapolated, and nothing lost."""
    (offered,) = (asked for asked in queries("queue-detail") if asked.panel == "Intervals" and "offered" in asked.expr)
    start_s, end_s = asker.day.start_ms / 1000, asker.day.end_ms / 1000
    (series,) = asker.server.over(offered.expr, start_s, end_s - 1_800, 1_800)
    rows = [float(value) for _, value in series["values"]]
    assert len(rows) == 20
    assert all(row == int(row) for row in rows)
    counter = 'floorwatch_offered_total{queue="sales",instance="floor:8321"}'
    assert sum(rows) == value(asker, counter, end_s) - value(asker, counter, start_s) > 500


def test_the_level_shown_is_the_daemons_own(asker: Asker) -> None:
    """The level of all queues is hits over decided of the engine itself, and the distance to the targets fits it."""
    tiles = {asked.panel: asked.expr for asked in queries("floor-overview") if asked.is_instant}
    end_s = asker.day.end_ms / 1000
    shown = {title: value(asker, tiles[title], end_s) for title in ("Service level", "Over target")}
    ledgers = asker.day.engine.books.ledgers
    hits = decided = asked_for = 0.0
    for name, ledger in ledgers.items():
        labels = f'{{queue="{name}",window="15m",instance="floor:8321"}}'
        n = value(asker, "floorwatch_service_level_window_decided" + labels, end_s)
        hits += value(asker, "floorwatch_service_level_window_hits" + labels, end_s)
        decided, asked_for = decided + n, asked_for + n * ledger.policy.target
    assert shown["Service level"] == pytest.approx(hits / decided, abs=1e-12)
    assert shown["Over target"] == pytest.approx((hits - asked_for) / decided, abs=1e-12)


def test_the_rules_record_what_happened(asker: Asker) -> None:
    """Every recording rule has something to say of the day, every alerting rule can be asked, and the running server
    keeps them without an error."""
    end_s = asker.day.end_ms / 1000
    for path in sorted((BUNDLED / "rules").glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                found = asker.server.now(rule["expr"], end_s)
                assert found or "alert" in rule, rule
    groups = asker.server.ask("rules")["groups"]
    assert sum(len(group["rules"]) for group in groups) == 24
    assert [rule for group in groups for rule in group["rules"] if rule.get("lastError")] == []
