"""`python -m benchmarks.hanging_outputs`: do receivers that hang, reset or dribble delay the engine, or each other?

The daemon watches a floor on which a contact begins to wait, and stops waiting, every half second, beside a stream of
other contacts; its alerts go to Debian's Mosquitto and to a good webhook, and in every other run to bad webhooks, too.
Runs with and without the bad ones in turns, the median of each. Measured: how late the engine's ticks are (from the
instant of a tick on which an alert fires or is resolved to the line of the log that says so), and how long an immediate
alert takes to Mosquitto and to the good webhook.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.alerting import (
    NOTHING_P99_MS_MAX,
    Idle,
    Posting,
    Topics,
    broker,
    contact_event,
    daemon,
    first_of,
    p99,
)
from benchmarks.measure import machine
from floorwatch.serve.auth import hash_of
from tests.live.receiver import DRIBBLING, FAILING, HANGING, RESETTING, SLOW, Behaviour, receiver

WITHIN_MS = 5.0
ROUNDS = 3
BREACH_EVERY_S = 0.5
BREACH_LASTS = 3
"""In breaches: so many contacts wait at a time."""
STREAM_QUEUES = 20
TOKEN = "a-token-of-the-benchmark"  # noqa: S105 - made up
SETTLES_S = 10.0
BAD: dict[str, Behaviour] = {
    "hanging": HANGING,
    "resetting": RESETTING,
    "slow": SLOW,
    "dribbling": DRIBBLING,
    "failing": FAILING,
}
NEVER_TAKE = "hanging", "resetting", "failing"
COPIES = 3
"""Of each bad receiver."""

CONFIG = """\
http:
  port: 0
  tokens:
    bench: {{role: ingest, hash: "{hash}", sources: [floor]}}
  open_to_viewers: true
queues: {{{queues}}}
store: {{path: journal}}
sources:
  floor: {{type: http}}
rules:
  immediate: {{figure: waiting, at_least: 1, immediate: true, queues: ["q*"]}}
  tick: {{figure: waiting, at_least: 1, for: 0s, queues: ["q*"]}}
outputs:
  board: {{type: mqtt, host: 127.0.0.1, port: {broker_port}}}
{webhooks}
"""
WEBHOOK = """\
  {name}:
    {{type: webhook, url: "{address}", secret: a-secret, group_by: [rule, queue], group_wait: 0s, storm_max: 1000}}"""

Figures = dict[str, list[float]]
"""Milliseconds, by what was measured."""


def _serve(bad: dict[str, Behaviour], to_parent: Connection) -> None:
    """Be the bad receivers, until the parent lets go."""
    with ExitStack() as stack:
        addresses = {
            f"{name}{copy}": stack.enter_context(receiver(behaviour)).address
            for name, behaviour in bad.items()
            for copy in range(COPIES)
        }
        to_parent.send(addresses)
        to_parent.poll(None)


@contextmanager
def bad_receivers(bad: dict[str, Behaviour]) -> Iterator[dict[str, str]]:
    """Addresses by name. In a process of their own: what they do must not delay the stamps of the good one."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(bad, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("over")
        process.join()


def run(mosquitto: str, folder: Path, seconds: float, bad: dict[str, Behaviour]) -> Figures:
    """One run of the daemon with these receivers beside the good one."""
    breaches = int(seconds / BREACH_EVERY_S)
    with ExitStack() as stack:
        good = stack.enter_context(receiver())
        addresses = {"good": good.address, **stack.enter_context(bad_receivers(bad))}
        bus = stack.enter_context(broker(mosquitto, folder / "broker"))
        topics = stack.enter_context(closing(Topics(bus.port)))
        queues = [f"q{number}" for number in range(breaches)] + [f"s{number}" for number in range(STREAM_QUEUES)]
        config = CONFIG.format(
            hash=hash_of(TOKEN),
            queues=", ".join(f"{queue}: {{}}" for queue in queues),
            broker_port=bus.port,
            webhooks="\n".join(WEBHOOK.format(name=name, address=address) for name, address in addresses.items()),
        )
        running = stack.enter_context(daemon(folder / "floorwatch", config))
        posting = stack.enter_context(closing(Posting(running.address, TOKEN)))
        posted = _make_breaches(posting, breaches)
        found: Figures = {"immediate, MQTT": [], "immediate, good webhook": []}
        for queue, at_s in posted.items():
            alert = "immediate", queue
            there_s = topics.wait_for(alert, SETTLES_S)
            told_s = good.wait_for(partial(first_of, alert), SETTLES_S)
            found["immediate, MQTT"].append((there_s - at_s) * 1000)
            found["immediate, good webhook"].append((told_s - at_s) * 1000)
        assert running.stop() == 0
        assert _failed(running.said()) >= {name for name in addresses if name.startswith(NEVER_TAKE)}
        found["tick"] = list(tick_lags_ms(running.said()))
    return found


