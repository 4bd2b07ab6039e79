"""How floorwatch itself fares, seen in its metrics: a loop that is held, viewers who come and go, a disk that lags."""

from __future__ import annotations

import asyncio
import subprocess
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from floorwatch.agent_series import AgentSeries
from floorwatch.clock import WallClock
from floorwatch.config.metrics import Metrics
from floorwatch.engine import Engine
from floorwatch.floor.events import AgentStateChanged
from floorwatch.floor.settings import Settings
from floorwatch.ingest.inbox import Inbox
from floorwatch.own_metrics import OwnMetrics
from floorwatch.serve.board import Board
from floorwatch.store.journal import Journal
from tests.serve.floors import floor
from tests.serve.serving import serving

Series = dict[tuple[str, str], float]
"""(name, value of its one label or nothing) to value."""


def read(own: OwnMetrics) -> Series:
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(own.text().decode())
        for sample in family.samples
    }


async def test_a_loop_that_was_held_is_seen() -> None:
    """Whoever holds the loop for 0.3 s makes one who sleeps late by as much; a loop that is free makes nobody late."""
    own = OwnMetrics({}, Inbox(WallClock()))
    watching = asyncio.create_task(own.watch_loop())
    await asyncio.sleep(0.12)
    calm = read(own)
    time.sleep(0.3)  # noqa: ASYNC251 - it is to hold the loop
    await asyncio.sleep(0.12)
    watching.cancel()
    held = read(own)
    late = held["floorwatch_loop_lag_seconds_count", ""] - held["floorwatch_loop_lag_seconds_bucket", "0.1"]
    was_late = calm["floorwatch_loop_lag_seconds_count", ""] - calm["floorwatch_loop_lag_seconds_bucket", "0.1"]
    assert calm["floorwatch_loop_lag_seconds_count", ""] >= 1
    assert late > was_late


async def test_open_streams_are_counted_by_page() -> None:
    """One more while a page is open, and none when it has left; a page that nobody looks at is 0, not absent."""
    board = Board()
    board.publish(floor())
    own = OwnMetrics(board.viewers, Inbox(WallClock()))
    async with serving(board, queue_day=lambda _name: {"day": 1}) as client:
        async with client.get("/events") as one, client.get("/events/queue/sales") as other:
            await one.content.readline()
            await other.content.readline()
            seen = read(own)
        assert [seen["floorwatch_viewers", page] for page in ("floor", "queue", "agents")] == [1, 1, 0]
        board.publish(floor())
        for _ in range(100):
            if not any(board.viewers.values()):
                break
            await asyncio.sleep(0.05)
            board.publish(floor())
    assert board.viewers == {"floor": 0, "queue": 0, "agents": 0}


@asynccontextmanager
async def _journal(folder: Path):  # type: ignore[no-untyped-def]
    journal = Journal(folder)
    try:
        yield journal
    finally:
        await journal.close()


async def test_what_waits_is_counted(tmp_path: Path) -> None:
    """Events that are not applied, and those not on disk; without a journal nothing is said of one."""
    clock = WallClock()
    inbox = Inbox(clock)
    assert inbox.offer(AgentStateChanged(time=clock.now_ms(), agent="A17", state="available"))
    async with _journal(tmp_path / "journal") as journal:
        journal.start()
        own = OwnMetrics({}, inbox, journal)
        journal.append(clock.now_ms(), b"{}", "pbx", clock.now_ms())
        waiting = read(own)
        assert await journal.reached(journal.seq)
        written = read(own)
        journal.trouble = "disk full"
        refused = read(own)
    assert waiting["floorwatch_inbox_events", ""] == 1
    assert (waiting["floorwatch_journal_unwritten_events", ""], waiting["floorwatch_journal_ok", ""]) == (1, 1)
    assert (written["floorwatch_journal_unwritten_events", ""], written["floorwatch_journal_ok", ""]) == (0, 1)
    assert refused["floorwatch_journal_ok", ""] == 0
    assert not any("journal" in name for name, _ in read(OwnMetrics({}, inbox)))


def test_a_scrape_tells_of_the_one_before() -> None:
    """Nothing before the first: a scrape that never was took not 0 seconds."""
    own = OwnMetrics({}, Inbox(WallClock()))
    assert ("floorwatch_scrape_seconds", "") not in read(own)
    own.scraped(0.031, 50_000)
    own.pictured(0.02)
    seen = read(own)
    assert (seen["floorwatch_scrape_seconds", ""], seen["floorwatch_series", ""]) == (0.031, 50_000)
    assert seen["floorwatch_picture_seconds_count", ""] == 1
    assert seen["floorwatch_picture_seconds_bucket", "0.025"] == 1
    assert seen["floorwatch_picture_seconds_bucket", "0.01"] == 0


async def test_promtool_finds_nothing_to_improve(tool: Callable[[str], str], tmp_path: Path) -> None:
    """Prometheus' own linter accepts names, units, types and HELP of all of them."""
    async with _journal(tmp_path / "journal") as journal:
        agents = AgentSeries(Engine(Settings()), Metrics())
        own = OwnMetrics({"floor": 3}, Inbox(WallClock()), journal, agents)
        own.scraped(0.031, 50_000)
        text = own.text()
    assert b"floorwatch_agent_series_dropped_total 0.0" in text
    assert b"_created" not in text
    command = [tool("promtool"), "check", "metrics"]
    checked = await asyncio.to_thread(subprocess.run, command, input=text, capture_output=True, timeout=60)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")
