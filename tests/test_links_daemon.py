"""Links of a real daemon, out of the messages it sends: used before a kill, they are used after it."""

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
from typing import Any

from floorwatch.links import KEY_FILE, PATH, code_of
from floorwatch.store.journal import read
from tests.live.receiver import Receiver, receiver
from tests.running import REPOSITORY, Running, floorwatch

ADDRESS = "http://10.0.0.7:8321"
SECRET = "told-to-telegram"
CONFIG = """
http: {{port: 0}}
sources: {{desk: {{type: events, path: events.jsonl}}}}
queues: {{sales: {{}}}}
outputs: {{desk: {{type: webhook, url: '{hook}', only_oncall: true}}}}
people: {{A17: {{channels: [{{output: desk}}]}}, B2: {{channels: [{{output: desk}}]}}}}
escalations: {{floor: {{severity: warning, rules: [longest_wait_high], steps: [{{tell: [person A17]}}]}}}}
links: {{address: '{address}'}}
replies: {{bot: {{type: telegram, secret: {secret}, people: {{'42': B2}}}}}}
"""


def begin(folder: Path, hook: str = "http://127.0.0.1:9/") -> tuple[str, ...]:
    """A floor on which somebody waits too long; the arguments that watch it."""
    text = CONFIG.format(hook=hook, address=ADDRESS, secret=SECRET)
    (folder / "floorwatch.yaml").write_text(text, encoding="utf-8")
    entered = {"type": "contact.offered", "time": int(time.time() * 1000) - 200_000, "contact": "1", "queue": "sales"}
    (folder / "events.jsonl").write_text(json.dumps(entered) + "\n", encoding="utf-8")
    return ("run", "--config", str(folder / "floorwatch.yaml"), "--log-format", "json")


def fetch(running: Running, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str, str]:
    """(status, page, where it was found); with a body it is posted."""
    request = urllib.request.Request(running.address + path, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.read().decode(), answer.url
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(), ""


def take(running: Running, path: str) -> tuple[int, str, str]:
    """Press the button of the page."""
    return fetch(running, path, urllib.parse.urlencode({"do": "take"}).encode())


def called(hook: Receiver) -> dict[str, Any]:
    """What somebody was told of the alert first; empty before they were."""
    return next((said for got in hook.taken for said in got.json()["alerts"] if said.get("oncall")), {})


def acknowledged(folder: Path) -> list[str]:
    """Who took an alert in hand, in order."""
    events = [json.loads(entry.event) for entry in read(folder / "journal")]
    return [event["who"] for event in events if event["type"] == "operator.acknowledged"]


def logged(folder: Path, *names: str) -> list[dict[str, Any]]:
    """The whole lines of these logs."""
    text = "".join((folder / name).read_text(encoding="utf-8") for name in names)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]


def test_a_link_that_was_used_is_used_after_a_kill(tmp_path: Path) -> None:
    """Taken by the link of the message, killed, begun again: in the same hand, until another answers with its code."""
    with receiver() as hook:
        arguments = begin(tmp_path, hook.address)
        with floorwatch(tmp_path / "log", *arguments) as running:
            told = running.wait_for(lambda: called(hook), 30)
            path = told["oncall"]["link"].removeprefix(ADDRESS)
            token = path.removeprefix(PATH)
            flipped = f"{PATH}{token[:-1]}{'A' if token[-1] != 'A' else 'B'}"
            for _ in range(3):
                assert fetch(running, path)[0] == 200
                assert fetch(running, flipped)[0] == 403
                assert take(running, flipped)[0] == 403
            assert acknowledged(tmp_path) == []
            status, _, then = take(running, path)
            assert (status, then.startswith(f"{running.address}{PATH}")) == (200, True)
            running.process.send_signal(signal.SIGKILL)
            running.process.wait(timeout=10)
        with floorwatch(tmp_path / "log2", *arguments) as running:
            status, page, _ = fetch(running, path)
            assert status == 410
            assert "A17 took the alert in hand with it" in page
            assert take(running, path)[0] == 410
            assert fetch(running, then[then.index(PATH) :])[0] == 200, "what was done can still be said"
            assert acknowledged(tmp_path) == ["A17"]
            code = told["oncall"]["code"]
            assert code == code_of(told["id"])
            update = {"update_id": 7, "message": {"chat": {"id": 1}, "from": {"id": 42}, "text": f"take {code}"}}
            bot = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
            for _ in range(2):
                assert fetch(running, "/api/v1/replies/bot", json.dumps(update).encode(), **bot)[0] == 200
            assert acknowledged(tmp_path) == ["A17", "B2"]
    lines = logged(tmp_path, "log", "log2")
    found = [(line["event"], line.get("why", "")) for line in lines if "remote" in line]
    shown, forged = ("link.shown", ""), ("link.refused", "forged")
    assert found[:10] == [shown, forged, forged] * 3 + [("link.used", "")]
    assert found[-5:] == [("link.refused", "used")] * 2 + [shown, ("reply.used", ""), ("reply.refused", "used")]
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