def _make_breaches(posting: Posting, breaches: int) -> dict[str, float]:
    """A contact waits in a queue of its own, every half second, each for a while; when each was posted, by queue."""
    began = time.monotonic()
    posted: dict[str, float] = {}
    for number in range(breaches + BREACH_LASTS):
        time.sleep(max(0.0, began + number * BREACH_EVERY_S - time.monotonic()))
        if number < breaches:
            posted[f"q{number}"] = posting.post(contact_event("offered", f"c{number}", f"q{number}"))
        if (over := number - BREACH_LASTS) >= 0:
            posting.post(contact_event("abandoned", f"c{over}", f"q{over}"))
        posting.post(*_stream(number))
    return posted


def _stream(number: int) -> Iterator[dict[str, object]]:
    """What else happens on the floor: contacts that no rule of the run is about."""
    for queue in range(STREAM_QUEUES):
        yield contact_event("offered", f"s{number}-{queue}", f"s{queue}")
        yield contact_event("abandoned", f"s{number}-{queue}", f"s{queue}")


def _lines(log: str, event: str) -> Iterator[dict[str, Any]]:
    for line in log.splitlines():
        said = json.loads(line) if line.startswith("{") else {}
        if said.get("event") == event:
            yield said


def _failed(log: str) -> set[str]:
    """The outputs that have failed: else the run proves nothing."""
    return {said["output"] for said in _lines(log, "output_failed")}


def tick_lags_ms(log: str) -> Iterator[float]:
    """From the instant of a tick to the line that tells of an alert of the tick rule."""
    for said in _lines(log, "alert"):
        if said["rule"] == "tick":
            yield datetime.fromisoformat(said["time"]).timestamp() * 1000 - said["at"]


def main(arguments: list[str] | None = None) -> int:
    """Measure in turns, and print the table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hanging_outputs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=40.0, help="of each run")
    parser.add_argument("--check", action="store_true", help="exit status 1 when the bad receivers are felt")
    chosen = parser.parse_args(arguments)
    mosquitto = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if mosquitto is None:
        raise SystemExit("mosquitto is needed: sudo sh tests/setup.sh")
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    p99s: dict[str, dict[bool, list[float]]] = defaultdict(lambda: {False: [], True: []})
    with Idle() as idle:
        for number in range(chosen.rounds):
            for is_bad in (False, True):
                with tempfile.TemporaryDirectory(prefix="hanging-") as folder:
                    found = run(mosquitto, Path(folder), chosen.seconds, BAD if is_bad else {})
                for what, ms in found.items():
                    p99s[what][is_bad].append(p99(ms))
            print(f"round {number + 1} of {chosen.rounds}", flush=True)
    nothing_ms = p99(idle.late_ms)
    print(f"a loop that does nothing: p99 {nothing_ms:.1f} ms\n")
    print(
        f"| p99, median of {chosen.rounds} runs | good receivers alone | beside {COPIES * len(BAD)} bad ones | more |"
    )
    print("|---|---|---|---|")
    felt = {what: median(runs[True]) - median(runs[False]) for what, runs in p99s.items()}
    for what, runs in p99s.items():
        print(f"| {what} | {median(runs[False]):.1f} ms | {median(runs[True]):.1f} ms | {felt[what]:+.1f} ms |")
    is_void = nothing_ms > NOTHING_P99_MS_MAX
    if is_void:
        print(f"\nvoid: a loop that does nothing had a p99 over {NOTHING_P99_MS_MAX:g} ms")
    return int(chosen.check and (is_void or max(felt.values()) > WITHIN_MS))


if __name__ == "__main__":
    sys.exit(main())
