"""Power cuts in the middle of a day: of the broker, of floorwatch, of both. Every event counts exactly once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live.hearing import EVENTS, SECRETS
from tests.live.mosquitto import Mosquitto
from tests.running import REPOSITORY, Running, floorwatch

EVENTS_SENT = 20_000
EVENTS_PER_S = 1_500
WITHIN_S = 120

CONFIG = """\
site: {{timezone: {zone}}}
http: {{port: 0}}
queues: {{support: {{}}}}
store: {{path: journal}}
sources:
  bus:
    {{type: mqtt, host: 127.0.0.1, port: {port}, user: floorwatch, secret: "{secret}", topics: [floor/v1/+/+/events]}}
"""


@pytest.fixture
def broker(tool: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mosquitto]:
    """A broker with the shipped configuration."""
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin")  # where Debian puts it, and users do not look
    broker = Mosquitto(tool("mosquitto"), tmp_path / "broker")
    broker.users(**SECRETS)
    broker.start()
    yield broker
    broker.stop()


def zone_where_it_is_noon() -> str:
    """So that no run crosses midnight, where the figures of the day begin again."""
    ahead = 12 - time.gmtime().tm_hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


@contextmanager
def publishing(broker: Mosquitto, folder: Path) -> Iterator[Callable[[], int]]:
    """A publisher at work, and how many events the broker has acknowledged; it must end by itself, in peace."""
    out = folder / "publisher.out"
    numbers = [str(broker.port), EVENTS, str(EVENTS_SENT // 2), str(EVENTS_PER_S)]
    with out.open("wb") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.live.publisher", *numbers],
            cwd=REPOSITORY,
            env=os.environ | {"SECRET": SECRETS["pbx"]},
            stdout=stdout,
        )

    def acknowledged() -> int:
        assert process.poll() in (None, 0)
        lines = out.read_bytes().rpartition(b"\n")[0].splitlines()
        return int(lines[-1]) if lines else 0

    try:
        yield acknowledged
        assert process.wait(timeout=WITHIN_S) == 0
    finally:
        process.kill()
        process.wait()


def wait_for(what: Callable[[], Any]) -> None:
    until = time.monotonic() + WITHIN_S
    while not what():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_every_event_counts_once_whoever_is_killed(broker: Mosquitto, tmp_path: Path) -> None:
    """20,000 events at QoS 1; kill -9 of Mosquitto, of floorwatch, and of both, each in the middle of the stream."""
    config = tmp_path / "floorwatch.yaml"
    text = CONFIG.format(zone=zone_where_it_is_noon(), port=broker.port, secret=SECRETS["floorwatch"])
    config.write_text(text, encoding="utf-8")
    lives = iter(range(10))

    with ExitStack() as stack:

        def begin() -> Running:
            log = tmp_path / f"life{next(lives)}"
            return stack.enter_context(floorwatch(log, "run", "--config", str(config)))

        def day(running: Running) -> Any:
            return running.queue("support")["windows"]["day"]

        running = begin()
        running.wait_for(lambda: "broker_connected" in running.said(), 30)
        with publishing(broker, tmp_path) as acknowledged:
            wait_for(lambda: acknowledged() > 4_000)
            broker.kill()
            broker.start()
            wait_for(lambda: acknowledged() > 8_000)
            running.process.kill()
            running.process.wait()
            running = begin()
            wait_for(lambda: acknowledged() > 13_000)
            running.process.kill()
            broker.kill()
            running.process.wait()
            broker.start()
            running = begin()
        running.wait_for(lambda: day(running)["abandoned"] == EVENTS_SENT // 2, WITHIN_S)
        told = day(running)
        assert (told["offered"], told["abandoned"]) == (EVENTS_SENT // 2, EVENTS_SENT // 2)
        assert running.queue("support")["waiting"] == 0
        assert running.get("/api/v1/view")["input"]["duplicate"] > 0  # else nothing was ever at stake
        assert running.stop() == 0
