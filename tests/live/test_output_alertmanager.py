"""Outputs on real Alertmanagers, two peers: both show what fires, with what to do, and forget it when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from floorwatch.cli import app
from tests.live.alertmanager import Alertmanager
from tests.notify.told_floor import told_floor

Peers = tuple[Alertmanager, Alertmanager]


@pytest.fixture
def peers(tool: Callable[[str], str], tmp_path: Path) -> Iterator[Peers]:
    """Two peers of one cluster."""
    program = tool("prometheus-alertmanager")
    one = Alertmanager(program, tmp_path / "one", is_clustered=True)
    other = Alertmanager(program, tmp_path / "other", is_clustered=True, peers=(one.cluster_port,))
    one.start()
    other.start()
    yield one, other
    one.stop()
    other.stop()


def outputs(peers: Peers) -> str:
    urls = ", ".join(f"'{peer.address}'" for peer in peers)
    return f"  am: {{type: alertmanager, urls: [{urls}], queues: [sales], resend: 2s, link: 'http://board.example:8321'}}\n"


def shown(peer: Alertmanager) -> list[tuple[str, str]]:
    """(queue, severity) of what it says that fires."""
    return sorted((alert["labels"]["queue"], alert["labels"]["severity"]) for alert in peer.alerts())


async def test_both_peers_show_what_fires_and_what_to_do(peers: Peers, tmp_path: Path) -> None:
    """What is over goes at once; what another output is for never comes; no figure is a label."""
    one, other = peers
    async with told_floor(tmp_path, outputs(peers)) as floor:
        await floor.breach("support")
        contact = await floor.breach("sales")
        await floor.until(lambda: shown(one) == shown(other) == [("sales", "critical")])
        alert: dict[str, Any] = one.alerts()[0]
        assert alert["labels"] == {"alertname": "line", "queue": "sales", "severity": "critical", "site": "berlin"}
        assert alert["annotations"]["summary"].startswith("sales")
        assert alert["annotations"].keys() >= {"summary", "summary_zh", "description", "description_zh"}
        assert alert["generatorURL"] == "http://board.example:8321"
        ends = alert["endsAt"]
        await floor.until(lambda: [again["endsAt"] > ends for again in one.alerts()] == [True])
        await floor.mend(contact, "sales")
        await floor.until(lambda: shown(one) == shown(other) == [])
        assert floor.row("am").failures == floor.row("am", 1).failures == 0
        tried = ["test-alert", "am", "--config", str(tmp_path / "floorwatch.yaml")]
        found = await asyncio.to_thread(CliRunner().invoke, app, tried)
        assert found.exit_code == 0, found.output
        assert found.output.count("taken, and shown there as floorwatch_test") == 2


async def test_a_peer_that_was_away_is_told_when_it_is_back(peers: Peers, tmp_path: Path) -> None:
    """The other one has it meanwhile; the output fails while one peer does, and names it."""
    one, other = peers
    async with told_floor(tmp_path, outputs(peers)) as floor:
        await floor.until(lambda: floor.row("am").told and floor.row("am", 1).told)
        other.kill()
        await floor.breach("sales")
        await floor.until(lambda: shown(one) == [("sales", "critical")])
        await floor.until(lambda: floor.engine.telling.failing_since("am"))
        assert floor.row("am", 1).attempts > 0
        assert floor.row("am").attempts == 0
        other.start()
        await floor.until(lambda: shown(other) == [("sales", "critical")], within_s=45)
        await floor.until(lambda: floor.engine.telling.failing_since("am") is None)
