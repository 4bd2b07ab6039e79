"""Adherence as supervisors meet it: a daemon with a schedule, its API, and what they excuse."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.running import Running, floorwatch

MINUTE_MS = 60_000
CONFIG = """
http: {port: 0}
individuals: true
sources: {desk: {type: events, path: events.jsonl}}
queues: {sales: {}}
staffing: {shrinkage: 30%, forecast: forecast.csv}
agents:
  A17: {team: red, queues: [sales]}
  A18: {team: red, queues: [sales]}
"""


def ask(running: Running, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    """(status, JSON)."""
    request = urllib.request.Request(running.address + path, data=body or None, method=method)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.loads(refusal.read())


def schedule(now_ms: int, activity: str) -> bytes:
    """Both agents, from two hours ago on; one of them does something else than work."""
    day = [
        f"{agent},{doing},{_iso(now_ms - 110 * MINUTE_MS)},{_iso(now_ms + 60 * MINUTE_MS)}"
        for agent, doing in (("A17", activity), ("A18", "work"))
    ]
    return "\n".join(["agent,activity,start,end", *day]).encode()


def _iso(ms: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms // 1000))


def test_a_supervisor_sees_who_is_out_and_excuses_it(tmp_path: Path) -> None:
    """PUT a schedule, see an exception, excuse it, take that back, edit the schedule; all of it outlasts a restart."""
    now = int(time.time()) * 1000
    (tmp_path / "floorwatch.yaml").write_text(CONFIG, encoding="utf-8")
    paused_at = now - 100 * MINUTE_MS
    facts = [
        {"type": "agent.state", "time": now - 120 * MINUTE_MS, "agent": "A17", "state": "available"},
        {"type": "agent.state", "time": now - 120 * MINUTE_MS, "agent": "A18", "state": "available"},
        {"type": "agent.state", "time": paused_at, "agent": "A17", "state": "paused", "reason": "training"},
    ]
    (tmp_path / "events.jsonl").write_text("".join(json.dumps(fact) + "\n" for fact in facts), encoding="utf-8")
    hour = now - now % 3_600_000
    rows = [f"sales,{_iso(hour + place * 3_600_000)},{20},180" for place in range(-2, 3)]
    (tmp_path / "forecast.csv").write_text("\n".join(["queue,start,contacts,aht_seconds", *rows]), encoding="utf-8")
    arguments = ("run", "--config", str(tmp_path / "floorwatch.yaml"))

    def day(running: Running) -> Any:
        return ask(running, "GET", "/api/v1/adherence/A17")[1]

    with floorwatch(tmp_path / "log", *arguments) as running:
        assert ask(running, "GET", "/api/v1/adherence")[0] == 404
        status, answer = ask(running, "PUT", "/api/v1/schedule?name=plan", schedule(now, "work"))
        assert (status, answer["taken"]) == (200, 2)
        kept = running.wait_for(lambda: _kept(running), 10)
        assert [(one["agent"], one["kind"]) for one in kept["exceptions"]] == [("A17", "other_pause")]
        assert kept["agents"]["A18"]["adherence"] == 1.0
        assert kept["teams"]["red"]["agents"] == 2
        before = day(running)
        assert before["out_seconds"] >= 6000
        assert {part["verdict"] for part in before["stretches"] if part["scheduled"]} == {"in", "out"}

        wish = {"agent": "A17", "since": _iso(paused_at), "until": _iso(now - 10 * MINUTE_MS), "why": "helped the desk"}
        assert ask(running, "POST", "/api/v1/excuses", json.dumps(wish | {"agent": "A99"}).encode())[0] == 422
        assert ask(running, "POST", "/api/v1/excuses", json.dumps(wish | {"why": " "}).encode())[0] == 422
        status, given = ask(running, "POST", "/api/v1/excuses", json.dumps(wish).encode())
        assert (status, given["who"], given["why"]) == (201, "anybody", "helped the desk")
        assert day(running)["neutral_seconds"] == {"excused": 5400.0}
        assert ask(running, "DELETE", f"/api/v1/excuses/{given['id']}")[0] == 200
        assert ask(running, "DELETE", f"/api/v1/excuses/{given['id']}")[0] == 404
        assert day(running)["neutral_seconds"] == {}
        assert ask(running, "POST", "/api/v1/excuses", json.dumps(wish).encode())[0] == 201
        assert running.stop() == 0
    with floorwatch(tmp_path / "log2", *arguments) as running:
        assert running.wait_for(lambda: day(running).get("neutral_seconds"), 10) == {"excused": 5400.0}
        assert ask(running, "PUT", "/api/v1/schedule?name=plan", schedule(now, "training"))[0] == 200
        _see_the_day(running)
        edited = day(running)
        first, second = edited["versions"]
        assert first["document"] == second["document"] == "plan"
        assert edited["version"] == second["version"] != first["version"]
        days = ask(running, "GET", "/api/v1/schedule")[1]["days"]
        assert {len(day["versions"]) for day in days} == {2}
        assert {day["version"] for day in days} == {edited["version"]}
        assert edited["adherence"] > edited["versions"][0]["adherence"]
        assert "excuse.given" not in running.said()
        assert "adherence.shown" in running.said()


def _see_the_day(running: Running) -> None:
    """Every interval of the forecast's day: agents needed, agents to schedule, agents on the schedule."""
    assert ask(running, "GET", "/api/v1/staffing/other")[0] == 404

    def read() -> Any:
        status, found = ask(running, "GET", "/api/v1/staffing/sales")
        return found if status == 200 else None

    found = running.wait_for(read, 20)
    assert (found["model"], found["shrinkage"]) == ("erlang_c", 0.3)
    for interval in found["intervals"]:
        ahead = interval["offered"] is None
        assert interval["scheduled"] >= interval["required"] >= (1 if ahead else 0)  # what came today counts, too
        assert 0 <= interval["on_schedule"] <= 2


