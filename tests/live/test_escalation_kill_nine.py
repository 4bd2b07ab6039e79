"""Power cuts between the steps of an escalation: no step is lost, and none is sent twice under two names.

A handful by default; `FLOORWATCH_KILLS=200` for more.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from floorwatch.serve.auth import hash_of
from tests.live.mosquitto import free_port
from tests.live.receiver import FAILING, HANGING, RESETTING, Behaviour, Receiver, receiver
from tests.live.test_alerts_kill_nine import wait_for_answer
from tests.running import REPOSITORY, Running, floorwatch

KILLS = int(os.environ.get("FLOORWATCH_KILLS", "4"))
SERVES_S = 2.5
"""A daemon is killed at random within so long after it answers: two steps or so."""
TOKEN = "a-token-of-tests"
CONFIG = """\
http:
  port: {port}
  tokens:
    L3: {{role: lead, hash: "{hash}"}}
store: {{path: journal}}
sources:
  floor: {{type: events, path: floor.jsonl}}
rules:
  waits: {{figure: waiting, at_least: 1, immediate: true, severity: critical}}
  no_agents: {{enabled: false}}
  longest_wait_high: {{enabled: false}}
outputs:
  pager: {{type: webhook, url: "{pager}", timeout: 500ms, only_oncall: true, group_wait: 0s, group_interval: 100ms}}
  desk: {{type: webhook, url: "{desk}", timeout: 2s, only_oncall: true, group_wait: 0s, group_interval: 100ms}}
people:
  L1: {{channels: [{{output: pager, to: "1"}}, {{output: desk, to: "1"}}]}}
  L2: {{channels: [{{output: desk, to: "2"}}]}}
rotas:
  north: {{layers: [{{people: [L1]}}]}}
escalations:
  floor:
    rules: [waits]
    rounds: 0
    steps:
      - {{tell: [rota north], times: 2, every: 1s}}
      - {{tell: [person L2, rota north], every: 1s}}
"""
LADDER = ((1, 1, ("L1",)), (1, 2, ("L1",)), (2, 1, ("L2", "L1")))
"""(step, time, people) of each second of a round."""
PEOPLE = {"L1", "L2"}
ROUNDS = KILLS // 2 + 2
"""Whole rounds of four pages to wait for. The last of them may still be on its way when somebody has it: the others
are more than two pages a kill, however fast the machine.
"""


class World(NamedTuple):
    """The daemon's configuration, and who hears it."""

    config: Path
    address: str
    pager: Receiver
    desk: Receiver


@contextmanager
def world(folder: Path) -> Iterator[World]:
    chance = random.Random(7)

    def shaky(_: int) -> Behaviour:
        return chance.choice((Behaviour(after_s=0.2), Behaviour(), FAILING, RESETTING, HANGING))

    with receiver(choose=shaky) as pager, receiver(choose=lambda _: Behaviour(after_s=chance.random() / 3)) as desk:
        port = free_port()
        config = folder / "floorwatch.yaml"
        text = CONFIG.format(port=port, hash=hash_of(TOKEN), pager=pager.address, desk=desk.address)
        config.write_text(text, encoding="utf-8")
        (folder / "floor.jsonl").touch()
        yield World(config, f"http://127.0.0.1:{port}", pager, desk)


def say(folder: Path, kind: str, contact: str) -> None:
    """Something happens on the floor now."""
    event = {"type": kind, "time": int(time.time() * 1000), "source": "floor", "contact": contact, "queue": "sales"}
    with (folder / "floor.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def live_and_die(around: World, log: Path, chance: random.Random) -> None:
    command = [sys.executable, "-m", "floorwatch", "run", "--config", str(around.config)]
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=out, stderr=out)
    try:
        wait_for_answer(around.address, process)
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(timeout=chance.uniform(0.0, SERVES_S))
            raise AssertionError(f"it ended by itself with {code}: {log.read_text()[-3000:]}")
    finally:
        process.kill()
        process.wait()


