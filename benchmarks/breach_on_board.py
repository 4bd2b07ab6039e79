"""`python -m benchmarks.breach_on_board`: from the event of a breach to red on the wallboard, in a real browser.

The simulator's floor is played into a running daemon over HTTP at the pace of life, journal and all. In between
somebody waits, again and again, in a queue where nobody may: of half of these queues an immediate rule says so, of the
others one that is read on ticks. The machine's own Chromium has the floor page open at 1920 × 1080, and notes when a
tile has been drawn in vermilion.

The instant of a breach is that of its event, as the simulator stamped it, so its own delay counts; red is two frames of
the browser after the tile has changed. A loop that does nothing shows what the machine itself adds: a run in which that
loop's p99 passes 20 ms says nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import heapq
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.alerting import NOTHING_P99_MS_MAX, Idle, contact_event, daemon, p99
from benchmarks.measure import machine
from floorwatch.serve.auth import hash_of
from tests.browsing import Window, chromium, window

P95_MS_MAX = 1_500.0
RULES = ("immediate", "tick")
QUEUES_EACH = 3
"""Of each rule: with the five queues of the simulated floor they make 11 tiles."""
LEAD_MS = 20_000
"""The morning is told at once, and the page is opened."""
EVERY_MS, WAITS_MS = 1_700, 4_000
WITHIN_S = 90.0
"""A breach that is not red by then is lost, and the run with it; the first comes when the morning has been told."""
FROM = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""10:00 at the floor."""
VERMILION = "#d55e00"
TOKEN = "a-token-of-the-benchmark"  # noqa: S105 - made up
CONFIG = """\
site: {{name: demo, timezone: Europe/Berlin}}
http:
  port: 0
  tokens:
    bench: {{role: ingest, hash: "{hash}", sources: [day]}}
  open_to_viewers: true
queues: {{{queues}}}
store: {{path: journal}}
sources:
  day: {{type: http}}
rules:
  immediate: {{figure: waiting, at_least: 1, immediate: true, queues: ["immediate*"]}}
  tick: {{figure: waiting, at_least: 1, for: 0s, queues: ["tick*"]}}
"""
WATCHING = """
  window.reds = [];
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  new MutationObserver(async (changes) => {
    const red = changes.map((change) => change.target).filter((node) => node.dataset?.verdict === "breach");
    if (!red.length) return;
    await drawn();
    const at = Date.now();
    for (const tile of red)
      window.reds.push([tile.dataset.queue, at, getComputedStyle(tile).getPropertyValue("--edge").trim()]);
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-verdict"] });
"""
"""Runs before the page's own scripts. The page and the simulator read the clock of the same machine."""


def queue_of(flip: int) -> str:
    """Where somebody waits: the rules in turns, and the queues of each."""
    rule, number = RULES[flip % 2], flip // 2 % QUEUES_EACH
    return f"{rule} {number + 1}"


def flips_of(count: int, seed: int) -> list[int]:
    """When somebody comes to wait where nobody may: ms since the epoch, at random in the second."""
    chance = random.Random(seed)  # noqa: S311 - when in the second, no secret
    first = round(FROM.timestamp() * 1000) + LEAD_MS
    return [first + flip * EVERY_MS + chance.randrange(1_000) for flip in range(count)]


def events_of(flips: list[int]) -> Iterator[dict[str, Any]]:
    """Who comes then, and leaves, in the order of time."""
    events = [
        contact_event(kind, f"flip{flip}", queue_of(flip)) | {"time": _stamp(at_ms)}
        for flip, since in enumerate(flips)
        for kind, at_ms in (("offered", since), ("abandoned", since + WAITS_MS))
    ]
    return iter(sorted(events, key=_time))


