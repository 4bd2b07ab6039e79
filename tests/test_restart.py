"""A daemon that is ended, politely or not, goes on where it was: nothing lost, nothing counted twice."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from floorwatch.floor.events import SourceUp
from floorwatch.store.journal import read
from tests.running import REPOSITORY, Running, floorwatch
from tests.store.journals import START_MS, kept, offered

NOON = f"Etc/GMT{time.gmtime().tm_hour - 12:+d}"
"""Where it is about noon, so that what was an hour ago is today."""
CONFIG = f"""
site: {{name: hall, timezone: {NOON}}}
http: {{port: 0}}
queues: {{sales: {{}}}}
sources:
  pbx: {{type: TYPE, path: input}}
"""


def _configured(folder: Path, kind: str) -> str:
    (folder / "floorwatch.yaml").write_text(CONFIG.replace("TYPE", kind), encoding="utf-8")
    return str(folder / "floorwatch.yaml")


def _offered(n: int) -> str:
    now = int(time.time() * 1000)
    caller = "+44 20 7946 0123"
    attributes = {"type": "contact.offered", "time": now, "contact": f"c{n}", "queue": "sales", "caller": caller}
    return json.dumps(attributes) + "\n"


def _write(path: Path, *lines: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(lines)


def _day(running: Running) -> Any:
    return running.queue("sales").get("windows", {}).get("day", {})


def _has(running: Running, **figures: int) -> None:
    """The day's figures of the queue come to be these, and stay so."""
    running.wait_for(lambda: figures.items() <= _day(running).items(), 30)
    time.sleep(1.2)
    assert figures.items() <= _day(running).items(), _day(running)


