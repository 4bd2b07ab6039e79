"""`python -m benchmarks.scrape`: 50,000 series scraped from a server that has other work, and who waits for it.

Three processes on loopback: the application with a board that publishes a new picture of the floor twice a second, a
client that scrapes as Prometheus does (one connection, packed; every other time plain), and a loop that does nothing,
which shows what the machine itself adds. Measured: a scrape, from the request to the last byte; how late the server's
event loop wakes who sleeps a millisecond, while it is scraped and while it is not; and, in turns in one process, the
writing alone beside `prometheus_client` that writes the same series from its own objects. A run in which the p99 of the
idle loop passes 20 ms is void.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import multiprocessing
import random
import sys
import time
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from multiprocessing.connection import Connection
from statistics import median
from typing import NamedTuple

from aiohttp import web
from msgspec import structs
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.alerting import NOTHING_P99_MS_MAX, Idle, p99
from benchmarks.measure import in_turns, machine
from floorwatch.clock import WallClock
from floorwatch.driver import PUBLISH_EVERY_S, tune_gc
from floorwatch.ingest.inbox import Inbox
from floorwatch.own_metrics import OwnMetrics
from floorwatch.serve.auth import Access
from floorwatch.serve.board import Board
from floorwatch.serve.exposition import Exposition
from floorwatch.serve.exposition_scrape import Scrape
from floorwatch.serve.http import create_app
from floorwatch.view import FloorView
from tests.serve.floors import AT, floor, looking_ahead, queue

SERIES = 50_000
SCRAPE_P99_MS_MAX = 100.0
STALL_MS_MAX = 20.0
TIMES_CHEAPER_MIN = 5.0
PICTURES = 6
SLEEP_S = 0.001
WARM = 2
"""The first scrapes, which find nothing kept."""
Span = tuple[float, float]


class Stall(NamedTuple):
    """One sleep in the event loop, in seconds."""

    due_s: float
    late_s: float
    busy_s: float
    """CPU time of the loop meanwhile: what it did itself, whatever else the machine does."""


def picture(queues: int, number: int) -> FloorView:
    """One of several floors on which every figure is another than on the one before."""
    seen = looking_ahead(floor(at=AT + 500 * number))
    ahead = seen.queues[0]
    return structs.replace(
        seen,
        queues=tuple(
            structs.replace(
                queue(
                    f"queue {place}", hits=600 + (place + number) % 97, decided=701 + number, waited_ms=9_000 + place
                ),
                projection=ahead.projection,
                outlook=ahead.outlook,
            )
            for place in range(queues)
        ),
    )


def series_of(queues: int) -> int:
    """How many series a floor of so many queues has."""
    return sum(part.series for part in Exposition().slices(picture(queues, 0)))


def queues_for(series: int) -> int:
    """How many queues have so many series."""
    few, more = series_of(10), series_of(20)
    return 10 + -(-(series - few) * 10 // (more - few))


# The server, in a process of its own


async def _publish(board: Board, pictures: list[FloorView]) -> None:
    for view in cycle(pictures):
        board.publish(view)
        await asyncio.sleep(PUBLISH_EVERY_S)


async def _watch_loop(stalls: list[Stall]) -> None:
    """One who sleeps a millisecond, again and again."""
    while True:
        due_s, spent_s = time.monotonic() + SLEEP_S, time.thread_time()
        await asyncio.sleep(SLEEP_S)
        stalls.append(Stall(due_s, time.monotonic() - due_s, time.thread_time() - spent_s))


async def _serve(queues: int, to_parent: Connection) -> None:
    board, stalls = Board(), list[Stall]()
    pictures = [picture(queues, number) for number in range(PICTURES)]
    own = OwnMetrics(board.viewers, Inbox(WallClock()))
    scrape = Scrape(Exposition(), [own.text], own.scraped)
    app = create_app(board, ready=lambda: (True, ""), metrics=scrape.pieces, access=Access())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    tune_gc()
    tasks = [asyncio.create_task(work) for work in (_publish(board, pictures), _watch_loop(stalls), own.watch_loop())]
    to_parent.send(runner.addresses[0][1])
    await asyncio.to_thread(to_parent.recv)
    for task in tasks:
        task.cancel()
    to_parent.send(stalls)
    await runner.cleanup()


def _server(queues: int, to_parent: Connection) -> None:
    asyncio.run(_serve(queues, to_parent))


# The client, in another


def _client(port: int, scrapes: int, to_parent: Connection) -> None:
    """Scrape at odd instants; the span of each and the size of what came, packed and plain in turns."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    spans: dict[bool, list[Span]] = {True: [], False: []}
    sizes = {True: 0, False: 0}
    dice = random.Random(5)  # noqa: S311 - when to scrape
    for number in range(WARM + scrapes):
        time.sleep(dice.uniform(PUBLISH_EVERY_S, 1.5 * PUBLISH_EVERY_S))  # each of another picture: none is shared
        packed = number % 2 == 0
        began_s = time.monotonic()
        connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"} if packed else {})
        sizes[packed] = len(connection.getresponse().read())
        if number >= WARM:
            spans[packed].append((began_s, time.monotonic()))
    to_parent.send((spans, sizes))


