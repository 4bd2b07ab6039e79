"""The daemon keeps the history whatever ends it: complete, and equal to the report of its own journal."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from floorwatch.config import load_config
from floorwatch.replay import replay
from floorwatch.store.history import NAME, History
from tests.as_reported import differences
from tests.running import Running, floorwatch

CONFIG = """
site: {name: hall, timezone: UTC}
interval: 5m
lateness: 5s
http: {port: 0}
individuals: true
queues: {sales: {}}
sources:
  pbx: {type: events, path: input}
"""
MINUTE = 60_000


def _contacts(since: int, until: int, every_ms: int, label: str) -> Iterator[dict[str, Any]]:
    """A contact every so often: most are answered, some give up, the waits grow and shrink."""
    for n, at in enumerate(range(since, until, every_ms)):
        of = {"contact": f"{label}{n}", "queue": "sales"}
        wait_ms = 1_000 + n * 7_001 % 45_000
        yield {"type": "contact.offered", "time": at, **of}
        if n % 5 == 4:
            yield {"type": "contact.abandoned", "time": at + wait_ms, **of}
        else:
            agent = f"A{n % 7}"
            yield {"type": "contact.answered", "time": at + wait_ms, "agent": agent, **of}
            yield {"type": "contact.ended", "time": at + wait_ms + 40_000, "agent": agent, **of}


def _write(path: Path, facts: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(fact) + "\n" for fact in sorted(facts, key=lambda fact: int(fact["time"])))


def _offered(path: Path) -> int:
    """How many contacts are written."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            found: int = db.execute("SELECT ifnull(sum(offered), 0) FROM queues").fetchone()[0]
    except sqlite3.Error:
        return 0
    return found


def _ready(running: Running) -> None:
    running.wait_for(lambda: running.get("/-/ready")["ready"], 15)


def _applied(running: Running) -> int:
    applied: int = running.get("/api/v1/view")["input"]["applied"]
    return applied


def test_the_history_is_that_of_the_journal_whoever_was_killed(tmp_path: Path) -> None:
    """Three hours, told in three lives of the daemon; one is killed with much in hand; some is told late.

    Then every interval of the history is compared with what `floorwatch replay` says of the journal.
    """
    config, log, now = tmp_path / "floorwatch.yaml", tmp_path / "input", int(time.time() * 1000)
    config.write_text(CONFIG, encoding="utf-8")
    path = tmp_path / "journal" / NAME
    begun = now - 180 * MINUTE
    _write(log, _contacts(begun, begun + 60 * MINUTE, 17_000, "a"))
    with floorwatch(tmp_path / "out1", "run", "--config", str(config)) as running:
        _ready(running)
        assert running.stop() == 0  # leaves a snapshot; what is told from now on is late
    written = _offered(path)
    assert written > 200
    _write(log, _contacts(begun + 60 * MINUTE, begun + 100 * MINUTE, 13_000, "b"))
    with floorwatch(tmp_path / "out2", "run", "--config", str(config)) as running:
        _ready(running)
        running.wait_for(lambda: _offered(path) > written, 15)
        _write(log, _contacts(begun + 100 * MINUTE, now - 20 * MINUTE, 11_000, "c"))
        applied = _applied(running)
        running.wait_for(lambda: _applied(running) > applied, 5)  # it has begun to read them
        running.process.kill()
        running.process.wait()
    _write(log, _contacts(begun + 30 * MINUTE, begun + 50 * MINUTE, 60_000, "late"))
    _write(log, [{"type": "source.heartbeat", "time": int(time.time() * 1000)}])
    with floorwatch(tmp_path / "out3", "run", "--config", str(config)) as running:
        _ready(running)
        running.wait_for(lambda: running.get("/api/v1/view")["input"]["late"] > 10, 15)
        day = time.strftime("%Y-%m-%d", time.gmtime((begun + 90 * MINUTE) / 1000))
        answer = running.get(f"/api/v1/report/day/agents?date={day}")
        assert answer["queues"]["sales"]["total"]["offered"] > 0
        assert answer["agents"]["A1"]["total"]["answered"] > 0
        assert running.stop() == 0
    assert "agents.reported" in running.said()
    settings = load_config(config).settings()
    report = replay([tmp_path / "journal"], settings)
    with closing(History(path)) as history:
        compared, wrong = differences(report, history, settings, now - 15 * MINUTE)
        assert len(history.runs()) == 3
        assert sum(row.answered for row in history.agents("0", "9")) == report["queues"]["sales"]["answered"]
    assert compared > 30
    assert not wrong
    assert sum(interval["corrected"] for interval in report["queues"]["sales"]["intervals"]) > 0
