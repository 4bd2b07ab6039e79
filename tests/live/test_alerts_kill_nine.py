"""Power cuts in a storm of alerts: whoever should know is told, nothing twice under two names, no promise is lost.

A dozen by default; `FLOORWATCH_KILLS=200` for as many as docs/alerts-measured.md tells of.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from floorwatch.serve.auth import hash_of
from tests.live.alertmanager import Alertmanager
from tests.live.ears import BusEars, Ears, Heard, WebEars, of_alertmanager
from tests.live.mosquitto import Mosquitto, free_port
from tests.live.promises import Promises
from tests.live.receiver import (
    FAILING,
    HANGING,
    LYING,
    RESETTING,
    Behaviour,
    busy,
    receiver,
)
from tests.live.storm import HELD, HOLD_MS, KEEP_MS, QUICK, RULES, Breach, Storm
from tests.running import REPOSITORY, floorwatch

KILLS = int(os.environ.get("FLOORWATCH_KILLS", "12"))
LASTS_S = (1.5, 4.0) if KILLS <= 12 else (2.0, 7.0)
SERVES_S = 1.0 if KILLS <= 12 else 3.0
"""A daemon is killed at random within so long after it answers; one in four before that, as it reads its journal."""
SERVES_WITHIN_S = 90.0
CALM_WITHIN_S = 180
TOKEN = "a-token-of-tests"
SILENCED = ["hushed0", "hushed1"]
TICK_MS = 1_000
THINKS_S = 0.3
"""A good receiver answers within so long: a daemon that is killed meanwhile cannot know that it was told."""
LESS_OFTEN = (0.08, FAILING), (0.08, RESETTING), (0.06, busy("0")), (0.02, HANGING), (0.1, LYING)

CONFIG = """\
http:
  port: {port}
  tokens:
    boss: {{role: supervisor, hash: "{hash}"}}
queues: {{{silenced}}}
store: {{path: journal}}
sources:
  floor: {{type: events, path: floor.jsonl}}
rules:
  quick: {{figure: waiting, at_least: 1, immediate: true, severity: warning}}
  held: {{figure: waiting, at_least: 1, for: {hold}ms, keep_firing_for: {keep}ms, severity: critical}}
  no_agents: {{enabled: false}}
outputs:
  bus: {{type: mqtt, host: 127.0.0.1, port: {broker_port}, storm_max: 1000, group_wait: 0s, group_interval: 1s}}
  web: {{type: webhook, url: "{web}", secret: a-secret, storm_max: 1000, group_by: [rule], group_interval: 1s}}
  shaky:
    {{type: webhook, url: "{shaky}", secret: a-secret, timeout: 1s,
     storm_max: 1000, group_wait: 0s, group_interval: 1s}}
  prometheus: {{type: alertmanager, urls: ["{alertmanager}"], resend: 1s}}
"""


@dataclass(frozen=True, slots=True)
class World:
    """Everything around the daemon."""

    config: Path
    address: str
    ears: list[Ears]
    webs: list[WebEars]
    floor: Path


@contextmanager
def world(tool: Callable[[str], str], folder: Path) -> Iterator[World]:
    """A broker, an Alertmanager that passes on, a good webhook and a shaky one; and the daemon's configuration."""
    chance = random.Random(5)
    with ExitStack() as stack:
        web, passed_on = stack.enter_context(receiver(choose=lambda _: think(chance))), stack.enter_context(receiver())
        shaky = stack.enter_context(receiver(choose=lambda _: behave(chance)))
        broker = Mosquitto(tool("mosquitto"), folder / "broker", "listener 1883 127.0.0.1\nallow_anonymous true\n")
        broker.start()
        stack.callback(broker.stop)
        alertmanager = Alertmanager(tool("prometheus-alertmanager"), folder / "alertmanager", passed_on.address)
        stack.callback(alertmanager.stop)
        alertmanager.start()
        bus = BusEars(broker.port, "floorwatch/v1/alerts")
        stack.callback(bus.close)
        port = free_port()
        config = folder / "floorwatch.yaml"
        text = CONFIG.format(
            port=port,
            hold=HOLD_MS,
            keep=KEEP_MS,
            hash=hash_of(TOKEN),
            silenced=", ".join(f"{queue}: {{}}" for queue in SILENCED),
            broker_port=broker.port,
            web=web.address,
            shaky=shaky.address,
            alertmanager=alertmanager.address,
        )
        config.write_text(text, encoding="utf-8")
        webs = [WebEars("web", web), WebEars("shaky", shaky)]
        others = [WebEars("alertmanager", passed_on, of_alertmanager), bus.state, bus.messages]
        yield World(config, f"http://127.0.0.1:{port}", [*webs, *others], webs, folder / "floor.jsonl")


def think(chance: random.Random) -> Behaviour:
    """Well, after a while."""
    return Behaviour(after_s=chance.uniform(0.0, THINKS_S))


def behave(chance: random.Random) -> Behaviour:
    """Mostly well."""
    drawn = chance.random()
    for often, behaviour in LESS_OFTEN:
        if drawn < often:
            return behaviour
        drawn -= often
    return think(chance)