@dataclass(frozen=True, slots=True)
class Measured:
    """One run, in milliseconds."""

    queues: int
    series: int
    packed_ms: list[float]
    plain_ms: list[float]
    sizes: dict[bool, int]
    stalls_ms: list[float]
    """The worst of each scrape."""
    busy_ms: list[float]
    """The same, of the loop's own time."""
    calm_ms: list[float]
    """All that no scrape was in."""
    idle_ms: list[float]

    @property
    def scrape_p99_ms(self) -> float:
        """Of all scrapes, packed and plain."""
        return p99(self.packed_ms + self.plain_ms)

    def is_void(self) -> bool:
        """Whether the machine was too busy for the run to say anything."""
        return p99(self.idle_ms) > NOTHING_P99_MS_MAX


def stalls_within(stalls: list[Stall], spans: list[Span]) -> Iterator[list[Stall]]:
    """Those of each span: of whoever was to wake in it, or was late into it."""
    due = [stall.due_s for stall in stalls]
    for began_s, ended_s in spans:
        first, last = bisect_left(due, began_s), bisect_left(due, ended_s)
        yield [stall for stall in stalls[max(0, first - 1) : last] if stall.due_s + stall.late_s >= began_s]


def run(queues: int, scrapes: int) -> Measured:
    """Scrape a floor of so many queues so often."""
    context = multiprocessing.get_context("spawn")
    (server, of_server), (client, of_client) = context.Pipe(), context.Pipe()
    serving = context.Process(target=_server, args=(queues, of_server), daemon=True)
    serving.start()
    port = server.recv()
    scraping = context.Process(target=_client, args=(port, scrapes, of_client), daemon=True)
    scraping.start()
    with Idle() as idle:
        spans, sizes = client.recv()
        server.send("over")
    stalls = server.recv()
    for process in (scraping, serving):
        process.join(10)
    every = sorted(spans[True] + spans[False])
    inside = list(stalls_within(stalls, every))
    calm = set(stalls).difference(*inside)
    took = {packed: [(ended_s - began_s) * 1000 for began_s, ended_s in those] for packed, those in spans.items()}
    return Measured(
        queues=queues,
        series=series_of(queues),
        packed_ms=took[True],
        plain_ms=took[False],
        sizes=sizes,
        stalls_ms=[max(stall.late_s for stall in those) * 1000 for those in inside if those],
        busy_ms=[max(stall.busy_s for stall in those) * 1000 for those in inside if those],
        calm_ms=[stall.late_s * 1000 for stall in calm],
        idle_ms=idle.late_ms,
    )


