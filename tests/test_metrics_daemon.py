"""The metrics of a running daemon: it tells how it fares itself, and of agents as the configuration says."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from floorwatch.agent_series import pseudonym
from tests.running import Running, floorwatch

WITHIN_S = 15.0
Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scraped(running: Running) -> Series:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(running.get("/metrics"))
        for sample in family.samples
    }


def told(running: Running, agent: str, state: str) -> bool:
    """The floor's switch says what an agent does."""
    now_ms = time.time_ns() // 1_000_000
    event = {"type": "agent.state", "id": f"{agent}{now_ms}", "time": now_ms, "agent": agent, "state": state}
    headers = {"Content-Type": "application/x-ndjson"}
    request = urllib.request.Request(f"{running.address}/api/v1/events", json.dumps(event).encode(), headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status) == 202


def test_a_daemon_tells_how_it_fares_and_names_nobody(tmp_path: Path) -> None:
    """Loop, pictures, journal and the scrape before; one series for the agent, under a pseudonym, until log-out."""
    (tmp_path / "metrics.key").write_text("a secret of ours", encoding="utf-8")
    config = tmp_path / "floorwatch.yaml"
    config.write_text(
        "http: {port: 0}\n"
        "sources: {pbx: {type: http}}\n"
        "queues: {sales: {}}\n"
        "agents: {A17: {team: red, queues: [sales]}}\n"
        "metrics: {per_agent: pseudonym, key_file: metrics.key}\n",
        encoding="utf-8",
    )
    shown = pseudonym(b"a secret of ours", "A17")
    activity = ("floorwatch_agent_activity", (("activity", "available"), ("agent", shown)))
    with floorwatch(tmp_path / "log", "run", "--config", str(config)) as running:
        assert running.wait_for(lambda: told(running, "A17", "available"), WITHIN_S)
        series = running.wait_for(lambda: (found := scraped(running)).get(activity) == 1 and found, WITHIN_S)
        assert "A17" not in running.get("/metrics")
        looked = "floorwatch_loop_lag_seconds_count", ()
        series = running.wait_for(lambda: (found := scraped(running))[looked] > 0 and found, WITHIN_S)
        assert series["floorwatch_series", ()] > 100
        assert 0 < series["floorwatch_scrape_seconds", ()] < 10
        assert series["floorwatch_picture_seconds_count", ()] > 0
        assert series["floorwatch_journal_ok", ()] == 1
        assert series["floorwatch_journal_unwritten_events", ()] >= 0
        assert series["floorwatch_viewers", (("page", "floor"),)] == 0
        assert series["floorwatch_agent_series_dropped_total", ()] == 0
        assert series["process_resident_memory_bytes", ()] > 1e6
        assert told(running, "A17", "offline")
        assert running.wait_for(lambda: activity not in scraped(running), WITHIN_S)
        assert running.stop() == 0
