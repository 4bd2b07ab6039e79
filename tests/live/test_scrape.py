"""A real Prometheus scrapes the server: packed, every family, and what is gone is gone there too."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from floorwatch.clock import WallClock
from floorwatch.ingest.inbox import Inbox
from floorwatch.own_metrics import OwnMetrics
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.exposition_scrape import Scrape
from tests.live.mosquitto import free_port
from tests.live.prometheus import Prometheus
from tests.serve.floors import floor, looking_ahead, queue
from tests.serve.serving import serving

WITHIN_S = 40.0


@pytest.fixture
def prometheus(tool: Callable[[str], str], tmp_path: Path) -> Iterator[Callable[[int], Prometheus]]:
    """Starts one that scrapes a port every second, and ends it."""
    started: list[Prometheus] = []

    def start(port: int) -> Prometheus:
        server = Prometheus(
            tool("prometheus"), tmp_path / "prometheus", exporter_port=port, alertmanager_port=free_port(), rules={}
        )
        started.append(server)
        server.start()
        return server

    yield start
    for server in started:
        server.stop()


async def asked(server: Prometheus, query: str) -> list[tuple[dict[str, str], float]]:
    """(labels, value) of each series the query finds now."""
    async with aiohttp.ClientSession() as session:
        answer = await session.get(f"{server.address}/api/v1/query", params={"query": query})
        found: dict[str, Any] = await answer.json()
    assert found["status"] == "success", found
    return [(row["metric"], float(row["value"][1])) for row in found["data"]["result"]]


async def until(server: Prometheus, query: str, holds: Callable[[list[tuple[dict[str, str], float]]], bool]) -> None:
    """Wait until what the query finds is so."""
    ends, found = time.monotonic() + WITHIN_S, []
    while time.monotonic() < ends:
        found = await asked(server, query)
        if holds(found):
            return
        await asyncio.sleep(0.2)
    raise AssertionError(f"{query}: {found}")


async def test_prometheus_scrapes_the_floor(prometheus: Callable[[int], Prometheus]) -> None:
    """`up` is 1 and every sample is taken; a queue and an agent that are gone, gone within seconds; a rest stays."""
    board, agents = Board(), [("A17", "talking")]
    board.publish(looking_ahead(floor(queues=(queue("support"), queue('sa"les\n'), queue("gone")))))
    own = OwnMetrics(board.viewers, Inbox(WallClock()))
    scrape = Scrape(Exposition(lambda: agents), [own.text], own.scraped)
    async with serving(board, metrics=scrape.pieces) as client:
        server = await asyncio.to_thread(prometheus, client.port or 0)
        await until(server, "up", lambda found: [value for _, value in found] == [1])
        await until(server, 'floorwatch_waiting{queue="gone"}', lambda found: len(found) == 1)
        await until(server, "floorwatch_series", lambda found: len(found) == 1)
        ((_, scraped),) = await asked(server, "scrape_samples_scraped")
        ((_, of_floor),) = await asked(server, "floorwatch_series")
        assert scraped > of_floor > 200
        names = {labels["queue"] for labels, _ in await asked(server, "floorwatch_queue_known")}
        assert names == {"support", 'sa"les\n', "gone"}
        assert len(await asked(server, "floorwatch_agent_activity")) == 1
        assert await asked(server, "sum(floorwatch_service_level_window_hits{window='15m'})") == [({}, 270)]
        agents.clear()
        board.publish(looking_ahead(floor(queues=(queue("support"), queue('sa"les\n')))))
        await until(server, '{queue="gone"}', lambda found: found == [])
        assert await asked(server, "floorwatch_agent_activity") == []
        assert len(await asked(server, "floorwatch_waiting")) == 2
        assert await asked(server, "up == 0") == []
