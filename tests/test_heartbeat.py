"""The heartbeat of a real daemon, counted by a real receiver: it beats while all parts move, and only then."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from floorwatch import heartbeat
from floorwatch.vitals import Vitals
from tests.live.receiver import GOOD, HANGING, Behaviour, Receiver, receiver
from tests.running import Running, floorwatch

CONFIG = """
http: {{port: 0}}
sources: {{pbx: {{type: events, path: events.jsonl}}}}
rules: {{line: {{figure: waiting, at_least: {{emergency: 1}}, immediate: true}}}}
heartbeat: {{url_file: beat.url, every: 1s, timeout: 300ms{more}}}
outputs:
  hook: {{type: webhook, url: "{address}/hook", group_interval: 0s, timeout: 300ms}}
"""
SILENCE_S = 1.5
"""A beat and a half would have come."""


def offered(folder: Path, contact: str) -> None:
    event = {"type": "contact.offered", "time": int(time.time() * 1000), "contact": contact, "queue": contact}
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")


def beats(to: Receiver) -> int:
    return sum(got.path == "/beat/secret-path" for got in to.got)


def more_beats(to: Receiver, n: int = 2) -> None:
    """So many more come."""
    before = beats(to)
    to.wait_for(lambda _got: beats(to) >= before + n, 15)


def silent(to: Receiver) -> bool:
    """Whether none comes meanwhile, but for one that had left already."""
    for _ in range(2):
        before = beats(to)
        time.sleep(SILENCE_S)
        if beats(to) == before:
            return True
    return False


@contextmanager
def beating(folder: Path, to: Receiver, more: str = "") -> Iterator[Running]:
    """A daemon that calls this receiver, and has done so."""
    (folder / "floorwatch.yaml").write_text(CONFIG.format(address=to.address, more=more), encoding="utf-8")
    (folder / "beat.url").write_text(f"{to.address}/beat/secret-path\n", encoding="utf-8")
    (folder / "events.jsonl").touch()
    with floorwatch(folder / "log", "run", "--config", str(folder / "floorwatch.yaml")) as running:
        if to.behaviour.takes:
            more_beats(to, 1)
        yield running


def metric(running: Running, name: str) -> float:
    """The value of one series."""
    return next(
        float(line.rpartition(" ")[2]) for line in running.get("/metrics").splitlines() if line.startswith(name)
    )


def said(running: Running, event: str, part: str) -> int:
    """How often the log tells this of a part."""
    lines = [json.loads(line) for line in running.said().splitlines() if line.startswith("{")]
    return sum(line["event"] == event and line["part"] == part for line in lines)


def test_a_daemon_that_is_stopped_is_silent_and_one_that_goes_on_is_heard(tmp_path: Path) -> None:
    """SIGSTOP, as a machine that hangs: nobody calls. Nor when its only source is lost. No log has the address."""
    with receiver() as to, beating(tmp_path, to) as running:
        running.process.send_signal(signal.SIGSTOP)
        assert silent(to)
        running.process.send_signal(signal.SIGCONT)
        more_beats(to)
        running.wait_for(lambda: metric(running, "floorwatch_heartbeat_sent_total") >= 3, 10)
        (tmp_path / "events.jsonl").unlink()
        running.wait_for(lambda: metric(running, 'floorwatch_heartbeat_withheld{reason="sources"}') == 1, 15)
        assert silent(to)
        assert running.stop() == 0
        assert "secret-path" not in running.said()


def test_a_disk_that_refuses_silences_it_and_it_says_so_once(tmp_path: Path) -> None:
    """The folder of the journal is taken away under a running daemon: no beat, until it is back."""
    with receiver() as to, beating(tmp_path, to) as running:
        (tmp_path / "journal").rename(tmp_path / "away")
        (tmp_path / "journal").write_text("a file where the folder was", encoding="utf-8")
        offered(tmp_path, "sales")
        running.wait_for(lambda: metric(running, 'floorwatch_heartbeat_withheld{reason="journal"}') == 1, 15)
        assert silent(to)
        (tmp_path / "journal").unlink()
        (tmp_path / "away").rename(tmp_path / "journal")
        more_beats(to)
        assert (said(running, "stands_still", "journal"), said(running, "moves_again", "journal")) == (1, 1)


def test_an_output_that_hangs_does_not_silence_it(tmp_path: Path) -> None:
    """A receiver that never answers is given up each time, and tried again: that is work."""

    def choose(_n: int) -> Behaviour:
        return HANGING if to.got[-1].path == "/hook" else GOOD

    with receiver(choose=choose) as to, beating(tmp_path, to) as running:
        offered(tmp_path, "sales")
        to.wait_for(lambda got: sum(one.path == "/hook" for one in got) >= 3, 15)
        more_beats(to, 3)
        assert metric(running, "floorwatch_output_failing") == 1
        assert metric(running, 'floorwatch_heartbeat_withheld{reason="outputs"}') == 0


def test_nobody_who_hears_it_is_an_alert_and_holds_nothing_up(tmp_path: Path) -> None:
    """It is refused three times: said once in the log, an alert about the daemon; heard again, that is over.

    Who refuses it says to which path: that is a secret, and told nobody.
    """
    refusing = Behaviour(code=503, body=b"Cannot POST /beat/secret-path")
    with receiver(refusing) as to, beating(tmp_path, to, ", method: POST") as running:
        running.wait_for(lambda: metric(running, "floorwatch_heartbeat_failed_total") >= 3, 20)
        alerts = running.wait_for(
            lambda: [a for a in running.get("/api/v1/view")["alerts"] if a["rule"] == "daemon_trouble"], 15
        )
        assert alerts[0]["labels"] == {"daemon": "heartbeat"}
        assert "heartbeat" in alerts[0]["message"]["en"]
        assert running.said().count("heartbeat_failed") == 1
        assert "503" in running.said()
        assert "secret-path" not in running.said() + json.dumps(alerts)
        to.behaviour = GOOD
        more_beats(to)
        running.wait_for(lambda: "heartbeat_heard_again" in running.said(), 10)
        assert json.loads(to.got[-1].body) == {"site": "floor"}
        assert to.got[-1].method == "POST"


async def test_while_something_stands_it_looks_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that is due and withheld is not looked after without a pause: each look asks every worker."""
    monkeypatch.setattr(heartbeat, "LOOK_S", 3_600.0)
    looks, seen = 0, asyncio.Event()

    def stands() -> str:
        nonlocal looks
        looks += 1
        seen.set()
        return "stands"

    async def nobody() -> None:
        """Calls nobody."""

    vitals = Vitals({"engine": stands}, lambda: True)
    running = asyncio.create_task(heartbeat.Heartbeat(nobody, 1.0, 1.0, vitals).run())
    await seen.wait()
    await asyncio.sleep(0.1)
    running.cancel()
    assert looks == 1
