"""`python -m benchmarks.time_to_alert`: from the event that breaches to the alert, beside Prometheus and Alertmanager.

Every flip makes one contact wait in a queue that was empty and, at the same instant, raises a gauge beside it. The
daemon, with its journal, is posted the event; an immediate rule and one that is read on ticks both say "nobody may
wait", and tell Debian's Mosquitto and a webhook each. The gauge is scraped every second by Debian's Prometheus, which
evaluates every second and tells Debian's Alertmanager (group_wait 0), and that a webhook. Both sides run all the time,
on the same machine; a flip falls at random into the second.

The instant of an event is just before its bytes leave its publisher; the receivers stamp with the same clock. A loop
that does nothing shows what the machine itself adds: a run in which that loop's p99 passes 20 ms says nothing.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.alerting import (
    NOTHING_P99_MS_MAX,
    READY_WITHIN_S,
    Idle,
    Posting,
    Stream,
    Topics,
    broker,
    contact_event,
    daemon,
    first_of,
    other_queue,
    p99,
)
from benchmarks.measure import machine
from floorwatch.serve.auth import hash_of
from tests.live.alertmanager import Alertmanager
from tests.live.prometheus import Prometheus
from tests.live.receiver import Behaviour, Got, Receiver, receiver

WITHIN_S = 20.0
"""A flip that is not told of by then is lost, and the run with it."""
IMMEDIATE_P99_MS_MAX = 50.0
TICK_P99_MS_MAX = 1_200.0
TIMES_FASTER_MIN = 20.0
TOKEN = "a-token-of-the-benchmark"  # noqa: S105 - made up
PROMETHEUS = "Prometheus and Alertmanager, webhook"

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
  web:
    {{type: webhook, url: "{webhook}", secret: a-secret, group_by: [rule, queue], group_wait: 0s, storm_max: 1000}}
"""


@dataclass(frozen=True, slots=True)
class Programs:
    """Where Debian's programs are."""

    mosquitto: str
    prometheus: str
    alertmanager: str


class Bench:
    """Both sides, running; `flip` measures once."""

    def __init__(self, posting: Posting, topics: Topics, ours: Receiver, theirs: Receiver, exporter: Receiver) -> None:
        self._posting = posting
        self._topics = topics
        self._ours = ours
        self._theirs = theirs
        self._exporter = exporter

    def flip(self, number: int, flips: int) -> dict[str, float]:
        """Milliseconds to the alert, by way."""
        queue = f"q{number}"
        self._exporter.behaviour = gauges(number, flips)
        at_s = self._posting.post(contact_event("offered", f"c{number}", queue))
        stamps = {}
        for rule in ("immediate", "tick"):
            alert = rule, queue
            stamps[f"{rule}, MQTT"] = self._topics.wait_for(alert, WITHIN_S)
            stamps[f"{rule}, webhook"] = self._ours.wait_for(partial(first_of, alert), WITHIN_S)
        stamps[PROMETHEUS] = self._theirs.wait_for(partial(_first_from_alertmanager, number), WITHIN_S)
        self._exporter.behaviour = gauges(None, flips)
        self._posting.post(contact_event("abandoned", f"c{number}", queue))
        return {way: (stamp_s - at_s) * 1000 for way, stamp_s in stamps.items()}


def gauges(breached: int | None, flips: int) -> Behaviour:
    """What is scraped: one gauge for each flip, as a queue each."""
    lines = [f'waiting{{queue="q{number}"}} {int(number == breached)}' for number in range(flips)]
    body = "\n".join(("# TYPE waiting gauge", *lines, "")).encode()
    return Behaviour(headers={"Content-Type": "text/plain; version=0.0.4"}, body=body)


def _first_from_alertmanager(number: int, got: list[Got]) -> float | None:
    for one in got:
        for alert in one.json()["alerts"]:
            if alert["labels"]["queue"] == f"q{number}" and alert["status"] == "firing":
                return one.at_s
    return None


@contextmanager
def both_sides(programs: Programs, folder: Path, flips: int, others: int) -> Iterator[Bench]:
    """Everything started afresh, and scraped; `others` queues are busy beside those that flip."""
    with ExitStack() as stack:
        ours, theirs = stack.enter_context(receiver()), stack.enter_context(receiver())
        exporter = stack.enter_context(receiver(gauges(None, flips)))
        mosquitto = stack.enter_context(broker(programs.mosquitto, folder / "broker"))
        topics = stack.enter_context(closing(Topics(mosquitto.port)))
        alertmanager = Alertmanager(programs.alertmanager, folder / "alertmanager", theirs.address)
        stack.callback(alertmanager.stop)
        alertmanager.start()
        prometheus = Prometheus(
            programs.prometheus,
            folder / "prometheus",
            exporter_port=exporter.server_port,
            alertmanager_port=alertmanager.port,
            rules={"Waiting": "waiting > 0"},
        )
        stack.callback(prometheus.stop)
        prometheus.start()
        queues = [*(f"q{number}" for number in range(flips)), *map(other_queue, range(max(1, others)))]
        config = CONFIG.format(
            hash=hash_of(TOKEN),
            queues=", ".join(f"{queue}: {{}}" for queue in queues),
            broker_port=mosquitto.port,
            webhook=ours.address,
        )
        running = stack.enter_context(daemon(folder / "floorwatch", config))
        posting = stack.enter_context(closing(Posting(running.address, TOKEN)))
        _until_scraped(prometheus, flips)
        for kind in ("offered", "abandoned"):  # nor is the making of the journal's file of the day
            posting.post(contact_event(kind, "first", other_queue(0)))
        stream = stack.enter_context(closing(Posting(running.address, TOKEN)))
        stack.enter_context(Stream(stream, others))
        yield Bench(posting, topics, ours, theirs, exporter)