def _stamp(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _time(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["time"])


def write_day(folder: Path, flips: list[int], seed: int) -> Path:
    """A day of the simulator with the breaches in it."""
    _floorwatch("simulate", "demo", "--seed", str(seed), "--out", str(folder))
    with gzip.open(folder / "events.jsonl.gz", "rt", encoding="utf-8") as told:
        both = list(heapq.merge(map(json.loads, told), events_of(flips), key=_time))
    day = folder / "with-breaches.jsonl"
    day.write_text("".join(json.dumps({**event, "source": "day"}) + "\n" for event in both), encoding="utf-8")
    return day


def _floorwatch(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "floorwatch", *arguments], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def played(day: Path, address: str, flips: int) -> Iterator[subprocess.Popen[bytes]]:
    """The day, told to the daemon from ten o'clock on, as if it were now."""
    secret = day.with_suffix(".token")
    secret.write_text(TOKEN)
    secret.chmod(0o600)
    until = 1 + (LEAD_MS + flips * EVERY_MS + WAITS_MS) // 60_000
    command = f"simulate --replay {day} --config {day.parent / 'floorwatch.yaml'} --from 10:00 --until 10:{until:02}"
    command += f" --as http --to {address} --source day --secret-file {secret} --shift now"
    with (day.parent / "player.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "floorwatch", *command.split()], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


@asynccontextmanager
async def watched(program: str, address: str) -> AsyncIterator[Window]:
    """The floor page, open and live, noting what turns red."""
    async with chromium(program) as browser, window(browser) as seen:
        await seen.page.add_init_script(WATCHING)
        await seen.open(f"{address}/?lang=en&tv=1")
        await seen.until("document.documentElement.dataset.state === 'live'", within_s=30)
        yield seen


async def red_at(seen: Window, queue: str, after: int) -> int:
    """When the tile of this queue was drawn red, in ms since the epoch, past the first `after` things seen."""
    found = await seen.until(
        "([queue, after]) => window.reds.slice(after).find((red) => red[0] === queue)", [queue, after], WITHIN_S
    )
    assert found[2] == VERMILION, found
    return int(found[1])


async def measured(program: str, count: int, seed: int) -> dict[str, list[float]]:
    """Milliseconds from the event to red on the board, by rule."""
    took: dict[str, list[float]] = defaultdict(list)
    flips = flips_of(count, seed)
    with tempfile.TemporaryDirectory(prefix="breach-on-board-") as name:
        folder = Path(name)
        day = write_day(folder / "day", flips, seed)
        queues = ", ".join(f"{queue_of(flip)}: {{}}" for flip in range(2 * QUEUES_EACH))
        with daemon(folder / "daemon", CONFIG.format(hash=hash_of(TOKEN), queues=queues)) as running:
            async with watched(program, running.address) as seen:
                with played(day, running.address, count):
                    moved = None  # by so much the day is moved to be now
                    for flip, since in enumerate(flips):
                        at = await red_at(seen, queue_of(flip), flip)
                        if moved is None:
                            first = await asyncio.to_thread(running.queue, queue_of(flip))
                            moved = first["oldest_since"] - since
                        took[RULES[flip % 2]].append(at - since - moved)
                        print(f"{queue_of(flip)}: red after {at - since - moved} ms", flush=True)
                assert seen.complaints == seen.strangers == []
    return took


def p95(values: list[float]) -> float:
    """The 95th percentile, interpolated; of few values nearly the worst."""
    return quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]


def missed(took: dict[str, list[float]], nothing_p99_ms: float) -> list[str]:
    """The limits that were not kept, in words."""
    wrong = []
    if nothing_p99_ms > NOTHING_P99_MS_MAX:
        wrong.append(f"void: a loop that does nothing had a p99 of {nothing_p99_ms:.1f} ms")
    for rule, ms in took.items():
        if p95(ms) > P95_MS_MAX:
            wrong.append(f"{rule}: p95 {p95(ms):.0f} ms is over {P95_MS_MAX:g} ms")
    return wrong


def table(took: dict[str, list[float]]) -> Iterator[str]:
    """The figures, as they stand in docs/alerts-measured.md."""
    yield "| rule | breaches | median | p95 | worst |"
    yield "|---|---|---|---|---|"
    for rule, ms in (took | {"both": [one for each in took.values() for one in each]}).items():
        yield f"| {rule} | {len(ms)} | {median(ms):.0f} ms | {p95(ms):.0f} ms | {max(ms):.0f} ms |"


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print the table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.breach_on_board", description=__doc__)
    parser.add_argument("--flips", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1, help="of the floor, and of when in the second the breaches fall")
    parser.add_argument("--check", action="store_true", help="exit status 1 when a limit is not kept")
    chosen = parser.parse_args(arguments)
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("chromium is needed: sudo sh tests/setup.sh")
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    with Idle() as idle:
        took = asyncio.run(measured(program, chosen.flips, chosen.seed))
    print(f"a loop that does nothing: p99 {p99(idle.late_ms):.1f} ms\n")
    print("\n".join(table(took)))
    wrong = missed(took, p99(idle.late_ms))
    print("\n".join(("", *wrong)) if wrong else "\nevery limit is kept")
    return int(chosen.check and bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
