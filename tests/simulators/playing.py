"""A day folder played into a real daemon over a real protocol, and the report of what the daemon has journalled.

`play_into_daemon("http", folder, tmp_path)` is the report that `floorwatch replay JOURNAL` gives. The daemon lives by
the player's clock, so it holds exactly what the protocol carries. `told_by("http", report)` leaves out of a report what
depends on the way and not on the floor, so that two of them can be compared.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from floorwatch.clock import WallClock
from floorwatch.config.file import load_config
from floorwatch.replay import replay
from simulators.play.conduct import Conductor, begin
from simulators.play.days import Day
from simulators.play.order import Address, Kind, Order
from simulators.play.player import MAX, Player
from simulators.play.timekeeper import Timekeeper
from simulators.play.watching import Watcher
from tests.live.mosquitto import REPOSITORY, Mosquitto, free_port

SOURCE = "floor"
WITHIN_S = 60


def play_into_daemon(
    kind: Kind,
    day_folder: Path,
    tmp_path: Path,
    *,
    broker: Mosquitto | None = None,
    speed: float = MAX,
    watcher: Watcher | None = None,
    settings: Mapping[str, Any] | None = None,
    recorded: Path | None = None,
) -> dict[str, Any]:
    """The report of a daemon into whose source `floor` the day of a folder was played. `broker` is for mqtt.

    `recorded` is played instead of the folder's own day, with its configuration. `settings` is laid over that
    configuration. Everything that is written lies in `tmp_path`.
    """
    tmp_path.mkdir(parents=True, exist_ok=True)
    config = yaml.safe_load((day_folder / "floorwatch.yaml").read_text(encoding="utf-8"))
    address, source = _ways(kind, tmp_path, broker)
    config |= {
        "http": {"host": "127.0.0.1", "port": int(address.url.rpartition(":")[2]) if address.url else free_port()},
        "store": {"path": str(tmp_path / "journal")},
        "dead_letters": {"path": str(tmp_path / "dead-letters.jsonl")},
        "sources": {SOURCE: source},
        **(settings or {}),
    }
    path = tmp_path / "floorwatch.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    known = load_config(path).settings()
    day = Day(recorded or day_folder, known_zone(config), source=SOURCE)
    seats = {name: agent.queues for name, agent in known.agents.items() if agent.queues}
    order = Order(day, kind, address, speed=speed, clock=tmp_path / "clock", seats=seats)
    asyncio.run(asyncio.wait_for(_played(order, path, watcher or Watcher()), WITHIN_S))
    return replay([tmp_path / "journal"], known)


def known_zone(config: Mapping[str, Any]) -> Any:
    """The time zone of a configuration."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(config["site"]["timezone"])


def told_by(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report without what tells of the way: the source, how many lines there were, the digest of all of it."""
    told = deepcopy(dict(report))
    for part in ("sources", "digest", "input", "definitions"):
        told.pop(part, None)
    return told


def _ways(kind: Kind, folder: Path, broker: Mosquitto | None) -> tuple[Address, dict[str, Any]]:
    """Where the speaker speaks, and the source that hears it."""
    port = free_port()
    if kind == "http":
        return Address(url=f"http://127.0.0.1:{port}"), {"type": "http"}
    if kind == "mqtt":
        assert broker is not None
        topics = [f"floor/v1/+/{SOURCE}/events"]
        source = {"type": "mqtt", "host": "127.0.0.1", "port": broker.port, "topics": topics}
        return Address(port=broker.port, source=SOURCE), source
    if kind in ("events", "queue_log"):
        (folder / "said").touch()  # a file that is there need not be waited for
        return Address(path=folder / "said"), {"type": kind, "path": str(folder / "said")}
    switch = {"host": "127.0.0.1", "port": port, "secret": "a-long-one"}
    if kind == "ami":
        return Address(port=port), {"type": "asterisk", "user": "floorwatch", **switch}
    return Address(port=port), {"type": "freeswitch", **switch}


async def _played(order: Order, config: Path, watcher: Watcher) -> None:
    assert order.clock is not None
    keeper = Timekeeper(order.clock)
    await keeper.start()
    daemon = _daemon(config, order.clock)
    try:
        await keeper.followed()
        reel = order.reel()
        player = Player(reel, order.place(reel, WallClock()), order.speed, loop=order.loop, in_windows=order.in_windows)
        begins_ms = order.clock_begins_ms(reel.first_ms + player.moved_ms)
        keeper.prepare(begins_ms)
        speaker = order.speaker(keeper)
        await begin(speaker, keeper, begins_ms)
        await Conductor(player, speaker, keeper, WallClock(), watcher).play()
        # The daemon ends first: what it would make of the speaker's leave is no part of the day.
        daemon.terminate()
        assert await asyncio.to_thread(daemon.wait, 20) == 0, config.with_name("log").read_text(encoding="utf-8")
        await speaker.stop()
    finally:
        if daemon.poll() is None:
            daemon.kill()
            daemon.wait()
        await keeper.stop()


def _daemon(config: Path, clock: Path) -> subprocess.Popen[bytes]:
    with config.with_name("log").open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "floorwatch", "run", "--config", str(config), "--clock", str(clock)],
            cwd=REPOSITORY,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
