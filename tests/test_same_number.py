"""One number everywhere: the wallboard in a browser, API, metrics, and a replay up to the same instant.

One engine is told the messy reference day (late, repeated, shuffled facts) as it arrived; a board of it is served for
real, with one page open. At an odd moment of every quarter of an hour page, API and metrics are asked what the figures
are; at every other one a fresh replay of what had been told by then is held beside them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from math import floor
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from playwright.async_api import Browser
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from floorwatch.cli import app
from floorwatch.config import load_config
from floorwatch.engine import Engine
from floorwatch.explain import answer
from floorwatch.figure_names import figure_named
from floorwatch.floor.settings import Settings
from floorwatch.hindsight import view_at
from floorwatch.picture import picture
from floorwatch.replay import deliveries, recordings_of, replay
from floorwatch.serve.board import Board
from tests.browsing import Window, window
from tests.serve.serving import serving

DAY = Path(__file__).parent / "reference_days/small"
EVENTS = DAY / "events_messy.jsonl.gz"
QUEUE = "support"
MINUTE = 60_000
FIRST, LAST = (int(datetime(2026, 3, 3, hour, 0, tzinfo=UTC).timestamp()) * 1000 for hour in (8, 19))
ROLLING = ("5m", "15m", "30m", "60m")
COUNTS = ("offered", "answered", "answered_in_threshold", "abandoned", "abandoned_short")
OF_DAY = (*COUNTS, "service_level", "service_level_n", "abandon_ratio", "handled")
EXPLAINED = {"service_level": "level", "offered": "offered", "answered": "answered", "abandoned": "abandoned"}
"""Figures of a rolling window that `explain` is asked for, and what the view calls them."""
REPLAYED_EVERY, EXPLAINED_EVERY = 2, 6
"""Quarters of an hour: each time the day is run once more, from its beginning."""

METRICS = {
    "floorwatch_service_level_ratio": "level",
    "floorwatch_service_level_window_decided": "level_n",
    "floorwatch_service_level_window_hits": "level_hits",
    **{f"floorwatch_window_{name}": name for name in (*COUNTS, "exited", "handled", "abandon_ratio", "asa_n")},
}
TILE = """
  () => {
    const tile = document.querySelector(".tile");
    const number = (figure) => tile.querySelector(`[data-figure="${figure}"]`).innerText.match(/[\\d–]+/)[0];
    const sample = tile.querySelector('[data-figure="decided"]');
    return { level: tile.querySelector(".level").innerText.replace(/\\s/g, ""), waiting: number("waiting"),
      past: number("waiting_past_threshold"), n: sample.checkVisibility() ? number("decided") : null };
  }