def live_and_die(around: World, log: Path, chance: random.Random) -> None:
    """Start the daemon, and kill it at some instant, wherever it is by then."""
    command = [sys.executable, "-m", "floorwatch", "run", "--config", str(around.config)]
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdout=out, stderr=out)
    try:
        if chance.random() < 0.25:
            ends_s = time.monotonic() + chance.uniform(0.0, 1.0)
        else:
            wait_for_answer(around.address, process)
            ends_s = time.monotonic() + chance.uniform(0.0, SERVES_S)
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(timeout=ends_s - time.monotonic())
            pytest.fail(f"it ended by itself with {code}: {log.read_text()[-3000:]}")
    finally:
        process.kill()
        process.wait()


def wait_for_answer(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SERVES_WITHIN_S
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/-/healthy", timeout=1).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.02)
        else:
            return


def check_breach(breach: Breach, ears: list[Ears]) -> None:
    """Everybody was told of one and the same alert of each rule, and its timers ran on over every kill."""
    heard: dict[str, list[Heard]] = {}
    for rule in RULES:
        until_ms = (breach.closed_ms or 0) + HOLD_MS
        told = {one.name: one.of(rule, breach.queue, breach.opened_ms, until_ms) for one in ears}
        silent = [name for name, some in told.items() if not any(one.state == "firing" for one in some)]
        assert not silent, (breach, rule, silent)
        heard[rule] = [one for some in told.values() for one in some]
        assert len({one.fired_at for one in heard[rule]}) == 1, (breach, heard[rule])
        assert len({one.id for one in heard[rule] if one.id}) == 1, (breach, heard[rule])
    quick_at, held_at = heard[QUICK][0].fired_at, heard[HELD][0].fired_at
    assert held_at == tick_from(quick_at) + HOLD_MS, (breach, quick_at, held_at)
    ended = {rule: {one.resolved_at for one in heard[rule] if one.resolved_at is not None} for rule in heard}
    assert [len(ended[rule]) for rule in RULES] == [1, 1], (breach, ended)
    assert ended[HELD] == {tick_from(ended[QUICK].pop()) + KEEP_MS}, (breach, ended)


def tick_from(ms: int) -> int:
    """The tick on which a rule that is not immediate sees it."""
    return -(-ms // TICK_MS) * TICK_MS


def told_again(ears: WebEars) -> int:
    """How many messages told of a stage that a message before them had told of; the same key is the same message."""
    stages: set[str] = set()
    said_under: dict[str, tuple[str, ...]] = {}
    again = 0
    for key, told in ears.messages:
        assert said_under.setdefault(key, told) == told, (ears.name, key)
        again += not stages.isdisjoint(told)
        stages.update(told)
    return again


def test_every_alert_is_told_and_every_promise_kept(tool: Callable[[str], str], tmp_path: Path) -> None:
    """kill -9 at random instants while queues breach, people decide, and receivers fail, hang and reset."""
    chance = random.Random(KILLS)
    log = tmp_path / "log"
    with world(tool, tmp_path) as around:
        storm = Storm(around.floor, SILENCED, around.ears, LASTS_S, seed=1)
        promises = Promises(around.address, TOKEN, storm, SILENCED, seed=2)
        with floorwatch(tmp_path / "first", "run", "--config", str(around.config)) as running:  # killed at the end
            running.wait_for(lambda: promises.acknowledged or promises.snoozed, 60)  # else nothing is at stake
        for _ in range(KILLS - 1):
            live_and_die(around, log, chance)
        with floorwatch(tmp_path / "last", "run", "--config", str(around.config)) as running:
            storm.calm_down(CALM_WITHIN_S)
            promises.close()
            promises.look()
            running.wait_for(lambda: all_resolved_told(storm.over, around.webs), 60)
            assert running.stop() == 0
        for breach in storm.over:
            check_breach(breach, around.ears)
        assert promises.broken == []
        assert promises.silences
        hushed = [one for ears in around.webs for one in ears.heard if one.queue in SILENCED]
        assert hushed == []
        again = {ears.name: told_again(ears) for ears in around.webs}
        assert again["web"] <= KILLS  # one message at a time is on its way
    sys.stdout.write(
        f"{KILLS} kills, {len(storm.over)} breaches, {sum(len(ears.heard) for ears in around.webs)} words of alerts to"
        f" webhooks, told again {again}; {len(promises.acknowledged)} acknowledged, {len(promises.snoozed)} snoozed,"
        f" {len(promises.silences)} silences, looked at {promises.looks} times\n"
    )


def all_resolved_told(breaches: list[Breach], webs: list[WebEars]) -> bool:
    """Whether both webhooks know that everything is over."""
    for ears in webs:
        ears.catch_up()
        ended = {(one.rule, one.queue, one.fired_at) for one in ears.heard if one.state == "resolved"}
        fired = {(one.rule, one.queue, one.fired_at) for one in ears.heard if one.state == "firing"}
        if not fired <= ended:
            return False
    return len(breaches) > 0
