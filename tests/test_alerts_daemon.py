"""Alerts as people meet them: a daemon, its API, and what they have decided after it was killed."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

from floorwatch.serve.auth import hash_of, new_token
from tests.running import Running, floorwatch

TOKENS = {role: new_token(role) for role in ("viewer", "lead", "supervisor")}  # type: ignore[arg-type]
CONFIG = """
http:
  port: 0
  tokens: {}
sources: {{desk: {{type: events, path: events.jsonl}}}}
queues: {{sales: {{}}, vip: {{}}}}
"""


def ask(running: Running, role: str, method: str, path: str, wish: Any = None) -> tuple[int, Any]:
    """(status, JSON)."""
    body = None if wish is None else json.dumps(wish).encode()
    request = urllib.request.Request(running.address + path, data=body, method=method)
    request.add_header("Authorization", f"Bearer {TOKENS[role]}")
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def waits(running: Running, role: str = "lead") -> dict[str, Any]:
    """The alerts about long waits, by queue."""
    alerts = ask(running, role, "GET", "/api/v1/alerts")[1]["alerts"]
    return {one["labels"]["queue"]: one for one in alerts if one["rule"] == "longest_wait_high"}


def test_what_people_decided_outlives_a_kill(tmp_path: Path) -> None:
    """Acknowledged, snoozed, silenced, killed: all of it holds, with who and until when, and no name is public."""
    tokens = {f"{role} Kim": {"role": role, "hash": hash_of(token)} for role, token in TOKENS.items()}
    (tmp_path / "floorwatch.yaml").write_text(CONFIG.format(json.dumps(tokens)), encoding="utf-8")
    now = int(time.time() * 1000)
    entered = {"type": "contact.offered", "time": now - 200_000}
    facts = [{**entered, "contact": queue, "queue": queue} for queue in ("sales", "vip")]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(fact) + "\n" for fact in facts), encoding="utf-8")
    arguments = ("run", "--config", str(tmp_path / "floorwatch.yaml"))
    with floorwatch(tmp_path / "log", *arguments) as running:
        alerts = running.wait_for(lambda: len(found := waits(running)) == 2 and found, 10)
        sales, vip = (f"/api/v1/alerts/{quote(alerts[queue]['id'], safe='')}" for queue in ("sales", "vip"))
        assert ask(running, "viewer", "POST", f"{sales}/acknowledge")[0] == 403
        status, taken = ask(running, "lead", "POST", f"{sales}/acknowledge", {"note": "calling"})
        assert (status, taken["state"], taken["acknowledged_by"]) == (200, "acknowledged", "lead Kim")
        status, snoozed = ask(running, "lead", "POST", f"{vip}/snooze", {"for": "1h"})
        assert (status, snoozed["muted"]["by"]) == (200, "snooze")
        wish = {"subjects": ["sal*"], "for": "2h", "why": "drill"}
        status, silence = ask(running, "supervisor", "POST", "/api/v1/silences", wish)
        assert (status, silence["who"]) == (201, "supervisor Kim")
        running.process.send_signal(signal.SIGKILL)
        running.process.wait(timeout=10)
    with floorwatch(tmp_path / "log2", *arguments) as running:
        alerts = running.wait_for(lambda: len(found := waits(running)) == 2 and found, 10)
        assert ask(running, "lead", "GET", "/api/v1/silences")[1] == {"silences": [silence]}
        after = alerts["sales"]
        kept = ("id", "state", "acknowledged_at", "acknowledged_by", "note")
        assert [after[key] for key in kept] == [taken[key] for key in kept]
        assert (after["muted"]["by"], after["muted"]["what"]) == ("silence", silence["id"])
        assert alerts["vip"]["muted"] == snoozed["muted"]
        public = waits(running, "viewer")
        assert public["sales"]["state"] == "acknowledged"
        assert "Kim" not in json.dumps(public)
        assert "calling" not in json.dumps(public)
        shown = ask(running, "viewer", "GET", "/api/v1/view")[1]["alerts"]
        assert {one["state"] for one in shown if one["labels"] == {"queue": "sales"}} >= {"acknowledged"}
        assert ask(running, "supervisor", "DELETE", f"/api/v1/silences/{silence['id']}")[0] == 200
        assert ask(running, "lead", "POST", f"{vip}/snooze", {"for": "0s"})[1]["muted"] is None
        assert all(one["muted"] is None for one in waits(running).values())