def _kept(running: Running) -> Any:
    status, kept = ask(running, "GET", "/api/v1/adherence")
    return kept if status == 200 and kept["exceptions"] else None


def test_without_individuals_only_everybody_is_spoken_of(tmp_path: Path) -> None:
    """No adherence of agents, no excuse for one; everybody can be excused, and taken back."""
    config = CONFIG.replace("individuals: true", "individuals: false").replace("staffing:", "staffing: {} #")
    (tmp_path / "floorwatch.yaml").write_text(config, encoding="utf-8")
    now = int(time.time() * 1000)
    fact = {"type": "agent.state", "time": now - MINUTE_MS, "agent": "A17", "state": "available"}
    (tmp_path / "events.jsonl").write_text(json.dumps(fact) + "\n", encoding="utf-8")
    with floorwatch(tmp_path / "log", "run", "--config", str(tmp_path / "floorwatch.yaml")) as running:
        wish = {"since": now - 2 * MINUTE_MS, "until": now, "why": "drill"}
        assert ask(running, "GET", "/api/v1/adherence/A17")[0] == 404
        status, refused = ask(running, "POST", "/api/v1/excuses", json.dumps(wish | {"agent": "A17"}).encode())
        assert (status, "individuals: true" in refused["error"]) == (403, True)
        for since, fix in (("2026-03-03T10:00:00", "give the offset"), ("10:00", "write date, time to the second")):
            status, refused = ask(running, "POST", "/api/v1/excuses", json.dumps(wish | {"since": since}).encode())
            assert (status, refused["error"].startswith(f"since: {fix}")) == (422, True)
            assert refused["error"].endswith("e.g. 2026-03-03T10:00:00+01:00, or milliseconds")
        assert ask(running, "POST", "/api/v1/excuses", json.dumps(wish).encode())[0] == 201
        assert len(ask(running, "GET", "/api/v1/excuses")[1]["excuses"]) == 1