"""


def instants() -> Iterator[int]:
    """An odd moment of every quarter of an hour."""
    for number, quarter in enumerate(range(FIRST, LAST, 15 * MINUTE)):
        yield quarter + number * 7_919 % (15 * MINUTE)


def of_replay(report: dict[str, Any]) -> dict[str, Any]:
    """The day so far, the interval it ends in, and who waits."""
    queue = report["queues"][QUEUE]
    interval = queue["intervals"][-1]
    return {
        "waiting": queue["waiting_at_end"],
        "day": {name: queue[name] for name in OF_DAY},
        "asa_seconds": queue["asa_seconds"],
        "interval": {name: interval[name] for name in COUNTS},
        "by_event": [interval["service_level_by_event"], interval["service_level_by_event_n"]],
        "by_arrival": [interval["service_level_by_arrival"], interval["service_level_by_arrival_n"]],
    }


def of_view(queue: dict[str, Any]) -> dict[str, Any]:
    """The same of a queue as the API gives it."""
    day, interval = queue["windows"]["day"], queue["interval"]
    figures = interval["figures"]
    return {
        "waiting": queue["waiting"],
        "day": {name: day[name] for name in OF_DAY},
        "asa_seconds": None if day["asa_ms"] is None else pytest.approx(day["asa_ms"] / 1000),
        "interval": {name: figures[name] for name in COUNTS},
        "by_event": [figures["level"], figures["level_n"]],
        "by_arrival": [interval["level_by_arrival"], interval["level_by_arrival_n"]],
    }


def rolling_by_explain(at: int, settings: Settings) -> dict[tuple[str, str], Any]:
    """Figures of the rolling windows, as `explain --at` has them of the same recording."""
    past = view_at([EVENTS], settings, at)
    found = {}
    for name, field in EXPLAINED.items():
        for span in ROLLING:
            told = answer(past.view, figure_named(name), QUEUE, span, None, past.attendance)["explained"][0]
            found[field, span] = told["value"]
            if field == "level":
                found["level_n", span] = told["n"]
    return found


def as_metrics(text: str) -> dict[tuple[str, str], float]:
    """(metric, window) to its value, of the queue."""
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {
        (sample.name, sample.labels.get("window", "")): sample.value
        for sample in samples
        if sample.labels.get("queue") == QUEUE
    }


def expected_metrics(queue: dict[str, Any]) -> dict[tuple[str, str], float]:
    """What /metrics must have of a queue; what is null is absent."""
    wanted = {(metric, span): queue["windows"][span][field] for metric, field in METRICS.items() for span in ROLLING}
    wanted |= {(metric, "day"): queue["windows"]["day"][field] for metric, field in METRICS.items()}
    wanted["floorwatch_waiting", ""] = queue["waiting"]
    wanted["floorwatch_waiting_past_threshold", ""] = queue["waiting_past_threshold"]
    return {key: value for key, value in wanted.items() if value is not None}


def expected_tile(queue: dict[str, Any]) -> dict[str, Any]:
    """What the tile must say: of the last 15 minutes, cut to whole percents, with its n where there is a verdict."""
    shown = queue["windows"]["15m"]
    n = shown["level_n"]
    return {
        "level": "–" if shown["level"] is None else f"{floor(shown['level'] * 100 + 1e-6)}%",
        "waiting": str(queue["waiting"]),
        "past": str(queue["waiting_past_threshold"]),
        "n": str(n) if n >= 20 else None,
    }


async def on_the_board(seen: Window, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the tile says, once that is `wanted`, or in the end."""
    for _ in range(600):
        shown: dict[str, Any] = await seen.run(TILE)
        if shown == wanted:
            break
        await asyncio.sleep(0.05)
    return shown


async def agrees(at: int, client: TestClient[Any, Any], seen: Window) -> dict[str, Any]:
    """Holds API, metrics and page beside each other at this instant; returns the queue as the API gives it."""
    view = await (await client.get("/api/v1/view")).json()
    (queue,) = view["queues"]
    assert view["at"] == at
    metrics = as_metrics(await (await client.get("/metrics")).text())
    wanted = expected_metrics(queue)
    assert {key: metrics[key] for key in wanted} == wanted
    assert not {key for key in metrics if key[0] in METRICS} - wanted.keys(), "what is unknown is absent"
    assert await on_the_board(seen, expected_tile(queue)) == expected_tile(queue)
    return queue  # type: ignore[no-any-return]


async def test_every_way_to_ask_gives_the_same_number(browser: Browser) -> None:
    """Wallboard, API, metrics, replay and explain agree on every figure, all through the reference day."""
    settings = load_config(DAY / "floorwatch.yaml").settings()
    engine, board = Engine(settings), Board()
    arriving = deliveries(recordings_of([EVENTS], settings))
    applied_at, event = next(arriving)
    levels = set()
    async with serving(board) as client, window(browser) as seen:
        for number, at in enumerate(instants()):
            while applied_at <= at:
                engine.advance(applied_at)
                engine.apply(event)
                applied_at, event = next(arriving, (LAST * 2, event))
            engine.advance(at)
            board.publish(picture(engine, {}, individuals=False))
            if not number:
                await seen.open(str(client.make_url("/?lang=en")))
                await seen.until("document.querySelectorAll('.tile').length === 1")
            queue = await agrees(at, client, seen)
            if number % REPLAYED_EVERY == 0:
                assert of_view(queue) == of_replay(replay([EVENTS], settings, until=at)), at
            if number % EXPLAINED_EVERY == 0:
                told = rolling_by_explain(at, settings)
                assert {(field, span): queue["windows"][span][field] for field, span in told} == told
            levels.add(queue["windows"]["15m"]["level"])
        assert seen.complaints == seen.strangers == []
    assert len(levels) > 20, "the day has something to agree on"
    told = CliRunner().invoke(
        app, ["replay", str(EVENTS), "--config", str(DAY / "floorwatch.yaml"), "--until", stamp(at)]
    )
    assert of_replay(json.loads(told.stdout)) == of_view(queue), "and so does the command"


def stamp(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
