"""Links of a real daemon: used before a kill, they are used after it; and its key is its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from floorwatch.links import KEY_FILE, PATH, LinkSigner
from floorwatch.store.journal import read
from tests.running import REPOSITORY, Running, floorwatch

ADDRESS = "http://10.0.0.7:8321"
CONFIG = f"""
http: {{port: 0}}
sources: {{desk: {{type: events, path: events.jsonl}}}}
queues: {{sales: {{}}}}
outputs: {{desk: {{type: webhook, url: 'http://127.0.0.1:9/', only_oncall: true}}}}
people: {{A17: {{channels: [{{output: desk}}]}}}}
links: {{address: '{ADDRESS}'}}
"""


def begin(folder: Path) -> tuple[str, ...]:
    """A floor on which somebody waits too long; the arguments that watch it."""
    (folder / "floorwatch.yaml").write_text(CONFIG, encoding="utf-8")
    entered = {"type": "contact.offered", "time": int(time.time() * 1000) - 200_000, "contact": "1", "queue": "sales"}
    (folder / "events.jsonl").write_text(json.dumps(entered) + "\n", encoding="utf-8")
    return ("run", "--config", str(folder / "floorwatch.yaml"), "--log-format", "json")


def fetch(running: Running, path: str, do: str = "") -> tuple[int, str, str]:
    """(status, page, where it was found); with `do` the form of the page is sent."""
    body = urllib.parse.urlencode({"do": do}).encode() if do else None
    try:
        with urllib.request.urlopen(running.address + path, data=body, timeout=15) as answer:
            return answer.status, answer.read().decode(), answer.url
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(), ""


def alert_of(running: Running) -> str:
    """The id of the alert about the long wait; empty while there is none."""
    alerts = running.get("/api/v1/alerts")["alerts"]
    return next((str(one["id"]) for one in alerts if one["rule"] == "longest_wait_high" and one["fired_at"]), "")


def acknowledged(folder: Path) -> list[bytes]:
    return [entry.event for entry in read(folder / "journal") if b'"operator.acknowledged"' in entry.event]


def test_a_link_that_was_used_is_used_after_a_kill(tmp_path: Path) -> None:
    """Taken by the link, killed, begun again: in hand of the same person; neither link nor log is good for more."""
    arguments = begin(tmp_path)
    with floorwatch(tmp_path / "log", *arguments) as running:
        alert = running.wait_for(lambda: alert_of(running), 15)
        key = (tmp_path / "journal" / KEY_FILE).read_bytes()
        signer = LinkSigner(key, ADDRESS, 8 * 3_600_000)
        expires = int(time.time() * 1000) + 3_600_000
        path = signer.address_for(alert, "A17", f"{alert}/e1.1.1.1/A17", expires).removeprefix(ADDRESS)
        token = path.removeprefix(PATH)
        flipped = f"{PATH}{token[:-1]}{'A' if token[-1] != 'A' else 'B'}"
        for _ in range(3):
            assert fetch(running, path)[0] == 200
            assert fetch(running, flipped)[0] == 403
            assert fetch(running, flipped, "take")[0] == 403
        assert acknowledged(tmp_path) == []
        status, _, then = fetch(running, path, "take")
        assert (status, then.startswith(f"{running.address}{PATH}")) == (200, True)
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(timeout=10)
    with floorwatch(tmp_path / "log2", *arguments) as running:
        running.wait_for(lambda: alert_of(running), 15)
        status, page, _ = fetch(running, path)
        assert status == 410
        assert "A17 took the alert in hand with it" in page
        assert fetch(running, path, "take")[0] == 410
        assert fetch(running, then.removeprefix(then[: then.index(PATH)]))[0] == 200, "what was done can still be said"
        assert len(acknowledged(tmp_path)) == 1
    lines = [
        json.loads(line)
        for name in ("log", "log2")
        for line in (tmp_path / name).read_text().splitlines()[:-1]
        if line.startswith("{")
    ]
    found = [
        (line["event"], line.get("why", "")) for line in lines if line["event"].startswith("link.") and "remote" in line
    ]
    shown, forged = ("link.shown", ""), ("link.refused", "forged")
    assert found[:10] == [shown, forged, forged] * 3 + [("link.used", "")]
    assert [one for one in found[10:] if one[0] == "link.refused"] == [("link.refused", "used")] * 2
    assert not any(token in line for line in map(str, lines)), "who reads the log can use no link"


def test_a_damaged_key_stops_the_start(tmp_path: Path) -> None:
    """In words that name the file and both ways out, and before anybody is sent a link that is none."""
    arguments = begin(tmp_path)
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / KEY_FILE).write_bytes(b"short")
    command = [sys.executable, "-m", "floorwatch", *arguments]
    ended = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert "link.key does not hold the 32 bytes that were written to it: bring it back, or delete it" in ended.stderr
