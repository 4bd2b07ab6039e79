"""The daemon and the demo as a user runs them: real processes, real sockets, real files."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.running import REPOSITORY, floorwatch

CONFIG = """
site: {name: hall, timezone: Europe/Berlin}
http: {port: 0}
queues: {sales: {}}
agents: {A17: {interfaces: [PJSIP/a17]}}
sources:
  pbx: {type: TYPE, path: input}
"""


def _configured(folder: Path, kind: str) -> str:
    (folder / "floorwatch.yaml").write_text(CONFIG.replace("TYPE", kind), encoding="utf-8")
    return str(folder / "floorwatch.yaml")


def test_a_growing_queue_log_is_watched_live(tmp_path: Path) -> None:
    """What stood in the file is history, what is written to it is live; a broken line costs nothing but itself."""
    now = int(time.time())
    log = tmp_path / "input"
    log.write_text(f"{now - 90}|c1|sales|NONE|ENTERQUEUE||x|1\n{now - 80}|c1|sales|A17|CONNECT|10|c1.1|3\n", "utf-8")
    with floorwatch(tmp_path / "out", "run", "--config", _configured(tmp_path, "queue_log")) as running:
        running.wait_for(lambda: running.get("/-/ready")["ready"], 10)
        queue = running.wait_for(lambda: running.queue("sales"), 5)
        assert queue["windows"]["5m"]["answered_in_threshold"] == 1
        assert queue["waiting"] == 0
        with log.open("a", encoding="utf-8") as more:
            more.write(f"broken\n{int(time.time())}|c2|sales|NONE|ENTERQUEUE||x|1\n")
        running.wait_for(lambda: running.queue("sales")["waiting"] == 1, 5)
        metrics = running.get("/metrics")
        assert 'floorwatch_waiting{queue="sales"} 1' in metrics
        assert re.search(r"floorwatch_events_invalid_total\{reason=\"\w+\"\} 1", metrics)
        assert "A17" not in metrics
        assert running.stop() == 0
    [letter] = [json.loads(line) for line in (tmp_path / "rejected.jsonl").read_text("utf-8").splitlines()]
    assert letter["text"] == "broken"


def test_a_growing_events_file_is_watched_live_and_keeps_what_it_rejects(tmp_path: Path) -> None:
    """An event file is followed too; a rejected line is kept in the dead-letter file without the caller's number."""
    (tmp_path / "input").write_text("", "utf-8")
    with floorwatch(tmp_path / "out", "run", "--config", _configured(tmp_path, "events")) as running:
        running.wait_for(lambda: running.get("/-/ready")["ready"], 10)
        offered = {"type": "contact.offered", "time": int(time.time() * 1000), "contact": "c1", "queue": "sales"}
        with (tmp_path / "input").open("a", encoding="utf-8") as more:
            more.write(json.dumps(offered) + "\n")
            more.write(json.dumps({"type": "contact.offered", "caller": "+44 20 7946 0123", "queue": "sales"}) + "\n")
        running.wait_for(lambda: running.queue("sales")["waiting"] == 1, 5)
        assert running.stop() == 0
    rejected = [json.loads(line) for line in (tmp_path / "rejected.jsonl").read_text("utf-8").splitlines()]
    assert [letter["reason"] for letter in rejected] == ["missing_attribute"]
    assert "7946" not in (tmp_path / "rejected.jsonl").read_text("utf-8")


def test_a_file_that_is_not_there_looks_like_a_lost_feed_and_not_like_a_quiet_floor(tmp_path: Path) -> None:
    """Not ready, tiles unknown, the log names the file; once the file is there, the floor is known."""
    with floorwatch(tmp_path / "out", "run", "--config", _configured(tmp_path, "queue_log")) as running:
        assert running.wait_for(lambda: running.queue("sales").get("verdict") == "unknown", 10)
        assert running.queue("sales")["waiting"] is None
        with pytest.raises(urllib.error.HTTPError, match="503"):
            running.get("/-/ready")
        assert "No such file" in running.said()
        (tmp_path / "input").write_text("", encoding="utf-8")
        running.wait_for(lambda: running.get("/-/ready")["ready"], 10)
        running.wait_for(lambda: running.queue("sales")["waiting"] == 0, 5)
        (tmp_path / "input").rename(tmp_path / "elsewhere")
        running.wait_for(lambda: running.queue("sales")["verdict"] == "unknown", 15)
        running.process.send_signal(signal.SIGHUP)
        assert running.stop() == 0


def test_an_address_in_use_is_said_plainly(tmp_path: Path) -> None:
    """No traceback: which port, and exit status 1."""
    with floorwatch(tmp_path / "out", "demo", "--port", "0") as running:
        port = running.address.rsplit(":", 1)[1]
        second = subprocess.run(
            [sys.executable, "-m", "floorwatch", "demo", "--port", port],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    assert second.returncode == 1
    assert f"port {port} is in use" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize("seed", ["1", "7"])
def test_the_demo_shows_a_floor_at_once_and_an_alert_that_goes_off_and_clears(tmp_path: Path, seed: str) -> None:
    """Within 15 s of the floor's opening one watches it live; the story's alert fires, and is resolved."""
    with floorwatch(tmp_path / "out", "demo", "--port", "0", "--seed", seed, "--speed", "120") as running:
        view = running.wait_for(lambda: (view := running.get("/api/v1/view")).get("queues") and view, 15)
        assert {"sales", "support", "billing", "chat"} <= {queue["name"] for queue in view["queues"]}
        assert all(queue["windows"]["60m"]["offered"] > 0 for queue in view["queues"] if queue["name"] != "night line")
        assert sum(view["activities"].values()) > 20

        def level_alert(state: str) -> Any:
            alerts = running.get("/api/v1/view")["alerts"]
            return [a for a in alerts if a["rule"] == "service_level_low" and a["state"] == state]

        fired = running.wait_for(lambda: level_alert("firing"), 20)
        assert fired[0]["labels"] == {"queue": "sales"}
        assert set(fired[0]["message"]) == {"en", "zh"}
        assert running.queue("sales")["verdict"] == "breach"
        running.wait_for(lambda: level_alert("resolved"), 40)
        assert running.stop() == 0


def test_the_demo_names_nobody_where_everybody_looks(tmp_path: Path) -> None:
    """The page, the view and the metrics of the demo carry no agent's id."""
    with floorwatch(tmp_path / "out", "demo", "--port", "0") as running:
        running.wait_for(lambda: running.get("/api/v1/view").get("queues"), 15)
        agents = [agent["name"] for agent in running.get("/api/v1/agents")["agents"]]
        assert len(agents) > 20
        shown = json.dumps(running.get("/api/v1/view")) + running.get("/metrics")
        assert not [name for name in agents if re.search(rf"\b{re.escape(name)}\b", shown)]
        with pytest.raises(urllib.error.HTTPError):
            running.get("/api/v1/nothing")
        assert running.get("/api/v1/staffing/sales")["intervals"], "its day is forecast"