def alert_of(running: Running) -> Any:
    request = urllib.request.Request(running.address + "/api/v1/alerts", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return next(one for one in json.load(answer)["alerts"] if one["rule"] == "waits")


def has_caught_up(running: Running) -> bool:
    """Whether everybody was told of a round after ROUNDS: all that came due while it was dead was told before."""
    called = alert_of(running)["escalation"]["called"]
    return {one["person"] for one in called if one["sent_at"] is not None and one["round"] > ROUNDS} == PEOPLE


def acknowledge(running: Running, alert: str) -> None:
    request = urllib.request.Request(
        f"{running.address}/api/v1/alerts/{alert}/acknowledge",
        data=b"{}",
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=10).close()


def expected(alert: str, first_ms: int, until_ms: int) -> dict[str, dict[str, int]]:
    """By person, each page of the ladder and when it is due: a step each second until somebody has it."""
    due: dict[str, dict[str, int]] = {person: {} for person in PEOPLE}
    for place, at_ms in enumerate(range(first_ms, until_ms + 1, 1000)):
        step, time_, people = LADDER[place % len(LADDER)]
        for person in people:
            due[person][f"{alert}/e1.{place // len(LADDER) + 1}.{step}.{time_}/{person}"] = at_ms
    return due


def messages(ears: Receiver, *, taken: bool) -> list[Any]:
    return [got.json() for got in (ears.taken if taken else ears.got)]


def test_no_step_is_lost_and_none_has_two_names(tmp_path: Path) -> None:
    """kill -9 while pages leave, are refused, hang and fall through to the next way of their person."""
    chance = random.Random(KILLS)
    with world(tmp_path) as around:
        say(tmp_path, "contact.offered", "c1")
        for _ in range(KILLS):
            live_and_die(around, tmp_path / "log", chance)
        with floorwatch(tmp_path / "last", "run", "--config", str(around.config)) as running:
            running.wait_for(lambda: has_caught_up(running), 30)
            alert = alert_of(running)
            acknowledge(running, alert["id"])
            alert = alert_of(running)
            say(tmp_path, "contact.abandoned", "c1")
            running.wait_for(lambda: has_heard(around.desk, f"{alert['id']}/over/L2"), 20)
            running.wait_for(lambda: has_heard(around.desk, f"{alert['id']}/over/L1", around.pager), 20)
            assert running.stop() == 0
        first_ms = -(-alert["fired_at"] // 1000) * 1000
        last_ms = alert["acknowledged_at"] - 1
        told = {
            key for ears in (around.pager, around.desk) for one in messages(ears, taken=True) for key in one["pages"]
        }
        calls = {key for key in told if "/e" in key.removeprefix(alert["id"])}
        due = expected(alert["id"], first_ms, last_ms)
        assert calls <= {key for pages in due.values() for key in pages}
        for pages in due.values():
            # What came due about when the last was told, or later, was on its way when somebody had it.
            latest_ms = max(at_ms for key, at_ms in pages.items() if key in calls)
            missing = {key for key, at_ms in pages.items() if at_ms < latest_ms - 3_000} - calls
            assert not missing, sorted(missing)
        assert len(calls) > 2 * KILLS
        for ears in (around.pager, around.desk):
            names: dict[str, set[str]] = {}
            held: dict[str, set[tuple[str, ...]]] = {}
            for one in messages(ears, taken=False):
                held.setdefault(one["key"], set()).add(tuple(one["pages"]))
                for key in one["pages"]:
                    names.setdefault(key, set()).add(one["key"])
            assert {key: said for key, said in names.items() if len(said) > 1} == {}
            assert all(len(pages) == 1 for pages in held.values())


def has_heard(ears: Receiver, key: str, *others: Receiver) -> bool:
    return any(key in one["pages"] for each in (ears, *others) for one in messages(each, taken=True))
