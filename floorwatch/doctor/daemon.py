"""The daemon, where it runs: what it says of itself, over its own API."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import Any

from floorwatch.clock import WallClock
from floorwatch.doctor.finding import Checkup, Findings, failed, ok, warned
from floorwatch.store.journal import daemon_runs

ANSWERS_S = 5.0
OLD_MS = 10_000
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - it is asked at one of them


def check_daemon(checkup: Checkup) -> Findings:
    """Whether it runs, answers, can be trusted, has a fresh picture, and reaches its outputs."""
    config = checkup.config
    if not daemon_runs(config.store.path):
        yield warned("daemon", "none runs with this store.path", "floorwatch run, or systemctl start floorwatch")
        return
    if config.http.port == 0:
        yield ok("daemon", "runs, at a port that it has chosen itself: it cannot be asked")
        return
    address = f"{config.http.host} port {config.http.port}"
    if _asked(checkup, "/-/healthy")[0] != 200:
        yield failed("daemon", f"runs, and does not answer at {address}", "it hangs: systemctl restart floorwatch")
        return
    yield ok("daemon", f"runs, and answers at {address}")
    code, said = _asked(checkup, "/-/ready")
    if code == 200:
        yield ok("ready", "the floor can be trusted")
    else:
        why = said.get("reason") or "with --token-file it says why"
        yield failed(
            "ready", f"the floor cannot be trusted yet: {why}", "docs/runbook.md, daemon_trouble and feed_down"
        )
    yield from _picture(checkup)
    yield from _outputs(checkup)


def _picture(checkup: Checkup) -> Findings:
    code, view = _asked(checkup, "/api/v1/view")
    if code in (401, 403):
        yield warned("picture", "is shown to nobody without a token", "--token-file: a file with the token of a viewer")
        return
    age_ms = WallClock().now_ms() - int(view.get("at", 0))
    if code != 200 or age_ms > OLD_MS:
        text = f"is {age_ms // 1000} s old" if code == 200 else f"there is none: {view.get('error', code)}"
        yield failed("picture", text, "docs/runbook.md, FloorwatchPictureStale")
    else:
        yield ok("picture", f"is {max(0, age_ms) / 1000:.1f} s old")
    for alert in view.get("alerts", ()):
        if alert["rule"] == "daemon_trouble":
            yield failed(f"trouble: {alert['labels'].get('daemon', '')}", alert["message"]["en"], "docs/runbook.md")


def _outputs(checkup: Checkup) -> Findings:
    code, told = _asked(checkup, "/api/v1/outputs")
    if code != 200:
        return
    for row in told["outputs"]:
        subject = f"outputs.{row['output']}"
        if row["failing"]:
            often = "once" if row["attempts"] == 1 else f"{row['attempts']} times"
            text = f"{row['place']} has failed {often}: {row['why']}"
            yield failed(subject, text, f"floorwatch test-alert {row['output']} tries it")


def _asked(checkup: Checkup, path: str) -> tuple[int, dict[str, Any]]:
    """Status and answer; 0 when none comes in time."""
    http_typed = checkup.config.http
    host = _EVERY_ADDRESS.get(http_typed.host, http_typed.host)
    headers = {"Authorization": f"Bearer {checkup.token}"} if checkup.token else {}
    try:
        with closing(http.client.HTTPConnection(host, http_typed.port, timeout=ANSWERS_S)) as line:
            line.request("GET", path, headers=headers)
            response = line.getresponse()
            answer = json.loads(response.read())
            return response.status, answer if isinstance(answer, dict) else {}
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