def test_an_events_file_is_read_on_where_it_was_whatever_ended_us(tmp_path: Path) -> None:
    """kill -9 in the middle of writing, a polite end, and a start with nothing new: each contact counts once."""
    config, log, written = _configured(tmp_path, "events"), tmp_path / "input", 0
    log.touch()
    for ending in ("kill", "kill", "stop", "kill", "stop"):
        with floorwatch(tmp_path / "out", "run", "--config", config) as running:
            running.wait_for(lambda: running.get("/-/ready")["ready"], 15)
            _has(running, offered=written)
            for _ in range(3_000):
                written += 1
                _write(log, _offered(written))
            if ending == "kill":
                running.process.kill()
                running.process.wait()
            else:
                _has(running, offered=written)
                assert running.stop() == 0
        for _ in range(5):
            written += 1
            _write(log, _offered(written))
    with floorwatch(tmp_path / "out", "run", "--config", config) as running:
        _has(running, offered=written)
        assert running.get("/api/v1/view")["input"]["duplicate"] == 0
    exported = subprocess.run(
        [sys.executable, "-m", "floorwatch", "journal", "export", str(tmp_path / "journal")],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    assert exported.count(b"contact.offered") == written
    assert b"7946 0123" not in exported, "a caller's number was kept"
    assert not [path for path in (tmp_path / "journal").iterdir() if b"7946 0123" in path.read_bytes()]


def test_a_file_out_of_order_and_of_several_sources_is_read_on_where_it_was(tmp_path: Path) -> None:
    """The place in the file is the feed's own, whatever its lines name, and in whatever order they were told."""
    config, log, now = _configured(tmp_path, "events"), tmp_path / "input", int(time.time() * 1000)

    def line(contact: str, after_ms: int, source: str) -> str:
        at = now - 3_600_000 + after_ms  # long ago: what is told twice is not known any more
        named = {"contact": contact, "queue": "sales", "source": source}
        facts = [
            {"type": "contact.offered", "time": at, **named},
            {"type": "contact.abandoned", "time": at + 9, **named},
        ]
        return "".join(json.dumps(fact) + "\n" for fact in facts)

    _write(log, line("c1", 900, "east"), line("c2", 5_000, "west"), line("c3", 2_000, "pbx"), line("c4", 100, "east"))
    for _ in range(3):
        with floorwatch(tmp_path / "out", "run", "--config", config) as running:
            running.wait_for(lambda: running.get("/-/ready")["ready"], 15)
            _has(running, offered=4, abandoned=4)
            running.process.kill()
            running.process.wait()


def test_a_queue_log_goes_on_over_a_restart_and_a_rotation(tmp_path: Path) -> None:
    """Who waited when we were killed is answered afterwards, with the true wait, though the file was rotated."""
    config, log, now = _configured(tmp_path, "queue_log"), tmp_path / "input", int(time.time())
    _write(log, f"{now - 60}|c1|sales|NONE|ENTERQUEUE||x|1\n", f"{now - 50}|c2|sales|NONE|ENTERQUEUE||x|2\n")
    with floorwatch(tmp_path / "out", "run", "--config", config) as running:
        _has(running, offered=2)
        running.process.kill()
        running.process.wait()
    _write(log, f"{now - 45}|c1|sales|A17|CONNECT|15|c1.1|3\n")
    log.rename(tmp_path / "input.1")
    _write(log, f"{now - 40}|c2|sales|A18|CONNECT|10|c2.1|3\n", f"{now - 5}|c1|sales|A17|COMPLETEAGENT|15|40|1\n")
    with floorwatch(tmp_path / "out", "run", "--config", config) as running:
        _has(running, offered=2, answered=2, answered_in_threshold=2, handled=1)
        assert _day(running)["asa_ms"] == 12_500
        assert running.queue("sales")["interval"]["incomplete"] is False
        assert running.stop() == 0


def test_what_was_lost_while_we_were_away_is_said(tmp_path: Path) -> None:
    """The file we had read from is nowhere: the interval is incomplete."""
    config, log = _configured(tmp_path, "events"), tmp_path / "input"
    _write(log, _offered(1))
    with floorwatch(tmp_path / "out", "run", "--config", config) as running:
        _has(running, offered=1)
        assert running.stop() == 0
    log.unlink()
    _write(log, _offered(2))
    with floorwatch(tmp_path / "out", "run", "--config", config) as running:
        _has(running, offered=2)
        assert running.queue("sales")["interval"]["incomplete"] is True


def test_a_gap_begins_where_the_source_was_last_heard_however_often_we_start(tmp_path: Path) -> None:
    """Started twice while the switch is away: what we say of it ourselves in between does not shorten the gap."""
    switch = socket.create_server(("127.0.0.1", 0))  # lets us connect, and says nothing
    config = tmp_path / "floorwatch.yaml"
    source = f"pbx: {{type: asterisk, host: 127.0.0.1, port: {switch.getsockname()[1]}, user: u, secret: s}}"
    config.write_text(f"http: {{port: 0}}\nsources: {{{source}}}\n", encoding="utf-8")
    heard_ms = START_MS
    asyncio.run(kept(tmp_path / "journal", [SourceUp(time=heard_ms, source="pbx"), offered(1, heard_ms)]))

    def downs() -> list[bytes]:
        return [entry.event for entry in read(tmp_path / "journal") if b'"source.down"' in entry.event]

    for n in range(1, 4):
        with floorwatch(tmp_path / "out", "run", "--config", str(config)) as running:
            running.wait_for(lambda n=n: len(downs()) >= n, 30)
            running.process.kill()
            running.process.wait()
    switch.close()
    assert all(b'"time":%d,' % heard_ms in down for down in downs())


def test_two_daemons_on_one_journal_is_said_plainly(tmp_path: Path) -> None:
    """The second one ends with the sentence that says what to do, and no traceback."""
    config = _configured(tmp_path, "events")
    (tmp_path / "input").touch()
    with floorwatch(tmp_path / "out", "run", "--config", config):
        second = subprocess.run(
            [sys.executable, "-m", "floorwatch", "run", "--config", config],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    assert second.returncode == 1
    assert "another floorwatch writes this journal; stop it, or set store.path" in second.stderr
    assert "Traceback" not in second.stderr