def writing(queues: int) -> tuple[float, float]:
    """CPU milliseconds to write one picture: ours, and `prometheus_client` with the same series in its own objects."""
    exposition, pictures = Exposition(), cycle([picture(queues, number) for number in range(2)])
    registry = CollectorRegistry()
    for family in text_string_to_metric_families(exposition.render(next(pictures)).decode()):
        names = {sample.name: tuple(sample.labels) for sample in family.samples}
        gauges = {name: Gauge(name, family.documentation, labels, registry=registry) for name, labels in names.items()}
        for sample in family.samples:
            if tuple(sample.labels) == names[sample.name]:  # of alerts some are about a queue, and some about a source
                gauge = gauges[sample.name]
                (gauge.labels(**sample.labels) if sample.labels else gauge).set(sample.value)
    ours_s, theirs_s = in_turns(lambda: exposition.render(next(pictures)), lambda: generate_latest(registry))
    return ours_s * 1000, theirs_s * 1000


def table(measured: Measured, ours_ms: float, theirs_ms: float) -> Iterator[str]:
    """The figures, as they stand in docs/performance.md."""
    yield f"| {measured.queues} queues, {measured.series:,} series | median | p99 | worst |"
    yield "|---|---|---|---|"
    for what, values in (
        (f"scrape, packed ({measured.sizes[True] / 1e6:.1f} MB)", measured.packed_ms),
        (f"scrape, plain ({measured.sizes[False] / 1e6:.1f} MB)", measured.plain_ms),
        ("event loop late, worst of each scrape", measured.stalls_ms),
        ("event loop busy, CPU, longest of each scrape", measured.busy_ms),
        ("event loop late, between scrapes", measured.calm_ms),
        ("a loop that does nothing", measured.idle_ms),
    ):
        yield f"| {what} | {median(values):.1f} ms | {p99(values):.1f} ms | {max(values):.1f} ms |"
    yield ""
    yield (
        f"Writing alone, CPU: {ours_ms:.1f} ms; prometheus_client {theirs_ms:.0f} ms, "
        f"{theirs_ms / ours_ms:.1f} times as much."
    )


def missed(measured: Measured, ours_ms: float, theirs_ms: float) -> list[str]:
    """Which limits were not kept, in words."""
    wrong = []
    if measured.is_void():
        wrong.append(f"void: a loop that does nothing was {p99(measured.idle_ms):.1f} ms late at p99")
    if measured.scrape_p99_ms > SCRAPE_P99_MS_MAX:
        wrong.append(f"a scrape took {measured.scrape_p99_ms:.1f} ms at p99, over {SCRAPE_P99_MS_MAX:g} ms")
    for what, held_ms in (("late by", max(measured.stalls_ms)), ("busy for", max(measured.busy_ms))):
        if held_ms > STALL_MS_MAX:
            idle = f"one that does nothing was {max(measured.idle_ms):.1f} ms late"
            wrong.append(f"the loop was {what} {held_ms:.1f} ms, over {STALL_MS_MAX:g} ms; {idle}")
    if theirs_ms / ours_ms < TIMES_CHEAPER_MIN:
        wrong.append(f"writing is only {theirs_ms / ours_ms:.1f} times cheaper than with prometheus_client")
    return wrong


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scrape", description=__doc__)
    parser.add_argument("--queues", type=int, default=0, help=f"by default as many as have {SERIES:,} series")
    parser.add_argument("--scrapes", type=int, default=60)
    parser.add_argument("--check", action="store_true", help="exit status 1 when a limit is not kept")
    chosen = parser.parse_args(arguments)
    queues = chosen.queues or queues_for(SERIES)
    print(", ".join(f"{name} {value}" for name, value in machine().items()), "\n")
    measured = run(queues, chosen.scrapes)
    ours_ms, theirs_ms = writing(queues)
    print("\n".join(table(measured, ours_ms, theirs_ms)))
    wrong = missed(measured, ours_ms, theirs_ms)
    print("\n".join(f"\n{words}" for words in wrong))
    return int(chosen.check and bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