def _until_scraped(prometheus: Prometheus, flips: int) -> None:
    """Wait until Prometheus knows every gauge: its first scrape is not to be counted."""
    asked = f"{prometheus.address}/api/v1/query?" + urllib.parse.urlencode({"query": "count(waiting)"})
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until:
        with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310 - started above
            found = json.load(answer)["data"]["result"]
        if found and int(found[0]["value"][1]) == flips:
            return
        time.sleep(0.1)
    raise SystemExit(f"Prometheus does not scrape:\n{prometheus.said()}")


def measured(programs: Programs, starts: int, flips: int, others: int, seed: int) -> dict[str, list[float]]:
    """Milliseconds to the alert, by way, over all starts."""
    chance = random.Random(seed)  # noqa: S311 - when to flip, no secret
    found: dict[str, list[float]] = defaultdict(list)
    for start in range(starts):
        with (
            tempfile.TemporaryDirectory(prefix="time-to-alert-") as folder,
            both_sides(programs, Path(folder), flips, others) as bench,
        ):
            for number in range(flips):
                time.sleep(1.0 + chance.random())
                took_ms = bench.flip(number, flips)
                print(f"flip {number}: " + ", ".join(f"{way} {ms:.1f}" for way, ms in took_ms.items()), flush=True)
                for way, ms in took_ms.items():
                    found[way].append(ms)
        print(f"start {start + 1} of {starts}: {flips} flips", flush=True)
    return found


def missed(found: dict[str, list[float]], nothing_p99_ms: float) -> list[str]:
    """The limits that were not kept, in words."""
    wrong = []
    if nothing_p99_ms > NOTHING_P99_MS_MAX:
        wrong.append(f"void: a loop that does nothing had a p99 of {nothing_p99_ms:.1f} ms")
    for way, ms in found.items():
        limit_ms = IMMEDIATE_P99_MS_MAX if way.startswith("immediate") else TICK_P99_MS_MAX
        if way != PROMETHEUS and p99(ms) > limit_ms:
            wrong.append(f"{way}: p99 {p99(ms):.1f} ms is over {limit_ms:g} ms")
        if way.startswith("immediate") and median(found[PROMETHEUS]) < TIMES_FASTER_MIN * median(ms):
            wrong.append(f"{way}: not {TIMES_FASTER_MIN:g} times as fast at the median")
    return wrong


def table(found: dict[str, list[float]]) -> Iterator[str]:
    """The figures, as they stand in docs/alerts-measured.md."""
    yield "| way | flips | median | p99 | worst | times as fast at the median |"
    yield "|---|---|---|---|---|---|"
    for way, ms in found.items():
        ratio = "1" if way == PROMETHEUS else f"{median(found[PROMETHEUS]) / median(ms):.0f}"
        yield f"| {way} | {len(ms)} | {median(ms):.1f} ms | {p99(ms):.1f} ms | {max(ms):.1f} ms | {ratio} |"


def main(arguments: list[str] | None = None) -> int:
    """Measure, and print the table; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.time_to_alert", description=__doc__)
    parser.add_argument("--starts", type=int, default=3)
    parser.add_argument("--flips", type=int, default=10, help="of each start")
    parser.add_argument("--queues", type=int, default=0, help="busy ones beside, with 88 events a second in all")
    parser.add_argument("--seed", type=int, default=1, help="when in the second the flips fall")
    parser.add_argument("--check", action="store_true", help="exit status 1 when a limit is not kept")
    chosen = parser.parse_args(arguments)
    paths = f"{sys.exec_prefix}/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin"
    found_programs = [shutil.which(name, path=paths) for name in ("mosquitto", "prometheus", "prometheus-alertmanager")]
    if None in found_programs:
        raise SystemExit("mosquitto, prometheus and prometheus-alertmanager are needed: sudo sh tests/setup.sh")
    programs = Programs(*map(str, found_programs))
    print(", ".join(f"{name} {value}" for name, value in machine().items()))
    with Idle() as idle:
        found = measured(programs, chosen.starts, chosen.flips, chosen.queues, chosen.seed)
    print(f"a loop that does nothing: p99 {p99(idle.late_ms):.1f} ms\n")
    print("\n".join(table(found)))
    wrong = missed(found, p99(idle.late_ms))
    print("\n".join(("", *wrong)) if wrong else "\nevery limit is kept")
    return int(chosen.check and bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
